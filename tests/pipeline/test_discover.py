"""What is found at the address that a person gives."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from monitor.errors import MonitorError
from monitor.net import Web
from monitor.pipeline.discover import FeedOffer, find_feeds
from monitor.workers import Workers
from tests.net.servers import Server, answer, network, serve

ITEM = "<item><title>{0}</title><link>https://x.example/{0}</link>{1}</item>"


def rss(title: str, *items: str) -> bytes:
    body = f'<rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'
    return answer(200, body.encode(), Content_Type="application/rss+xml")


def page(body: str) -> bytes:
    return answer(200, f"<!doctype html><html>{body}</html>".encode(), Content_Type="text/html")


@pytest.fixture
async def site() -> AsyncIterator[Server]:
    async with serve() as server:
        yield server


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    pool = Workers(1)
    yield pool
    await pool.aclose()


async def found(site: Server, workers: Workers, path: str = "/") -> tuple[FeedOffer, ...]:
    async with Web(network(site.port)) as web:
        return await find_feeds(web, workers, site.url(path))


async def test_a_feed_is_itself_and_its_newest_entries_come_first(site: Server, workers: Workers) -> None:
    dates = [f"<pubDate>Mon, {day:02} Jun 2026 10:00:00 GMT</pubDate>" for day in (1, 29)]
    site.pages["/feed"] = rss("News", ITEM.format("old", dates[0]), ITEM.format("undated", ""),
                              ITEM.format("new", dates[1]))  # fmt: skip
    (offer,) = await found(site, workers, "/feed")
    assert (offer.url, offer.title) == (site.url("/feed"), "News")
    assert [entry.title for entry in offer.entries] == ["new", "old", "undated"]
    assert offer.entries[0].published == datetime(2026, 6, 29, 10, tzinfo=UTC)


async def test_a_page_offers_the_feeds_that_can_be_read(site: Server, workers: Workers) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="{}">'
    site.pages["/"] = page("".join(map(link.format, ("/gone.xml", "/news.xml", "/opinion.xml", "/page.xml"))))
    site.pages["/news.xml"] = rss("News")
    site.pages["/opinion.xml"] = rss("Opinion")
    site.pages["/page.xml"] = page("<p>a page about RSS</p>")
    offers = await found(site, workers)
    assert [(offer.url, offer.title) for offer in offers] == [
        (site.url("/news.xml"), "News"),
        (site.url("/opinion.xml"), "Opinion"),
    ]
    assert not site.asked("/rss.xml"), "the usual places are not asked where the page names feeds"


async def test_the_usual_places_are_tried_where_the_page_names_none(site: Server, workers: Workers) -> None:
    site.pages["/opinion/"] = page("<p>no word of a feed</p>")
    site.pages["/rss.xml"] = rss("News")
    (offer,) = await found(site, workers, "/opinion/")
    assert offer.url == site.url("/rss.xml")
    asked = [request.target for request in site.requests]
    assert asked.index("/opinion/feed") < asked.index("/rss.xml")


async def test_a_feed_that_has_moved_for_good_is_added_where_it_is(site: Server, workers: Workers) -> None:
    site.pages["/old"] = answer(301, Location="/new")
    site.pages["/new"] = rss("News")
    (offer,) = await found(site, workers, "/old")
    assert offer.url == site.url("/new")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (page("<p>nothing here</p>"), "names no feed"),
        (answer(404), "cannot be read: .*404"),
        (answer(200, b""), "a feed that cannot be read: The feed is empty"),
    ],
)
async def test_why_there_is_none(site: Server, workers: Workers, body: bytes, problem: str) -> None:
    site.pages["/"] = body
    with pytest.raises(MonitorError, match=problem):
        await found(site, workers)
