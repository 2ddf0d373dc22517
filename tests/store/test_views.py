"""docs/database.md says what is true: its columns are the views', and its questions are answered."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from monitor.model import Attitude
from monitor.store import hits, tables
from monitor.store.database import Database
from monitor.store.hits import NewHit
from tests.pipeline.fakes import NOW
from tests.pipeline.test_digest import add_feed, store
from tests.store.test_retention_and_restore import tell

PAGE = (Path(__file__).parents[2] / "docs" / "database.md").read_text("utf-8")
VIEWS = ("v_article", "v_version", "v_hit", "v_daily", "v_attitude", "v_source_health")
QUESTIONS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def documented(view: str) -> list[str]:
    """Return the columns that the page lists for a view."""
    section = PAGE.partition(f"\n### {view}\n")[2].partition("\n#")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


@pytest.fixture
def filled(database: Database) -> Database:
    """Two stories, one of them with a copy, an alert that waits, a verdict, and a feed in trouble."""
    first, story = store(database, "one", attitudes=(Attitude("KZ", "RU", -1, "No."),))
    store(database, "one again", outlet="b.example", story=story, when=NOW - timedelta(hours=5))
    second, other = store(database, "two", country="AM", when=NOW - timedelta(days=1))
    tell(database, first, story, "a1")
    add_feed(database, "https://bad.example/feed", error="answered 503", gap=True)
    with database.transaction() as session:
        hit = NewHit(second, other, "rule", "high", "digest", "the rule tells in a digest", "why", "week", ())
        hits.add_hit(session, hit, NOW, None)
        session.execute(update(tables.Article).where(tables.Article.id == first).values(version=2))
        for right in (True, False):
            assert hits.mark(session, 1, right, "", NOW)
    return database


@pytest.mark.parametrize("view", VIEWS)
def test_the_page_lists_the_columns(filled: Database, view: str) -> None:
    with filled.session() as session:
        assert list(session.execute(text(f"SELECT * FROM {view}")).keys()) == documented(view)


def test_there_are_questions() -> None:
    assert len(QUESTIONS) >= 6


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda sql: " ".join(sql.split())[:50])
def test_questions_are_answered(filled: Database, question: str) -> None:
    with filled.session() as session:
        assert session.execute(text(question)).all()


def test_what_the_views_say(filled: Database) -> None:
    with filled.session() as session:
        articles = session.execute(text("SELECT * FROM v_article ORDER BY article_id")).all()
        told = session.execute(text("SELECT * FROM v_hit ORDER BY hit_id")).all()
        daily = session.execute(text("SELECT * FROM v_daily ORDER BY day, country")).all()
        (attitude,) = session.execute(text("SELECT * FROM v_attitude")).all()
        (feed,) = session.execute(text("SELECT * FROM v_source_health")).all()
    assert [(row.title, row.story_articles) for row in articles] == [("one", 2), ("one again", 2), ("two", 1)]
    one = articles[0]
    assert (one.day, one.outlet, one.outlet_name, one.authors) == (
        "2026-03-02", "a.example", "A.Example", "A. Writer"
    )  # fmt: skip
    assert (one.countries_about, one.themes_about, bool(one.text_cut)) == ("KZ", "csto", False)
    alerted, waiting = told
    assert (alerted.alert, alerted.sent, alerted.pending, alerted.dead) == ("a1", 0, 1, 0)
    assert bool(alerted.verdict) is False and alerted.verdict is not None, "the newest verdict counts"
    assert (waiting.alert, waiting.digest, waiting.verdict) == (None, "week", None)
    assert [(row.day, row.country, row.articles, row.stories, row.outlets) for row in daily] == [
        ("2026-03-01", "AM", 1, 1, 1), ("2026-03-02", "KZ", 2, 1, 2)
    ]  # fmt: skip
    assert (attitude.from_country, attitude.to_country, attitude.stance, attitude.quote) == (
        "KZ",
        "RU",
        -1,
        "No.",
    )
    assert (attitude.day, attitude.story_id) == ("2026-03-02", one.story_id)
    assert (feed.entries, feed.quarantined, feed.last_error) == (1, 0, "answered 503")


def test_daily_counts_only_what_stands_together(filled: Database) -> None:
    with filled.transaction() as session:
        far = update(tables.Joint).where(tables.Joint.country == "AM")
        session.execute(far.values(same_sentence=False, words=41))
    with filled.session() as session:
        countries = session.execute(text("SELECT DISTINCT country FROM v_daily")).scalars().all()
    assert countries == ["KZ"]
