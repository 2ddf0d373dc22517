"""The country data: its files are sound, the compiled form is up to date, and languages inflect."""

from datetime import date

import pytest

from monitor.config import LexiconConfig
from monitor.tagging.lexicon import LANGUAGES, Lexicon, parse_entry
from monitor.tagging.text import read


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon()


def meanings(lexicon: Lexicon, language: str, text: str) -> set[str]:
    return {
        entry.country
        for matcher in lexicon.matchers(language)
        for match in matcher.find(read(text))
        for entry in match[2]
    }


def test_the_compiled_files_are_up_to_date() -> None:
    pytest.importorskip("pymorphy3")
    pytest.importorskip("babel")
    from monitor.tagging.build import DATA, build

    for language, text in build().items():
        assert (DATA / "compiled" / f"{language}.txt").read_text("utf-8") == text, (
            f"{language}: run python -m monitor.tagging.build"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_nearly_every_country(lexicon: Lexicon, language: str) -> None:
    from babel import Locale

    names = {
        code: name
        for code, name in Locale("zh" if language == "zh" else language).territories.items()
        if code in "AM AZ BY CN DE EG FR GE GB IN IR JP KG KZ LT LV MD MN PL RO RU TJ TM TR UA UZ".split()
    }
    missing = {code for code, name in names.items() if code not in meanings(lexicon, language, name)}
    assert not missing


@pytest.mark.parametrize(
    ("language", "text", "country"),
    [
        ("ru", "Соединёнными Штатами Америки", "US"),
        ("ru", "казахстанско-российские", "KZ"),
        ("ru", "о Папуа — Новой Гвинее", "PG"),
        ("ru", "Пашиняном", "AM"),
        ("ru", "кыргызстанцам", "KG"),
        ("uk", "Сполученими Штатами", "US"),
        ("uk", "поляками", "PL"),
        ("be", "Украінай", "UA"),
        ("kk", "Ресейдегі", "RU"),
        ("kk", "қырғыздардың", "KG"),
        ("ky", "Казакстандын", "KZ"),
        ("ky", "Орусиянын", "RU"),
        ("uz", "Qozog‘istonga", "KZ"),
        ("uz", "Тожикистонда", "TJ"),
        ("tg", "Тоҷикистонро", "TJ"),
        ("tg", "Русияи", "RU"),
        ("tk", "Türkmenistanyň", "TM"),
        ("az", "Ermənistanın", "AM"),
        ("az", "Rusiyada", "RU"),
        ("tr", "Rusya'nın", "RU"),
        ("tr", "Ermenilerin", "AM"),
        ("hy", "Ռուսաստանի", "RU"),
        ("hy", "Ադրբեջանից", "AZ"),
        ("ka", "საქართველოს", "GE"),
        ("ka", "რუსეთში", "RU"),
        ("ro", "Republicii Moldova", "MD"),
        ("ro", "rușilor", "RU"),
        ("pl", "Wielkiej Brytanii", "GB"),
        ("pl", "Rosjanom", "RU"),
        ("cs", "Maďarskem", "HU"),
        ("bg", "руснаците", "RU"),
        ("de", "kasachischen", "KZ"),
        ("fr", "l'Ukraine", "UA"),
        ("es", "rusas", "RU"),
        ("zh", "中国外交部", "CN"),
    ],
)
def test_inflected_forms(lexicon: Lexicon, language: str, text: str, country: str) -> None:
    assert country in meanings(lexicon, language, text)


def test_options_of_a_row() -> None:
    entry = parse_entry(
        "KZ", "leader", "since=2019-03-20 until=2030-01-01 needs=Астана|@RU excludes=цирк person"
    )
    assert entry.case == "capital"
    assert (entry.since, entry.until) == (date(2019, 3, 20), date(2030, 1, 1))
    assert (entry.needs, entry.beside, entry.excludes) == ({"астана"}, {"RU"}, {"цирк"})
    assert entry.person
    assert not entry.plain
    assert entry.rule == "leader:KZ"


@pytest.mark.parametrize("options", ["colour=red", "case=italic", "since=yesterday"])
def test_wrong_options_are_refused(options: str) -> None:
    with pytest.raises(ValueError, match=r"colour|italic|yesterday"):
        parse_entry("KZ", "name", options)


def test_rows_of_the_users_own() -> None:
    lexicon = Lexicon([LexiconConfig(form="Мангистау*", language="ru", country="KZ", type="region")])
    assert meanings(lexicon, "ru", "в Мангистауской области") == {"KZ"}
    assert not meanings(lexicon, "uk", "в Мангистауской области")
