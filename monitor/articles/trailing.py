"""Paragraphs -> where the article ends, and what follows it with the reason.

A block is cut only by position and wording together: it must stand in the tail of the text, every
block after it must be trailing matter too, and its wording must say what it is. A last sentence that
merely mentions a newsletter stays.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from monitor.articles.wordlists import word_table
from monitor.model import Removed

# Most words a block of each kind has; a longer one is an article's paragraph whatever it mentions.
_MAX_WORDS = {
    "disclaimer": 110, "author-note": 110, "newsletter": 60, "related": 30, "share": 25, "credit": 40,
    "correction": 90, "comments": 30, "copyright": 60, "tags": 40, "source": 20, "agency-note": 50,
}  # fmt: skip

_NAME = (
    r"(?-i:[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄҐ][\w’'.-]+"
    r"(?:\s+(?:(?:de|van|von|der|bin|al|el|di|da|la|le)\s+)?[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄҐ][\w’'.-]*){1,4})"
)  # begins with capitals: the case is not folded


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns of data/trailing.toml with their reasons, in its order."""
    table = word_table("trailing")
    job, ru_job = "|".join(table["job"]), "|".join(table["ru-job"])
    return tuple(
        (
            reason,
            re.compile(
                pattern.replace("{NAME}", _NAME).replace("{JOB}", job).replace("{RU_JOB}", ru_job),
                re.IGNORECASE,
            ),
        )
        for reason, patterns in table.items()
        if reason in _MAX_WORDS
        for pattern in patterns
    )


_LIST_ITEM = re.compile(r"^\s*(?:[•·▪►▶»→*–—-]|\d{1,2}[.)])\s*\S")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s*$")
MAX_TAIL_BLOCKS = 25


def trailing_reason(block: str) -> str | None:
    """Return what kind of trailing matter the wording of `block` says it is, None where it does not."""
    head = block[:700]
    words = len(head.split())
    if not words:
        return None
    for reason, pattern in _rules():
        if words <= _MAX_WORDS[reason] and pattern.search(head):
            return reason
    return None


def cut_trailing(blocks: Sequence[str]) -> tuple[int, tuple[Removed, ...]]:
    """Return how many of `blocks` are the article, and what follows them, in order.

    Walks back from the end. Under a heading such as "More from ..." short lines that are no sentences
    are its list. At least one block of 20 words, or the first block, is always kept.
    """
    end = len(blocks)
    reasons: list[str | None] = [None] * end
    limit = max(1, end - MAX_TAIL_BLOCKS)
    pending = 0  # short lines seen since the last sure block: a list whose head is yet to come
    cut = end
    for index in range(end - 1, limit - 1, -1):
        block = blocks[index]
        reason = trailing_reason(block)
        if reason == "author-note" and not _may_be_author_note(block, end - index):
            reason = None
        if reason is None and _is_list_line(block):
            pending += 1
            if pending > 12:
                break
            continue
        if reason is None or (pending and reason not in {"related", "share", "comments", "tags"}):
            break
        reasons[index] = reason
        cut = index
        pending = 0
    while cut < end and not any(len(block.split()) >= 20 for block in blocks[:cut]) and cut < 1:
        cut += 1
    removed = []
    last = "related"
    for index in range(cut, end):
        last = reasons[index] or last
        removed.append(
            Removed(reasons[index] or ("related" if _is_list_line(blocks[index]) else last), blocks[index])
        )
    return cut, tuple(removed)


def body_end(text: str) -> int:
    """Return the offset in `text` where its trailing matter begins; its length where it has none."""
    lines = text.split("\n")
    starts: list[int] = []
    position = 0
    for line in lines:
        starts.append(position)
        position += len(line) + 1
    filled = [i for i, line in enumerate(lines) if line.strip()]
    kept, removed = cut_trailing([lines[i].strip() for i in filled])
    if not removed or not kept:
        return len(text)
    last = filled[kept - 1]
    return starts[last] + len(lines[last].rstrip())


def _is_list_line(block: str) -> bool:
    words = len(block.split())
    return words <= 25 and (
        bool(_LIST_ITEM.match(block)) or (words <= 14 and not _SENTENCE_END.search(block))
    )


def _may_be_author_note(block: str, from_end: int) -> bool:
    """A note on the author stands among the last blocks and speaks in the present of one person."""
    return from_end <= 12 and '"' not in block and "“" not in block and "«" not in block[:40]
