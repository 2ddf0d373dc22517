"""Feeds of a site, found on its pages."""

import time

from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.discover import MAX_PAGE_BYTES, FeedLink, candidates, find_feeds

URL = "https://site.example/opinion/"


def test_declared_feeds_come_first_and_comments_last() -> None:
    page = """<html><head><base href="/section/">
      <link rel="stylesheet" type="application/rss+xml" href="no.css">
      <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
      <link rel="alternate" type="application/rss+xml; charset=utf-8" href="rss.xml"
        title="Мнения &amp; анализ">
      <link rel="Alternate" type="application/atom+xml" href="https://feeds.example/atom">
      <link rel="alternate" type="application/feed+json" href="/feed.json">
      <link rel="alternate" type="text/html" hreflang="en" href="/en/">
      <link rel="alternate" type="application/json" href="/wp-json/posts/1">
      </head><body><a href="/feed/">Подписка</a><a href="rss.xml">again</a></body></html>"""
    assert find_feeds(page.encode(), URL) == (
        FeedLink("https://site.example/section/rss.xml", "Мнения & анализ", "rss"),
        FeedLink("https://feeds.example/atom", "", "atom"),
        FeedLink("https://site.example/feed.json", "", "json"),
        FeedLink("https://site.example/feed/", "Подписка", "unknown"),
        FeedLink("https://site.example/comments/feed/", "Comments", "rss"),
    )


def test_links_that_look_like_feeds() -> None:
    wanted = [
        "/rss",
        "/news/rss.xml",
        "/?feed=rss2",
        "/feeds/all.atom.xml",
        "/export/rss2/",
        "/x.rdf",
        "/a.atom",
    ]
    others = ["/about-rss.html", "/feedback", "/wordpress/", "/rss.png", "javascript:rss()", "#rss",
              "mailto:rss@x.example", "/article/2026/11/crossfeed-deal", "http://[broken/rss"]  # fmt: skip
    page = "".join(f'<a href="{href}">x</a>' for href in wanted + others)
    found = [link.url.removeprefix("https://site.example") for link in find_feeds(page.encode(), URL)]
    assert found == wanted


def test_a_feed_is_not_its_own_find() -> None:
    assert find_feeds(b'<a href="https://site.example/opinion/">rss</a>', URL) == ()


def test_candidates_begin_with_the_section() -> None:
    found = candidates("https://site.example/opinion/?page=2")
    assert found[0] == "https://site.example/opinion/feed"
    assert "https://site.example/rss.xml" in found
    assert len(set(found)) == len(found)
    assert candidates("https://site.example")[0] == "https://site.example/feed"


def test_what_is_not_a_page_names_no_feed() -> None:
    for body in (b"", b"/etc/passwd", b"<?xml version='1.0'?><rss/>", b"<!--" * 1000, b"\0" * 1000):
        assert find_feeds(body, URL) == ()


def test_hostile_pages_take_time_in_proportion() -> None:
    """Links nested without end; and only the beginning of an endless page is read."""
    started = time.process_time()
    found = find_feeds(b"<a href=/rss><p>" * 20_000, URL)
    assert [(link.url, link.title) for link in found] == [("https://site.example/rss", "")]
    assert time.process_time() - started < 10
    assert find_feeds(b" " * MAX_PAGE_BYTES + b"<a href=/rss>x</a>", URL) == ()


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_page_is_survived(page: bytes, title: str) -> None:
    markup = f"<link rel=alternate type=application/rss+xml href='/f' title='{title}'>".encode(
        errors="replace"
    )
    assert all(link.url.startswith("http") for link in find_feeds(page + markup, URL))
