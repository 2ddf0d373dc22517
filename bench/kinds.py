"""Kinds of bare texts: precision where an answer is given, and how often one is.

    python -m bench.kinds [--misses]

On `tests/gold/kinds.jsonl` (texts of every kind, two in five of them hard negatives; those at even places
were looked at while words were chosen, those at odd places were not) and `tests/gold/beat.jsonl`; then, where
the corpus is there, on wire news, of which every other answer than "news" is an error. `other` is no answer.
"""

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.corpus import ROOT
from monitor.articles.extract import extract
from monitor.model import Document

GOLD = Path(__file__).parent.parent / "tests" / "gold"
SAMPLE = 500
WIRES = (
    ("reuters-train", "en"),
    ("nerel-train-ru", "ru"),
    ("bsnlp-train-ru", "ru"),
    ("bsnlp-train-uk", "uk"),
    ("bsnlp-train-pl", "pl"),
)

Row = Mapping[str, Any]


def kind_of(row: Row) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the kind of a text without its page, the reasons, and its byline."""
    article, _ = extract(
        Document("bench", title=row.get("title") or "", text=row["text"], language=row["language"])
    )
    return article.kind.label, article.kind.why, article.byline


def report(name: str, rows: Iterable[Row], misses: bool) -> None:
    right: Counter[str] = Counter()
    given: Counter[str] = Counter()
    gold: Counter[str] = Counter()
    for row in rows:
        label, why, _ = kind_of(row)
        gold[row["kind"]] += 1
        given[label] += 1
        right[label] += label == row["kind"]
        if misses and label not in (row["kind"], "other"):
            print(f"   {row['kind']} taken for {label}: {(row.get('title') or row['text'])[:60]!r} {why[:2]}")
    answers = sum(given.values()) - given["other"]
    answered = sum(right.values()) - right["other"]
    asked = sum(gold.values()) - gold["other"]
    kinds = "  ".join(f"{kind} {right[kind]}/{given[kind]}/{gold[kind]}" for kind in sorted(gold))
    print(
        f"{name:16} precision {answered / max(1, answers):.3f} of {answers}"
        f"  answered {answered / max(1, asked):.3f} of {asked}  right/given/gold: {kinds}"
    )


def wire(name: str, language: str) -> list[Row]:
    """Return a sample of wire news."""
    lines = gzip.decompress((ROOT / "tagging" / f"{name}.jsonl.gz").read_bytes()).splitlines()
    random.Random(1).shuffle(lines)
    rows = [json.loads(line) for line in lines[:SAMPLE]]
    return [
        {"title": row["title"], "text": row["text"], "language": language, "kind": "news"}
        for row in rows
        if len(row["text"].split()) >= 20
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true")
    arguments = parser.parse_args()
    for file in ("kinds", "beat"):
        rows = [json.loads(line) for line in (GOLD / f"{file}.jsonl").read_text("utf-8").splitlines()]
        report(f"{file}, looked at", rows[::2], arguments.misses)
        report(f"{file}, held out", rows[1::2], False)
    for name, language in WIRES if (ROOT / "tagging").is_dir() else ():
        report(name, wire(name, language), arguments.misses)


if __name__ == "__main__":
    main()
