"""run, demo, poll, ingest, digest, test-alert: the services, as the daemon or once by hand."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.common import (
    ConfigOption,
    JsonOption,
    load_config,
    open_database,
    parse_since,
)
from monitor.cli.output import note, print_rows, progress
from monitor.errors import AlreadyRunning, MonitorError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from monitor.config import Config, DigestConfig
    from monitor.messages.digest import Digest
    from monitor.model import SendOutcome
    from monitor.services import Services
    from monitor.store.feeds import StoredFeed


DigestFormat = Literal["text", "markdown", "html", "json", "csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Polled:
    """How the poll of one feed went."""

    url: str
    outcome: str
    error: str | None
    gap: bool
    next_poll_at: datetime


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the tree."""
    app.command()(run)
    app.command()(demo)
    app.command()(poll)
    app.command()(ingest)
    app.command()(digest)
    app.command("test-alert")(test_alert)


def run(config: ConfigOption = None) -> None:
    """Start the daemon: poll, ingest and deliver until SIGTERM or Ctrl-C; SIGHUP reads the file again."""
    from monitor import logs
    from monitor.daemon import serve

    loaded = load_config(config)
    logs.configure(loaded.logging)
    watchdog = os.environ.get("WATCHDOG_USEC", "")
    for_us = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    asyncio.run(
        serve(
            loaded,
            reload=lambda: load_config(loaded.path),
            notify_address=os.environ.get("NOTIFY_SOCKET"),
            watchdog_seconds=int(watchdog) / 1e6 if watchdog.isdecimal() and for_us else None,
        )
    )


def demo(
    stay: Annotated[
        bool,
        typer.Option(
            "--stay", help="Only open the newsroom, to try rules on, and keep it open until Ctrl-C."
        ),
    ] = False,
) -> None:
    """Show the whole job offline in under a minute: feeds, articles, hits, mails, a digest."""
    from rich.console import Console

    from monitor.demo.run import run_demo
    from monitor.demo.stay import stay as keep_open

    if not stay:
        raise typer.Exit(asyncio.run(run_demo(Console())))
    with suppress(KeyboardInterrupt):
        asyncio.run(keep_open(Console()))


def poll(
    urls: Annotated[list[str] | None, typer.Argument(help="Which feeds; without, all that are due.")] = None,
    every: Annotated[bool, typer.Option("--now", help="All feeds, whether they are due or not.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Poll feeds and tell how each went. Where the daemon runs, it is asked to do it."""
    loaded = load_config(config)
    try:
        rows = asyncio.run(_poll(loaded, urls or [], every=every))
    except AlreadyRunning as running:
        if not urls and not every:
            note(f"The daemon (process {running.pid}) polls what is due; --now asks it to poll all feeds")
            return
        _leave_to_the_daemon(loaded, urls or [], running)
        return
    columns = {
        "Outcome": "outcome", "Next poll": "next_poll_at", "Gap": "gap", "Error": "error", "Address": "url",
    }  # fmt: skip
    print_rows(rows, columns, as_json=as_json, empty="No feed is due; --now polls all of them")
    if rows and all(row.error for row in rows):
        raise typer.Exit(1)


async def _poll(config: "Config", urls: Sequence[str], *, every: bool) -> list[Polled]:
    from monitor.store import feeds

    async with _services(config) as services:
        if urls:
            found = await services.database.aread(lambda session: [feeds.by_url(session, u) for u in urls])
        else:
            now = services.clock()
            listed = await services.database.aread(feeds.listed)
            found = [f for f in listed if not f.retired and (every or f.next_poll_at <= now)]
        chosen = [feed for feed in found if feed is not None]
        if len(chosen) < len(found):
            unknown = next(url for url, feed in zip(urls, found, strict=True) if feed is None)
            raise MonitorError(f"{unknown} is not a known feed: `monitor feeds add {unknown}` adds it")
        places = asyncio.Semaphore(config.polling.concurrency)
        with progress("polled", len(chosen)) as step:

            async def one(feed: "StoredFeed") -> Polled:
                async with places:
                    decision = await services.poller.poll(feed)
                step()
                state = decision.state
                return Polled(feed.url, decision.outcome, state.last_error, decision.gap, state.next_poll_at)

            return list(await asyncio.gather(*(one(feed) for feed in chosen)))


def _leave_to_the_daemon(config: "Config", urls: Sequence[str], running: AlreadyRunning) -> None:
    from monitor.clock import utc_now
    from monitor.store import feeds

    with open_database(config) as database, database.transaction() as session:
        count = feeds.make_due(session, utc_now(), urls)
    if urls and count < len(set(urls)):
        raise MonitorError(f"{len(set(urls)) - count} of these are not known feeds")
    note(f"The daemon (process {running.pid}) polls {count} feeds now: see `monitor feeds health`")


def ingest(config: ConfigOption = None) -> None:
    """Work off the entries that wait: fetch, analyse and store them, and send the alerts they cause."""
    sent, left = asyncio.run(_ingest(load_config(config)))
    typer.echo(f"{sent} messages sent, {left} entries left to try later")


async def _ingest(config: "Config") -> tuple[int, int]:
    from monitor.store import entries

    async with _services(config) as services:
        waiting = await services.database.aread(entries.pending_count)
        note(f"{waiting} entries wait")
        await services.ingester.crew.drain()
        sent = await services.deliverer.drain()
        return sent, await services.database.aread(entries.pending_count)


@asynccontextmanager
async def _services(config: "Config") -> AsyncIterator["Services"]:
    """Open the services with quiet logs: the command tells its results itself."""
    from monitor import logs
    from monitor.services import open_services

    level = config.logging.level if config.logging.level in ("debug", "error") else "warning"
    logs.configure(config.logging.model_copy(update={"level": level}))
    async with open_services(config) as services:
        yield services


# -- digest ----------------------------------------------------------------------------------------


def digest(
    name: Annotated[str | None, typer.Argument(help="Which digest of the configuration.")] = None,
    query: Annotated[
        str | None, typer.Option("--query", "-q", help="Instead: in the watch language.")
    ] = None,
    since: Annotated[str, typer.Option("--since", help='The period, such as "24h" or "7d".')] = "24h",
    form: Annotated[DigestFormat, typer.Option("--format", "-f", help="How to print it.")] = "text",
    send: Annotated[bool, typer.Option("--send", help="Hand it to the digest's channels, too.")] = False,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print a digest of the last day (or another period) now. The regular ones go on as they are."""
    from monitor.clock import utc_now
    from monitor.pipeline.digest import Slot, compose
    from monitor.watch.rules import vocabulary_of

    if form == "parquet" and sys.stdout.isatty():
        raise typer.BadParameter(
            "Parquet is no text: write it to a file, as in `--format parquet > digest.parquet`"
        )
    loaded = load_config(config)
    chosen = _digest_config(loaded, name, query)
    now = utc_now()
    slot = Slot(now, now.strftime("%Y-%m-%dT%H:%M:%S"))
    with open_database(loaded) as database:
        with database.session() as session:
            made, _ = compose(session, chosen, vocabulary_of(loaded), slot, parse_since(since), now)
        _write(made, "json" if as_json else form)
        if send:
            if not chosen.channels:
                raise MonitorError(f"the digest {chosen.name} names no channel to send it to")
            with database.transaction() as session:
                _hand_over(session, made, chosen.channels, now)
            note(f"Handed to {', '.join(chosen.channels)}: the daemon sends it")


def _write(made: "Digest", form: DigestFormat) -> None:
    from monitor.messages.export import export
    from monitor.messages.parquet import as_parquet
    from monitor.messages.render import render

    if form == "text":
        print(render(made).text)
    elif form == "parquet":
        sys.stdout.buffer.write(as_parquet(made))
    else:
        print(export(made, form), end="")


def _digest_config(config: "Config", name: str | None, query: str | None) -> "DigestConfig":
    from monitor.config import DigestConfig
    from monitor.watch.parse import parse
    from monitor.watch.rules import vocabulary_of

    if query is not None:
        parse(query, vocabulary_of(config))
        return DigestConfig(name="now", cron="* * * * *", query=query)
    if name is None:
        return config.digests[0] if config.digests else DigestConfig(name="now", cron="* * * * *")
    found = next((digest for digest in config.digests if digest.name == name), None)
    if found is None:
        known = ", ".join(digest.name for digest in config.digests) or "none"
        raise typer.BadParameter(f"there is no digest {name}; configured: {known}")
    return found


def _hand_over(session: "Session", made: "Digest", channels: Sequence[str], now: datetime) -> None:
    from monitor.messages import content
    from monitor.store import outbox

    outbox.add(
        session, identity=made.identity, channels=channels, kind="digest", payload=content.dump(made), now=now
    )


# -- test-alert ------------------------------------------------------------------------------------


def test_alert(
    channel: Annotated[str, typer.Argument(help="Name of a channel in the configuration.")],
    config: ConfigOption = None,
) -> None:
    """Send one test message through a channel, at once, and tell what it answered."""
    from monitor.model import Sent

    loaded = load_config(config)
    if channel not in loaded.channels:
        known = ", ".join(loaded.channels) or "none"
        raise typer.BadParameter(f"there is no channel {channel}; configured: {known}")
    outcome = asyncio.run(_send_test(loaded, channel))
    if not isinstance(outcome, Sent):
        raise MonitorError(f"{channel} did not take it: {outcome.detail}")
    typer.echo(f"{channel} took it{': ' + outcome.receipt if outcome.receipt else ''}")


async def _send_test(config: "Config", name: str) -> "SendOutcome":
    from monitor.clock import utc_now
    from monitor.messages.notice import Notice
    from monitor.messages.render import render
    from monitor.net import Web
    from monitor.services import ways_of

    notice = Notice(
        identity=f"test-{utc_now():%Y%m%dT%H%M%S}",
        subject="Test message",
        lines=(f"The channel {name} works: alerts can reach you here.",),
    )
    async with Web(config.network) as web:
        return await ways_of(config, web, None, None)[name].channel.send(render(notice))
