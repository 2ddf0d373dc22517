"""Learn and measure the attitude towards a target, and measure attitudes between countries.

    python bench/attitudes.py measure       cross-validated figures, with coverage, per language
    python bench/attitudes.py learn         write monitor/tagging/data/frames/weights.*.tsv
    python bench/attitudes.py sweep         figures for several regularisations
    python bench/attitudes.py countries     attitudes between countries, on events coded by hand
    python bench/attitudes.py peer          VADER on the same English sentences, where it is installed

Needs numpy and the labelled sentences of the corpus (tests/corpus.py). Sentences are split by text, so that
two targets of one sentence are never on both sides. Only weights of our own features leave this script.
"""

import gzip
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from monitor.tagging.target import target_features
from monitor.tagging.text import read
from tests.corpus import ROOT

DATA = Path(__file__).parent.parent / "monitor" / "tagging" / "data" / "frames"
SETS = {"en": "newsmtsc-train", "ru": "rusentne-train"}
FOLDS = 5
STRENGTH = {"en": 5.0, "ru": 12.0}  # of the pull of all weights towards nought
BALANCE = {"en": 0.5, "ru": 1.0}  # 0: labels weigh as often as they come, 1: all labels weigh the same
MIN_COUNT = 3
ROUNDS = 300


def labelled(language: str) -> list[dict[str, Any]]:
    """Return the rows of a language's labelled sentences."""
    with gzip.open(ROOT / "tagging" / f"{SETS[language]}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def load(language: str) -> tuple[list[list[str]], np.ndarray, np.ndarray]:
    """Return features, labels (0, 1, 2) and folds of a language's labelled sentences."""
    rows = labelled(language)
    features = [
        target_features(read(row["text"]), row["target"]["start"], row["target"]["end"], language)
        for row in rows
    ]
    labels = np.array([row["label"] + 1 for row in rows])
    folds = np.array([int(hashlib.sha256(row["text"].encode()).hexdigest(), 16) % FOLDS for row in rows])
    return features, labels, folds


class Model:
    """Multinomial logistic regression over named features, by full-batch Adam."""

    def __init__(
        self, features: Sequence[Sequence[str]], labels: np.ndarray, strength: float, balance: float
    ) -> None:
        counts: dict[str, int] = {}
        for row in features:
            for name in row:
                counts[name] = counts.get(name, 0) + 1
        self.names = sorted(name for name, count in counts.items() if count >= MIN_COUNT)
        self.index = {name: number for number, name in enumerate(self.names)}
        rows, columns = self._cells(features)
        target = np.eye(3)[labels]
        shares = target.mean(axis=0)
        weight = (1 / (3 * shares)) ** balance
        importance = weight[labels] / weight[labels].mean()
        self.weights = np.zeros((len(self.names), 3))
        first, second = np.zeros_like(self.weights), np.zeros_like(self.weights)
        pull = np.full((len(self.names), 1), strength)
        pull[self.index["any"]] = 0
        for step in range(1, ROUNDS + 1):
            error = (self._shares(rows, columns, len(features)) - target) * importance[:, None]
            slope = np.zeros_like(self.weights)
            np.add.at(slope, columns, error[rows])
            slope = slope + pull * self.weights
            first = 0.9 * first + 0.1 * slope
            second = 0.999 * second + 0.001 * slope**2
            self.weights -= 0.03 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)

    def _cells(self, features: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
        pairs = [
            (number, self.index[name])
            for number, row in enumerate(features)
            for name in row
            if name in self.index
        ]
        cells = np.array(pairs)
        return cells[:, 0], cells[:, 1]

    def _shares(self, rows: np.ndarray, columns: np.ndarray, count: int) -> np.ndarray:
        sums = np.zeros((count, 3))
        for label in range(3):
            sums[:, label] = np.bincount(rows, self.weights[columns, label], count)
        sums = np.exp(sums - sums.max(axis=1, keepdims=True))
        return sums / sums.sum(axis=1, keepdims=True)

    def shares(self, features: Sequence[Sequence[str]]) -> np.ndarray:
        """Return the probability of each label for each row."""
        return self._shares(*self._cells(features), len(features))


def f1(gold: np.ndarray, told: np.ndarray, labels: Iterable[int]) -> float:
    """Return the mean F1 over `labels`."""
    scores = []
    for label in labels:
        both = ((gold == label) & (told == label)).sum()
        total = (gold == label).sum() + (told == label).sum()
        scores.append(2 * both / total if total else 0.0)
    return float(np.mean(scores))


def cross_validated(language: str, strength: float, balance: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels and, for each row, probabilities learned from the other folds."""
    features, labels, folds = load(language)
    shares = np.zeros((len(labels), 3))
    for fold in range(FOLDS):
        train = [row for row, of in zip(features, folds, strict=True) if of != fold]
        model = Model(train, labels[folds != fold], strength, balance)
        held = [row for row, of in zip(features, folds, strict=True) if of == fold]
        shares[folds == fold] = model.shares(held)
    return labels, shares


def measure(language: str, strength: float, balance: float) -> None:
    """Print macro-F1 and F1(P,N), for all and where it answers, at several thresholds."""
    labels, shares = cross_validated(language, strength, balance)
    told, sure = shares.argmax(axis=1), shares.max(axis=1)
    print(f"{language} strength {strength} balance {balance}: {len(labels)} targets")
    for least in (0.0, 0.45, 0.5, 0.55, 0.6, 0.7):
        kept = sure >= least
        macro = f1(labels[kept], told[kept], range(3))
        print(
            f"  from {least:.2f}: coverage {kept.mean():.2f}  macro-F1 {macro:.3f}"
            f"  F1(P,N) {f1(labels[kept], told[kept], (0, 2)):.3f}"
            f"  F1(P,N) silence counted as neutral {f1(labels, np.where(kept, told, 1), (0, 2)):.3f}"
        )


def learn(language: str) -> None:
    """Write the weights learned from all labelled sentences of a language."""
    features, labels, _ = load(language)
    model = Model(features, labels, STRENGTH[language], BALANCE[language])
    lines = [f"# feature, negative, neutral, positive; written by bench/attitudes.py from {SETS[language]}"]
    for name, row in zip(model.names, model.weights, strict=True):
        if np.abs(row).max() >= 0.05:
            lines.append(name + "".join(f"\t{value:.2f}" for value in row))
    (DATA / f"weights.{language}.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{language}: {len(lines) - 1} weights")


def peer() -> None:
    """Print what VADER makes of the English sentences, at its authors' thresholds."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    judge = SentimentIntensityAnalyzer()
    rows = labelled("en")
    scores = np.array([judge.polarity_scores(row["text"])["compound"] for row in rows])
    told = np.where(scores >= 0.05, 2, np.where(scores <= -0.05, 0, 1))
    labels = np.array([row["label"] + 1 for row in rows])
    print(f"VADER: macro-F1 {f1(labels, told, range(3)):.3f}  F1(P,N) {f1(labels, told, (0, 2)):.3f}")


# PLOVER's classes of acts that are against the other; all others are for it, or neutral.
AGAINST = {
    "DEMAND", "DISAPPROVE", "REJECT", "THREATEN", "PROTEST", "MOBILIZE", "SANCTION", "COERCE", "ASSAULT",
    "FIGHT", "INVESTIGATE",
}  # fmt: skip


def countries() -> None:
    """Print how many of the attitudes found are right, and how many pairs of actors are found."""
    from monitor.tagging.tagger import Tagger

    tagger = Tagger()
    found = pairs = right = wanted = 0
    with gzip.open(ROOT / "tagging" / "plover.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            gold = {
                (source, target) for source in row["source"] for target in row["target"] if source != target
            }
            wanted += len(gold)
            for attitude in tagger.tag(row["text"], language="en").attitudes:
                found += 1
                known = (attitude.source, attitude.target) in gold
                pairs += known
                right += known and (attitude.stance < 0) == (row["event"] in AGAINST)
    print(f"attitudes found {found}: countries right {pairs / found:.2f}, stance too {right / found:.2f}")
    print(f"found of {wanted} coded pairs: {pairs / wanted:.2f}")


def main(command: str) -> None:
    """Run one of the commands of the module's docstring."""
    if command in ("peer", "countries"):
        peer() if command == "peer" else countries()
        return
    for language in SETS:
        if command == "measure":
            measure(language, STRENGTH[language], BALANCE[language])
        elif command == "learn":
            learn(language)
        elif command == "sweep":
            for strength in (2.0, 5.0, 12.0):
                for balance in (0.5, 1.0):
                    measure(language, strength, balance)
        else:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
