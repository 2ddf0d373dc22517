"""Terms among words: longest, whole words only, one pass."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.tagging.match import Matcher
from monitor.tagging.text import fold_term, read


def found(terms: dict[str, str], text: str) -> list[tuple[str, tuple[str, ...]]]:
    reading = read(text)
    return [
        (text[reading.starts[first] : reading.ends[last - 1]], payloads)
        for first, last, payloads in Matcher(terms.items()).find(reading)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Guinea and Guinea–Bissau", ["Guinea", "Guinea–Bissau"]),
        ("Guineans", []),
        ("the U.S. said", ["U.S"]),
        ("South\u00a0Ossetia", ["South\u00a0Ossetia"]),
        ("South\nOssetia", ["South\nOssetia"]),
        ("South\n\nOssetia", []),
        ("из-за санкциями", ["санкциями"]),
        ("在中国人", ["中国"]),
        ("oʻzbekiston", ["oʻzbekiston"]),
        ("guinea guinea bissau", ["guinea", "guinea"]),
    ],
)
def test_terms_in_text(text: str, expected: list[str]) -> None:
    terms = ("Guinea", "Guinea-Bissau", "U.S.", "South Ossetia", "санкци*", "中国", "O'zbekiston")
    assert [term for term, _ in found({term: term for term in terms}, text)] == expected


def test_all_meanings_of_a_term_are_kept_in_order() -> None:
    matcher: Matcher[str] = Matcher([("Georgia", "GE"), ("georgia", "US")])
    assert [match[2] for match in matcher.find(read("GEORGIA"))] == [("GE", "US")]


def test_the_longest_prefix_wins() -> None:
    assert found({"санкц*": "short", "санкционн*": "long"}, "санкционный")[0][1] == ("long",)


@pytest.mark.parametrize("term", ["", "--", "ab*", "two words*"])
def test_terms_that_cannot_match_are_refused(term: str) -> None:
    with pytest.raises(ValueError, match=r"term|prefix"):
        Matcher([(term, 1)])


@given(st.lists(st.sampled_from(["Iran", "Iraq", "North", "North Korea", "x", "-"]), max_size=30))
def test_matches_never_overlap_and_read_as_their_term(pieces: list[str]) -> None:
    reading = read(" ".join(pieces))
    behind = 0
    matcher = Matcher((term, term) for term in ("Iran", "North", "North Korea"))
    for first, last, payloads in matcher.find(reading):
        assert first >= behind
        behind = last
        term = reading.text[reading.starts[first] : reading.ends[last - 1]]
        assert fold_term(term) == fold_term(payloads[0])


def test_hostile_text_takes_linear_time() -> None:
    terms = {" ".join(["a"] * length): str(length) for length in range(1, 30)}
    begun = time.process_time()
    assert found(terms, "a " * 100_000)
    assert time.process_time() - begun < 5


def test_a_phrase_is_found_whose_second_word_was_met_before_its_first() -> None:
    phrases = {"north": "north korea"}
    matcher: Matcher[str] = Matcher.compiled({"iran": ("IR",)}, phrases, lambda given: [(given, ("KP",))])
    assert not matcher.find(read("Korea, in the east"))
    assert [match[2] for match in matcher.find(read("Korea: North Korea"))] == [("KP",)]
