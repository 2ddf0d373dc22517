"""Digests that were made, and the facts that they tell: hits that wait for one, coverage, attitudes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from monitor.model import Quote
from monitor.store import tables
from monitor.store.hits import quote_of
from monitor.store.sql import insert_ignore

SILENT_AFTER = timedelta(days=14)  # a feed that answers and brings nothing new for so long


@dataclass(frozen=True, slots=True)
class LastDigest:
    """The newest digest of a name."""

    slot: str
    period_end: datetime


@dataclass(frozen=True, slots=True)
class WaitingHit:
    """A hit that a digest is to tell."""

    hit_id: int
    article_id: int
    rule: str
    reason: str
    created_at: datetime
    quotes: tuple[Quote, ...]  # why the rule matched


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one feed is. `state` is the first that holds of failing, gap, silent, healthy."""

    name: str
    state: str
    detail: str


def last(session: Session, name: str) -> LastDigest | None:
    """Return the newest digest of this name."""
    row = session.execute(
        select(tables.Digest.slot, tables.Digest.period_end)
        .where(tables.Digest.name == name)
        .order_by(tables.Digest.period_end.desc())
        .limit(1)
    ).first()
    return LastDigest(row.slot, row.period_end) if row else None


def first_feed_at(session: Session) -> datetime | None:
    """Return when the first feed was added: before it there was nothing to digest."""
    return session.scalar(select(func.min(tables.Feed.added_at)))


def record(
    session: Session, name: str, slot: str, start: datetime, end: datetime, now: datetime, stories: int
) -> int | None:
    """Store that a digest was made; returns its id, or None where this slot has one already."""
    values = {"name": name, "slot": slot, "period_start": start, "period_end": end}
    if not insert_ignore(session, tables.Digest, {**values, "created_at": now, "stories": stories}):
        return None
    return session.scalar(
        select(tables.Digest.id).where(tables.Digest.name == name, tables.Digest.slot == slot)
    )


def waiting_hits(session: Session, name: str) -> list[WaitingHit]:
    """Return the hits that the digest `name` is to tell and has not told."""
    rows = session.execute(
        select(
            tables.Hit.id,
            tables.Hit.article_id,
            tables.Hit.rule,
            tables.Hit.reason,
            tables.Hit.created_at,
            tables.Hit.quotes,
        )
        .where(tables.Hit.digest == name, tables.Hit.digest_id.is_(None), tables.Hit.decision == "digest")
        .order_by(tables.Hit.id)
    )
    return [
        WaitingHit(
            row.id, row.article_id, row.rule, row.reason, row.created_at, tuple(map(quote_of, row.quotes))
        )
        for row in rows
    ]


def articles_told(session: Session, name: str, start: datetime, end: datetime) -> list[int]:
    """Return the articles of hits of [start, end) that the digest `name` has told."""
    return list(
        session.scalars(
            select(tables.Hit.article_id)
            .where(tables.Hit.digest == name, tables.Hit.digest_id.is_not(None))
            .where(tables.Hit.created_at >= start, tables.Hit.created_at < end)
            .distinct()
        )
    )


def told(session: Session, hit_ids: Sequence[int], digest_id: int) -> None:
    """Mark hits as told by a digest."""
    session.execute(update(tables.Hit).where(tables.Hit.id.in_(hit_ids)).values(digest_id=digest_id))


def rules_matched(session: Session, article_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return article id -> names of the rules that it matched."""
    found: dict[int, tuple[str, ...]] = {}
    rows = session.execute(
        select(tables.Hit.article_id, tables.Hit.rule)
        .where(tables.Hit.article_id.in_(article_ids))
        .order_by(tables.Hit.rule)
    )
    for article_id, rule in rows:
        found[article_id] = (*found.get(article_id, ()), rule)
    return found


def health(session: Session, since: datetime, now: datetime) -> list[SourceHealth]:
    """Return how each polled feed is, gaps since a moment included."""
    newest = (
        select(func.max(tables.FeedEntry.first_seen_at))
        .where(tables.FeedEntry.feed_id == tables.Feed.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            tables.Feed.title,
            tables.Feed.url,
            tables.Feed.last_error,
            tables.Feed.last_success_at,
            tables.Feed.retired,
            tables.Feed.gap_at,
            tables.Feed.added_at,
            newest.label("newest_at"),
        )
        .where(tables.Feed.removed_at.is_(None))
        .order_by(tables.Feed.title, tables.Feed.url)
    )
    found = []
    for row in rows:
        name = row.title or row.url
        if row.retired or row.last_error:
            found.append(SourceHealth(name, "failing", row.last_error or "retired: the feed is gone"))
        elif row.last_success_at is None:
            found.append(SourceHealth(name, "failing", "not polled yet"))
        elif row.gap_at is not None and row.gap_at >= since:
            found.append(
                SourceHealth(name, "gap", f"entries may have been missed by {row.gap_at:%d %b %H:%M} UTC")
            )
        elif now - (row.newest_at or row.added_at) > SILENT_AFTER:
            last_new = f"since {row.newest_at:%d %b %Y}" if row.newest_at else "so far"
            found.append(SourceHealth(name, "silent", f"nothing new {last_new}"))
        else:
            found.append(SourceHealth(name, "healthy", ""))
    return found


def attitude_means(
    session: Session, start: datetime, end: datetime
) -> dict[tuple[str, str], tuple[float, int]]:
    """Return (source, target) -> mean stance and number of attitudes in articles of [start, end).

    A story tells an attitude once, however many copies of it there are.
    """
    told = (
        select(
            tables.Article.story_id, tables.Attitude.source, tables.Attitude.target, tables.Attitude.stance
        )
        .join(tables.Article, tables.Article.id == tables.Attitude.article_id)
        .where(tables.Article.first_seen_at >= start, tables.Article.first_seen_at < end)
        .where(or_(tables.Attitude.stance > 0, tables.Attitude.stance < 0))
        .distinct()
        .subquery()
    )
    pair = told.c.source, told.c.target
    rows = session.execute(select(*pair, func.avg(told.c.stance), func.count()).group_by(*pair))
    return {(source, target): (float(mean), count) for source, target, mean, count in rows}
