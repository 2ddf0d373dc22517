"""Texts -> the prints by which copies are found, and the decision whether two texts are copies.

Exact copies share `exact_hash`. Near copies are found in two steps: `bands` gives a few numbers to
look up in an indexed table (locality-sensitive hashing, Broder 1997; Leskovec, Rajaraman and Ullman,
"Mining of Massive Datasets", chapter 3), so the cost of a look-up does not grow with the number of
articles, and `is_copy` compares the prints of the few candidates.

A copy tells the same news. Most words in common do not make one: a follow-up has its background from the day
before, but begins with its own news; a daily report has the words of yesterday's, but other figures. So a
print has three parts: of the whole text, of its beginning, and of its numbers.
"""

import hashlib
import re
import struct
import unicodedata
from collections.abc import Sequence
from operator import eq

from rensa import RMinHash  # type: ignore[import-untyped]

PERMUTATIONS = 128
BANDS = 32  # of 4 rows: a pair of Jaccard 0.5 is found with 87 %, of 0.7 with 99.98 %
ROWS = PERMUTATIONS // BANDS
SHINGLE_WORDS = 3
MIN_WORDS = 12  # a shorter text says too little to be called a copy of another
COPY_THRESHOLD = 0.55
PART_PERMUTATIONS = 32  # of the beginning, and of the numbers
HEAD_WORDS = 100  # the beginning; an agency's line, a caption or a summary may stand in front of a copy
HEAD_THRESHOLD = 0.3
SURE_COPY, SURE_HEAD_THRESHOLD = 0.7, 0.15  # where the whole is that much alike, the beginning may be less
MIN_NUMBERS = 4  # different ones, in each of two texts; with fewer, numbers tell nothing
NUMBERS_THRESHOLD = 0.25
_SEED = 20

_WORD = re.compile(r"\w+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def fold_words(text: str) -> list[str]:
    """Return the words of `text` as copies are compared: case folded, ё as е, no invisible characters."""
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold().replace("ё", "е")
    return _WORD.findall(folded)


def exact_hash(text: str) -> str:
    """Return a hash of the words of `text` (32 hex digits): blind to case, punctuation and white space."""
    return _hash_of(fold_words(text))


def minhash(text: str) -> tuple[int, ...]:
    """Return the print of a text, 192 numbers of 32 bits; () for a text too short.

    MinHash over 3-word shingles (128 numbers), over those of the first 100 words (32), and over the numbers
    in the text (31, and how many different ones there are).
    """
    return _print_of(fold_words(text))


def prints(text: str) -> tuple[str, tuple[int, ...]]:
    """Return `exact_hash` and `minhash` of `text`."""
    words = fold_words(text)
    return _hash_of(words), _print_of(words)


def _hash_of(words: Sequence[str]) -> str:
    return hashlib.blake2b(" ".join(words).encode(), digest_size=16).hexdigest()


def _print_of(words: Sequence[str]) -> tuple[int, ...]:
    if len(words) < MIN_WORDS:
        return ()
    numbers = set(filter(str.isdecimal, words))
    return (
        *_sketch(_shingles(words), PERMUTATIONS),
        *_sketch(_shingles(words[:HEAD_WORDS]), PART_PERMUTATIONS),
        *_sketch(numbers, PART_PERMUTATIONS)[1:],
        min(len(numbers), 2**32 - 1),
    )


def _shingles(words: Sequence[str]) -> set[str]:
    shifted = (words[start:] for start in range(SHINGLE_WORDS))
    return set(map(" ".join, zip(*shifted, strict=False)))


def _sketch(items: set[str], size: int) -> list[int]:
    sketch = RMinHash(num_perm=size, seed=_SEED)
    sketch.update(list(items))  # a minimum: the order does not matter
    return sketch.digest()  # type: ignore[no-any-return]


def bands(prints: tuple[int, ...]) -> tuple[int, ...]:
    """Return the 32 keys (signed 64 bits) under which a print is stored and looked up."""
    packed = struct.pack(f">{len(prints[:PERMUTATIONS])}I", *prints[:PERMUTATIONS])
    size = 4 * ROWS
    rows = (packed[start : start + size] for start in range(0, len(packed), size))
    hashes = (hashlib.blake2b(bytes([band]) + row, digest_size=8) for band, row in enumerate(rows))
    return tuple(int.from_bytes(hashed.digest(), "big", signed=True) for hashed in hashes)


def similarity(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Return the estimated Jaccard similarity of the texts of two prints; 0 where either is empty."""
    return _alike(a[:PERMUTATIONS], b[:PERMUTATIONS])


def _alike(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    return sum(map(eq, a, b)) / len(a) if a and b else 0.0


def is_copy(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Return whether two prints are of one text, reprinted with small changes."""
    alike = similarity(a, b)
    if alike < COPY_THRESHOLD:
        return False
    if len(a) != len(b) or len(a) == PERMUTATIONS:  # one was stored before prints had parts
        return True
    head = slice(PERMUTATIONS, PERMUTATIONS + PART_PERMUTATIONS)
    if _alike(a[head], b[head]) < (HEAD_THRESHOLD if alike < SURE_COPY else SURE_HEAD_THRESHOLD):
        return False
    numbers = slice(PERMUTATIONS + PART_PERMUTATIONS, -1)
    counted = min(a[-1], b[-1])
    return counted < MIN_NUMBERS or _alike(a[numbers], b[numbers]) >= NUMBERS_THRESHOLD
