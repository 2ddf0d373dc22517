"""Digest: due by wall clock, once over a DST change, honest when empty, nothing told twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.config import DigestConfig
from monitor.messages import content
from monitor.messages.digest import Digest
from monitor.model import (
    Analysis,
    Attitude,
    Evidence,
    Extracted,
    FoundEntry,
    Joint,
    Kind,
    Quote,
    Tag,
    Tagging,
)
from monitor.pipeline.digest import Digester, latest_slot
from monitor.store import articles, entries, feeds, hits, outbox
from monitor.store.articles import NewArticle
from monitor.store.database import Database
from monitor.store.feeds import FeedSpec, PollRecord, SavedPoll
from monitor.store.hits import NewHit
from monitor.watch.parse import DEFAULT_VOCABULARY, Vocabulary
from monitor.watch.rules import BACKLOG
from monitor.watch.words import normalise_document
from tests.pipeline.fakes import NOW, HandClock

MORNING = DigestConfig(name="morning", cron="0 7 * * *", timezone="Europe/Berlin", channels=("mail",))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# -- slots -----------------------------------------------------------------------------------------


def slots(config: DigestConfig, start: datetime, end: datetime) -> list[str]:
    """Ask every ten minutes, as the daemon does; return the slots in the order in which they fell due."""
    last_at, last_name, found = start, None, []
    now = start
    while now <= end:
        slot = latest_slot(config, last_at, last_name, now)
        if slot is not None:
            found.append(slot.name)
            last_at, last_name = slot.at, slot.name
        now += timedelta(minutes=10)
    return found


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC", "Asia/Almaty", "Europe/Kyiv"])
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 3 * * *", "15 1 * * *", "0 7 * * *"])
@pytest.mark.parametrize("start", ["2026-03-06", "2026-03-27", "2026-10-23", "2026-10-30"])
def test_one_digest_a_day_over_dst_changes(zone: str, cron: str, start: str) -> None:
    config = DigestConfig(name="d", cron=cron, timezone=zone)
    begin = at(start + "T12:00:00")
    found = slots(config, begin, begin + timedelta(days=4))
    days = [name[:10] for name in found]
    assert len(days) == len(set(days)) == 4


def test_a_long_stop_gives_one_slot() -> None:
    slot = latest_slot(MORNING, NOW - timedelta(days=9, hours=1), None, NOW)
    assert slot is not None and slot.name == "2026-03-02T07:00"
    assert latest_slot(MORNING, slot.at, slot.name, NOW) is None


# -- contents --------------------------------------------------------------------------------------


def tag(dimension: Any, key: str, salience: float = 0.8) -> Tag:
    item = Evidence(0, 10, "Kazakhstan", "Kazakhstan left.", f"name:{key}")
    return Tag(dimension, key, "about", salience, 2, (item,))


def store(
    database: Database,
    title: str,
    *,
    outlet: str = "a.example",
    when: datetime = NOW - timedelta(hours=7),
    country: str = "KZ",
    theme: str = "csto",
    story: int | None = None,
    attitudes: tuple[Attitude, ...] = (),
    extra: str = "",
    countries: tuple[Tag, ...] = (),
    joints: tuple[Joint, ...] = (),
) -> tuple[int, int]:
    """Store an article as ingest would; returns its id and its story's."""
    text = "Kazakhstan left. The CSTO stays." + extra
    tagging = Tagging(
        countries or (tag("country", country),),
        (tag("theme", theme),),
        joints or (Joint(country, theme, True, 3, text),),
        attitudes,
    )
    article = Extracted(
        url=f"https://{outlet}/{title}", title=title, text=text, byline=("A. Writer",), outlet=outlet,
        published=when, updated=None, language="en", section=None, removed=(),
        kind=Kind("opinion", 0.9, ("x",)), method="native", quality=0.9,
    )  # fmt: skip
    analysis = Analysis("1", article, tagging, exact_hash=title)
    with database.transaction() as session:
        outlet_id = articles.outlet(session, outlet, name=outlet.title())
        story_id = story or articles.new_story(session, title=title, first_seen_at=when, origin=None)
        new = NewArticle(analysis, article.url, outlet_id, when, (), normalise_document(title, text, "en"))
        return articles.insert_article(session, new, story_id, when), story_id


def add_feed(database: Database, url: str, *, error: str | None = None, gap: bool = False) -> None:
    with database.transaction() as session:
        feed = feeds.add(session, FeedSpec(url, url, {}, title=url), NOW - timedelta(days=30), origin="cli")
        columns: dict[str, Any] = {
            "last_success_at": NOW, "last_error": error, "gap_at": NOW if gap else None,
            "next_poll_at": NOW + timedelta(hours=1),
        }  # fmt: skip
        feeds.save_polls(session, [SavedPoll(feed, PollRecord(NOW, "known"), columns)])
        entry = FoundEntry("g", None, "", "t", "", "", (), None, "h", "i")
        entries.record(session, [entries.FoundEntries(feed, [entry], NOW - timedelta(days=1))])


async def make(
    database: Database,
    config: DigestConfig = MORNING,
    *,
    made: int = 1,
    vocabulary: Vocabulary = DEFAULT_VOCABULARY,
) -> Digest | None:
    """Make what is due; return the newest digest in the outbox."""
    digester = Digester(
        database, [config], clock=HandClock(), vocabulary=vocabulary, backlog_channels=("mail",)
    )
    assert await digester.tick() == made
    rows = database.read(lambda session: outbox.listed(session))
    if not rows:
        return None
    digest = content.load("digest", rows[0].payload)
    assert isinstance(digest, Digest) and rows[0].identity == digest.identity
    return digest


async def test_groups_counts_and_folded_copies(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    _, story = store(database, "one")
    store(database, "one again", outlet="b.example", story=story)
    store(database, "two", country="AM", theme="csto")
    store(database, "earlier", when=NOW - timedelta(hours=35))
    digest = await make(database)
    assert digest is not None
    groups = {(group.country, group.theme): group for group in digest.groups}
    assert set(groups) == {("KZ", "csto"), ("AM", "csto")}
    kazakhstan = groups["KZ", "csto"]
    assert (kazakhstan.count, kazakhstan.previous_count) == (1, 1)
    (told,) = kazakhstan.stories
    assert (told.title, told.outlet, told.copies) == ("one", "A.Example", ("b.example",))
    assert digest.period_end == at("2026-03-02T06:00:00")
    assert await make(database, made=0) is not None


async def test_a_story_is_told_under_a_pair_that_one_sentence_ties(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    tied = (Joint("KZ", "csto", False, 40, "The CSTO stays."), Joint("AM", "csto", True, 1, "Armenia left."))
    countries = (tag("country", "KZ", 0.9), tag("country", "AM", 0.3))
    store(database, "one", countries=countries, joints=tied)
    digest = await make(database)
    assert digest is not None
    assert [(group.country, group.theme) for group in digest.groups] == [("AM", "csto")]


async def test_an_empty_digest_says_why(database: Database) -> None:
    add_feed(database, "https://ok.example/feed")
    add_feed(database, "https://bad.example/feed", error="answered 503")
    add_feed(database, "https://gap.example/feed", gap=True)
    digest = await make(database)
    assert digest is not None and digest.groups == ()
    coverage = digest.coverage
    assert (coverage.sources, coverage.healthy, coverage.articles) == (3, 1, 0)
    assert [note.detail for note in coverage.failing] == ["answered 503"]
    assert [note.name for note in coverage.gaps] == ["https://gap.example/feed"]


async def test_the_query_chooses(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    store(database, "one")
    store(database, "two", country="AM")
    config = MORNING.model_copy(update={"query": "country:AM theme:csto"})
    digest = await make(database, config)
    assert digest is not None
    assert [story.title for group in digest.groups for story in group.stories] == ["two"]


async def test_a_query_knows_the_users_own_themes(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    store(database, "one", theme="water")
    config = MORNING.model_copy(update={"query": "theme:water"})
    digest = await make(database, config, vocabulary=DEFAULT_VOCABULARY.with_themes(["water"]))
    assert digest is not None
    assert [(group.country, group.theme) for group in digest.groups] == [("KZ", "water")]


async def test_a_theme_that_is_no_longer_configured_is_still_told(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    article, story = store(database, "one", theme="water")
    with database.transaction() as session:
        hit = NewHit(article, story, "rule", "normal", "digest", "late", "why", BACKLOG, ())
        hits.add_hit(session, hit, NOW - timedelta(minutes=20), None)
    digester = Digester(database, [MORNING], clock=HandClock(), backlog_channels=("mail",))
    assert await digester.tick() == 2, "the digest, and the backlog"


async def test_a_digest_that_cannot_be_made_does_not_hold_up_the_others(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    store(database, "one")
    broken = MORNING.model_copy(update={"name": "broken", "query": "theme:gone"})
    digester = Digester(database, [broken, MORNING], clock=HandClock())
    assert await digester.tick() == 1
    assert [row.identity for row in database.read(outbox.listed)] == ["digest-morning-2026-03-02T07:00"]


async def test_attitudes_that_turned(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    for number in range(2):
        against = (Attitude("KZ", "RU", -1, f"Kazakhstan refused {number}."),)
        store(database, f"new {number}", attitudes=against)
        before = (Attitude("KZ", "RU", 1, "Kazakhstan praised Russia."),)
        store(database, f"old {number}", when=NOW - timedelta(hours=35), attitudes=before)
    digest = await make(database)
    assert digest is not None
    (turn,) = digest.turns
    assert (turn.source, turn.target, turn.before, turn.after) == ("KZ", "RU", 1.0, -1.0)
    assert [attitude.quote for attitude in turn.attitudes] == [
        "Kazakhstan refused 0.",
        "Kazakhstan refused 1.",
    ]


async def test_a_storm_is_told_once_as_one_digest(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    with database.transaction() as session:
        outbox.listed(session)
    for number in range(30):
        article, story = store(database, f"storm {number}")
        with database.transaction() as session:
            hit = NewHit(article, story, "rule", "normal", "digest", "too many at once", "why", BACKLOG, ())
            hits.add_hit(session, hit, NOW - timedelta(minutes=20), None)
    config = MORNING.model_copy(update={"cron": "0 0 1 1 *"})
    digest = await make(database, config)
    assert digest is not None and digest.name == BACKLOG
    assert sum(len(group.stories) for group in digest.groups) == 30
    assert "too many at once" in digest.note
    assert (await make(database, config, made=0)) == digest


async def test_what_rules_found_is_quoted_and_compared_with_what_they_found_before(
    database: Database,
) -> None:
    """A digest whose own query finds nothing, and rules that tell there."""
    add_feed(database, "https://a.example/feed")
    config = MORNING.model_copy(update={"query": "theme:energy"})
    quote = Quote("What the rule found.", ((0, 4),), ("word:what",))
    for title, hours in (("yesterday", 35), ("today", 7), ("today too", 8)):
        when = NOW - timedelta(hours=hours)
        article, story = store(database, title, when=when)
        with database.transaction() as session:
            hit = NewHit(
                article, story, "Drift", "normal", "digest", "so it says", "why", "morning", (quote,)
            )
            hits.add_hit(session, hit, when, None)
        if title == "yesterday":
            digester = Digester(database, [config], clock=HandClock(NOW - timedelta(days=1)))
            assert await digester.tick() == 1
    digest = await make(database, config)
    assert digest is not None
    (group,) = digest.groups
    assert (group.count, group.previous_count) == (2, 1)
    assert {story.title for story in group.stories} == {"today", "today too"}
    for story in group.stories:
        assert (story.quotes, story.hit_rules, story.reason) == ((quote,), ("Drift",), "so it says")


async def test_a_digest_of_everything_quotes_what_ties_countries_and_themes(database: Database) -> None:
    add_feed(database, "https://a.example/feed")
    store(database, "one")
    digest = await make(database)
    assert digest is not None
    (story,) = digest.groups[0].stories
    assert story.quotes and story.quotes[0].keys == ("country:KZ", "theme:csto")
