"""Untrusted text -> text that is fit to be shown: on one line, cut, without control or direction signs.

Titles, names and quotes come from anybody's page. Nothing of them may start a header line, turn the
order of the letters after them, or fill a screen.
"""

import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from monitor.model import Quote
from monitor.text import fold_space, storable

# C0 and C1 controls, line and paragraph separators.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Direction marks, embeddings, overrides and isolates; zero-width space, no-break and tag characters.
# Joiners (U+200C, U+200D) stay: Persian and emoji need them.
_INVISIBLE = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_ENCODED_WORD = re.compile(r"=(?=\?)|\?(?==)")
_STACKED = re.compile("([\u0300-\u036f\u0489\u20d0-\u20ff]{3})[\u0300-\u036f\u0489\u20d0-\u20ff]+")
MAX_URL = 2000
MAX_QUOTE = 600


class Segment(NamedTuple):
    """A piece of a quoted sentence; `marked` ones are the terms that matched."""

    text: str
    marked: bool


def clean(text: str) -> str:
    """Return `text` without control and direction signs; each control becomes a space."""
    return _STACKED.sub(r"\1", _INVISIBLE.sub("", _CONTROL.sub(" ", storable(text))))


def one_line(text: str, max_chars: int = 200) -> str:
    """Return `text` on one line of at most `max_chars`, cut at a word where there is one.

    Encoded words (RFC 2047, `=?UTF-8?Q?=0D=0A?=`) are broken up, so that nothing later decodes them.
    """
    return cut(fold_space(_ENCODED_WORD.sub(lambda match: match.group() + " ", clean(text))), max_chars)


def cut(text: str, max_chars: int) -> str:
    """Return the beginning of `text`, with an ellipsis where something is left out."""
    if len(text) <= max_chars:
        return text
    head = text[: max_chars - 1]
    space = head.rfind(" ")
    return (head[:space] if space > max_chars * 2 // 3 else head).rstrip(" ,.;:-–—") + "…"


def segments(quote: Quote) -> tuple[Segment, ...]:
    """Cut a quote at its marks; the pieces are clean, together one line, and around the first mark."""
    sentence = quote.sentence
    marks = sorted((start, end) for start, end in quote.marks if 0 <= start < end)
    first = max(0, marks[0][0] - MAX_QUOTE // 4) if marks and len(sentence) > MAX_QUOTE else 0
    last = min(len(sentence), first + MAX_QUOTE)
    pieces = [Segment("…", False)] if first else []
    at = first
    for start, end in marks:
        start, end = max(start, at), min(end, last)
        if start < end:
            pieces += [Segment(sentence[at:start], False), Segment(sentence[start:end], True)]
            at = end
    pieces += [Segment(sentence[at:last], False), Segment("…" if last < len(sentence) else "", False)]
    cleaned = [Segment(re.sub(r"\s+", " ", clean(text)), marked) for text, marked in pieces]
    return tuple(segment for segment in cleaned if segment.text)


def web_url(url: str | None) -> str | None:
    """Return an http or https address that is safe inside a link, else None."""
    if not url or len(url) > MAX_URL or _CONTROL.search(url) or _INVISIBLE.search(url):
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return quote_url(url) if usable else None


def quote_url(url: str) -> str:
    """Return a URL whose signs that end a link somewhere are percent-encoded."""
    return quote(storable(url), safe="!#$%&()*+,/:;=?@[]~'")
