"""str -> Reading: the words of a text, folded for matching, with their offsets; and its sentences.

Folding makes spellings equal that a reader takes for equal: case, е/ё, the many apostrophes and hyphens,
no-break spaces, soft hyphens and zero-width characters, decomposed letters and stress marks. Every word of
a `Reading` knows where it stands in the text as it was given.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from monitor.text import sentences

# One character to one character, so that offsets hold. A chain of replacements is twenty times faster than
# a translation table on text that holds few of them.
_ALIKE = tuple(
    (variant, plain)
    for plain, variants in (
        ("'", "’‘ʼʻʹ`´′＇ʿʾ"),
        ("-", "‐‑‒–−"),
        (" ", "\u00a0\u202f\u2007\u2009\t"),
        ("е", "ё"),
    )
    for variant in variants
)
_IGNORED = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u0300-\u036f]")
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Chinese is written without spaces, so there every character is a word of its own.
_WORD = re.compile(f"([^\\W_{_CJK}]+|[{_CJK}])")
_TABLE_CODES = 0x3400  # below are all alphabets, from here on Chinese and rare scripts


def _fold_plain(text: str) -> str:
    if text.isascii():
        return text.lower().replace("`", "'").replace("\t", " ")
    folded = text.replace("İ", "i").lower()
    if len(folded) != len(text):  # a rare letter whose lower case is longer
        folded = "".join(char.lower()[0] for char in text)
    for variant, plain in _ALIKE:
        folded = folded.replace(variant, plain)
    return folded


def fold(text: str) -> tuple[str, list[int] | None]:
    """Return `text` folded for matching and, where characters were dropped, each one's offset in `text`.

    The offsets are None where every character kept its place. They hold one entry more than the folded
    text, so that the end of a match can be looked up as well.
    """
    if text.isascii() or not _IGNORED.search(text):
        return _fold_plain(text), None
    kept: list[str] = []
    offsets: list[int] = []
    for position, char in enumerate(text):
        if not _IGNORED.match(char):
            kept.append(char)
            offsets.append(position)
        elif kept and unicodedata.combining(char):
            # Decomposed letters are put together; a mark that composes with nothing (stress) is dropped.
            composed = unicodedata.normalize("NFC", kept[-1] + char)
            stress = char == "\u0301" and "\u0400" <= kept[-1] <= "\u052f"
            if len(composed) == 1 and not stress:
                kept[-1] = composed
    offsets.append(len(text))
    return _fold_plain("".join(kept)), offsets


def fold_term(term: str) -> str:
    """Return a term of a lexicon as it is compared: folded, white space single, ends stripped."""
    return " ".join(fold(term)[0].split())


def is_small(letter: str) -> bool:
    """Whether a letter is small where it could be a capital. Georgian has capitals that nobody writes."""
    return letter.islower() and not "ა" <= letter <= "ჿ"


def split_words(folded: str) -> list[str]:
    """Split folded text into separator, word, separator, ..., word, separator (ends may be empty)."""
    return _WORD.split(folded)


# -- the reading -----------------------------------------------------------------------------------


class Separators(Sequence[str]):
    """What stands, folded, before each word; one more follows the last. Cut out when asked for."""

    def __init__(self, folded: str, starts: Sequence[int], ends: Sequence[int]) -> None:
        self._folded, self._starts, self._ends = folded, starts, ends

    def __len__(self) -> int:
        return len(self._starts) + 1

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        count = len(self._starts)
        if not -count <= number <= count:
            raise IndexError(number)
        start = self._ends[number - 1] if number else 0
        return self._folded[start : self._starts[number] if number < count else len(self._folded)]


class Reading:
    """A text cut into words. `words[i]` is folded and stands at `text[starts[i]:ends[i]]`.

    `separators[i]` is what stands (folded) before word i; one more follows the last word.
    """

    def __init__(self, text: str) -> None:
        """Cut `text` into words."""
        folded, offsets = fold(text)
        edges = _edges(folded)
        starts, ends = edges[0::2], edges[1::2]
        words = [folded[start:end] for start, end in zip(starts, ends, strict=True)]
        self.text = text
        self.words = words
        self.separators: Sequence[str] = Separators(folded, starts, ends)
        if offsets is not None:
            starts = [offsets[start] for start in starts]
            ends = [_after_marks(text, offsets[end - 1] + 1) for end in ends]
        self.starts, self.ends = starts, ends

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """The sentences of the text as (start, end)."""
        return sentences(self.text)

    @cached_property
    def sentence_starts(self) -> list[int]:
        """Where each sentence begins."""
        return [start for start, _ in self.sentences]

    @cached_property
    def all_lower(self) -> bool:
        """Whether the text has letters with case, all of them small: then capitals tell nothing."""
        return self.text.islower()

    def sentence_index(self, offset: int) -> int:
        """Return the number of the sentence that holds `offset` (the last one before it, if in a gap)."""
        return (bisect_right(self.sentence_starts, offset) or 1) - 1

    def sentence_at(self, offset: int, until: int = 0, *, max_chars: int = 600) -> str:
        """Return the sentence around `offset`; of a very long one, `max_chars` around the offset.

        What stands from `offset` to `until` is inside even where a full stop ("W. Brytania") cuts it.
        """
        return self.sentence_text(self.sentence_index(offset), offset, until, max_chars=max_chars)

    def sentence_text(self, index: int, offset: int, until: int = 0, *, max_chars: int = 600) -> str:
        """The same where the number of the sentence is known."""
        if not self.sentences:
            return self.text[:max_chars]
        start, end = self.sentences[index]
        if until > end:
            end = self.sentences[self.sentence_index(until - 1)][1]
        if end - start > max_chars:
            start = max(start, offset - max_chars // 2)
            end = min(end, start + max_chars)
        return self.text[start:end]

    def word_index(self, offset: int) -> int:
        """Return the number of the word that holds or precedes `offset` (0 where none does)."""
        return (bisect_right(self.starts, offset) or 1) - 1


def read(text: str, *, end: int | None = None) -> Reading:
    """Cut `text` into words; nothing from offset `end` on is read."""
    return Reading(text if end is None or end >= len(text) else text[:end])


def _edges(folded: str) -> list[int]:
    """Where the words of folded text begin and end, by turns."""
    padded = f" {folded} "
    if folded.isascii():
        codes: NDArray[Any] = np.frombuffer(padded.encode("ascii"), np.uint8)
    else:
        codes = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), np.uint32)
        if codes.max() >= _TABLE_CODES:
            return list(accumulate(map(len, split_words(folded))))[:-1]
    # An offset of the padded text is one more than that of the text itself.
    is_letter = _letters()[codes]
    found: list[int] = np.flatnonzero(is_letter[1:] != is_letter[:-1]).tolist()
    return found


@cache
def _letters() -> NDArray[np.bool_]:
    """Whether words are made of a character, by code point."""
    return np.array([chr(code).isalnum() for code in range(_TABLE_CODES)])


def _after_marks(text: str, offset: int) -> int:
    """The offset behind the combining marks that stand at `offset`: they belong to the letter before."""
    while offset < len(text) and unicodedata.combining(text[offset]):
        offset += 1
    return offset


# -- scripts and languages -------------------------------------------------------------------------

_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Latn", re.compile("[A-Za-z\u00c0-\u024f]")),
    ("Cyrl", re.compile("[\u0400-\u052f]")),
    ("Armn", re.compile("[\u0530-\u058f]")),
    ("Geor", re.compile("[\u10a0-\u10ff]")),
    ("Hani", re.compile(f"[{_CJK}]")),
    ("Arab", re.compile("[\u0600-\u06ff]")),
    ("Grek", re.compile("[\u0370-\u03ff]")),
)
_SCRIPT_SAMPLE_CHARS = 4000


def script(text: str) -> str | None:
    """Return the ISO 15924 code of the script that most letters of the text's beginning are in, or None."""
    sample = text[:_SCRIPT_SAMPLE_CHARS]
    if sample.isascii():
        return "Latn" if _SCRIPTS[0][1].search(sample) else None
    counts = {code: len(pattern.findall(sample)) for code, pattern in _SCRIPTS}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] else None
