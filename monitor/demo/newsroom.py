"""articles and outlets -> sites with feeds, on loopback ports.

Every outlet has a port, so that it is a site of its own. Dates count back from `now`, so that the news is
always fresh. Feeds answer a conditional request with 304 until something is published.
"""

import hashlib
import json
import socket
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.config import FeedConfig, Network
from monitor.demo.articles import Article, Outlet, articles, outlets, paragraphs, words

HOST = "127.0.0.1"
NETWORKS: tuple[Network, ...] = (ip_network("127.0.0.0/8"),)
"""What the guard must allow, for the newsroom to be read."""

_FEED_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
    "broken": "text/xml",
    "gone": "application/rss+xml",
}
_SCHEMA_TYPES = {"opinion": "OpinionNewsArticle", "analysis": "AnalysisNewsArticle", "news": "NewsArticle"}
_RELATED = 3


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the newsroom's log."""

    outlet: str
    path: str
    status: int
    conditional: bool  # it came with If-None-Match or If-Modified-Since


class LoopbackResolver(AbstractResolver):
    """Answers every name with this machine: whoever uses it reaches nothing else."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the loopback address."""
        return [
            ResolveResult(
                hostname=host,
                host=HOST,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing to close."""


class Newsroom:
    """An async context manager: the sites are up inside it.

    `now` (aware) dates the articles; `withhold` names slugs that are not out until `publish`. With a
    `domain` the outlets have names under it, for which `LoopbackResolver` is needed, or the domain
    `localhost`; else they are bare addresses. Their ports are any free ones, or start at `first_port`.
    """

    def __init__(
        self, now: datetime, *, withhold: Collection[str] = (), domain: str = "", first_port: int = 0
    ) -> None:
        self._domain = domain
        self._first_port = first_port
        self._now = now.astimezone(UTC).replace(microsecond=0)
        self._published_at = {
            slug: self._now - timedelta(hours=article.hours_ago)
            for slug, article in articles().items()
            if slug not in withhold
        }
        self._env = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "layouts"),
            autoescape=True,
            undefined=StrictUndefined,
        )
        self._runner: web.AppRunner | None = None
        self._ports: dict[str, int] = {}
        self.requests: list[Request] = []

    async def __aenter__(self) -> "Newsroom":
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            for number, _ in enumerate(outlets()):
                await web.TCPSite(self._runner, HOST, self._first_port and self._first_port + number).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.assign_ports([address[1] for address in self._runner.addresses])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def assign_ports(self, ports: Iterable[int]) -> None:
        """Name the outlets' ports, in order. Entering does so; pages can be made without, for tests."""
        self._ports = dict(zip(outlets(), ports, strict=False))

    @property
    def feeds(self) -> tuple[FeedConfig, ...]:
        """Every outlet's feed, the dead one included."""
        return tuple(
            FeedConfig(url=self._site(outlet) + outlet.feed_path, title=outlet.name, folder=outlet.folder)
            for outlet in outlets().values()
        )

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of the sites."""
        return tuple(self._ports.values())

    @property
    def published(self) -> frozenset[str]:
        """The slugs of the articles that are out."""
        return frozenset(self._published_at)

    def url(self, slug: str) -> str:
        """Return the address of an article's page."""
        article = articles()[slug]
        outlet = outlets()[article.outlet]
        return self._site(outlet) + outlet.page_path.format(kind=article.kind, slug=slug)

    def publish(self, slug: str, at: datetime | None = None) -> None:
        """Put out an article that was withheld, dated `at` (default: `now` of the newsroom)."""
        self._published_at[slug] = (at or self._now).astimezone(UTC).replace(microsecond=0)

    def count(self, outlet: str | None = None, *, status: int | None = None) -> int:
        """Return how many requests were answered, of one outlet and status where given."""
        return sum(
            outlet in (None, request.outlet) and status in (None, request.status) for request in self.requests
        )

    def page(self, slug: str) -> bytes:
        """Return an article's page as it is served."""
        article = articles()[slug]
        outlet = outlets()[article.outlet]
        published = self._published_at[slug]
        siblings = [other for other in self._out(outlet) if other.slug != slug][:_RELATED]
        html = self._env.get_template(f"{outlet.layout}.html").render(
            self._frame(outlet),
            article=article,
            url=self.url(slug),
            published=published,
            day=_day(published, outlet.lang),
            clock=f"{published:%H:%M}",
            paragraphs=paragraphs(article),
            related=[
                {"url": self.url(other.slug), "title": other.title, "summary": other.summary}
                for other in siblings
            ],
            linked_data=self._linked_data(article, outlet, published),
        )
        return html.encode(outlet.charset, "xmlcharrefreplace")

    def feed(self, outlet: Outlet) -> bytes:
        """Return an outlet's feed as it is served."""
        entries = [self._entry(article) for article in self._out(outlet)]
        if outlet.feed == "json":
            return json.dumps(self._json_feed(outlet, entries), ensure_ascii=False).encode()
        text = self._env.get_template(f"{outlet.feed}.xml").render(
            self._frame(outlet), entries=entries, updated=max(entry["published"] for entry in entries)
        )
        return text.encode(outlet.charset, "xmlcharrefreplace")

    # -- the server --------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        port = request.transport.get_extra_info("sockname")[1]
        outlet = next(outlets()[key] for key, value in self._ports.items() if value == port)
        response = self._respond(outlet, request)
        conditional = "If-None-Match" in request.headers or "If-Modified-Since" in request.headers
        self.requests.append(Request(outlet.key, request.path, response.status, conditional))
        return response

    def _respond(self, outlet: Outlet, request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /admin/\n")
        if request.path == outlet.feed_path and outlet.feed != "gone":
            return self._respond_feed(outlet, request)
        if request.path == "/" and outlet.feed != "gone":
            entries = [self._entry(article) for article in self._out(outlet)]
            index = self._env.get_template("index.html").render(self._frame(outlet), entries=entries)
            return _html(index.encode(outlet.charset, "xmlcharrefreplace"), outlet)
        for article in self._out(outlet):
            if request.path == outlet.page_path.format(kind=article.kind, slug=article.slug):
                return _html(self.page(article.slug), outlet)
        return web.Response(status=404, text="Not found")

    def _respond_feed(self, outlet: Outlet, request: web.Request) -> web.Response:
        body = self.feed(outlet)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, content_type=_FEED_TYPES[outlet.feed], headers={"ETag": etag})

    # -- what the layouts are filled with ----------------------------------------------------------

    def _site(self, outlet: Outlet) -> str:
        host = f"{outlet.key}.{self._domain}" if self._domain else HOST
        return f"http://{host}:{self._ports[outlet.key]}"

    def _out(self, outlet: Outlet) -> list[Article]:
        """The published articles of an outlet, newest first."""
        found = [a for a in articles().values() if a.outlet == outlet.key and a.slug in self._published_at]
        return sorted(found, key=lambda article: self._published_at[article.slug], reverse=True)

    def _frame(self, outlet: Outlet) -> dict[str, Any]:
        return {
            "outlet": outlet,
            "words": words()[outlet.lang],
            "site_url": self._site(outlet),
            "feed_url": self._site(outlet) + outlet.feed_path,
            "feed_type": _FEED_TYPES[outlet.feed],
        }

    def _entry(self, article: Article) -> dict[str, Any]:
        published = self._published_at[article.slug]
        return {
            "article": article,
            "url": self.url(article.slug),
            "guid": f"tag:demo,2026:{article.outlet}/{article.slug}",
            "published": published,
            "rfc822": format_datetime(published),
            "body_html": "".join(f"<p>{escape(text)}</p>" for text in paragraphs(article)),
        }

    def _json_feed(self, outlet: Outlet, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return {
            "version": "https://jsonfeed.org/version/1.1",
            "title": outlet.name,
            "home_page_url": self._site(outlet) + "/",
            "feed_url": self._site(outlet) + outlet.feed_path,
            "language": outlet.lang,
            "items": [
                {
                    "id": entry["guid"],
                    "url": entry["url"],
                    "title": entry["article"].title,
                    "summary": entry["article"].summary,
                    "content_text": entry["article"].summary,
                    "date_published": entry["published"].isoformat(),
                    "authors": [{"name": name} for name in entry["article"].byline],
                    "tags": [entry["article"].section],
                }
                for entry in entries
            ],
        }

    def _linked_data(self, article: Article, outlet: Outlet, published: datetime) -> dict[str, Any]:
        return {
            "@context": "https://schema.org",
            "@type": _SCHEMA_TYPES.get(article.kind, "Article"),
            "headline": article.title,
            "url": self.url(article.slug),
            "datePublished": published.isoformat(),
            "articleSection": article.section,
            "author": [{"@type": "Person", "name": name} for name in article.byline],
            "publisher": {"@type": "Organization", "name": outlet.name},
        }


def _html(body: bytes, outlet: Outlet) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": f"text/html; charset={outlet.charset}"})


def _day(moment: datetime, lang: str) -> str:
    month = words()[lang]["months"][moment.month - 1]
    match lang:
        case "en":
            return f"{month} {moment.day}, {moment.year}"
        case "kk":
            return f"{moment.year} жылғы {moment.day} {month}"
        case _:
            return f"{moment.day} {month} {moment.year}"
