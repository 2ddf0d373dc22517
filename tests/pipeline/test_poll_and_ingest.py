"""Poll and ingest against a scripted site: what is new, edited, gone, reprinted, broken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.clock import utc_now
from monitor.config import Config
from monitor.services import Services, open_services
from monitor.store import digests, entries, feeds, outbox, reading, tables
from monitor.store.database import Database
from monitor.store.reading import StoredArticle
from tests.acceptance.killer import Threads
from tests.pipeline.fakes import HandClock

PARAGRAPHS = (
    "Kazakhstan will not send soldiers to the exercise of the CSTO this autumn, its president said.",
    "The foreign ministry in Astana called the decision a matter of planning and gave no other reason.",
    "Analysts in Almaty read it as one more sign that the alliance has lost its hold on its members.",
    "The secretariat of the alliance said that it had taken note and would go on with the exercise.",
)


@dataclass
class Page:
    """A page of the site: a status, and a text or the paragraphs of an article."""

    title: str = "Kazakhstan stays away"
    paragraphs: tuple[str, ...] = PARAGRAPHS
    status: int = 200
    html: str | None = None

    def render(self) -> str:
        if self.html is not None:
            return self.html
        body = "".join(f"<p>{text}</p>" for text in self.paragraphs)
        head = f"<head><title>{self.title}</title></head>"
        return f"<html>{head}<body><article><h1>{self.title}</h1>{body}</article></body></html>"


@dataclass
class ScriptedSite:
    """A site that does what the test says; every request is kept."""

    pages: dict[str, Page] = field(default_factory=dict)
    items: list[tuple[str, str, str]] = field(default_factory=list)  # guid, path, description
    feed: Callable[[web.Request], web.Response] | None = None
    asked: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)  # path -> where it leads
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def rss(self) -> str:
        items = "".join(
            f"<item><guid>{guid}</guid><title>{self.pages[path].title}</title><link>{self.url(path)}</link>"
            f"<description>{text}</description></item>"
            for guid, path, text in self.items
        )
        return f'<rss version="2.0"><channel><title>Scripted</title>{items}</channel></rss>'

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.strip("/")
        self.asked.append(path)
        if path == "feed":
            if self.feed is not None:
                return self.feed(request)
            return web.Response(text=self.rss(), content_type="application/rss+xml")
        if path in self.moved:
            raise web.HTTPFound(self.moved[path])
        page = self.pages.get(path)
        if page is None:
            raise web.HTTPNotFound
        return web.Response(text=page.render(), status=page.status, content_type="text/html")


@asynccontextmanager
async def running(
    url: str, clock: HandClock, *, rule: str = "country:KZ"
) -> AsyncIterator[tuple[ScriptedSite, Services]]:
    site = ScriptedSite()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.port = runner.addresses[0][1]
    config = Config.model_validate(
        {
            "database": {"url": url},
            "network": {
                "ports": [site.port], "allow_private": ["127.0.0.0/8"], "respect_robots": False,
                "default_host": {"delay": "0s", "concurrency": 8},
            },
            "feeds": [{"url": site.url("feed")}],
            "rules": [{"name": "rule", "query": rule, "channels": ["out"]}],
            "channels": {"out": {"type": "console"}},
            "notices": {"channels": ["out"]},
        }
    )  # fmt: skip
    try:
        async with open_services(config, clock=clock, workers=Threads()) as services:  # type: ignore[arg-type]
            yield site, services
    finally:
        await runner.cleanup()


async def turn(services: Services) -> None:
    """Poll the feed whether it is due or not, then ingest all that is due."""
    await services.database.awrite(lambda session: feeds.make_due(session, services.clock()))
    await services.poller.crew.drain()
    await services.ingester.crew.drain()


def stored(services: Services) -> list[StoredArticle]:
    return services.database.read(lambda session: list(reading.stored_articles(session, range(1, 50))))


def alerts(services: Services) -> list[str]:
    rows = services.database.read(lambda session: outbox.listed(session))
    return [row.payload["title"] for row in reversed(rows) if row.kind == "alert"]


def notices(services: Services) -> list[str]:
    rows = services.database.read(lambda session: outbox.listed(session))
    return [row.payload["subject"] for row in reversed(rows) if row.kind == "notice"]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(utc_now())


async def test_an_edited_article_is_a_new_version_and_no_new_alert(
    database_url: str, clock: HandClock
) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages["a"] = Page()
        site.items = [("1", "a", "short")]
        await turn(services)
        site.pages["a"] = Page(paragraphs=(*PARAGRAPHS, "The exercise starts on Monday, the army said."))
        site.items = [("1", "a", "edited")]
        clock.pass_(hours=1)
        await turn(services)
        (article,) = stored(services)
        assert article.analysis.article.text.endswith("the army said.")
        assert alerts(services) == ["Kazakhstan stays away"]

        def versions(session: Session) -> list[tuple[int, str]]:
            rows = session.execute(select(tables.ArticleVersion.version, tables.ArticleVersion.text))
            return [(row.version, row.text) for row in rows]

        ((version, text),) = services.database.read(versions)
        assert version == 1 and not text.endswith("the army said.")


async def test_an_edit_that_brings_a_new_country_is_told_as_an_update(
    database_url: str, clock: HandClock
) -> None:
    async with running(database_url, clock, rule="country:KZ OR country:AM") as (site, services):
        site.pages["a"] = Page()
        site.items = [("1", "a", "short")]
        await turn(services)
        more = (
            "Armenia, which froze its membership of the CSTO last year, said that it understood Kazakhstan."
        )
        site.pages["a"] = Page(paragraphs=(*PARAGRAPHS, more, more.replace("said", "wrote")))
        site.items = [("1", "a", "edited")]
        clock.pass_(hours=1)
        await turn(services)
        rows = services.database.read(lambda session: outbox.listed(session))
        assert len(rows) == 2
        assert rows[0].payload["update_of"] == rows[1].identity


async def test_a_page_that_is_busy_gives_the_feeds_text_first_and_itself_later(
    database_url: str, clock: HandClock
) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages["a"] = Page(status=500)
        site.items = [("1", "a", "Kazakhstan will stay away from the exercise, says its president.")]
        await turn(services)
        (article,) = stored(services)
        assert article.analysis.article.partial
        assert "stay away" in article.analysis.article.text
        assert len(alerts(services)) == 1
        site.pages["a"] = Page()
        clock.pass_(minutes=6)
        await services.ingester.crew.drain()
        (article,) = stored(services)
        assert not article.analysis.article.partial
        assert "Analysts in Almaty" in article.analysis.article.text
        assert services.database.read(entries.pending_count) == 0


async def test_a_whole_text_is_never_lost_to_a_part(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages["a"] = Page()
        site.items = [("1", "a", "short")]
        await turn(services)
        site.pages["a"] = Page(status=503)
        site.items = [("1", "a", "Kazakhstan: a summary, edited.")]
        clock.pass_(hours=1)
        await turn(services)
        (article,) = stored(services)
        assert not article.analysis.article.partial
        assert "Analysts in Almaty" in article.analysis.article.text


async def test_an_error_page_takes_nothing_from_a_stored_summary(database_url: str, clock: HandClock) -> None:
    lead = "Kazakhstan will not send soldiers to the exercise of the CSTO this autumn, its president said."
    async with running(database_url, clock) as (site, services):
        wall = "<p>Subscribe to continue reading</p>"
        site.pages["a"] = Page(
            html=f"<html><body><h1>Kazakhstan stays away</h1><p>{lead}</p>{wall}</body></html>"
        )
        site.items = [("1", "a", "Kazakhstan stays away.")]
        await turn(services)
        for html in (
            "<html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1></html>",
            "<html><title>Cookies</title><h1>Before you continue</h1><p>We use cookies.</p></html>",
            "<html><div id=root></div><script></script></html>",
        ):
            site.pages["a"] = Page(html=html)
            clock.pass_(hours=1)
            await services.ingester.crew.drain()
            (article,) = stored(services)
            assert lead in article.analysis.article.text
        site.pages["a"] = Page()
        clock.pass_(hours=9)
        await services.ingester.crew.drain()
        (article,) = stored(services)
        assert not article.analysis.article.partial
        assert "Analysts in Almaty" in article.analysis.article.text


async def test_the_page_of_an_alert_is_visited_again_and_its_deletion_noted(
    database_url: str, clock: HandClock
) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages = {
            "a": Page(),
            "quiet": Page(title="Grain", paragraphs=("Grain grows in the north.",) * 9),
        }
        site.items = [("1", "a", "x"), ("2", "quiet", "x")]
        await turn(services)
        assert services.database.read(entries.pending_count) == 0
        clock.pass_(minutes=61)
        site.pages["a"] = Page(paragraphs=(*PARAGRAPHS, "The exercise starts on Monday, the army said."))
        await services.ingester.crew.drain()
        found = next(one for one in stored(services) if "Kazakhstan" in one.analysis.article.title)
        assert found.analysis.article.text.endswith("the army said.")
        assert len(alerts(services)) == 1
        for status, hours in ((404, 6), (404, 3)):
            site.pages["a"] = Page(status=status)
            clock.pass_(hours=hours)
            await services.ingester.crew.drain()
        page = services.database.read(lambda session: reading.history(session, found.id))
        assert page is not None
        assert page.watch.gone_at == clock() and page.watch.missing_since == clock() - timedelta(hours=3)
        ((version, characters),) = [(one.number, one.characters) for one in page.versions]
        assert version == 1 and characters > 100
        clock.pass_(days=30)
        await services.ingester.crew.drain()
        clock.pass_(days=30)
        await services.ingester.crew.drain()
        assert (site.asked.count("a"), site.asked.count("quiet")) == (5, 1)
        # It is no trouble of the feed.
        assert sum(services.database.read(feeds.quarantined_counts).values()) == 0


async def test_a_page_that_leads_to_the_front_page_is_gone(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages = {"a": Page(), "": Page(title="Front", paragraphs=PARAGRAPHS)}
        site.items = [("1", "a", "x")]
        await turn(services)
        site.moved["a"] = "/"
        for hours in (2, 3):
            clock.pass_(hours=hours)
            await services.ingester.crew.drain()
        (article,) = stored(services)
        assert article.analysis.article.title == "Kazakhstan stays away"
        page = services.database.read(lambda session: reading.history(session, article.id))
        assert page is not None and page.watch.gone_at == clock()


async def test_a_page_that_is_gone_is_not_asked_again(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages["a"] = Page(status=410)
        site.items = [("1", "a", "Kazakhstan stays away, says the feed.")]
        await turn(services)
        clock.pass_(days=4)
        await turn(services)
        assert site.asked.count("a") == 1
        assert len(stored(services)) == 1
        assert sum(services.database.read(feeds.quarantined_counts).values()) == 1


async def test_ten_tries_over_three_days_then_quarantine(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages["a"] = Page(status=500)
        site.items = [("1", "a", "Kazakhstan stays away.")]
        await turn(services)
        for _ in range(300):
            clock.pass_(minutes=15)
            await services.ingester.crew.drain()
        assert site.asked.count("a") == 10
        assert sum(services.database.read(feeds.quarantined_counts).values()) == 1


async def test_reprints_are_one_story_and_one_alert(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        long = PARAGRAPHS * 2
        site.pages = {"a": Page(paragraphs=long), "b": Page(paragraphs=(*long, "Reprinted with permission."))}
        site.items = [("1", "a", "x")]
        await turn(services)
        site.items.append(("2", "b", "x"))
        clock.pass_(hours=1)
        await turn(services)
        first, second = stored(services)
        assert first.story_id == second.story_id
        assert len(alerts(services)) == 1


async def test_short_texts_are_copies_of_nothing(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages = {name: Page(title=f"Kazakhstan {name}", status=404) for name in "ab"}
        site.items = [("1", "a", "Read more on our site."), ("2", "b", "Read more on our site.")]
        await turn(services)
        first, second = stored(services)
        assert first.story_id != second.story_id


async def test_a_feed_that_breaks_is_told_once_and_when_it_recovers(
    database_url: str, clock: HandClock
) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages["a"] = Page()
        site.items = [("1", "a", "x")]
        await turn(services)
        site.feed = lambda request: web.Response(status=404)
        for _ in range(30):
            clock.pass_(hours=6)
            await turn(services)
        assert [subject for subject in notices(services) if "broke" in subject] == notices(services)
        assert len(notices(services)) == 1
        (health,) = services.database.read(lambda session: digests.health(session, clock(), clock()))
        assert health.state == "failing" and "404" in health.detail
        site.feed = None
        clock.pass_(hours=6)
        await turn(services)
        assert len(notices(services)) == 2 and "recovered" in notices(services)[1]


async def test_a_feed_that_is_gone_is_retired(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        site.feed = lambda request: web.Response(status=410)
        await turn(services)
        clock.pass_(days=9)
        await turn(services)
        assert site.asked == ["feed"]
        assert len(notices(services)) == 1


async def test_a_gap_is_recorded_and_said(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages = {name: Page(title=name) for name in "abcdef"}
        site.items = [(name, name, "x") for name in "abc"]
        await turn(services)
        clock.pass_(hours=6)
        site.items = [(name, name, "x") for name in "def"]
        await turn(services)
        (health,) = services.database.read(
            lambda session: digests.health(session, clock() - timedelta(days=1), clock())
        )
        assert health.state == "gap"


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00\xff", b"<html><body>Welcome</body></html>", b"not a feed at all"],
)
async def test_what_is_no_feed_is_named(database_url: str, clock: HandClock, body: bytes) -> None:
    async with running(database_url, clock) as (site, services):
        site.feed = lambda request: web.Response(body=body, content_type="text/html")
        await turn(services)
        (feed,) = services.database.read(feeds.listed)
        assert feed.last_error
        assert feed.next_poll_at > clock()


async def test_unstorable_characters_are_stored(database_url: str, clock: HandClock) -> None:
    async with running(database_url, clock) as (site, services):
        site.pages["a"] = Page(paragraphs=(*PARAGRAPHS, "A nul \x00 and a half &#xD800; of a pair."))
        site.items = [("1", "a", "x")]
        await turn(services)
        (article,) = stored(services)
        for tag in article.analysis.tags:
            for item in tag.evidence:
                if item.where == "text":
                    assert article.analysis.article.text[item.start : item.end] == item.term


async def test_two_feeds_with_the_same_article_store_it_once(sqlite_url: str, clock: HandClock) -> None:
    async with running(sqlite_url, clock) as (site, services):
        site.pages["a"] = Page()
        site.items = [("1", "a", "x"), ("2", "a", "y")]
        await turn(services)
        assert len(stored(services)) == 1
        assert len(alerts(services)) == 1
        assert services.database.read(entries.pending_count) == 0


async def test_stopping_in_the_middle_leaves_the_rest_due(sqlite_url: str, clock: HandClock) -> None:
    async with running(sqlite_url, clock) as (site, services):
        site.pages = {f"p{n}": Page(title=f"Kazakhstan {n}") for n in range(12)}
        site.items = [(name, name, "x") for name in site.pages]
        await services.poller.crew.drain()
        await services.ingester.crew.tick()
        await services.ingester.crew.stop(0.0)
        with Database(sqlite_url) as database:
            left = database.read(entries.pending_count)
        assert left + len(stored(services)) == 12
        await asyncio.sleep(0)
