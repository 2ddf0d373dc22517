"""Page -> the blocks that are the article, by two small linear models whose coefficients ship as text.

The first judges each block by its own features (features.py). The second sees what the first says of
the whole page: the subtree that holds the most text judged good, the other blocks of one template, the
neighbours. Both are logistic regressions, trained by `bench/train_native.py`; the coefficients are in
`data/native.json` and can be read.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from monitor.articles.features import Shape, block_features
from monitor.articles.page import Page

Feature = tuple[str, float]
HOPELESS = -4.5  # log-odds of the first model below which the second is not asked
THRESHOLD = -0.2  # log-odds; below zero because a lost paragraph costs a reader more than a stray line


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which blocks are the article. `doubt` is 0 where the model is sure of every word, and grows."""

    chosen: tuple[int, ...]  # indexes into page.blocks
    words: int
    doubt: float


@lru_cache(maxsize=1)
def _coefficients() -> tuple[Mapping[str, float], Mapping[str, float]]:
    loaded = json.loads(files("monitor.articles").joinpath("data/native.json").read_text(encoding="utf-8"))
    return loaded["block"], loaded["page"]


def judge(page: Page, title: str) -> Verdict:
    """Return the blocks of `page` that are its article. `title` is the headline, where it is known."""
    if not page.blocks:
        return Verdict((), 0, 1.0)
    first, second = _coefficients()
    forms, names = block_features(page, title)
    known = first.get
    scores = [sum(known(name, 0.0) for name in row) for row in names]
    final = [
        sum(second.get(name, 0.0) * value for name, value in row)
        for row in page_features(page, forms, scores)
    ]
    chosen = tuple(index for index, score in enumerate(final) if score > THRESHOLD)
    words = sum(forms[index].words for index in chosen)
    unsure = sum(
        form.words * math.exp(-abs(score)) for form, score in zip(forms, final, strict=True) if score > -3
    )
    return Verdict(chosen, words, unsure / max(1, words))


def page_features(
    page: Page, forms: Sequence[Shape], scores: Sequence[float], floor: float = -math.inf
) -> list[list[Feature]]:
    """Return for each block the features of the second model; `scores` are the first one's log-odds.

    Blocks scored below `floor` get none: no company makes a navigation link a paragraph.
    """
    return _PageView(page, forms, scores).rows(floor)


class _PageView:
    """What the first model says of a page, gathered by container and by template."""

    def __init__(self, page: Page, forms: Sequence[Shape], scores: Sequence[float]) -> None:
        self.scores = scores
        self.sizes = [form.words for form in forms]
        self.chance = [1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) for score in scores]
        self.blocks = page.blocks
        self.containers = page.containers
        count = len(page.containers)
        self.good, self.all, gain = [0.0] * count, [0.0] * count, [0.0] * count
        for block, size, chance in zip(page.blocks, self.sizes, self.chance, strict=True):
            words = min(size, 80)
            self.good[block.container] += chance * words
            self.all[block.container] += words
            gain[block.container] += words * (2 * chance - 1)
        for index in range(count - 1, 0, -1):  # a container comes after its parent
            parent = page.containers[index].parent
            self.good[parent] += self.good[index]
            self.all[parent] += self.all[index]
            gain[parent] += gain[index]
        self.places = self._places(max(range(count), key=lambda i: (gain[i], page.containers[i].depth)))
        self.templates: dict[tuple[str, str, str], list[float]] = {}
        self.keys = []
        for block, size, chance in zip(page.blocks, self.sizes, self.chance, strict=True):
            container = page.containers[block.container]
            key = (block.tag, container.name, page.containers[container.parent].name)
            words = min(size, 60) + 1
            sums = self.templates.setdefault(key, [0.0, 0.0])
            sums[0] += chance * words
            sums[1] += words
            self.keys.append(key)

    def _places(self, best: int) -> list[tuple[int, int]]:
        """Return for each container how far above the best one it joins it, and how far below that it is."""
        up = {best: 0}
        while best:
            best = self.containers[best].parent
            up[best] = len(up)
        found: list[tuple[int, int]] = []
        for container in self.containers:  # parents come first
            if container.index in up:
                found.append((up[container.index], 0))
            else:
                joins, down = found[container.parent]
                found.append((joins, down + 1))
        return found

    def rows(self, floor: float) -> list[list[Feature]]:
        total = max(1.0, self.good[0])
        strength = [
            chance * min(1.0, size / 15) for chance, size in zip(self.chance, self.sizes, strict=True)
        ]
        found: list[list[Feature]] = []
        passed = 0.0
        for index in range(len(self.blocks)):
            words = min(self.sizes[index], 60) + 1
            share = passed / total
            passed += self.chance[index] * words
            if self.scores[index] < floor:
                found.append([])
                continue
            row = self._own(index, words, total)
            row.append(("start" if share < 0.01 else "tail" if share > 0.97 else "mid", 1.0))
            up, _ = self.places[self.blocks[index].container]
            if share < 0.01 or share > 0.97:
                row.append(
                    (f"{'s' if share < 0.01 else 't'}{min(3, self.sizes[index] // 8)}:{min(up, 1)}", 1.0)
                )
            left = max(strength[max(0, index - 6) : index], default=0.0)
            right = max(strength[index + 1 : index + 7], default=0.0)
            row += (("both", min(left, right)), ("left", left), ("right", right))
            found.append(row)
        return found

    def _own(self, index: int, words: int, total: float) -> list[Feature]:
        score = max(-6.0, min(6.0, self.scores[index]))
        up, down = self.places[self.blocks[index].container]
        size = min(3, self.sizes[index] // 8)
        row: list[Feature] = [("bias", 1.0), ("z", score), ("z+", max(0.0, score))]
        row += ((f"in:{min(up, 3)}", 1.0), (f"in:{min(up, 3)}:{size}", 1.0))
        if up == 0:
            row += ((f"down:{min(down, 4)}", 1.0), ("zin", score))
        for step in (-3, -2, -1, 1, 2, 3):
            at = index + step
            near = self.scores[at] if 0 <= at < len(self.scores) else -5.0
            row.append((f"z{step}", max(-5.0, min(5.0, near))))
        good, all_words = self.templates[self.keys[index]]
        rest = all_words - words
        if rest > 0:
            others = (good - self.chance[index] * words) / rest
            row += (
                ("tp", others * min(1.0, rest / 40)),
                (f"tp:{int(others * 3.99)}:{min(2, int(rest // 40))}", 1.0),
            )
        else:
            row.append(("tp:one", 1.0))
        row.append(("tm", good / total))
        container = self.blocks[index].container
        for level in range(3):
            rest = self.all[container] - words
            pure = (self.good[container] - self.chance[index] * words) / rest if rest > 0 else 0.5
            row += ((f"pure{level}", pure), (f"mass{level}", min(1.0, self.good[container] / total)))
            if container == 0:
                break
            container = self.containers[container].parent
        return row
