"""Measure themes: labelled texts of the beat by halves, ledes in all languages, false alarms on other desks.

    python bench/themes.py
    python bench/themes.py learn     write monitor/tagging/data/theme_salience.toml, print its reliability

`learn` needs numpy and the corpus: besides the labelled texts of the beat it uses pages of general news.
False alarms need the corpus (tests/corpus.py). Speed: python -m bench.tagging --only speed.
"""

import json
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from monitor.evaluate import Score
from monitor.tagging.tagger import Tagger
from monitor.tagging.text import read
from monitor.tagging.themes import opens_text
from tests.corpus import ROOT
from tests.gold.ledes import lede_counts

WEIGHTS = Path(__file__).parent.parent / "monitor" / "tagging" / "data" / "theme_salience.toml"
GOLD = Path(__file__).parent.parent / "tests" / "gold" / "beat.jsonl"


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def beat(tagger: Tagger) -> None:
    """Print micro-averaged figures on both halves of the labelled texts."""
    for half, name in ((0, "looked at"), (1, "held out")):
        for roles in (("about",), ("about", "mentioned")):
            right = found = wanted = 0
            for row in rows_of(GOLD)[half::2]:
                tags = tagger.tag(row["text"], title=row["title"], language=row["language"]).themes
                told = {tag.key for tag in tags if tag.role in roles}
                gold = {key for role in roles for key in row["themes"][role]}
                right, found, wanted = right + len(told & gold), found + len(told), wanted + len(gold)
            score = Score(right, found, wanted)
            figures = f"precision {score.precision:.3f} recall {score.recall:.3f} F1 {score.f1:.3f}"
            print(f"{name:10} {' and '.join(roles):20} {figures}")


def ledes(tagger: Tagger) -> None:
    """Print, by language, how many themes of one-sentence ledes are found, and how many wrong ones."""
    for language, count in sorted(lede_counts(tagger).items()):
        share = f"{count.found / count.wanted:.2f}" if count.wanted else "-"
        found = f"found {count.found} of {count.wanted} ({share})"
        print(f"ledes {language}: {found}, wrong {count.wrong} in {count.texts}")


def alarms(tagger: Tagger, rows: list[dict[str, Any]]) -> None:
    """Print, by desk, how many pages were given a theme."""
    texts: Counter[str] = Counter()
    about: Counter[str] = Counter()
    for row in rows:
        texts[row["theme"]] += 1
        tags = tagger.tag(row["text"], title=row["title"], language=row["language"]).themes
        about[row["theme"]] += any(tag.role == "about" for tag in tags)
    for desk, count in texts.most_common():
        print(f"about a theme: {desk:14} {about[desk]:3} of {count}")


# Pages of general news (tgcontest_themes.jsonl, by place) that are about themes of ours, labelled by hand.
GENERAL = {
    1: "elections", 4: "elections", 22: "protest", 27: "migration", 29: "protest", 54: "border-conflict",
    57: "elections", 63: "elections", 70: "elections", 75: "elections", 76: "protest", 78: "energy",
    82: "elections", 106: "energy", 107: "elections", 115: "protest", 121: "energy", 123: "protest energy",
    124: "elections", 138: "elections", 147: "protest", 156: "ukraine-war", 190: "energy",
    197: "military-cooperation", 200: "sanctions", 203: "ukraine-war", 209: "elections",
    214: "military-cooperation", 226: "elections", 306: "information", 365: "energy", 381: "energy",
    393: "energy", 401: "diplomacy", 402: "energy", 430: "ukraine-war", 436: "diplomacy",
}  # fmt: skip
BANDS = ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 1.01))


def learn(tagger: Tagger) -> None:
    """Write the coefficients of the salience; print its reliability, each half judged by the other."""
    import numpy as np

    examples = [(row, set(row["themes"]["about"])) for row in rows_of(GOLD)]
    general = rows_of(ROOT / "pairs" / "tgcontest_themes.jsonl")
    examples += [(row, set(GENERAL.get(number, "").split())) for number, row in enumerate(general)]
    inputs, labels, halves = [], [], []
    for number, (row, about) in enumerate(examples):
        sentences = min(20, max(1, len(read(row["text"]).sentences)))
        scores = tagger.explain(row["text"], title=row["title"], language=row["language"]).themes
        for score in scores:
            if score.found:
                opens = opens_text(score.hits)
                inputs.append([1, math.log(score.score / score.threshold), math.log(sentences), opens])
                labels.append(score.key in about)
                halves.append(number % 2)
    x, y, half = np.array(inputs, float), np.array(labels, float), np.array(halves)

    def fit(rows: Any) -> Any:
        weights, pull = np.zeros(4), np.array([0, 0.5, 0.5, 0.5])
        for _ in range(50):
            chance = 1 / (1 + np.exp(-x[rows] @ weights))
            slope = x[rows].T @ (chance - y[rows]) + pull * weights
            bend = (x[rows] * (chance * (1 - chance))[:, None]).T @ x[rows] + np.diag(pull)
            weights -= np.linalg.solve(bend, slope)
        return weights

    chance = np.where(half == 0, 1 / (1 + np.exp(-x @ fit(half == 1))), 1 / (1 + np.exp(-x @ fit(half == 0))))
    for low, high in BANDS:
        inside = (chance >= low) & (chance < high)
        print(
            f"salience {low:.2f} to {min(1, high):.2f}: {inside.sum():3} tags, {y[inside].mean():.2f} about"
        )
    bias, log_ratio, log_sentences, opening = fit(half >= 0)
    WEIGHTS.write_text(
        "# Coefficients of the chance that a text is about a theme; see AboutWeights in themes.py.\n"
        "# Written by `python bench/themes.py learn`.\n"
        f"bias = {bias:.2f}\nlog_ratio = {log_ratio:.2f}\nlog_sentences = {log_sentences:.2f}\n"
        f"opening = {opening:.2f}\nabout_at = 0.5\n",
        "utf-8",
    )


def main() -> None:
    """Print all figures, or learn."""
    tagger = Tagger()
    if sys.argv[1:] == ["learn"]:
        learn(tagger)
        return
    beat(tagger)
    ledes(tagger)
    path = ROOT / "pairs" / "tgcontest_themes.jsonl"
    if path.is_file():
        rows = rows_of(path)
        alarms(tagger, rows)


if __name__ == "__main__":
    main()
