"""Copies found by the prints: on the MinHash sets, and from HTML on natural copies (daniel-dev).

    python -m bench.reprints [--peers]

On pages the truth is the gold text: two pages are copies where half of their 3-word shingles agree
(Jaccard >= 0.5). Peers' texts go through the same detector.
"""

import argparse
import json
import time
from collections.abc import Callable
from itertools import combinations

from bench.corpus import ROOT, Row, rows
from bench.extraction import by_readability, by_trafilatura
from monitor.articles.duplicates import COPY_THRESHOLD, bands, fold_words, is_copy, minhash
from monitor.batch import analyze_batch
from monitor.model import Tagging

Pair = tuple[str, str]


class NoTagger:
    """Copies need no tags."""

    def tag(self, text: str, **_: object) -> Tagging:
        return Tagging()


def jaccard(a: set[tuple[str, ...]], b: set[tuple[str, ...]]) -> float:
    return len(a & b) / max(1, len(a | b))


def shingle_set(text: str) -> set[tuple[str, ...]]:
    found = fold_words(text)
    return set(zip(found, found[1:], found[2:], strict=False))


def copies(prints: dict[str, tuple[int, ...]]) -> set[Pair]:
    """Return the pairs found through the bands and confirmed by the whole print."""
    table: dict[int, list[str]] = {}
    for identity, one in prints.items():
        for key in bands(one):
            table.setdefault(key, []).append(identity)
    candidates = {tuple(sorted(pair)) for members in table.values() for pair in combinations(members, 2)}
    return {(a, b) for a, b in candidates if is_copy(prints[a], prints[b])}


def report(name: str, truth: set[Pair], found: set[Pair], note: str = "") -> None:
    right = len(truth & found)
    precision, recall = right / max(1, len(found)), right / max(1, len(truth))
    print(f"{name:34} precision {precision:.3f}  recall {recall:.3f}  of {len(truth)}  {note}")


def minhash_sets() -> None:
    folder = ROOT / "pairs" / "minhash"
    for size in (100, 1000, 2500):
        start = time.process_time()
        prints = {}
        lines = (folder / f"articles_{size}.train").read_text(encoding="utf-8").splitlines()
        for line in lines:
            identity, _, text = line.partition(" ")
            prints[identity] = minhash(text)
        found = copies(prints)
        spent = (time.process_time() - start) * 1000 / len(lines)
        truth_lines = (folder / f"articles_{size}.truth").read_text().splitlines()
        truth = {
            (a, b) if a < b else (b, a) for a, b in (line.split()[:2] for line in truth_lines if line.strip())
        }
        report(f"minhash {size}", truth, found, f"{spent:.2f} ms a text")


def pages(peers: bool) -> None:
    chosen = list(rows("daniel-dev"))
    for half in ("dev", "held", "both"):
        part = [row for row in chosen if half in {row.half, "both"}]
        gold = {row.id: shingle_set(row.text or "") for row in part}
        truth = {
            (a, b) if a < b else (b, a)
            for a, b in combinations(gold, 2)
            if jaccard(gold[a], gold[b]) >= COPY_THRESHOLD
        }
        texts = ours(part)
        report(f"daniel-dev {half}, monitor", truth, copies({k: minhash(v) for k, v in texts.items()}))
        for name, peer in (("trafilatura", by_trafilatura), ("readability", by_readability)) if peers else ():
            report(f"daniel-dev {half}, {name}", truth, copies(peer_prints(part, peer)))


def ours(part: list[Row]) -> dict[str, str]:
    """The texts of `monitor analyze`, site memory within the batch included."""
    lines = (json.dumps({"id": row.id, "url": row.url, "html_b64": _b64(row.html())}) for row in part)
    return {str(out["id"]): str(out["text"]) for out in analyze_batch(lines, tagger=NoTagger())}


def _b64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


def peer_prints(part: list[Row], peer: Callable[[Row], tuple[str, str]]) -> dict[str, tuple[int, ...]]:
    return {row.id: minhash(peer(row)[0]) for row in part}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    minhash_sets()
    pages(arguments.peers)


if __name__ == "__main__":
    main()
