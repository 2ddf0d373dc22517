"""feeds list, add, remove, health."""

from typing import Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, load_config, open_database
from monitor.cli.output import print_rows
from monitor.errors import MonitorError

app = typer.Typer(help="Feeds: what is polled, and how it is.", no_args_is_help=True)


@app.command("list")
def list_feeds(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    removed: Annotated[bool, typer.Option("--removed", help="The removed ones too.")] = False,
) -> None:
    """List the feeds that are polled."""
    from monitor.store import feeds

    with open_database(load_config(config)) as database, database.session() as session:
        rows = feeds.listed(session, removed=removed)
    columns = {"Folder": "folder", "Title": "title", "Lang": "language", "From": "origin", "Address": "url"}
    print_rows(rows, columns, as_json=as_json, empty="No feeds: `monitor feeds add URL` adds one")


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="The feed's address.")],
    title: Annotated[str, typer.Option("--title", help="Name shown instead of the feed's own.")] = "",
    folder: Annotated[str, typer.Option("--folder", help="Folder in lists and OPML.")] = "",
    country: Annotated[str, typer.Option("--country", help="The outlet's own country.")] = "",
    language: Annotated[str, typer.Option("--language", help="The outlet's language.")] = "",
    opinion: Annotated[bool, typer.Option("--opinion", help="It carries opinion pieces only.")] = False,
    config: ConfigOption = None,
) -> None:
    """Add a feed to the database. Those of the configuration file need no adding."""
    from pydantic import ValidationError

    from monitor.clock import utc_now
    from monitor.config import FeedConfig
    from monitor.services import feed_spec
    from monitor.store import feeds

    try:
        feed = FeedConfig(
            url=url, title=title, folder=folder, country=country, language=language, opinion=opinion
        )
    except ValidationError as error:
        raise typer.BadParameter(str(error.errors()[0]["ctx"]["error"])) from None
    now = utc_now()
    with open_database(load_config(config)) as database, database.transaction() as session:
        if feeds.by_url(session, feed.url) is not None:
            raise MonitorError(f"{feed.url} is polled already")
        spec = feed_spec(
            feed.url, now, title=feed.title, folder=feed.folder, country=feed.country,
            language=feed.language, opinion=feed.opinion,
        )  # fmt: skip
        feeds.add(session, spec, now, origin="cli")
    typer.echo(f"{feed.url} added: it is polled next")


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


@app.command()
def health(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    troubled: Annotated[bool, typer.Option("--troubled", help="Only those with an error or a gap.")] = False,
) -> None:
    """Tell how each feed is: last success, newest entry, errors, gaps."""
    from monitor.store import reports

    with open_database(load_config(config)) as database, database.session() as session:
        rows = reports.feed_health(session, troubled=troubled)
    columns = {
        "Title": "title", "Last success": "last_success_at", "Newest entry": "last_entry_at",
        "Next poll": "next_poll_at", "Entries": "entries", "Gap": "gap_at", "Error": "last_error",
        "Address": "url",
    }  # fmt: skip
    print_rows(rows, columns, as_json=as_json, empty="No feed is in trouble" if troubled else "No feeds")
