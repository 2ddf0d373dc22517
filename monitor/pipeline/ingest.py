"""Ingest: entry -> page -> Analysis -> article, tags, evidence, story, hits, outbox rows: one transaction.

The page is fetched and understood outside of any transaction; then one transaction loads what is known
of the story, lets the rules decide, and saves the article together with every alert that it causes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy.orm import Session

from monitor.articles import duplicates, related
from monitor.articles.boilerplate import MIN_ARTICLES, furniture_of
from monitor.articles.canonical import led_astray
from monitor.articles.retry import RetryAt, Trouble
from monitor.articles.revisit import Settled, VisitFacts, decide_visit
from monitor.clock import Clock
from monitor.crew import Crew
from monitor.errors import PageError, WorkerDied
from monitor.jobs import Understood, understand
from monitor.messages import content
from monitor.model import ANALYSIS_CPU_SECONDS, Document, Fetched, FetchFailed, Gist, PageWatch, StoryFacts
from monitor.net import Web
from monitor.store import articles, entries, hits, mutes, outbox, stories
from monitor.store.articles import KnownArticle, NewArticle
from monitor.store.database import Database
from monitor.store.entries import DueEntry
from monitor.store.hits import NewHit
from monitor.urls import site_of
from monitor.watch.rules import STORM_WINDOW, Fire, Hold, Rule, RuleFacts, RuleOutcome, Silent, decide
from monitor.watch.subject import subject_of
from monitor.workers import Workers

log = structlog.get_logger(__name__)

ANALYSIS_SECONDS = 30.0
# A copy that comes later than this is news again: it opens a story of its own.
STORY_WINDOW = timedelta(days=90)
# A page that gives less than this part of its earlier text, and is read with less confidence, was not edited.
STUB_SHARE = 0.25


class Ingester:
    """Turns due entries into articles. `rules` may be replaced while it runs."""

    def __init__(
        self,
        database: Database,
        web: Web,
        workers: Workers,
        rules: Sequence[Rule],
        *,
        clock: Clock,
        concurrency: int,
    ) -> None:
        self._database = database
        self._web = web
        self._workers = workers
        self._clock = clock
        self.rules = tuple(rules)
        self.crew: Crew[DueEntry] = Crew(
            "ingest", concurrency, key=lambda entry: entry.id, load=self._due, work=self.ingest
        )

    async def _due(self, limit: int, busy: frozenset[int]) -> Sequence[DueEntry]:
        now = self._clock()
        return await self._database.aread(
            lambda session: entries.due(session, now, limit=limit, per_domain=4, busy=busy)
        )

    async def ingest(self, entry: DueEntry) -> None:
        """Fetch, understand and store one entry."""
        page: Fetched | None = None
        trouble: Trouble | None = None
        if entry.link is not None:
            outcome = await self._web.page(entry.link)
            if isinstance(outcome, Fetched) and led_astray(entry.link, outcome.url):
                trouble = Trouble("soft-404", f"the address leads to {outcome.url}")
            elif isinstance(outcome, Fetched):
                page = outcome
            elif outcome.kind == "paused":
                wait = timedelta(seconds=outcome.retry_after_seconds or 60.0)
                when = self._clock() + wait
                await self._database.awrite(lambda session: entries.postpone(session, entry.id, when))
                return
            else:
                trouble = _trouble_of(outcome)
        understood = None
        if trouble is None or not entry.watched:  # of a watched entry nothing but the page is news
            understood, trouble = await self._understand(entry, page, trouble)
        now = self._clock()
        if understood is None:
            assert trouble is not None
            await self._database.awrite(lambda session: _settle(session, entry, None, trouble, now))
            log.info("page not had", entry=entry.id, link=entry.link, kind=trouble.kind, visit=entry.watched)
            return
        rules = self.rules
        fired = await self._database.awrite(
            lambda session: commit(session, entry, understood, trouble, rules, now)
        )
        log.info("ingested", entry=entry.id, link=entry.link, alerts=fired)

    async def _understand(
        self, entry: DueEntry, page: Fetched | None, trouble: Trouble | None
    ) -> tuple[Understood | None, Trouble | None]:
        """Analyse the page, or else the feed's own text."""
        document = document_of(entry, page)
        site = site_of(document.url) if document.url else ""
        counts = await self._database.aread(
            lambda session: articles.recurring_blocks(session, site, at_least=MIN_ARTICLES)
        )
        try:
            understood = await self._workers.run(
                understand,
                document,
                furniture_of(counts),
                timeout_seconds=ANALYSIS_SECONDS,
                cpu_seconds=ANALYSIS_CPU_SECONDS,
            )
        except (PageError, WorkerDied) as error:
            trouble = trouble or Trouble(error.kind, str(error))
            if page is None:
                return None, trouble
            return await self._understand(entry, None, trouble)
        if trouble is None and understood.analysis.article.partial:
            reason = understood.analysis.article.partial_reason or "partial"
            trouble = Trouble(reason, f"the page gave only a part: {reason}")
        return understood, trouble


def _trouble_of(failure: FetchFailed) -> Trouble:
    return Trouble(failure.kind, failure.detail, failure.status, failure.retry_after_seconds)


def document_of(entry: DueEntry, page: Fetched | None) -> Document:
    """Return what analysis is to read: the page, with what the feed says about it."""
    return Document(
        id=str(entry.id),
        url=page.url if page else entry.link,
        html=page.body if page else None,
        content_type=page.headers.get("content-type") if page else None,
        title=entry.title,
        published=entry.published_at or entry.first_seen_at,
        language=entry.feed_language or None,
        feed_title=entry.feed_title,
        outlet_country=entry.feed_country,
        feed_author=entry.author,
        feed_html=entry.html,
        feed_tags=entry.tags + (("opinion",) if entry.feed_opinion else ()),
    )


# -- the transaction -------------------------------------------------------------------------------


def commit(
    session: Session,
    entry: DueEntry,
    understood: Understood,
    trouble: Trouble | None,
    rules: Sequence[Rule],
    now: datetime,
) -> int:
    """Store an understood entry and all that follows from it; returns the number of alerts."""
    article = understood.analysis.article
    url = article.url or entry.link
    stored = articles.known(session, url, entry.article_id)
    site = site_of(url) if url else f"feed:{entry.feed_id}"
    outlet_id = articles.outlet(
        session, site, name=article.outlet or entry.feed_title, country=understood.analysis.outlet_country
    )
    new = NewArticle(
        understood.analysis, url, outlet_id, entry.first_seen_at, understood.bands, understood.search_text
    )
    opens = False
    if stored is None:
        copied = _copied_story(session, new, now)
        opens = copied is None
        story_id = open_story(session, new, understood.gist) if copied is None else copied
        article_id = articles.insert_article(session, new, story_id, now)
        changed = True
    else:
        article_id, story_id = stored.id, stored.story_id
        changed = _is_better(stored, new)
        if changed:
            articles.replace_article(session, stored, new, now)
    articles.remember_blocks(session, site, understood.analysis.blocks, story_id, now)
    alerts = _apply(session, rules, new, article_id, story_id, site, now, opens=opens) if changed else 0
    _settle(session, entry, article_id, trouble, now)
    return alerts


def _is_better(stored: KnownArticle, new: NewArticle) -> bool:
    """Whether a newer text replaces the stored one: a whole is never lost to a part, nor a part to a lesser.

    The one before is kept as a version in any case.
    """
    article = new.analysis.article
    if stored.exact_hash == new.analysis.exact_hash and stored.partial == article.partial:
        return False
    if stored.partial != article.partial:
        return stored.partial
    if article.partial:
        edited = stored.method == article.method == "feed"
        return edited or len(article.text) >= stored.characters
    stub = len(article.text) < STUB_SHARE * stored.characters and article.quality < stored.quality
    return not stub


def _copied_story(session: Session, new: NewArticle, now: datetime) -> int | None:
    """Return the story that the text is a copy of."""
    prints = new.analysis.minhash
    # A text too short to be compared is a copy of nothing: "Read more on our site." is everybody's.
    if prints:
        for candidate in articles.copies(
            session, new.analysis.exact_hash, new.bands, since=now - STORY_WINDOW
        ):
            if candidate.exact_hash == new.analysis.exact_hash or duplicates.is_copy(
                prints, candidate.minhash
            ):
                return candidate.story_id
    return None


def open_story(session: Session, new: NewArticle, gist: Gist) -> int:
    """Store a new story, and link it to those of other outlets that tell of the same event."""
    article = new.analysis.article
    story_id = articles.new_story(
        session, title=article.title, first_seen_at=new.first_seen_at, origin=article.origin
    )
    language = gist.language
    if language is None:
        return story_id
    counts = stories.word_counts(session, language, gist.words)
    if counts.stories >= related.MIN_DOCUMENTS:
        profile = related.profile(gist, counts.words, counts.stories)
        keys = related.keys_of(profile, counts.words, counts.stories)
        seen = new.first_seen_at
        others = stories.near(
            session,
            language,
            keys,
            not_of=new.outlet_id,
            since=seen - related.WINDOW,
            until=seen + related.WINDOW,
        )
        scores = {other.story_id: related.relatedness(profile, other.profile) for other in others}
        stories.link(
            session, story_id, {k: score for k, score in scores.items() if related.is_related(score)}
        )
        stories.remember(session, story_id, profile, keys, outlet_id=new.outlet_id, seen_at=seen)
    stories.count_words(session, language, gist.words, story_id=story_id, counted=counts.stories)
    return story_id


def _apply(
    session: Session,
    rules: Sequence[Rule],
    new: NewArticle,
    article_id: int,
    story_id: int,
    site: str,
    now: datetime,
    *,
    opens: bool,
) -> int:
    """Let the rules decide, in the order they were compiled in; save hits, alerts and outbox rows."""
    alerts = 0
    event = stories.event(session, story_id)
    known = hits.story_facts(
        session,
        event,
        (rule.name for rule in rules),
        opens=opens,
        origin=new.analysis.article.origin,
    )
    alerted = {name for name, story in known.items() if story.alerted_at is not None}
    recent = hits.recent_alerts(session, known, now - STORM_WINDOW)
    windows = outbox.windows(session, now)
    muted = mutes.muted(session, now)
    subject = subject_of(new.analysis, outlet=site, sources=event.sources, search_text=new.search_text)
    for rule in rules:
        facts = RuleFacts(
            recent_alerts=recent.get(rule.name, 0),
            alerted_rules=frozenset(alerted),
            window_until=windows.get(rule.name),
            muted_until=muted[rule.name].until if rule.name in muted else None,
        )
        story = known[rule.name]
        outcome = decide(rule, subject, story, facts, article_id=article_id, now=now)
        if _save(session, rule, outcome, article_id, story, now):
            alerts += 1
            alerted.add(rule.name)
    return alerts


def _save(
    session: Session, rule: Rule, outcome: RuleOutcome, article_id: int, story: StoryFacts, now: datetime
) -> bool:
    """Save what a rule decided; returns whether an alert came of it."""
    if isinstance(outcome, Silent) and not outcome.match.matched:
        return False
    match outcome:
        case Fire():
            decision, digest = ("held" if outcome.deliver_after else "alerted"), None
        case Hold():
            decision, digest = "digest", outcome.digest
        case Silent():
            decision, digest = "silent", None
        case _:
            assert_never(outcome)
    alert_id = None
    if isinstance(outcome, Fire):
        alert_id = hits.add_alert(session, outcome.alert, story.outlets + story.related_outlets, now)
        if alert_id is not None:
            outbox.add(
                session,
                identity=outcome.alert.identity,
                channels=rule.channels,
                kind="alert",
                payload=content.dump(outcome.alert),
                now=now,
                not_before=outcome.deliver_after,
                alert_id=alert_id,
                batch=outcome.batch,
            )
    hits.add_hit(
        session,
        NewHit(
            article_id=article_id,
            story_id=story.story_id,
            rule=rule.name,
            severity=rule.severity,
            decision=decision,
            reason=outcome.reason,
            why=outcome.match.why,
            digest=digest,
            quotes=outcome.match.quotes,
        ),
        now,
        alert_id,
    )
    return alert_id is not None


def _settle(
    session: Session, entry: DueEntry, article_id: int | None, trouble: Trouble | None, now: datetime
) -> None:
    """Mark the entry as done, as to be tried or visited again, or as given up; note what was deleted."""
    article_id = article_id or entry.article_id
    stored = articles.known(session, None, article_id)
    facts = VisitFacts(
        attempts=entry.attempts + 1,
        first_tried_at=entry.first_tried_at or now,
        watched=entry.watched,
        whole=stored is not None and not stored.partial,
        told=stored is not None and articles.is_told(session, stored.id),
        watch=stored.watch if stored else PageWatch(),
    )
    decision = decide_visit(facts, trouble, now)
    if isinstance(decision, Settled):
        assert article_id is not None
        entries.done(session, entry.id, article_id, visit_at=decision.visit_at)
        if decision.watch != facts.watch:
            articles.save_watch(session, article_id, decision.watch)
        if decision.watch.gone_at != facts.watch.gone_at:
            what = "page deleted" if decision.watch.gone_at else "deleted page is back"
            log.info(what, article=article_id, link=entry.link, since=decision.watch.missing_since)
        return
    assert trouble is not None
    if isinstance(decision, RetryAt):
        entries.retry_at(session, entry.id, decision.when, now, trouble.detail, article_id)
    else:
        entries.quarantine(session, entry.id, f"{trouble.detail}; {decision.reason}", article_id)
