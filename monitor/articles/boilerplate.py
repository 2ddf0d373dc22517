"""Blocks of a site's pages -> which of them are the site's furniture.

The service keeps, for each site, hashes of text blocks with the number of *different* articles that
carried them. What recurs is boilerplate, whatever its language. A real paragraph is never eaten:

1. A block counts once for an article, and articles that are copies of one another (near copies too)
   count as one: a reprint or a new version does not make its text recur.
2. A block must be carried by `MIN_ARTICLES` different articles, a long one by `LONG_ARTICLES`: newsrooms
   paste paragraphs of background, which are long, and furniture is short. The hash says which it is.
3. A whole sentence (a quote, a line of background, a statement) recurs in some of a site's articles,
   furniture in most: it must be in `SENTENCE_SHARE` of them. One that tells of speech is never cut.
4. Numbers are folded ("12 comments") in blocks of a few words only: a sentence of a daily report that
   differs in its figures is another sentence. Figures alone (a table's cells) are not remembered.
5. Where furniture would be most of an article's text, only its short lines are taken out (`cut_furniture`).
"""

import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from monitor.articles.trailing import tells_of_speech
from monitor.text import fold_lines, fold_space

MIN_ARTICLES = 3
LONG_WORDS = 25
FOLD_WORDS = 6
SURE_WORDS = 12
MAX_SHARE = 0.5
LONG_ARTICLES = 5
# How many different articles make a block furniture, by the first letter of its hash.
ENOUGH_ARTICLES = {"s": MIN_ARTICLES, "l": LONG_ARTICLES}
SENTENCE_WORDS = 8
SENTENCE_SHARE = 0.6
MAX_BLOCKS = 400
_MOST = "="  # before the hash of a block that most articles of the site carry

_SENTENCE_END = re.compile(r"[.!?…。։।][\"'”’»)\]]*\s*$")
_DIGITS = re.compile(r"\d+")


def block_hash(text: str) -> str:
    """Return the 17 characters under which a block is remembered: "s" (short) or "l" and 16 hex digits.

    Blind to case and punctuation; in blocks of a few words to numbers. Empty for a block without words.
    """
    return _hash_of_folded(fold_lines([fold_space(text)])[0])


def _hash_of_folded(folded: str) -> str:
    if not any(map(str.isalpha, folded)):
        return ""
    words = folded.count(" ") + 1
    size = "l" if words >= LONG_WORDS else "s"
    if words <= FOLD_WORDS:
        folded = _DIGITS.sub("0", folded)
    return size + hashlib.blake2b(folded.encode(), digest_size=8).hexdigest()


def block_hashes(folded: Iterable[str]) -> tuple[str, ...]:
    """Return the different hashes of a page's blocks, in order of the page, at most `MAX_BLOCKS`.

    `folded` are the words of the blocks, as `fold_lines` gives them.
    """
    different = dict.fromkeys(_hash_of_folded(block) for block in dict.fromkeys(folded))
    different.pop("", None)
    return tuple(itertools.islice(different, MAX_BLOCKS))


def cut_furniture(lines: Sequence[str], known: frozenset[str]) -> tuple[list[str], list[str]]:
    """Return the lines of an article that are kept and those that are furniture, both in order.

    `known` is what `furniture` or `furniture_of` found on the site.
    """
    if not known:
        return list(lines), []
    hits = [_is_furniture(line, known) for line in lines]
    sizes = [len(line.split()) for line in lines]
    if sum(size for size, hit in zip(sizes, hits, strict=True) if hit) > MAX_SHARE * sum(sizes):
        hits = [hit and size < SURE_WORDS for hit, size in zip(hits, sizes, strict=True)]
    kept = [line for line, hit in zip(lines, hits, strict=True) if not hit]
    return kept, [line for line, hit in zip(lines, hits, strict=True) if hit]


def _is_furniture(line: str, known: frozenset[str]) -> bool:
    key = block_hash(line)
    if key not in known:
        return False
    if len(line.split()) < SENTENCE_WORDS or not _SENTENCE_END.search(line):
        return True
    return _MOST + key in known and not tells_of_speech(line)


def site_of(url: str | None) -> str | None:
    """Return the host of `url`, without "www": the site whose memory a page belongs to."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def furniture(pages: Sequence[tuple[str, Sequence[str]]]) -> frozenset[str]:
    """Return what is furniture among the blocks of a site. `pages` are (story, block hashes)."""
    return furniture_of(count_blocks(pages), len({story for story, _ in pages}))


def furniture_of(counts: Mapping[str, int], articles: int | None = None) -> frozenset[str]:
    """Return the hashes that enough different articles carry, and with a mark those that most do.

    `counts` says how many articles of a site carry each hash, `articles` how many there are: by default as
    many as carry the commonest block.
    """
    most = SENTENCE_SHARE * (articles or max(counts.values(), default=0))
    found = {key: count for key, count in counts.items() if count >= ENOUGH_ARTICLES[key[0]]}
    return frozenset(found) | {_MOST + key for key, count in found.items() if count >= most}


def count_blocks(pages: Sequence[tuple[str, Sequence[str]]]) -> dict[str, int]:
    """Return how many different articles carry each hash. `pages` are (story, block hashes).

    Pages of one story (copies of one text) count once.
    """
    carriers: dict[str, set[str]] = {}
    for story, hashes in pages:
        for key in hashes:
            carriers.setdefault(key, set()).add(story)
    return {key: len(stories) for key, stories in carriers.items()}
