"""The attitude towards a target in a sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.tagging import target
from monitor.tagging.target import attitude_of_target, places, target_words, word_sums
from monitor.tagging.text import read

CASES = [
    ("en", "Critics accused [Ivanov] of corruption and lying to parliament.", -1),
    ("en", "Allies praised [Ivanova] as a brave and honest leader.", 1),
    ("en", "The court convicted [the mayor] of fraud and abuse.", -1),
    ("en", "Voters love [the new governor], whose success impressed everyone.", 1),
    ("ru", "Суд признал [чиновника] виновным в мошенничестве и коррупции.", -1),
    ("ru", "[Иванов] получил почетную награду за блестящую победу и спас жителей.", 1),
]


@pytest.mark.parametrize(("language", "marked", "label"), CASES)
def test_clear_words_tell(language: str, marked: str, label: int) -> None:
    start, end = marked.index("["), marked.index("]") - 1
    told = attitude_of_target(marked.replace("[", "").replace("]", ""), start, end, language)
    assert told.label == label
    assert 0.45 <= told.score <= 1
    assert told.why


def test_the_language_is_told_by_the_script() -> None:
    text = "Критики обвинили Иванова в коррупции и лжи."
    assert attitude_of_target(text, 17, 24) == attitude_of_target(text, 17, 24, "ru")


@pytest.mark.parametrize("span", [(0, 0), (3, 2), (-1, 4), (0, 99)])
def test_a_span_that_is_none_has_no_answer(span: tuple[int, int]) -> None:
    assert attitude_of_target("A fraud.", *span, "en").label is None


def test_another_language_has_no_answer() -> None:
    assert attitude_of_target("Kritik an Meier.", 10, 15, "de").label is None


def test_words_are_placed_from_the_target() -> None:
    body = read("One two the new mayor three four five six seven eight nine.")
    first, last = target_words(body, 8, 21)
    assert body.words[first:last] == ["the", "new", "mayor"]
    assert places(first, first, last) == ()
    assert places(0, first, last) == ("all", "<", "<near", "<next")
    assert places(last + 2, first, last) == ("all", ">", ">near")
    assert places(last + 6, first, last) == ("all", ">")


def test_values_are_summed_up_by_place_and_weighed() -> None:
    values = {"good": (9, 1, 0, 0, 0, 0, 0), "bad": (4, -2, 0, 0, 0, 3, 0)}
    body = read("Good Ivanov is bad.")
    sums = word_sums(body, 5, 11, values)
    assert sums["sum <next 1"] > 0 > sums["sum >next 1"]
    assert sums["sum >next 5"] > 0
    scale = 9 / 9**0.5 / sums["sum < 1"]
    assert sums["sum all 1"] * scale == pytest.approx((9 * 1 - 4 * 2) / 13**0.5)
    assert word_sums(read(""), 0, 1, values) == {}


def test_the_weights_stay_small_enough_to_read() -> None:
    folder = Path(target.__file__).parent / "data" / "frames"
    files = [*folder.glob("weights.*.tsv"), *folder.glob("values.*.txt")]
    assert sum(file.stat().st_size for file in files) < 400_000


@given(st.text(max_size=80), st.integers(0, 80), st.integers(0, 80), st.sampled_from(["en", "ru", None]))
def test_any_text_is_answered_or_not_but_never_breaks(
    text: str, start: int, end: int, language: str | None
) -> None:
    told = attitude_of_target(text, start, end, language)
    assert told.label in (-1, 0, 1, None)
    assert 0 <= told.score <= 1
