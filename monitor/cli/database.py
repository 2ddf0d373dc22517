"""db upgrade, check, backup."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import ConfigOption, load_config
from monitor.cli.output import complain

app = typer.Typer(help="The database: upgrade, check, back up.", no_args_is_help=True)


@app.command()
def upgrade(config: ConfigOption = None) -> None:
    """Create the database, or bring it to this program's schema."""
    from monitor.store import migrate
    from monitor.store.database import Database

    with Database(load_config(config).database.url) as database:
        before, after = migrate.upgrade(database)
    if before == after:
        typer.echo(f"The database is at revision {after} already")
    else:
        typer.echo(f"The database was {'created' if before is None else 'upgraded'}: revision {after}")


@app.command()
def check(config: ConfigOption = None) -> None:
    """Check the schema's revision and the integrity of the data."""
    from monitor.store import migrate
    from monitor.store.database import Database

    with Database(load_config(config).database.url) as database:
        problems = migrate.check(database)
    for problem in problems:
        complain(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo("The database is fine")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    config: ConfigOption = None,
) -> None:
    """Copy an SQLite database while it is in use (PostgreSQL: use pg_dump)."""
    from monitor.cli.common import open_database
    from monitor.store import migrate

    with open_database(load_config(config)) as database:
        migrate.backup(database, target)
    typer.echo(f"{target} written ({target.stat().st_size / 1e6:.1f} MB)")
