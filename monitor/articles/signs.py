"""Names of elements (class, id, itemprop, role) -> what they say of what is inside, as bits."""

import re
from functools import lru_cache

from monitor.articles.wordlists import word_table

# In the order of their bits; the words of each are in data/signs.toml.
SIGNS: tuple[str, ...] = (
    "body", "article", "content", "comment", "sidebar", "nav", "footer", "header", "related", "share",
    "promo", "media", "meta", "widget", "lead", "title", "hidden", "quote",
)  # fmt: skip
BITS = {name: 1 << position for position, name in enumerate(SIGNS)}
TAG_BITS = {
    "article": BITS["article"], "aside": BITS["sidebar"], "nav": BITS["nav"], "footer": BITS["footer"],
    "header": BITS["header"], "main": BITS["content"], "form": BITS["widget"], "figure": BITS["media"],
    "figcaption": BITS["media"], "blockquote": BITS["quote"], "address": BITS["meta"], "time": BITS["meta"],
}  # fmt: skip
MAX_NAMES_CHARACTERS = 300

_START = 3  # characters of a word by which it is looked up
_Words = list[tuple[int, tuple[str, ...]]]  # bit, and the words that say so
_Patterns = list[tuple[int, re.Pattern[str]]]


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[_Words, _Patterns]]:
    """Return the words by how they begin: plain ones, and patterns of those that no letter may touch."""
    plain: dict[str, dict[int, list[str]]] = {}
    bounded: dict[str, _Patterns] = {}
    for sign, bit in BITS.items():
        for word in word_table("signs")[sign]:
            written = {word.strip("<>").replace("-", mark) for mark in ("-", "_", "")}
            for one in written:
                if word.strip("<>") == word:
                    plain.setdefault(one[:_START], {}).setdefault(bit, []).append(one)
                else:
                    before, after = "(?<![a-z])" * (word[0] == "<"), "(?![a-z])" * (word[-1] == ">")
                    for end in ("",) if len(one) >= _START else ("", *"-_0123456789"):
                        pattern = re.compile(f"{before}{one}{after}")
                        bounded.setdefault(f"{one}{end}"[:_START], []).append((bit, pattern))
    return {
        start: ([(bit, tuple(words)) for bit, words in plain.get(start, {}).items()], bounded.get(start, []))
        for start in plain.keys() | bounded.keys()
    }


@lru_cache(maxsize=16384)  # the elements of a site are named alike
def signs_of(names: str) -> int:
    """Return the bits of the signs that the names of one element give, such as its `class`."""
    bits = 0
    for name in names[:MAX_NAMES_CHARACTERS].lower().split():
        bits |= _signs_of_one(name)
    return bits


@lru_cache(maxsize=65536)
def _signs_of_one(name: str) -> int:
    known, bits = _words(), 0
    for at in range(len(name) - 1):
        found = known.get(name[at : at + _START])
        if found is not None:
            for bit, words in found[0]:
                if name.startswith(words, at):
                    bits |= bit
            for bit, pattern in found[1]:
                if pattern.match(name, at):
                    bits |= bit
    return bits
