"""The newsroom as a server: feeds of every make, 304, 404, publishing, and its log."""

import time
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from monitor.demo.articles import articles, outlets
from monitor.demo.newsroom import LoopbackResolver, Newsroom
from monitor.feeds.parse import parse
from tests.demo.conftest import NOW


def test_the_newsroom_is_as_large_as_it_should_be() -> None:
    assert len(articles()) >= 30
    assert {article.lang for article in articles().values()} == {"en", "ru", "uk", "kk"}
    assert {o.feed for o in outlets().values()} == {"rss", "atom", "rdf", "json", "broken", "gone"}
    assert sum(bool(article.expected.never) for article in articles().values()) >= 8
    covered = {theme for article in articles().values() for theme in article.expected.themes}
    assert {"sanctions", "mobilization", "csto", "eurasian-integration", "migration", "energy"} <= covered


async def test_every_feed_is_read_with_fresh_dates() -> None:
    now = datetime.now(UTC)
    async with Newsroom(now) as newsroom, aiohttp.ClientSession() as session:
        assert len(set(newsroom.ports)) == len(newsroom.feeds) == 8
        for feed, outlet in zip(newsroom.feeds, outlets().values(), strict=True):
            async with session.get(feed.url) as response:
                if outlet.feed == "gone":
                    assert response.status == 404
                    continue
                body, content_type = await response.read(), response.headers["Content-Type"]
            parsed = parse(body, url=feed.url, content_type=content_type)
            own = [article for article in articles().values() if article.outlet == outlet.key]
            assert [entry.title for entry in parsed.entries] == [
                article.title for article in sorted(own, key=lambda article: article.hours_ago)
            ]
            assert [entry.link for entry in parsed.entries] == [
                newsroom.url(article.slug) for article in sorted(own, key=lambda article: article.hours_ago)
            ]
            for entry in parsed.entries:
                dated = entry.published or entry.updated
                assert dated is not None
                assert timedelta(0) < now - dated < timedelta(days=4)


async def test_the_old_feed_and_its_pages_are_windows_1251() -> None:
    async with Newsroom(NOW) as newsroom, aiohttp.ClientSession() as session:
        outlet = outlets()["vecherny-pereval"]
        feed = next(feed for feed in newsroom.feeds if feed.title == outlet.name)
        async with session.get(feed.url) as response:
            assert "Кто следующий выйдет из ОДКБ" in (await response.read()).decode("windows-1251")
        async with session.get(newsroom.url("povestki")) as response:
            assert response.charset == "windows-1251"
            assert "военкоматов" in (await response.read()).decode("windows-1251")


async def test_304_until_something_is_published_and_a_log_of_it() -> None:
    async with Newsroom(NOW, withhold=["quiet-drift-again"]) as newsroom, aiohttp.ClientSession() as session:
        feed = next(feed for feed in newsroom.feeds if "Harbour" in feed.title)
        async with session.get(feed.url) as response:
            etag = response.headers["ETag"]
        async with session.get(feed.url, headers={"If-None-Match": etag}) as response:
            assert response.status == 304
            assert await response.read() == b""
        async with session.get(newsroom.url("quiet-drift-again")) as response:
            assert response.status == 404
        newsroom.publish("quiet-drift-again")
        async with session.get(feed.url, headers={"If-None-Match": etag}) as response:
            assert response.status == 200
            assert (
                parse(await response.read(), url=feed.url).entries[0].title == articles()["quiet-drift"].title
            )
        async with session.get(newsroom.url("quiet-drift-again")) as response:
            assert response.status == 200
    assert [(request.status, request.conditional) for request in newsroom.requests] == [
        (200, False), (304, True), (404, False), (200, True), (200, False),
    ]  # fmt: skip
    assert newsroom.count("harbour-gazette", status=304) == 1
    assert newsroom.count("caspian-ledger") == 0


async def test_named_outlets_are_found_by_the_loopback_resolver() -> None:
    connector = aiohttp.TCPConnector(resolver=LoopbackResolver())
    async with (
        Newsroom(NOW, domain="example") as newsroom,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        assert newsroom.url("ferry").startswith("http://steppe-and-strait.example:")
        async with session.get(newsroom.url("ferry")) as response:
            assert response.status == 200
            assert newsroom.url("ferry") in await response.text()


@pytest.mark.parametrize("path", ["/", "/robots.txt"])
async def test_front_pages(path: str) -> None:
    async with Newsroom(NOW) as newsroom, aiohttp.ClientSession() as session:
        for port in newsroom.ports[:-1]:
            async with session.get(f"http://127.0.0.1:{port}{path}") as response:
                assert response.status == 200


async def test_it_starts_at_once() -> None:
    articles()  # read once in a process
    started = time.perf_counter()
    async with Newsroom(NOW):
        took = time.perf_counter() - started
    assert took < 0.3
