"""The writer thread: several intents in one commit, each on its own feet."""

import asyncio
from datetime import UTC, datetime
from functools import partial

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


async def test_intents_of_one_kind_are_saved_together_and_fail_alone(database: Database) -> None:
    calls: list[int] = []

    def save(session: Session, urls: list[str]) -> list[int]:
        calls.append(len(urls))
        added = [add(session, url) for url in urls]
        if "https://example.org/bad" in urls:
            session.execute(text("INSERT INTO article_band (band, article_id) VALUES (1, 999)"))
        return added

    names = ["a", "bad", "b", "c"]
    saves = [database.awrite_together(save, f"https://example.org/{name}") for name in names]
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert calls == [4, 1, 1, 1, 1]
    assert isinstance(results[1], IntegrityError)
    stored = {feed.id: feed.url for feed in database.read(feeds.listed)}
    assert stored == {
        results[0]: "https://example.org/a",
        results[2]: "https://example.org/b",
        results[3]: "https://example.org/c",
    }


async def test_a_cancelled_caller_holds_up_no_other(database: Database) -> None:
    def save(session: Session, urls: list[str]) -> list[int]:
        return [add(session, url) for url in urls]

    cancelled = asyncio.create_task(database.awrite_together(save, "https://example.org/1"))
    other = asyncio.create_task(database.awrite_together(save, "https://example.org/2"))
    await asyncio.sleep(0)
    cancelled.cancel()
    await other
    assert cancelled.cancelled()
    assert database.read(count) == 2


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
        futures = [database.write(partial(add, url=f"https://example.org/{n}")) for n in range(50)]
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
