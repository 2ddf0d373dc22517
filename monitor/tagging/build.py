"""The readable country data -> the compiled files. Run as `python -m monitor.tagging.build`.

Needs the development dependencies: Babel for the names of countries and cities in CLDR, pymorphy3 to inflect.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from babel import Locale
from babel.core import get_global

from monitor.tagging.inflect import WordClass, forms
from monitor.tagging.lexicon import LANGUAGES, parse_entry
from monitor.tagging.text import fold_term, split_words
from monitor.tagging.transliterate import transliterate

DATA = Path(__file__).parent / "data"
_CLDR_LOCALES = {language: (language,) for language in LANGUAGES} | {
    "uz": ("uz", "uz_Cyrl"),
    "zh": ("zh", "zh_Hant"),
    "en": ("en", "en_GB"),
}
# Territories that nobody lives in, groupings, and those that news calls by their state's name.
_NOT_COUNTRIES = frozenset("AC AQ BV CP CQ DG EA EZ HM IC QO TA TF UN UM XA XB ZZ".split())
_NAME_TYPES = {"name", "capital", "city", "region", "territory", "institution", "metonym", "block"}


# Languages that write these with a capital letter.
_CAPITALISED = {"adjective": {"en", "tr"}, "demonym": {"en", "tr", "de", "pl", "cs"}}
_SMALL = {"ru", "uk", "be"}  # and those that write peoples with a small one
_BORROWED_TYPES = {"leader", "capital", "city", "institution"}
_ENGLISH_SPELLING = ("de", "fr", "es", "pl", "cs", "ro", "tr")
_RUSSIAN_SPELLING = ("be", "bg", "kk", "ky")
# Leaders of far away are lent only where a name has few forms: elsewhere they would be a quarter of all.
_LENT_LITTLE = "leaders-world"
_FEW_FORMS = frozenset({"de", "fr", "es", "tr"})
_KNOWN_BY_INITIALS = frozenset(
    "CIA FBI NASA FSB GRU IRGC IDF MI6 MI5 ФСБ ГРУ ФБР ЦРУ НАСА ЦАХАЛ КСИР СБУ ВСУ".split()
)
# Spelled by rule: people and cities of everywhere, and those of Russia and its neighbours.
_SPELLED_TYPES = {"leader", "city"}
_SPELLED_EVERYWHERE = ("az", "uz", "tk", "tg", "hy", "ka")
_SPELLED_NEARBY = ("pl", "de", "fr", "cs")
_NEARBY = frozenset("RU UA BY KZ KG UZ TJ TM AM AZ GE MD UA-43 GE-AB GE-SO MD-SN AZ-NK".split())


# Phrases by their first words, and stems with their endings.
Split = tuple[dict[str, list[str]], list[tuple[str, tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A lemma with all that the sources say of it."""

    lemma: str
    language: str
    country: str
    type: str
    options: str = ""


def read_table(path: Path) -> Iterator[SourceRow]:
    """Yield the rows of a table; raises ValueError that names the line where one is malformed."""
    columns: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if not columns:
            columns = cells
            continue
        if len(cells) > len(columns):
            raise ValueError(f"{path.name}:{number}: more cells than columns")
        row = dict(zip(columns, cells, strict=False))
        country, options = row.pop("country"), row.pop("options", "")
        type_ = row.pop("type", "")
        for language, cell in row.items():
            for kind, lemma in _cell(cell, type_):
                parse_entry(country, kind, options)  # complains where the options are wrong
                for one in language.split(","):
                    yield SourceRow(lemma, one, country, kind, options)


def _cell(cell: str, type_: str) -> Iterator[tuple[str, str]]:
    """The lemmas of a cell with their types; in tables without types, adjectives; then people's nouns."""
    adjectives, _, people = cell.partition(";")
    for kind, group in ((type_ or "adjective", adjectives), ("demonym", people)):
        for lemma in group.split("|"):
            if lemma.strip():
                yield kind, lemma.strip()


def cldr_rows() -> Iterator[SourceRow]:
    """Yield the countries' names and the capitals' in all languages, from CLDR."""
    for language, locales in _CLDR_LOCALES.items():
        for name in locales:
            territories = Locale.parse(name).territories
            for code, full in territories.items():
                if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES:
                    for lemma in _cldr_names(code, full):
                        yield SourceRow(lemma, language, code, "name")


def _cldr_names(code: str, full: str) -> Iterator[str]:
    """The names in one of CLDR's: "Myanmar (Burma)" holds two, "Hong Kong SAR China" one."""
    for mark in (" SAR China", "SRA ", " (САР)", "特别行政区", "特別行政區"):
        full = full.replace(mark, "")
    full = full.removeprefix("中国").removeprefix("中國") if len(full) > 2 else full
    outer, _, inner = full.partition("(")
    for lemma in (outer, inner.rstrip(") ") if code == "MM" else ""):
        lemma = lemma.strip().replace(" & ", " and ").replace("’", "'")
        if lemma and not lemma.startswith(("САР", "SAR", "ҚАР")):
            yield lemma


def city_rows(capitals: list[SourceRow]) -> Iterator[SourceRow]:
    """Yield the capitals in further languages, where CLDR knows them as time zones' cities."""
    english = {
        row.lemma: row.country for row in capitals if row.language == "en" and "person" not in row.options
    }
    zones = get_global("zone_territories")
    by_zone = {
        zone: country
        for zone in zones
        for city, country in english.items()
        if zone.rsplit("/", 1)[-1].replace("_", " ") == city and zones[zone] == country
    }
    for language, locales in _CLDR_LOCALES.items():
        if language in {"en", "ru", "uk"}:
            continue
        for name in locales:
            named = Locale.parse(name).time_zones
            for zone, country in by_zone.items():
                city = named.get(zone, {}).get("city")
                own_script = language in {"pl", "cs", "ro", "tr", "az", "uz", "tk", "de", "fr", "es"}
                if city:
                    yield SourceRow(city, language, country, "capital")
                elif own_script:  # CLDR leaves out what is spelled as in English
                    yield SourceRow(zone.rsplit("/", 1)[-1].replace("_", " "), language, country, "capital")


def borrowed_rows(tables: list[SourceRow]) -> Iterator[SourceRow]:
    """Yield people and places in languages that spell them as English or Russian does, and Russian names
    spelled by rule elsewhere: the surnames alone, where a row has them alone."""
    alone = {
        (row.country, row.options, row.lemma)
        for row in tables
        if row.language == "ru" and row.type == "leader"
    }
    for row in tables:
        if row.type not in _BORROWED_TYPES:
            continue
        if row.type == "institution" and row.lemma.isupper() and row.lemma not in _KNOWN_BY_INITIALS:
            continue  # "HDP" is a party in Turkish, and the gross domestic product in Czech
        for language in {"en": _ENGLISH_SPELLING, "ru": _RUSSIAN_SPELLING}.get(row.language, ()):
            yield replace(row, language=language)
        if row.language != "ru" or row.type not in _SPELLED_TYPES or row.lemma.isupper():
            continue
        if (row.country, row.options, row.lemma.rpartition(" ")[2]) in alone and " " in row.lemma:
            continue
        for language in _SPELLED_EVERYWHERE + (_SPELLED_NEARBY if row.country in _NEARBY else ()):
            yield replace(row, lemma=transliterate(row.lemma, language), language=language)


def source_rows() -> list[SourceRow]:
    """All rows: CLDR's first, then the tables, whose options replace those of the same name in CLDR."""
    by_table = {path.stem: list(read_table(path)) for path in sorted((DATA / "countries").glob("*.tsv"))}
    tables = list(chain.from_iterable(by_table.values()))
    lent = chain(
        *(borrowed_rows(rows) for table, rows in by_table.items() if table != _LENT_LITTLE),
        (row for row in borrowed_rows(by_table[_LENT_LITTLE]) if row.language in _FEW_FORMS),
    )
    capitals = [row for row in tables if row.type == "capital"]
    rows: dict[tuple[str, str, str, str], SourceRow] = {}
    for row in (*cldr_rows(), *city_rows(capitals), *lent, *tables):
        languages = LANGUAGES if row.language == "*" else (row.language,)
        for language in languages:
            # A leader may have led twice.
            kind = row.type + row.options if row.type == "leader" else row.type
            key = (fold_term(row.lemma), language, row.country, kind)
            options = row.options
            if row.type in _NAME_TYPES and row.lemma.isupper() and "case=" not in options:
                options = f"{options} case=upper".strip()  # "CAR" and "car", "ICI" and "ici"
            elif language in _CAPITALISED.get(row.type, ()) and "case=" not in options:
                options = f"{options} case=capital".strip()  # "Polish" and "polish", "Çek" and "çek"
            elif row.type == "demonym" and language in _SMALL and "case=" not in options:
                options = f"{options} case=small".strip()  # "поляков", but not "Андрей Поляков"
            rows[key] = SourceRow(row.lemma, language, row.country, row.type, options)
    return list(rows.values())


def _word_class(row: SourceRow) -> WordClass:
    if row.type == "leader" or (row.type in _BORROWED_TYPES and row.language not in {"ru", "uk"}):
        return "personal"
    if row.type == "adjective" and not (row.language in {"ru", "uk"} and row.lemma[-1] != "й"):
        return "adjective"
    if row.type == "demonym":
        return "person"
    return (
        "adjective" if row.type == "block" and row.lemma.endswith("ий") and " " not in row.lemma else "name"
    )


def row_forms(row: SourceRow) -> set[str]:
    """The folded forms of a row's lemma."""
    if row.lemma.startswith("=") or row.lemma.isupper():  # an abbreviation's endings follow a hyphen
        found = {row.lemma.removeprefix("=")}
    elif row.type in _BORROWED_TYPES and (
        row.language == "tr" or (row.language in {"kk", "ky"} and " " in row.lemma)
    ):
        # Turkish puts an apostrophe before the endings; of long Kazakh and Kyrgyz names the last word is
        # listed alone as well.
        found = {row.lemma}
    elif row.language == "en":
        found = {row.lemma}
        if row.type in {"adjective", "demonym"} and not row.lemma.endswith(("s", "ese", "ish", "h", "men")):
            found.add(row.lemma + "s")
    else:
        found = forms(row.lemma, row.language, _word_class(row))
    if row.language == "be":  # what begins with "у" is written with "ў" behind a vowel
        found |= {"ў" + form[1:] for form in found if form.startswith("у")}
    return {fold_term(form) for form in found}


def _common_start(words: Sequence[str]) -> str:
    """The letters that all of the sorted `words` begin with."""
    first, last = words[0], words[-1]
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def compile_language(rows: list[SourceRow]) -> str:
    """Return the compiled text of one language's rows (`lexicon.read_compiled` says how it reads)."""
    paradigms: set[tuple[str, tuple[str, ...]]] = set()
    heads: dict[str, set[str]] = {}  # form -> the entries that it has
    for row in rows:
        head = f"{row.country} {row.type} {row.options}".rstrip()
        forms = row_forms(row)
        paradigms.add((head, tuple(sorted(forms))))
        for form in forms:
            heads.setdefault(form, set()).add(head)
    entries = sorted({head for head, _ in paradigms})
    numbers = {head: str(number) for number, head in enumerate(entries)}
    groups: dict[str, set[tuple[str, ...]]] = {}  # numbers of entries -> paradigms, as far as they share them
    placed: set[str] = set()
    for _, paradigm in sorted(paradigms):
        parts: dict[str, list[str]] = {}
        for form in paradigm:
            if form not in placed:
                parts.setdefault(
                    ",".join(sorted((numbers[head] for head in heads[form]), key=int)), []
                ).append(form)
        placed.update(paradigm)
        for key, forms_ in parts.items():
            groups.setdefault(key, set()).add(tuple(forms_))
    listed = {
        key: [_split(forms) for forms in sorted(groups[key])] for key in sorted(groups, key=_as_numbers)
    }
    uses = Counter(endings for parts_ in listed.values() for _, stems in parts_ for _, endings in stems)
    shared = [endings for endings, count in uses.most_common() if count > 1 and len(endings) > 1]
    places = {endings: number for number, endings in enumerate(shared)}
    by_first: dict[str, list[str]] = {}  # first word of phrases -> its phrases, each with its entries
    for key, split in listed.items():
        for phrases, _ in split:
            for first, group in phrases.items():
                by_first.setdefault(first, []).append(f"{key} {'|'.join(group)}")
    lines = ["%" + "|".join(endings) for endings in shared]
    for number, head in enumerate(entries):
        lines += [f"@{head}", *_stem_lines(listed.pop(str(number), ()), places)]
    for key, split in listed.items():
        if stems := list(_stem_lines(split, places)):
            lines += [f"={key}", *stems]
    lines += ["", *("\t".join((first, *groups_)) for first, groups_ in sorted(by_first.items()))]
    return "\n".join(lines) + "\n"


def _stem_lines(split: Iterable[Split], places: Mapping[tuple[str, ...], int]) -> Iterator[str]:
    """The lines of the words of paradigms that are split; `places` are the numbers of shared endings."""
    for _, stems in split:
        for stem, endings in stems:
            place = places.get(endings)
            yield "|".join([stem, *endings]) if place is None else f"{stem}%{place}"


def _as_numbers(key: str) -> list[int]:
    return [int(number) for number in key.split(",")]


def _split(paradigm: tuple[str, ...]) -> Split:
    """A paradigm's forms: phrases by their first words, and words as a stem with its endings."""
    phrases: dict[str, list[str]] = {}
    words = []
    for form in paradigm:
        parts = split_words(form)
        if parts == ["", form, ""]:
            words.append(form)
        else:
            phrases.setdefault(parts[1], []).append(form)
    if not words:
        return phrases, []
    stem = _common_start(words)
    return phrases, [(stem, tuple(form.removeprefix(stem) for form in words))]


def build() -> dict[str, str]:
    """Return the compiled files: language -> text."""
    by_language: dict[str, list[SourceRow]] = {language: [] for language in LANGUAGES}
    for row in source_rows():
        by_language[row.language].append(row)
    return {language: compile_language(rows) for language, rows in by_language.items()}


def main() -> None:
    """Write the compiled files."""
    target = DATA / "compiled"
    target.mkdir(exist_ok=True)
    total = 0
    for language, text in build().items():
        (target / f"{language}.txt").write_text(text, "utf-8")
        total += len(text.encode())
    sys.stdout.write(f"{total} bytes in {target}\n")


if __name__ == "__main__":
    main()
