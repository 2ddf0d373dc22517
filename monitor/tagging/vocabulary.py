"""Words -> their kinds: which can begin a term, or go on with one, in each of several indexes of terms.

A text holds few words that any term begins with, and behind most of these stands a word that none goes on
with. The kinds of a text's words are looked up once for all indexes, and are searched like a string, with no
step in Python for the words that are neither.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import TypeVar

from monitor.tagging.text import Reading

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# What an index says of a word, added up: it is a term or begins one before any word; it begins one before
# some word; it is the second word of one.
BEGINS, BEGINS_BEFORE_SOME, GOES_ON = 1, 2, 4
_BITS = 3
_MEMO_KEYS = 200_000


class Memo(dict[Key, Value]):
    """What `work_out` says of each key that was asked for; all is forgotten when there are too many."""

    def __init__(self, work_out: Callable[[Key], Value]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: Key) -> Value:
        if len(self) >= _MEMO_KEYS:
            self.clear()
        self[key] = value = self._work_out(key)
        return value


class Vocabulary:
    """The kinds of all words that were met, in the indexes that joined: two at most."""

    def __init__(self) -> None:
        self._indexes: list[Callable[[str], int]] = []
        self.kinds = Memo(self._kind)

    def join(self, kind: Callable[[str], int]) -> re.Pattern[bytes]:
        """Let an index that knows the kinds of words share in the look-ups.

        Return what finds the places in a string of kinds where its terms can begin.
        """
        shift = _BITS * len(self._indexes)
        self._indexes.append(kind)
        self.forget()
        begins = _any_with(BEGINS << shift)
        before_some = _any_with((BEGINS | BEGINS_BEFORE_SOME) << shift)
        # One set for the first word is looked for fast, alternatives are tried one by one.
        return re.compile(b"%b(?:(?<=%b)|(?=%b))" % (before_some, begins, _any_with(GOES_ON << shift)))

    def forget(self, word: str | None = None) -> None:
        """Ask the indexes again, for all words or for one, when it is met next."""
        if word is None:
            self.kinds = Memo(self._kind)  # another one, so that no reading has the kinds that were
        else:
            self.kinds.pop(word, None)

    def of(self, reading: Reading) -> bytes:
        """Return the kinds of the words of a text."""
        return reading.looked_up(self.kinds)

    def _kind(self, word: str) -> int:
        return sum(kind(word) << _BITS * place for place, kind in enumerate(self._indexes))


class Vocabularies(defaultdict[str | None, Vocabulary]):
    """Language -> its vocabulary, which the lexicon and the themes share."""

    def __init__(self) -> None:
        super().__init__(Vocabulary)


def _any_with(bits: int) -> bytes:
    return b"[%b]" % b"".join(b"\\x%02x" % kind for kind in range(1 << 2 * _BITS) if kind & bits)
