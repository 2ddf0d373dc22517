"""Words, sentences and folding: what everything else in tagging stands on."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.tagging.text import fold, fold_term, read, script
from monitor.text import sentences

TRICKY = st.text(
    alphabet=st.sampled_from(
        "aИёЁİßŁñé’ʼʻ'\u00ad\u200b\u0301\u0306 \u00a0\n\u2028.,!?«»()-–中国ქართул0aé\ufeff\t"
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("К.-Ж. Токаев сказал. Потом ушёл.", ["К.-Ж. Токаев сказал.", "Потом ушёл."]),
        ("The U.S. President left. He smiled.", ["The U.S. President left.", "He smiled."]),
        ("«Нет!» Он ушёл.", ["«Нет!»", "Он ушёл."]),
        ("One.\u2028Two", ["One.", "Two"]),
        ("Прибыл в г. Астана. Там ждали.", ["Прибыл в г. Астана.", "Там ждали."]),
        ("It rose 3.5 pct. Then it fell.", ["It rose 3.5 pct.", "Then it fell."]),
        ("他来了。她走了。", ["他来了。", "她走了。"]),
        ("Mr. Smith met Dr. Jones. They talked.", ["Mr. Smith met Dr. Jones.", "They talked."]),
        ("Wait... what? Yes.", ["Wait... what?", "Yes."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(TRICKY | st.text())
def test_sentences_are_in_order_and_cover_all_but_white_space(text: str) -> None:
    spans = sentences(text)
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        position = end
    assert not text[position:].strip()


@given(TRICKY | st.text())
@example("a\ufeff\u0301")  # an accent behind a character that nobody sees
def test_words_stand_where_they_say(text: str) -> None:
    reading = read(text)
    last = 0
    for word, start, end in zip(reading.words, reading.starts, reading.ends, strict=True):
        assert last <= start < end <= len(text)
        assert fold(text[start:end]) == word
        last = end


@pytest.mark.parametrize(
    ("variant", "plain"),
    [
        ("Росси\u00adя", "россия"),
        ("Росси\u0301я", "россия"),
        ("Артём", "артем"),
        ("и\u0306од", "йод"),
        ("O‘zbekiston", "o'zbekiston"),
        ("Oʻzbekiston", "o'zbekiston"),
        ("İran", "iran"),
        ("Guinea‑Bissau", "guinea-bissau"),
        ("New\u00a0Zealand", "new zealand"),
        ("Tu\u0308rkiye", "türkiye"),
    ],
)
def test_spellings_that_readers_take_for_equal(variant: str, plain: str) -> None:
    assert fold_term(variant) == plain


def test_nothing_is_read_behind_the_end() -> None:
    reading = read("Armenia left. Georgia stayed.", end=13)
    assert reading.words == ["armenia", "left"]


@pytest.mark.parametrize(
    "hostile", ["." * 300_000, "a." * 150_000, "A. " * 100_000, " " * 300_000 + "a", "\n" * 300_000]
)
def test_reading_takes_time_linear_in_the_text(hostile: str) -> None:
    begun = time.process_time()
    read(hostile).sentences  # noqa: B018 - the property does the work
    assert time.process_time() - begun < 5


def test_a_name_with_a_full_stop_is_inside_its_sentence() -> None:
    text = "Brexit. Wyjście Wlk. Brytanii trwa. Koniec."
    start = text.index("Wlk")
    assert read(text).sentence_at(start, start + 13) == "Wyjście Wlk. Brytanii trwa."


def test_a_very_long_sentence_is_cut_around_the_place() -> None:
    text = "word " * 1000 + "Armenia " + "word " * 1000
    place = text.index("Armenia")
    cut = read(text).sentence_at(place)
    assert len(cut) == 600
    assert "Armenia" in cut


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hello", "Latn"),
        ("Привет", "Cyrl"),
        ("Հայաստան", "Armn"),
        ("საქართველო", "Geor"),
        ("中国", "Hani"),
        ("123", None),
    ],
)
def test_script(text: str, code: str | None) -> None:
    assert script(text) == code
