"""db upgrade, check, backup, restore, reindex."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import ConfigOption, load_config, open_database
from monitor.cli.output import complain, progress

app = typer.Typer(help="The database: upgrade, check, back up, restore, reindex.", no_args_is_help=True)


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
    from monitor.store import migrate

    with open_database(load_config(config)) as database:
        migrate.backup(database, target)
    typer.echo(f"{target} written ({target.stat().st_size / 1e6:.1f} MB)")


RESTORED = "a backup was restored: most likely it was told after the backup was made"


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file that `monitor db backup` wrote.")],
    config: ConfigOption = None,
) -> None:
    """Put a backup in the place of the SQLite database; the file that was there is kept.

    Alerts that wait in the backup are not sent one by one: the backlog digest tells them together.
    """
    from monitor.store import migrate, outbox
    from monitor.store.database import Database
    from monitor.watch.rules import BACKLOG

    with Database(load_config(config).database.url) as database:
        database.lock()  # refuses where a daemon runs
        kept = migrate.restore(database, source)
        with database.transaction() as session:
            waiting = outbox.suppress_pending(session, RESTORED, BACKLOG)
    typer.echo(f"{source} is the database now")
    if kept is not None:
        typer.echo(f"The one before it was kept as {kept}")
    if waiting:
        typer.echo(f"{waiting} waiting messages are not sent: the backlog digest tells their alerts together")


@app.command()
def reindex(config: ConfigOption = None) -> None:
    """Write the words of the full-text index anew, where a new version says so; beside the daemon, too."""
    from monitor.store import search

    with open_database(load_config(config)) as database:
        count = database.read(search.to_reindex)
        last: int | None = 0
        with progress("batches indexed", -(-count // search.REINDEX_BATCH)) as step:
            while last is not None:
                with database.transaction() as session:
                    last = search.reindex(session, after=last)
                if last is not None:
                    step()
    typer.echo(f"{count} articles indexed")
