"""Blocks of a site's pages -> which of them are the site's furniture.

The service keeps, for each site, hashes of text blocks with the number of *different* articles that
carried them. What recurs is boilerplate, whatever its language. A real paragraph is never eaten:

1. A block counts only once for an article, and articles that are copies of one another (prints at
   least half alike) count as one: a reprint or an updated version does not make its text recur.
2. A block must be carried by `MIN_ARTICLES` different articles; a long one by more (`LONG_ARTICLES`),
   since paragraphs of background that a newsroom pastes are long, and furniture is short.
3. A long block is furniture only where it was seen outside the run of the article's paragraphs or where its
   wording says what it is (trailing matter); see `removable`.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

MIN_ARTICLES = 3
LONG_WORDS = 25
LONG_ARTICLES = 5
MAX_BLOCKS = 400

_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\W+")


def block_hash(text: str) -> str:
    """Return the 16 hex digits under which a block is remembered: blind to case, digits and punctuation.

    Digits are folded so that "12 comments" and "7 comments" are one block.
    """
    folded = _SPACE.sub(" ", _DIGITS.sub("0", text.casefold())).strip()
    return hashlib.blake2b(folded.encode(), digest_size=8).hexdigest() if folded else ""


def block_hashes(blocks: Iterable[str]) -> tuple[str, ...]:
    """Return the different hashes of a page's blocks, in order of the page, at most `MAX_BLOCKS`."""
    found: dict[str, None] = {}
    for block in blocks:
        key = block_hash(block)
        if key:
            found.setdefault(key)
        if len(found) >= MAX_BLOCKS:
            break
    return tuple(found)


def is_boilerplate(articles: int, words: int) -> bool:
    """Return whether a block of `words` words carried by `articles` different articles is furniture."""
    return articles >= (LONG_ARTICLES if words >= LONG_WORDS else MIN_ARTICLES)


def site_of(url: str | None) -> str | None:
    """Return the host of `url`, without "www": the site whose memory a page belongs to."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def furniture(pages: Sequence[tuple[str, Sequence[str]]]) -> frozenset[str]:
    """Return the hashes that `MIN_ARTICLES` different articles carry. `pages` are (story, block hashes)."""
    return frozenset(key for key, articles in count_blocks(pages).items() if articles >= MIN_ARTICLES)


def count_blocks(pages: Sequence[tuple[str, Sequence[str]]]) -> dict[str, int]:
    """Return how many different articles carry each hash. `pages` are (story, block hashes).

    Pages of one story (copies of one text) count once.
    """
    carriers: dict[str, set[str]] = {}
    for story, hashes in pages:
        for key in hashes:
            carriers.setdefault(key, set()).add(story)
    return {key: len(stories) for key, stories in carriers.items()}
