"""HTML text -> Page: one parse and one walk, from which extraction and metadata read.

The walk turns the page into a flat list of blocks (runs of inline text between block-level tags) and
remembers for each the containers it stands in. All later stages work on that list, so the tree is
visited once, without recursion, however deep it is nested.
"""

# ruff: noqa: E501

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.errors import PageError

MAX_CHARACTERS = 12_000_000
MAX_NODES = 100_000
MAX_BLOCKS = 8_000
MAX_TITLE_CHARACTERS = 600
MAX_DEPTH = 400  # of the walk: below it text is kept and structure is not
MANY_TAGS = 5_000
MAX_NESTING = 3_000
MAX_BLOCK_CHARACTERS = 200_000
MAX_TEXT_CHARACTERS = 2_000_000

_SKIP = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "embed",
        "select",
        "option",
        "textarea",
        "canvas",
        "audio",
        "video",
        "map",
        "head",
        "button",
        "math",
        "applet",
        "frameset",
        "datalist",
        "input",
        "dialog",
    ]
)
_BLOCK = frozenset(
    [
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "td",
        "th",
        "tr",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "section",
        "article",
        "aside",
        "header",
        "footer",
        "nav",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "figure",
        "figcaption",
        "form",
        "fieldset",
        "hr",
        "address",
        "center",
        "body",
        "caption",
        "details",
        "summary",
        "menu",
        "dir",
        "legend",
    ]
)
_OPEN_OR_CLOSE = re.compile(
    r"<(/?)(?!(?:p|li|td|tr|th|dt|dd|br|hr|img|input|meta|link|option|source|wbr|col|area|base|embed|param|track)\b)[a-zA-Z]"
)
_TERMINAL = (".", "!", "?", "…", ":", ";", "»", "”", '"', ")", "·", "|")

# Words in class, id, itemprop and role, by what they say of what is inside.
_SIGNS: tuple[tuple[str, str], ...] = (
    ("body", r"article[-_]?(?:body|text|content|main)|articlebody|story[-_]?(?:body|text|content)|entry[-_]?content"
             r"|post[-_]?(?:body|content|text|entry)|text[-_]?body|body[-_]?text|news[-_]?(?:text|body|content)"
             r"|main[-_]?text|full[-_]?text|content[-_]?body|article_?full|single-content|td-post-content"),
    ("article", r"article|story|entry|hentry|post(?![-_]?(?:meta|info|tags|nav|footer))|publication"),
    ("content", r"content|main|text|body|page"),
    ("comment", r"comment|disqus|respond|discuss|feedback|reply|replies|reader[-_]?react|komentar|otzyv|forum"),
    ("sidebar", r"side(?:bar|col|_?bar|rail)|rail|aside|right[-_]?col|left[-_]?col|col[-_]?right|col[-_]?left|rightbar"),
    ("nav", r"(?<![a-z])nav|menu|breadcrumb|crumb|pagin|pager|toolbar|topbar|masthead|skip[-_]?(?:to|link)"),
    ("footer", r"foot(?:er)?(?![a-z]*note)|bottom[-_]?(?:bar|nav)|copyright|legal"),
    ("header", r"head(?:er)?(?!line)"),
    ("related", r"related|recommend|more[-_]?(?:news|stories|from|on|in)|read[-_]?(?:more|next|also)|also[-_]?read"
                r"|see[-_]?also|similar|popular|trending|most[-_]?(?:read|view|pop)|latest|teaser|outbrain|taboola"
                r"|next[-_]?(?:post|article|story)|prev[-_]?(?:post|article)|linked|zobacz|podobne|linki|carousel"),
    ("share", r"share|sharing|social|facebook|twitter|addthis|follow|like[-_]?(?:box|button)|sociable|print|e?mail"),
    ("promo", r"promo|advert|(?<![a-z])ads?(?![a-z])|banner|sponsor|newsletter|subscri|signup|sign[-_]?up|donat"
              r"|paywall|cta|callout|offer|shop|product|affiliate|reklam"),
    ("media", r"caption|photo|image|(?<![a-z])img|gallery|slide|video|player|figure|credit|thumb|media|infobox"),
    ("meta", r"meta|byline|by[-_]line|author|dateline|(?<![a-z])date|time(?:stamp)?|(?<![a-z])tags?(?![a-z])|topics?"
             r"|categor|keyword|source|info(?![a-z])|rubric|contributor|biograph|(?<![a-z])bio(?![a-z])|post-?info"),
    ("widget", r"widget|module|(?<![a-z])box|panel|tabs?(?![a-z])|poll|survey|rating|vote|login|search|cookie|modal"
               r"|popup|overlay|weather|calendar|stock|ticker|list(?:ing)?s?(?![a-z])"),
    ("lead", r"lead(?![a-z])|lede|intro|summary|standfirst|perex|abstract|announce|anons|deck|dek(?![a-z])|excerpt"),
    ("title", r"title|headline|(?<![a-z])heading"),
    ("hidden", r"hidden|hide(?![a-z])|invisible|screen-reader|sr-only|visually-hidden|noprint|no-print|d-none"),
    ("quote", r"quote|pullquote|pull-quote|tweet|embed|instagram"),
)  # fmt: skip
SIGNS: tuple[str, ...] = tuple(name for name, _ in _SIGNS)
_SIGN_RE = tuple((1 << i, re.compile(pattern)) for i, (_, pattern) in enumerate(_SIGNS))
_BIT = {name: 1 << i for i, name in enumerate(SIGNS)}
_TAG_BITS = {
    "article": _BIT["article"], "aside": _BIT["sidebar"], "nav": _BIT["nav"], "footer": _BIT["footer"],
    "header": _BIT["header"], "main": _BIT["content"], "form": _BIT["widget"], "figure": _BIT["media"],
    "figcaption": _BIT["media"], "blockquote": _BIT["quote"], "address": _BIT["meta"], "time": _BIT["meta"],
}  # fmt: skip
_HIDDEN_INLINE = re.compile(
    r"(?:^|[\s_-])(?:hidden|screen-?reader-?\w*|sr-only|visually-?hidden|tooltip\w*|popover|rollover-(?:people-)?block)",
    re.IGNORECASE,
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(slots=True)
class Container:
    """An element that holds blocks: its tag, parent, and the signs of its names."""

    index: int
    parent: int  # index of the parent container; of the root its own
    tag: str
    signs: int  # bits of this element
    inherited: int  # bits of this element and all above it
    name: str  # tag and class: equal for siblings drawn by one template
    depth: int


@dataclass(slots=True)
class Block:
    """A run of inline text. `linked` and `bold` count characters inside links and emphasis."""

    text: str
    container: int
    tag: str
    linked: int
    bold: int
    links: int
    breaks: bool = False  # ended by <br>


@dataclass(slots=True)
class Page:
    """What the walk found. `metas` maps lower-case names to values in order of the page."""

    blocks: list[Block]
    containers: list[Container]
    metas: dict[str, list[str]]
    title: str
    html_lang: str
    canonical: str
    base: str
    amp_of: bool
    json_ld: list[dict[str, object]]
    headings: list[str]  # h1, in order
    tree: LexborHTMLParser = field(repr=False)

    def signs(self, block: Block) -> int:
        """Return the sign bits of every element around `block`."""
        return self.containers[block.container].inherited


def metas(page: Page, *names: str) -> Iterator[str]:
    """Yield the values of the meta elements `names`, in that order."""
    for name in names:
        yield from page.metas.get(name, ())


def types_of(item: dict[str, object]) -> list[str]:
    """Return the schema.org types of a JSON-LD object, lower case."""
    kind = item.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return [k.rsplit("/", 1)[-1].lower() for k in kinds if isinstance(k, str)]


def string_of(value: object) -> str:
    """Return a JSON-LD value as a string: the first of a list, the name of an object, else empty."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    return value.strip() if isinstance(value, str) else ""


@lru_cache(maxsize=65536)
def _signs_of(names: str) -> int:
    lowered = names.lower()
    bits = 0
    for bit, pattern in _SIGN_RE:
        if pattern.search(lowered):
            bits |= bit
    return bits


def parse_page(html: str) -> Page:
    """Parse `html`. Raises PageError `too-large`, `not-html` where it cannot be a page to read."""
    if len(html) > MAX_CHARACTERS:
        raise PageError("too-large", f"the page has {len(html)} characters, the limit is {MAX_CHARACTERS}")
    if not html.strip():
        raise PageError("empty", "the page is empty")
    if html.count("<") > MANY_TAGS and _nesting(html) > MAX_NESTING:
        raise PageError("too-deep", f"the page nests more than {MAX_NESTING} elements")
    try:
        tree = LexborHTMLParser(html)
    except (SelectolaxError, ValueError, UnicodeError) as error:
        raise PageError("not-html", f"the parser gave up: {error}") from error
    page = Page([], [], {}, "", "", "", "", False, [], [], tree)
    _read_head(tree, page)
    _Walk(page).run(tree)
    return page


def _nesting(html: str) -> int:
    """Return how deep `html` nests elements that must be closed: the parser's time grows with its square."""
    depth = deepest = 0
    for tag in _OPEN_OR_CLOSE.finditer(html):
        if tag[1]:
            depth = max(0, depth - 1)
        else:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def _read_head(tree: LexborHTMLParser, page: Page) -> None:
    for node in tree.css("meta"):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        name = name or attributes.get("http-equiv")
        # Some stored pages carry `value` where HTML has `content`.
        content = attributes.get("content") or attributes.get("value")
        if name and content:
            page.metas.setdefault(name.strip().lower(), []).append(content.strip()[:2000])
    for node in tree.css("link[rel][href]"):
        relation = (node.attributes.get("rel") or "").lower()
        if relation == "canonical" and not page.canonical:
            page.canonical = (node.attributes.get("href") or "").strip()
        elif relation == "amphtml":
            page.amp_of = True
    base = tree.css_first("base[href]")
    page.base = (base.attributes.get("href") or "").strip() if base else ""
    title = tree.css_first("title")
    page.title = " ".join(title.text(deep=True)[:MAX_TITLE_CHARACTERS].split()) if title else ""
    root = tree.css_first("html")
    page.html_lang = (
        (root.attributes.get("lang") or root.attributes.get("xml:lang") or "") if root else ""
    ).strip()
    for node in tree.css('script[type="application/ld+json"]'):
        page.json_ld.extend(_json_ld(node.text(deep=True)))


def _json_ld(source: str) -> list[dict[str, object]]:
    """Return every object of a JSON-LD script, `@graph` opened, nothing where it is not JSON."""
    source = source.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip().rstrip(";")
    if len(source) > 1_000_000:
        return []
    try:
        loaded = json.loads(source, strict=False)
    except (ValueError, RecursionError):
        return []
    found: list[dict[str, object]] = []
    waiting: list[object] = [loaded]
    while waiting and len(found) < 200:
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            found.append(item)
            graph = item.get("@graph")
            if isinstance(graph, list):
                waiting.extend(graph)
            waiting.extend(
                item[key] for key in ("mainEntity", "mainEntityOfPage") if isinstance(item.get(key), dict)
            )
    return found


def _is_hidden_inline(node: LexborNode) -> bool:
    """A span that readers do not see, in the midst of a sentence: a tooltip, text for screen readers."""
    attributes = node.attributes
    if not attributes:
        return False
    names = attributes.get("class")
    style = attributes.get("style")
    return bool((names and _HIDDEN_INLINE.search(names)) or (style and _HIDDEN_STYLE.search(style)))


class _Walk:
    """One pass over the tree in document order."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.parts: list[str] = []
        self.linked = self.bold = self.links = 0
        self.total = 0

    def run(self, tree: LexborHTMLParser) -> None:
        root = tree.body or tree.root
        if root is None:
            raise PageError("not-html", "there is no element in the page")
        page = self.page
        page.containers.append(Container(0, 0, "body", 0, 0, "body", 0))
        # (node, container, tag, in a link, in bold); the container of the nearest block-level element
        stack: list[tuple[LexborNode, int, str, bool, bool]] = []
        container, tag, in_link, in_bold = 0, "body", False, False
        node: LexborNode | None = root.first_child
        seen = 0
        while node is not None:
            seen += 1
            if seen > MAX_NODES or self.total > MAX_TEXT_CHARACTERS or len(page.blocks) >= MAX_BLOCKS:
                break
            child = None
            name = node.tag or ""
            if name == "-text":
                self._text(node.text_content or "", in_link, in_bold)
            elif name == "br":
                self._break(container, tag)
            elif name[:1] not in "-!" and name not in _SKIP:
                child = node.first_child
                if name == "span" and child is not None and _is_hidden_inline(node):
                    child = None
                if child is not None and len(stack) < MAX_DEPTH:
                    stack.append((node, container, tag, in_link, in_bold))
                    if name in _BLOCK:
                        self._flush(container, tag)
                        container = self._enter(node, name, container, len(stack))
                        tag = name
                    elif name == "a":
                        in_link = True
                        self.links += 1
                    elif name in {"b", "strong"}:
                        in_bold = True
                    node = child
                    continue
                if child is not None:  # too deep: its text is kept, its structure is not
                    self._text(node.text(deep=True)[:MAX_BLOCK_CHARACTERS], in_link, in_bold)
                elif name in _BLOCK:
                    self._flush(container, tag)
            following = node.next
            while following is None and stack:
                node, outer, outer_tag, in_link, in_bold = stack.pop()
                if (node.tag or "") in _BLOCK:
                    self._flush(container, tag)
                container, tag = outer, outer_tag
                following = node.next
            node = following
        self._flush(container, tag)

    def _enter(self, node: LexborNode, name: str, parent: int, depth: int) -> int:
        containers = self.page.containers
        attributes = node.attributes
        css = attributes.get("class") or ""
        names = " ".join(
            filter(None, (css, attributes.get("id"), attributes.get("itemprop"), attributes.get("role")))
        )
        bits = (_signs_of(names[:300]) if names else 0) | _TAG_BITS.get(name, 0)
        if "hidden" in attributes or _HIDDEN_STYLE.search(attributes.get("style") or ""):
            bits |= _BIT["hidden"]
        index = len(containers)
        above = containers[parent].inherited
        containers.append(Container(index, parent, name, bits, above | bits, f"{name}.{css[:60]}", depth))
        if name == "h1":
            self.page.headings.append(" ".join(node.text(deep=True)[:MAX_TITLE_CHARACTERS].split()))
        return index

    def _text(self, text: str, in_link: bool, in_bold: bool) -> None:
        self.parts.append(text)
        size = len(text)
        self.total += size
        if in_link:
            self.linked += len(text.strip())
        if in_bold:
            self.bold += len(text.strip())

    def _break(self, container: int, tag: str) -> None:
        """<br> ends a block after a full sentence or another <br>; else it is a space."""
        tail = "".join(self.parts[-3:]).rstrip(" \t\n\r\xa0")
        if not tail or tail.endswith(_TERMINAL) or (self.parts and self.parts[-1] == "\n"):
            self._flush(container, tag, breaks=True)
        elif self.parts[-1].strip() or len(self.parts) < 2 or self.parts[-2] != "\n":
            self.parts.append("\n")
        else:
            self._flush(container, tag, breaks=True)

    def _flush(self, container: int, tag: str, *, breaks: bool = False) -> None:
        if self.parts:
            text = " ".join("".join(self.parts).split())[:MAX_BLOCK_CHARACTERS]
            if text:
                self.page.blocks.append(
                    Block(text, container, tag, self.linked, self.bold, self.links, breaks=breaks)
                )
            self.parts.clear()
        self.linked = self.bold = self.links = 0
