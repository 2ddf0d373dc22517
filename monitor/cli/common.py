"""What commands share: the configuration that was named, and the database it names."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import note

if TYPE_CHECKING:
    from monitor.config import Config, FeedConfig, ThemeConfig
    from monitor.store.database import Database
    from monitor.tagging import Tagger

DEFAULT_CONFIG = Path("config.toml")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="MONITOR_CONFIG",
        show_default="config.toml, or else the shipped example",
        help="Configuration file.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows at most.")]


def example_path() -> Path:
    """Return the shipped example: inside an installed package, beside it in a source tree."""
    package = Path(__file__).parent.parent
    inside = package / "config.example.toml"
    return inside if inside.exists() else package.parent / "config.example.toml"


def config_path(named: Path | None) -> Path:
    """Return the file to read: the named one, `config.toml` here, or the shipped example."""
    if named is not None:
        return named
    if DEFAULT_CONFIG.exists():
        return DEFAULT_CONFIG
    note("no config.toml here: using the shipped example (`monitor init` writes one)")
    return example_path()


def load_config(named: Path | None) -> "Config":
    """Read and check the configuration; raises ConfigError with every mistake, warns of what is unsafe."""
    from monitor.config import load

    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    config = load(
        config_path(named),
        environ=os.environ,
        credentials_dir=Path(credentials) if credentials else None,
        read_opml=read_opml,
        check_query=_check_query,
        check_theme=_check_theme,
    )
    for warning in config.warnings:
        note(str(warning))
    return config


def read_opml(content: bytes) -> Iterator["FeedConfig"]:
    """Yield the feeds of an OPML file whose addresses can be polled; the others are told of and left out."""
    from pydantic import ValidationError

    from monitor.config import FeedConfig
    from monitor.feeds import opml

    for feed in opml.read(content):
        try:
            yield FeedConfig(url=feed.url, title=feed.title, folder=feed.folder)
        except ValidationError:
            note(f"left out: {feed.url} is not a web address")


def _check_query(query: str, themes: Sequence[str]) -> None:
    from monitor.watch.parse import DEFAULT_VOCABULARY, parse

    parse(query, DEFAULT_VOCABULARY.with_themes(themes))


def _check_theme(theme: "ThemeConfig") -> None:
    from monitor.tagging.themes import ThemeTagger

    ThemeTagger([theme], keys=[theme.key])


def parse_since(since: str) -> datetime:
    """Return the moment `since` (such as `24h`) before now; wrong usage where it is no duration."""
    from monitor.clock import utc_now
    from monitor.config import parse_duration

    try:
        duration = parse_duration(since)
        moment = utc_now() - abs(duration)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"--since: {error}") from None
    if duration.total_seconds() <= 0:
        raise typer.BadParameter("--since: a period lies in the past: write it without a sign")
    return moment


def parse_ahead(period: str) -> datetime:
    """Return the moment `period` (such as `7d`) from now; wrong usage where it is no duration."""
    from monitor.clock import utc_now
    from monitor.config import parse_duration

    try:
        duration = parse_duration(period)
        moment = utc_now() + duration
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"--for: {error}") from None
    if duration.total_seconds() <= 0:
        raise typer.BadParameter("--for: write a period that ends later than now")
    return moment


def open_database(config: "Config") -> "Database":
    """Open the configured database; raises DatabaseError where it is not at this program's schema."""
    from monitor.store.database import Database
    from monitor.store.migrate import require_current

    database = Database(config.database.url)
    try:
        require_current(database)
    except BaseException:
        database.close()
        raise
    return database


def tagger_of(config: "Config") -> "Tagger":
    """Return the tagger that the daemon's workers would use: the watchlist, the user's themes and words."""
    from monitor.tagging import Tagger

    return Tagger(
        extra_themes=config.themes,
        extra_lexicon=config.lexicon,
        countries=config.watchlist.countries,
        themes=config.watchlist.themes,
    )
