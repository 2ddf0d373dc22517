"""JSON Feed 1 and 1.1 (jsonfeed.org) -> RawFeed."""

import json
from typing import Any

from monitor.errors import FeedError
from monitor.feeds.raw import RawEntry, RawFeed
from monitor.text import storable


def looks_like(data: bytes) -> bool:
    """Whether `data` is JSON at all: no XML feed begins with a brace."""
    return data.lstrip()[:1] == b"{"


def read(document: bytes) -> RawFeed:
    """Return the feed in `document` (UTF-8); raises FeedError where it is not a JSON Feed."""
    try:
        data = json.loads(document.decode("utf-8", "replace"))
    except RecursionError as error:
        raise FeedError("too-deep", "The JSON document nests without end.") from error
    except ValueError as error:
        raise FeedError("malformed", "The document is broken JSON.") from error
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise FeedError("not-a-feed", "The JSON document is not a JSON Feed: it has no items.")
    author = _authors(data)
    return RawFeed(
        kind="json",
        title=_text(data, "title"),
        link=_text(data, "home_page_url"),
        language=_text(data, "language"),
        entries=[_entry(item, author) for item in data["items"] if isinstance(item, dict)],
    )


def _entry(item: dict[str, Any], feed_authors: list[str]) -> RawEntry:
    guid = item.get("id")
    html = _text(item, "content_html")
    tags = item.get("tags")
    return RawEntry(
        # Version 1 asks readers to take a number for its string.
        guid=storable(str(guid).strip()) if isinstance(guid, str | int | float) else "",
        guid_is_link=True,
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        summary=_escape(_text(item, "summary")),
        contents=[html or _escape(_text(item, "content_text"))],
        authors=_authors(item) or feed_authors,
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        tags=[storable(tag) for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
    )


def _authors(data: dict[str, Any]) -> list[str]:
    authors = data.get("authors")  # version 1.1
    if not isinstance(authors, list):
        authors = [data.get("author")]  # version 1
    return [name for author in authors if isinstance(author, dict) and (name := _text(author, "name"))]


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return storable(value.strip()) if isinstance(value, str) else ""


def _escape(text: str) -> str:
    """Plain text as HTML, which is what summaries and contents are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
