"""Compare poll policies at equal cost: how late is an entry found, for the same number of polls a day?

    python bench/poll_policy.py [--corpus DIR] [--polls-per-day 24] [--feeds 60] [--days 28]

Replays publication times through the real decider (`monitor.feeds.schedule.decide`) and through three others:
every 60 minutes; Miniflux's entry count (interval = a week / entries of the last week); rss-fetcher's overlap
(longer when most of a poll's entries are known, shorter when few are). Every policy's interval is
scaled until it spends the same polls a day over the same feeds, within the same bounds (5 min to 6 h).

Times are (1) those of the entries of real feeds, as far as a capture reaches: most hold 10 to 50 entries; and
(2) made ones, seeded: newsrooms with a working day and a week, wires, columns, bursts. Feeds are split by
name into a half to tune on and a half held out.
"""

import argparse
import math
import random
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from monitor.errors import FeedError
from monitor.feeds import schedule
from monitor.feeds.parse import parse
from monitor.feeds.schedule import FeedState, Read, Settings, Unchanged
from monitor.model import Fetched, FoundEntry, FoundFeed

LEAST, MOST = 300.0, 21600.0
DAY = 86400.0
MAX_DAYS = 28.0
EPOCH = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class Feed:
    """Publication times in seconds since `EPOCH`; the first `known` are on show when it is added."""

    name: str
    times: tuple[float, ...]
    known: int
    window: int  # entries on show at once

    @property
    def start(self) -> float:
        return self.times[self.known - 1] + 1.0

    @property
    def days(self) -> float:
        return max((self.times[-1] - self.start) / DAY, 1e-9)


# A policy takes a feed and its scale, and returns the delay in seconds of each entry, and the polls spent.
Policy = Callable[[Feed, float], tuple[list[float], int]]


def clamp(seconds: float) -> float:
    return min(max(seconds, LEAST), MOST)


def replay(feed: Feed, step: Callable[[float, int, int], float]) -> tuple[list[float], int]:
    """Poll until the last entry is found. `step(now, new, on_show)` returns seconds to the next poll."""
    now, seen, polls, delays = feed.start, feed.known, 0, []
    wait = step(now, min(seen, feed.window), min(seen, feed.window))
    while True:
        now += wait
        polls += 1
        count = bisect_right(feed.times, now)
        delays += (now - time for time in feed.times[seen:count])
        new = min(count - seen, feed.window)
        seen = count
        if seen == len(feed.times):
            return delays, polls
        wait = step(now, new, min(count, feed.window))


def fixed(feed: Feed, scale: float) -> tuple[list[float], int]:
    return replay(feed, lambda now, new, shown: clamp(3600.0 * scale))


def miniflux(feed: Feed, scale: float) -> tuple[list[float], int]:
    """A week over the entries of the last week (internal/model/feed.go, ScheduleNextCheck)."""

    def step(now: float, new: int, shown: int) -> float:
        count = bisect_right(feed.times, now) - bisect_right(feed.times, now - 7 * DAY)
        return clamp(scale * (7 * DAY / count if count else MOST))

    return replay(feed, step)


def overlap(feed: Feed, scale: float) -> tuple[list[float], int]:
    """Longer where 67 % of a poll's entries are known, shorter where less than 33 % are.

    fetcher/tasks.py, _check_auto_adjust, with the defaults of fetcher/config.py.
    """
    minutes = 360.0

    def step(now: float, new: int, shown: int) -> float:
        nonlocal minutes
        known = 100.0 * (shown - new) / shown if shown else 100.0
        if known >= 67:
            minutes = min(minutes + 10, MOST / 60)
        elif known < 33:
            minutes = max(minutes - 60, 10.0)
        return clamp(minutes * 60 * scale)

    return replay(feed, step)


def ours(feed: Feed, scale: float) -> tuple[list[float], int]:
    settings = Settings(LEAST, MOST, patience=schedule.PATIENCE * scale)
    generator = random.Random(feed.name)
    body = Fetched("", "", 200, {}, b"", 0.0)
    state = FeedState("", next_poll_at=EPOCH)

    def step(now: float, new: int, shown: int) -> float:
        nonlocal state
        moment = EPOCH + timedelta(seconds=now)
        if new:
            count = bisect_right(feed.times, now)
            fresh = tuple(map(entry, feed.times[count - new : count]))
            shape = FoundFeed("", None, 0.0, (fresh[0],) * shown)
            decision = schedule.decide(
                state, Read(body, "", shape, fresh), now=moment, settings=settings, jitter=generator.random()
            )
        else:
            decision = schedule.decide(
                state, Unchanged(body), now=moment, settings=settings, jitter=generator.random()
            )
        state = decision.state
        return (state.next_poll_at - moment).total_seconds()

    return replay(feed, step)


def entry(time: float) -> FoundEntry:
    return FoundEntry(str(time), None, "", "", None, "", (), EPOCH + timedelta(seconds=time), "", "")


POLICIES: dict[str, Policy] = {"ours": ours, "fixed": fixed, "miniflux": miniflux, "overlap": overlap}


# -- feeds -----------------------------------------------------------------------------------------


def real_feeds(corpus: Path) -> list[Feed]:
    """Feeds of the corpus with ten dated entries or more, each cut to its last four weeks."""
    feeds: dict[tuple[float, ...], Feed] = {}
    for path in sorted(corpus.rglob("*")):
        if not path.is_file() or path.suffix in (".md", ".gz"):
            continue
        try:
            parsed = parse(path.read_bytes(), url="https://example.org/feed")
        except FeedError:
            continue
        moments = sorted({m for e in parsed.entries if (m := e.published or e.updated)})
        times = tuple((m - EPOCH).total_seconds() for m in moments)
        if len(times) < 10 or times[-1] - times[0] < 3600:
            continue
        late = max(len(times) - bisect_right(times, times[-1] - MAX_DAYS * DAY), 5)
        known = max(len(times) - late, len(times) // 2)
        feeds[times] = Feed(str(path.relative_to(corpus)), times, known, len(times))
    return list(feeds.values())


def made_feeds(count: int, days: float) -> list[Feed]:
    """Seeded feeds: a rate, a working day in some time zone, a weekend, and bursts for some."""
    feeds = []
    for number in range(count):
        generator = random.Random(f"feed {number}")
        per_day = math.exp(generator.uniform(math.log(0.4), math.log(150)))
        start, length = generator.randrange(24), generator.choice((8, 11, 14, 24))
        night = 1.0 if length == 24 else generator.choice((0.0, 0.05, 0.15))
        weekend = generator.choice((0.1, 0.4, 1.0))
        burst = generator.choice((0.0, 0.0, 0.5))  # share of entries that follow another within minutes

        # of each of the 168 hours of a week, as a share of the busiest
        rates = [
            (1.0 if (hour - start) % 24 < length else night) * (weekend if hour >= 5 * 24 else 1.0)
            for hour in range(168)
        ]
        mean = sum(rates) / 168
        top = per_day * (1 - burst) / DAY / mean
        times, time = [], 0.0
        while (time := time + generator.expovariate(top)) < days * DAY:
            if generator.random() < rates[int(time // 3600) % 168]:
                times.append(time)
                while generator.random() < burst:
                    times.append(times[-1] + generator.expovariate(1 / 600))
        times.sort()
        window = generator.choice((10, 20, 30, 50))
        known = min(window, len(times) // 4)
        if known >= 3:
            feeds.append(Feed(f"made {number} ({per_day:.1f}/day)", tuple(times), known, window))
    return feeds


# -- comparison ------------------------------------------------------------------------------------


def run(policy: Policy, feeds: Iterable[Feed], scale: float) -> tuple[list[float], float]:
    """All delays, and the polls a day of the average feed."""
    delays: list[float] = []
    rates = []
    for feed in feeds:
        found, polls = policy(feed, scale)
        delays += found
        rates.append((polls, feed.days))
    return delays, sum(polls for polls, _ in rates) / sum(days for _, days in rates)


def at_budget(policy: Policy, feeds: list[Feed], budget: float) -> tuple[list[float], float, float]:
    """The policy scaled so that it spends `budget` polls a day, as near as its bounds allow."""
    low, high = 1e-3, 1e3
    best: tuple[list[float], float, float] | None = None
    for _ in range(14):
        scale = math.sqrt(low * high)
        delays, polls = run(policy, feeds, scale)
        if best is None or abs(polls - budget) < abs(best[1] - budget):
            best = (delays, polls, scale)
        if abs(polls / budget - 1) < 0.005:
            break
        low, high = (scale, high) if polls > budget else (low, scale)
    assert best is not None
    return best


def report(title: str, feeds: list[Feed], budget: float) -> None:
    entries = sum(len(feed.times) - feed.known for feed in feeds)
    print(f"\n{title}: {len(feeds)} feeds, {entries} entries to find")
    print(f"{'policy':10} {'polls/day':>9} {'median min':>10} {'p95 min':>8} {'mean min':>8} {'scale':>7}")
    for name, policy in POLICIES.items():
        delays, polls, scale = at_budget(policy, feeds, budget)
        delays.sort()
        p95 = delays[min(int(len(delays) * 0.95), len(delays) - 1)]
        mean = sum(delays) / len(delays)
        minutes = [value / 60 for value in (median(delays), p95, mean)]
        print(f"{name:10} {polls:9.1f} {minutes[0]:10.1f} {minutes[1]:8.1f} {minutes[2]:8.1f} {scale:7.2f}")


def halves(feeds: list[Feed]) -> tuple[list[Feed], list[Feed]]:
    chosen = [zlib.crc32(feed.name.encode()) % 2 == 0 for feed in feeds]
    return (
        [feed for feed, first in zip(feeds, chosen, strict=True) if first],
        [feed for feed, first in zip(feeds, chosen, strict=True) if not first],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    default = Path(__file__).parent.parent.parent / "shared" / "corpus" / "feeds"
    parser.add_argument("--corpus", type=Path, default=default)
    parser.add_argument("--polls-per-day", type=float, default=24.0)
    parser.add_argument("--feeds", type=int, default=60, help="made feeds")
    parser.add_argument("--days", type=float, default=28.0, help="length of the made feeds")
    arguments = parser.parse_args()
    kinds = {"made": made_feeds(arguments.feeds, arguments.days)}
    if arguments.corpus.is_dir():
        kinds["real"] = real_feeds(arguments.corpus)
    for kind, feeds in kinds.items():
        for half, part in zip(("tuning half", "held-out half"), halves(feeds), strict=True):
            report(f"{kind}, {half}", part, arguments.polls_per_day)


if __name__ == "__main__":
    main()
