"""Stories of one event: found under rare words, linked, counted, forgotten."""

import random
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.articles import related
from monitor.model import Profile
from monitor.store import articles, search, stories
from monitor.store.database import Database
from monitor.store.stories import COUNTED_FULLY, COUNTED_MAX, COUNTED_SHARE
from monitor.store.tables import StoryGist, StoryKey, WordCount
from monitor.watch.parse import parse
from tests.pipeline.fakes import NOW
from tests.pipeline.test_digest import store


def outlet(session: Session, name: str) -> int:
    return articles.outlet(session, name, name=name)


def profile(words: Mapping[str, float]) -> Profile:
    return Profile(words, words, frozenset({"KZ"}), NOW, "en")


def add(session: Session, keys: str, *, of: str = "a.example", hours: float = 0.0) -> int:
    story_id = articles.new_story(session, title=keys, first_seen_at=NOW, origin=None)
    stories.remember(
        session,
        story_id,
        profile(dict.fromkeys(keys.split(), 2.0)),
        keys.split(),
        outlet_id=outlet(session, of),
        seen_at=NOW + timedelta(hours=hours),
    )
    return story_id


def near(session: Session, keys: str, language: str = "en") -> list[int]:
    found = stories.near(
        session,
        language,
        keys.split(),
        not_of=outlet(session, "b.example"),
        since=NOW - related.WINDOW,
        until=NOW + related.WINDOW,
    )
    return [item.story_id for item in found]


def test_found_by_shared_keys_within_the_window_but_not_the_own_outlet(database: Database) -> None:
    with database.transaction() as session:
        one = add(session, "naryn kochk quake")
        two = add(session, "naryn kochk", hours=71)
        add(session, "naryn kochk", of="b.example")
        add(session, "naryn kochk", hours=73)
        add(session, "naryn kochk", hours=-73)
        add(session, "naryn astan")
        assert near(session, "naryn kochk quake") == [one, two]
        assert near(session, "naryn kochk") == [two, one]
        assert near(session, "naryn kochk", "ru") == near(session, "naryn") == near(session, "") == []
        (found,) = stories.near(session, "en", ["quake", "kochk"], not_of=0, since=NOW, until=NOW)
        assert found.profile == profile({"naryn": 2.0, "kochk": 2.0, "quake": 2.0})


def test_words_are_counted_all_at_first_and_then_by_sample(database: Database) -> None:
    with database.transaction() as session:
        assert stories.word_counts(session, "en", ["naryn"]) == stories.WordCounts({}, 0)
        assert stories.count_words(session, "en", ["naryn", "quake"], story_id=1, counted=0)
        assert stories.count_words(session, "en", ["naryn"], story_id=3, counted=COUNTED_FULLY - 1)
        assert not stories.count_words(session, "en", ["naryn"], story_id=3, counted=COUNTED_FULLY)
        assert stories.count_words(session, "en", ["naryn"], story_id=COUNTED_SHARE, counted=COUNTED_FULLY)
        counts = stories.word_counts(session, "en", ["naryn", "quake", "astan"])
        assert counts == stories.WordCounts({"naryn": 3, "quake": 1}, 3)
        assert stories.word_counts(session, "ru", ["naryn"]).stories == 0


def test_sources_are_counted_alike_in_python_and_in_the_database(database: Database) -> None:
    draw = random.Random(7)
    with database.transaction() as session:
        made = [
            articles.new_story(
                session, title="t", first_seen_at=NOW, origin=draw.choice([None, "TASS", "AP"])
            )
            for _ in range(25)
        ]
        for later in made[1:]:
            others = draw.sample([story for story in made if story < later], 1)
            if draw.random() < 0.6:
                stories.link(session, later, dict.fromkeys(others, 0.7))
    for number in range(60):
        store(database, f"t{number}", outlet=f"{draw.choice('abcdefg')}.example", story=draw.choice(made))
    with database.session() as session:
        events = stories.events(session, made)
        assert {event.sources for event in events.values()} >= {1, 2, 3, 4}
        for count in range(1, 7):
            found = {item.article.story_id for item in search.search(session, parse(f"sources={count}"))}
            assert found == {story for story, event in events.items() if event.sources == count}


def test_an_event_reaches_two_links_far(database: Database) -> None:
    with database.transaction() as session:
        chain = [articles.new_story(session, title="t", first_seen_at=NOW, origin=None) for _ in range(4)]
        for before, after in pairwise(chain):
            stories.link(session, after, {before: 0.7})
    for story in chain:
        store(database, f"t{story}", outlet=f"{story}.example", story=story)
    with database.session() as session:
        first, last = stories.event(session, chain[0]), stories.event(session, chain[3])
        together = stories.events(session, chain)
    assert set(first.outlets) == set(chain[:3]) and set(last.outlets) == set(chain[1:])
    assert first.related_outlets == tuple(f"{story}.example" for story in chain[1:3])
    assert (together[chain[0]], together[chain[3]]) == (first, last)


def test_upkeep_forgets_what_is_out_of_the_window_and_halves_full_counts(database: Database) -> None:
    with database.transaction() as session:
        add(session, "naryn", hours=-1)
        kept = add(session, "naryn")
        session.add_all(
            WordCount(language=language, word=word, stories=count)
            for language, word, count in (
                ("en", "", COUNTED_MAX + 1), ("en", "naryn", 9), ("en", "once", 1),
                ("ru", "", 5), ("ru", "x", 1),
            )
        )  # fmt: skip
        session.flush()
        assert stories.forget(session, NOW + related.WINDOW, after=related.WINDOW) == 1
        assert session.scalars(select(StoryGist.story_id)).all() == [kept]
        assert session.scalars(select(StoryKey.story_id)).all() == [kept]
        english = stories.word_counts(session, "en", ["naryn", "once"])
        assert english == stories.WordCounts({"naryn": 4}, (COUNTED_MAX + 1) // 2)
        assert stories.word_counts(session, "ru", ["x"]) == stories.WordCounts({"x": 1}, 5)
