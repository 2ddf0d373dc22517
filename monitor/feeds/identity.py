"""ParsedFeed -> FoundFeed: its entries with what they are known by again when the feed changes its mind.

A guid is what the feed says; `identity_hash` finds the entry whose guid changed (new guids on each poll,
http turned https), `content_hash` tells whether a known entry was edited.
"""

import hashlib

from monitor.model import FeedEntry, FoundEntry, FoundFeed, ParsedFeed
from monitor.text import storable
from monitor.urls import registrable_domain


def found(feed: ParsedFeed) -> FoundFeed:
    """Return what a poll stores of `feed`."""
    return FoundFeed(
        storable(feed.title),
        feed.link,
        max((feed.ttl_minutes or 0) * 60.0, float(feed.update_period_seconds or 0)),
        tuple([_found(entry) for entry in feed.entries]),
        feed.warnings,
    )


def _found(entry: FeedEntry) -> FoundEntry:
    guid, link, title, html = entry.guid, entry.link, entry.title, entry.content or entry.summary
    address = _any_scheme(link or "")
    try:
        domain = registrable_domain(link) if link else ""
    except ValueError:
        domain = ""
    clean = storable(guid)
    return FoundEntry(
        # Cleaning could make two guids one; a hash keeps them apart.
        guid if clean == guid else _hashed(guid),
        link and storable(link),
        domain,
        storable(title),
        storable(html) or None,
        storable(entry.author),
        tuple(map(storable, entry.tags)),
        entry.published or entry.updated,
        _hashed(address, title, html),
        # Without a link, only the text tells two entries of one title apart.
        _hashed(address, title) if link else _hashed(title, html),
    )


def _any_scheme(address: str) -> str:
    return address.removeprefix("https:").removeprefix("http:")


def _hashed(*parts: str) -> str:
    """Return the hash of texts that stand apart (24 hex digits)."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=12).hexdigest()
