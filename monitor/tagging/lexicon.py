"""The compiled country data -> Lexicon: for each language, which words speak of which country.

The readable sources and the compiled files are in `data/`; `data/README.md` describes both. Languages are
loaded when a text first needs them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files

from monitor.config import LexiconConfig
from monitor.tagging.match import Matcher
from monitor.tagging.text import fold_term
from monitor.tagging.vocabulary import Vocabularies, Vocabulary

LANGUAGES = (
    *("en", "ru", "uk", "be", "kk", "ky", "uz", "tg", "tk", "az", "hy", "ka"),
    *("ro", "tr", "zh", "de", "fr", "es", "pl", "cs", "bg"),
)
# Texts of these languages quote Russian names as they are.
_ALSO_RUSSIAN = frozenset({"be", "kk", "ky", "tg", "uz"})
BLOCK = "-"  # the country of words that are nobody's

# How a word must be written: as it likes, with a capital, without one inside a sentence, in capitals, in
# capitals among small letters, with a capital and a full stop behind, with one that nothing else asks for,
# with a hyphen beside.
CASES = ("any", "capital", "small", "upper", "acronym", "stop", "inner", "joined")
# Types whose words are names, which have a capital where the script has any.
_NAMES = frozenset({"name", "capital", "city", "region", "leader", "institution", "territory", "block"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word says: the country it speaks of and when that counts.

    `needs`: one of these words must stand somewhere in the document; `excludes`: none of them may.
    `beside`: one of these countries must be spoken of elsewhere in the document (written `needs=@EU`).
    `person`: the word is also a person's name, so that a first name before it takes it away.
    """

    country: str
    type: str
    case: str = "any"
    since: date | None = None
    until: date | None = None
    needs: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    person: bool = False
    plain: bool = field(init=False, default=False)  # whether nothing but the case decides
    rule: str = field(init=False, default="")  # its name in evidence: "name:KZ"

    def __post_init__(self) -> None:
        conditions = (self.since, self.until, self.needs, self.excludes, self.beside, self.person)
        object.__setattr__(self, "plain", not any(conditions) and self.country != BLOCK)
        object.__setattr__(self, "rule", f"{self.type}:{self.country}")


def entry_of(row: LexiconConfig) -> Entry:
    """Return what a row of the user's own says."""
    return Entry(
        row.country or BLOCK,
        row.type if row.country else "block",
        row.case or ("capital" if row.type in _NAMES else "any"),
        row.since,
        row.until,
        _words(word for word in row.needs if word[:1] != "@"),
        _words(row.excludes),
        frozenset(word[1:] for word in row.needs if word[:1] == "@"),
        row.person,
    )


@cache
def parse_entry(country: str, type_: str, options: str) -> Entry:
    """Read an entry from its country, type and options ("case=upper since=2019-03-20 needs=a|b person")."""
    values: dict[str, str] = {}
    for option in options.split():
        key, _, value = option.partition("=")
        if key not in {"case", "since", "until", "needs", "excludes", "person"}:
            raise ValueError(f"unknown option {option!r}")
        values[key] = value
    case = values.get("case") or ("capital" if type_ in _NAMES else "any")
    if case not in CASES:
        raise ValueError(f"unknown case policy {case!r}")
    return Entry(
        country,
        type_,
        case,
        date.fromisoformat(values["since"]) if "since" in values else None,
        date.fromisoformat(values["until"]) if "until" in values else None,
        _words(word for word in values.get("needs", "").split("|") if word[:1] != "@"),
        _words(values.get("excludes", "").split("|")),
        frozenset(word[1:] for word in values.get("needs", "").split("|") if word[:1] == "@"),
        "person" in values,
    )


def _words(listed: Iterable[str]) -> frozenset[str]:
    return frozenset(fold_term(word) for word in listed if word)


class Lexicon:
    """The country words of all languages, with the user's own rows on top.

    `countries` limits what is known (empty: all).
    """

    def __init__(
        self,
        extra: Sequence[LexiconConfig] = (),
        countries: Collection[str] = (),
        vocabularies: Vocabularies | None = None,
    ) -> None:
        self._extra = tuple(extra)
        self._countries = frozenset(countries)
        self._matchers: dict[str, Matcher[Entry]] = {}
        self._vocabularies = Vocabularies() if vocabularies is None else vocabularies

    def matchers(self, language: str | None) -> tuple[Matcher[Entry], ...]:
        """Return what to search a text of `language` with, the language's own matcher first."""
        code = language if language in LANGUAGES else "en"
        return tuple(self._matcher(name) for name in ((code, "ru") if code in _ALSO_RUSSIAN else (code,)))

    def load(self) -> None:
        """Load every language now instead of when it is needed."""
        for language in LANGUAGES:
            self._matcher(language)

    def _matcher(self, language: str) -> Matcher[Entry]:
        if language not in self._matchers:
            text = (files(__package__) / f"data/compiled/{language}.txt").read_text("utf-8")
            matcher = read_compiled(text, self._vocabularies[language])
            for row in self._extra:
                if row.language in {language, "all"}:
                    matcher.add(row.form, entry_of(row))
            self._matchers[language] = matcher
        return self._matchers[language]

    @property
    def limited(self) -> bool:
        """Whether only some countries are asked for."""
        return bool(self._countries)

    def wanted(self, country: str) -> bool:
        """Whether tags of `country` are asked for."""
        return not self._countries or country in self._countries


def read_compiled(text: str, vocabulary: Vocabulary | None = None) -> Matcher[Entry]:
    """Read a compiled file, line by line. First words:

    - `%ending|ending`: endings that many words share, numbered from 0;
    - `@country type options`: an entry, numbered from 0; the forms that follow have it, and no other;
    - `=3,17`: the forms that follow have the entries number 3 and 17, and no others;
    - `stem|ending|ending`, or `stem%7` with the endings number 7: words.

    Behind an empty line phrases, a line for each first word: `word`, a tab, `3,17 phrase|phrase` for those
    that have the entries number 3 and 17, a tab, the next.
    """
    shared: list[list[str]] = []
    entries: list[Entry] = []
    payloads: tuple[Entry, ...] = ()
    words: dict[str, tuple[Entry, ...]] = {}
    listed, _, phrases = text.partition("\n\n")
    for line in listed.splitlines():
        kind = line[0]
        if kind == "@":
            country, type_, *options = line[1:].split(" ", 2)
            payloads = (parse_entry(country, type_, options[0] if options else ""),)
            entries += payloads
        elif kind == "=":
            payloads = _entries_of(line[1:], entries)
        elif kind == "%":
            shared.append(line[1:].split("|"))
        elif "%" in line:
            stem, _, number = line.partition("%")
            words.update(dict.fromkeys(map(stem.__add__, shared[int(number)]), payloads))
        else:
            stem, *endings = line.split("|")
            words.update(dict.fromkeys(map(stem.__add__, endings), payloads))

    def read_phrases(groups: str) -> Iterator[tuple[str, tuple[Entry, ...]]]:
        for group in groups.split("\t"):
            numbers, _, forms = group.partition(" ")
            for form in forms.split("|"):
                yield form, _entries_of(numbers, entries)

    by_first = dict(line.split("\t", 1) for line in phrases.splitlines())
    return Matcher.compiled(words, by_first, read_phrases, vocabulary)


def _entries_of(numbers: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(entries[int(number)] for number in numbers.split(","))
