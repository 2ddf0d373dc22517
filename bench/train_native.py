"""Train the native extractor: pages with gold -> monitor/articles/data/native.json.

    python -m bench.train_native             both halves, writes the shipped forests
    python -m bench.train_native --cross     each half scored by forests trained on the other; writes nothing

Needs `pip install catboost`. A block's weight is its share of the page's gold words; sites with many pages
are weighed down. The second forest is trained on what first forests say of pages they have not seen.

Pages without gold text serve too, where two libraries agree on their text (see `agreed`): blocks that both
take, or both leave, are labels; the others are left out. No host is trained on that is scored.
"""

import argparse
import hashlib
import itertools
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.corpus import Row, rows, score, shingles, words
from monitor.articles.candidates import readability_lines, trafilatura_lines
from monitor.articles.decode import decode_page
from monitor.articles.features import OWN, PAGE, Floats, Layout, Numbers, own_columns, page_columns
from monitor.articles.forest import Forest
from monitor.articles.metadata import read_metadata
from monitor.articles.native import HOPELESS, THRESHOLD, scores_of
from monitor.articles.page import parse_page

GOLD = ("aeb", "daniel-dev")
WITHOUT_GOLD = ("postlight", "htmldate-dev")
AGREED_LIKENESS = 0.8
AGREED_WEIGHT = 0.2
FOLDS = 4
# (trees, levels, rate) of the two forests
FIRST, SECOND = (60, 4, 0.2), (300, 6, 0.07)
TARGET = Path(__file__).parent.parent / "monitor" / "articles" / "data" / "native.json"
Model = dict[str, Any]


@dataclass(slots=True)
class Example:
    """One page: the columns of its blocks, which of them belong to the article, and what each weighs."""

    row: Row
    texts: list[str]
    own: Floats
    layout: Layout
    labels: Numbers
    weights: Numbers

    @property
    def fold(self) -> int:
        return hashlib.sha256(f"fold {self.row.host}".encode()).digest()[0] % FOLDS


def load() -> list[Example]:
    """Read, parse and label the pages of all sets."""
    found = []
    for name in (*GOLD, *WITHOUT_GOLD):
        for row in rows(name):
            html = decode_page(row.html())
            page = parse_page(html)
            texts = [block.text for block in page.blocks]
            if not texts:
                continue
            known = np.ones(len(texts))
            if row.text is not None:
                good = labels(texts, row.text)
            elif (pair := agreed(html)) is not None:
                one, other = (labels(texts, text) for text in pair)
                good, known = one & other, (one == other) * AGREED_WEIGHT
            else:
                continue
            own, layout = own_columns(page, read_metadata(page, row.url).title)
            size = max(1.0, float(layout.words[good].sum()))
            weights = known * (0.03 + 20 * np.minimum(1, (layout.words + 1) / size))
            found.append(Example(row, texts, own, layout, good, weights))
    pages: dict[str, int] = {}
    for example in found:
        pages[example.row.host] = pages.get(example.row.host, 0) + 1
    for example in found:
        example.weights /= math.sqrt(pages[example.row.host])
    return found


def agreed(html: str) -> tuple[str, str] | None:
    """Return the texts that trafilatura and readability find, where they are nearly one."""
    one, other = "\n".join(trafilatura_lines(html)), "\n".join(readability_lines(html))
    first, second = shingles(one), shingles(other)
    likeness = 2 * (first & second).total() / max(1, first.total() + second.total())
    return (one, other) if likeness >= AGREED_LIKENESS and first.total() >= 80 else None


def labels(blocks: Sequence[str], gold: str) -> Numbers:
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
    return np.array(found)


def train(examples: Sequence[Example]) -> tuple[Model, Model]:
    """Return the two forests as they are stored."""
    every = [np.ones(len(e.texts), bool) for e in examples]
    first = fit([e.own for e in examples], examples, every, OWN, FIRST)
    tables: list[Floats] = []
    asked: list[Numbers] = []
    order: list[Example] = []
    for number in range(FOLDS):
        rest = [e.fold != number for e in examples]
        some, masks = list(itertools.compress(examples, rest)), list(itertools.compress(every, rest))
        unseen = Forest.read(fit([e.own for e in some], some, masks, OWN, FIRST), OWN)
        for example in examples:
            if example.fold == number:
                hints = unseen.scores(example.own)
                tables.append(np.concatenate((example.own, page_columns(example.layout, hints))))
                asked.append(hints > HOPELESS - 1)  # a margin: the shipped first forest says other numbers
                order.append(example)
    return first, fit(tables, order, asked, (*OWN, *PAGE), SECOND)


def fit(
    tables: Sequence[Floats],
    examples: Sequence[Example],
    asked: Sequence[Numbers],
    names: Sequence[str],
    size: tuple[int, int, float],
) -> Model:
    """Return the forest learnt from the blocks that `asked` says. A table has a row for each of `names`."""
    from catboost import CatBoostClassifier

    trees, levels, rate = size
    learner = CatBoostClassifier(
        iterations=trees, depth=levels, learning_rate=rate, l2_leaf_reg=10, rsm=0.4, subsample=0.5,
        bootstrap_type="Bernoulli", border_count=64, leaf_estimation_iterations=2, random_seed=1,
        thread_count=2, verbose=0, allow_writing_files=False,
    )  # fmt: skip
    learner.fit(
        np.concatenate([table[:, mask] for table, mask in zip(tables, asked, strict=True)], axis=1).T,
        np.concatenate([e.labels[mask] for e, mask in zip(examples, asked, strict=True)]).astype(int),
        sample_weight=np.concatenate([e.weights[mask] for e, mask in zip(examples, asked, strict=True)]),
    )
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        learner.save_model(file.name, format="json")
        stored = json.loads(Path(file.name).read_bytes())
    scale, bias = stored["scale_and_bias"]
    return {
        "bias": round(bias[0], 4),
        "trees": [_tree(tree, names, levels, scale) for tree in stored["oblivious_trees"]],
    }


def _tree(tree: dict[str, Any], names: Sequence[str], levels: int, scale: float) -> dict[str, Any]:
    """Return a tree as it is stored. One that stopped early gets questions that all blocks answer with no."""
    splits = [[names[s["float_feature_index"]], float(f"{s['border']:.6g}")] for s in tree["splits"] or []]
    leaves = [round(scale * leaf, 3) for leaf in tree["leaf_values"]]
    splits += [[names[0], 1e9]] * (levels - len(splits))
    return {"splits": splits, "leaves": leaves + [0.0] * (2**levels - len(leaves))}


def read(models: tuple[Model, Model]) -> tuple[Forest, Forest]:
    return Forest.read(models[0], OWN), Forest.read(models[1], (*OWN, *PAGE))


def predict(forests: tuple[Forest, Forest], example: Example) -> str:
    scores = scores_of(forests, example.own, example.layout)
    return "\n".join(text for text, one in zip(example.texts, scores, strict=True) if one > THRESHOLD)


def unseen_by(half: str, examples: Sequence[Example]) -> list[Example]:
    """Return the examples to train on where `half` is to be scored."""
    scored = {e.row.host for e in examples if e.row.text is not None and e.row.half == half}
    return [e for e in examples if e.row.host not in scored]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cross", action="store_true")
    arguments = parser.parse_args()
    examples = load()
    if not arguments.cross:
        first, second = train(examples)
        dumped = json.dumps({"own": first, "page": second}, separators=(",", ":"), ensure_ascii=False)
        TARGET.write_text(dumped.replace('{"splits"', '\n{"splits"') + "\n", encoding="utf-8")
        return
    for half in ("dev", "held"):
        forests = read(train(unseen_by(half, examples)))
        seen = [e for e in examples if e.row.text is not None and e.row.half == half]
        for name, language in (
            ("aeb", None),
            ("daniel-dev", None),
            *(("daniel-dev", c) for c in ("en", "ru", "el", "pl")),
        ):
            chosen = [e for e in seen if e.row.set == name and language in {None, e.row.language}]
            pairs = [(e.row.text or "", predict(forests, e)) for e in chosen]
            print(
                f"{half:5} {name:11} {language or '':3} {len(pairs):4}  F1 %.4f  P %.3f  R %.3f"
                % score(pairs)
            )


if __name__ == "__main__":
    main()
