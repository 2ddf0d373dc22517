"""explain: everything found in one article, and why."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, load_config, open_database, vocabulary_of
from monitor.cli.output import clean, paragraphs, print_json
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.model import Analysis, Document, Tag


def register(app: typer.Typer) -> None:
    """Add the command of this module to the tree."""
    app.command()(explain)


def explain(
    what: Annotated[str, typer.Argument(metavar="FILE|URL|ID", help="A page or text, or a stored article.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell everything found in one article and why, and what each rule says of it."""
    loaded = load_config(config)
    told: dict[str, str] = {}
    if what.isdecimal():
        analysis, outlet, told = _stored(loaded, int(what))
    else:
        analysis, outlet = _analysed(loaded, what)
    rules = list(_rules(loaded, analysis, outlet))
    if as_json:
        from monitor.articles.contract import to_jsonable

        row = to_jsonable(analysis, analysis.id)
        del row["story"]
        rows = [{"name": n, "matches": m, "why": w, "told": told.get(n)} for n, m, w in rules]
        print_json(row | {"rules": rows})
        return
    paragraphs(_explained(analysis))
    print("\nRules")
    for name, matched, why in rules:
        paragraphs([f"  {name}: {'yes' if matched else 'no'}: {why}"])
        if name in told:
            paragraphs([f"    told: {told[name]}"])


def _stored(config: "Config", article_id: int) -> tuple["Analysis", str, dict[str, str]]:
    """Return a stored article, its outlet, and what each rule's hit on it came to."""
    from monitor.store import reports
    from monitor.store.reading import stored_articles

    with open_database(config) as database, database.session() as session:
        for article in stored_articles(session, [article_id]):
            hits = reports.hits(session, article_id=article_id)
            told = {hit.rule: ": ".join(filter(None, (hit.decision, hit.reason))) for hit in hits}
            return article.analysis, article.outlet, told
    raise MonitorError(f"there is no article {article_id}")


def _analysed(config: "Config", what: str) -> tuple["Analysis", str]:
    from monitor.analysis import analyze
    from monitor.tagging import Tagger
    from monitor.urls import site_of

    document = _fetch(config, what) if what.startswith(("http://", "https://")) else _read(Path(what))
    tagger = Tagger(extra_themes=config.themes)
    analysis = analyze(document, tagger)
    if analysis.error:
        raise MonitorError(f"{what}: {analysis.error}")
    url = analysis.article.url
    return analysis, site_of(url) if url else ""


def _read(path: Path) -> "Document":
    from monitor.model import Document

    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise MonitorError(f"{path} cannot be read: {error.strerror}") from None
    if content.lstrip()[:1] == b"<" or path.suffix in (".html", ".htm", ".xhtml"):
        return Document(str(path), html=content)
    return Document(str(path), text=content.decode("utf-8", "replace"))


def _fetch(config: "Config", url: str) -> "Document":
    import asyncio

    from monitor.model import Document, FetchFailed, FetchOutcome
    from monitor.net import Web

    async def page() -> FetchOutcome:
        async with Web(config.network) as web:
            return await web.page(url)

    outcome = asyncio.run(page())
    if isinstance(outcome, FetchFailed):
        raise MonitorError(f"{url}: {outcome.detail} ({outcome.kind})")
    return Document(url, url=outcome.url, html=outcome.body, content_type=outcome.headers.get("content-type"))


def _rules(config: "Config", analysis: "Analysis", outlet: str) -> Iterator[tuple[str, bool, str]]:
    """Yield the name of each rule, whether it matches, and why (not)."""
    from monitor.watch.match import explain as explain_match
    from monitor.watch.rules import rule_query
    from monitor.watch.subject import subject_of

    subject = subject_of(analysis, outlet=outlet)
    for rule in config.rules:
        match = explain_match(rule_query(rule, vocabulary_of(config)), subject)
        yield rule.name, match.matched, match.why if match.matched else match.failed


def _explained(analysis: "Analysis") -> Iterator[str]:
    from monitor.countries import country_name

    article = analysis.article
    yield article.title or "(no title)"
    about = (
        article.url,
        ", ".join(article.byline),
        article.outlet,
        clean(article.published),
        article.language,
    )
    yield "  " + " | ".join(filter(None, about))
    yield f"  {len(article.text)} characters, read by {article.method}, quality {article.quality:.2f}" + (
        f", partial: {article.partial_reason}" if article.partial else ""
    )
    yield f"Kind: {article.kind.label} ({article.kind.score:.2f})"
    yield from (f"  {reason}" for reason in article.kind.why)
    yield "Countries" if analysis.tagging.countries else "Countries: none"
    for tag in analysis.tagging.countries:
        yield from _tag(tag, f"{tag.key} {country_name(tag.key)}")
    yield "Themes" if analysis.tagging.themes else "Themes: none"
    for tag in analysis.tagging.themes:
        yield from _tag(tag, tag.key)
    if analysis.tagging.joints:
        yield "Together"
    for joint in analysis.tagging.joints:
        near = "in one sentence" if joint.same_sentence else f"{joint.words} words apart"
        yield f"  {joint.country} x {joint.theme}, {near}: {joint.sentence}"
    if analysis.tagging.attitudes:
        yield "Attitudes"
    for attitude in analysis.tagging.attitudes:
        yield f"  {attitude.source} -> {attitude.target} {attitude.stance:+d}: {attitude.quote}"
    if article.removed:
        yield "Left out of the text"
    for block in article.removed:
        yield f"  {block.reason}: {block.text[:100]}"


def _tag(tag: "Tag", name: str) -> Iterator[str]:
    yield f"  {name}: {tag.role}, salience {tag.salience:.2f}, {tag.mentions} mentions"
    for evidence in tag.evidence[:3]:
        where = "title" if evidence.where == "title" else f"{evidence.start}-{evidence.end}"
        yield f"    [{evidence.term}] at {where}, {evidence.rule}, {evidence.weight:g}: {evidence.sentence}"
