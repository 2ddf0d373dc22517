"""The kill test and its control as one command: python -m tests.acceptance.kills [--kills N].

Daemons are killed at random moments while articles come in and messages go out. In the end every alert must
have arrived, and on each channel there may be at most one repeat for each kill that fell into a send. Then
the control, a daemon that marks before it sends, must fail the same test.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.config import Config, LoggingConfig
from monitor.logs import configure
from monitor.services import open_services
from monitor.store import feeds, outbox, reading, tables
from monitor.store.database import Database
from monitor.store.migrate import upgrade
from tests.acceptance.killer import Threads
from tests.acceptance.sinks import Site, Taken, world

ROOT = Path(__file__).parent.parent.parent
LONGEST_SECONDS = 0.6
# One rule tells 20 alerts in ten minutes and then a backlog: the articles are shared out over enough rules,
# and it takes longer than ten minutes until it is a rule's turn again.
ARTICLES_A_RULE = 15
RULES_MAX = 150
UNREAD_MAX = 30
_IDENTITY = re.compile(r"alert ([0-9a-f]{24})")


@dataclass(frozen=True)
class Outcome:
    """What was true in the end. Counts by channel are in the order mail, slack."""

    killed: int
    articles: int
    matching: int  # articles stored
    alerts: int
    arrived: tuple[int, int]  # different alerts
    repeats: tuple[int, int]  # arrivals beyond the first
    kills_in_a_send: tuple[int, int]
    unknown: int  # messages that belong to no alert
    states: dict[str, int]
    under_fire: int  # messages that arrived while daemons were being killed
    seconds: float

    @property
    def lost(self) -> int:
        """Articles without an alert, and alerts that did not arrive on both channels."""
        return self.articles - self.alerts + sum(self.alerts - count for count in self.arrived)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, and repeats are explained by kills and known by their identity."""
        explained = all(
            repeats <= kills for repeats, kills in zip(self.repeats, self.kills_in_a_send, strict=True)
        )
        return self.lost == 0 and explained and self.unknown == 0


def texts(count: int) -> list[tuple[str, str]]:
    """Return articles that all match, each with words of its own."""
    made = []
    for number in range(count):
        own = " ".join(f"word{number}x{position}" for position in range(60))
        made.append(
            (
                f"Kazakhstan and the CSTO, part {number}, desk{number // ARTICLES_A_RULE % RULES_MAX}",
                f"<p>Kazakhstan said that it will not send troops to the CSTO exercise number {number}.</p>"
                f"<p>The president in Astana spoke of the Collective Security Treaty Organization. {own}.</p>"
                f"<p>Nobody else was named, said the spokesman in his statement of day {number}.</p>",
            )
        )
    return made


def tables_for(url: str, taken: Taken, articles: int) -> dict[str, Any]:
    """Return a configuration's tables, without politeness, for servers on loopback."""
    return {
            "database": {"url": url},
            "polling": {"min_interval": "0.2s", "max_interval": "0.3s", "workers": 1},
            "network": {
                "ports": [taken.http_port],
                "allow_private": ["127.0.0.0/8"],
                "respect_robots": False,
                "default_host": {"delay": "0s", "concurrency": 8},
            },
            "feeds": [{"url": f"http://127.0.0.1:{taken.http_port}/feed"}],
            "rules": [
            {
                "name": f"csto {desk}", "query": f"desk{desk}", "countries": ["KZ"], "themes": ["csto"],
                "channels": ["mail", "slack"],
            }
            for desk in range(min(RULES_MAX, articles // ARTICLES_A_RULE + 1))
        ],
            "channels": {
                "mail": {
                    "type": "email", "host": "127.0.0.1", "port": taken.smtp_port, "security": "none",
                    "sender": "monitor@example.org", "to": ["desk@example.org"],
                    "allow_private": ["127.0.0.0/8"], "per_minute": 60000,
                },
                "slack": {
                    "type": "slack", "webhook_url": f"http://127.0.0.1:{taken.http_port}/slack",
                    "allow_private": ["127.0.0.0/8"], "per_minute": 60000,
                },
            },
    }  # fmt: skip


class _Sends:
    """Counts, by channel, the kills that fell into a send: those that left a lease behind."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: set[tuple[int, datetime]] = set()
        self.cut_off: Counter[str] = Counter()

    def look(self) -> None:
        """Look at the leases while no daemon lives."""
        columns = (tables.Delivery.id, tables.Delivery.lease_until, tables.Delivery.channel)
        leased = self._database.read(
            lambda session: session.execute(
                select(*columns).where(tables.Delivery.lease_until.is_not(None))
            ).all()
        )
        new = [row for row in leased if (row.id, row.lease_until) not in self._seen]
        self._seen.update((row.id, row.lease_until) for row in new)
        self.cut_off.update({row.channel for row in new})


def run(
    url: str,
    folder: Path,
    *,
    kills: int,
    seed: int,
    articles: int,
    mark_first: bool = False,
    progress: Callable[[int, Site], None] = lambda _killed, _site: None,
) -> Outcome:
    """Kill the daemon `kills` times while `articles` appear, then let it finish, and count."""
    site = Site(texts(articles))
    begun = time.monotonic()
    with world(site) as taken, Database(url) as database:
        config = tables_for(url, taken, articles)
        path = folder / "config.json"
        path.write_text(json.dumps(config))
        command = [sys.executable, "-m", "tests.acceptance.killer", str(path), str(kills), str(seed)]
        command += [str(LONGEST_SECONDS), *(["mark-first"] if mark_first else [])]
        sends = _Sends(database)
        killed = 0
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, **pipes, text=True, cwd=ROOT) as killer:  # type: ignore[call-overload]
            for line in killer.stdout:
                killed += json.loads(line)["signal"] == 9
                # Articles appear all along, the last ones before the last kills; on a busy machine, in which
                # daemons get little done before they die, no faster than they are read.
                wanted = min(articles, 1 + killed * articles * 10 // (kills * 9))
                site.published = max(site.published, min(wanted, len(site.read) + UNREAD_MAX))
                sends.look()
                progress(killed, site)
                killer.stdin.write("next\n")
                killer.stdin.flush()
        assert killer.returncode == 0
        site.published = articles
        under_fire = len(taken.message_ids) + len(taken.posts)
        _in_a_thread(Config.model_validate(config), site)
        return _count(database, taken, killed, articles, sends, under_fire, time.monotonic() - begun)


def _in_a_thread(config: Config, site: Site) -> None:
    """Let the services finish: nothing due, nothing waiting."""
    configure(LoggingConfig(format="json", level="error"))
    errors: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(_finish(config, site))
        except BaseException as error:  # noqa: BLE001  (raised again below)
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


async def _finish(config: Config, site: Site) -> None:
    async with open_services(config, workers=Threads()) as services:  # type: ignore[arg-type]
        idle = 0
        while idle < 3:
            read = len(site.read)
            # A poll that a busy machine has timed out would only be due again in minutes.
            await services.database.awrite(lambda session: feeds.make_due(session, services.clock()))
            await services.poller.crew.drain()
            await services.ingester.crew.drain()
            idle = 0 if len(site.read) > read else idle + 1
            await asyncio.sleep(0.3)
        await services.deliverer.drain()


def _count(
    database: Database,
    taken: Taken,
    killed: int,
    articles: int,
    sends: _Sends,
    under_fire: int,
    seconds: float,
) -> Outcome:
    rows = database.read(lambda session: outbox.listed(session, limit=10 * articles))
    identities = {row.identity for row in rows}
    stored = database.read(lambda session: list(reading.stored_articles(session, range(1, 10 * articles))))
    mailed = [message_id.strip("<>").partition("@")[0] for message_id in taken.message_ids]
    posted = [name for post in taken.posts for name in _IDENTITY.findall(post["text"])]
    channels = (mailed, posted)
    return Outcome(
        killed=killed,
        articles=articles,
        matching=len({article.analysis.article.url for article in stored}),
        alerts=len(identities),
        arrived=(len(identities & set(mailed)), len(identities & set(posted))),
        repeats=(len(mailed) - len(set(mailed)), len(posted) - len(set(posted))),
        kills_in_a_send=(sends.cut_off["mail"], sends.cut_off["slack"]),
        unknown=sum(len(set(names) - identities) for names in channels),
        states=database.read(outbox.counts),
        under_fire=under_fire,
        seconds=round(seconds, 1),
    )


def _run_on_sqlite(
    name: str, *, kills: int, seed: int, articles: int, mark_first: bool, worlds: int
) -> list[Outcome]:
    """Run the test in `worlds` side by side, each with its share of kills and articles; print what came."""
    begun = time.monotonic()

    def one(number: int, folder: str) -> Outcome:
        def progress(killed: int, site: Site) -> None:
            if killed % 500 == 0:
                told = f"{killed} kills, {len(site.read)} articles read, {time.monotonic() - begun:.0f} s"
                print(f"{name}, world {number + 1} of {worlds}: {told}", file=sys.stderr, flush=True)

        return run(
            f"sqlite:///{folder}/monitor.db", Path(folder),
            kills=_share(kills, number, worlds), articles=_share(articles, number, worlds),
            seed=seed + number, mark_first=mark_first, progress=progress,
        )  # fmt: skip

    with ExitStack() as stack:
        folders = [stack.enter_context(tempfile.TemporaryDirectory()) for _ in range(worlds)]
        for folder in folders:
            with Database(f"sqlite:///{folder}/monitor.db") as database:
                upgrade(database)
        threads = stack.enter_context(ThreadPoolExecutor(worlds))
        outcomes = list(threads.map(one, range(worlds), folders))
    for outcome in outcomes:
        print(json.dumps(asdict(outcome)))
    killed, lost = (sum(getattr(outcome, key) for outcome in outcomes) for key in ("killed", "lost"))
    in_a_send = sum(sum(outcome.kills_in_a_send) for outcome in outcomes)
    repeats = sum(sum(outcome.repeats) for outcome in outcomes)
    arrived = sum(sum(outcome.arrived) for outcome in outcomes)
    print(
        f"{name}: {killed} kills, {in_a_send} sends cut off, {arrived} messages arrived, {repeats} repeats, "
        f"{lost} lost",
        flush=True,
    )
    return outcomes


def _share(total: int, number: int, worlds: int) -> int:
    return total // worlds + (number < total % worlds)


def main() -> int:
    """Run the test, then the control; returns 0 where the first holds and the second loses."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--control-kills", type=int, help="default: a tenth of the kills, 50 at least")
    parser.add_argument("--articles", type=int, help="default: one for two kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", type=int, default=1, help="so many side by side share the kills")
    options = parser.parse_args()
    control_kills = options.control_kills or max(50, options.kills // 10)
    articles = options.articles or max(60, options.kills // 2)
    tested = _run_on_sqlite(
        "test", kills=options.kills, seed=options.seed, articles=articles, mark_first=False,
        worlds=options.worlds,
    )  # fmt: skip
    control = _run_on_sqlite(
        "control", kills=control_kills, seed=options.seed,
        articles=max(60, articles * control_kills // options.kills), mark_first=True, worlds=1,
    )  # fmt: skip
    holds, fails = all(outcome.holds for outcome in tested), any(outcome.lost for outcome in control)
    print(
        f"the test {'holds' if holds else 'FAILS'}, the control {'fails, as it should' if fails else 'HOLDS'}"
    )
    return int(not (holds and fails))


if __name__ == "__main__":
    sys.exit(main())
