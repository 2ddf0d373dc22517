"""Page -> for each block the features by which the native extractor judges it.

All features are names that a block has or has not, so that the shipped coefficients can be read. What
they look at: the block's own form, the names of the elements around it, its neighbours, its place
relative to the container that holds most running text, and how its siblings of one template look.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from monitor.articles.page import Page
from monitor.articles.signs import SIGNS
from monitor.articles.walk import Block
from monitor.articles.wordlists import word_table

_WORDISH = re.compile(r"\w+")
_END = re.compile(r"[.!?…;]['\"”’»)\]]*$|[:,]$")
_FULL_STOP = re.compile(r"[.!?…]['\"”’»)\]]*$")
_DATE = re.compile(r"(?:19|20)\d\d|\d\d?[:.]\d\d\b")
_WEB = re.compile(r"https?:|www\.|\w@\w|\.(?:com|ru|org|net|gr|pl|ua)\b")
_MARKS = re.compile(r"©|\ball rights\b|copyright", re.IGNORECASE)
_BULLET = re.compile(r"^[•·▪►▶»→>*|]")
_SPLIT_BAR = re.compile(r"[|»/•]")
_TOPIC_WORDS = 60
_WORD_BUCKETS = (2, 4, 7, 11, 16, 24, 36, 60, 100)
_PARAGRAPH_TAGS = frozenset(
    {"p", "blockquote", "pre", "h1", "h2", "h3", "h4", "li", "td", "div", "figcaption", "dd", "dt", "th"}
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the features of a block and of its neighbours are made of."""

    words: int
    linked: float  # share of its characters inside links
    bucket: str


def shapes(blocks: list[Block]) -> list[Shape]:
    """Return the size and link density of each block."""
    found = []
    for block in blocks:
        words = block.text.count(" ") + 1  # white space is folded
        linked = min(1.0, block.linked / max(1, len(block.text)))
        found.append(Shape(words, linked, f"{_bucket(words)}{_density(linked)}"))
    return found


def _bucket(words: int) -> int:
    return bisect_left(_WORD_BUCKETS, words)


def _density(linked: float) -> str:
    return (
        "-"
        if linked == 0
        else "a"
        if linked < 0.2
        else "b"
        if linked < 0.5
        else "c"
        if linked < 0.85
        else "d"
    )


def best_container(page: Page, forms: list[Shape]) -> int:
    """Return the container that holds most running text close below it.

    The score of readability (Arc90): each paragraph gives its length to its parent, half to the
    grandparent, a third to the next.
    """
    scores: dict[int, float] = {}
    containers = page.containers
    for block, form in zip(page.blocks, forms, strict=True):
        if form.words < 8 or form.linked > 0.4:
            continue
        weight = (1 + min(form.words, 120) / 20 + block.text.count(",")) * (1 - form.linked)
        index = (
            containers[block.container].parent if block.tag in {"p", "li", "blockquote"} else block.container
        )
        for share in (1.0, 0.5, 0.33):
            scores[index] = scores.get(index, 0.0) + weight * share
            if index == 0:
                break
            index = containers[index].parent
    return max(scores, key=scores.__getitem__) if scores else 0


def block_features(page: Page, title: str) -> tuple[list[Shape], list[list[str]]]:
    """Return the shape and the feature names of each block of `page`."""
    blocks, containers = page.blocks, page.containers
    forms = shapes(blocks)
    best = best_container(page, forms)
    levels = _levels(page, best)
    templates = _templates(page, forms)
    heading = _first_heading(blocks, title)
    title_key = _key(title)
    total = max(1, len(blocks))
    inside = [i for i, block in enumerate(blocks) if levels[block.container].startswith("in")]
    first, last = (inside[0], inside[-1]) if inside else (0, total)
    after_comments = False
    under = ""
    under_since = 0
    rows: list[list[str]] = []
    for index, (block, form) in enumerate(zip(blocks, forms, strict=True)):
        container = containers[block.container]
        row = ["bias", f"size:{form.bucket}", f"w:{_bucket(form.words)}", f"l:{_density(form.linked)}"]
        row.append(f"tag:{block.tag}" if block.tag in _PARAGRAPH_TAGS else "tag:other")
        _own_features(row, block, form, title_key)
        signs = container.inherited
        row.extend(_sign_names(signs, container.signs))
        after_comments = after_comments or bool(container.signs >> _COMMENT & 1)
        if after_comments:
            row.append("after-comments")
        topics = _topics(block.text) if form.words <= _TOPIC_WORDS else set()
        size = "s" if form.words <= 8 else "m" if form.words <= 25 else "l"
        row.extend(f"says:{topic}:{size}" for topic in topics)
        if "comment" in topics and form.words <= 6:
            row.append("comment-head")
            under, under_since = "comment", index
        elif "related" in topics and form.words <= 6:
            row.append("related-head")
            under, under_since = "related", index
        elif under == "related" and form.words >= 30 and form.linked < 0.2:
            under = ""
        elif under:
            row.append(f"under:{under}:{min(4, (index - under_since) // 4)}")
        _neighbour_features(row, forms, index)
        level = levels[block.container]
        row.append(f"best:{level}")
        if first <= index <= last:
            row.append("span:in")
        else:
            away = min(9, (first - index if index < first else index - last) // 3)
            row.append(f"span:{'-' if index < first else '+'}{away}")
        if heading is not None:
            row.append("head:before" if index < heading else f"head:{min(5, (index - heading) // 4)}")
        row.append(f"like:{templates[container.name, containers[container.parent].name]}")
        row.append(f"place:{index * 8 // total}")
        if container.tag in {"td", "tr"} or containers[container.parent].tag in {"td", "tr"}:
            row.append("in:td")
        if form.words >= 12:
            row.append(f"long&best:{level}")
            row.extend(_long_sign_names(signs))
        rows.append(row)
    return forms, rows


_COMMENT = SIGNS.index("comment")


def _own_features(row: list[str], block: Block, form: Shape, title_key: str) -> None:
    text = block.text
    if _FULL_STOP.search(text):
        row.append("full-stop" if form.words >= 6 else "short-stop")
    elif _END.search(text):
        row.append("half-stop")
    else:
        row.append("no-stop:long" if form.words >= 16 else "no-stop")
    if block.bold * 2 > len(text):
        row.append("bold")
    if block.links > 1 and block.links * 6 > form.words:
        row.append("many-links")
    head = text[:160]
    if form.words <= 25:
        if _DATE.search(head):
            row.append("date")
        if _WEB.search(head):
            row.append("web")
        if _MARKS.search(head):
            row.append("rights")
        if _BULLET.search(head):
            row.append("bullet")
        if _SPLIT_BAR.search(head):
            row.append("bars")
        if text.isupper():
            row.append("upper")
        if title_key and form.words >= 3:
            key = _key(text)
            if key == title_key:
                row.append("is-title")
            elif len(key) > 12 and (key in title_key or title_key in key):
                row.append("like-title")
    if text[:1].islower():
        row.append("starts-lower")
    commas = text.count(",")
    if commas:
        row.append(f"commas:{min(3, commas)}")
    if block.breaks:
        row.append("br")


@lru_cache(maxsize=1)
def _topic_of() -> dict[str, str]:
    return {word: topic for topic, words in word_table("topics").items() for word in words}


def _topics(text: str) -> set[str]:
    known = _topic_of()
    return {known[word] for word in known.keys() & set(_WORDISH.findall(text.lower()))}


def _neighbour_features(row: list[str], forms: list[Shape], index: int) -> None:
    for step in (-2, -1, 1, 2):
        at = index + step
        row.append(f"n{step}:{forms[at].bucket}" if 0 <= at < len(forms) else f"n{step}:edge")
    near = forms[max(0, index - 4) : index + 5]
    running = sum(f.words for f in near if f.linked < 0.3 and f.words >= 10)
    row.append(f"near:{min(6, running // 40)}")


def _key(text: str) -> str:
    return "".join(_WORDISH.findall(text.casefold()))


@lru_cache(maxsize=65536)
def _sign_names(inherited: int, own: int) -> tuple[str, ...]:
    names = [f"in:{name}" for bit, name in enumerate(SIGNS) if inherited >> bit & 1]
    return (*names, *(f"at:{name}" for bit, name in enumerate(SIGNS) if own >> bit & 1))


@lru_cache(maxsize=65536)
def _long_sign_names(inherited: int) -> tuple[str, ...]:
    return tuple(f"long&in:{name}" for bit, name in enumerate(SIGNS) if inherited >> bit & 1)


def _levels(page: Page, best: int) -> list[str]:
    """Return for each container how it stands to the best one: inside it, or beside it at some level up."""
    containers = page.containers
    up = {best: 0}
    above = best
    while above:
        above = containers[above].parent
        up[above] = len(up)
    joins = [0] * len(containers)  # how far above the best one a container's branch joins it
    down = [0] * len(containers)
    for container in containers:  # parents come first
        index = container.index
        if index in up:
            joins[index] = up[index]
        else:
            joins[index] = joins[container.parent]
            down[index] = down[container.parent] + 1
    return [f"up{min(j, 5)}" if j else f"in{min(d, 4)}" for j, d in zip(joins, down, strict=True)]


def _templates(page: Page, forms: list[Shape]) -> dict[tuple[str, str], str]:
    """Return for each template (names of container and parent) how its blocks look taken together."""
    sums: dict[tuple[str, str], list[float]] = {}
    for block, form in zip(page.blocks, forms, strict=True):
        container = page.containers[block.container]
        entry = sums.setdefault((container.name, page.containers[container.parent].name), [0.0, 0.0, 0.0])
        entry[0] += 1
        entry[1] += form.words
        entry[2] += form.linked * form.words
    looks = {}
    for name, (count, words, linked) in sums.items():
        many = "1" if count == 1 else "few" if count < 5 else "many"
        looks[name] = f"{many}/{min(4, int(words / count) // 8)}/{_density(linked / max(1.0, words))}"
    return looks


def _first_heading(blocks: list[Block], title: str) -> int | None:
    """Return the index of the block that is the headline: the h1, or the line that the title repeats."""
    key = _key(title)
    for index, block in enumerate(blocks):
        if len(block.text) <= 300:
            own = _key(block.text)
            if len(own) >= 10 and key and (own == key or (own in key and len(own) * 2 > len(key))):
                return index
    return next((index for index, block in enumerate(blocks) if block.tag == "h1"), None)
