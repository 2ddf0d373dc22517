"""Site memory: what different stories of a site carry is furniture, and nothing counts a story twice."""

import itertools
from datetime import timedelta

from monitor.articles.boilerplate import MIN_ARTICLES, block_hash, furniture_of
from monitor.store import articles
from monitor.store.database import Database
from tests.pipeline.fakes import NOW

SHORT = block_hash("Read us on your telephone every morning")
LONG = block_hash(" ".join(f"word{number} of background" for number in range(12)))
SITE = "steppe.example"


def recurring(database: Database) -> set[str]:
    with database.transaction() as session:
        counts = articles.recurring_blocks(session, SITE, at_least=MIN_ARTICLES)
    return {key for key in furniture_of(counts) if key in counts}


def see(database: Database, *stories: int, site: str = SITE) -> None:
    with database.transaction() as session:
        for minutes, story in enumerate(stories):
            articles.remember_blocks(session, site, [SHORT, LONG], story, NOW + timedelta(minutes=minutes))


def test_short_blocks_recur_after_three_stories_and_long_ones_after_five(database: Database) -> None:
    found = []
    for story in range(1, 6):
        see(database, story)
        found.append(recurring(database))
    assert found == [set(), set(), {SHORT}, {SHORT}, {SHORT, LONG}]


def test_two_stories_seen_in_turn_stay_two(database: Database) -> None:
    """Two running stories with one paragraph of background, each edited many times."""
    see(database, *itertools.islice(itertools.cycle((1, 2)), 40))
    assert recurring(database) == set()


def test_sites_do_not_teach_each_other(database: Database) -> None:
    see(database, 1, 2, 3, site="other.example")
    assert recurring(database) == set()
