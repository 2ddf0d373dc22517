"""Copies found by the prints: on the MinHash sets, natural copies from HTML, and made ones; and the cost.

    python -m bench.reprints [--peers]
    python -m bench.reprints --cost 1000000 [--url postgresql+psycopg://...]

On pages (daniel-dev) the truth is the gold text: two are copies where 55 % of their 3-word shingles agree.
Peers' texts go through the same detector. Made copies are gold texts as other outlets would print them: with
a line in front, cut by a quarter, with a paragraph of their own, with other quotation marks. Made strangers
are follow-ups that keep the background under a lead of their own, and the report of another day.

With `--cost` so many prints are stored, and the finding of copies for 500 new texts is timed, half of them
reprints of stored ones: what it adds to the transaction of an article. They are looked for twice: at
first hardly any page of the index is in memory.
"""

import argparse
import json
import random
import re
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np
from sqlalchemy import bindparam, insert
from sqlalchemy.schema import CreateIndex

from bench.corpus import ROOT, Row, rows
from bench.extraction import by_readability, by_trafilatura
from monitor.articles.duplicates import (
    BANDS,
    COPY_THRESHOLD,
    PART_PERMUTATIONS,
    PERMUTATIONS,
    ROWS,
    bands,
    fold_words,
    is_copy,
    minhash,
)
from monitor.articles.features import Numbers
from monitor.articles.stories import StoryIndex
from monitor.batch import analyze_batch
from monitor.model import Tagging
from monitor.store import articles, migrate, tables
from monitor.store.database import Database
from monitor.store.sql import execute_many

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


def made() -> None:
    """Copies and strangers made of the gold texts, all in one index."""
    draw = random.Random(4)
    texts = [row.text for name in ("aeb", "daniel-dev") for row in rows(name) if row.text]
    known = StoryIndex()  # natural copies are left out: the made ones are to be the only ones
    texts = [
        text
        for number, text in enumerate(texts)
        if len(text.split()) >= 150 and known.add(str(number), text, minhash(text)) == str(number)
    ]
    prints: dict[str, tuple[int, ...]] = {}
    truth: set[Pair] = set()
    for number, text in enumerate(texts):
        other = texts[(number + 1) % len(texts)].split()
        words = text.split()
        prints[f"{number}"] = minhash(text)
        copies_made = {
            "front": " ".join(other[:12]) + " " + text,
            "cut": " ".join(words[: int(len(words) * 0.75)]),
            "own": " ".join(words[:90] + other[: len(words) // 8] + words[90:]),
            "quotes": text.replace('"', "'").replace("“", "«").replace("”", "»").replace(" - ", " — "),
        }
        for how, copy in copies_made.items():
            prints[f"{number} {how}"] = minhash(copy)
        mine = [str(number), *(f"{number} {how}" for how in copies_made)]
        truth |= {(a, b) if a < b else (b, a) for a, b in combinations(mine, 2)}
        keep = max(120, len(words) // 4)
        lead = [
            word
            for step in range(2, 2 + keep // 20)
            for word in texts[(number + step) % len(texts)].split()[:20]
        ]
        prints[f"{number} follow-up"] = minhash(" ".join(lead + words[keep:]))
        if sum(word.isdigit() for word in words) >= 8:
            figures = re.sub(r"\d+", lambda _: str(draw.randrange(10_000)), text)
            prints[f"{number} other day"] = minhash(figures)
    found = copies(prints)
    wrong = [
        "follow-up" if "follow" in a + b else "other day" if "day" in a + b else "other"
        for a, b in found - truth
    ]
    lost = [" ".join((*a.split()[1:], *b.split()[1:])) for a, b in truth - found]
    report("made of gold texts", truth, found, f"wrong {dict(Counter(wrong))} lost {dict(Counter(lost))}")


# -- cost ------------------------------------------------------------------------------------------

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TIMED = 500
CHUNK = 50_000


def _stored(number: int) -> tuple[int, ...]:
    """Return a made-up print; some of its bands are those of others, as boilerplate's are."""
    packed = random.Random(number).randbytes(4 * (PERMUTATIONS + 2 * PART_PERMUTATIONS))
    if number % 10 == 0:
        packed = random.Random(number // 1000).randbytes(4 * ROWS) + packed[4 * ROWS :]
    return struct.unpack(f">{len(packed) // 4}I", packed)


def cost(number: int, url: str | None) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Database(url or f"sqlite:///{Path(folder) / 'monitor.db'}") as database,
    ):
        migrate.upgrade(database)
        begun = time.perf_counter()
        _fill(database, number)
        print(f"{number} prints stored in {time.perf_counter() - begun:.0f} s", flush=True)
        for turn in ("at first", "once more"):
            took, spent = [], []
            for step in range(TIMED):
                known, fresh = _stored(step * (number // TIMED)), _stored(number + step)
                prints = (
                    (*known[:100], *fresh[100:PERMUTATIONS], *known[PERMUTATIONS:]) if step % 2 else fresh
                )
                keys = bands(prints)
                with database.session() as session:
                    start, begun = time.perf_counter(), time.process_time()
                    near = articles.copies(session, "none", keys, since=NOW - timedelta(days=90))
                    found = [one.article_id for one in near if is_copy(prints, one.minhash)]
                    took.append((time.perf_counter() - start) * 1000)
                    spent.append((time.process_time() - begun) * 1000)
                assert bool(found) == bool(step % 2), step
            took.sort()
            print(
                f"{number} prints, {turn}: a look-up takes {median(took):.2f} ms at the median,"
                f" {median(spent):.2f} of it CPU; {took[int(0.95 * TIMED)]:.2f} at the 95th percentile,"
                f" {took[-1]:.2f} at most",
                flush=True,
            )


def _fill(database: Database, number: int) -> None:
    with database.transaction() as session:
        session.execute(insert(tables.Outlet), [{"domain": "steppe.example", "name": "Steppe"}])
        session.execute(insert(tables.Story), [{"title": "One", "first_seen_at": NOW}])
    blank: dict[str, object] = {
        "story_id": 1, "outlet_id": 1, "title": "", "text": "", "byline": [], "kind": "news",
        "kind_score": 0.5, "kind_why": [], "first_seen_at": NOW, "analysed_at": NOW, "method": "native",
        "quality": 1.0, "partial": False, "removed": [], "version": 1, "text_cut": False, "search_text": "",
        "visits": 0,
    }  # fmt: skip
    names = (*blank, "id", "exact_hash", "minhash")
    statement = insert(tables.Article).values({name: bindparam(name) for name in names})
    keys = np.empty((number, BANDS), np.int64)
    for first in range(0, number, CHUNK):
        rows = []
        for n in range(first, min(number, first + CHUNK)):
            one = _stored(n)
            keys[n] = bands(one)
            rows.append((*blank.values(), n + 1, str(n), struct.pack(f">{len(one)}I", *one)))
        with database.transaction() as session:
            execute_many(session, statement, names, rows)
    _fill_bands(database, keys.ravel())


def _fill_bands(database: Database, keys: Numbers) -> None:
    """Store the bands of all prints, sorted, unchecked, and the second index made afterwards.

    In any other order each row would touch a page of its own.
    """
    order = keys.argsort()
    parts = (order[start : start + CHUNK] for start in range(0, len(order), CHUNK))
    columns = ((keys[part].tolist(), (part // BANDS + 1).tolist()) for part in parts)
    pairs = (pair for both in columns for pair in zip(*both, strict=True))
    table = tables.ArticleBand.__table__
    index = next(iter(table.indexes))
    raw = database.engine.raw_connection()
    cursor = raw.cursor()
    cursor.execute(f"DROP INDEX {index.name}")
    if database.is_sqlite:
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute("BEGIN")
        cursor.executemany("INSERT INTO article_band (band, article_id) VALUES (?, ?)", pairs)
    else:
        cursor.execute("SET session_replication_role = replica")
        with cursor.copy("COPY article_band (band, article_id) FROM STDIN") as copy:
            for pair in pairs:
                copy.write_row(pair)
    cursor.execute(str(CreateIndex(index)))
    if not database.is_sqlite:
        cursor.execute("ANALYZE article, article_band")  # else the server does, within a minute
    raw.commit()
    raw.close()
    database.engine.dispose()  # with what was set for this connection


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--cost", type=int)
    parser.add_argument("--url")
    arguments = parser.parse_args()
    if arguments.cost:
        cost(arguments.cost, arguments.url)
        return
    minhash_sets()
    made()
    pages(arguments.peers)


if __name__ == "__main__":
    main()
