"""Sentences in every language of the lexicon: inflected names, cities, leaders, institutions, and words that
only look like countries."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from monitor.tagging import Tagger
from monitor.tagging.lexicon import LANGUAGES

DATA = Path(__file__).parent / "data"


class Sentence(NamedTuple):
    language: str
    text: str
    wanted: frozenset[str]
    allowed: frozenset[str]
    published: date | None


def rows(name: str) -> Iterator[list[str]]:
    for line in (DATA / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def sentences() -> Iterator[Sentence]:
    for language, codes, text, *further in rows("sentences.tsv"):
        wanted = frozenset() if codes == "-" else frozenset(codes.split(","))
        allowed = {code for cell in further if cell[0] == "+" for code in cell[1:].split(",")}
        days = [date.fromisoformat(cell) for cell in further if cell[0] != "+"]
        yield Sentence(language, text, wanted, wanted | allowed, days[0] if days else None)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.mark.parametrize("language", sorted({sentence.language for sentence in sentences()}))
def test_countries_of_sentences(tagger: Tagger, language: str) -> None:
    wrong = []
    for one in sentences():
        if one.language == language:
            tags = tagger.tag(one.text, language=language, published=one.published).countries
            found = {tag.key for tag in tags}
            if not one.wanted <= found <= one.allowed:
                wrong.append((one.text, sorted(one.wanted), sorted(found)))
    assert not wrong


@pytest.mark.parametrize(("language", "forms"), list(rows("forms.tsv")))
def test_forms_of_names(tagger: Tagger, language: str, forms: str) -> None:
    wrong = []
    for form, code in (cell.rsplit(" ", 1) for cell in forms.split("|")):
        tags = tagger.tag(f"在{form}的。" if language == "zh" else f"{form} xx.", language=language).countries
        if {tag.key for tag in tags} != {code}:
            wrong.append((form, code, tags))
    assert not wrong


def test_every_language_has_sentences() -> None:
    assert {sentence.language for sentence in sentences()} >= set(LANGUAGES) - {"cs", "bg"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ka", "რუსეთის პრეზიდენტი მოსკოვში, CNN."),
        ("hy", "Ռուսաստանի նախագահը Մոսկվայում, CNN."),
        ("ru", "CNN: Президент России в Москве."),
    ],
)
def test_a_word_in_capitals_does_not_hide_scripts_without_them(
    tagger: Tagger, language: str, text: str
) -> None:
    assert {tag.key for tag in tagger.tag(text, language=language).countries} == {"RU"}
