"""backtest: what a rule would have told."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import ConfigOption, JsonOption, load_config, open_database, parse_since
from monitor.cli.output import print_json, to_json
from monitor.errors import ConfigError, Problem

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.pipeline.backtest import Comparison, Replay

QUERY = "(query)"
_BARS = "▁▂▃▄▅▆▇█"


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the tree."""
    app.command()(backtest)


def backtest(
    rule: Annotated[str | None, typer.Argument(help="Name of the rule.")] = None,
    query: Annotated[
        str | None, typer.Option("--query", "-q", help="Instead: a query, as a rule of its own would ask it.")
    ] = None,
    since: Annotated[str, typer.Option("--since", help='How far back, such as "90d".')] = "90d",
    against: Annotated[
        Path | None, typer.Option("--against", help="A configuration with the new version of the rule.")
    ] = None,
    fail_if_lost: Annotated[
        bool, typer.Option("--fail-if-lost", help="Exit with 1 where the new version loses a story.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay the stored articles through a rule: what it would have told, before it goes live."""
    from monitor.clock import utc_now
    from monitor.pipeline.backtest import compare, replay, with_silencers
    from monitor.services import rules_of

    if query is not None and (rule is not None or against is not None):
        raise typer.BadParameter("--query stands alone: without a rule, and without --against")
    if fail_if_lost and against is None:
        raise typer.BadParameter("--fail-if-lost compares two versions: name the new one with --against")
    loaded = load_config(config)
    if query is not None:
        loaded, rule = _with_query(loaded, query), QUERY
    if rule is None:
        raise typer.BadParameter("name a rule of the configuration, or give a --query")
    other = load_config(against) if against is not None else None
    for named, path in ((loaded, loaded.path), (other, against)):
        if named is not None and rule not in {table.name for table in named.rules}:
            names = ", ".join(f'"{table.name}"' for table in named.rules) or "none"
            raise ConfigError((Problem(str(path), "rules", None, f'no rule "{rule}"; there are: {names}'),))
    start, until = parse_since(since), utc_now()
    with open_database(loaded) as database, database.session() as session:
        if other is None:
            asked = with_silencers(rules_of(loaded), rule)
            found = replay(session, asked, since=start, until=until)[rule]
            print_json(_json_of(found)) if as_json else _show(found)
            return
        both = compare(session, rule, rules_of(loaded), rules_of(other), since=start, until=until)
    print_json(
        {**to_json(both), "old": _json_of(both.old), "new": _json_of(both.new)}
    ) if as_json else _show_comparison(both)
    if fail_if_lost and both.lost:
        raise typer.Exit(1)


def _with_query(config: "Config", query: str) -> "Config":
    """Return a configuration whose only rule asks `query`; raises QueryError."""
    from monitor.config import RuleConfig
    from monitor.watch.parse import parse
    from monitor.watch.rules import vocabulary_of

    parse(query, vocabulary_of(config))
    return config.model_copy(update={"rules": (RuleConfig(name=QUERY, query=query),)})


def _show(found: "Replay") -> None:
    from monitor.messages.wording import counted

    days = found.by_day()
    alerts = len(found.alerts)
    digests = sum(told.decision == "digest" for told in found.matches)
    typer.echo(f'Rule "{found.rule}", {found.since:%d %b %Y} to {found.until:%d %b %Y}')
    matches = counted(len(found.matches), "match", "matches")
    typer.echo(f"  {matches} in {counted(found.articles, 'candidate article')}")
    a_day = alerts / max(len(days), 1)
    typer.echo(f"  {counted(alerts, 'alert')}, {a_day:.2f} a day; {digests} more in digests")
    typer.echo(f"  {sparkline([count for _, count in days])}  most in a day: {max(c for _, c in days)}")
    quality = found.verdicts
    if quality.judged:
        shares = f"precision {_share(quality.precision)}, recall {_share(quality.recall)}"
        typer.echo(f"  {quality.judged} verdicts: {shares}")
    for told in found.alerts[-10:]:
        typer.echo(f"  {told.at:%d %b %H:%M}  {told.title}  ({told.reason})")


def _show_comparison(both: "Comparison") -> None:
    from monitor.messages.wording import counted

    _show(both.old)
    typer.echo("against")
    _show(both.new)
    for name, changes in (("gained", both.gained), ("lost", both.lost)):
        typer.echo(f"{counted(len(changes), 'story', 'stories')} {name}")
        for change in changes:
            typer.echo(f"  {change.title}: {change.reason}")


def sparkline(counts: list[int]) -> str:
    """Return counts as a line of bars, a day each; over 60 days are summed up to 60 bars."""
    size = -(-len(counts) // 60)
    sums = [sum(counts[start : start + size]) for start in range(0, len(counts), size)]
    top = max(sums, default=0) or 1
    return "".join(_BARS[round(value / top * (len(_BARS) - 1))] for value in sums)


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _json_of(found: "Replay") -> dict[str, Any]:
    return {**to_json(found), "alerts_by_day": {day.isoformat(): count for day, count in found.by_day()}}
