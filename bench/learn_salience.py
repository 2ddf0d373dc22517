"""Learn the coefficients of `monitor/tagging/data/salience.toml` from news labelled with what it is about.

    python -m bench.learn_salience [--corpus DIR] [--write]

Reads the "train" half of reuters-train (see bench/tagging.py) and all of plover, fits a logistic regression
with a small ridge penalty by Newton's method, and prints micro- and macro-F1 over thresholds on both halves.
The threshold is chosen by the sum of micro-F1, of macro-F1 over countries with five texts or more, and of
that over all countries, on the training half. Only coefficients are written.
"""

import argparse
import os
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np

from bench.tagging import Row, half, load
from monitor.tagging.countries import CountryFinder, by_country
from monitor.tagging.lexicon import Lexicon
from monitor.tagging.salience import Features, features
from monitor.tagging.text import read

TARGET = Path(__file__).parent.parent / "monitor" / "tagging" / "data" / "salience.toml"
HEADER = """\
# Coefficients of the chance that a text is about a country; the features are in monitor/tagging/salience.py.
# Written by bench/learn_salience.py.
"""
RIDGE = 1.0


def examples(finder: CountryFinder, rows: list[Row]) -> list[tuple[Features, bool, str]]:
    """Features, whether the text is about the country, and the country."""
    found = []
    for row in rows:
        body, title = read(row["text"]), read(row["title"] or "")
        published = date.fromisoformat(row["published"]) if row["published"] else None
        mentions = finder.find(body, title, row["language"], published)
        for country, values in features(by_country(mentions), body).items():
            if len(country) == 2 and country != "EU":
                found.append((values, country in row["countries"], country))
    return found


def fit(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The coefficients of a logistic regression, by Newton's method."""
    weights = np.zeros(matrix.shape[1])
    penalty = RIDGE * np.eye(matrix.shape[1])
    penalty[-1, -1] = 0.0  # the bias is free
    for _ in range(30):
        chances = 1 / (1 + np.exp(-matrix @ weights))
        gradient = matrix.T @ (wanted - chances) - penalty @ weights
        curvature = (matrix * (chances * (1 - chances))[:, None]).T @ matrix + penalty
        step = np.linalg.solve(curvature, gradient)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def micro_f1(chances: np.ndarray, wanted: np.ndarray, gold: int, threshold: float) -> float:
    """Micro-F1 where `gold` labels exist, those of countries without any mention included."""
    chosen = chances >= threshold
    return float(2 * (chosen & wanted).sum() / (chosen.sum() + gold))


def macro_f1(
    part: list[tuple[Features, bool, str]],
    chances: np.ndarray,
    rows: list[Row],
    threshold: float,
    least: int,
) -> float:
    """Mean F1 of the countries with at least `least` gold labels."""
    gold = Counter(code for row in rows for code in row["countries"])
    chosen: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for (_, is_about, country), chance in zip(part, chances, strict=True):
        if chance >= threshold:
            chosen[country] += 1
            right[country] += is_about
    return float(np.mean([2 * right[c] / (gold[c] + chosen[c]) for c in gold if gold[c] >= least]))


def main() -> None:
    """Fit, report, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("MONITOR_CORPUS") or Path(__file__).parent.parent.parent / "shared" / "corpus"
    parser.add_argument("--corpus", type=Path, default=Path(default))
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    finder = CountryFinder(Lexicon())
    reuters = [row for row in load(given.corpus, "reuters-train") if row["countries"]]
    halves = {name: [row for row in reuters if half(row) == name] for name in ("train", "test")}
    parts = {name: examples(finder, rows) for name, rows in halves.items()}
    plover = examples(finder, load(given.corpus, "plover"))

    def arrays(part: list[tuple[Features, bool, str]]) -> tuple[np.ndarray, np.ndarray]:
        matrix = np.array([[*values, 1.0] for values, _, _ in part], float)
        return matrix, np.array([is_about for _, is_about, _ in part])

    matrix, wanted = arrays(parts["train"] + plover)
    weights = fit(matrix, wanted.astype(float))
    thresholds = [number / 100 for number in range(20, 75, 5)]
    sums: list[float] = []
    for name, part in (*parts.items(), ("plover", plover)):
        matrix, wanted = arrays(part)
        rows = halves.get(name) or load(given.corpus, "plover")
        gold = sum(len(row["countries"]) for row in rows)
        chances = 1 / (1 + np.exp(-matrix @ weights))
        micro = [micro_f1(chances, wanted, gold, threshold) for threshold in thresholds]
        print(name, f"recall of all mentions {wanted.sum() / gold:.3f}")
        macro = [macro_f1(part, chances, rows, threshold, 5) for threshold in thresholds]
        rare = [macro_f1(part, chances, rows, threshold, 1) for threshold in thresholds]
        for threshold, *values in zip(thresholds, micro, macro, rare, strict=True):
            if name == "train":
                sums.append(sum(values))
            print(f"   {threshold:.2f}: micro {values[0]:.3f} macro {values[1]:.3f} of all {values[2]:.3f}")
    # Of thresholds as good as the best but for 0.01, which is no more than chance, the highest: a wrong
    # "about" costs an analyst more.
    best = max(t for t, total in zip(thresholds, sums, strict=True) if total >= max(sums) - 0.01)
    lines = [f"bias = {weights[-1]:.3f}", f"about_at = {best:.2f}", "", "[coefficients]"]
    lines += [
        f"{name} = {weight:.3f}" for name, weight in sorted(zip(Features._fields, weights, strict=False))
    ]
    print("\n".join(lines))
    if given.write:
        TARGET.write_text(HEADER + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
