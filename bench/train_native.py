"""Train the native extractor: pages with gold -> monitor/articles/data/native.json.

    python bench/train_native.py             both halves, writes the shipped coefficients
    python bench/train_native.py --cross     each half scored by a model trained on the other; writes nothing

Logistic regression by Newton's method with an L2 penalty, in numpy. A block's weight is its share of
the page's gold words. Sites with many pages are weighed down. The second model is trained on what first
models say of pages they have not seen.
"""

import argparse
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.corpus import Row, rows, score, words
from monitor.articles.decode import decode_page
from monitor.articles.features import Shape, block_features
from monitor.articles.metadata import read_metadata
from monitor.articles.native import HOPELESS, THRESHOLD, Feature, page_features
from monitor.articles.page import Page, parse_page

PENALTY = (30.0, 8.0)
MIN_HOSTS = (6, 4)  # a feature must occur on so many sites
FOLDS = 4
TARGET = Path(__file__).parent.parent / "monitor" / "articles" / "data" / "native.json"
Model = dict[str, float]


@dataclass(slots=True)
class Example:
    """One page: features of its blocks and whether each belongs to the gold."""

    row: Row
    page: Page
    forms: list[Shape]
    first: list[list[Feature]]
    labels: list[bool]
    second: list[list[Feature]] = field(default_factory=list)


def load(sets: Sequence[str]) -> list[Example]:
    """Read, parse and label the pages of `sets`."""
    found = []
    for name in sets:
        for row in rows(name):
            page = parse_page(decode_page(row.html()))
            forms, names = block_features(page, read_metadata(page, row.url).title)
            texts = [block.text for block in page.blocks]
            page.tree = None  # type: ignore[assignment]  # hundreds of trees would not fit
            features = [[(feature, 1.0) for feature in block] for block in names]
            found.append(Example(row, page, forms, features, labels(texts, row.text or "")))
    return found


def labels(blocks: Sequence[str], gold: str) -> list[bool]:
    """Return for each block whether half of its shingles stand in the gold.

    Of equal blocks only the one amid other good ones counts, and a block of three words or less must
    touch another good one.
    """
    gold_words = words(gold)
    grams = [{tuple(gold_words[i : i + n]) for i in range(len(gold_words) - n + 1)} for n in range(5)]
    shares, sizes = [], []
    for block in blocks:
        own = words(block)
        n = min(4, len(own))
        pieces = [tuple(own[i : i + n]) for i in range(len(own) - n + 1)] if own else []
        shares.append(sum(piece in grams[n] for piece in pieces) / len(pieces) if pieces else 0.0)
        sizes.append(min(40, len(own)))
    places: dict[str, list[int]] = {}
    for index, block in enumerate(blocks):
        places.setdefault(block, []).append(index)
    for block, equal in places.items():
        if len(equal) > 1 and shares[equal[0]] >= 0.5 and gold.count(block) < len(equal):

            def company(index: int) -> float:
                near = range(max(0, index - 4), min(len(blocks), index + 5))
                return sum(shares[j] * sizes[j] for j in near if j != index)

            best = max(equal, key=company)
            for index in equal:
                if index != best:
                    shares[index] = 0.0
    found = [share >= 0.5 for share in shares]
    for index, share in enumerate(shares):
        if share >= 0.5 and sizes[index] <= 3:
            near = shares[max(0, index - 2) : index] + shares[index + 1 : index + 3]
            found[index] = any(other >= 0.5 for other in near)
    return found


def train(examples: Sequence[Example]) -> tuple[Model, Model]:
    """Return the two models."""
    first = fit([e.first for e in examples], examples, PENALTY[0], MIN_HOSTS[0])
    for number in range(FOLDS):
        rest = [e for e in examples if fold(e) != number]
        unseen = fit([e.first for e in rest], rest, PENALTY[0], MIN_HOSTS[0])
        for example in examples:
            if fold(example) == number:
                example.second = page_features(example.page, example.forms, apply(unseen, example.first))
    return first, fit([e.second for e in examples], examples, PENALTY[1], MIN_HOSTS[1])


def fold(example: Example) -> int:
    return hashlib.sha256(f"fold {example.row.host}".encode()).digest()[0] % FOLDS


def apply(model: Model, blocks: Iterable[Sequence[Feature]]) -> list[float]:
    return [sum(model.get(name, 0.0) * value for name, value in block) for block in blocks]


def fit(
    features: Sequence[list[list[Feature]]], examples: Sequence[Example], penalty: float, min_hosts: int
) -> Model:
    hosts: dict[str, set[str]] = {}
    pages: dict[str, int] = {}
    for blocks, example in zip(features, examples, strict=True):
        pages[example.row.host] = pages.get(example.row.host, 0) + 1
        for name in {name for block in blocks for name, _ in block}:
            hosts.setdefault(name, set()).add(example.row.host)
    column = {
        name: i for i, name in enumerate(sorted(n for n, seen in hosts.items() if len(seen) >= min_hosts))
    }
    x = np.zeros((sum(map(len, features)), len(column)), np.float32)
    y = np.zeros(len(x), np.float32)
    weight = np.zeros(len(x), np.float32)
    at = 0
    for blocks, example in zip(features, examples, strict=True):
        gold = max(
            1, sum(form.words for form, good in zip(example.forms, example.labels, strict=True) if good)
        )
        for block, form, good in zip(blocks, example.forms, example.labels, strict=True):
            for name, value in block:
                if name in column:
                    x[at, column[name]] = value
            y[at] = good
            weight[at] = (0.03 + 20 * min(1.0, (form.words + 1) / gold)) / math.sqrt(pages[example.row.host])
            at += 1
    solution = newton(x, y, weight, penalty)
    return {name: round(float(solution[i]), 3) for name, i in column.items()}


def newton(x: np.ndarray, y: np.ndarray, weight: np.ndarray, penalty: float, steps: int = 8) -> np.ndarray:
    solution = np.zeros(x.shape[1])
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-np.clip(x @ solution.astype(np.float32), -30, 30)))
        slope = x.T @ (weight * (y - chance)) - penalty * solution
        scaled = x * np.sqrt(weight * np.maximum(chance * (1 - chance), 1e-6))[:, None]
        curvature = (scaled.T @ scaled).astype(np.float64) + penalty * np.eye(len(solution))
        solution = solution + np.linalg.solve(curvature, slope)
    return solution


def predict(models: tuple[Model, Model], example: Example) -> str:
    second = page_features(example.page, example.forms, apply(models[0], example.first), HOPELESS)
    final = [sum(models[1].get(n, 0.0) * v for n, v in row) if row else HOPELESS for row in second]
    return "\n".join(b.text for b, s in zip(example.page.blocks, final, strict=True) if s > THRESHOLD)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cross", action="store_true")
    arguments = parser.parse_args()
    examples = load(("aeb", "daniel-dev"))
    if not arguments.cross:
        first, second = train(examples)
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(
            json.dumps({"block": first, "page": second}, indent=0, sort_keys=True, ensure_ascii=False) + "\n"
        )
        return
    for half in ("dev", "held"):
        models = train([e for e in examples if e.row.half != half])
        seen = [e for e in examples if e.row.half == half]
        for name, language in (
            ("aeb", None),
            ("daniel-dev", None),
            *(("daniel-dev", c) for c in ("en", "ru", "el", "pl")),
        ):
            chosen = [e for e in seen if e.row.set == name and language in {None, e.row.language}]
            pairs = [(e.row.text or "", predict(models, e)) for e in chosen]
            print(
                f"{half:5} {name:11} {language or '':3} {len(pairs):4}  F1 %.4f  P %.3f  R %.3f"
                % score(pairs)
            )


if __name__ == "__main__":
    main()
