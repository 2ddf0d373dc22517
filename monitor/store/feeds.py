"""Feeds and their polls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Update, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from monitor.store.sql import execute_many, fair_share
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
    """What a poll needs of a feed. `state` and `rhythm` are what the poll decider remembers, as JSON."""

    id: int
    url: str
    title: str
    interval_override_seconds: float | None
    state: dict[str, Any]
    rhythm: dict[str, Any]


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
    """A poll as it is stored: its record, and the `columns` of the feed's row that it changes."""

    feed_id: int
    poll: PollRecord
    columns: Mapping[str, Any]


_CHUNK = 500  # addresses in one IN list
# What the owner of a feed says of it.
_SAID = (
    "title", "folder", "country", "language", "opinion", "interval_override_seconds", "domain", "origin",
)  # fmt: skip
_COLUMNS = tuple(getattr(Feed, name) for name in StoredFeed.__dataclass_fields__)
_DUE_COLUMNS = tuple(getattr(Feed, name) for name in DueFeed.__dataclass_fields__)
# Tables, not classes: for many rows the unit of work costs more than the database.
_FEED, _POLL = Base.metadata.tables["feed"], Base.metadata.tables["poll"]
_RECORD_NAMES = ("feed_id", *PollRecord.__dataclass_fields__)
_RECORD = insert(_POLL).values({name: bindparam(name) for name in _RECORD_NAMES})
_record_of = attrgetter(*PollRecord.__dataclass_fields__)


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
    """Return at most `limit` feeds that are due, longest overdue first, each domain at most its share."""
    queue = (
        select(Feed.id, Feed.domain)
        .where(Feed.next_poll_at <= now, Feed.removed_at.is_(None), Feed.retired.is_(False))
        .order_by(Feed.next_poll_at, Feed.id)
    )
    ids = fair_share(session, queue, limit=limit, per_domain=per_domain, busy=busy)
    query = select(*_DUE_COLUMNS).where(Feed.id.in_(ids)).order_by(Feed.next_poll_at, Feed.id)
    return [DueFeed(*row) for row in session.execute(query)]


def add(session: Session, spec: FeedSpec, now: datetime, *, origin: str) -> int:
    """Store a feed, or bring a removed one back, and return its id: either is due at once.

    One that is polled already takes what `spec` says of it.
    """
    _store(session, [spec], now, origin)
    return session.execute(select(Feed.id).where(Feed.url == spec.url)).scalar_one()


def sync(session: Session, specs: Sequence[FeedSpec], now: datetime) -> tuple[int, int]:
    """Make the feeds of the configuration those of `specs`; returns how many were added and removed.

    Feeds that were added by command stay. A removed feed keeps its entries and articles.
    """
    configured = select(Feed.url).where(Feed.origin == "config", Feed.removed_at.is_(None))
    current = set(session.scalars(configured))
    wanted = {spec.url: spec for spec in specs}
    _store(session, list(wanted.values()), now, "config")
    gone = current - wanted.keys()
    for url in gone:
        remove(session, url, now)
    return len(wanted.keys() - current), len(gone)


def _store(session: Session, specs: Sequence[FeedSpec], now: datetime, origin: str) -> None:
    """Insert the feeds that are not stored; of the others change what is not as `specs` say."""
    known: dict[str, Any] = {}
    for start in range(0, len(specs), _CHUNK):
        urls = [spec.url for spec in specs[start : start + _CHUNK]]
        query = select(Feed.id, Feed.url, Feed.removed_at, *(getattr(Feed, name) for name in _SAID))
        known |= {row.url: row for row in session.execute(query.where(Feed.url.in_(urls)))}
    fresh = []
    for spec in specs:
        said = {
            "title": spec.title,
            "folder": spec.folder,
            "country": spec.country,
            "language": spec.language,
            "opinion": spec.opinion,
            "interval_override_seconds": spec.interval_seconds,
            "domain": spec.domain,
            "origin": origin,
        }
        row = known.get(spec.url)
        if row is None:
            fresh.append({"url": spec.url, "added_at": now, "next_poll_at": now, "state": spec.state, **said})
        elif row.removed_at is not None:
            back = {"removed_at": None, "retired": False, "next_poll_at": now}
            session.execute(update(Feed).where(Feed.id == row.id).values(**said, **back))
        elif changed := {name: value for name, value in said.items() if getattr(row, name) != value}:
            session.execute(update(Feed).where(Feed.id == row.id).values(**changed))
    if fresh:
        session.execute(insert(Feed), fresh)


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
    changes: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for saved in polls:
        row = (saved.feed_id, saved.poll.at, *saved.columns.values())
        changes.setdefault(tuple(saved.columns), []).append(row)
    for names, rows in changes.items():
        execute_many(session, _change_of(names), ("of_feed", "last_polled_at", *names), rows)
    records = [(saved.feed_id, *_record_of(saved.poll)) for saved in polls]
    execute_many(session, _RECORD, _RECORD_NAMES, records)


@cache
def _change_of(names: tuple[str, ...]) -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in ("last_polled_at", *names)}
    return update(_FEED).where(_FEED.c.id == bindparam("of_feed")).values(values)


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
