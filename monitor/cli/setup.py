"""init, check: a configuration to start with, and every mistake in it."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import DEFAULT_CONFIG, ConfigOption, example_path, load_config
from monitor.errors import MonitorError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the tree."""
    app.command()(init)
    app.command()(check)


def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="With the feeds of `monitor demo --stay`, to try rules offline.")
    ] = False,
) -> None:
    """Write a commented configuration that runs as it is."""
    if path.exists() and not force:
        raise MonitorError(f"{path} is already there: nothing was written (--force overwrites it)")
    text = example_path().read_text("utf-8")
    if demo:
        from monitor.demo.stay import config_of

        text = config_of(text)
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise MonitorError(f"{path} cannot be written: {error.strerror}") from None
    typer.echo(f"{path} written. Look at its [watchlist], [[rules]] and [channels], then: monitor check")


def check(config: ConfigOption = None) -> None:
    """Tell every mistake in the configuration, with its line."""
    loaded = load_config(config)
    typer.echo(
        f"{loaded.path} is fine: {len(loaded.feeds)} feeds, {len(loaded.rules)} rules, "
        f"{len(loaded.channels)} channels, {len(loaded.digests)} digests"
    )
