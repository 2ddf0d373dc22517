"""The tree of commands. Each module holds one group; none imports another."""

from typing import Annotated

import typer

from monitor import __version__
from monitor.cli import (
    alerts,
    backtest,
    database,
    doctor,
    explain,
    feeds,
    find,
    rules,
    service,
    setup,
    texts,
    web,
)

app = typer.Typer(
    name="monitor",
    help="Watches news and opinion feeds, explains every hit, and never loses an alert.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"monitor {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


setup.register(app)
service.register(app)
web.register(app)
texts.register(app)
explain.register(app)
find.register(app)
backtest.register(app)
doctor.register(app)
app.add_typer(feeds.app, name="feeds")
app.add_typer(alerts.app, name="alerts")
app.add_typer(rules.app, name="rules")
app.add_typer(database.app, name="db")
