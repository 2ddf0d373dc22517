"""The writer thread: several intents in one commit, each on its own feet."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.store import feeds
from monitor.store.database import Database
from monitor.store.feeds import FeedSpec
from monitor.store.tables import Feed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def add(session: Session, url: str) -> int:
    return feeds.add(session, FeedSpec(url, "example.org", {}), NOW, origin="cli")


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Feed)) or 0


async def test_a_failing_intent_takes_no_other_with_it(database: Database) -> None:
    def bad(session: Session) -> None:
        add(session, "https://example.org/bad")
        session.execute(text("INSERT INTO article_band (band, article_id) VALUES (1, 999)"))

    good = [database.awrite(lambda session, n=n: add(session, f"https://example.org/{n}")) for n in range(10)]  # type: ignore[misc]
    results = await asyncio.gather(*good[:5], database.awrite(bad), *good[5:], return_exceptions=True)
    assert [type(result) for result in results].count(IntegrityError) == 1
    assert database.read(count) == 10


async def test_what_was_handed_in_is_committed_though_the_caller_is_cancelled(database: Database) -> None:
    started = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(session: Session) -> None:
        loop.call_soon_threadsafe(started.set)
        add(session, "https://example.org/slow")

    task = asyncio.create_task(database.awrite(slow))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.awrite(lambda session: None)  # behind it in the queue
    assert database.read(count) == 1


def test_a_read_session_commits_nothing(database: Database) -> None:
    with database.session() as session:
        add(session, "https://example.org/x")
    assert database.read(count) == 0


def test_close_finishes_what_waits(database_url: str) -> None:
    with Database(database_url) as database:
        futures = [
            database.write(lambda session, n=n: add(session, f"https://example.org/{n}")) for n in range(50)
        ]  # type: ignore[misc]
    assert all(future.done() for future in futures)
    with Database(database_url) as database:
        assert database.read(count) == 50


def test_unstorable_text_is_stored(database: Database) -> None:
    with database.transaction() as session:
        feeds.add(
            session,
            FeedSpec("https://example.org/", "example.org", {}, title="a\x00b\ud800c"),
            NOW,
            origin="cli",
        )
    assert database.read(feeds.listed)[0].title == "a\ufffdb\ufffdc"
