"""The dearer ways to a page's text: libraries, structured data, the feed. Each -> lines, or nothing.

A library also answers where nothing on a page says when it was published. The libraries are imported when
they are first asked: few pages need them, and they take as long to import as all the rest.
"""

import logging
import re
import warnings
from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from monitor.articles.page import parse_page
from monitor.errors import PageError

# Above this size the libraries take seconds; the native extractor alone answers. Pages of news have 1,500
# tags, one in a hundred has more than 5,000.
MAX_LIBRARY_CHARACTERS = 1_500_000
MAX_LIBRARY_TAGS = 10_000
MAX_DATED_TAGS = 5_000
_MARKUP = re.compile(r"<[a-zA-Z/!]")

# The libraries log every page that they cannot read; that is an outcome here, not news.
for _name in ("trafilatura", "readability.readability", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def trafilatura_lines(html: str) -> list[str]:
    """Return the paragraphs that trafilatura finds, in its precise mode."""
    if _too_large(html):
        return []
    import trafilatura
    from lxml.etree import LxmlError

    try:
        text = trafilatura.extract(html, favor_precision=True, include_comments=False, include_tables=True)
    except (LxmlError, ValueError, TypeError, AttributeError, RecursionError, AssertionError):
        return []  # it is written against pages in the wild and meets new ones
    return lines_of(text or "")


def readability_lines(html: str) -> list[str]:
    """Return the paragraphs that readability-lxml finds."""
    if _too_large(html):
        return []
    from lxml.etree import LxmlError
    from readability import Document as ReadabilityDocument  # type: ignore[import-untyped]
    from readability.readability import Unparseable  # type: ignore[import-untyped]

    try:
        summary = ReadabilityDocument(html).summary(html_partial=True)
    except (Unparseable, LxmlError, ValueError, TypeError, AttributeError, RecursionError):
        return []
    return html_lines(summary)


def guessed_date(html: str, url: str | None) -> datetime | None:
    """Return the day that htmldate finds, where nothing surer is known: midnight UTC. It guesses."""
    if _too_large(html, MAX_DATED_TAGS):
        return None
    from htmldate import find_date
    from lxml.etree import LxmlError

    try:
        with warnings.catch_warnings():  # it warns of zones that it does not know
            warnings.simplefilter("ignore")
            # Its extensive search tries every text in two hundred languages: up to three seconds a page,
            # and half of what it finds is wrong.
            found = find_date(html, url=url, original_date=True, extensive_search=False)
    except (LxmlError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else None


def _too_large(html: str, tags: int = MAX_LIBRARY_TAGS) -> bool:
    return len(html) > MAX_LIBRARY_CHARACTERS or html.count("<") > tags


def html_lines(html: str) -> list[str]:
    """Return the blocks of an HTML fragment (a feed's content, a JSON-LD body) or of plain text."""
    if not _MARKUP.search(html):
        if "&" in html:
            try:
                html = LexborHTMLParser(f"<pre>{html}</pre>").text()
            except SelectolaxError:
                return lines_of(html)
        return lines_of(html)
    try:
        return [block.text for block in parse_page(html).blocks]
    except PageError:
        return []


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` that hold something, white space folded."""
    return [folded for line in text.splitlines() if (folded := " ".join(line.split()))]
