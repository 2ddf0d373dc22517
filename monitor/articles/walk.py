"""Tree -> the blocks of a page: runs of inline text between block-level tags, and the containers around them.

One pass in document order, without recursion, however deep the tree is nested.
"""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.articles.signs import BITS, TAG_BITS, signs_of
from monitor.errors import PageError

MAX_NODES = 100_000
MAX_BLOCKS = 8_000
MAX_TITLE_CHARACTERS = 600
MAX_DEPTH = 400  # of the walk: below it text is kept and structure is not
MAX_BLOCK_CHARACTERS = 200_000
MAX_TEXT_CHARACTERS = 2_000_000

_SKIP = frozenset(
    """
    script style noscript template svg iframe object embed select option textarea canvas audio video
    map head button math applet frameset datalist input dialog
    """.split()
)
_BLOCK = frozenset(
    """
    p div li ul ol dl dt dd td th tr table tbody thead tfoot section article aside header footer nav
    main h1 h2 h3 h4 h5 h6 blockquote pre figure figcaption form fieldset hr address center body
    caption details summary menu dir legend
    """.split()
)
_TERMINAL = (".", "!", "?", "…", ":", ";", "»", "”", '"', ")", "·", "|")
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
class Walked:
    """What the walk found."""

    blocks: list[Block]
    containers: list[Container]
    headings: list[str]  # h1, in order


def walk(tree: LexborHTMLParser) -> Walked:
    """Return the blocks of `tree`. Raises PageError `not-html` where it has no element."""
    walker = _Walk()
    walker.run(tree)
    return walker.found


def _is_hidden_inline(node: LexborNode) -> bool:
    """A span that readers do not see, in the midst of a sentence: a tooltip, text for screen readers."""
    attributes = node.attributes
    if not attributes:
        return False
    names = attributes.get("class")
    style = attributes.get("style")
    return bool((names and _HIDDEN_INLINE.search(names)) or (style and _HIDDEN_STYLE.search(style)))


class _Walk:
    def __init__(self) -> None:
        self.found = Walked([], [], [])
        self.parts: list[str] = []
        self.linked = self.bold = self.links = 0
        self.total = 0

    def run(self, tree: LexborHTMLParser) -> None:
        root = tree.body or tree.root
        if root is None:
            raise PageError("not-html", "there is no element in the page")
        found = self.found
        found.containers.append(Container(0, 0, "body", 0, 0, "body", 0))
        # (node, container, tag, in a link, in bold); the container of the nearest block-level element
        stack: list[tuple[LexborNode, int, str, bool, bool]] = []
        container, tag, in_link, in_bold = 0, "body", False, False
        node: LexborNode | None = root.first_child
        seen = 0
        while node is not None:
            seen += 1
            if seen > MAX_NODES or self.total > MAX_TEXT_CHARACTERS or len(found.blocks) >= MAX_BLOCKS:
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
        containers = self.found.containers
        attributes = node.attributes
        css = attributes.get("class") or ""
        names = " ".join(
            filter(None, (css, attributes.get("id"), attributes.get("itemprop"), attributes.get("role")))
        )
        bits = (signs_of(names[:300]) if names else 0) | TAG_BITS.get(name, 0)
        if "hidden" in attributes or _HIDDEN_STYLE.search(attributes.get("style") or ""):
            bits |= BITS["hidden"]
        index = len(containers)
        above = containers[parent].inherited
        containers.append(Container(index, parent, name, bits, above | bits, f"{name}.{css[:60]}", depth))
        if name == "h1":
            self.found.headings.append(" ".join(node.text(deep=True)[:MAX_TITLE_CHARACTERS].split()))
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
                self.found.blocks.append(
                    Block(text, container, tag, self.linked, self.bold, self.links, breaks=breaks)
                )
            self.parts.clear()
        self.linked = self.bold = self.links = 0
