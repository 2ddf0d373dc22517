"""Reports of one event: two stories, one thread, and each source counted once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, select

from monitor.articles import related
from monitor.config import RuleConfig
from monitor.store import feeds, search, stories
from monitor.store.database import Database
from monitor.store.feeds import FeedSpec
from monitor.store.tables import Hit, WordCount
from monitor.watch.parse import parse
from monitor.watch.rules import compile_rules
from tests.pipeline.desk import Desk
from tests.pipeline.fakes import NOW

TITLE = "Kazakhstan stays away from the Issyk exercise"
REPORT = (
    "Kazakhstan will send no soldiers to the Issyk exercise of the CSTO in October, Defence Minister Ruslan"
    " Zhaksylykov said in Astana on Tuesday. The units of the Taldykorgan brigade, which were to fly to the"
    " Edelweiss range, stay in their barracks. Zhaksylykov named the harvest and the floods near Petropavl as"
    " reasons. CSTO Secretary General Imangali Tasmagambetov took note of it with regret."
)
OTHER_TITLE = "Astana keeps its soldiers out of the Issyk exercise"
OTHER_REPORT = (
    "No soldier from Kazakhstan is going to the Issyk exercise: this is what Defence Minister Ruslan"
    " Zhaksylykov told the parliament in Astana. Floods near Petropavl and the harvest come first, said"
    " Zhaksylykov; the Taldykorgan brigade was expected at the Edelweiss range of the CSTO in October. Its"
    " Secretary General Imangali Tasmagambetov regrets the step."
)
THIRD_TITLE = "Astana leaves the Issyk exercise without its soldiers"
THIRD_REPORT = (
    "The Issyk exercise has to do without Kazakhstan. Its parliament in Astana heard from Ruslan Zhaksylykov,"
    " the defence minister, why: Petropavl fights with floods, and the harvest needs hands. Imangali"
    " Tasmagambetov, Secretary General of the CSTO, had counted on the Taldykorgan brigade at the Edelweiss"
    " range in October and regrets that its soldiers stay at home."
)
STRANGER_TITLE = "Kazakhstan and the CSTO sign a catering contract"
STRANGER_REPORT = (
    "A canteen in Karaganda will cook for guests of the CSTO, and Kazakhstan pays for the kettles. Cook"
    " Aigerim Nurlanova and baker Pavel Shishkin signed the papers in Karaganda with the Balkhash Catering"
    " House. The first dinner is on Sunday at the Hotel Saryarka, said Nurlanova."
)
# What a young database has read before: the words that every report has.
COMMON = "the and will send that this what from told said for its were are with first near come going".split()


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """A desk with one rule, whose database has read enough to know the common words."""
    rules = compile_rules(
        [RuleConfig.model_validate({"name": "drift", "query": "country:KZ", "channels": ["out"]})]
    )
    with database.transaction() as session:
        feed_id = feeds.add(session, FeedSpec("https://f.example", "f", {}, title="F"), NOW, origin="cli")
        for number in range(related.MIN_DOCUMENTS):
            stories.count_words(
                session,
                "en",
                [*(word[:5] for word in COMMON), f"w{number}"],
                story_id=number,
                counted=number,
            )
    yield Desk(database, rules, feed_id)


def test_an_independent_report_updates_the_alert(desk: Desk) -> None:
    assert desk.publish("steppe.example", TITLE, REPORT) == 1
    assert desk.publish("valley.example", OTHER_TITLE, OTHER_REPORT, hours=5) == 1
    first, second = desk.alerts()
    assert first["story_id"] != second["story_id"]
    assert second["update_of"] == first["identity"]
    assert (second["copies"], second["related"]) == ([], ["steppe.example"])
    found = desk.database.read(lambda session: list(search.search(session, parse("sources>=2"))))
    assert len(found) == 2
    newest = select(Hit.reason).order_by(Hit.id.desc()).limit(1)
    reason = desk.database.read(lambda session: session.scalar(newest))
    assert reason == "a new independent source: valley.example"


def test_a_third_report_continues_the_thread_of_the_first(desk: Desk) -> None:
    desk.publish("steppe.example", TITLE, REPORT)
    desk.publish("valley.example", OTHER_TITLE, OTHER_REPORT, hours=60)
    # The first is out of the window by now; the second leads to it.
    assert desk.publish("lake.example", THIRD_TITLE, THIRD_REPORT, hours=100) == 1
    first, second, last = desk.alerts()
    assert second["update_of"] == last["update_of"] == first["identity"]
    assert last["related"] == ["steppe.example", "valley.example"]


def test_a_reprint_updates_nothing_and_is_no_source(desk: Desk) -> None:
    desk.publish("steppe.example", TITLE, REPORT, of="Reuters")
    assert desk.publish("valley.example", "Another headline", REPORT, hours=1, of="Reuters") == 0
    assert desk.publish("lake.example", TITLE, REPORT, hours=2) == 0
    assert len(desk.alerts()) == 1
    (event,) = desk.events().values()
    assert (len(event.outlets[event.story_id]), event.sources) == (3, 1)  # 3 outlets, 1 origin


def test_a_reprint_of_the_second_report_updates_nothing(desk: Desk) -> None:
    desk.publish("steppe.example", TITLE, REPORT)
    desk.publish("valley.example", OTHER_TITLE, OTHER_REPORT, hours=1)
    assert desk.publish("lake.example", OTHER_TITLE, OTHER_REPORT, hours=2) == 0
    assert len(desk.alerts()) == 2


def test_one_agency_is_one_source_in_whatever_words(desk: Desk) -> None:
    desk.publish("steppe.example", TITLE, REPORT, of="TASS")
    assert desk.publish("valley.example", OTHER_TITLE, OTHER_REPORT, hours=1, of="TASS") == 0
    first, second = desk.events().values()
    assert set(first.outlets) == set(second.outlets) and len(first.outlets) == 2
    assert first.sources == 1
    assert desk.publish("lake.example", THIRD_TITLE, THIRD_REPORT, hours=2, of="TASS") == 0
    assert desk.publish("mountain.example", THIRD_TITLE, THIRD_REPORT, hours=3) == 0  # a copy of it


def test_two_agencies_are_two_sources(desk: Desk) -> None:
    desk.publish("steppe.example", TITLE, REPORT, of="TASS")
    assert desk.publish("valley.example", OTHER_TITLE, OTHER_REPORT, hours=1, of="Reuters") == 1
    assert {event.sources for event in desk.events().values()} == {2}


def test_another_event_in_the_same_country_is_a_story_of_its_own(desk: Desk) -> None:
    desk.publish("steppe.example", TITLE, REPORT)
    assert desk.publish("valley.example", STRANGER_TITLE, STRANGER_REPORT, hours=1) == 1
    _, second = desk.alerts()
    assert second["update_of"] is None and second["related"] == []
    assert all(len(event.outlets) == 1 for event in desk.events().values())


@pytest.mark.parametrize(("hours", "linked"), [(71.0, True), (73.0, False)])
def test_only_within_the_window(desk: Desk, hours: float, linked: bool) -> None:
    desk.publish("steppe.example", TITLE, REPORT)
    assert desk.publish("valley.example", OTHER_TITLE, OTHER_REPORT, hours=hours) == 1
    assert (desk.alerts()[1]["update_of"] is not None) is linked


def test_one_outlet_is_not_related_to_itself(desk: Desk) -> None:
    desk.publish("steppe.example", TITLE, REPORT)
    desk.publish("steppe.example", OTHER_TITLE, OTHER_REPORT, hours=1)
    assert all(len(event.outlets) == 1 for event in desk.events().values())


def test_a_database_that_knows_no_common_words_links_nothing(database: Database, desk: Desk) -> None:
    with database.transaction() as session:
        session.execute(delete(WordCount))
    desk.publish("steppe.example", TITLE, REPORT)
    desk.publish("valley.example", OTHER_TITLE, OTHER_REPORT, hours=1)
    assert all(len(event.outlets) == 1 for event in desk.events().values())
