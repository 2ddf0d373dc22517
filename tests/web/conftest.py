"""A database with one hit, and links that answer it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from monitor.store import tables
from monitor.store.database import Database

NOW = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
URL = "https://news.example/1"
TITLE = "<script>alert(1)</script> Astana & the CSTO"


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def store_hit(database: Database) -> int:
    """Store a hit of the rule Drift on article 1; returns its id."""
    with database.transaction() as session:
        for table, row in (
            (tables.Outlet, {"id": 1, "domain": "news.example", "name": "News", "country": ""}),
            (tables.Story, {"id": 1, "title": "t", "first_seen_at": NOW, "origin": None}),
            (tables.Article, {
                "id": 1, "story_id": 1, "outlet_id": 1, "url": URL, "title": TITLE, "text": "x",
                "language": "en", "byline": [], "section": None, "kind": "news", "kind_score": 1.0,
                "kind_why": [], "published_at": NOW, "updated_at": None, "first_seen_at": NOW,
                "analysed_at": NOW, "method": "native", "quality": 1.0, "partial": False,
                "partial_reason": None, "origin": None, "removed": [], "exact_hash": "1", "minhash": b"",
            }),
            (tables.Hit, {
                "id": 5, "article_id": 1, "story_id": 1, "rule": "Drift", "severity": "normal",
                "decision": "alerted", "reason": "", "why": "", "digest": None,
                "quotes": [{"sentence": "Astana <b>left</b>.", "marks": [], "keys": []}],
                "created_at": NOW, "alert_id": None,
            }),
        ):  # fmt: skip
            session.execute(insert(table).values(**row))
    return 5


@pytest.fixture
def hit_id(database: Database) -> int:
    """The stored hit."""
    return store_hit(database)


@pytest.fixture
def clock() -> Clock:
    return Clock()
