"""HTML text -> Page: one parse and one walk, from which extraction and metadata read.

The walk turns the page into a flat list of blocks (runs of inline text between block-level tags) and
remembers for each the containers it stands in. All later stages work on that list, so the tree is
visited once, without recursion, however deep it is nested.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.articles.walk import MAX_TITLE_CHARACTERS, Block, Containers, walk
from monitor.errors import PageError
from monitor.text import fold_lines, fold_space

MAX_CHARACTERS = 12_000_000
MAX_TAGS = 100_000  # fifteen times what the longest of news pages have
MANY_TAGS = 5_000
MAX_NESTING = 3_000
MAX_ATTRIBUTES = 10_000  # of one element
MAX_METAS = 1_000

_OPEN_OR_CLOSE = re.compile(
    r"<(/?)(?!(?:p|li|td|tr|th|dt|dd|br|hr|img|input|meta|link|option|source|wbr|col|area|base|embed|param|track)\b)[a-zA-Z]"
)
# What templates write into JSON.
_NEEDLESS_COMMA = re.compile(r",(?=\s*[\]}])")
_HEAD = 'html,meta,title,link[rel][href],base[href],script[type="application/ld+json"]'


@dataclass(slots=True)
class Page:
    """What the walk found. `metas` maps lower-case names to values in order of the page."""

    blocks: list[Block]
    containers: Containers
    metas: dict[str, list[str]]
    title: str
    html_lang: str
    canonical: str
    base: str
    amp_of: bool
    json_ld: list[dict[str, object]]
    headings: list[str]  # h1, in order
    tree: LexborHTMLParser = field(repr=False)
    folded: list[str] = field(repr=False)  # the words of each block, see `fold_lines`

    def signs(self, block: Block) -> int:
        """Return the sign bits of every element around `block`."""
        return self.containers.inherited[block.container]


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


def parse_page(html: str) -> Page:
    """Parse `html`. Raises PageError `too-large`, `not-html` where it cannot be a page to read."""
    if len(html) > MAX_CHARACTERS:
        raise PageError("too-large", f"the page has {len(html)} characters, the limit is {MAX_CHARACTERS}")
    if not html.strip():
        raise PageError("empty", "the page is empty")
    tags = html.count("<")
    if tags > MANY_TAGS and _nesting(html) > MAX_NESTING:
        raise PageError("too-deep", f"the page nests more than {MAX_NESTING} elements")
    if tags > MAX_TAGS:
        raise PageError("too-large", f"the page has {tags} tags, the limit is {MAX_TAGS}")
    if _attributes(html) > MAX_ATTRIBUTES:
        raise PageError("too-large", f"a tag has more than {MAX_ATTRIBUTES} attributes or classes")
    try:
        tree = LexborHTMLParser(html)
    except (SelectolaxError, ValueError, UnicodeError) as error:
        raise PageError("not-html", f"the parser gave up: {error}") from error
    walked = walk(tree)
    page = Page(
        walked.blocks, walked.containers, {}, "", "", "", "", False, [], walked.headings, tree,
        fold_lines([block.text for block in walked.blocks]),
    )  # fmt: skip
    _read_head(tree, page)
    return page


def _attributes(html: str) -> int:
    """Return how many attributes a tag has at most: the parser compares each with all others of its tag."""
    return max((len(tag.partition(">")[0].split()) for tag in _long_pieces(html)), default=0)


def _long_pieces(html: str) -> Iterator[str]:
    """Yield what stands between two "<" where that is long enough to be a tag of too many attributes."""
    start = 0
    while len(html) - start > 2 * MAX_ATTRIBUTES:
        end = html.rfind("<", start, start + 2 * MAX_ATTRIBUTES)
        if end <= start:  # none within reach
            end = html.find("<", start + 1)
            end = end if end >= 0 else len(html)
            yield html[start:end]
        start = end


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
    metas = 0
    titles: list[LexborNode] = []
    bases: list[LexborNode] = []
    for node in tree.css(_HEAD):  # one search: each goes through the whole tree
        attributes = node.attributes
        match node.tag:
            case "meta":
                metas += 1
                if metas <= MAX_METAS:
                    _read_meta(attributes, page.metas)
            case "link":
                relation = (attributes.get("rel") or "").lower()
                if relation == "canonical" and not page.canonical:
                    page.canonical = (attributes.get("href") or "").strip()
                elif relation == "amphtml":
                    page.amp_of = True
            case "base":
                bases.append(node)
            case "title":
                titles.append(node)
            case "html":
                page.html_lang = (attributes.get("lang") or attributes.get("xml:lang") or "").strip()
            case _:
                page.json_ld.extend(_json_ld(node.text(deep=True)))
    if bases:
        page.base = (bases[0].attributes.get("href") or "").strip()
    if titles:
        page.title = fold_space(titles[0].text(deep=True)[:MAX_TITLE_CHARACTERS])


def _read_meta(attributes: Mapping[str, str | None], metas: dict[str, list[str]]) -> None:
    name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
    name = name or attributes.get("http-equiv")
    # Some stored pages carry `value` where HTML has `content`.
    content = attributes.get("content") or attributes.get("value")
    if name and content:
        metas.setdefault(name.strip().lower(), []).append(content.strip()[:2000])


def _json_ld(source: str) -> list[dict[str, object]]:
    """Return every object of a JSON-LD script, `@graph` opened, nothing where it is not JSON."""
    if len(source) > 1_000_000:
        return []
    source = source.replace("<![CDATA[", "").replace("]]>", "")
    begin = min((at for mark in "[{" if (at := source.find(mark)) >= 0), default=0)
    source = source[
        begin : max(map(source.rfind, "]}")) + 1
    ]  # without the comment around it, the semicolon behind it
    try:
        try:
            loaded = json.loads(source, strict=False)
        except ValueError:
            loaded = json.loads(_NEEDLESS_COMMA.sub("", source), strict=False)
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
