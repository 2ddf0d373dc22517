"""Bytes of a feed -> ParsedFeed (RSS 0.9 to 2.0, Atom, JSON Feed), or FeedError.

A pure function for a worker process with limits. A fast reader goes first; whatever it doubts goes to
feedparser (docs/decisions.md has the rule and the figures).
"""

import hashlib
import re
import zlib
from collections import Counter
from datetime import datetime
from typing import Any

from monitor.errors import FeedError
from monitor.feeds import jsonfeed, quick, reference
from monitor.feeds.dates import read_date
from monitor.feeds.decode import to_utf8
from monitor.feeds.links import is_web, web_address
from monitor.feeds.mend import mend, without_controls, without_doctype
from monitor.feeds.raw import RawEntry, RawFeed
from monitor.feeds.text import plain
from monitor.model import FeedEntry, ParsedFeed
from monitor.text import fold_space

MAX_INFLATED_BYTES = 20_000_000
MAX_GUID_CHARS = 512

_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_PERIOD_SECONDS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


def parse(body: bytes, *, url: str, content_type: str | None = None, max_entries: int = 2000) -> ParsedFeed:
    """Return the feed in `body`, found at `url`; `content_type` is the response's header.

    Keeps the newest `max_entries`. Raises FeedError of kind `empty`, `html`, `not-a-feed`, `malformed`,
    `bomb` or `too-deep`. Every entry has a guid, and no two of a feed have the same.
    """
    if body.startswith(b"\x1f\x8b"):
        body = _inflate(body)
    if not body.strip():
        raise FeedError("empty", "The feed is empty.")
    data = to_utf8(body, content_type)
    if jsonfeed.looks_like(data):
        return _finish(jsonfeed.read(data), url, max_entries, "json")
    data = _DECLARATION.sub(b"", data, count=1).strip()
    if _HTML.match(_past_comments(data)) and not _FEED_ROOT.search(data):
        raise FeedError("html", "The address answers with an HTML page, not with a feed.")
    try:
        return _finish(_quickly(without_doctype(data)), url, max_entries, "quick")
    except quick.Doubt:
        return _finish(reference.read(without_controls(data)), url, max_entries, "feedparser")


def _quickly(data: bytes) -> RawFeed:
    try:
        return quick.read(data)
    except quick.Malformed:
        return quick.read(mend(data))


def to_jsonable(feed: ParsedFeed) -> list[dict[str, Any]]:
    """Return the lines that `monitor parse-feed` prints: the feed, then each entry."""
    lines: list[dict[str, Any]] = [
        {"feed": {"title": feed.title, "link": feed.link, "language": feed.language, "ttl": feed.ttl_minutes}}
    ]
    lines += (
        {
            "guid": entry.guid,
            "link": entry.link,
            "title": entry.title,
            "summary": entry.summary,
            "content": entry.content,
            "author": entry.author,
            "published": entry.published.isoformat() if entry.published else None,
            "updated": entry.updated.isoformat() if entry.updated else None,
            "tags": list(entry.tags),
        }
        for entry in feed.entries
    )
    return lines


def _inflate(body: bytes) -> bytes:
    try:
        inflator = zlib.decompressobj(wbits=31)
        inflated = inflator.decompress(body, MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise FeedError("not-a-feed", "The document is a broken gzip file.") from error
    if inflator.unconsumed_tail:
        raise FeedError("bomb", "The compressed feed unpacks to more than 20 MB.")
    return inflated


def _past_comments(data: bytes) -> bytes:
    """The first bytes behind the comments that a document begins with."""
    position = 0
    while data.startswith(b"<!--", position) and (end := data.find(b"-->", position)) >= 0:
        position = end + 3
        while data[position : position + 1].isspace():
            position += 1
    return data[position : position + 100]


def _finish(raw: RawFeed, url: str, max_entries: int, parser: str) -> ParsedFeed:
    site = web_address(raw.link, url)
    warnings = []
    entries = [_entry(entry, site or "", url) for entry in raw.entries]
    if len(entries) > max_entries:
        warnings.append(f"{len(entries)} entries; the newest {max_entries} are kept")
        entries = _newest(entries, max_entries)
    return ParsedFeed(
        title=plain(raw.title, is_html=raw.title_is_html),
        link=site,
        language=raw.language.strip()[:35],
        ttl_minutes=_ttl(raw.ttl),
        update_period_seconds=_update_period(raw.update_period, raw.update_frequency),
        entries=_told_apart(entries),
        warnings=tuple(warnings),
        parser=parser,
    )


def _entry(raw: RawEntry, site: str, url: str) -> FeedEntry:
    link = web_address(raw.link, url, site)
    if link is None and raw.guid_is_link and (is_web(raw.guid) or raw.guid.startswith("/")):
        link = web_address(raw.guid, url, site)
    title = plain(raw.title, is_html=raw.title_is_html)
    summary, content = raw.summary, max(raw.contents, key=len, default="")
    if content == summary:
        summary = ""
    elif len(content) < len(summary):
        content = ""  # a caption or teaser that stands where the content should: the summary is the text
    guid = raw.guid
    if not guid:
        guid = link or "sha256:" + _digest(title, content or summary)
    elif len(guid) > MAX_GUID_CHARS:
        guid = "sha256:" + _digest(guid)
    return FeedEntry(
        guid=guid,
        link=link,
        title=title,
        summary=summary,
        content=content,
        author=", ".join(_distinct(raw.authors)),
        published=read_date(raw.published),
        updated=read_date(raw.updated),
        tags=tuple(_distinct(raw.tags)),
    )


def _distinct(texts: list[str]) -> list[str]:
    """Each text once, on one line, without empty ones."""
    return list(dict.fromkeys(folded for text in texts if (folded := fold_space(text)))) if texts else []


def _told_apart(entries: list[FeedEntry]) -> tuple[FeedEntry, ...]:
    """Give entries that share a guid guids of their own, the same ones in whatever order they stand."""
    if len({entry.guid for entry in entries}) == len(entries):
        return tuple(entries)
    counts = Counter(entry.guid for entry in entries)
    seen: Counter[str] = Counter()
    apart = []
    for entry in entries:
        if counts[entry.guid] > 1:
            guid = (
                f"{entry.guid}#{_digest(entry.link or '', entry.title, entry.content or entry.summary)[:16]}"
            )
            seen[guid] += 1
            if seen[guid] > 1:
                guid = f"{guid}.{seen[guid]}"
            entry = entry._replace(guid=guid)
        apart.append(entry)
    return tuple(apart)


def _newest(entries: list[FeedEntry], count: int) -> list[FeedEntry]:
    """The newest by date, in the order of the feed; an entry without a date counts as new."""

    def age(index: int) -> tuple[float, int]:
        moment = entries[index].published or entries[index].updated
        return (-_timestamp(moment) if moment else float("-inf"), index)

    return [entries[index] for index in sorted(sorted(range(len(entries)), key=age)[:count])]


def _timestamp(moment: datetime) -> float:
    return moment.timestamp()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _ttl(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else None


def _update_period(period: str, frequency: str) -> int | None:
    """sy:updatePeriod over sy:updateFrequency (RSS 1.0 Syndication module)."""
    seconds = _PERIOD_SECONDS.get(period.strip().lower())
    if seconds is None:
        return None
    times = _ttl(frequency.strip()) or 1
    return max(seconds // times, 1)
