"""Readings of body and title -> the mentions of countries that count, each with the row that says so."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from importlib.resources import files
from itertools import chain, zip_longest
from operator import itemgetter
from typing import Literal, NamedTuple

from monitor.tagging.lexicon import BLOCK, Entry, Lexicon
from monitor.tagging.match import Match, Matcher
from monitor.tagging.text import Reading, fold_term, is_small

Place = Literal["text", "title"]
# Country or theme -> where a text speaks of it: the number of the first word, and of the one behind the last.
Places = Mapping[str, Sequence[tuple[int, int]]]

# Of two rows for one word and one country the clearer one gives the reason.
_TYPE_ORDER = (
    "name", "territory", "adjective", "demonym", "capital", "city", "region", "leader", "institution",
    "metonym", "currency", "company", "block",
)  # fmt: skip
# Types that tell where money and firms are at home, not that a country is spoken of.
_NAME_CASES = (
    ("ий", "ия ию ием ии ія ію ієм"),
    ("й", "я ю ем є єм е"),
    ("ь", "я ю ем е"),
    ("ия", "ии ию ией"),
    ("а", "ы и е і у ой ою"),
    ("я", "и е ю ей є"),
)
_CITIES = frozenset({"capital", "city"})
# Chinese: characters that stand for a country beside another, and those that make other words of them.
_FOR_A_COUNTRY = frozenset("中俄美乌烏韩韓朝英印伊哈吉")
_GOES_ON = frozenset("国國洲罗羅利度尼朗拉克兹茲萨薩鲜鮮尔爾文语語央心东東间間亚亞部不")
WEAK_TYPES = frozenset({"currency", "company"})


class Mention(NamedTuple):
    """One place where a country is spoken of. Words and sentence are numbers within its reading."""

    country: str
    entry: Entry
    start: int
    end: int
    word: int  # the first
    behind: int  # the word behind the last
    sentence: int
    where: Place


class CountryFinder:
    """Finds the mentions of countries in a text, and decides by context which of them count."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._first_names = word_list("first_names.txt")
        self._cyrillic_names = frozenset(chain.from_iterable(map(_name_cases, self._first_names)))
        self._last_names = word_list("last_names.txt")
        self._street_words = word_list("street_words.txt")
        self._place_company = word_list("place_company.txt")
        self._place_prepositions = word_list("place_prepositions.txt")

    def find(
        self, body: Reading, title: Reading, language: str | None, published: date | None
    ) -> list[Mention]:
        """Return the mentions of the title, then of the body, in the order of the text.

        Countries that are not watched are found, too: themes may ask for them.
        """
        document = _Context(body, title, published)
        found: list[Mention] = []
        open_rows: dict[int, list[Entry]] = {}  # place in `found` -> rows of which one is meant
        matchers = self._lexicon.matchers(language)
        has_region = False
        places: tuple[tuple[Reading, Place], ...] = ((title, "title"), (body, "text"))
        for reading, where in places:
            matches = _all_matches(matchers, reading)
            if not matches:
                continue
            text, starts, ends, sentence_starts = (
                reading.text, reading.starts, reading.ends, reading.sentence_starts,
            )  # fmt: skip
            for match in matches:
                first, last, payloads = match
                entry = payloads[0]
                start, end = starts[first], ends[last - 1]
                if len(payloads) == 1 and entry.plain:
                    case = entry.case
                    if case == "capital":
                        if is_small(text[start]) and not reading.all_lower:
                            if last - first == 1:
                                continue
                            # "палестинских территорий" is no name, but its first word is an adjective.
                            match = (first, first + 1, _alone(matchers, reading.words[first]))
                            entries = self._entries(match, reading, where, document)
                            if not entries:
                                continue
                            entry, end = entries[0], ends[first]
                    elif case != "any" and not _written_as(case, match, reading):
                        continue
                    if "А" <= text[start] <= "Я" and self._names_a_place_or_person(match, reading):
                        continue
                else:
                    entries = self._entries(match, reading, where, document)
                    if not entries:
                        continue
                    entry = entries[0]
                    if len(entries) > 1 or entry.beside:
                        open_rows[len(found)] = entries
                if entry.type == "region":
                    has_region = True
                if text[end : end + 1] == "." and "." in text[start:end]:
                    end += 1  # "U.S." with its last full stop
                sentence = (bisect_right(sentence_starts, start) or 1) - 1
                found.append(Mention(entry.country, entry, start, end, first, last, sentence, where))
        if open_rows:
            found = _settled(found, open_rows)
        if has_region:
            found = _without_namesakes(found, body, title)
        if document.people:
            found = self._without_people(found, document)
        return found

    def _entries(
        self, match: Match[Entry], reading: Reading, where: Place, document: "_Context"
    ) -> list[Entry]:
        """The rows that hold at this place, the clearest first: one, or those of several countries."""
        entries = [row for row in match[2] if self._counts(row, match, reading, document)]
        if not entries or (len(entries) == 1 and not entries[0].beside):
            return [] if entries and entries[0].country == BLOCK else entries
        if any(row.country == BLOCK for row in entries):
            return []
        entries = [row for row in entries if row.needs] or entries
        if any(row.beside for row in entries) and _is_dateline(match, reading, where):
            entries = [row for row in entries if not row.beside] or entries
        entries.sort(key=lambda row: _TYPE_ORDER.index(row.type))
        if any(row.beside or row.country != entries[0].country for row in entries):
            return entries
        return entries[:1]

    def _counts(self, entry: Entry, match: Match[Entry], reading: Reading, document: "_Context") -> bool:
        """Whether the row holds at this place of this document."""
        if entry.case != "any" and not _written_as(entry.case, match, reading):
            return False
        published = document.published
        if published is not None:
            if entry.since is not None and published < entry.since:
                return False
            if entry.until is not None and published > entry.until:
                return False
        if entry.needs and document.words.isdisjoint(entry.needs):
            return False
        if entry.excludes and not document.words.isdisjoint(entry.excludes):
            return False
        if not entry.person:
            return True
        is_person = self._is_person(match, reading)
        if entry.type == "name" and (is_person or self._has_unknown_surname(match, reading)):
            document.people.add(reading.words[match[0]])
        return not is_person

    def _has_unknown_surname(self, match: Match[Entry], reading: Reading) -> bool:
        """Whether a single capitalised word stands behind, as a surname does: "Chad Bellweather said"."""
        words, separator, (first, behind, _) = reading.words, reading.separator, match
        if behind >= len(words) or separator(behind) != " " or words[behind] in self._place_company:
            return False
        if first and words[first - 1] == "the":
            return False
        surname = reading.text[reading.starts[behind] : reading.ends[behind]]
        if not surname.istitle() or len(surname) < 3:
            return False
        if separator(behind + 1) == " ":
            return reading.text[reading.starts[behind + 1]].islower()
        return separator(behind + 1)[:1] != "-"

    def _without_people(self, found: list[Mention], document: "_Context") -> list[Mention]:
        """Leave out names that somebody in the text bears, where nothing in it makes a country of them: no
        other word for the country, and no "in" or "from" before one of them."""
        bare = [mention for mention in found if document.word(mention) in document.people]
        countries = {mention.country for mention in bare}
        placed = {mention.country for mention in strong(found) if mention not in bare} | {
            mention.country for mention in bare if document.word(mention, -1) in self._place_prepositions
        }
        dropped = {mention for mention in bare if mention.country in countries - placed}
        return [mention for mention in found if mention not in dropped]

    def _is_person(self, match: Match[Entry], reading: Reading) -> bool:
        """Whether a first name stands before the word, or a surname behind: "Jack London", "Chad Smith"."""
        first, behind, _ = match
        before = first - 1
        words, separator = reading.words, reading.separator
        if before >= 0 and separator(first) in {" ", ". "}:
            is_first_name = words[before] in self._first_names or len(words[before]) == 1
            if is_first_name and reading.text[reading.starts[before]].isupper():
                return True
        return (
            behind < len(words)
            and separator(behind) == " "
            and words[behind] in self._last_names
            and reading.text[reading.starts[behind]].isupper()
        )

    def _names_a_place_or_person(self, match: Match[Entry], reading: Reading) -> bool:
        """Whether a Russian word with a capital names a street or somebody: "на улице Казахстанской", "Михаил
        Турецкий"."""
        words, (first, last, payloads) = reading.words, match
        before = words[first - 1] if first and reading.separator(first) == " " else ""
        if before in self._cyrillic_names and payloads[0].type != "leader":
            return reading.text[reading.starts[first - 1]].isupper()
        if payloads[0].case != "any":
            return False
        behind = words[last] if last < len(words) and reading.separator(last) == " " else ""
        return before in self._street_words or behind in self._street_words


def word_list(name: str) -> frozenset[str]:
    """The words of a file in `data/`, folded; lines that begin with "#" are comments."""
    text = (files(__package__) / "data" / name).read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(fold_term(word) for line in lines for word in line.split())


def _name_cases(name: str) -> tuple[str, ...]:
    """A first name in Cyrillic in all cases; of others nothing."""
    if name[0] < "\u0400":
        return ()
    for ending, endings in _NAME_CASES:
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return (name, *(stem + other for other in endings.split()))
    return (name, *(name + other for other in ("а", "у", "ом", "ем", "е", "і")))


class _Context:
    """What is known of the whole document, worked out when first asked for."""

    def __init__(self, body: Reading, title: Reading, published: date | None) -> None:
        self._body, self._title, self.published = body, title, published
        self.people: set[str] = set()  # words that are some person's name here

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(chain(self._body.words, self._title.words))

    def word(self, mention: Mention, offset: int = 0) -> str:
        """The first word of a mention, or the one so many words from it; empty where there is none."""
        words = (self._title if mention.where == "title" else self._body).words
        number = mention.word + offset
        return words[number] if 0 <= number < len(words) else ""


def _all_matches(matchers: Sequence[Matcher[Entry]], reading: Reading) -> Sequence[Match[Entry]]:
    """The first matcher's matches, and the others' where they do not overlap with earlier ones."""
    merged = matchers[0].find(reading)
    if len(matchers) == 1:
        return merged
    taken = {word for first, last, _ in merged for word in range(first, last)}
    for matcher in matchers[1:]:
        matches = [match for match in matcher.find(reading) if taken.isdisjoint(range(match[0], match[1]))]
        for first, last, _ in matches:
            taken.update(range(first, last))
        merged += matches
    merged.sort(key=itemgetter(0))
    return merged


def _alone(matchers: Sequence[Matcher[Entry]], word: str) -> tuple[Entry, ...]:
    """What a word says where the phrase that it begins does not count."""
    return next(filter(None, (matcher.alone(word) for matcher in matchers)), ())


def _written_as(case: str, match: Match[Entry], reading: Reading) -> bool:
    """Whether the words are written as the case policy asks."""
    if case == "any":
        return True
    first, last, _ = match
    start, end = reading.starts[first], reading.ends[last - 1]
    if case == "capital":
        return not is_small(reading.text[start]) or reading.all_lower
    if case == "joined":
        return _is_joined(match, reading)
    term = reading.text[start:end]
    if case == "inner":
        return not is_small(term[0]) and not _begins_sentence(start, reading)
    if case == "small":
        return is_small(reading.text[start]) or _begins_sentence(start, reading)
    if case == "stop":
        return not is_small(term[0]) and reading.text[end : end + 1] == "."
    if term != term.upper():
        return False
    return case == "upper" or not reading.sentence_at(start).isupper()


def _is_joined(match: Match[Entry], reading: Reading) -> bool:
    """Whether a hyphen stands beside the match, or in Chinese another country's one character: "中俄", but
    not "其中韩国", where it begins a name."""
    first, last, _ = match
    before, behind = reading.separator(first), reading.separator(last)
    if before[-1:] == "-" or behind[:1] == "-":
        return True
    start, end = reading.starts[first], reading.ends[last - 1]
    preceding, following = reading.text[max(0, start - 1) : start], reading.text[end : end + 2]
    if following[:1] in _GOES_ON:
        return False
    return preceding in _FOR_A_COUNTRY or (following[:1] in _FOR_A_COUNTRY and following[1:] not in _GOES_ON)


def _begins_sentence(start: int, reading: Reading) -> bool:
    """Whether nothing but signs stands between `start` and the beginning of its sentence or quotation, or the
    whole sentence is in capitals."""
    sentence = reading.sentence_starts[reading.sentence_index(start)]
    before = reading.text[sentence:start].rstrip()
    return (
        not before
        or (not before[-1].isalnum() and before[-1] not in ",;)-")
        or reading.sentence_at(start).isupper()
    )


def _is_dateline(match: Match[Entry], reading: Reading, where: Place) -> bool:
    """Whether the match opens the text and says where it was written: "BRUSSELS, March 3 -"."""
    first, last, _ = match
    following = reading.separator(last)
    return where == "text" and first == 0 and following.strip()[:1] in {",", "-", "—", "(", "."}


def _settled(found: list[Mention], open_rows: Mapping[int, list[Entry]]) -> list[Mention]:
    """Decide the ambiguous words by the countries that the rest of the document speaks of."""
    counts = Counter(
        mention.country
        for place, mention in enumerate(found)
        if place not in open_rows and mention.entry.type not in WEAK_TYPES
    )
    result = []
    for place, mention in enumerate(found):
        if place in open_rows:
            beside = [row for row in open_rows[place] if any(counts[code] for code in row.beside)]
            rows = beside or [row for row in open_rows[place] if not row.beside]
            if not rows:
                continue
            best = max(rows, key=lambda row: counts[row.country])
            mention = mention._replace(country=best.country, entry=best)
        result.append(mention)
    return result


def _without_namesakes(found: list[Mention], body: Reading, title: Reading) -> list[Mention]:
    """Leave out cities that the region behind them places elsewhere: "Moscow, Idaho", "Dublin, Calif."."""
    result = []
    for mention, following in zip_longest(found, found[1:]):
        if following is not None and mention.entry.type in _CITIES and following.entry.type == "region":
            text = (title if mention.where == "title" else body).text
            between = text[mention.end : following.start] if mention.where == following.where else ""
            if between == ", " and mention.country != following.country:
                continue
        result.append(mention)
    return result


def strong(mentions: Iterable[Mention]) -> Iterator[Mention]:
    """Yield the mentions that speak of a country, money and firms left out."""
    return (mention for mention in mentions if mention.entry.type not in WEAK_TYPES)


def places(mentions: Iterable[Mention]) -> Places:
    """Return where the text (not the title) speaks of each country, money and firms left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for country, entry, _, _, word, behind, _, where in mentions:
        if where == "text" and entry.type not in WEAK_TYPES:
            found.setdefault(country, []).append((word, behind))
    return found


def by_country(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    """Return the mentions of each country, in their order."""
    found: dict[str, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.country, []).append(mention)
    return found
