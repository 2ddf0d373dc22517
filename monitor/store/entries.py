"""Feed entries: what is known of each feed, and the queue of ingest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, insert, literal_column, null, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from monitor.store.tables import Article, Base, Feed, FeedEntry

_CHUNK = 400  # pairs in one IN list
_TABLE = Base.metadata.tables["feed_entry"]  # for many rows the unit of work costs more than the database
_CHANGE = update(_TABLE).where(_TABLE.c.id == bindparam("of_entry"))
# Due to be ingested, with a clean slate. What is the same for all rows is not sent with each.
_DUE: dict[str, Any] = {
    "next_try_at": bindparam("found_at"),
    "state": literal_column("'pending'"),
    "attempts": literal_column("0"),
}
_INSERT = insert(_TABLE).values(first_seen_at=bindparam("found_at"), **_DUE)
_EDIT = _CHANGE.values(first_tried_at=null(), **_DUE)
_Key = tuple[int, str]  # feed, and guid or identity hash


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
class FoundEntries:
    """The entries that a poll found in its feed at an instant; no two have the same guid."""

    feed_id: int
    entries: Sequence[NewEntry]
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
    fresh: list[dict[str, Any]] = []
    edits: list[dict[str, Any]] = []
    renumberings: list[dict[str, Any]] = []
    answers = []
    for poll in polls:
        new_guids = []
        edited = 0
        for entry in poll.entries:
            before = known.get((poll.feed_id, entry.guid))
            if before is None and (same := twins.get((poll.feed_id, entry.identity_hash))):
                before = same.pop()
                renumberings.append({"of_entry": before.id, "guid": entry.guid})
            if before is None:
                new_guids.append(entry.guid)
                new = {"feed_id": poll.feed_id, "guid": entry.guid, "published_at": entry.published}
                new["identity_hash"] = entry.identity_hash
                fresh.append(new | _contents(entry, poll.at))
            elif before.content_hash != entry.content_hash:
                edited += 1
                edits.append({"of_entry": before.id, **_contents(entry, poll.at)})
        answers.append(Recorded(frozenset(new_guids), edited))
    for statement, rows in ((_INSERT, fresh), (_EDIT, edits), (_CHANGE, renumberings)):
        if rows:
            session.execute(statement, rows)
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


def _contents(entry: NewEntry, now: datetime) -> dict[str, Any]:
    """What an edit changes, for `_INSERT` and `_EDIT`."""
    return {
        "found_at": now,
        "link": entry.link,
        "domain": entry.domain,
        "title": entry.title,
        "html": entry.html or None,
        "author": entry.author,
        "tags": list(entry.tags),
        "content_hash": entry.content_hash,
    }


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
