"""Page -> for each block the numbers by which the native extractor judges it.

`own_columns` looks at a block's form, the names of the elements around it, its neighbours, and its place
relative to the container that holds most running text. `page_columns` looks at what a first judgement
says of the whole page: the subtree that holds the most text judged good, the other blocks of one template,
the neighbours. A column is a float for each block; one row of a matrix is one column.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.articles.page import Page
from monitor.articles.signs import SIGNS
from monitor.articles.walk import Containers
from monitor.articles.wordlists import word_table
from monitor.text import fold_lines, fold_space

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[Any]  # counts, indexes, sums

_LEVELS = 4  # a block's container and so many less one above it
_TAGS = ("p", "li", "td", "div", "h", "quote")
_TAG_OF = {
    "p": 0, "li": 1, "td": 2, "th": 2, "div": 3, "h1": 4, "h2": 4, "h3": 4, "h4": 4, "h5": 4, "h6": 4,
    "blockquote": 5, "pre": 5,
}  # fmt: skip
_HELD = ("words", "linked", "running", "share", "blocks")  # by a block's containers
_NEAR = (-3, -2, -1, 1, 2, 3)
_TOPICS = ("comment", "related")
_WINDOWS = (4, 12)  # blocks before and after

OWN: tuple[str, ...] = (
    "words", "letters", "linked", "bold", "links", "commas", "end", "breaks", "digits", "date",
    *(f"tag:{name}" for name in _TAGS),
    *(f"in:{name}" for name in SIGNS), *(f"at:{name}" for name in SIGNS),
    *(f"{what}^{level}" for what in _HELD for level in range(_LEVELS)),
    "depth", "up", "down", "span", "template:blocks", "template:words", "template:linked", "template:end",
    *(f"{what}{step:+}" for what in ("words", "linked") for step in _NEAR),
    "end-1", "end+1", "depth-1", "depth+1", *(f"near:{window}" for window in _WINDOWS),
    "before", "place", "heading", "says:comment", *(f"since:{topic}" for topic in _TOPICS),
    "page:words", "page:running", "page:blocks", "page:linked", "page:modern",
)  # fmt: skip
PAGE: tuple[str, ...] = (
    "z", *(f"z{step:+}" for step in _NEAR), "best:up", "best:down", "left", "right", "both",
    "template:rest", "template:good", "template:mass",
    *(f"{what}^{level}" for what in ("pure", "mass", "gain") for level in range(_LEVELS)),
    "passed", "rest", "passed:words", "rest:words", "gap-", "gap+", "total",
)  # fmt: skip

_DATE = re.compile(r"(?:19|20)\d\d|\d\d?[:.]\d\d\b")
_DIGIT = re.compile(r"\d")
_SHORT_WORDS = 25
_HEAD_CHARACTERS = 160
_TOPIC_WORDS = 60
_TOPIC_HEAD_WORDS = 6
_FAR = 999.0
_CLOSING = "'\"”’»)]"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the blocks of a page stand: what both sets of columns are made from."""

    words: Floats  # of each block
    at: Numbers  # (levels, blocks): the containers of each block, from the nearest up
    template: Numbers  # of each block: equal for blocks drawn by one template
    parent: Sequence[int]  # of each container
    depth: Numbers  # of each container
    end: Numbers  # of each container: the index behind the last one inside it

    def inside(self, sums: Numbers) -> Numbers:
        """Return, from a number for each container, the sum over all containers inside it and itself."""
        before = np.zeros(len(sums) + 1)
        np.cumsum(sums, out=before[1:])
        return np.asarray(before[self.end] - before[:-1])

    def per_container(self, values: Numbers) -> Numbers:
        """Return the sum of `values` (one for each block) over the blocks inside each container."""
        return self.inside(np.bincount(self.at[0], values, len(self.parent)))

    def places(self, best: int) -> tuple[Numbers, Numbers]:
        """Return for each container how far above `best` its branch joins it, and how far below that it is.

        Both are counted in containers.
        """
        chain = [best]
        while chain[-1]:
            chain.append(self.parent[chain[-1]])
        up = np.zeros(len(self.parent), np.int64)
        for step in range(len(chain) - 1, -1, -1):
            up[chain[step] : self.end[chain[step]]] = step
        return up, self.depth - self.depth[chain][up]


def own_columns(page: Page, title: str) -> tuple[Floats, Layout]:
    """Return the columns `OWN` of the blocks of `page`, which has some, and the layout.

    `title` is the headline, where it is known.
    """
    blocks, containers = page.blocks, page.containers
    count = len(blocks)
    texts, container, tag_names, linked_characters, bold_characters, links, breaks = zip(*blocks, strict=True)
    found = np.zeros((len(OWN), count), np.float32)
    row = dict(zip(OWN, found, strict=True))  # writing to a row writes to `found`
    characters = np.array([len(text) for text in texts], np.float32)
    words = row["words"]
    words[:] = [text.count(" ") + 1 for text in texts]  # white space is folded
    row["letters"][:] = characters / words
    linked = row["linked"]
    linked[:] = np.minimum(1, np.array(linked_characters) / characters)
    row["bold"][:] = np.minimum(1, np.array(bold_characters) / characters)
    row["links"][:] = links
    commas = row["commas"]
    commas[:] = [text.count(",") for text in texts]
    end = row["end"]
    end[:] = [_END_OF.get(text[-4:].rstrip(_CLOSING)[-1:], 0) for text in texts]
    row["breaks"][:] = breaks
    short = words <= _SHORT_WORDS
    heads = [text[:_HEAD_CHARACTERS] if is_short else "" for text, is_short in zip(texts, short, strict=True)]
    digits = _hits(_DIGIT, heads)
    row["digits"][:] = digits / characters
    row["date"][:] = _hits(_DATE, [head if has else "" for head, has in zip(heads, digits, strict=True)])
    tags = np.array([_TAG_OF.get(name, len(_TAGS)) for name in tag_names])
    first = OWN.index("tag:p")
    found[first : first + len(_TAGS)] = tags == np.arange(len(_TAGS))[:, None]

    layout = _layout(containers, words, container, tags)
    _fill_signs(found, containers, layout)
    running = np.where((words >= 10) & (linked < 0.4), words, 0)
    first = OWN.index("words^0")
    found[first : first + len(_HELD) * _LEVELS] = _fill_levels(layout, linked, running)
    depth = row["depth"]
    depth[:] = layout.depth[layout.at[0]]
    weights = np.where(
        (words >= 8) & (linked <= 0.4), (1 + np.minimum(words, 120) / 20 + commas) * (1 - linked), 0
    )
    up, down = layout.places(
        _best_container(layout, weights, (tags <= _TAG_OF["li"]) | (tags == _TAG_OF["blockquote"]))
    )
    row["up"][:], row["down"][:] = up[layout.at[0]], down[layout.at[0]]
    index = np.arange(count)
    inside = np.flatnonzero(row["up"] == 0)
    if len(inside):
        row["span"][:] = np.minimum(index - inside[0], 0) + np.maximum(index - inside[-1], 0)
    _fill_templates(row, layout, linked, end)
    for name, values, steps in (("words", words, _NEAR), ("linked", linked, _NEAR), ("end", end, (-1, 1))):
        for step in steps:
            _shift(row[f"{name}{step:+}"], values, step, -1)
    for step in (-1, 1):
        _shift(row[f"depth{step:+}"], depth, step, -1)
        row[f"depth{step:+}"] -= depth
    passed = np.concatenate(((0.0,), np.cumsum(running)))
    for window in _WINDOWS:
        row[f"near:{window}"][:] = (
            passed[np.minimum(count, index + window + 1)] - passed[np.maximum(0, index - window)]
        )
    row["before"][:] = passed[:-1] / max(1.0, passed[-1])
    row["place"][:] = index / count
    heading = _heading(page, title)
    row["heading"][:] = index - heading if heading is not None else -_FAR
    _fill_topics(row, page.folded, words)
    total = float(words.sum())
    row["page:words"][:] = np.log1p(total)
    row["page:running"][:] = np.log1p(passed[-1])
    row["page:blocks"][:] = np.log1p(count)
    row["page:linked"][:] = (words * linked).sum() / total
    row["page:modern"][:] = "viewport" in page.metas
    return found, layout


_END_OF = {".": 2, "!": 2, "?": 2, "…": 2, ";": 1, ":": 1, ",": 1}


def _hits(pattern: re.Pattern[str], lines: Sequence[str]) -> Numbers:
    """Return how often `pattern`, which matches on one line, is found in each line: one scan for all."""
    hits = [match.start() for match in pattern.finditer("\n".join(lines))]
    ends = np.cumsum(np.array(list(map(len, lines))) + 1)
    return np.bincount(np.searchsorted(ends, hits, "right"), minlength=len(lines))


def _layout(containers: Containers, words: Floats, of_block: Sequence[int], tags: Numbers) -> Layout:
    parent = containers.parent
    end = list(range(1, len(parent) + 1))
    for index in range(len(parent) - 1, 0, -1):  # a container comes after its parent
        if end[index] > end[parent[index]]:
            end[parent[index]] = end[index]
    above = np.array(parent)
    at = np.empty((_LEVELS, len(of_block)), np.int64)
    at[0] = of_block
    for lower, upper in pairwise(range(_LEVELS)):
        at[upper] = above[at[lower]]
    name = containers.name
    names: dict[tuple[str, str], int] = {}
    drawn = [(name[one], name[parent[one]]) for one in of_block]
    template = np.array([names.setdefault(two, len(names)) for two in drawn])
    depth = np.array(containers.depth)
    return Layout(words, at, template * (len(_TAGS) + 1) + tags, parent, depth, np.array(end))


def _fill_signs(found: Floats, containers: Containers, layout: Layout) -> None:
    bits = np.arange(len(SIGNS))[:, None]
    inherited = np.array(containers.inherited)[layout.at[0]]
    own = np.array(containers.signs)
    near = own[layout.at[0]] | own[layout.at[1]]
    first = OWN.index(f"in:{SIGNS[0]}")
    found[first : first + len(SIGNS)] = inherited >> bits & 1
    first += len(SIGNS)
    found[first : first + len(SIGNS)] = near >> bits & 1


def _fill_levels(layout: Layout, linked: Floats, running: Numbers) -> Numbers:
    """Return what the containers of each block hold, level by level: see `_HELD`."""
    at, ones = layout.at, np.ones(len(linked))
    words, links, run, blocks = (
        layout.per_container(values)[at] for values in (layout.words, layout.words * linked, running, ones)
    )
    size = np.maximum(1, words)
    return np.concatenate((words, links / size, run / size, run / max(1.0, float(running.sum())), blocks))


def _best_container(layout: Layout, weights: Numbers, in_parent: Numbers) -> int:
    """Return the container that holds most running text close below it.

    The score of readability (Arc90): each paragraph gives its length to its parent, half to the
    grandparent, a third to the next.
    """
    near = np.where(in_parent, layout.at[1], layout.at[0])
    above = np.array(layout.parent)
    scores = np.zeros(len(above))
    for share in (1.0, 0.5, 0.33):
        scores += share * np.bincount(near, weights, len(above))
        near = above[near]
    return int(scores.argmax())


def _fill_templates(row: dict[str, Floats], layout: Layout, linked: Floats, end: Floats) -> None:
    """How the blocks of one template look taken together."""
    of = layout.template // (len(_TAGS) + 1)
    blocks = np.maximum(1, np.bincount(of))
    words = np.bincount(of, layout.words)
    row["template:blocks"][:] = blocks[of]
    row["template:words"][:] = (words / blocks)[of]
    row["template:linked"][:] = (np.bincount(of, layout.words * linked) / np.maximum(1, words))[of]
    row["template:end"][:] = (np.bincount(of, end == 2) / blocks)[of]


def _shift(target: Numbers, values: Numbers, step: int, edge: float) -> None:
    """Fill `target` with the `values` that stand `step` places on."""
    if step < 0:
        target[:-step], target[-step:] = edge, values[:step]
    else:
        target[-step:], target[:-step] = edge, values[step:]


def _heading(page: Page, title: str) -> int | None:
    """Return the index of the block that is the headline: the line that the title repeats, or the h1."""
    key = _squeezed(fold_lines([fold_space(title)])[0])
    for index, folded in enumerate(page.folded if key else ()):
        if 10 <= len(folded) <= 300:
            own = _squeezed(folded)
            if len(own) >= 10 and (own == key or (own in key and len(own) * 2 > len(key))):
                return index
    return next((index for index, block in enumerate(page.blocks) if block.tag == "h1"), None)


def _squeezed(folded: str) -> str:
    return folded.replace(" ", "")


@lru_cache(maxsize=1)
def _topic_of() -> dict[str, int]:
    return {word: _TOPICS.index(topic) for topic, words in word_table("topics").items() for word in words}


def _fill_topics(row: dict[str, Floats], folded: Sequence[str], words: Floats) -> None:
    """Which blocks talk of comments, and how far above each a heading of comments or of links stands."""
    known = _topic_of()
    says = np.zeros((len(_TOPICS), len(folded)), bool)
    lines = [line or "-" for line in folded]  # so that each has a word
    ends = np.cumsum([line.count(" ") + 1 for line in lines])
    told = [(at, known[word]) for at, word in enumerate(" ".join(lines).split(" ")) if word in known]
    if told:
        at, topics = np.array(told).T
        says[topics, np.searchsorted(ends, at, "right")] = True
        says &= words <= _TOPIC_WORDS
    row["says:comment"][:] = says[0]
    index = np.arange(len(folded))
    for topic, where in zip(_TOPICS, says, strict=True):
        last = np.maximum.accumulate(np.where(where & (words <= _TOPIC_HEAD_WORDS), index, -1))
        row[f"since:{topic}"][:] = np.where(last >= 0, index - last, _FAR)


def page_columns(layout: Layout, scores: Numbers) -> Floats:
    """Return the columns `PAGE`; `scores` are the log-odds of a first judgement of each block."""
    count = len(layout.words)
    found = np.empty((len(PAGE), count), np.float32)
    row = dict(zip(PAGE, found, strict=True))
    z = np.clip(scores, -6, 6)
    chance = 1 / (1 + np.exp(-z))
    row["z"][:] = z
    for step in _NEAR:
        _shift(row[f"z{step:+}"], z, step, -7)

    words = np.minimum(layout.words, 80)
    good, every = layout.per_container(chance * words), layout.per_container(words)
    gain = 2 * good - every
    ties = np.flatnonzero(gain == gain.max())
    best = int(ties[np.lexsort((ties, layout.depth[ties]))[-1]])  # the deepest
    up, down = layout.places(best)
    total = max(1.0, float(good[0]))
    row["best:up"][:], row["best:down"][:] = up[layout.at[0]], down[layout.at[0]]
    row["total"][:] = total
    rest = every[layout.at] - words
    first = PAGE.index("pure^0")
    found[first : first + _LEVELS] = np.where(
        rest > 0, (good[layout.at] - chance * words) / np.maximum(rest, 1e-9), -1
    )
    found[first + _LEVELS : first + 2 * _LEVELS] = good[layout.at] / total
    found[first + 2 * _LEVELS : first + 3 * _LEVELS] = gain[layout.at] / max(1.0, float(gain[best]))

    strength = chance * np.minimum(1, layout.words / 15)
    padded = np.concatenate((np.zeros(6), strength, np.zeros(6)))
    pairs = np.maximum(padded[:-1], padded[1:])
    windows = np.maximum(np.maximum(pairs[:-4], pairs[2:-2]), pairs[4:])  # of six blocks
    row["left"][:], row["right"][:] = windows[:count], windows[7:]
    row["both"][:] = np.minimum(row["left"], row["right"])

    size = np.minimum(layout.words, 60) + 1
    template = layout.template
    mass, whole = np.bincount(template, chance * size)[template], np.bincount(template, size)[template]
    others = whole - size
    row["template:rest"][:] = others
    row["template:good"][:] = np.where(others > 0, (mass - chance * size) / np.maximum(others, 1e-9), -1)
    row["template:mass"][:] = mass / total

    passed = np.concatenate(((0.0,), np.cumsum(chance * size)))
    row["passed:words"][:], row["rest:words"][:] = passed[:-1], passed[-1] - passed[1:]
    row["passed"][:] = row["passed:words"] / max(1.0, passed[-1])
    row["rest"][:] = row["rest:words"] / max(1.0, passed[-1])
    index = np.arange(count)
    sure = np.flatnonzero(chance > 0.8)
    before = np.concatenate(((-99,), sure))[np.searchsorted(sure, index, "left")]
    after = np.concatenate((sure, (count + 99,)))[np.searchsorted(sure, index, "right")]
    row["gap-"][:], row["gap+"][:] = np.minimum(99, index - before), np.minimum(99, after - index)
    return found
