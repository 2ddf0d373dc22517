"""ParsedFeed -> FoundFeed: its entries with what they are known by again when the feed changes its mind.

A guid is what the feed says; `identity_hash` finds the entry whose guid changed (new guids on each poll,
http turned https), `content_hash` tells whether a known entry was edited.
"""

import hashlib

from monitor.model import FeedEntry, FoundEntry, FoundFeed, ParsedFeed
from monitor.text import is_storable, storable
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
    guid, link, title, summary, content, author, published, updated, tags = entry
    html = content or summary
    try:
        domain = registrable_domain(link) if link else ""
    except ValueError:
        domain = ""
    hashes = _hashes(link, title, html)
    if not is_storable("".join((guid, link or "", title, html, author, *tags))):
        # Cleaning could make two guids one; a hash keeps them apart.
        guid = guid if is_storable(guid) else _hash(guid).hexdigest()
        link, title, html, author = link and storable(link), storable(title), storable(html), storable(author)
        tags = tuple(map(storable, tags))
    return FoundEntry(guid, link, domain, title, html or None, author, tags, published or updated, *hashes)


def _hashes(link: str | None, title: str, html: str) -> tuple[str, str]:
    """Return what tells an edit, and what knows an entry again whatever its guid and its link's scheme."""
    address = (link or "").removeprefix("https:").removeprefix("http:")
    content = _hash(f"{address}\0{title}")
    # Without a link, only the text tells two entries of one title apart.
    identity = content.hexdigest() if link else _hash(f"{title}\0{html}").hexdigest()
    content.update(f"\0{html}".encode("utf-8", "surrogatepass"))
    return content.hexdigest(), identity


def _hash(text: str) -> "hashlib.blake2b":
    """Return the hash of a text (24 hex digits)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12)
