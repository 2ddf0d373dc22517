"""Names of elements (class, id, itemprop, role) -> what they say of what is inside, as bits."""

import re
from functools import lru_cache

from monitor.articles.wordlists import wording

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


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    return tuple((bit, wording("signs", name, flags=re.NOFLAG)) for name, bit in BITS.items())


@lru_cache(maxsize=65536)
def signs_of(names: str) -> int:
    """Return the bits of the signs that the names of one element give."""
    lowered = names.lower()
    return sum(bit for bit, pattern in _patterns() if pattern.search(lowered))
