"""A page of a site -> the feeds that it offers; an address -> the places where feeds usually are."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.feeds.decode import to_utf8
from monitor.feeds.links import web_address
from monitor.feeds.text import plain

MAX_FEEDS = 50
# Tried in this order on a site whose page names no feed.
COMMON_PATHS = (
    "/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds", "/feed/rss", "/rss/all",
    "/rss/news", "/rss/index.xml", "/export/rss2/index.xml", "/?feed=rss2", "/feed.json",
)  # fmt: skip

_TYPES: dict[str, Literal["rss", "atom", "json"]] = {
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
}
# Types that sites also give to other files: believed where the address looks like a feed.
_VAGUE_TYPES = {"application/xml", "text/xml", "application/json"}
_FEED_PATH = re.compile(
    r"(?:^|[/._=-])(?:rss2?|atom|rdf|feeds?|feedburner)(?:[/._=?&-]|\d*$)|\.(?:rss|atom|rdf)$", re.IGNORECASE
)
_FEED_TEXT = re.compile(r"\b(?:rss|atom|xml[- ]feed)\b", re.IGNORECASE)
_NOT_A_FEED = re.compile(r"\.(?:html?|php|png|jpe?g|gif|svg|css|js|pdf)$", re.IGNORECASE)
_COMMENTS = re.compile(r"/comments?/|comments?[/_-]?(?:feed|rss)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page names. `kind` is `unknown` where only the address speaks for it."""

    url: str
    title: str
    kind: Literal["rss", "atom", "json", "unknown"]


def find_feeds(html: bytes, url: str, content_type: str | None = None) -> tuple[FeedLink, ...]:
    """Return the feeds named in a page found at `url`, the likeliest first, at most `MAX_FEEDS`.

    First what the page declares (`<link rel="alternate">`), then what it links to; feeds of comments last.
    """
    page = LexborHTMLParser(to_utf8(html, content_type))
    base_node = page.css_first("base[href]")
    base = web_address(_attribute(base_node, "href"), url) if base_node else None
    found: dict[str, FeedLink] = {}
    for node in (*page.css("link[href]"), *page.css("a[href]")):
        link = _declared(node, base or url) if node.tag == "link" else _linked(node, base or url)
        if link and link.url != url:
            found.setdefault(link.url, link)
        if len(found) >= MAX_FEEDS:
            break
    return tuple(sorted(found.values(), key=lambda link: bool(_COMMENTS.search(link.url))))


def candidates(url: str) -> tuple[str, ...]:
    """Return addresses to try where a page names no feed: under its own path first, then the site's."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = parts.path.rstrip("/")
    own = [f"{origin}{path}{end}" for end in ("/feed", "/rss", "/rss.xml")] if path else []
    return tuple(dict.fromkeys([*own, *(origin + common for common in COMMON_PATHS)]))


def _declared(node: LexborNode, base: str) -> FeedLink | None:
    rel = _attribute(node, "rel").lower().split()
    if "alternate" not in rel and "feed" not in rel:
        return None
    address = web_address(_attribute(node, "href"), base)
    if address is None:
        return None
    declared = _attribute(node, "type").lower().partition(";")[0].strip()
    kind = _TYPES.get(declared)
    title = plain(_attribute(node, "title"), is_html=False)
    if kind:
        return FeedLink(address, title, kind)
    if "feed" in rel or (declared in _VAGUE_TYPES and _looks_like_feed(address)):
        return FeedLink(address, title, "unknown")
    return None


def _linked(node: LexborNode, base: str) -> FeedLink | None:
    address = web_address(_attribute(node, "href"), base)
    if address is None:
        return None
    text = " ".join((node.text() or "").split())[:200]
    path = urlsplit(address).path
    if _NOT_A_FEED.search(path):
        return None
    # A link that says RSS may lead to a page about RSS: its address must at least be no article's.
    if _looks_like_feed(address) or (_FEED_TEXT.search(text) and path.endswith(".xml")):
        return FeedLink(address, text, "unknown")
    return None


def _looks_like_feed(address: str) -> bool:
    parts = urlsplit(address)
    return bool(_FEED_PATH.search(parts.path) or _FEED_PATH.search(parts.query) or "feeds." in parts.netloc)


def _attribute(node: LexborNode, name: str) -> str:
    return (node.attributes.get(name) or "").strip()
