"""Feed entries: what is known of each feed, and the queue of ingest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from monitor.store.tables import Article, Feed, FeedEntry

_CHUNK = 400  # bound parameters in one IN list


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as a poll found it, with the two hashes by which it is known again."""

    guid: str
    link: str | None
    domain: str
    title: str
    html: str
    author: str
    tags: tuple[str, ...]
    published: datetime | None
    content_hash: str  # changes when the entry is edited
    identity_hash: str  # of link and title: stays when only the guid changes


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a poll's entries turned out to be."""

    new_guids: frozenset[str]
    edited: int


@dataclass(frozen=True, slots=True)
class DueEntry:
    """An entry whose page is to be had, with what its feed says about it."""

    id: int
    feed_id: int
    guid: str
    link: str | None
    domain: str
    title: str
    html: str | None
    author: str
    tags: tuple[str, ...]
    published_at: datetime | None
    first_seen_at: datetime
    attempts: int
    first_tried_at: datetime | None
    article_id: int | None
    feed_title: str
    feed_url: str
    feed_country: str
    feed_language: str
    feed_opinion: bool


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    guid: str
    content_hash: str


def record(session: Session, feed_id: int, entries: Sequence[NewEntry], now: datetime) -> Recorded:
    """Store the entries that are new and those that were edited.

    An entry is known by its guid. Where a guid is unknown but link and title are those of a stored entry
    whose own guid is absent from this poll, it is that entry, renumbered: a feed that makes new guids on
    each poll raises no storm, and two entries of one poll are never merged.
    """
    by_guid: dict[str, _Known] = {}
    by_identity: dict[str, _Known] = {}
    for start in range(0, len(entries), _CHUNK):
        part = entries[start : start + _CHUNK]
        rows = session.execute(
            select(FeedEntry.id, FeedEntry.guid, FeedEntry.content_hash, FeedEntry.identity_hash).where(
                FeedEntry.feed_id == feed_id,
                or_(
                    FeedEntry.guid.in_([entry.guid for entry in part]),
                    FeedEntry.identity_hash.in_([entry.identity_hash for entry in part]),
                ),
            )
        )
        for row in rows:
            known = _Known(row.id, row.guid, row.content_hash)
            by_guid[row.guid] = known
            by_identity[row.identity_hash] = known

    polled = {entry.guid for entry in entries}
    fresh: list[dict[str, Any]] = []
    edits: list[dict[str, Any]] = []
    renumbered: set[int] = set()
    for entry in entries:
        known_entry = by_guid.get(entry.guid)
        if known_entry is None:
            twin = by_identity.get(entry.identity_hash)
            if twin is not None and twin.guid not in polled and twin.id not in renumbered:
                known_entry = twin
                renumbered.add(twin.id)
        if known_entry is None:
            fresh.append(_row(feed_id, entry, now))
        elif known_entry.content_hash != entry.content_hash or known_entry.guid != entry.guid:
            edits.append(_edit(known_entry, entry, now))
    if fresh:
        session.execute(insert(FeedEntry), fresh)
    edited = 0
    for edit in edits:
        edited += edit.pop("edited")
        session.execute(update(FeedEntry).where(FeedEntry.id == edit.pop("id")).values(**edit))
    return Recorded(frozenset(row["guid"] for row in fresh), edited)


def _row(feed_id: int, entry: NewEntry, now: datetime) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "guid": entry.guid,
        "link": entry.link,
        "domain": entry.domain,
        "title": entry.title,
        "html": entry.html or None,
        "author": entry.author,
        "tags": list(entry.tags),
        "published_at": entry.published,
        "first_seen_at": now,
        "content_hash": entry.content_hash,
        "identity_hash": entry.identity_hash,
        "next_try_at": now,
    }


def _edit(known: _Known, entry: NewEntry, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"id": known.id, "guid": entry.guid, "edited": 0}
    if known.content_hash != entry.content_hash:
        values |= {
            "edited": 1,
            "link": entry.link,
            "domain": entry.domain,
            "title": entry.title,
            "html": entry.html or None,
            "author": entry.author,
            "tags": list(entry.tags),
            "content_hash": entry.content_hash,
            "state": "pending",
            "attempts": 0,
            "first_tried_at": None,
            "next_try_at": now,
        }
    return values


def due(
    session: Session, now: datetime, *, limit: int, per_domain: int, busy: frozenset[int] = frozenset()
) -> list[DueEntry]:
    """Return at most `limit` entries to ingest, each domain at most its share, none of `busy`.

    The busy ones count in their domain's share: no single host can fill the crew.
    """
    place = func.row_number().over(partition_by=FeedEntry.domain, order_by=FeedEntry.next_try_at)
    ranked = (
        select(FeedEntry.id, place.label("place"))
        .where(FeedEntry.state == "pending", FeedEntry.next_try_at <= now)
        .subquery()
    )
    query = (
        select(FeedEntry, Feed)
        .join(ranked, ranked.c.id == FeedEntry.id)
        .join(Feed, Feed.id == FeedEntry.feed_id)
        .where(ranked.c.place <= per_domain, FeedEntry.id.not_in(busy))
        .order_by(FeedEntry.next_try_at, FeedEntry.id)
        .limit(limit)
    )
    return [
        DueEntry(
            id=entry.id,
            feed_id=feed.id,
            guid=entry.guid,
            link=entry.link,
            domain=entry.domain,
            title=entry.title,
            html=entry.html,
            author=entry.author,
            tags=tuple(entry.tags),
            published_at=entry.published_at,
            first_seen_at=entry.first_seen_at,
            attempts=entry.attempts,
            first_tried_at=entry.first_tried_at,
            article_id=entry.article_id,
            feed_title=feed.title,
            feed_url=feed.url,
            feed_country=feed.country,
            feed_language=feed.language,
            feed_opinion=feed.opinion,
        )
        for entry, feed in session.execute(query)
    ]


def done(session: Session, entry_id: int, article_id: int, *, partial_error: str | None = None) -> None:
    """Mark an entry as ingested into `article_id`; its HTML is not needed any more."""
    session.execute(
        update(FeedEntry)
        .where(FeedEntry.id == entry_id)
        .values(state="done", article_id=article_id, html=None, last_error=partial_error, next_try_at=None)
    )


def retry_at(
    session: Session, entry_id: int, when: datetime, now: datetime, error: str, article_id: int | None
) -> None:
    """Try an entry's page again at `when`; `article_id` where its feed text is stored meanwhile."""
    session.execute(
        update(FeedEntry)
        .where(FeedEntry.id == entry_id)
        .values(
            attempts=FeedEntry.attempts + 1,
            first_tried_at=func.coalesce(FeedEntry.first_tried_at, now),
            next_try_at=when,
            last_error=error,
            article_id=article_id,
        )
    )


def postpone(session: Session, entry_id: int, when: datetime) -> None:
    """Come back to an entry at `when` without counting a try: its host is paused."""
    session.execute(update(FeedEntry).where(FeedEntry.id == entry_id).values(next_try_at=when))


def quarantine(session: Session, entry_id: int, error: str, article_id: int | None) -> None:
    """Give an entry's page up; counted in feed health."""
    session.execute(
        update(FeedEntry)
        .where(FeedEntry.id == entry_id)
        .values(state="quarantined", last_error=error, next_try_at=None, article_id=article_id)
    )


def pending_count(session: Session) -> int:
    """Return how many entries wait to be ingested."""
    return session.scalar(select(func.count()).where(FeedEntry.state == "pending")) or 0


def requeue(session: Session, article_ids: Sequence[int], now: datetime) -> int:
    """Make the entries of these articles due again, to be fetched and analysed anew."""
    result = session.execute(
        update(FeedEntry)
        .where(FeedEntry.article_id.in_(select(Article.id).where(Article.id.in_(article_ids))))
        .values(state="pending", next_try_at=now, attempts=0)
        .returning(FeedEntry.id)
    )
    return len(result.all())
