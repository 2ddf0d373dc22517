"""A page of a site -> the feeds that it offers; an address -> the places where feeds usually are."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from bs4.exceptions import ParserRejectedMarkup
from bs4.filter import SoupStrainer

from monitor.feeds.decode import to_utf8
from monitor.feeds.links import web_address
from monitor.feeds.text import plain

MAX_FEEDS = 50
MAX_PAGE_BYTES = (
    1_000_000  # feeds are declared in the head; the worst page of this size takes about three seconds
)
MAX_LINK_NODES = 40
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
    page = _parsed(to_utf8(html[:MAX_PAGE_BYTES], content_type))
    base_node = page.select_one("base[href]")
    base = web_address(_attribute(base_node, "href"), url) if base_node else None
    found: dict[str, FeedLink] = {}
    for node in (*page.select("link[href]"), *page.select("a[href]")):
        link = _declared(node, base or url) if node.name == "link" else _linked(node, base or url)
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


def _parsed(page: bytes) -> BeautifulSoup:
    """Parse the elements that can name a feed, as HTML whatever it is (bs4 would warn of anything else)."""
    wanted = SoupStrainer(["base", "link", "a"])
    try:
        return BeautifulSoup(b"<html>" + page, "lxml", from_encoding="utf-8", parse_only=wanted)
    except ParserRejectedMarkup:
        return BeautifulSoup("", "lxml")


def _declared(node: Tag, base: str) -> FeedLink | None:
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


def _linked(node: Tag, base: str) -> FeedLink | None:
    address = web_address(_attribute(node, "href"), base)
    if address is None:
        return None
    path = urlsplit(address).path
    if _NOT_A_FEED.search(path):
        return None
    looks_like_feed = _looks_like_feed(address)
    if not (looks_like_feed or path.endswith(".xml")):
        return None
    text = _text(node)
    # A link that says RSS may lead to a page about RSS: its address must at least be no article's.
    if looks_like_feed or _FEED_TEXT.search(text):
        return FeedLink(address, text, "unknown")
    return None


def _looks_like_feed(address: str) -> bool:
    parts = urlsplit(address)
    return bool(_FEED_PATH.search(parts.path) or _FEED_PATH.search(parts.query) or "feeds." in parts.netloc)


def _text(link: Tag) -> str:
    """Return the text of a link: of its first nodes only, for hostile pages nest links without end."""
    words: list[str] = []
    nodes: list[PageElement] = [link]
    for _ in range(MAX_LINK_NODES):
        if not nodes:
            break
        node = nodes.pop()
        if isinstance(node, Tag):
            nodes.extend(reversed(node.contents[:MAX_LINK_NODES]))
        elif type(node) is NavigableString:  # its subclasses are comments and the like
            words += node[:200].split()
    return " ".join(words)[:200]


def _attribute(node: Tag, name: str) -> str:
    value = node.get(name) or ""
    return (value if isinstance(value, str) else " ".join(value)).strip()  # rel is a list
