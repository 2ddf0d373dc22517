"""Feeds and entries: what is due, what is known, what is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from monitor.model import FoundEntry
from monitor.store import entries, feeds
from monitor.store.database import Database
from monitor.store.entries import FoundEntries, Recorded
from monitor.store.feeds import FeedSpec, PollRecord, SavedPoll
from monitor.store.tables import Base

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def spec(url: str, domain: str = "example.org") -> FeedSpec:
    return FeedSpec(url, domain, {"url": url})


def entry(guid: str, title: str = "", html: str = "text", link: str | None = None) -> FoundEntry:
    title = title or f"title {guid}"
    link = link or f"https://example.org/{title}"
    return FoundEntry(
        guid=guid, link=link, domain="example.org", title=title, html=html, author="", tags=(),
        published=None, content_hash=f"{title}|{link}|{html}", identity_hash=f"{title}|{link}",
    )  # fmt: skip


def add_feed(session: Session, url: str = "https://example.org/feed", domain: str = "example.org") -> int:
    return feeds.add(session, spec(url, domain), NOW, origin="cli")


def record(session: Session, feed: int, found: Sequence[FoundEntry]) -> Recorded:
    (recorded,) = entries.record(session, [FoundEntries(feed, found, NOW)])
    return recorded


def save_poll(session: Session, feed: int, at: datetime = NOW, **columns: object) -> None:
    feeds.save_polls(session, [SavedPoll(feed, PollRecord(at, "known"), columns)])


def test_no_host_fills_a_due_batch(database: Database) -> None:
    with database.transaction() as session:
        for number in range(30):
            add_feed(session, f"https://big.example/{number}", "big.example")
        small = add_feed(session, "https://small.example/feed", "small.example")
        due = feeds.due(session, NOW, limit=10, per_domain=4)
        assert len(due) == 5
        assert small in {feed.id for feed in due}
        busy = frozenset(feed.id for feed in due)
        assert feeds.due(session, NOW, limit=10, per_domain=4, busy=busy) == []


def test_no_host_fills_a_batch_of_entries(database: Database) -> None:
    with database.transaction() as session:
        feed = add_feed(session)
        record(session, feed, [entry(str(number)) for number in range(30)])
        record(session, feed, [entry("small")._replace(domain="small.example")])
        due = entries.due(session, NOW, limit=10, per_domain=4)
        assert [found.guid for found in due] == ["0", "1", "2", "3", "small"]
        held = frozenset({due[0].id, due[4].id})
        left = entries.due(session, NOW, limit=10, per_domain=4, busy=held)
        assert [found.guid for found in left] == ["1", "2", "3"]
        assert [found.guid for found in entries.due(session, NOW, limit=2, per_domain=4)] == ["0", "1"]


def test_not_due_not_removed_not_retired(database: Database) -> None:
    with database.transaction() as session:
        later = add_feed(session, "https://a.example/later", "a.example")
        gone = add_feed(session, "https://a.example/gone", "a.example")
        save_poll(session, later, next_poll_at=NOW + timedelta(hours=1))
        save_poll(session, gone, retired=True)
        add_feed(session, "https://a.example/removed", "a.example")
        assert feeds.remove(session, "https://a.example/removed", NOW)
        assert not feeds.remove(session, "https://a.example/removed", NOW)
        assert feeds.due(session, NOW, limit=10, per_domain=9) == []
        due = feeds.due(session, NOW + timedelta(hours=1), limit=10, per_domain=9)
        assert [feed.id for feed in due] == [later]


def test_sync_keeps_what_commands_added_and_what_removed_feeds_brought(database: Database) -> None:
    with database.transaction() as session:
        assert feeds.sync(session, [spec("https://a.example/"), spec("https://b.example/")], NOW) == (2, 0)
        feed = feeds.by_url(session, "https://a.example/")
        assert feed is not None
        record(session, feed.id, [entry("1")])
        feeds.add(session, spec("https://c.example/"), NOW, origin="cli")
        assert feeds.sync(session, [spec("https://b.example/")], NOW) == (0, 1)
        assert {f.url for f in feeds.listed(session)} == {"https://b.example/", "https://c.example/"}
        assert entries.pending_count(session) == 1
        assert feeds.sync(session, [spec("https://a.example/"), spec("https://b.example/")], NOW) == (1, 0)
        again = feeds.by_url(session, "https://a.example/")
        assert again is not None and again.id == feed.id


def test_known_entries_are_known_again(database: Database) -> None:
    with database.transaction() as session:
        feed = add_feed(session)
        first = [entry("1"), entry("2")]
        assert record(session, feed, first).new_guids == {"1", "2"}
        assert record(session, feed, first).new_guids == frozenset()
        assert record(session, feed, [*first, entry("3")]).new_guids == {"3"}


def test_guids_that_change_on_each_poll_raise_no_storm(database: Database) -> None:
    with database.transaction() as session:
        feed = add_feed(session)
        record(session, feed, [entry("a1", "one"), entry("a2", "two")])
        again = record(session, feed, [entry("b1", "one"), entry("b2", "two")])
        assert again.new_guids == frozenset() and again.edited == 0
        assert entries.pending_count(session) == 2
        known = record(session, feed, [entry("b1", "one"), entry("b2", "two")])
        assert known.new_guids == frozenset()


def test_two_entries_of_one_poll_are_never_merged(database: Database) -> None:
    with database.transaction() as session:
        feed = add_feed(session)
        twins = [entry("1", "same"), entry("2", "same")]
        assert record(session, feed, twins).new_guids == {"1", "2"}
        assert record(session, feed, twins).new_guids == frozenset()


def test_an_edited_entry_is_due_again(database: Database) -> None:
    with database.transaction() as session:
        feed = add_feed(session)
        record(session, feed, [entry("1")])
        (due,) = entries.due(session, NOW, limit=9, per_domain=9)
        entries.quarantine(session, due.id, "gone", None)
        assert entries.due(session, NOW, limit=9, per_domain=9) == []
        recorded = record(session, feed, [entry("1")._replace(html="new", content_hash="new")])
        assert recorded.edited == 1 and recorded.new_guids == frozenset()
        assert entries.due(session, NOW, limit=9, per_domain=9)[0].html == "new"


def test_retry_and_postpone(database: Database) -> None:
    later = NOW + timedelta(minutes=5)
    with database.transaction() as session:
        record(session, add_feed(session), [entry("1")])
        (due,) = entries.due(session, NOW, limit=9, per_domain=9)
        entries.postpone(session, due.id, later)
        assert entries.due(session, NOW, limit=9, per_domain=9) == []
        (due,) = entries.due(session, later, limit=9, per_domain=9)
        assert due.attempts == 0
        entries.retry_at(session, due.id, later + timedelta(hours=1), later, "503", None)
        (due,) = entries.due(session, later + timedelta(hours=1), limit=9, per_domain=9)
        assert (due.attempts, due.first_tried_at) == (1, later)


def test_polls_are_pruned(database: Database) -> None:
    with database.transaction() as session:
        feed = add_feed(session)
        for day in (0, 10, 40, 50):
            save_poll(session, feed, NOW - timedelta(days=day))
        assert feeds.prune_polls(session, NOW) == 2


guids = st.lists(st.text("abcé\n", min_size=1, max_size=3), unique=True, max_size=8)


@given(polls=st.lists(guids, max_size=5))
def test_every_guid_is_new_exactly_once(polls: list[list[str]]) -> None:
    """Whatever a feed shows in whatever order, an entry is new at its first sight only."""
    with Database("sqlite://") as memory:
        Base.metadata.create_all(memory.engine)
        seen: set[str] = set()
        with memory.transaction() as session:
            feed = add_feed(session)
            for poll in polls:
                recorded = record(session, feed, [entry(guid) for guid in poll])
                assert recorded.new_guids == set(poll) - seen
                seen |= set(poll)
