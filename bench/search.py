"""How long a search takes: `python bench/search.py [--articles 200000] [--url URL] [--keep FILE]`.

Fills a database with made-up articles (350 words on average, their frequencies after Zipf, 2.5 tags each),
then asks each query for its first 20 articles with their quotes, five times, and prints the median times.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from monitor.store import search, tables
from monitor.store.database import Database
from monitor.store.migrate import upgrade
from monitor.watch.parse import parse
from monitor.watch.words import normalise_document

NOW = datetime(2026, 3, 14, tzinfo=UTC)
WORDS = [f"w{number}" for number in range(60_000)]
# word -> in how many of 10,000 articles
NAMED = {
    "санкции": 900, "Казахстан": 700, "ОДКБ": 250, "мобилизация": 120, "соединённые": 60, "штаты": 80,
    "товарооборот": 40, "денонсация": 2,
}  # fmt: skip
COUNTRIES = {"RU": 0.4, "KZ": 0.1, "AM": 0.08, "KG": 0.05, "TJ": 0.02}
THEMES = {"sanctions": 0.12, "csto": 0.03, "diplomacy": 0.3, "ukraine-war": 0.3}
QUERIES = (
    "денонсация", "товарооборот", "ОДКБ", "санкции", "w1", "мобилизация санкции", '"соединённые штаты"',
    '"штаты соединённые"', "мобилиз*", "w12*", "ОДКБ NEAR/10 санкции", "санкции SAME Казахстан",
    "country:KZ theme:csto", "country:KZ SAME theme:csto", "country:TJ@about theme:csto salience>0.4",
    "country:KZ theme:sanctions kind:opinion", "kind:opinion lang:ru санкции", "NOT санкции country:TJ",
    "outlet:outlet7.example ОДКБ", 'author:"Автор 17"', "sources>=3 ОДКБ", "published>2026-03-10 санкции",
)  # fmt: skip


def articles(count: int, draw: random.Random) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield article rows with their tag rows."""
    weights = list(accumulate(1 / (rank + 2) for rank in range(len(WORDS))))
    for number in range(1, count + 1):
        words = draw.choices(WORDS, cum_weights=weights, k=draw.randint(100, 600))
        for word, often in NAMED.items():
            if draw.random() < often / 10_000:
                words[draw.randrange(len(words))] = word
        if draw.random() < 0.003:
            words[5:7] = ["соединённых", "штатов"]
        body = "\n".join(" ".join(words[at : at + 15]) + "." for at in range(0, len(words), 15))
        title = " ".join(words[:8])
        byline = [f"Автор {number % 500}"]
        at = NOW - timedelta(minutes=count - number)
        tags = [
            {"article_id": number, "dimension": dimension, "key": key, "salience": round(draw.random(), 2),
             "role": draw.choice(["about", "mentioned"]), "mentions": 2}
            for dimension, share in (("country", COUNTRIES), ("theme", THEMES))
            for key, part in share.items() if draw.random() < part
        ]  # fmt: skip
        yield {
            "id": number, "story_id": draw.choice([number, max(1, number - 1), max(1, number - 2)]),
            "outlet_id": number % 50 + 1, "url": f"https://outlet{number % 50}.example/{number}",
            "title": title, "text": body, "language": "ru", "byline": byline, "section": None,
            "kind": draw.choice(["opinion", "news", "news", "analysis"]), "kind_score": 0.9, "kind_why": [],
            "published_at": at, "updated_at": None, "first_seen_at": at, "analysed_at": at,
            "method": "native", "quality": 1.0, "partial": False, "partial_reason": None, "origin": None,
            "removed": [], "exact_hash": str(number), "minhash": b"", "version": 1,
            "search_text": normalise_document(title, body, "ru", byline),
        }, tags  # fmt: skip


def fill(database: Database, count: int) -> None:
    """Store `count` articles."""
    draw = random.Random(1)
    with database.transaction() as session:
        session.execute(insert(tables.Outlet), [
            {"id": number + 1, "domain": f"outlet{number}.example", "name": "", "country": ""}
            for number in range(50)
        ])  # fmt: skip
        for start in range(1, count + 1, 10_000):
            session.execute(insert(tables.Story), [
                {"id": number, "title": "", "first_seen_at": NOW, "origin": None}
                for number in range(start, min(start + 10_000, count + 1))
            ])  # fmt: skip
    made = articles(count, draw)
    while chunk := list(islice(made, 5000)):
        with database.transaction() as session:
            session.execute(insert(tables.Article), [article for article, _ in chunk])
            session.execute(insert(tables.Tag), [tag for _, tags in chunk for tag in tags])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def main() -> None:
    """Run the bench and print one line for each query and one for all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--url", help="an empty database; default: a new SQLite file")
    parser.add_argument("--keep", type=Path, help="a SQLite file to fill, or to use as it is")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.keep or Path(folder) / "bench.db"
        filled = path.exists()
        with Database(chosen.url or f"sqlite:///{path.absolute()}") as database:
            if not filled:
                started = time.perf_counter()
                upgrade(database)
                fill(database, chosen.articles)
                print(f"filled with {chosen.articles} articles in {time.perf_counter() - started:.0f} s")
            measure(database)


def measure(database: Database) -> None:
    """Ask each query five times."""
    medians = []
    for query in QUERIES:
        parsed = parse(query)
        times = []
        for _ in range(5):
            started = time.perf_counter()
            with database.session() as session:
                found = list(islice(search.search(session, parsed), 20))
            times.append((time.perf_counter() - started) * 1000)
        medians.append(statistics.median(times))
        print(f"{medians[-1]:8.1f} ms  first {times[0]:8.1f} ms  {len(found):3} found  {query}", flush=True)
    print(json.dumps({"median_ms": round(statistics.median(medians), 1), "worst_ms": round(max(medians), 1)}))


if __name__ == "__main__":
    main()
