"""Reports of one event by different outlets: precision and recall of *related* on the labelled pairs.

    python -m bench.related [--counted N]

A pair of one outlet is never linked, as in the service. The words are counted over the texts of the pairs
themselves, or over a sample of N of them, as in a young database. "keys" is the share of the links whose
two texts are found under a common key. Halves are by a hash of the pair's id; the threshold was chosen on
"dev".
"""

import argparse
import hashlib
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.corpus import ROOT
from monitor.articles.related import THRESHOLD, gist, is_related, keys_of, profile, relatedness
from monitor.model import Gist


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles, and whether they tell of one event."""

    half: str
    same: bool
    outlets: tuple[str, str]
    gists: tuple[Gist, Gist]


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair's score, and whether a common key brings it together."""

    pair: Pair
    score: float
    found: bool


def _outlet(url: str) -> str:
    return urlsplit(url).netloc.removeprefix("www.")


def _order(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def pairs() -> list[Pair]:
    """Return the labelled pairs."""
    lines = (ROOT / "pairs" / "tgcontest_pairs.jsonl").read_bytes().splitlines()
    made = []
    for row in map(json.loads, lines):
        first, second = (
            gist(row[side]["title"], row[side]["text"], language=row["language"])
            for side in ("first", "second")
        )
        half = "dev" if _order(str(row["id"]))[0] % 2 == 0 else "held"
        outlets = (_outlet(row["first"]["url"]), _outlet(row["second"]["url"]))
        made.append(Pair(half, bool(row["same"]), outlets, (first, second)))
    return made


def scored(made: list[Pair], counted: int | None) -> list[Scored]:
    """Score the pairs with words counted over all texts, or over `counted` of each language."""
    texts: dict[str | None, list[Gist]] = defaultdict(list)
    for pair in made:
        for one in pair.gists:
            texts[one.language].append(one)
    frequencies: dict[str | None, Counter[str]] = {}
    numbers: dict[str | None, int] = {}
    for language, found in texts.items():
        sample = sorted(found, key=lambda one: _order(repr(sorted(one.words))))[:counted]
        frequencies[language] = Counter(word for one in sample for word in one.words)
        numbers[language] = len(sample)
    results = []
    for pair in made:
        known, number = frequencies[pair.gists[0].language], numbers[pair.gists[0].language]
        first, second = (profile(one, known, number) for one in pair.gists)
        keys = set(keys_of(first, known, number)) & set(keys_of(second, known, number))
        score = relatedness(first, second) if pair.outlets[0] != pair.outlets[1] else 0.0
        results.append(Scored(pair, score, bool(keys)))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counted", type=int, help="texts of each language whose words are counted")
    arguments = parser.parse_args()
    start = time.process_time()
    made = pairs()
    spent = (time.process_time() - start) * 1000 / (2 * len(made))
    results = scored(made, arguments.counted)
    for half in ("dev", "held", "both"):
        part = [one for one in results if half in {one.pair.half, "both"}]
        linked = [one for one in part if is_related(one.score)]
        right = sum(one.pair.same for one in linked)
        same = sum(one.pair.same for one in part)
        precision, recall = right / max(1, len(linked)), right / same
        found = sum(one.found for one in linked) / max(1, len(linked))
        print(
            f"{half:5} from {THRESHOLD}: precision {precision:.3f}  recall {recall:.3f}  of {same}", end="  "
        )
        print(f"links {len(linked)}  keys {found:.3f}")
    print(f"{spent:.2f} ms of CPU a gist")


if __name__ == "__main__":
    main()
