"""rules list, mute, unmute, report: how the rules stand, and how good they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.common import ConfigOption, JsonOption, load_config, open_database, parse_ahead
from monitor.cli.output import clean, print_rows
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.config import Config

app = typer.Typer(help="The rules: how they stand, and how good they are.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A configured rule. `silent_until` is the later of its own mute and the one by hand."""

    name: str
    severity: str
    notify: str
    channels: tuple[str, ...]
    silent_until: datetime | None
    query: str


@app.command("list")
def list_rules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the rules: whom they tell, until when they are muted, and what they ask."""
    from monitor.clock import utc_now
    from monitor.services import rules_of
    from monitor.store import mutes

    loaded = load_config(config)
    with open_database(loaded) as database:
        muted = database.read(lambda session: mutes.muted(session, utc_now()))
    compiled = {rule.name: rule for rule in rules_of(loaded)}
    rows = []
    for table in loaded.rules:
        rule = compiled[table.name]
        by_hand = muted[table.name].until if table.name in muted else None
        ends = [until for until in (rule.muted_until, by_hand) if until and until > utc_now()]
        rows.append(
            RuleRow(
                table.name, table.severity, table.notify, table.channels, max(ends, default=None),
                rule.query.text,
            )
        )  # fmt: skip
    columns = {
        "Rule": "name", "Severity": "severity", "Notify": "notify", "Channels": "channels",
        "Silent until": "silent_until", "Query": "query",
    }  # fmt: skip
    print_rows(rows, columns, as_json=as_json, empty="No rules: see [[rules]] in the configuration")


def _known(config: "Config", rule: str) -> None:
    names = [table.name for table in config.rules]
    if rule not in names:
        known = ", ".join(f'"{name}"' for name in names) or "none"
        raise MonitorError(f'there is no rule "{rule}"; configured: {known}')


@app.command()
def mute(
    rule: Annotated[str, typer.Argument(help="Name of the rule.")],
    period: Annotated[str, typer.Option("--for", help='How long, such as "8h" or "7d".')] = "7d",
    config: ConfigOption = None,
) -> None:
    """Let a rule tell nothing for a while, at once and without a reload. What it finds is still stored."""
    from monitor.clock import utc_now
    from monitor.store import mutes

    until = parse_ahead(period)
    loaded = load_config(config)
    _known(loaded, rule)
    with open_database(loaded) as database, database.transaction() as session:
        mutes.mute(session, rule, until, utc_now())
    typer.echo(f'"{rule}" is muted until {clean(until)} UTC')


@app.command()
def unmute(
    rule: Annotated[str, typer.Argument(help="Name of the rule.")], config: ConfigOption = None
) -> None:
    """Let a rule that was muted by hand speak again."""
    from monitor.store import mutes

    with open_database(load_config(config)) as database, database.transaction() as session:
        if not mutes.unmute(session, rule):
            raise MonitorError(f'"{rule}" was not muted by hand')
    typer.echo(f'"{rule}" speaks again')


@app.command()
def report(
    by: Annotated[
        Literal["rule", "language", "country"], typer.Option("--by", help="One line for each rule and ...")
    ] = "rule",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell each rule's hits, and its precision by the verdicts on them, with the terms of wrong hits."""
    from monitor.store import reports

    with open_database(load_config(config)) as database, database.session() as session:
        rows = reports.rule_precision(session, by)
    group = {} if by == "rule" else {by.capitalize(): "group"}
    counts = {"Hits": "hits", "Right": "right", "Wrong": "wrong", "Precision": "precision"}
    columns = {"Rule": "rule", **group, **counts, "Terms of wrong hits": "wrong_terms"}
    print_rows(rows, columns, as_json=as_json, empty="No hits yet")
