"""Feed entries: what is known of each feed, and the queue of ingest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, exists, func, insert, literal_column, null, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from monitor.model import FoundEntry
from monitor.store.sql import execute_many, fair_share
from monitor.store.tables import Article, Base, Feed, FeedEntry

_CHUNK = 400  # pairs in one IN list
# The table, not the class: for many rows the unit of work costs more than the database.
_TABLE = Base.metadata.tables["feed_entry"]
_FOUND: dict[str, Any] = {  # bound by the fields of a FoundEntry
    **{name: bindparam(name) for name in FoundEntry._fields if name in _TABLE.c},
    "published_at": bindparam("published"),
}
# Due to be ingested, with a clean slate. What is the same for all rows is not sent with each.
_DUE: dict[str, Any] = {
    "next_try_at": bindparam("found_at"),
    "state": literal_column("'pending'"),
    "attempts": literal_column("0"),
}
_NEW_NAMES = ("feed_id", "found_at", *FoundEntry._fields)
_NEW = insert(_TABLE).values(
    {"feed_id": bindparam("feed_id"), "first_seen_at": bindparam("found_at"), **_FOUND, **_DUE}
)
# An edit keeps guid, identity and the first time of publication.
_EDITED = ("link", "domain", "title", "html", "author", "tags", "content_hash")
_edited = attrgetter(*_EDITED)
_EDIT_NAMES = ("of_entry", "found_at", *_EDITED)
_EDIT = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of_entry"))
    .values({name: bindparam(name) for name in _EDITED} | {"first_tried_at": null(), **_DUE})
)
_RENUMBER_NAMES = ("of_entry", "guid")
_RENUMBER = update(_TABLE).where(_TABLE.c.id == bindparam("of_entry")).values(guid=bindparam("guid"))
_Key = tuple[int, str]  # feed, and guid or identity hash


@dataclass(frozen=True, slots=True)
class FoundEntries:
    """The entries that a poll found in its feed at an instant; no two have the same guid."""

    feed_id: int
    entries: Sequence[FoundEntry]
    at: datetime


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
    watched: bool  # its article is stored and told, and its page is visited again
    feed_title: str
    feed_url: str
    feed_country: str
    feed_language: str
    feed_opinion: bool


def record(session: Session, polls: Sequence[FoundEntries]) -> list[Recorded]:
    """Store the entries that are new and those that were edited; returns one answer for each poll.

    An entry is known by its guid. Where a guid is unknown but link and title are those of a stored entry
    whose own guid is absent from this poll, it is that entry, renumbered: a feed that makes new guids on
    each poll raises no storm, and two entries of one poll are never merged.
    """
    known, twins = _known(session, polls)
    fresh: list[tuple[Any, ...]] = []
    edits: list[tuple[Any, ...]] = []
    renumberings: list[tuple[int, str]] = []
    answers = []
    for poll in polls:
        new_guids = []
        edited = 0
        feed_id, at = poll.feed_id, poll.at
        for entry in poll.entries:
            guid = entry.guid
            before = known.get((feed_id, guid)) if known else None
            if before is None and (same := twins.get((feed_id, entry.identity_hash))):
                before = same.pop()
                renumberings.append((before.id, guid))
            if before is None:
                new_guids.append(guid)
                if entry.published is not None and entry.published > at:
                    # Not believed: ingest then goes by when the entry was first seen.
                    entry = entry._replace(published=None)
                fresh.append((feed_id, at, *entry))
            elif before.content_hash != entry.content_hash:
                edited += 1
                edits.append((before.id, at, *_edited(entry)))
        answers.append(Recorded(frozenset(new_guids), edited))
    execute_many(session, _NEW, _NEW_NAMES, fresh)
    execute_many(session, _EDIT, _EDIT_NAMES, edits)
    execute_many(session, _RENUMBER, _RENUMBER_NAMES, renumberings)
    return answers


def _known(session: Session, polls: Sequence[FoundEntries]) -> tuple[dict[_Key, Any], dict[_Key, list[Any]]]:
    """Return the stored entries by feed and guid; by feed and identity those that may be renumbered."""
    if not polls:
        return {}, {}
    ids = [poll.feed_id for poll in polls]
    # Nothing needs to be looked up of a feed that is polled for the first time.
    has_entries = exists().where(FeedEntry.feed_id == Feed.id)
    stored = set(session.scalars(select(Feed.id).where(Feed.id.in_(ids), has_entries)))
    polled = {
        (poll.feed_id, entry.guid): entry.identity_hash
        for poll in polls
        if poll.feed_id in stored
        for entry in poll.entries
    }
    known = {(row.feed_id, row.guid): row for row in _rows(session, FeedEntry.guid, list(polled))}
    unknown = {(key[0], identity) for key, identity in polled.items() if key not in known}
    twins: dict[_Key, list[Any]] = {}
    for row in _rows(session, FeedEntry.identity_hash, list(unknown)):
        if (row.feed_id, row.guid) not in polled:
            twins.setdefault((row.feed_id, row.identity_hash), []).append(row)
    return known, twins


def _rows(session: Session, column: InstrumentedAttribute[str], keys: Sequence[_Key]) -> Iterator[Any]:
    """Yield the stored entries whose feed and `column` are among `keys`."""
    query = select(
        FeedEntry.id, FeedEntry.feed_id, FeedEntry.guid, FeedEntry.content_hash, FeedEntry.identity_hash
    )
    pair = tuple_(FeedEntry.feed_id, column)
    for start in range(0, len(keys), _CHUNK):
        yield from session.execute(query.where(pair.in_(keys[start : start + _CHUNK])))


def due(
    session: Session, now: datetime, *, limit: int, per_domain: int, busy: frozenset[int] = frozenset()
) -> list[DueEntry]:
    """Return at most `limit` entries to ingest, each domain at most its share, none of `busy`."""
    queue = (
        select(FeedEntry.id, FeedEntry.domain)
        .where(FeedEntry.state.in_(("pending", "watched")), FeedEntry.next_try_at <= now)
        .order_by(FeedEntry.next_try_at, FeedEntry.id)
    )
    ids = fair_share(session, queue, limit=limit, per_domain=per_domain, busy=busy)
    query = (
        select(FeedEntry, Feed)
        .join(Feed, Feed.id == FeedEntry.feed_id)
        .where(FeedEntry.id.in_(ids))
        .order_by(FeedEntry.next_try_at, FeedEntry.id)
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
            watched=entry.state == "watched",
            feed_title=feed.title,
            feed_url=feed.url,
            feed_country=feed.country,
            feed_language=feed.language,
            feed_opinion=feed.opinion,
        )
        for entry, feed in session.execute(query)
    ]


def done(session: Session, entry_id: int, article_id: int, *, visit_at: datetime | None = None) -> None:
    """Mark an entry as ingested into `article_id`; its HTML is not needed any more.

    Its page is visited again at `visit_at`.
    """
    session.execute(
        update(FeedEntry)
        .where(FeedEntry.id == entry_id)
        .values(
            state="watched" if visit_at else "done",
            article_id=article_id,
            html=None,
            last_error=None,
            next_try_at=visit_at,
        )
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
