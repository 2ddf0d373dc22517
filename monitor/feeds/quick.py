"""UTF-8 bytes of well-formed XML -> RawFeed, fast; or Doubt, and feedparser decides.

Gives what feedparser gives, quirks included (its rules are quoted where they surprise), for the feeds
that are as the formats say. Whatever it does not know for certain raises Doubt.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from html.entities import html5

from lxml import etree

from monitor.errors import FeedError
from monitor.feeds.links import join
from monitor.feeds.raw import RawEntry, RawFeed

_PLAIN = frozenset(
    {
        "",
        "http://backend.userland.com/rss",
        "http://backend.userland.com/rss2",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://purl.org/atom/ns#",
        "http://www.w3.org/2005/atom",
        "http://purl.org/rss/1.0/modules/rss091#",
    }
)
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/rss/1.0/modules/syndication/": "sy:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
}
_KNOWN_PREFIXES = frozenset(_PREFIXES.values())
_ATOM = "http://www.w3.org/2005/Atom"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"

# what an element means inside an entry
_ENTRY = {
    "title": "title", "dc:title": "title", "media:title": "media-title",
    "link": "link", "guid": "guid", "id": "guid",
    "pubdate": "published", "published": "published", "issued": "published", "dcterms:issued": "published",
    "updated": "updated", "modified": "updated", "dc:date": "updated", "dcterms:modified": "updated",
    "lastbuilddate": "updated",
    "description": "description", "dc:description": "description", "media:description": "description",
    "abstract": "description", "summary": "description", "itunes:summary": "description",
    "content": "content", "content:encoded": "content", "fullitem": "content",
    "author": "author", "dc:creator": "author", "dc:author": "author", "itunes:author": "author",
    "managingeditor": "author",
    "category": "category", "dc:subject": "category", "keywords": "category", "media:category": "category",
    "itunes:category": "itunes-category", "itunes:keywords": "list", "media:keywords": "list",
    "media:group": "group", "media:content": "group",
    "source": "source",
    "body": "doubt", "xhtml:body": "doubt", "image": "image", "textinput": "doubt", "tags": "doubt",
    "item": "doubt", "entry": "doubt", "channel": "doubt", "feed": "doubt",
}  # fmt: skip
_FEED = {
    "title": "title", "dc:title": "title", "link": "link", "language": "language", "dc:language": "language",
    "ttl": "ttl", "sy:updateperiod": "period", "sy:updatefrequency": "frequency",
    "item": "entry", "entry": "entry", "channel": "channel",
}  # fmt: skip
_XHTML_TYPES = {"xhtml", "application/xhtml+xml"}
_HTML_TYPES = {"text/html", "application/xhtml+xml", "html", "xhtml"}
_CLOSING_OR_REFERENCE = re.compile(r"</(\w+)>|&#?\w+;")
_TAG = re.compile(r"</?(\w+)")
_REFERENCE = re.compile(r"&(\w+);")
# HTML that an RSS title may carry; another name in angle brackets means that it is plain text.
_TITLE_TAGS = frozenset(
    {
        "a", "abbr", "acronym", "address", "article", "aside", "b", "big", "blockquote", "br", "center",
        "cite", "code", "dd", "del", "dfn", "dir", "div", "dl", "dt", "em", "figure", "font", "footer",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre",
        "q", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody",
        "td", "th", "tr", "tt", "u", "ul", "var", "video",
    }
)  # fmt: skip
_CP1252 = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_C1 = re.compile("[\x80-\x9f]")
# What a text that `_repaired` would change must hold: C1 controls, or Latin-1 pairs that look like UTF-8.
_SIGNS_OF_GARBLING = (
    re.compile(rb"\xc2[\x80-\x9f]"),
    re.compile(rb"\xc3[\x82-\xb4]\xc2"),
    re.compile(rb"&#(?:1[2-9]\d|2[0-4]\d|[xX][89a-fA-F][0-9a-fA-F]);"),
)
_EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+\w{2,}")


class Doubt(Exception):
    """This reader is not certain to give what feedparser would give."""


class Malformed(Doubt):
    """The document is not well-formed XML."""


def read(data: bytes) -> RawFeed:
    """Return the feed in `data` (UTF-8, well-formed); raises Doubt, or FeedError `too-deep`."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error):
            raise FeedError("too-deep", "The feed nests its elements without end.") from error
        raise Malformed("malformed") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Doubt("doctype")
    return _Reader(data).feed(root)


@dataclass(slots=True)
class _Seen:
    """What an entry had so far: feedparser's reading of the next element depends on it."""

    summary: bool = False
    summary_depth: int | None = None  # a deeper one does not replace it
    content: bool = False
    media_title: bool = False


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._names: dict[str, str] = {}
        self._meanings: dict[str, str | None] = {}
        self._root_namespace = ""
        self._data = data
        # Looked for once in the document, and not in each of its elements.
        self._has_bases = b"xml:base" in data

    @cached_property
    def _is_garbled(self) -> bool:
        """Whether some text may need `_repaired`."""
        return any(sign.search(self._data) for sign in _SIGNS_OF_GARBLING)

    def _name(self, element: etree._Element) -> str:
        """feedparser's name of an element: `dc:creator`, `pubdate`; "" for a namespace that it ignores."""
        tag = element.tag
        name = self._names.get(tag)
        if name is None:
            namespace, _, local = tag.rpartition("}")
            namespace = namespace[1:].lower()
            if namespace in _PLAIN:
                name = local.lower()
            else:
                prefix = _PREFIXES.get(namespace)
                if prefix is None:
                    # An unknown address of a namespace: its prefix says what is meant, as for feedparser.
                    given: str | None = element.prefix
                    if given is None:
                        return local.lower()
                    prefix = f"{given.lower()}:"
                    return prefix + local.lower() if prefix in _KNOWN_PREFIXES else ""
                name = prefix + local.lower()
            self._names[tag] = name
        return name

    def feed(self, root: etree._Element) -> RawFeed:
        kind = self._name(root)
        self._root_namespace = root.tag.rpartition("}")[0][1:]
        if kind not in ("rss", "rdf:rdf", "feed"):
            raise Doubt("root")
        feed = RawFeed(kind="atom" if kind == "feed" else "rss")
        feed.language = root.get(f"{_XML}lang") or ""
        base = root.get(f"{_XML}base") or ""
        channels = 0
        stack = [(root, base)]
        while stack:
            container, base = stack.pop()
            if container.text and container.text.strip() and container is root:
                raise Doubt("text in the root")
            for child in container:
                meaning = _FEED.get(self._name(child))
                if meaning is None:
                    continue
                if meaning == "entry":
                    feed.entries.append(self._entry(child, self._base(base, child), feed.kind))
                elif meaning == "channel":
                    channels += 1
                    stack.append((child, self._base(base, child)))
                else:
                    self._channel_field(feed, meaning, child, base)
        if channels > 1 or (feed.kind == "rss" and not channels):
            raise Doubt("channels")
        return feed

    def _channel_field(self, feed: RawFeed, meaning: str, child: etree._Element, base: str) -> None:
        if meaning == "title":
            if not feed.title:
                feed.title, feed.title_is_html = self._title(child, feed.kind)
        elif meaning == "link":
            link = self._link(child, self._base(base, child))
            if link:
                feed.link = link
        elif meaning == "language":
            feed.language = self._text(child)
        elif meaning == "ttl":
            feed.ttl = self._text(child)
        elif meaning == "period":
            feed.update_period = self._text(child)
        elif meaning == "frequency":
            feed.update_frequency = self._text(child)

    # -- an entry --------------------------------------------------------------------------------

    def _entry(self, element: etree._Element, base: str, kind: str) -> RawEntry:
        entry = RawEntry(guid=element.get(f"{_RDF}about") or "")
        self._read_into(entry, element, base, kind, _Seen(), 0)
        return entry

    def _read_into(
        self, entry: RawEntry, element: etree._Element, base: str, kind: str, seen: "_Seen", depth: int
    ) -> None:
        meanings, has_bases, inner = self._meanings, self._has_bases, base
        for child in element:
            tag = child.tag
            try:
                meaning = meanings[tag]
            except KeyError:
                meaning = self._meaning(child)
            if has_bases:
                inner = self._base(base, child)
            if meaning is None:
                if len(child) and self._holds_known(child):
                    raise Doubt("nested")
            elif meaning == "link":
                entry.link = self._link(child, inner) or entry.link
            elif meaning == "title" or meaning == "media-title":
                # the first title counts; media:title only where there is no other
                if not entry.title or (meaning == "title" and seen.media_title):
                    title, is_html = self._title(child, kind)
                    if title:
                        entry.title, entry.title_is_html = title, is_html
                        seen.media_title = meaning == "media-title"
            elif meaning == "guid":
                value = self._text(child)
                if value:
                    entry.guid_is_link = (_attribute(child, "ispermalink") or "true") == "true"
                    entry.guid = _join(inner, value) if entry.guid_is_link else value
            elif meaning == "published":
                entry.published = self._text(child) or entry.published
            elif meaning == "updated":
                entry.updated = self._text(child) or entry.updated
            elif meaning == "description":
                # feedparser takes a second description or summary for the content, if it has none yet
                value = self._content(child, kind)
                if seen.summary and not seen.content:
                    seen.content = True
                    entry.contents.append(value)
                elif seen.summary_depth is None or depth <= seen.summary_depth:
                    seen.summary, seen.summary_depth = True, depth
                    entry.summary = value
            elif meaning == "content":
                seen.content = seen.summary = True
                entry.contents.append(self._content(child, kind))
            elif meaning == "author":
                if name := self._author(child):
                    entry.authors.append(name)
            elif meaning == "category":
                term, text = child.get("term") or "", self._text(child)
                entry.tags += (term, text) if term or text else (child.get("label") or "",)
            elif meaning == "itunes-category":
                for category in child.iter():
                    entry.tags += (category.get("text") or "", category.text or "")
            elif meaning == "list":
                entry.tags.extend(self._text(child).split(","))
            elif meaning == "group":
                if len(child):
                    self._read_into(entry, child, inner, kind, seen, depth + 1)
            elif meaning == "doubt":
                raise Doubt("unusual element")

    def _meaning(self, element: etree._Element) -> str | None:
        meaning = _ENTRY.get(self._name(element))
        if element.tag in self._names:
            self._meanings[element.tag] = meaning
        return meaning

    def _base(self, base: str, element: etree._Element) -> str:
        own = element.get(f"{_XML}base") if self._has_bases else None
        return _join(base, own) if own else base

    def _holds_known(self, element: etree._Element) -> bool:
        return any(self._name(inner) in _ENTRY for inner in element.iter() if inner is not element)

    def _text(self, element: etree._Element) -> str:
        if len(element):
            raise Doubt("markup in a text")
        text = element.text
        if not text:
            return ""
        return text.strip() if text.isascii() else self._repaired(text.strip())

    def _repaired(self, text: str) -> str:
        """Undo two common mistakes as feedparser does: UTF-8 read as Latin-1, and Windows-1252 controls."""
        if not self._is_garbled:
            return text
        with suppress(UnicodeError):
            text = text.encode("latin-1").decode("utf-8")
        return text.translate(_CP1252) if _C1.search(text) else text

    def _title(self, element: etree._Element, kind: str) -> tuple[str, bool]:
        """A title as written, and whether it is HTML."""
        text = self._content(element, kind)
        declared = (element.get("type") or "text").lower() if element.keys() else "text"
        if declared in _HTML_TYPES:
            return text, True
        return text, kind == "rss" and _looks_like_html(text)

    def _content(self, element: etree._Element, kind: str) -> str:
        """Text, or markup written inline."""
        if not len(element):
            text = element.text
            if element.keys():
                declared = element.get("type")
                if element.get("mode") == "base64" or _is_binary(declared):
                    raise Doubt("base64")
                if declared and text and ("&" in text or "<" in text) and declared.lower() in _XHTML_TYPES:
                    raise Doubt("escaped xhtml")
            if not text:
                return ""
            return text.strip() if text.isascii() else self._repaired(text.strip())
        if (element.get("type") or "").lower() not in _XHTML_TYPES:
            raise Doubt("markup in a text")
        return self._repaired(self._xhtml(element))

    def _xhtml(self, element: etree._Element) -> str:
        if self._root_namespace != _ATOM:  # feedparser keeps the div for the others
            raise Doubt("xhtml in an old Atom")
        div = element[0]
        if len(element) != 1 or self._name(div) != "xhtml:div" or (element.text or "").strip():
            raise Doubt("xhtml without its div")
        if (div.tail or "").strip():
            raise Doubt("text behind the div")
        pieces: list[str] = [_escape(div.text or "")]
        for child in div:
            self._markup(child, pieces)
        return "".join(pieces).strip()

    def _markup(self, element: etree._Element, pieces: list[str]) -> None:
        name = self._name(element)
        if not name.startswith("xhtml:"):
            raise Doubt("foreign markup")
        name = name[6:]
        attributes = ""
        for key, value in element.attrib.items():
            if str(key).startswith("{"):
                raise Doubt("foreign attribute")
            attributes += f' {str(key).lower()}="{_escape_attribute(str(value))}"'
        pieces.append(f"<{name}{attributes}>")
        if element.text:
            pieces.append(_escape(element.text))
        for child in element:
            self._markup(child, pieces)
        pieces.append(f"</{name}>")
        if element.tail:
            pieces.append(_escape(element.tail))

    def _link(self, element: etree._Element, base: str) -> str:
        """The address of an alternate link, or of RSS's plain one; "" for others."""
        if element.keys():
            href = _attribute(element, "url") or _attribute(element, "uri") or _attribute(element, "href")
            if href:
                rel = (element.get("rel") or "alternate").lower()
                content_type = (element.get("type") or "text/html").lower()
                return _join(base, href) if rel == "alternate" and content_type in _HTML_TYPES else ""
        text = self._text(element)
        if "&" in text:  # escaped twice
            text = _REFERENCE.sub(r"&\1", text.replace("&amp;", "&"))
        return _join(base, text) if text else ""

    def _author(self, element: etree._Element) -> str:
        """A name, or else an e-mail address: from Atom's parts or RSS's `mail (name)`."""
        if len(element):
            parts = {self._name(child): self._text(child) for child in element}
            return parts.get("name") or parts.get("email") or ""
        text = self._text(element)
        if "@" in text and (match := _EMAIL.search(text)):
            name = text.replace(match[0], "").replace("()", "").replace("<>", "").strip()
            return name.removeprefix("(").removesuffix(")").strip() or match[0]
        return text


def _attribute(element: etree._Element, name: str) -> str:
    """The value of an attribute whatever its case; "" without it."""
    for key in element.keys():  # noqa: SIM118 - an element's own iterator gives its children
        if key.lower() == name:
            return element.get(key) or ""
    return ""


def _join(base: str, address: str) -> str:
    return address if not base else join(base, address)


def _is_binary(content_type: str | None) -> bool:
    if content_type is None:
        return False
    kind = content_type.lower()
    return (
        kind not in ("text", "html", "xhtml", "plain") and not kind.startswith("text/") and kind[-3:] != "xml"
    )


def _looks_like_html(text: str) -> bool:
    """feedparser's guess for titles: a closing tag or a reference, and all of them known to HTML."""
    if not ("<" in text or "&" in text) or not _CLOSING_OR_REFERENCE.search(text):
        return False
    if any(tag.lower() not in _TITLE_TAGS for tag in _TAG.findall(text)):
        return False
    return all(f"{name};" in html5 for name in _REFERENCE.findall(text))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escape_attribute(text: str) -> str:
    return _escape(text).replace('"', "&quot;")
