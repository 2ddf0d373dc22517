"""Subscription lists, right and wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FeedError
from monitor.feeds.opml import OpmlFeed, read, write


def test_folders_are_kept() -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>x</title></head><body>
      <outline text="Центральная Азия"><outline text="Казахстан">
        <outline type="rss" text="A" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/>
      </outline><outline text="B" title="Bee" xmlUrl="https://b.example/feed"></outline></outline>
      <outline text="C" xmlUrl="https://c.example/feed"/></body></opml>"""
    assert read(text.encode()) == (
        OpmlFeed("https://a.example/feed", "A", "Центральная Азия/Казахстан", "https://a.example/"),
        OpmlFeed("https://b.example/feed", "Bee", "Центральная Азия"),
        OpmlFeed("https://c.example/feed", "C"),
    )


@pytest.mark.parametrize(
    "outline",
    [
        '<outline text="A" xmlUrl="https://a.example/feed?x=1&y=2"/>',
        "<outline text='A' xmlurl='https://a.example/feed?x=1&amp;y=2'>",
        "<OUTLINE TEXT=A XMLURL=https://a.example/feed?x=1&y=2 />",
        '<outline text="A" xmlUrl="https://a.example/feed?x=1&amp;y=2" text="again" broken" />',
        '<outline type="rss" title="A" url="https://a.example/feed?x=1&y=2"/>',
        '<outline text="A"\n  xmlUrl = "https://a.example/feed?x=1&y=2"  <outline text="next"/>',
    ],
)
def test_malformed_attributes(outline: str) -> None:
    (feed,) = read(f"<opml><body>{outline}".encode())
    assert (feed.url, feed.title) == ("https://a.example/feed?x=1&y=2", "A")


def test_commented_doubled_and_foreign_outlines_are_left_out() -> None:
    text = """<opml><body><!-- <outline text="old" xmlUrl="https://old.example/"/> -->
      <outline text="A" xmlUrl="https://a.example/"/><outline text="A2" xmlUrl="https://a.example/"/>
      <outline text="file" xmlUrl="file:///etc/passwd"/><outline text="&x;" xmlUrl="javascript:1"/>
      </body></opml>"""
    assert read(text.encode()) == (OpmlFeed("https://a.example/", "A"),)


def test_a_list_in_windows_1251() -> None:
    text = (
        '<?xml version="1.0" encoding="windows-1251"?>'
        '<opml><outline text="Новости" xmlUrl="https://a.example/"/></opml>'
    )
    assert read(text.encode("windows-1251"))[0].title == "Новости"


def test_what_is_no_list_is_an_error() -> None:
    with pytest.raises(FeedError) as caught:
        read(b"<rss></rss>")
    assert caught.value.kind == "not-opml"


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="/"), max_size=20).map(
    lambda s: " ".join(s.split())
)
FEEDS = st.builds(
    OpmlFeed,
    url=st.integers(0, 50).map(lambda number: f"https://a.example/{number}?a=1&b=<2>"),
    title=WORDS.filter(bool),
    folder=st.lists(WORDS.filter(bool), max_size=3).map("/".join),
    site_url=st.sampled_from(["", "https://a.example/"]),
)  # fmt: skip
CONTROLS = "".join(map(chr, [*range(32), 0x7F, 0x85, 0xFFFE, 0xFFFF]))


@given(st.lists(FEEDS, max_size=8, unique_by=lambda feed: feed.url))
def test_what_is_written_is_read_back(feeds: list[OpmlFeed]) -> None:
    if not feeds or any(set(feed.title + feed.folder) & set(CONTROLS) for feed in feeds):
        return
    assert sorted(read(write(feeds)), key=lambda feed: feed.url) == sorted(feeds, key=lambda feed: feed.url)


PIECES = st.sampled_from(
    [
        "<outline",
        " text='a'",
        ' xmlUrl="https://a.example/"',
        ">",
        "/>",
        "</outline>",
        "<!--",
        "-->",
        "&",
        "Ж",
    ]
)


@given(st.lists(PIECES, max_size=30))
def test_any_list_is_survived(pieces: list[str]) -> None:
    try:
        read("".join(pieces).encode())
    except FeedError as error:
        assert error.kind == "not-opml"


def test_names_that_xml_cannot_hold_are_written_all_the_same() -> None:
    (feed,) = read(write([OpmlFeed("https://a.example/", "a\x00b\ud800")]))
    assert feed.title == "a\ufffdb\ufffd"
