"""Patterns -> for each word of a text, the owners of those that can begin there."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from monitor.tagging.patterns import Pattern, Word, ending_fits
from monitor.tagging.text import Reading
from monitor.tagging.vocabulary import BEGINS, BEGINS_BEFORE_SOME, GOES_ON, Memo, Vocabulary

Value = TypeVar("Value")
Owner = TypeVar("Owner", bound=Hashable)
Owners = tuple[tuple[Owner, int], ...]  # each with the number of letters that must be capitals
# The words, with their language, that can come second in an owner's patterns; None: any, or none at all.
Following = list[tuple[frozenset[Word], str]] | None

_STEM_KEY_CHARS = 3


class _Stems(Generic[Value]):
    """Words of patterns, each with a value, found by the words of texts that they mean."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Word, str, Value]]] = {}
        self._lengths: dict[str, set[int]] = {}  # of the words that begin with these letters

    def add(self, word: Word, language: str, value: Value) -> None:
        self._rows.setdefault(word.text, []).append((word, language, value))
        self._lengths.setdefault(word.text[:_STEM_KEY_CHARS], set()).add(len(word.text))

    def meaning(self, text: str) -> Iterator[tuple[Word, str, Value]]:
        """Yield the words that mean `text`, with their languages and values, the shortest first."""
        for key_length in range(1, min(len(text), _STEM_KEY_CHARS) + 1):
            for length in sorted(self._lengths.get(text[:key_length], ())):
                for row in self._rows.get(text[:length], ()):
                    if ending_fits(text[length:], row[0], row[1]):
                        yield row


class _Beginning(NamedTuple, Generic[Owner]):
    """What a word of a text can begin."""

    owners: Owners[Owner]
    alone: Owners[Owner]  # those of which any word can follow, or none
    following: dict[Owner, Following]


class FirstWords(Generic[Owner]):
    """Which patterns can begin with which words. Words are looked into when they are first met: a language's
    common words once, not once an article. The `vocabulary` may be shared with other indexes of the language.
    """

    def __init__(
        self, patterns: Iterable[tuple[Pattern, Owner]], vocabulary: Vocabulary | None = None
    ) -> None:
        self._firsts: _Stems[tuple[Owner, frozenset[Word] | None]] = _Stems()
        self._seconds: _Stems[None] = _Stems()
        self._beginnings = Memo(self._beginning)
        self._pairs = Memo(self._owners_before)
        seconds: set[tuple[Word, str]] = set()
        for pattern, owner in patterns:
            for word, following in pattern.beginnings():
                self._firsts.add(word, pattern.language, (owner, following))
                seconds.update((second, pattern.language) for second in following or ())
        if any(language == "en" for _, language in seconds):
            seconds.add((Word("s", "=", upper=False), "en"))  # the first word's possessive
        for second, language in seconds:
            self._seconds.add(second, language, None)
        self._vocabulary = vocabulary or Vocabulary()
        self._beginning_at = self._vocabulary.join(self._kind)

    def _kind(self, text: str) -> int:
        owners, alone, _ = self._beginnings[text]
        return (
            BEGINS * bool(alone)
            + BEGINS_BEFORE_SOME * (len(alone) < len(owners))
            + GOES_ON * any(True for _ in self._seconds.meaning(text))
        )

    def _beginning(self, text: str) -> _Beginning[Owner]:
        capitals: dict[Owner, int] = {}
        following_of: dict[Owner, Following] = {}
        for word, language, (owner, following) in self._firsts.meaning(text):
            needed = len(word.text) if word.upper else 0
            capitals[owner] = min(capitals.get(owner, needed), needed)
            known = following_of.setdefault(owner, [])
            if following is None:
                following_of[owner] = None
            elif known is not None:
                known.append((following, language))
        owners = tuple(capitals.items())
        alone = tuple(pair for pair in owners if following_of[pair[0]] is None)
        return _Beginning(owners, owners if len(alone) == len(owners) else alone, following_of)

    def _owners_before(self, pair: tuple[str, str]) -> Owners[Owner]:
        """The owners of patterns whose first and second words these can be."""
        first, second = pair
        owners, alone, following_of = self._beginnings[first]
        found = tuple(owned for owned in owners if _fits(second, following_of[owned[0]]))
        return alone if len(found) == len(alone) else found

    def owners(self, word: str) -> Owners[Owner]:
        """Return the owners of all patterns that can begin with `word`."""
        return self._beginnings[word].owners

    def candidates(
        self, reading: Reading, first: int = 0, last: int | None = None
    ) -> list[tuple[int, Owners[Owner]]]:
        """Return the numbers of the words of a text, or of those from `first` up to `last`, where patterns
        can begin, with the owners of those whose second word fits as well: a later word may still not."""
        words = reading.words
        if last is None:
            kinds, last = self._vocabulary.of(reading), len(words)
        else:
            kinds = bytes(map(self._vocabulary.kinds.__getitem__, words[first : last + 1]))
        found = []
        for match in self._beginning_at.finditer(kinds):
            number = first + match.start()
            if number >= last:
                break
            word = words[number]
            owners, alone, _ = self._beginnings[word]
            if owners is not alone:
                owners = self._pairs[word, words[number + 1] if number + 1 < len(words) else ""]
            if owners:
                found.append((number, owners))
        return found


def _fits(text: str, following: Following) -> bool:
    return (
        following is None
        or any(
            (text == "s" and language == "en")  # the first word's possessive
            or any(
                text.startswith(word.text) and ending_fits(text[len(word.text) :], word, language)
                for word in words
            )
            for words, language in following
        )
    )
