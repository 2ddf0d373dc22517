"""hits, search: what was found."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import (
    ConfigOption,
    JsonOption,
    LimitOption,
    load_config,
    open_database,
    parse_since,
    vocabulary_of,
)
from monitor.cli.output import note, print_rows

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from monitor.watch.query import Query

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
        note(f'The configuration has no rule "{rule}" now')
    with open_database(loaded) as database, database.session() as session:
        rows = reports.hits(session, rule=rule, since=parse_since(since) if since else None, limit=limit)
    columns = {
        "Article": "article_id", "Found": "created_at", "Rule": "rule", "Told": "decision", "Kind": "kind",
        "Outlet": "outlet", "Title": "title", "Why": "why",
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
    from monitor.watch.parse import parse

    loaded = load_config(config)
    parsed = parse(query, vocabulary_of(loaded))
    start = parse_since(since) if since else None
    with open_database(loaded) as database, database.session() as session:
        rows = []
        for found in _matching(session, parsed, start):
            rows.append(found)
            if len(rows) == limit:
                break
    columns = {
        "Article": "id", "Published": "published", "Outlet": "outlet", "Kind": "kind", "Title": "title",
        "Sentences": "quotes",
    }  # fmt: skip
    print_rows(rows, columns, as_json=as_json, empty="Nothing found")


def _matching(session: "Session", query: "Query", start: datetime | None) -> Iterator[Found]:
    """Yield the stored articles for which `query` holds, the last stored first."""
    from monitor.store import search

    for found in search.search(session, query, since=start):
        stored, match = found.article, found.match
        article = stored.analysis.article
        yield Found(
            id=stored.id,
            first_seen_at=stored.first_seen_at,
            published=article.published,
            outlet=stored.outlet,
            language=article.language,
            kind=article.kind.label,
            title=article.title,
            url=article.url,
            why=match.why,
            quotes=tuple(quote.sentence for quote in match.quotes),
        )
