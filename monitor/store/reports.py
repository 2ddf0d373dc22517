"""What commands and pages list: read-only, session -> frozen rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.store.tables import Alert, Article, Feed, FeedEntry, Hit, Outlet


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


def hits(
    session: Session, *, rule: str | None = None, since: datetime | None = None, limit: int = 50
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
    rows = (row._mapping for row in session.execute(query))
    return [HitRow(**{**row, "quotes": tuple(quote["sentence"] for quote in row["quotes"])}) for row in rows]


def feed_health(session: Session, *, troubled: bool = False) -> list[FeedHealth]:
    """Return how the polled feeds are, by folder and title; `troubled`: those with an error or a gap."""
    mine = FeedEntry.feed_id == Feed.id
    query = (
        select(
            Feed.id, Feed.url, Feed.title, Feed.folder, Feed.added_at, Feed.last_polled_at,
            Feed.last_success_at, Feed.next_poll_at, Feed.last_error, Feed.retired, Feed.gap_at,
            select(func.count()).where(mine).label("entries"),
            select(func.count()).where(mine, FeedEntry.state == "quarantined").label("quarantined"),
            select(func.max(FeedEntry.first_seen_at)).where(mine).label("last_entry_at"),
        )
        .where(Feed.removed_at.is_(None))
        .order_by(Feed.folder, Feed.title, Feed.url)
    )  # fmt: skip
    if troubled:
        query = query.where(Feed.last_error.is_not(None) | Feed.retired | Feed.gap_at.is_not(None))
    return [FeedHealth(**row._mapping) for row in session.execute(query)]
