"""What commands and pages list: read-only, session -> frozen rows."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.store.tables import Alert, Article, Attitude, Feed, FeedEntry, Hit, Outlet, Tag, Verdict


@dataclass(frozen=True, slots=True)
class HitRow:
    """An article that matched a rule, and what became of it."""

    id: int
    created_at: datetime
    rule: str
    severity: str
    decision: str  # alerted | held | digest | silent
    reason: str
    why: str
    article_id: int
    story_id: int
    title: str
    url: str | None
    outlet: str
    language: str | None
    kind: str
    published_at: datetime | None
    alert: str | None  # the alert's identity
    quotes: tuple[str, ...]  # matched sentences


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How one polled feed is."""

    id: int
    url: str
    title: str
    folder: str
    added_at: datetime
    last_polled_at: datetime | None
    last_success_at: datetime | None
    next_poll_at: datetime
    last_error: str | None
    retired: bool
    gap_at: datetime | None
    entries: int
    quarantined: int
    last_entry_at: datetime | None
    interval: timedelta | None  # between its polls, as last chosen
    entries_per_day: float | None


@dataclass(frozen=True, slots=True)
class RulePrecision:
    """The hits of a rule (in one language, or about one country), and the newest verdicts on them."""

    rule: str
    group: str
    hits: int
    right: int
    wrong: int
    precision: float | None  # None: no verdicts
    wrong_terms: tuple[str, ...]  # the terms that led to most wrong hits, worst first


@dataclass(frozen=True, slots=True)
class Stance:
    """How one country turned to another in a period. A story counts once for each side it tells of."""

    period: str  # "2026-03", "2026-03-02", or empty for all time
    source: str
    target: str
    against: int  # stories
    favourable: int
    mean: float  # -1 to 1
    quote: str  # the newest
    article_id: int  # where it stands


Period = Literal["all", "month", "day"]
_PERIOD_CHARS: dict[Period, int] = {"all": 0, "month": 7, "day": 10}


def hits(
    session: Session,
    *,
    rule: str | None = None,
    since: datetime | None = None,
    article_id: int | None = None,
    limit: int = 50,
) -> list[HitRow]:
    """Return hits, newest first."""
    query = (
        select(
            Hit.id, Hit.created_at, Hit.rule, Hit.severity, Hit.decision, Hit.reason, Hit.why, Hit.article_id,
            Hit.story_id, Article.title, Article.url, Outlet.domain.label("outlet"), Article.language,
            Article.kind, Article.published_at, Alert.identity.label("alert"), Hit.quotes,
        )
        .join(Article, Article.id == Hit.article_id)
        .join(Outlet, Outlet.id == Article.outlet_id)
        .outerjoin(Alert, Alert.id == Hit.alert_id)
        .order_by(Hit.created_at.desc(), Hit.id.desc())
        .limit(limit)
    )  # fmt: skip
    if rule is not None:
        query = query.where(Hit.rule == rule)
    if since is not None:
        query = query.where(Hit.created_at >= since)
    if article_id is not None:
        query = query.where(Hit.article_id == article_id)
    rows = (row._mapping for row in session.execute(query))
    return [HitRow(**{**row, "quotes": tuple(quote["sentence"] for quote in row["quotes"])}) for row in rows]


def feed_health(session: Session, *, troubled: bool = False) -> list[FeedHealth]:
    """Return how the polled feeds are, the worst first; `troubled`: only those with an error or a gap.

    First those that cannot be read, the longest so first; then those with a gap, the newest first.
    """
    mine = FeedEntry.feed_id == Feed.id
    query = (
        select(
            Feed.id, Feed.url, Feed.title, Feed.folder, Feed.added_at, Feed.last_polled_at,
            Feed.last_success_at, Feed.next_poll_at, Feed.last_error, Feed.retired, Feed.gap_at,
            Feed.interval_seconds, Feed.entries_per_day,
            select(func.count()).where(mine).label("entries"),
            select(func.count()).where(mine, FeedEntry.state == "quarantined").label("quarantined"),
            select(func.max(FeedEntry.first_seen_at)).where(mine).label("last_entry_at"),
        )
        .where(Feed.removed_at.is_(None))
        .order_by(Feed.folder, Feed.title, Feed.url)
    )  # fmt: skip
    if troubled:
        query = query.where(Feed.last_error.is_not(None) | Feed.retired | Feed.gap_at.is_not(None))
    found = []
    for row in session.execute(query):
        values = dict(row._mapping)
        seconds = values.pop("interval_seconds")
        found.append(FeedHealth(**values, interval=None if seconds is None else timedelta(seconds=seconds)))
    return sorted(found, key=_badness)


def _badness(feed: FeedHealth) -> tuple[bool, float, float]:
    """Sorts the worst first."""
    broken = feed.retired or feed.last_error is not None
    since = (feed.last_success_at or feed.added_at).timestamp() if broken else 0.0
    return not broken, since, -feed.gap_at.timestamp() if feed.gap_at else 0.0


WRONG_TERMS = 5


def rule_precision(session: Session, by: Literal["rule", "language", "country"]) -> list[RulePrecision]:
    """Return the precision of each rule, or of each rule and language, or country that hits are about."""
    newest = select(func.max(Verdict.id)).group_by(Verdict.hit_id)
    query = (
        select(Hit.rule, Article.language, Hit.article_id, Verdict.right, Hit.quotes)
        .join(Article, Article.id == Hit.article_id)
        .outerjoin(Verdict, (Verdict.hit_id == Hit.id) & Verdict.id.in_(newest))
    )
    about: dict[int, list[str]] = defaultdict(list)
    if by == "country":
        tags = select(Tag.article_id, Tag.key).where(Tag.dimension == "country", Tag.role == "about")
        for article_id, key in session.execute(tags.where(Tag.article_id.in_(select(Hit.article_id)))):
            about[article_id].append(key)
    verdicts: dict[tuple[str, str], Counter[bool | None]] = defaultdict(Counter)
    terms: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for rule, language, article_id, right, quotes in session.execute(query):
        groups = {"rule": [""], "language": [language or ""], "country": about[article_id]}[by]
        for group in groups:
            verdicts[rule, group][right] += 1
            if right is False:
                terms[rule, group].update(_terms(quotes))
    return [
        RulePrecision(
            rule=rule,
            group=group,
            hits=counts.total(),
            right=counts[True],
            wrong=counts[False],
            precision=counts[True] / judged if (judged := counts[True] + counts[False]) else None,
            wrong_terms=tuple(term for term, _ in terms[rule, group].most_common(WRONG_TERMS)),
        )
        for (rule, group), counts in sorted(verdicts.items())
    ]


def _terms(quotes: list[dict[str, Any]]) -> set[str]:
    """Return the marked words of stored quotes, in lower case."""
    return {
        quote["sentence"][start:end].lower()
        for quote in quotes
        for start, end in quote["marks"]
        if end > start
    }


def stances(
    session: Session,
    *,
    source: str | None = None,
    target: str | None = None,
    since: datetime | None = None,
    by: Period = "all",
) -> list[Stance]:
    """Return how countries turned to each other: the newest period first, then the pair most told of."""
    moment = func.coalesce(Article.published_at, Article.first_seen_at)
    query = (
        select(moment, Article.story_id, Attitude)
        .join(Article, Article.id == Attitude.article_id)
        .where(Attitude.stance != 0)
        .order_by(moment.desc(), Attitude.id)
    )
    for column, wanted in ((Attitude.source, source), (Attitude.target, target)):
        if wanted is not None:
            query = query.where(column == wanted)
    if since is not None:
        query = query.where(moment >= since)
    told: dict[tuple[str, str, str], dict[tuple[int, int], Attitude]] = defaultdict(dict)
    for when, story, attitude in session.execute(query):
        period = when.date().isoformat()[: _PERIOD_CHARS[by]]
        told[period, attitude.source, attitude.target].setdefault((story, attitude.stance), attitude)
    rows = []
    for (period, source_code, target_code), by_story in told.items():
        values = [stance for _, stance in by_story]
        newest = next(iter(by_story.values()))
        rows.append(
            Stance(
                period=period,
                source=source_code,
                target=target_code,
                against=values.count(-1),
                favourable=values.count(1),
                mean=round(sum(values) / len(values), 2),
                quote=newest.quote,
                article_id=newest.article_id,
            )
        )
    rows.sort(key=lambda row: (-row.against - row.favourable, row.source, row.target))
    rows.sort(key=lambda row: row.period, reverse=True)
    return rows
