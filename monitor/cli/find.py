"""hits, search, mark: what was found, and whether it was right."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.common import (
    ConfigOption,
    JsonOption,
    LimitOption,
    load_config,
    open_database,
    parse_since,
)
from monitor.cli.output import note as remark
from monitor.cli.output import print_rows
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.store.reading import StoredArticle
    from monitor.watch.match import Match

SinceOption = Annotated[
    str | None, typer.Option("--since", help='Only the last so long, such as "24h" or "30d".')
]


@dataclass(frozen=True, slots=True)
class Found:
    """A stored article that a query matches."""

    id: int
    first_seen_at: datetime
    published: datetime | None
    outlet: str
    language: str | None
    kind: str
    title: str
    url: str | None
    why: str
    quotes: tuple[str, ...]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the tree."""
    app.command()(hits)
    app.command()(search)
    app.command()(attitudes)
    app.command()(mark)


def hits(
    rule: Annotated[str | None, typer.Option("--rule", help="Only of this rule.")] = None,
    since: SinceOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """List articles that matched a rule, newest first, and what was told of them."""
    from monitor.store import reports

    loaded = load_config(config)
    if rule is not None and rule not in {known.name for known in loaded.rules}:
        remark(f'The configuration has no rule "{rule}" now')
    with open_database(loaded) as database, database.session() as session:
        rows = reports.hits(session, rule=rule, since=parse_since(since) if since else None, limit=limit)
    columns = {
        "Hit": "id", "Article": "article_id", "Found": "created_at", "Rule": "rule", "Told": "decision",
        "Kind": "kind", "Outlet": "outlet", "Title": "title", "Why": "why",
    }  # fmt: skip
    print_rows(rows, columns, as_json=as_json, empty="No hits yet")


def search(
    query: Annotated[str, typer.Argument(help='In the watch language, e.g. "country:KZ SAME theme:csto".')],
    since: SinceOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = 20,
) -> None:
    """Search the stored articles, newest first, each with the sentences that match."""
    from monitor.store.search import search as find
    from monitor.watch.parse import parse
    from monitor.watch.rules import vocabulary_of

    loaded = load_config(config)
    parsed = parse(query, vocabulary_of(loaded))
    start = parse_since(since) if since else None
    with open_database(loaded) as database, database.session() as session:
        found = islice(find(session, parsed, since=start), limit)
        rows = [_row(item.article, item.match) for item in found]
    columns = {
        "Article": "id", "Published": "published", "Outlet": "outlet", "Kind": "kind", "Title": "title",
        "Sentences": "quotes",
    }  # fmt: skip
    print_rows(rows, columns, as_json=as_json, empty="Nothing found")


def _row(article: "StoredArticle", match: "Match") -> Found:
    extracted = article.analysis.article
    return Found(
        id=article.id,
        first_seen_at=article.first_seen_at,
        published=extracted.published,
        outlet=article.outlet,
        language=extracted.language,
        kind=extracted.kind.label,
        title=extracted.title,
        url=extracted.url,
        why=match.why,
        quotes=tuple(quote.sentence for quote in match.quotes),
    )


def attitudes(
    source: Annotated[str | None, typer.Option("--from", help="Only of this country, such as KZ.")] = None,
    target: Annotated[str | None, typer.Option("--to", help="Only towards this country.")] = None,
    since: SinceOption = None,
    by: Annotated[Literal["all", "month", "day"], typer.Option("--by", help="One line for each.")] = "all",
    config: ConfigOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """Tell how countries turned to each other: in how many stories for and against, with the newest quote."""
    from monitor.store import reports

    ends = [_country(code, option) for code, option in ((source, "--from"), (target, "--to"))]
    start = parse_since(since) if since else None
    with open_database(load_config(config)) as database, database.session() as session:
        rows = reports.stances(session, source=ends[0], target=ends[1], since=start, by=by)[:limit]
    period = {} if by == "all" else {by.capitalize(): "period"}
    columns = {
        **period, "From": "source", "To": "target", "Against": "against", "For": "favourable", "Mean": "mean",
        "Article": "article_id", "Newest": "quote",
    }  # fmt: skip
    print_rows(rows, columns, as_json=as_json, empty="No attitudes yet")


def _country(code: str | None, option: str) -> str | None:
    from monitor.config import COUNTRIES

    if code is not None and code.upper() not in COUNTRIES:
        raise typer.BadParameter(f'{option}: "{code}" is no country code: write KZ, RU, EU')
    return code.upper() if code is not None else None


def mark(
    hit: Annotated[int, typer.Argument(help="The hit's number, see `monitor hits`.")],
    verdict: Annotated[Literal["yes", "no"], typer.Argument(help="Whether it was right to find it.")],
    note: Annotated[str, typer.Option("--note", help="Why.")] = "",
    config: ConfigOption = None,
) -> None:
    """Say whether a hit was right. The newest word on a hit counts; `monitor rules report` adds them up."""
    from monitor.clock import utc_now
    from monitor.store import hits as stored

    with open_database(load_config(config)) as database, database.transaction() as session:
        if not stored.mark(session, hit, verdict == "yes", note, utc_now()):
            raise MonitorError(f"there is no hit {hit}")
    typer.echo(f"Hit {hit}: {'right' if verdict == 'yes' else 'wrong'}")
