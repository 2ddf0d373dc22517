"""On real feeds, the parser gives what feedparser gives, but where feedparser is known to be wrong."""

import warnings

import pytest

from bench.feed_agreement import Tally, compare, documents
from tests.corpus import corpus_dir

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def tally() -> Tally:
    found = Tally()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # feedparser and its detector of charsets warn of their own code
        for name, body in documents(corpus_dir("feeds")):
            compare(name, body, found)
    return found


def test_links_titles_guids_and_instants_agree(tally: Tally) -> None:
    assert tally.entries > 3000
    assert tally.explained_share >= 0.999, "\n".join(tally.unexplained)


def test_contents_agree(tally: Tally) -> None:
    unexplained = tally.differences["content", "unexplained"]
    assert unexplained <= 0.002 * tally.entries


def test_no_entry_is_lost(tally: Tally) -> None:
    """Another number of entries only where feedparser gives none: JSON Feed and gzip."""
    assert [line for line in tally.extra if not line.endswith("feedparser gives 0")] == []


def test_the_fast_reader_takes_most_feeds_and_is_faster(tally: Tally) -> None:
    assert tally.parsers["quick"] >= 0.85 * tally.feeds
    assert tally.fast_seconds * 3 < tally.fast_feedparser_seconds
