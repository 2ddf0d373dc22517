"""Tree -> the blocks of a page: runs of inline text between block-level tags, and the containers around them.

One pass in document order, without recursion, however deep the tree is nested.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.articles.signs import BITS, TAG_BITS, signs_of
from monitor.errors import PageError
from monitor.text import fold_space

MAX_NODES = 100_000
MAX_BLOCKS = 5_000
MAX_TITLE_CHARACTERS = 600
MAX_DEPTH = 400  # of the walk: below it text is kept and structure is not
MAX_BLOCK_CHARACTERS = 100_000
MAX_TEXT_CHARACTERS = 2_000_000

# What to do with an element: skip it, or walk into it as a part of the line or as a block.
_Role = Literal["block", "skip", "break", "link", "bold", "span"]
_ROLES: dict[str, _Role] = {
    **dict.fromkeys(
        """
        script style noscript template svg iframe object embed select option textarea canvas audio video
        map head button math applet frameset datalist input dialog -comment -doctype -document
        """.split(),
        "skip",
    ),
    **dict.fromkeys(
        """
        p div li ul ol dl dt dd td th tr table tbody thead tfoot section article aside header footer nav
        main h1 h2 h3 h4 h5 h6 blockquote pre figure figcaption form fieldset hr address center body
        caption details summary menu dir legend
        """.split(),
        "block",
    ),
    "br": "break",
    "a": "link",
    "b": "bold",
    "strong": "bold",
    "span": "span",
    "": "skip",  # neither element nor text
}
_NAMES = frozenset({"class", "id", "itemprop", "role"})
_TERMINAL = (".", "!", "?", "…", ":", ";", "»", "”", '"', ")", "·", "|")
_HIDDEN_INLINE = re.compile(
    r"(?:^|[\s_-])(?:hidden|screen-?reader-?\w*|sr-only|visually-?hidden|tooltip\w*|popover|rollover-(?:people-)?block)",
    re.IGNORECASE,
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


class Containers(NamedTuple):
    """The elements that hold blocks, from the root, which is the first: each thing known of them, of all.

    A page has hundreds, and most are only counted: an object for each would take longer than the rest.
    """

    parent: Sequence[int]  # index of the one around; of the root its own
    signs: Sequence[int]  # bits of this element
    inherited: Sequence[int]  # bits of this element and all above it
    name: Sequence[str]  # tag and class: equal for siblings drawn by one template
    depth: Sequence[int]


class Block(NamedTuple):
    """A run of inline text. `linked` and `bold` count characters inside links and emphasis."""

    text: str
    container: int  # index of the one that it stands in
    tag: str
    linked: int
    bold: int
    links: int
    breaks: bool  # ended by <br>


@dataclass(slots=True)
class Walked:
    """What the walk found."""

    blocks: list[Block]
    containers: Containers
    headings: list[str]  # h1, in order


def walk(tree: LexborHTMLParser) -> Walked:
    """Return the blocks of `tree`. Raises PageError `not-html` where it has no element."""
    root = tree.body or tree.root
    if root is None:
        raise PageError("not-html", "there is no element in the page")
    walker = _Walk()
    walker.run(root)
    return Walked(walker.blocks, Containers(*zip(*walker.containers, strict=True)), walker.headings)


def _is_hidden_inline(node: LexborNode) -> bool:
    """A span that readers do not see, in the midst of a sentence: a tooltip, text for screen readers."""
    attributes = node.attributes
    if not attributes:
        return False
    names = attributes.get("class")
    style = attributes.get("style")
    return bool((names and _HIDDEN_INLINE.search(names)) or (style and _HIDDEN_STYLE.search(style)))


# What holds for the text right inside an element: its container, whether it is in a link, in bold.
_Place = tuple[int, bool, bool]
# A container as `Containers` has it: parent, signs, inherited signs, name, depth.
_Container = tuple[int, int, int, str, int]


class _Walk:
    """The state between two nodes; a run of text ends where the next node stands in another container."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.containers: list[_Container] = [(0, 0, 0, "body", 0)]
        self.tags = ["body"]  # of the containers
        self.headings: list[str] = []
        self.container = 0  # of the run of text at hand
        self.parts: list[str] = []
        self.linked = self.bold = self.links = 0

    def run(self, root: LexborNode) -> None:
        blocks, parts = self.blocks, self.parts
        # What follows the elements around the node at hand.
        behind: list[tuple[LexborNode | None, _Place]] = [(root.child, (0, False, False))]
        node: LexborNode | None = None
        seen = total = 0
        while behind:
            node, place = behind.pop()
            container, in_link, in_bold = place
            while node is not None and seen < MAX_NODES:
                seen += 1
                if container != self.container:
                    if parts or self.links:
                        self._flush()
                    self.container = container
                name = node.tag or ""
                if name == "-text":
                    text = node.text_content or ""
                    if parts or not text.isspace():
                        parts.append(text)
                        total += len(text)
                        if in_link:
                            self.linked += len(text.strip())
                        if in_bold:
                            self.bold += len(text.strip())
                        if total > MAX_TEXT_CHARACTERS or len(blocks) >= MAX_BLOCKS:
                            behind.clear()
                            break
                    node = node.next
                    continue
                role = _ROLES.get(name)
                if role == "skip" or (role == "span" and _is_hidden_inline(node)):
                    node = node.next
                elif role == "break":
                    self._break()
                    node = node.next
                else:
                    behind.append((node.next, place))
                    if role == "block":
                        if parts or self.links:
                            self._flush()
                        container = self._enter(node, name, container)
                    elif role == "link":
                        in_link = True
                        self.links += 1
                    elif role == "bold":
                        in_bold = True
                    place = container, in_link, in_bold
                    node = node.child
        self._flush()

    def _enter(self, node: LexborNode, tag: str, parent: int) -> int:
        _, _, inherited, _, depth = self.containers[parent]
        if depth >= MAX_DEPTH:
            return parent
        attributes = node.attributes
        bits = TAG_BITS.get(tag, 0)
        for attribute, value in attributes.items():
            if attribute in _NAMES:
                if value:
                    bits |= signs_of(value)
            elif attribute == "hidden" or (attribute == "style" and value and _HIDDEN_STYLE.search(value)):
                bits |= BITS["hidden"]
        name = f"{tag}.{(attributes.get('class') or '')[:60]}"
        self.containers.append((parent, bits, inherited | bits, name, depth + 1))
        self.tags.append(tag)
        if tag == "h1":
            self.headings.append(fold_space(node.text(deep=True)[:MAX_TITLE_CHARACTERS]))
        return len(self.tags) - 1

    def _break(self) -> None:
        """<br> ends a block after a full sentence or another <br>; else it is a space."""
        parts = self.parts
        tail = "".join(parts[-3:]).rstrip(" \t\n\r\xa0")
        if not tail or tail.endswith(_TERMINAL) or (parts and parts[-1] == "\n"):
            self._flush(breaks=True)
        elif parts[-1].strip() or len(parts) < 2 or parts[-2] != "\n":
            parts.append("\n")
        else:
            self._flush(breaks=True)

    def _flush(self, *, breaks: bool = False) -> None:
        written = "".join(self.parts)[: 2 * MAX_BLOCK_CHARACTERS]  # megabytes would be cut into words in vain
        text = fold_space(written)[:MAX_BLOCK_CHARACTERS]
        if text:
            tag = self.tags[self.container]
            self.blocks.append(Block(text, self.container, tag, self.linked, self.bold, self.links, breaks))
        self.parts.clear()
        self.linked = self.bold = self.links = 0
