"""doctor: one look at everything that must work, each with what to do."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

import typer

from monitor.cli.common import ConfigOption, JsonOption, load_config
from monitor.cli.output import clean, print_json
from monitor.errors import AlreadyRunning

if TYPE_CHECKING:
    from monitor.config import Config, Network
    from monitor.store.database import Database

FREE_BYTES_LEAST = 1_000_000_000
CONNECT_SECONDS = 5.0
OVERDUE = timedelta(minutes=15)  # a busy daemon may be minutes late


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fails` must be mended, `warns` should be looked at."""

    what: str
    state: Literal["fine", "warns", "fails"]
    detail: str


def register(app: typer.Typer) -> None:
    """Add the command of this module to the tree."""
    app.command()(doctor)


def doctor(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    service: Annotated[
        bool,
        typer.Option(
            "--service", help="For health checks: the daemon must run and work, no network is asked."
        ),
    ] = False,
) -> None:
    """Look at everything that must work: configuration, database, disk, daemon, feeds, messages, network."""
    loaded = load_config(config)
    findings = [*_program(loaded), *_database(loaded)]
    if service:
        findings = [
            replace(f, state="fails") if f.what == "daemon" and f.state == "warns" else f for f in findings
        ]
    else:
        findings += [*_network(loaded), *_channels(loaded), *_web(loaded)]
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            print(f"{finding.state:5}  {finding.what}: {clean(finding.detail)}")
    if any(finding.state == "fails" for finding in findings):
        raise typer.Exit(1)


def _program(config: "Config") -> Iterator[Finding]:
    from monitor import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("program", "fine", f"monitor {__version__}, Python {python}")
    yield Finding("configuration", "fine", f"{config.path}")
    for warning in config.warnings:
        yield Finding("configuration", "warns", warning.message)
    if not config.network.contact:
        yield Finding("configuration", "warns", "network.contact is empty: site owners cannot reach you")


def _database(config: "Config") -> Iterator[Finding]:
    from monitor.store import migrate
    from monitor.store.database import Database, sqlite_path

    with Database(config.database.url) as database:
        problems = migrate.check(database)
        for problem in problems:
            yield Finding("database", "fails", problem)
        if problems:
            return
        yield Finding("database", "fine", f"{database.url!r}, revision {migrate.newest()}")
        path = sqlite_path(database.url)
        if path is not None:
            yield _disk(path)
        yield from _daemon(database)
        yield from _work(database)


def _disk(path: Path) -> Finding:
    free = shutil.disk_usage(path.parent).free
    state: Literal["fine", "warns"] = "fine" if free >= FREE_BYTES_LEAST else "warns"
    size = path.stat().st_size
    return Finding("disk", state, f"{free / 1e9:.1f} GB free, the database takes {size / 1e6:.1f} MB")


def _daemon(database: "Database") -> Iterator[Finding]:
    from monitor.clock import utc_now
    from monitor.store import feeds

    try:
        database.lock()
    except AlreadyRunning as running:
        yield Finding("daemon", "fine", f"runs as process {running.pid}")
    else:
        database.unlock()
        yield Finding("daemon", "warns", "does not run: `monitor run` starts it")
    due = database.read(feeds.next_due_at)
    if due is not None and utc_now() - due > OVERDUE:
        yield Finding("daemon", "warns", f"feeds are due since {clean(due)} UTC and not polled")


def _work(database: "Database") -> Iterator[Finding]:
    from monitor.clock import utc_now
    from monitor.store import digests, entries, outbox

    now = utc_now()
    with database.session() as session:
        feeds = digests.health(session, now, now)
        waiting = entries.pending_count(session)
        messages = outbox.counts(session)
    failing = sum(feed.state == "failing" for feed in feeds)
    yield Finding(
        "feeds",
        "warns" if failing else "fine",
        f"{len(feeds) - failing} of {len(feeds)} without error (`monitor feeds health --troubled`)",
    )
    yield Finding("entries", "fine", f"{waiting} wait for their page")
    dead = messages.get("dead", 0)
    yield Finding(
        "messages",
        "warns" if dead else "fine",
        f"{messages.get('sent', 0)} sent, {messages.get('pending', 0)} pending, {dead} dead"
        + (" (`monitor alerts dead`)" if dead else ""),
    )


def _network(config: "Config") -> Iterator[Finding]:
    """Reach the host of one feed: whether there is a network at all."""
    if not config.feeds:
        return
    parts = urlsplit(config.feeds[0].url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    yield asyncio.run(_reach(config, "network", parts.hostname or "", port, ()))


def _channels(config: "Config") -> Iterator[Finding]:
    from monitor.config import EmailChannel

    if not config.channels:
        yield Finding("channels", "fails", "none is configured: nobody would be told of anything")
    for name, table in config.channels.items():
        if isinstance(table, EmailChannel):
            yield asyncio.run(_reach(config, f"channel {name}", table.host, table.port, table.allow_private))
        else:
            yield Finding(f"channel {name}", "fine", f"{table.type}: `monitor test-alert {name}` tries it")


def _web(config: "Config") -> Iterator[Finding]:
    """Where messages carry links, something must answer them."""
    web = config.web
    if not web.base_url:
        return
    host = web.host if web.host not in ("0.0.0.0", "::") else "localhost"  # noqa: S104  (every address)
    here = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    found = asyncio.run(_reach(config, "web", host, web.port, here))
    if found.state != "fine":
        found = replace(found, detail=f"messages carry links, and nothing answers them: {found.detail}")
    yield found


async def _reach(
    config: "Config", what: str, host: str, port: int, allow_private: "tuple[Network, ...]"
) -> Finding:
    from monitor.net import Web

    async with Web(config.network) as web:
        try:
            connection = await web.open_connection(
                host, port, allow_private=allow_private, timeout_seconds=CONNECT_SECONDS
            )
        except OSError as error:
            return Finding(what, "warns", f"{host}:{port} cannot be reached: {error}")
    connection.close()
    return Finding(what, "fine", f"{host}:{port} answers")
