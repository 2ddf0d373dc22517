"""Readings of body and title -> the sightings of themes' terms, those refused for their company too."""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from monitor.config import LEADER
from monitor.tagging.countries import WEAK_TYPES, Mention, Place, strong
from monitor.tagging.first_words import FirstWords
from monitor.tagging.terms import Term
from monitor.tagging.text import Reading

# Settled on half of tests/gold/beat.jsonl; bench/themes.py prints what they give on both halves.
_TITLE_FACTOR = 1.5
_LEDE_FACTOR = 1.5
_LEDE_CHARS = 300

_WINDOW_WORDS = 24  # longest stretch of text that one pattern can cover
_STRETCH_WORDS = 150  # a list or a table without full stops is judged in pieces of so many words


def place_factor(where: Place, start: int) -> float:
    """Return how much more a term counts in the title or at the beginning of the text."""
    if where == "title":
        return _TITLE_FACTOR
    return _LEDE_FACTOR if start < _LEDE_CHARS else 1.0


class TermHit(NamedTuple):
    """One sighting of a theme's term. `refused` says why it does not count; empty where it does."""

    theme: str
    pattern: str
    weight: float  # negative where the term speaks against the theme
    start: int
    end: int
    term: str
    sentence: str
    where: Place
    first_word: int
    last_word: int  # not included
    refused: str = ""


class CountriesBeside:
    """Which countries are spoken of in which sentence, and whether a leader is ("leader")."""

    def __init__(self, mentions: Iterable[Mention]) -> None:
        self._mentions = mentions

    @cached_property
    def _found(self) -> dict[tuple[Place, int], set[str]]:
        result: dict[tuple[Place, int], set[str]] = {}
        for mention in strong(self._mentions):
            found = result.setdefault((mention.where, mention.sentence), set())
            found.add(mention.country)
            if mention.entry.type == LEADER:
                found.add(LEADER)
        return result

    @cached_property
    def everywhere(self) -> frozenset[str]:
        """The countries of title and text."""
        spoken = [mention for mention in self._mentions if mention.entry.type not in WEAK_TYPES]
        leads = any(mention.entry.type == LEADER for mention in spoken)
        return frozenset({mention.country for mention in spoken} | ({LEADER} if leads else set()))

    def beside(self, where: Place, sentence: int) -> frozenset[str]:
        """The countries of a sentence; of a title also those of the text's first one, as with words."""
        found = frozenset(self._found.get((where, sentence), ()))
        return found | frozenset(self._found.get(("text", 0), ())) if where == "title" else found


class Sightings:
    """Where terms stand in a text or title: term, number of its first word, number of words.

    Terms that need a country which neither title nor text speaks of are left out, unless `with_refused`.
    """

    def __init__(
        self,
        reading: Reading,
        where: Place,
        starts: FirstWords[Term],
        countries: CountriesBeside,
        *,
        with_refused: bool,
    ) -> None:
        self._reading, self._where, self._countries = reading, where, countries
        self._sentence = sentence = _SentenceWords(reading)
        self._found: list[tuple[Term, int, int]] = []
        words = reading.words
        for number, terms in starts.candidates(reading):
            window = ""
            for term, capitals in terms:
                if term.countries and not with_refused and term.countries.isdisjoint(countries.everywhere):
                    continue
                if capitals:
                    start = reading.starts[number]
                    if not reading.text[start : start + capitals].isupper():
                        continue
                count = 1
                if not term.is_word:
                    # Most candidates fail, so they are tried before anybody asks where the sentence ends.
                    window = window or " ".join(words[number : number + _WINDOW_WORDS]) + " "
                    count = term.pattern.count_words(window)
                    if count and number + count > sentence.end(number):
                        count = term.pattern.count_words(sentence.window(number))
                if count:
                    self._found.append((term, number, count))

    def weighed(self) -> Iterator[tuple[Term, float]]:
        """Yield each term seen and the factor of its place."""
        for term, number, _ in self._found:
            yield term, place_factor(self._where, self._reading.starts[number])

    def hits(self, keys: Collection[str] | None, body: Reading | None = None) -> Iterator[TermHit]:
        """Yield every sighting of every term of the themes `keys` (None: of all), overlapping ones too.

        A title is short: the first sentence of its `body` is company for its words as well.
        """
        reading, where, sentence = self._reading, self._where, self._sentence
        beside = _SentenceWords(body).all(0) if self._found and body is not None and body.words else " "
        for term, number, count in self._found:
            if keys is not None and term.theme not in keys:
                continue
            start, end = reading.starts[number], reading.ends[number + count - 1]
            refused = ""
            if term.has_company:
                near = self._countries.beside(where, reading.sentence_index(start))
                refused = term.refusal(beside + sentence.all(number)[1:], near)
            yield TermHit(
                theme=term.theme,
                pattern=term.pattern.source,
                weight=term.weight,
                start=start,
                end=end,
                term=reading.text[start:end],
                sentence=reading.text if where == "title" else reading.sentence_at(start),
                where=where,
                first_word=number,
                last_word=number + count,
                refused=refused,
            )


class _SentenceWords:
    """The words around a word, as patterns read them: each followed by one space."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._index = -1
        self._first = self._last = 0
        self._joined = ""

    def _seek(self, number: int) -> None:
        """Go to the sentence of word `number`; of one without end, to the stretch around the word."""
        if self._first <= number < self._last:
            return
        reading = self._reading
        first, last = reading.sentence_words(reading.sentence_index(reading.starts[number]))
        first, last = min(number, first), max(number + 1, last)
        stretch = first + (number - first) // _STRETCH_WORDS * _STRETCH_WORDS
        self._first, self._last = stretch, min(last, stretch + _STRETCH_WORDS)
        self._joined = ""

    def end(self, number: int) -> int:
        """The number of the word behind the sentence that holds word `number`."""
        self._seek(number)
        return self._last

    def window(self, number: int) -> str:
        """The words from `number` to the end of its sentence."""
        return " ".join(self._reading.words[number : self.end(number)]) + " "

    def all(self, number: int) -> str:
        """All words of the sentence that holds word `number`, each between spaces."""
        self._seek(number)
        if not self._joined:
            self._joined = f" {' '.join(self._reading.words[self._first : self._last])} "
        return self._joined
