"""web: the server that answers the links in messages."""

import typer

from monitor.cli.common import ConfigOption, load_config, open_database
from monitor.cli.output import note


def register(app: typer.Typer) -> None:
    """Add the command of this module to the tree."""
    app.command()(web)


def web(config: ConfigOption = None) -> None:
    """Answer the links in messages (right or wrong, mute), beside the daemon, until SIGTERM or Ctrl-C."""
    from monitor import logs
    from monitor.web.serve import serve

    loaded = load_config(config)
    logs.configure(loaded.logging)
    with open_database(loaded) as database:
        if loaded.web.base_url:
            note(f"{loaded.web.base_url} is answered on {loaded.web.host}:{loaded.web.port}")
        serve(loaded, database)
