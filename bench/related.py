"""Reports of one event by different outlets: precision and recall of *related*, and what a new story costs.

    python -m bench.related [--counted N]
    python -m bench.related --cost 20000 [--url postgresql+psycopg://...]

A pair of one outlet is never linked, as in the service. The words are counted over the texts of the pairs
themselves, or over a sample of N of them, as in a young database. "keys" is the share of the links whose
two texts are found by their keys. Halves are by a hash of the pair's id; the threshold was chosen on
"dev".

With `--cost` so many made-up stories of one window are stored, and the last 500 are timed: all that finding,
linking and remembering adds to the transaction, beside the bare insert of the story.
"""

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from sqlalchemy import func, select

from bench.corpus import ROOT
from monitor.articles.related import THRESHOLD, gist, is_related, keys_of, profile, relatedness
from monitor.model import Analysis, Extracted, Gist, Kind, Tagging
from monitor.pipeline.ingest import open_story
from monitor.store import articles, migrate
from monitor.store.articles import NewArticle
from monitor.store.database import Database
from monitor.store.stories import SHARED_MIN
from monitor.store.tables import StoryLink


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
        results.append(Scored(pair, score, len(keys) >= SHARED_MIN))
    return results


# -- cost ------------------------------------------------------------------------------------------

NOW = datetime(2026, 3, 2, tzinfo=UTC)
VOCABULARY = 60_000
REPORTS = 4  # of each made-up event
TIMED = 500


def _made_up(draw: random.Random, number: int) -> Gist:
    """A gist of words by Zipf's law, half of them its event's, and of the names of its event."""
    event = random.Random(number // REPORTS)
    names = {f"n{event.randrange(VOCABULARY // 4)}" for _ in range(12)}
    told = [f"w{int(VOCABULARY ** event.random())}" for _ in range(60)]
    chosen = {name for name in names if draw.random() < 0.9}
    words = dict.fromkeys((word for word in told if draw.random() < 0.9), 2)
    words |= {f"w{int(VOCABULARY ** draw.random())}": 1 for _ in range(50)}
    moment = NOW + timedelta(seconds=number * 10)
    return Gist(words | dict.fromkeys(chosen, 2), frozenset(chosen), frozenset({"KZ"}), moment, "en")


def _new(number: int, outlet_id: int) -> NewArticle:
    article = Extracted(
        url=None, title=f"Story {number}", text="", byline=(), outlet=None, published=None, updated=None,
        language="en", section=None, removed=(), kind=Kind("news", 1.0, ()), method="native", quality=1.0,
    )  # fmt: skip
    moment = NOW + timedelta(seconds=number * 10)
    return NewArticle(Analysis(str(number), article, Tagging(), str(number)), None, outlet_id, moment, (), "")


def cost(count: int, url: str | None) -> None:
    """Store `count` stories and print what the last ones cost."""
    draw = random.Random(1)
    with (
        tempfile.TemporaryDirectory() as folder,
        Database(url or f"sqlite:///{Path(folder) / 'monitor.db'}") as database,
    ):
        migrate.upgrade(database)
        with database.transaction() as session:
            outlets = [articles.outlet(session, f"{n}.example", name="") for n in range(200)]
        whole, bare = [], []
        for start in range(0, count + TIMED, 100):
            with database.transaction() as session:
                for number in range(start, min(start + 100, count + TIMED)):
                    told = _made_up(draw, number)
                    new = _new(number, outlets[number % len(outlets)])
                    begun = time.process_time()
                    open_story(session, new, told)
                    whole.append((time.process_time() - begun) * 1000)
                    begun = time.process_time()
                    articles.new_story(session, title="x", first_seen_at=NOW, origin=None)
                    bare.append((time.process_time() - begun) * 1000)
        with database.session() as session:
            links = session.scalar(select(func.count()).select_from(StoryLink))
    print(f"CPU of {TIMED} stories; {links} links of {count + TIMED}")
    early, late = whole[600 : 600 + TIMED], whole[-TIMED:]
    for name, spent in (("first", early), ("last", late), ("bare", bare[-TIMED:])):
        print(f"{name:5} median {median(spent):.2f} ms, p95 {quantiles(spent, n=20)[-1]:.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counted", type=int, help="texts of each language whose words are counted")
    parser.add_argument("--cost", type=int, help="stories to store before the timed ones")
    parser.add_argument("--url", help="an empty database; SQLite in a temporary folder if left out")
    arguments = parser.parse_args()
    if arguments.cost:
        cost(arguments.cost, arguments.url)
        return
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
