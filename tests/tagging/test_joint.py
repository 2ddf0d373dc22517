"""The nearest tie of a country and a theme."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.tagging.joint import joints
from monitor.tagging.text import read

TEXT = "Kazakhstan spoke first. Later the sanctions came up, and Minsk left. Kazakhstan fears sanctions."


def place(word: str, nth: int = 0) -> tuple[int, int]:
    number = [at for at, read_word in enumerate(read(TEXT).words) if read_word == word.lower()][nth]
    return number, number + 1


def test_one_sentence_and_the_words_between() -> None:
    found = joints(
        {"KZ": [place("Kazakhstan"), place("Kazakhstan", 1)], "BY": [place("Minsk")]},
        {"sanctions": [place("sanctions"), place("sanctions", 1)]},
        read(TEXT),
    )
    by_country = {joint.country: joint for joint in found}
    assert by_country["KZ"].same_sentence
    assert by_country["KZ"].words == 1
    assert by_country["KZ"].sentence == "Kazakhstan fears sanctions."
    assert by_country["BY"].same_sentence
    assert by_country["BY"].words == 3


def test_in_two_sentences_the_theme_s_is_quoted() -> None:
    (found,) = joints({"KZ": [place("Kazakhstan")]}, {"sanctions": [place("sanctions")]}, read(TEXT))
    assert not found.same_sentence
    assert found.words == 4
    assert found.sentence == "Later the sanctions came up, and Minsk left."


def test_terms_that_share_words_touch() -> None:
    text = "Russian gas flows."
    (found,) = joints({"RU": [(0, 1)]}, {"energy": [(0, 2)]}, read(text))
    assert (found.words, found.same_sentence) == (0, True)


def test_without_one_of_the_two_there_is_no_tie() -> None:
    assert joints({}, {"sanctions": [place("sanctions")]}, read(TEXT)) == ()
    assert joints({"KZ": [place("Kazakhstan")]}, {}, read(TEXT)) == ()


@given(st.lists(st.sampled_from(["country", "theme", "word", "stop."]), min_size=1, max_size=40))
def test_it_agrees_with_comparing_every_pair(parts: list[str]) -> None:
    text = " ".join(part.capitalize() for part in parts)
    reading = read(text)
    places: dict[str, list[tuple[int, int]]] = {"Country": [], "Theme": []}
    for number, word in enumerate(reading.words):
        if word.capitalize() in places:
            places[word.capitalize()].append((number, number + 1))
    found = joints({"KZ": places["Country"]}, {"csto": places["Theme"]}, reading)
    pairs = [
        (
            abs(a - b) - 1,
            reading.sentence_index(reading.starts[a]) == reading.sentence_index(reading.starts[b]),
        )
        for a, _ in places["Country"]
        for b, _ in places["Theme"]
    ]
    if not pairs:
        assert found == ()
    else:
        assert found[0].words == min(words for words, _ in pairs)
        assert found[0].same_sentence == any(shared for _, shared in pairs)
