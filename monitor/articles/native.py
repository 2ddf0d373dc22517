"""Page -> the blocks that are the article, by two small forests of trees that ship as text.

The first judges each block by its own columns (features.py), the second also by what the first says of
the whole page. Both are trained by `bench/train_native.py`; their splits and leaves are in
`data/native.json`.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from monitor.articles.features import OWN, PAGE, Floats, Layout, Numbers, own_columns, page_columns
from monitor.articles.forest import Forest
from monitor.articles.page import Page

HOPELESS = -3.0  # log-odds of the first forest below which the second is not asked
THRESHOLD = -0.2  # log-odds; below zero because a lost paragraph costs a reader more than a stray line


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which blocks are the article. `doubt` is 0 where the model is sure of every word, and grows."""

    chosen: tuple[int, ...]  # indexes into page.blocks
    words: int
    doubt: float


@lru_cache(maxsize=1)
def _forests() -> tuple[Forest, Forest]:
    stored = json.loads(files("monitor.articles").joinpath("data/native.json").read_text(encoding="utf-8"))
    return Forest.read(stored["own"], OWN), Forest.read(stored["page"], (*OWN, *PAGE))


def judge(page: Page, title: str) -> Verdict:
    """Return the blocks of `page` that are its article. `title` is the headline, where it is known."""
    if not page.blocks:
        return Verdict((), 0, 1.0)
    own, layout = own_columns(page, title)
    scores = scores_of(_forests(), own, layout)
    chosen = np.flatnonzero(scores > THRESHOLD)
    words = int(layout.words[chosen].sum())
    unsure = float((layout.words * np.exp(-np.abs(scores)))[scores > -3].sum())
    return Verdict(tuple(chosen.tolist()), words, unsure / max(1, words))


def scores_of(forests: tuple[Forest, Forest], own: Floats, layout: Layout) -> Numbers:
    """Return the log-odds of each block, from its own columns and the layout of its page."""
    first, second = forests
    hints = first.scores(own)
    asked = hints > HOPELESS
    columns = np.concatenate((own[:, asked], page_columns(layout, hints)[:, asked]))
    scores = np.full(len(hints), HOPELESS)
    scores[asked] = second.scores(columns)
    return scores
