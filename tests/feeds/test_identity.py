"""What a poll stores of an entry, and by what the entry is known again."""

from dataclasses import replace
from datetime import UTC, datetime

from monitor.feeds.identity import found
from monitor.model import FeedEntry, FoundEntry, ParsedFeed

ENTRY = FeedEntry("1", "https://site.example/a", "Title", "summary", "<p>text</p>", "Ann", None, None)


def of(entry: FeedEntry) -> FoundEntry:
    (only,) = found(ParsedFeed("", None, "", None, None, (entry,))).entries
    return only


def test_new_guids_and_schemes_change_nothing() -> None:
    for other in (
        replace(ENTRY, guid="2"),
        replace(ENTRY, link="http://site.example/a"),
        replace(ENTRY, tags=("x",)),
    ):
        assert of(other).identity_hash == of(ENTRY).identity_hash
        assert of(other).content_hash == of(ENTRY).content_hash


def test_an_edit_changes_the_content_only() -> None:
    edited = replace(ENTRY, content="<p>more</p>")
    assert of(edited).identity_hash == of(ENTRY).identity_hash
    assert of(edited).content_hash != of(ENTRY).content_hash


def test_other_links_and_titles_are_other_entries() -> None:
    assert of(replace(ENTRY, link="https://site.example/b")).identity_hash != of(ENTRY).identity_hash
    assert of(replace(ENTRY, title="Other")).identity_hash != of(ENTRY).identity_hash


def test_without_a_link_the_text_tells_entries_apart() -> None:
    daily = replace(ENTRY, link=None, title="Bulletin")
    assert of(daily).identity_hash != of(replace(daily, content="<p>next day</p>")).identity_hash


def test_what_no_database_takes_is_replaced_and_guids_stay_apart() -> None:
    torn = replace(ENTRY, guid="a\x00", title="a\ud800", content="b\x00", tags=("\x00",))
    assert (of(torn).title, of(torn).html, of(torn).tags) == ("a\ufffd", "b\ufffd", ("\ufffd",))
    assert len({of(torn).guid, of(replace(torn, guid="a\ud800")).guid, "a\ufffd"}) == 3


def test_content_goes_before_summary_and_publication_before_update() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert of(ENTRY).html == "<p>text</p>"
    assert of(replace(ENTRY, content="")).html == "summary"
    assert of(replace(ENTRY, content="", summary="")).html is None
    assert of(replace(ENTRY, published=early, updated=late)).published == early
    assert of(replace(ENTRY, updated=late)).published == late


def test_the_hint_is_the_longer_of_the_two() -> None:
    assert found(ParsedFeed("", None, "", 30, 3600, ())).hint_seconds == 3600
    assert found(ParsedFeed("", None, "", 90, None, ())).hint_seconds == 5400
    assert found(ParsedFeed("", None, "", None, None, ())).hint_seconds == 0
