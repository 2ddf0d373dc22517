"""UTF-8 bytes of XML -> RawFeed, by feedparser: the reference, and the reader of whatever is doubtful."""

import io
from typing import Any

from monitor.errors import FeedError
from monitor.feeds.raw import RawEntry, RawFeed
from monitor.text import storable


def read(data: bytes) -> RawFeed:
    """Return the feed in `data` (UTF-8); raises FeedError where feedparser finds none."""
    # Few feeds come this far, and the import costs each worker process 17 MB and 0.2 s.
    import feedparser  # type: ignore[import-untyped]

    try:
        parsed = feedparser.parse(
            io.BytesIO(data),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    # feedparser lets every kind of exception escape on malformed input: the feed is at fault.
    except Exception as error:
        raise FeedError("malformed", f"The feed cannot be read: {type(error).__name__}.") from error
    version = parsed.get("version") or ""
    if not version and not parsed.entries:
        raise FeedError("not-a-feed", "The document is neither RSS nor Atom.")
    feed = parsed.feed
    return RawFeed(
        kind="atom" if version.startswith("atom") else "rss",
        title=_text(feed, "title"),
        title_is_html=_is_html(feed),
        link=_site(feed),
        language=_text(feed, "language"),
        ttl=_text(feed, "ttl"),
        update_period=_text(feed, "sy_updateperiod"),
        update_frequency=_text(feed, "sy_updatefrequency"),
        entries=[_entry(entry) for entry in parsed.entries],
    )


def _site(feed: Any) -> str:
    """The feed's link; not its id, which feedparser gives in its place where there is none."""
    link = _text(feed, "link")
    named = any(_text(other, "href") == link for other in dict.get(feed, "links") or ())
    return link if named or link != _text(feed, "id") else ""


def _entry(entry: Any) -> RawEntry:
    guid = _text(entry, "id")
    link = _text(entry, "link")
    # feedparser gives the id as the link where there is none; whether it is one is decided in `parse`.
    guid_is_link = bool(dict.get(entry, "guidislink")) and link == guid
    return RawEntry(
        guid=guid,
        guid_is_link=guid_is_link,
        link="" if guid_is_link else link,
        title=_text(entry, "title"),
        title_is_html=_is_html(entry),
        summary=_text(entry, "summary"),
        contents=[_text(part, "value") for part in dict.get(entry, "content") or ()],
        authors=[name for author in dict.get(entry, "authors") or () if (name := _author(author))],
        published=_text(entry, "published"),
        updated=_text(entry, "updated"),
        tags=[_text(tag, "term") or _text(tag, "label") for tag in dict.get(entry, "tags") or ()],
    )


def _author(author: Any) -> str:
    return _text(author, "name") or _text(author, "email")


def _text(mapping: Any, key: str) -> str:
    # Not `mapping.get`: feedparser maps `updated` to `published` there, with a warning.
    value = dict.get(mapping, key)
    return storable(value) if isinstance(value, str) else ""


def _is_html(mapping: Any) -> bool:
    detail = dict.get(mapping, "title_detail") or {}
    return bool(detail.get("type", "text/plain") != "text/plain")
