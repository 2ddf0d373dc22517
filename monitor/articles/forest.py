"""Numbers of blocks -> log-odds, by boosted trees whose splits and leaves ship as text.

A tree asks the same question of every block at each of its levels (an oblivious tree), so that it is a
table: the answers are the bits of an index. All trees are asked of all blocks at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitor.articles.features import Floats, Numbers


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees of one depth, of at most 8 levels. Rows of the three tables are trees."""

    bias: float
    levels: int
    rows: Numbers  # (trees * levels): which column each split looks at
    borders: Floats  # (trees * levels, 1): above it the answer is yes
    leaves: Floats  # (trees, 2 ** levels)

    @classmethod
    def read(cls, stored: dict[str, Any], names: Sequence[str]) -> "Forest":
        """Return the forest of a stored object; columns are stored by name, `names` is their order.

        `stored` has a "bias" and "trees", each with "splits" (lists of column and border) and "leaves".
        """
        splits = [split for tree in stored["trees"] for split in tree["splits"]]
        place = {name: index for index, name in enumerate(names)}
        return cls(
            float(stored["bias"]),
            len(stored["trees"][0]["splits"]),
            np.array([place[name] for name, _ in splits]),
            np.array([[border] for _, border in splits], np.float32),
            np.array([tree["leaves"] for tree in stored["trees"]], np.float32),
        )

    def scores(self, columns: Floats) -> Numbers:
        """Return the log-odds of each block; `columns` has a row for each column."""
        trees, leaves = self.leaves.shape
        answers = (columns.take(self.rows, axis=0) > self.borders).view(np.uint8)
        answers = answers.reshape(trees, self.levels, columns.shape[1])
        bits = 1 << np.arange(self.levels, dtype=np.uint8)
        leaf = np.einsum("tlb,l->tb", answers, bits) + np.arange(0, trees * leaves, leaves)[:, None]
        return np.asarray(self.leaves.take(leaf).sum(axis=0) + self.bias)
