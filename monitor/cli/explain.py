"""explain: everything found in one article, and why."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, load_config, open_database, tagger_of
from monitor.cli.output import clean, paragraphs, print_json, to_json
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.model import Analysis, Document, Tag
    from monitor.store.reading import History
    from monitor.tagging import Tagger
    from monitor.tagging.themes import ThemeScore
    from monitor.watch.subject import Subject


def register(app: typer.Typer) -> None:
    """Add the command of this module to the tree."""
    app.command()(explain)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is explained: an article as rules see it, and when they saw it."""

    analysis: "Analysis"
    subject: "Subject"
    now: datetime
    told: dict[str, str]  # rule -> what its hit came to; empty where nothing is stored
    history: "History | None" = None


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """What a rule says of an article, were it the first of its story."""

    name: str
    matches: bool
    decision: str  # alert | digest | silent
    why: str  # why it matches, or which part failed
    reason: str  # why it was decided so
    told: str | None  # what became of the stored hit


def explain(
    what: Annotated[str, typer.Argument(metavar="FILE|URL|ID", help="A page or text, or a stored article.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell everything found in one article and why, how near each theme came, and what each rule says."""
    from monitor.analysis import tagged_end

    loaded = load_config(config)
    tagger = tagger_of(loaded)
    asked = _stored(loaded, int(what)) if what.isdecimal() else _analysed(loaded, tagger, what)
    article = asked.analysis.article
    explanation = tagger.explain(
        article.text,
        title=article.title,
        language=article.language,
        published=article.published,
        body_end=tagged_end(article),
    )
    scores = explanation.themes
    rules = list(_rules(loaded, asked))
    if as_json:
        from monitor.articles.contract import to_jsonable

        row = to_jsonable(asked.analysis, asked.analysis.id)
        del row["story"]
        themes = [{**to_json(score), "found": score.found, "role": score.role} for score in scores]
        page = to_json(asked.history) if asked.history else None
        row["outlet_country"] = asked.analysis.outlet_country
        row["unwatched_countries"] = list(explanation.unwatched)
        print_json(row | {"theme_scores": themes, "rules": rules, "page": page})
        return
    paragraphs(_explained(asked.analysis, explanation.unwatched))
    if asked.history:
        paragraphs(_history(asked.history))
    print("\nThemes: how far each came")
    paragraphs(line for score in scores for line in _theme(score))
    print("\nRules")
    for rule in rules:
        paragraphs(_rule(rule))


def _stored(config: "Config", article_id: int) -> Asked:
    """Return a stored article at the moment when it was first seen, and what the hits on it came to."""
    from monitor.store import reports
    from monitor.store.reading import history, stored_articles
    from monitor.store.search import subject

    with open_database(config) as database, database.session() as session:
        for article in stored_articles(session, [article_id]):
            hits = reports.hits(session, article_id=article_id)
            told = {hit.rule: ": ".join(filter(None, (hit.decision, hit.reason))) for hit in hits}
            page = history(session, article_id)
            return Asked(article.analysis, subject(article), article.first_seen_at, told, page)
    raise MonitorError(f"there is no article {article_id}")


def _analysed(config: "Config", tagger: "Tagger", what: str) -> Asked:
    from monitor.analysis import analyze
    from monitor.clock import utc_now
    from monitor.urls import site_of
    from monitor.watch.subject import subject_of

    document = _fetch(config, what) if what.startswith(("http://", "https://")) else _read(Path(what))
    site_rules = {host: site.content for host, site in config.sites.items()}
    analysis = analyze(document, tagger, site_rules=site_rules)
    if analysis.error:
        raise MonitorError(f"{what}: {analysis.error}")
    url = analysis.article.url
    return Asked(analysis, subject_of(analysis, outlet=site_of(url) if url else ""), utc_now(), {})


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


def _rules(config: "Config", asked: Asked) -> Iterator[RuleAnswer]:
    """Yield what each rule says, in the order in which they are asked: one may silence the next."""
    from monitor.model import StoryFacts
    from monitor.services import rules_of
    from monitor.watch.rules import Fire, Hold, RuleFacts, decide

    subject = asked.subject
    story = StoryFacts(0, True, (subject.outlet,), asked.analysis.article.origin)
    alerted: set[str] = set()
    for rule in rules_of(config):
        facts = RuleFacts(alerted_rules=frozenset(alerted))
        outcome = decide(rule, subject, story, facts, article_id=0, now=asked.now)
        match outcome:
            case Fire():
                decision = "alert"
                alerted.add(rule.name)
            case Hold():
                decision = "digest"
            case _:
                decision = "silent"
        found = outcome.match
        why = found.why if found.matched else found.failed
        yield RuleAnswer(rule.name, found.matched, decision, why, outcome.reason, asked.told.get(rule.name))


def _rule(rule: RuleAnswer) -> Iterator[str]:
    yield f"  {rule.name}: {'yes' if rule.matches else 'no'}: {rule.why}"
    if rule.matches:
        yield f"    {rule.decision}: {rule.reason}"
    if rule.told is not None:
        yield f"    told: {rule.told}"


def _theme(score: "ThemeScore") -> Iterator[str]:
    if score.silenced_by:
        verdict = f"silenced by {score.silenced_by}"
    elif score.found:
        verdict = f"found, {score.role} (about from {score.about_at:.2f})"
    else:
        verdict = f"{score.threshold - score.score:.2f} short"
    yield f"  {score.key}: {score.score:.2f} of {score.threshold:.2f}: {verdict}"
    for hit in sorted(
        score.hits, key=lambda hit: (bool(hit.refused), -abs(hit.weight), hit.where, hit.start)
    ):
        counts = f"does not count: {hit.refused}" if hit.refused else f"weight {hit.weight:+g}"
        place = "title" if hit.where == "title" else f"{hit.start}-{hit.end}"
        yield f"    [{hit.term}] at {place}, {hit.pattern}, {counts}: {hit.sentence}"


def _explained(analysis: "Analysis", unwatched: Sequence[str]) -> Iterator[str]:
    from monitor.countries import country_name
    from monitor.tagging.salience import OUTLET_LOG_ODDS

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
    if unwatched:
        yield "  named, but not on the watchlist: " + ", ".join(
            f"{code} {country_name(code)}" for code in unwatched
        )
    if own := analysis.outlet_country:
        yield f"The outlet's own country: {own} {country_name(own)}"
        yield f"  no evidence; adds {OUTLET_LOG_ODDS:g} to the log-odds of its salience where it is mentioned"
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


def _history(page: "History") -> Iterator[str]:
    """Say what became of the page: deleted, edited, when it is looked at again."""
    watch = page.watch
    if watch.gone_at:
        yield f"Deleted: not there since {clean(watch.missing_since)}, confirmed at {clean(watch.gone_at)}"
    elif watch.missing_since:
        yield f"Perhaps deleted: its page was not there at {clean(watch.missing_since)}"
    if page.versions:
        yield "Earlier versions"
    for version in page.versions:
        about = f"{version.characters} characters, {version.exact_hash}: {version.title}"
        yield f"  {version.number}, until {clean(version.replaced_at)}: {about}"
    if page.visit_at:
        yield f"Its page is visited again at {clean(page.visit_at)}"


def _tag(tag: "Tag", name: str) -> Iterator[str]:
    yield f"  {name}: {tag.role}, salience {tag.salience:.2f}, {tag.mentions} mentions"
    for evidence in tag.evidence[:3]:
        where = "title" if evidence.where == "title" else f"{evidence.start}-{evidence.end}"
        yield f"    [{evidence.term}] at {where}, {evidence.rule}, {evidence.weight:g}: {evidence.sentence}"
