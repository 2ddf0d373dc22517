"""What a poll stores of an entry, and by what the entry is known again."""

from datetime import UTC, datetime

from monitor.feeds.identity import found
from monitor.model import FeedEntry, FoundEntry, ParsedFeed

ENTRY = FeedEntry("1", "https://site.example/a", "Title", "summary", "<p>text</p>", "Ann", None, None)


def of(entry: FeedEntry) -> FoundEntry:
    (only,) = found(ParsedFeed("", None, "", None, None, (entry,))).entries
    return only


def test_new_guids_and_schemes_change_nothing() -> None:
    for other in (
        ENTRY._replace(guid="2"),
        ENTRY._replace(link="http://site.example/a"),
        ENTRY._replace(tags=("x",)),
    ):
        assert of(other).identity_hash == of(ENTRY).identity_hash
        assert of(other).content_hash == of(ENTRY).content_hash


def test_an_edit_changes_the_content_only() -> None:
    edited = ENTRY._replace(content="<p>more</p>")
    assert of(edited).identity_hash == of(ENTRY).identity_hash
    assert of(edited).content_hash != of(ENTRY).content_hash


def test_other_links_and_titles_are_other_entries() -> None:
    assert of(ENTRY._replace(link="https://site.example/b")).identity_hash != of(ENTRY).identity_hash
    assert of(ENTRY._replace(title="Other")).identity_hash != of(ENTRY).identity_hash


def test_without_a_link_the_text_tells_entries_apart() -> None:
    daily = ENTRY._replace(link=None, title="Bulletin")
    assert of(daily).identity_hash != of(daily._replace(content="<p>next day</p>")).identity_hash


def test_what_no_database_takes_is_replaced_and_guids_stay_apart() -> None:
    torn = ENTRY._replace(guid="a\x00", title="a\ud800", content="b\x00", tags=("\x00",))
    assert (of(torn).title, of(torn).html, of(torn).tags) == ("a\ufffd", "b\ufffd", ("\ufffd",))
    assert len({of(torn).guid, of(torn._replace(guid="a\ud800")).guid, "a\ufffd"}) == 3


def test_content_goes_before_summary_and_publication_before_update() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert of(ENTRY).html == "<p>text</p>"
    assert of(ENTRY._replace(content="")).html == "summary"
    assert of(ENTRY._replace(content="", summary="")).html is None
    assert of(ENTRY._replace(published=early, updated=late)).published == early
    assert of(ENTRY._replace(updated=late)).published == late


def test_the_hint_is_the_longer_of_the_two() -> None:
    assert found(ParsedFeed("", None, "", 30, 3600, ())).hint_seconds == 3600
    assert found(ParsedFeed("", None, "", 90, None, ())).hint_seconds == 5400
    assert found(ParsedFeed("", None, "", None, None, ())).hint_seconds == 0
