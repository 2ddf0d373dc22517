"""Copies are found under their bands, within a window; what has left it costs nothing any more."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.articles import duplicates
from monitor.model import Analysis, Extracted, Kind, Tagging
from monitor.store import articles
from monitor.store.articles import NewArticle
from monitor.store.database import Database
from monitor.store.tables import ArticleBand
from tests.pipeline.fakes import NOW

WINDOW = timedelta(days=90)
TEXT = " ".join(
    f"Bridge {n} over the Naryn fell in storm {n}, officials of town {n} said." for n in range(20)
)


def add(session: Session, text: str, seen: datetime) -> int:
    article = Extracted(
        None, "t", text, (), None, None, None, "en", None, (), Kind("news", 0.5, ()), "native", 1.0
    )
    prints = duplicates.minhash(text)
    analysis = Analysis("1", article, Tagging(), duplicates.exact_hash(text), prints)
    outlet = articles.outlet(session, "a.example", name="A")
    story = articles.new_story(session, title="t", first_seen_at=seen, origin=None)
    new = NewArticle(analysis, None, outlet, seen, duplicates.bands(prints), "")
    return articles.insert_article(session, replace(new), story, seen)


def copies(session: Session, text: str, since: datetime) -> list[int]:
    keys = duplicates.bands(duplicates.minhash(text))
    found = articles.copies(session, duplicates.exact_hash(text), keys, since=since)
    return [candidate.article_id for candidate in found]


def test_copies_are_found_within_the_window_exact_ones_too(database: Database) -> None:
    with database.transaction() as session:
        add(session, TEXT, NOW - WINDOW - timedelta(days=1))
        assert copies(session, TEXT, NOW - WINDOW) == []
        young = add(session, TEXT, NOW - timedelta(days=1))
        assert copies(session, TEXT, NOW - WINDOW) == [young]
        assert copies(session, f"{TEXT} It rained.", NOW - WINDOW) == [young]
        assert copies(session, "Nothing of it. " * 20, NOW - WINDOW) == []


def test_old_bands_are_forgotten_a_few_articles_at_a_time(database: Database) -> None:
    count = select(func.count()).select_from(ArticleBand)
    with database.transaction() as session:
        for day in range(5):
            add(session, f"{TEXT} Day {day}.", NOW - WINDOW - timedelta(days=3 - day))
        assert [articles.forget_bands(session, NOW - WINDOW, limit=2) for _ in range(3)] == [2, 1, 0]
        assert session.scalar(count) == 2 * duplicates.BANDS
        assert len(copies(session, TEXT, NOW - WINDOW - timedelta(days=9))) == 2
