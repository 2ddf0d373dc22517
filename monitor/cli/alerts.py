"""alerts list, retry, dead: the outbox as people see it."""

from typing import Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, LimitOption, load_config, open_database
from monitor.cli.output import print_rows
from monitor.errors import MonitorError

app = typer.Typer(help="Alerts and digests: sent, waiting, dead.", no_args_is_help=True)

_COLUMNS = {
    "Id": "id", "Created": "created_at", "State": "state", "Channel": "channel", "Kind": "kind",
    "Identity": "identity", "Tries": "attempts", "Next try": "next_try_at", "Last error": "last_error",
}  # fmt: skip


def _list(config_path: ConfigOption, state: str | None, limit: int, as_json: bool, empty: str) -> None:
    from monitor.store import outbox

    with open_database(load_config(config_path)) as database, database.session() as session:
        rows = outbox.listed(session, state=state, limit=limit)
    print_rows(rows, _COLUMNS, as_json=as_json, empty=empty)


@app.command("list")
def list_alerts(config: ConfigOption = None, as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List messages, newest first: sent, pending and dead."""
    _list(config, None, limit, as_json, "Nothing has been told yet")


@app.command()
def dead(config: ConfigOption = None, as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List the dead letters: messages that no channel would take."""
    _list(config, "dead", limit, as_json, "No dead letters")


@app.command()
def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Which dead letters; all without.")] = None,
    config: ConfigOption = None,
) -> None:
    """Send dead letters again, with the same identity."""
    from monitor.clock import utc_now
    from monitor.store import outbox

    with open_database(load_config(config)) as database, database.transaction() as session:
        count = outbox.retry(session, utc_now(), ids or ())
    if ids and count < len(set(ids)):
        raise MonitorError(f"{count} of {len(set(ids))} will be sent again: the others are not dead letters")
    typer.echo(f"{count} will be sent again")
