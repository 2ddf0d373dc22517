"""Tokens, normal forms and the search text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.watch.endings import ENDINGS
from monitor.watch.words import (
    MAX_STREAM_BYTES,
    MAX_WORD,
    fold,
    normal_form,
    normalise_document,
    phrase_forms,
    prefix_forms,
    tokens,
)

FORMS = Path(__file__).with_name("forms.txt").read_text("utf-8").splitlines()[1:]
LETTERS = st.text(
    st.sampled_from(
        "abcdefghilmnorstuyzéçğıİşßąłóśабвгдежзийклмноптуфцчшыьэюяёіїєґғқңөүҳՀայստնსანქცია0123456789"
    ),
    min_size=1,
    max_size=50,
)
LANGUAGE = st.sampled_from([None, "xx", "en", "ru", "uk", "de", "fr", "tr", "kk", "hy", "ka", "pl", *ENDINGS])


@pytest.mark.parametrize("line", FORMS)
def test_inflected_forms_share_a_normal_form(line: str) -> None:
    language, _, forms = line.partition(" ")
    assert len({normal_form(token.folded, language) for token in tokens(forms)}) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "policy police"), ("ru", "союз союзник"), ("uk", "санкція сан"), ("tr", "rusya rus")],
)
def test_different_words_stay_apart(language: str, words: str) -> None:
    assert len({normal_form(token.folded, language) for token in tokens(words)}) == 2


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Росси́я ЁЛКА", ["россия", "елка"]),
        ("И\u0306од", ["йод"]),  # a decomposed letter
        ("Erdoğan İSTANBUL IŞIK", ["erdogan", "istanbul", "isik"]),
        ("п'ять п’ять", ["пять", "пять"]),
        ("Russia's U.S.-led", ["russia", "s", "u", "s", "led"]),
        ("о\u00adгра\u00adни\u00adчение", ["ограничение"]),
        ("O‘zbekiston Oʻzbekiston", ["ozbekiston", "ozbekiston"]),
        ("制裁", ["制", "裁"]),
        ("_a_ —", ["a"]),
        ("ﬁnal ½", ["final", "12"]),
    ],
)
def test_tokens_are_folded(text: str, folded: list[str]) -> None:
    assert [token.folded for token in tokens(text)] == folded


@given(st.text(max_size=200))
def test_tokens_stand_where_they_say(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert token.folded == fold(text[token.start : token.end])
        assert token.folded.isalnum() and len(token.folded) <= MAX_WORD
        end = token.end


@given(LETTERS, LANGUAGE)
def test_a_normal_form_is_a_beginning(word: str, language: str | None) -> None:
    for token in tokens(word):
        form = normal_form(token.folded, language)
        beginning = form[:-1] if form.endswith("i") else form
        assert form and (token.folded.startswith(form) or token.folded.startswith(beginning))
        assert form in phrase_forms((token.folded,))


@given(LETTERS, LANGUAGE, st.integers(2, 12))
def test_a_prefix_finds_every_form(word: str, language: str | None, length: int) -> None:
    for token in tokens(word):
        prefix = token.folded[:length]
        form = normal_form(token.folded, language)
        assert form.startswith(prefix) or form in prefix_forms(prefix)


@given(st.text(max_size=300), st.text(max_size=80), LANGUAGE, st.lists(st.text(max_size=30), max_size=3))
def test_the_stream_has_one_form_for_each_token(
    text: str, title: str, language: str | None, byline: list[str]
) -> None:
    stream = normalise_document(title, text, language, byline)
    head, _, rest = f" {stream} ".partition(" || ")
    body, _, _ = f" {rest} ".partition(" || ")
    assert head.split() == [normal_form(token.folded, language) for token in tokens(title)]
    in_body = [word for word in body.split() if word != "|"]
    assert in_body == [normal_form(token.folded, language) for token in tokens(text)]


def test_the_stream_shows_its_parts() -> None:
    stream = normalise_document("A title", "One two. Three!\nFour", "en", ["Иван Петров", "—"])
    assert stream == "a titl || one two | three | four || ＠иван ＠петров"


def test_a_huge_text_is_cut_to_what_databases_take() -> None:
    text = ". ".join(f"Слово{number}" for number in range(60_000))
    stream = normalise_document("т " * 200_000, text, "ru", ["автор " * 100_000])
    assert len(stream.encode()) <= MAX_STREAM_BYTES
