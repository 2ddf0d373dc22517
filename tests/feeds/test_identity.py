"""By what an entry is known again."""

from dataclasses import replace

from monitor.feeds.identity import content_hash, identity_hash
from monitor.model import FeedEntry

ENTRY = FeedEntry("1", "https://site.example/a", "Title", "summary", "<p>text</p>", "Ann", None, None)


def test_new_guids_and_schemes_change_nothing() -> None:
    for other in (
        replace(ENTRY, guid="2"),
        replace(ENTRY, link="http://site.example/a"),
        replace(ENTRY, tags=("x",)),
    ):
        assert identity_hash(other) == identity_hash(ENTRY)
        assert content_hash(other) == content_hash(ENTRY)


def test_an_edit_changes_the_content_only() -> None:
    edited = replace(ENTRY, content="<p>more</p>")
    assert identity_hash(edited) == identity_hash(ENTRY)
    assert content_hash(edited) != content_hash(ENTRY)


def test_other_links_and_titles_are_other_entries() -> None:
    assert identity_hash(replace(ENTRY, link="https://site.example/b")) != identity_hash(ENTRY)
    assert identity_hash(replace(ENTRY, title="Other")) != identity_hash(ENTRY)


def test_without_a_link_the_text_tells_entries_apart() -> None:
    daily = replace(ENTRY, link=None, title="Bulletin")
    assert identity_hash(daily) != identity_hash(replace(daily, content="<p>next day</p>"))
