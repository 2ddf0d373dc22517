"""How long a backtest takes: `python -m bench.backtest [--articles 100000] [--keep FILE] [--profile]`.

Fills a database as bench/search.py does, gives each tag three pieces of evidence and each article with a
country and a theme their ties, and replays all of it through rules of different breadth, one at a time.
"""

import argparse
import cProfile
import json
import pstats
import random
import tempfile
import time
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bench.search import NOW, fill
from monitor.config import RuleConfig
from monitor.pipeline.backtest import replay
from monitor.store import tables
from monitor.store.database import Database
from monitor.store.migrate import upgrade
from monitor.watch.rules import compile_rules

LIMIT_SECONDS = 60
EVIDENCE = 3  # pieces for each tag
RULES: tuple[dict[str, Any], ...] = (
    {"name": "narrow: a country tied to a theme", "countries": ["KZ"], "themes": ["csto"]},
    {"name": "words side by side", "query": '"соединённые штаты" SAME санкции'},
    {"name": "broad: any of five countries", "countries": ["RU", "KZ", "AM", "KG", "TJ"]},
    {"name": "everything but a word", "query": "NOT w1"},
)


def add_evidence(database: Database) -> None:
    """Store evidence for every tag, and the ties of every article's countries and themes."""
    draw = random.Random(2)
    last = 0
    while True:
        with database.transaction() as session:
            articles = session.execute(
                select(tables.Article.id, tables.Article.text)
                .where(tables.Article.id > last)
                .order_by(tables.Article.id)
                .limit(5000)
            ).all()
            if not articles:
                return
            first, last = articles[0].id, articles[-1].id
            lines = {row.id: row.text.split("\n") for row in articles}
            keys: dict[int, dict[str, list[str]]] = {}
            evidence = []
            tags = select(tables.Tag.id, tables.Tag.article_id, tables.Tag.dimension, tables.Tag.key)
            for tag in session.execute(tags.where(tables.Tag.article_id.between(first, last))):
                keys.setdefault(tag.article_id, {"country": [], "theme": []})[tag.dimension].append(tag.key)
                evidence += [
                    _piece(tag.id, position, lines[tag.article_id], draw) for position in range(EVIDENCE)
                ]
            session.execute(insert(tables.Evidence), evidence)
            session.execute(insert(tables.Joint), [
                {"article_id": article, "country": country, "theme": theme, "words": draw.randrange(100),
                 "same_sentence": draw.random() < 0.3, "sentence": draw.choice(lines[article])}
                for article, found in keys.items() for country, theme in product(*found.values())
            ])  # fmt: skip


def _piece(tag: int, position: int, lines: list[str], draw: random.Random) -> dict[str, Any]:
    number = draw.randrange(len(lines))
    start = sum(len(line) + 1 for line in lines[:number])
    term = lines[number].split(" ")[0]
    return {
        "tag_id": tag, "position": position, "start": start, "end": start + len(term), "term": term,
        "sentence": lines[number], "rule": "name:XX", "weight": 1.0, "in_title": False,
    }  # fmt: skip


def measure(database: Database, profile: bool) -> None:
    """Replay each rule over everything, and print its time and what it would have told."""
    slowest = 0.0
    for table in RULES:
        rules = compile_rules([RuleConfig.model_validate({"channels": ["mail"], **table})])
        profiler = cProfile.Profile()
        started, cpu_started = time.perf_counter(), time.process_time()
        with database.session() as session:
            if profile:
                profiler.enable()
            found = replay(session, rules, since=NOW - timedelta(days=3650), until=NOW)[rules[0].name]
            profiler.disable()
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
        slowest = max(slowest, seconds)
        told = f"{found.articles} candidates, {len(found.matches)} matches, {len(found.alerts)} alerts"
        print(f"{seconds:6.1f} s ({cpu_seconds:.1f} s of CPU)  {told}: {rules[0].name}", flush=True)
        if profile:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(20)
    print(json.dumps({"slowest_seconds": round(slowest, 1), "limit_seconds": LIMIT_SECONDS}))


def main() -> None:
    """Run the bench and print one line for each rule and one for all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a SQLite file to fill, or to use as it is")
    parser.add_argument("--profile", action="store_true", help="print where the time went")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.keep or Path(folder) / "bench.db"
        filled = path.exists()
        with Database(f"sqlite:///{path.absolute()}") as database:
            if not filled:
                started = time.perf_counter()
                upgrade(database)
                fill(database, chosen.articles)
                add_evidence(database)
                print(f"filled with {chosen.articles} articles in {time.perf_counter() - started:.0f} s")
            measure(database, chosen.profile)


if __name__ == "__main__":
    main()
