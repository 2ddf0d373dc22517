"""Page -> the lines of boxes between its paragraphs: "Read also", a newsletter's form, share buttons.

A box is known by its names (class, id), by its wording, or by both with its links. A line is never taken
for a box on its names alone where it is a paragraph: running text of whole sentences, links in it or not.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from monitor.articles.page import Page
from monitor.articles.signs import BITS
from monitor.articles.trailing import trailing_reason
from monitor.articles.walk import Block
from monitor.articles.wordlists import word_table
from monitor.text import fold_lines

MAX_BOX_WORDS = 80
MAX_LINE_WORDS = 40
MAX_WORDED_LINE_WORDS = 35
PARAGRAPH_WORDS = 10  # with a full stop and few links: a paragraph, however the site calls its place
MOSTLY_LINKED = 0.5

_RELATED, _PROMO, _SHARE, _QUOTE = (BITS[name] for name in ("related", "promo", "share", "quote"))
_BOX = _RELATED | _PROMO | _SHARE
_INVITATION = re.compile(r"newsletter|subscri|sign-?up|mailing-?list|podpis|rassylk", re.IGNORECASE)
_FULL_STOP = re.compile(r"[.!?…][\"'”’»)\]]*$")


@lru_cache(maxsize=1)
def _wording() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern of pointers (group 1: what shows that a list or link follows) and of invitations.

    Both are of text in lower case.
    """
    table = word_table("boxes")
    pointer, invitation = "|".join(table["pointer"]), "|".join(table["invitation"])
    return (
        re.compile(rf"[\W_]*(?:{pointer})(?!\w)(\s*(?:[:：—–>»|▶►→]|$))?"),
        re.compile(rf"[\W_]*(?:{invitation})"),
    )


def box_lines(page: Page) -> Mapping[str, str]:
    """Return `line_key` of each line that belongs to a box of `page`, with the reason it is one.

    A line that the page also shows outside its boxes is not among them.
    """
    boxed = _named_boxes(page)
    outside: set[str] = set()
    found: dict[str, str] = {}
    under_pointer = False
    for index, (block, folded) in enumerate(zip(page.blocks, page.folded, strict=True)):
        reason = boxed.get(index)
        if reason is None:
            reason = _worded(block, under_pointer=under_pointer)
            under_pointer = reason == "related" and (under_pointer or _is_pointer_alone(block))
        if reason is None:
            outside.add(folded)
        else:
            found.setdefault(line_key(folded), reason)
    found.pop("", None)
    for key in map(line_key, outside if found else ()):
        found.pop(key, None)
    return found


def box_reasons(lines: Sequence[str], boxes: Mapping[str, str]) -> list[str | None]:
    """Return for each line why it is one of a box, as `box_lines` says; longer ones never are."""
    if not boxes:
        return [None] * len(lines)
    short = [line if line.count(" ") < MAX_LINE_WORDS else "" for line in lines]
    return [boxes.get(line_key(folded)) for folded in fold_lines(short)]


def line_key(folded: str) -> str:
    """Return the letters of a line (see `fold_lines`), by which libraries' lines find the page's own."""
    return folded.replace(" ", "")


def _named_boxes(page: Page) -> dict[int, str]:
    """Return the blocks inside containers that are called boxes and hold nothing that is a paragraph."""
    containers = page.containers
    members: dict[int, list[int]] = {}
    for index, block in enumerate(page.blocks):
        at = block.container
        while containers.inherited[at] & _BOX:
            if containers.signs[at] & _BOX and not containers.signs[at] & _QUOTE:
                members.setdefault(at, []).append(index)
            if at == containers.parent[at]:
                break
            at = containers.parent[at]
    boxed: dict[int, str] = {}
    for at, indexes in members.items():
        signs = containers.signs[at]
        blocks = [page.blocks[index] for index in indexes]
        words = [_words(block) for block in blocks]
        if sum(words) > MAX_BOX_WORDS or max(words) > MAX_LINE_WORDS:
            continue
        invites = _INVITATION.search(containers.name[at]) is not None
        strict = not signs & _RELATED
        if not invites and any(_is_paragraph(block, strict=strict) for block in blocks):
            continue
        reason = (
            "newsletter"
            if invites
            else "related"
            if signs & _RELATED
            else "share"
            if signs & _SHARE
            else "promotion"
        )
        boxed.update((index, boxed.get(index, reason)) for index in indexes)
    return boxed


def _is_paragraph(block: Block, *, strict: bool) -> bool:
    """`strict` takes a line without a full stop for a paragraph too: it is no headline of another story."""
    if _words(block) < PARAGRAPH_WORDS or _linked(block) >= MOSTLY_LINKED:
        return False
    return (strict or _FULL_STOP.search(block.text) is not None) and trailing_reason(block.text) is None


def _worded(block: Block, *, under_pointer: bool) -> str | None:
    if _words(block) > MAX_WORDED_LINE_WORDS:
        return None
    points, invites = _wording()
    text = block.text.lower()
    pointer = points.match(text)
    if pointer and (pointer[1] is not None or _linked(block) >= MOSTLY_LINKED):
        return "related"
    if under_pointer and _linked(block) >= 0.9:
        return "related"
    if invites.match(text) and trailing_reason(block.text) == "newsletter":
        return "newsletter"
    return None


def _is_pointer_alone(block: Block) -> bool:
    """A heading of a list of links that is to follow."""
    text = block.text.lower()
    pointer = _wording()[0].match(text)
    return pointer is not None and not re.search(r"[^\W_]", text[pointer.end() :])


def _words(block: Block) -> int:
    return block.text.count(" ") + 1  # white space is folded


def _linked(block: Block) -> float:
    return block.linked / max(1, len(block.text))
