"""Paragraphs -> where the article ends, and what follows it with the reason.

A block is cut only by position and wording together: it must stand in the tail of the text, every
block after it must be trailing matter too, and its wording must say what it is. A last sentence that
merely mentions a newsletter stays. Where trailing sentences stand behind the article's own in one
block, they alone are cut.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from monitor.articles.wordlists import CAPITALS, word_table
from monitor.model import Removed

# Most words a block of each kind has; a longer one is an article's paragraph whatever it mentions.
_MAX_WORDS = {
    "disclaimer": 110, "author-note": 110, "newsletter": 60, "related": 30, "share": 25, "credit": 40,
    "correction": 90, "comments": 30, "copyright": 60, "tags": 40, "source": 20, "agency-note": 50,
}  # fmt: skip

_NAME = (
    rf"(?-i:[{CAPITALS}][\w’'.-]+"
    rf"(?:\s+(?:(?:de|van|von|der|bin|al|el|di|da|la|le)\s+)?[{CAPITALS}][\w’'.-]*){{1,4}})"
)  # begins with capitals: the case is not folded


_LIST_ITEM = re.compile(r"^\s*(?:[•·▪►▶»→*–—-]|\d{1,2}[.)])\s*\S")
_FULL_STOP = re.compile(r"[.…][\"'”’»)\]]*\s*$")
MAX_TAIL_BLOCKS = 25
MAX_LIST_LINES = 12  # without a heading above them that says what they are
MAX_NOTE_WORDS = 110
NOTES_FROM_END = 12  # blocks
MIN_WORDS_ABOVE = 80  # a heading that ends the article has one above it
MAX_HEADING_CHARACTERS = 70
_COMMENTS = re.compile(
    r"\W*(?:comments are (?:now )?(?:closed|off|disabled)[^.!?]{0,30}|\d+ (?:comments?|responses?|replies)"
    r"|comments? ?[(:]\s*\d*\W*|комментари(?:и|ев)(?:\s*[(:]\s*\d*\W*|: \d+)|коментар(?:і|ів)\s*[(:]\s*\d*\W*"
    r"|komentarze\s*[(:]\s*\d*\W*|kommentare\s*[(:]\s*\d*\W*|σχόλια\s*[(:]\s*\d*\W*)\W*",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:About|О компании|Про компанію|Über(?: die)?|O firmie) ([\w«\"][\w.&’'-]*)(?: [^.!?:]{1,50})?:?"
)
_STOP = re.compile(r"[.!?…][\"'”’»)\]]*\s+")
_BEHIND_TEXT = frozenset({"disclaimer", "newsletter", "copyright"})  # often without a line of their own
_MIN_WORDS_BEFORE_TAIL = 15  # fewer may be the preamble of a disclaimer
# Under a heading of one of these, short lines that are no sentences are its list.
_HEADINGS = frozenset({"related", "share", "comments", "tags"})


@lru_cache(maxsize=1)
def _meanings() -> dict[str, str]:
    """Return what the names in braces stand for in data/trailing.toml."""
    table = word_table("trailing")
    lists = {key: table[key] for key in ("job", "ru-job", "speech", "presents")}
    lists["report"] = [*table["report"], *table["speech"]]
    lists["profession"] = word_table("bylines")["profession"]
    return {"{NAME}": _NAME} | {
        f"{{{key.upper().replace('-', '_')}}}": f"(?:{'|'.join(words)})" for key, words in lists.items()
    }


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[str, re.Pattern[str], bool], ...]:
    """Return the patterns of data/trailing.toml with their reasons, in its order.

    Third, whether a pattern looks at capitals. All others, which are written in lower case, are searched for
    in the block's lower case: that takes half the time of a search that folds the case.
    """
    found = []
    for reason, patterns in word_table("trailing").items():
        for pattern in patterns if reason in _MAX_WORDS else ():
            for name, meaning in _meanings().items():
                pattern = pattern.replace(name, meaning)
            cased = "(?-i:" in pattern
            found.append((reason, re.compile(pattern, re.IGNORECASE if cased else re.NOFLAG), cased))
    return tuple(found)


def trailing_reason(block: str, among: Collection[str] = _MAX_WORDS) -> str | None:
    """Return which kind of trailing matter `block` is by its wording; None where it is none of `among`."""
    head = block[:700]
    lower, words = head.lower(), len(head.split())
    if not words:
        return None
    for reason, pattern, cased in _rules():
        if reason in among and words <= _MAX_WORDS[reason] and pattern.search(head if cased else lower):
            return reason
    return None


def tells_news(block: str) -> bool:
    """Return whether `block` has a word that news says of people, and notes on authors do not."""
    return _words("{REPORT}").search(block) is not None


def tells_of_speech(block: str) -> bool:
    """Return whether `block` says that somebody said something."""
    return _words("{SPEECH}").search(block) is not None


@lru_cache(maxsize=2)
def _words(key: str) -> re.Pattern[str]:
    return re.compile(rf"\b{_meanings()[key]}\b", re.IGNORECASE)


def cut_trailing(blocks: Sequence[str], authors: Sequence[str] = ()) -> tuple[list[str], tuple[Removed, ...]]:
    """Return those of `blocks` that are the article, the last perhaps shortened, and what follows them.

    Walks back from the end; the first block is always kept. Under a heading such as "More from ..." short
    lines that are no sentences are its list. `authors` are the names of the byline, where it is known: a
    note on one of them needs no word for what they do.
    """
    end = _end_by_heading(blocks)
    reasons: dict[int, str] = {}
    pending = 0  # short lines seen since the last sure block: a list whose head is yet to come
    cut = end
    for index in range(end - 1, max(0, end - 1 - MAX_TAIL_BLOCKS), -1):
        block = blocks[index]
        reason = trailing_reason(block)
        if reason == "author-note" and (end - index > NOTES_FROM_END or block[0] in '"“«„'):
            reason = None
        if reason is None and _is_note_on(authors, block):
            reason = "author-note"
        if reason is None and _is_list_line(block) and pending < MAX_LIST_LINES:
            pending += 1
        elif reason is None or (pending and reason not in _HEADINGS):
            break
        else:
            reasons[index] = reason
            cut, pending = index, 0
    kept = list(blocks[:cut])
    removed = [Removed(reasons.get(index, "related"), blocks[index]) for index in range(cut, end)]
    if removed and (tail := _tail(removed[0].text)):
        kept.append(removed[0].text[: -len(tail)].rstrip())
        removed[0] = Removed(removed[0].reason, tail)
    elif kept and (tail := _tail(kept[-1])):
        kept[-1] = kept[-1][: -len(tail)].rstrip()
        removed.insert(0, Removed(trailing_reason(tail) or "disclaimer", tail))
    below = _heading_reason(blocks, end) or ""
    return kept, (*removed, *(Removed(below, block) for block in blocks[end:]))


def _tail(block: str) -> str:
    """Return the last sentences of a block that trail those of an article in it; "" where there are none."""
    starts = [0, *(stop.end() for stop in _STOP.finditer(block))]
    first = len(starts) - 1
    if not first or trailing_reason(block[starts[first] :], _BEHIND_TEXT) is None:
        return ""
    while first > 1 and trailing_reason(block[starts[first - 1] : starts[first]]):
        first -= 1
    before = block[: starts[first]]
    if len(before.split()) < _MIN_WORDS_BEFORE_TAIL or trailing_reason(block[: starts[1]]):
        return ""
    return block[starts[first] :]


def _end_by_heading(blocks: Sequence[str]) -> int:
    """Return the index of the heading below which nothing is the article's, or how many blocks there are."""
    words = 0
    for index, block in enumerate(blocks):
        if words >= MIN_WORDS_ABOVE and _heading_reason(blocks, index):
            return index
        words += len(block.split())
    return len(blocks)


def _heading_reason(blocks: Sequence[str], index: int) -> str | None:
    """Return what stands below a block that is a heading: readers' comments, or who sent a press release."""
    block = blocks[index] if index < len(blocks) else ""
    if not 0 < len(block) <= MAX_HEADING_CHARACTERS:
        return None
    if _COMMENTS.fullmatch(block):
        return "comments"
    about = _ABOUT.fullmatch(block)
    if about and index + 1 < len(blocks) and blocks[index + 1].lstrip(' "“«').startswith(about[1]):
        return "about"
    return None


_TITLES = re.compile(r"[\W_]*(?:by )?(?:(?:dr|prof|professor|mr|ms|mrs|sir)\.? )?", re.IGNORECASE)


def _is_note_on(authors: Sequence[str], block: str) -> bool:
    """Return whether a block begins with an author's name and goes on as notes do."""
    if len(block.split()) > MAX_NOTE_WORDS:
        return False
    titles = _TITLES.match(block)
    rest = block[titles.end() :] if titles else block
    return any(
        len(name) >= 5
        and rest[: len(name)].casefold() == name.casefold()
        and _goes_on_as_note().match(rest, len(name)) is not None
        for name in authors
    )


@lru_cache(maxsize=1)
def _goes_on_as_note() -> re.Pattern[str]:
    meanings = _meanings()
    return re.compile(
        rf"(?:\W*$|\s*[,(—–-]|\s+{meanings['{PRESENTS}']}\b)(?!.*\b{meanings['{REPORT}']}\b)",
        re.IGNORECASE | re.DOTALL,
    )


def body_end(text: str, authors: Sequence[str] = ()) -> int:
    """Return the offset in `text` where its trailing matter begins; its length where it has none."""
    lines = text.split("\n")
    starts: list[int] = []
    position = 0
    for line in lines:
        starts.append(position)
        position += len(line) + 1
    filled = [i for i, line in enumerate(lines) if line.strip()]
    kept, removed = cut_trailing([lines[i].strip() for i in filled], authors)
    if not removed or not kept:
        return len(text)
    last = filled[len(kept) - 1]
    indent = len(lines[last]) - len(lines[last].lstrip())
    return starts[last] + indent + len(kept[-1])


def _is_list_line(block: str) -> bool:
    """A line of a list, or a headline: short, and not a statement with its full stop."""
    words = len(block.split())
    return words <= 25 and (
        _LIST_ITEM.match(block) is not None or (words <= 14 and not _FULL_STOP.search(block))
    )
