"""str -> Reading: the words of a text, folded for matching, with their offsets; and its sentences.

Folding makes spellings equal that a reader takes for equal: case, е/ё, the many apostrophes and hyphens,
no-break spaces, soft hyphens and zero-width characters, decomposed letters and stress marks. Every word of
a `Reading` knows where it stands in the text as it was given.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from monitor.text import sentences

# One character to one character, so that offsets hold.
_ALIKE = tuple(
    (variant, plain)
    for plain, variants in (
        ("'", "’‘ʼʻʹ`´′＇ʿʾ"),
        ("-", "‐‑‒–−"),
        (" ", "\u00a0\u202f\u2007\u2009\t"),
        ("е", "ё"),
        ("σ", "ς"),
    )
    for variant in variants
)
_IGNORED = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u0300-\u036f]")
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Chinese is written without spaces, so there every character is a word of its own.
_WORD = re.compile(f"([^\\W_{_CJK}]+|[{_CJK}])")


def _fold_plain(text: str) -> str:
    if text.isascii():
        return text.lower().replace("`", "'").replace("\t", " ")
    folded = text.replace("İ", "i").lower()
    if len(folded) != len(text):  # a rare letter whose lower case is longer
        folded = "".join(char.lower()[0] for char in text)
    for variant, plain in _ALIKE:
        folded = folded.replace(variant, plain)
    return folded


def _without_marks(text: str) -> tuple[str, list[int]]:
    """Return `text` without what nobody sees, its letters composed, and each character's offset in it."""
    kept: list[str] = []
    offsets: list[int] = []
    begin = 0
    for found in _IGNORED.finditer(text):
        position, mark = found.start(), found.group()
        kept.extend(text[begin:position])
        offsets.extend(range(begin, position))
        begin = position + 1
        if kept and unicodedata.combining(mark):
            # A mark that composes with nothing (stress) is dropped.
            composed = unicodedata.normalize("NFC", kept[-1] + mark)
            stress = mark == "\u0301" and "\u0400" <= kept[-1] <= "\u052f"
            if len(composed) == 1 and not stress:
                kept[-1] = composed
    kept.extend(text[begin:])
    offsets.extend(range(begin, len(text)))
    return "".join(kept), offsets


def fold(text: str) -> str:
    """Return `text` folded for matching."""
    return _fold_plain(_without_marks(text)[0] if _IGNORED.search(text) else text)


def fold_term(term: str) -> str:
    """Return a term of a lexicon as it is compared: folded, white space single, ends stripped."""
    return " ".join(fold(term).split())


def is_small(letter: str) -> bool:
    """Whether a letter is small where it could be a capital. Georgian has capitals that nobody writes."""
    return letter.islower() and not "ა" <= letter <= "ჿ"


def split_words(folded: str) -> list[str]:
    """Split folded text into separator, word, separator, ..., word, separator (ends may be empty)."""
    return _WORD.split(folded)


# -- cutting words ---------------------------------------------------------------------------------

# A text is folded and cut by looking up all its characters at once, which takes a tenth of the time of a
# pattern that finds its words.
# The folded words, where each begins, where it ends. Few of the offsets are ever asked for, so those of a
# whole text are kept as an array, which makes none of them an object before.
_Cut = tuple[list[str], Sequence[int], Sequence[int]]
_SPACE = ord(" ")
_MARK = 0xFFFF  # in the table: what `_IGNORED` finds
_FROM_CHINESE = 0x3400  # no alphabet is beyond


@cache
def _table() -> NDArray[np.uint16]:
    """Code point -> that of its folded letter or digit; `_MARK`; of everything else a space.

    What is beyond the table (emoji) is read like its last entry, a space.
    """
    every = "".join(map(chr, range(0x10000)))
    folded = _fold_plain(every)
    codes = np.frombuffer(folded.encode("utf-16-le", "surrogatepass"), "<u2")
    table = np.full(len(every), _SPACE, "<u2")
    for start, end in (match.span() for match in _WORD.finditer(folded)):
        table[start:end] = codes[start:end]
    for start, end in (match.span() for match in _IGNORED.finditer(every)):
        table[start:end] = _MARK
    return table


@cache
def _ascii_table() -> bytes:
    """The beginning of the table as `bytes.translate` wants it."""
    return _table()[:256].astype(np.uint8).tobytes()


def _cut(text: str) -> _Cut:
    padded = f" {text} "  # so that every word has an edge on both sides
    codes: NDArray[np.uint8] | NDArray[np.uint16]
    if text.isascii():
        raw = padded.encode("ascii").translate(_ascii_table())
        spaced = raw.decode("ascii")
        codes = np.frombuffer(raw, np.uint8)
    else:
        points = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), "<u4")
        codes = _table().take(points, mode="clip")
        spaced = codes.tobytes().decode("utf-16-le")
        if codes.max() >= _FROM_CHINESE:
            return _cut_rare(text, spaced[1:-1])
    is_letter = codes != _SPACE
    # An offset of the padded text is one more than that of the text itself.
    edges = (is_letter[1:] != is_letter[:-1]).nonzero()[0].astype(np.int64)
    return spaced.split(), array("q", edges[0::2].tobytes()), array("q", edges[1::2].tobytes())


def _cut_rare(text: str, spaced: str) -> _Cut:
    """The same for a text with marks, or with words of one character."""
    if chr(_MARK) in spaced:
        kept, offsets = _without_marks(text)
        words, starts, ends = _cut(kept)
        return (
            words,
            [offsets[start] for start in starts],
            [_after_combining(text, offsets[end - 1] + 1) for end in ends],
        )
    parts = split_words(spaced)
    edges = list(accumulate(map(len, parts)))
    return parts[1::2], edges[0:-1:2], edges[1::2]


def _after_combining(text: str, offset: int) -> int:
    """The offset behind the combining marks that stand at `offset`, with unseen characters between them: they
    belong to the letter before."""
    end = offset
    while offset < len(text) and (unicodedata.combining(text[offset]) or _IGNORED.match(text, offset)):
        offset += 1
        if unicodedata.combining(text[offset - 1]):
            end = offset
    return end


# -- the reading -----------------------------------------------------------------------------------


class Reading:
    """A text cut into words. `words[i]` is folded and stands at `text[starts[i]:ends[i]]`."""

    def __init__(self, text: str) -> None:
        """Cut `text` into words."""
        self.text = text
        self.words, self.starts, self.ends = _cut(text)
        self._looked_up: list[tuple[Mapping[str, int], bytes]] = []

    def looked_up(self, table: Mapping[str, int]) -> bytes:
        """Return what `table` says of each word, 0 to 255."""
        for known, values in self._looked_up:
            if known is table:
                return values
        values = bytes(map(table.__getitem__, self.words))
        self._looked_up.append((table, values))
        return values

    def separator(self, number: int) -> str:
        """Return what stands, folded, before word `number`; behind the last word, for the number after."""
        start = self.ends[number - 1] if number else 0
        between = self.text[start : self.starts[number] if number < len(self.starts) else len(self.text)]
        return between if between == " " else fold(between)

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

    def sentence_words(self, index: int) -> tuple[int, int]:
        """Return the number of a sentence's first word, and of the one behind its last."""
        start, end = self.sentences[index]
        first = bisect_left(self.starts, start)
        return first, bisect_left(self.starts, end, first)

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


def read(text: str, *, end: int | None = None) -> Reading:
    """Cut `text` into words; nothing from offset `end` on is read."""
    return Reading(text if end is None or end >= len(text) else text[:end])


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
