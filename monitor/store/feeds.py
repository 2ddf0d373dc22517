"""Feeds and their polls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from monitor.store.tables import Base, Feed, FeedEntry, Poll

POLLS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed as its owner names it; `state` is what the poll decider starts from."""

    url: str
    domain: str
    state: dict[str, Any]
    title: str = ""
    folder: str = ""
    country: str = ""
    language: str = ""
    opinion: bool = False
    interval_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class DueFeed:
    """What a poll needs of a feed. `state` is what the poll decider remembers, as JSON."""

    id: int
    url: str
    title: str
    interval_override_seconds: float | None
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredFeed(DueFeed):
    """A feed as it is stored."""

    folder: str
    domain: str
    country: str
    language: str
    opinion: bool
    origin: str
    added_at: datetime
    next_poll_at: datetime
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_error: str | None
    retired: bool
    gap_at: datetime | None


@dataclass(frozen=True, slots=True)
class PollRecord:
    """What one poll leaves behind, besides its entries."""

    at: datetime
    outcome: str
    status: int | None = None
    entries: int = 0
    new_entries: int = 0
    body_bytes: int = 0
    elapsed_seconds: float = 0.0
    gap: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SavedPoll:
    """A poll as it is stored: its record, `columns` of the feed's row, and the decider's `state` as JSON."""

    feed_id: int
    poll: PollRecord
    columns: Mapping[str, Any]
    state: dict[str, Any]


_COLUMNS = tuple(getattr(Feed, name) for name in StoredFeed.__dataclass_fields__)
_DUE_COLUMNS = tuple(getattr(Feed, name) for name in DueFeed.__dataclass_fields__)
# Tables, not classes: for many rows the unit of work costs more than the database.
_FEED, _POLL = Base.metadata.tables["feed"], Base.metadata.tables["poll"]


def _stored(row: Any) -> StoredFeed:
    return StoredFeed(*row)


def listed(session: Session, *, removed: bool = False) -> list[StoredFeed]:
    """Return the feeds by folder and title; the removed ones too where `removed`."""
    query = select(*_COLUMNS).order_by(Feed.folder, Feed.title, Feed.url)
    if not removed:
        query = query.where(Feed.removed_at.is_(None))
    return [_stored(row) for row in session.execute(query)]


def by_url(session: Session, url: str) -> StoredFeed | None:
    """Return the feed with this very address, removed ones excluded."""
    row = session.execute(select(*_COLUMNS).where(Feed.url == url, Feed.removed_at.is_(None))).first()
    return _stored(row) if row else None


def due(
    session: Session, now: datetime, *, limit: int, per_domain: int, busy: frozenset[int] = frozenset()
) -> list[DueFeed]:
    """Return at most `limit` feeds that are due, longest overdue first, each domain at most its share.

    None of `busy` is among them, but they count in their domain's share.
    """
    place = func.row_number().over(partition_by=Feed.domain, order_by=Feed.next_poll_at).label("place")
    ranked = (
        select(Feed.id, place)
        .where(Feed.next_poll_at <= now, Feed.removed_at.is_(None), Feed.retired.is_(False))
        .subquery()
    )
    query = (
        select(*_DUE_COLUMNS)
        .join(ranked, ranked.c.id == Feed.id)
        .where(ranked.c.place <= per_domain, Feed.id.not_in(busy))
        .order_by(Feed.next_poll_at)
        .limit(limit)
    )
    return [DueFeed(*row) for row in session.execute(query)]


def add(session: Session, spec: FeedSpec, now: datetime, *, origin: str) -> int:
    """Store a feed, or bring a removed one back; returns its id. It is due at once."""
    values = {
        "title": spec.title,
        "folder": spec.folder,
        "country": spec.country,
        "language": spec.language,
        "opinion": spec.opinion,
        "interval_override_seconds": spec.interval_seconds,
        "domain": spec.domain,
        "origin": origin,
        "removed_at": None,
    }
    known = session.execute(select(Feed.id, Feed.removed_at).where(Feed.url == spec.url)).first()
    if known is not None:
        if known.removed_at is not None:
            values |= {"retired": False, "next_poll_at": now}
        session.execute(update(Feed).where(Feed.id == known.id).values(**values))
        return int(known.id)
    row = {"url": spec.url, "added_at": now, "next_poll_at": now, "state": spec.state, **values}
    return int(session.execute(insert(Feed).values(**row).returning(Feed.id)).scalar_one())


def sync(session: Session, specs: Sequence[FeedSpec], now: datetime) -> tuple[int, int]:
    """Make the feeds of the configuration those of `specs`; returns how many were added and removed.

    Feeds that were added by command stay. A removed feed keeps its entries and articles.
    """
    current = {
        row.url: row
        for row in session.execute(
            select(*_COLUMNS).where(Feed.origin == "config", Feed.removed_at.is_(None))
        )
    }
    for spec in specs:
        add(session, spec, now, origin="config")
    gone = set(current) - {spec.url for spec in specs}
    for url in gone:
        remove(session, url, now)
    return len({spec.url for spec in specs} - set(current)), len(gone)


def remove(session: Session, url: str, now: datetime) -> bool:
    """Stop polling a feed and keep what it brought; returns whether there was one."""
    result = session.execute(
        update(Feed)
        .where(Feed.url == url, Feed.removed_at.is_(None))
        .values(removed_at=now)
        .returning(Feed.id)
    )
    return result.first() is not None


def save_polls(session: Session, polls: Sequence[SavedPoll]) -> None:
    """Store how polls went and what was decided. `columns` may differ from feed to feed."""
    updates: dict[frozenset[str], list[dict[str, Any]]] = {}
    for saved in polls:
        values = {**saved.columns, "last_polled_at": saved.poll.at, "state": saved.state}
        updates.setdefault(frozenset(values), []).append({**values, "of_feed": saved.feed_id})
    for rows in updates.values():
        session.execute(update(_FEED).where(_FEED.c.id == bindparam("of_feed")), rows)
    records = [
        {"feed_id": saved.feed_id, **{name: getattr(saved.poll, name) for name in PollRecord.__slots__}}
        for saved in polls
    ]
    session.execute(insert(_POLL), records)


def make_due(session: Session, now: datetime, urls: Sequence[str] = ()) -> int:
    """Make all feeds (or those named) due now; returns how many."""
    query = update(Feed).where(Feed.removed_at.is_(None)).values(next_poll_at=now)
    if urls:
        query = query.where(Feed.url.in_(urls))
    return len(session.execute(query.returning(Feed.id)).all())


def next_due_at(session: Session) -> datetime | None:
    """Return when the next feed is due."""
    return session.scalar(
        select(func.min(Feed.next_poll_at)).where(Feed.removed_at.is_(None), Feed.retired.is_(False))
    )


def prune_polls(session: Session, now: datetime) -> int:
    """Delete the records of old polls; returns how many."""
    gone = session.execute(delete(Poll).where(Poll.at < now - POLLS_KEPT).returning(Poll.id))
    return len(gone.all())


def quarantined_counts(session: Session) -> dict[int, int]:
    """Return feed id -> entries whose page could not be had in the end."""
    query = select(FeedEntry.feed_id, func.count()).where(FeedEntry.state == "quarantined")
    return dict(session.execute(query.group_by(FeedEntry.feed_id)).all())
