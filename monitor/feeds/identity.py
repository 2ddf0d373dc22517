"""By what an entry is known again when its feed changes its mind: hashes of a FeedEntry.

A guid is what the feed says; `identity_hash` finds the entry whose guid changed (new guids on each poll,
http turned https), `content_hash` tells whether a known entry was edited.
"""

import hashlib

from monitor.model import FeedEntry


def identity_hash(entry: FeedEntry) -> str:
    """Hash of link and title; of the text too where there is no link to tell two entries apart."""
    if entry.link is None:
        return hashed(entry.title, entry.content or entry.summary)
    return hashed(_any_scheme(entry.link), entry.title)


def content_hash(entry: FeedEntry) -> str:
    """Hash of what a reader sees of the entry: title, link and text."""
    return hashed(_any_scheme(entry.link or ""), entry.title, entry.content or entry.summary)


def _any_scheme(address: str) -> str:
    return address.removeprefix("https:").removeprefix("http:")


def hashed(*parts: str) -> str:
    """Return the hash of texts that stand apart (24 hex digits)."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=12).hexdigest()
