"""feeds list, add, remove, import, export, health."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import ConfigOption, JsonOption, load_config, open_database, read_opml
from monitor.cli.output import clean, note, print_json, print_rows
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.config import Config, FeedConfig
    from monitor.pipeline.discover import FeedOffer

LATEST_ENTRIES = 5

app = typer.Typer(help="Feeds: what is polled, and how it is.", no_args_is_help=True)


@app.command("list")
def list_feeds(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    removed: Annotated[bool, typer.Option("--removed", help="The removed ones too.")] = False,
) -> None:
    """List the feeds that are polled."""
    from monitor.store import feeds

    loaded = load_config(config)
    with open_database(loaded) as database, database.session() as session:
        rows = feeds.listed(session, removed=removed)
    waiting = len({feed.url for feed in loaded.feeds} - {row.url for row in rows})
    if waiting:
        note(f"{waiting} feeds of the configuration are not in the database yet: `monitor run` adds them")
    columns = {"Folder": "folder", "Title": "title", "Lang": "language", "From": "origin", "Address": "url"}
    print_rows(rows, columns, as_json=as_json, empty="No feeds: `monitor feeds add URL` adds one")


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="The address of a feed, or of a site that has one.")],
    title: Annotated[str, typer.Option("--title", help="Name shown instead of the feed's own.")] = "",
    folder: Annotated[str, typer.Option("--folder", help="Folder in lists and OPML.")] = "",
    country: Annotated[str, typer.Option("--country", help="The outlet's own country.")] = "",
    language: Annotated[str, typer.Option("--language", help="The outlet's language.")] = "",
    opinion: Annotated[bool, typer.Option("--opinion", help="It carries opinion pieces only.")] = False,
    unread: Annotated[
        bool, typer.Option("--unread", help="Add the address as it is, without asking it first.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a feed to the database: looks for it, and shows its latest entries.

    Feeds of the configuration file need no adding.
    """
    from monitor.clock import utc_now
    from monitor.services import feed_spec
    from monitor.store import feeds

    loaded = load_config(config)
    said = {"title": title, "folder": folder, "country": country, "language": language, "opinion": opinion}
    feed = _checked(url if "://" in url else f"https://{url}", said)
    with open_database(loaded) as database:
        offers: tuple[FeedOffer, ...] = ()
        if not unread:
            offers = asyncio.run(_look(loaded, feed.url))
            feed = _checked(offers[0].url, said)
        now = utc_now()
        with database.transaction() as session:
            if feeds.by_url(session, feed.url) is not None:
                raise MonitorError(f"{feed.url} is polled already")
            spec = feed_spec(
                feed.url, now, title=feed.title, folder=feed.folder, country=feed.country,
                language=feed.language, opinion=feed.opinion,
            )  # fmt: skip
            feeds.add(session, spec, now, origin="cli")
    if as_json:
        print_json({"url": feed.url, "found": offers})
        return
    for offer in offers[:1]:
        note(f"{offer.title or 'A feed without a title'}, {len(offer.entries)} entries")
        for entry in offer.entries[:LATEST_ENTRIES]:
            note(f"  {clean(entry.published) or 'without a date':16}  {entry.title}")
    typer.echo(f"{feed.url} added: it is polled next")
    if offers[1:]:
        note("Also there:")
        for offer in offers[1:]:
            note(f"  {offer.url}  {offer.title}")


def _checked(url: str, said: dict[str, Any]) -> "FeedConfig":
    from pydantic import ValidationError

    from monitor.config import FeedConfig

    try:
        return FeedConfig(url=url, **said)
    except ValidationError as error:
        raise typer.BadParameter(str(error.errors()[0]["ctx"]["error"])) from None


async def _look(config: "Config", url: str) -> "tuple[FeedOffer, ...]":
    from monitor.net import Web
    from monitor.pipeline.discover import find_feeds
    from monitor.workers import Workers

    workers = Workers(1, preload=("monitor.jobs",))
    try:
        async with Web(config.network) as web:
            return await find_feeds(web, workers, url)
    except MonitorError as error:
        raise MonitorError(f"{error}; --unread adds the address all the same") from None
    finally:
        await workers.aclose()


@app.command()
def remove(
    url: Annotated[str, typer.Argument(help="The feed's address.")], config: ConfigOption = None
) -> None:
    """Stop polling a feed. What it brought is kept."""
    from monitor.clock import utc_now
    from monitor.store import feeds

    with open_database(load_config(config)) as database, database.transaction() as session:
        feed = feeds.by_url(session, url)
        if feed is None:
            raise MonitorError(f"{url} is not polled: `monitor feeds list` shows the addresses")
        if feed.origin == "config":
            raise MonitorError(f"{url} stands in the configuration file: remove it there")
        feeds.remove(session, url, utc_now())
    typer.echo(f"{url} removed. What it brought is kept")


@app.command("import")
def import_feeds(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An OPML file.")],
    config: ConfigOption = None,
) -> None:
    """Add the feeds of an OPML file to the database; those that are polled already stay as they are."""
    from monitor.clock import utc_now
    from monitor.config import feed_identity
    from monitor.services import feed_spec
    from monitor.store import feeds

    listed = list(read_opml(file.read_bytes()))
    now = utc_now()
    added = 0
    with open_database(load_config(config)) as database, database.transaction() as session:
        known = {feed_identity(feed.url) for feed in feeds.listed(session)}
        for feed in listed:
            if feed_identity(feed.url) not in known:
                known.add(feed_identity(feed.url))
                spec = feed_spec(feed.url, now, title=feed.title, folder=feed.folder)
                feeds.add(session, spec, now, origin="cli")
                added += 1
    typer.echo(f"{added} feeds added, {len(listed) - added} were polled already")


@app.command("export")
def export_feeds(
    file: Annotated[Path | None, typer.Argument(help="Where to write; without, standard output.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write the polled feeds as OPML."""
    from monitor.feeds import opml
    from monitor.store import feeds

    with open_database(load_config(config)) as database, database.session() as session:
        rows = feeds.listed(session)
    content = opml.write(
        [opml.OpmlFeed(url=row.url, title=row.title, folder=row.folder) for row in rows], title="monitor"
    )
    if file is None:
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise MonitorError(f"{file} cannot be written: {error.strerror}") from None
    typer.echo(f"{file} written: {len(rows)} feeds")


@app.command()
def health(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    troubled: Annotated[bool, typer.Option("--troubled", help="Only those with an error or a gap.")] = False,
) -> None:
    """Tell how each feed is, the worst first: last success, interval, entries a day, gaps, errors."""
    from monitor.store import reports

    with open_database(load_config(config)) as database, database.session() as session:
        rows = reports.feed_health(session, troubled=troubled)
    columns = {
        "Title": "title", "Last success": "last_success_at", "Newest entry": "last_entry_at",
        "Next poll": "next_poll_at", "Every": "interval", "A day": "entries_per_day", "Entries": "entries",
        "Gap": "gap_at", "Error": "last_error", "Address": "url",
    }  # fmt: skip
    print_rows(rows, columns, as_json=as_json, empty="No feed is in trouble" if troubled else "No feeds")
