"""OPML subscription lists (opml.org/spec2.opml): bytes -> feeds with their folders, and back.

Lists in the wild are often no XML: bare ampersands, unquoted or doubled attributes, tags left open. So
outlines are read tag by tag, and nothing is unfolded: entities that a list declares mean nothing here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from lxml import etree

from monitor.errors import FeedError
from monitor.feeds.decode import to_utf8
from monitor.feeds.links import is_web
from monitor.text import storable

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_OUTLINE = re.compile(r"<(/?)outline\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\s*([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class OpmlFeed:
    """A feed in a list. `folder` is the path of its folders, joined by "/"; empty at the top."""

    url: str
    title: str = ""
    folder: str = ""
    site_url: str = ""


def read(data: bytes) -> tuple[OpmlFeed, ...]:
    """Return the feeds of an OPML list in its order, each address once.

    Raises FeedError of kind `not-opml` where there is no outline at all.
    """
    text = _COMMENT.sub("", to_utf8(data).decode("utf-8", "replace"))
    feeds: dict[str, OpmlFeed] = {}
    open_outlines: list[str] = []  # name of each folder; "" for an outline that is none
    position = 0
    outlines = 0
    while match := _OUTLINE.search(text, position):
        outlines += 1
        position = match.end()
        if match[1]:
            if open_outlines:
                open_outlines.pop()
            continue
        attributes, position, closed = _attributes(text, position)
        url = attributes.get("xmlurl") or attributes.get("url", "")
        name = attributes.get("title") or attributes.get("text", "")
        is_feed = is_web(url)
        if is_feed and url not in feeds:
            folder = "/".join(name for name in open_outlines if name)
            feeds[url] = OpmlFeed(url, name, folder, attributes.get("htmlurl", ""))
        if not closed:
            open_outlines.append("" if is_feed else name.replace("/", "-"))
    if not outlines:
        raise FeedError("not-opml", "The file holds no OPML outline.")
    return tuple(feeds.values())


def write(feeds: Iterable[OpmlFeed], *, title: str = "Subscriptions") -> bytes:
    """Return an OPML 2.0 list of the feeds in their folders, UTF-8."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = _writable(title)
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = {"": body}
    for feed in feeds:
        parent, path = body, ""
        for name in filter(None, feed.folder.split("/")):
            path = f"{path}/{name}"
            if path not in folders:
                folders[path] = etree.SubElement(parent, "outline", text=_writable(name))
            parent = folders[path]
        name = _writable(feed.title or feed.url)
        outline = etree.SubElement(
            parent, "outline", type="rss", text=name, title=name, xmlUrl=_writable(feed.url)
        )
        if feed.site_url:
            outline.set("htmlUrl", _writable(feed.site_url))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _attributes(text: str, position: int) -> tuple[dict[str, str], int, bool]:
    """A tag's attributes from `position` on, names in lower case; where it ends; whether it is closed."""
    attributes: dict[str, str] = {}
    while True:
        if match := _ATTRIBUTE.match(text, position):
            value = unescape(match[2] or match[3] or match[4] or "")
            attributes.setdefault(match[1].lower(), storable(" ".join(value.split())))
            position = match.end()
            continue
        if position >= len(text) or text[position] == ">":
            return attributes, position, text[position - 1 : position] == "/"
        if text[position] == "<":  # the tag was never ended
            return attributes, position, True
        position += 1


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", storable(text))
