"""Titles and names: HTML as feeds carry it -> one line of plain text."""

import re
from html import unescape

from monitor.text import fold_space

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]*>")


def plain(text: str, *, is_html: bool) -> str:
    """Return `text` on one line; without its markup and references where it is HTML."""
    if is_html and ("<" in text or "&" in text):
        if "<" in text:
            text = _TAG.sub("", _COMMENT.sub("", text))
        text = unescape(text)
    return fold_space(text)
