"""The kill test as a command: python -m tests.acceptance.kills [--kills N] [--seed N] [--control]."""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from monitor.config import Config, LoggingConfig
from monitor.logs import configure
from monitor.services import open_services
from monitor.store import outbox, reading
from monitor.store.database import Database
from monitor.store.migrate import upgrade
from tests.acceptance.killer import Threads
from tests.acceptance.sinks import Site, Taken, world

ROOT = Path(__file__).parent.parent.parent
LONGEST_SECONDS = 0.6
# One rule tells 20 alerts in ten minutes and then a backlog: the articles are shared out over enough rules.
ARTICLES_A_RULE = 15


@dataclass(frozen=True)
class Outcome:
    """What was true in the end."""

    killed: int
    matching: int
    alerts: int
    mailed: int  # different Message-IDs that arrived
    posted: int  # different alerts in Slack posts
    repeats: int  # arrivals beyond the first, on the channel that had more of them
    unknown: int  # messages that belong to no alert
    states: dict[str, int]
    under_fire: int  # messages that arrived while daemons were being killed
    seconds: float


def texts(count: int) -> list[tuple[str, str]]:
    """Return articles that all match, each with words of its own."""
    made = []
    for number in range(count):
        own = " ".join(f"word{number}x{position}" for position in range(60))
        made.append(
            (
                f"Kazakhstan and the CSTO, part {number}, desk{number // ARTICLES_A_RULE}",
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
            for desk in range(articles // ARTICLES_A_RULE + 1)
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


def run(url: str, folder: Path, *, kills: int, seed: int, articles: int, mark_first: bool = False) -> Outcome:
    """Kill the daemon `kills` times while `articles` appear, then let it finish, and count."""
    site = Site(texts(articles))
    begun = time.monotonic()
    with world(site) as taken:
        tables = tables_for(url, taken, articles)
        path = folder / "config.json"
        path.write_text(json.dumps(tables))
        command = [sys.executable, "-m", "tests.acceptance.killer", str(path), str(kills), str(seed)]
        command += [str(LONGEST_SECONDS), *(["mark-first"] if mark_first else [])]
        killed = 0
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as killer:
            assert killer.stdout is not None
            for line in killer.stdout:
                killed += json.loads(line)["signal"] == 9
                # Articles appear all along, the last ones before the last kills.
                site.published = min(articles, 1 + killed * articles * 10 // (kills * 9))
        assert killer.returncode == 0
        site.published = articles
        under_fire = len(taken.message_ids) + len(taken.posts)
        _in_a_thread(Config.model_validate(tables))
        with Database(url) as database:
            return _count(database, taken, killed, articles, under_fire, time.monotonic() - begun)


def _in_a_thread(config: Config) -> None:
    """Let the services finish: nothing due, nothing waiting."""
    configure(LoggingConfig(format="json", level="error"))
    errors: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(_finish(config))
        except BaseException as error:  # noqa: BLE001  (raised again below)
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


async def _finish(config: Config) -> None:
    async with open_services(config, workers=Threads()) as services:  # type: ignore[arg-type]
        for _ in range(3):
            await services.poller.crew.tick()
            await asyncio.sleep(0.3)
        await services.poller.crew.stop(5)
        await services.ingester.crew.drain()
        await services.deliverer.drain()


def _count(
    database: Database, taken: Taken, killed: int, articles: int, under_fire: int, seconds: float
) -> Outcome:
    rows = database.read(lambda session: outbox.listed(session, limit=100_000))
    identities = {row.identity for row in rows}
    stored = database.read(lambda session: list(reading.stored_articles(session, range(1, 10 * articles))))
    mailed = [message_id.strip("<>").partition("@")[0] for message_id in taken.message_ids]
    posted = [name for post in taken.posts for name in identities if name in json.dumps(post)]
    return Outcome(
        killed=killed,
        matching=len({article.analysis.article.url for article in stored}),
        alerts=len(identities),
        mailed=len(set(mailed)),
        posted=len(set(posted)),
        repeats=max(len(mailed) - len(set(mailed)), len(posted) - len(set(posted))),
        unknown=len(set(mailed) - identities),
        states=database.read(outbox.counts),
        under_fire=under_fire,
        seconds=round(seconds, 1),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control", action="store_true", help="mark before sending: must lose alerts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/monitor.db"
        with Database(url) as database:
            upgrade(database)
        articles = max(60, options.kills // 50)
        outcome = run(
            url, Path(folder), kills=options.kills, seed=options.seed, articles=articles,
            mark_first=options.control,
        )  # fmt: skip
    print(json.dumps(asdict(outcome), indent=2))
    lost = 2 * outcome.alerts - outcome.mailed - outcome.posted + articles - outcome.alerts
    print(f"lost: {lost}")
    return int((lost > 0) != options.control)


if __name__ == "__main__":
    sys.exit(main())
