"""Patterns -> for each word of a text, the owners of those that can begin there.

Texts hold few words that any pattern begins with, and behind most of these stands a word that none goes on
with. Both are told by look-ups in tables that are filled as words are met, with no step in Python for the
words that are neither.
"""

from collections.abc import Hashable, Iterable, Iterator
from itertools import compress, count
from typing import Generic, TypeVar

from monitor.tagging.patterns import Pattern, Word, ending_fits

Owner = TypeVar("Owner", bound=Hashable)
Owners = tuple[tuple[Owner, int], ...]  # each with the number of letters that must be capitals
# The words, with their language, that can come second in an owner's patterns; None: any, or none at all.
Following = list[tuple[frozenset[Word], str]] | None

_MEMO_WORDS = 200_000
_MEMO_SECONDS = 50000  # behind each first word
_STEM_KEY_CHARS = 3


class FirstWords(dict[str, "_Seconds[Owner] | None"], Generic[Owner]):
    """Word of a text -> what can come behind it in the patterns that begin with it; None where none does.

    Filled as words are met: a language's common words are looked up once, not once an article.
    """

    def __init__(self, patterns: Iterable[tuple[Pattern, Owner]]) -> None:
        super().__init__()
        self._by_stem: dict[str, list[tuple[Word, str, Owner, frozenset[Word] | None]]] = {}
        for pattern, owner in patterns:
            for word, following in pattern.beginnings():
                self._by_stem.setdefault(word.text, []).append((word, pattern.language, owner, following))
        lengths: dict[str, set[int]] = {}
        for stem in self._by_stem:
            lengths.setdefault(stem[:_STEM_KEY_CHARS], set()).add(len(stem))
        self._lengths = {key: tuple(sorted(found)) for key, found in lengths.items()}

    def __missing__(self, text: str) -> "_Seconds[Owner] | None":
        capitals: dict[Owner, int] = {}
        following_of: dict[Owner, Following] = {}
        for length in self._stem_lengths(text):
            for word, language, owner, following in self._by_stem.get(text[:length], ()):
                if ending_fits(text[length:], word, language):
                    needed = length if word.upper else 0
                    capitals[owner] = min(capitals.get(owner, needed), needed)
                    known = following_of.setdefault(owner, [])
                    if following is None:
                        following_of[owner] = None
                    elif known is not None:
                        known.append((following, language))
        if len(self) >= _MEMO_WORDS:
            self.clear()
        self[text] = found = _Seconds(tuple(capitals.items()), following_of) if capitals else None
        return found

    def _stem_lengths(self, text: str) -> Iterator[int]:
        """The lengths of the stems that begin like `text`, the shortest first; for most words none."""
        for length in range(1, min(len(text), _STEM_KEY_CHARS) + 1):
            yield from self._lengths.get(text[:length], ())

    def owners(self, word: str) -> Owners[Owner]:
        """Return the owners of all patterns that can begin with `word`."""
        seconds = self[word]
        return seconds.owners if seconds is not None else ()

    def candidates(
        self, words: list[str], first: int = 0, last: int | None = None
    ) -> list[tuple[int, Owners[Owner]]]:
        """Return the numbers of those of `words[first:last]` where patterns can begin, with the owners of
        those whose second word fits as well: a later word may still not."""
        last = len(words) if last is None else last
        seconds = list(map(self.__getitem__, words[first:last]))
        following = words[first + 1 : last + 1]
        following.append("")  # behind the last word of all
        return [
            (first + number, owners)
            for number in compress(count(), seconds)
            if (known := seconds[number]) and (owners := known[following[number]])
        ]


class _Seconds(dict[str, Owners[Owner]], Generic[Owner]):
    """Word of a text -> the owners of patterns whose second word it can be. Filled as words are met; that no
    word follows is one of them, so that it is never empty."""

    def __init__(self, owners: Owners[Owner], following: dict[Owner, Following]) -> None:
        alone = tuple(pair for pair in owners if following[pair[0]] is None)
        super().__init__({"": alone})
        self.owners, self._following, self._alone = owners, following, alone

    def __missing__(self, text: str) -> Owners[Owner]:
        if len(self._alone) == len(self.owners):
            return self._alone
        if len(self) >= _MEMO_SECONDS:
            self.clear()
            self[""] = self._alone
        found = tuple(pair for pair in self.owners if self._fits(text, self._following[pair[0]]))
        self[text] = found = self._alone if len(found) == len(self._alone) else found
        return found

    @staticmethod
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
