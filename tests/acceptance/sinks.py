"""A real SMTP server and a Slack webhook that remember what they took."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiohttp import web
from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import Envelope

ANSWER_SECONDS = 0.02  # a server's answer takes its time: moments in which the sender may die


@dataclass
class Taken:
    """What arrived: Message-IDs in order, and the Slack posts' bodies."""

    message_ids: list[str] = field(default_factory=list)
    mails: list[Any] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    smtp_port: int = 0
    http_port: int = 0


class _Handler:
    def __init__(self, taken: Taken) -> None:
        self._taken = taken

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content or b"", policy=default)
        self._taken.mails.append(mail)
        self._taken.message_ids.append(mail["Message-ID"])
        await asyncio.sleep(ANSWER_SECONDS)
        return "250 taken"


class Site:
    """A site whose feed grows: `published` of its articles are out, the feed shows the unread and the newest.

    An article counts as read once its page was asked for, which is after its entry was stored.
    """

    NEWEST = 20

    def __init__(self, texts: list[tuple[str, str]]) -> None:
        self.texts = texts  # title, paragraphs as HTML
        self.published = 0
        self.read: set[int] = set()

    def feed(self, request: web.Request) -> web.Response:
        newest = self.published - self.NEWEST
        shown = [n for n in range(self.published) if n >= newest or n not in self.read]
        items = "".join(
            f"<item><title>{self.texts[n][0]}</title><link>http://{request.host}/a/{n}</link>"
            f"<guid>a{n}</guid></item>"
            for n in shown
        )
        body = f'<rss version="2.0"><channel><title>The Site</title>{items}</channel></rss>'
        return web.Response(text=body, content_type="application/rss+xml")

    def page(self, request: web.Request) -> web.Response:
        number = int(request.match_info["n"])
        if number >= self.published:
            raise web.HTTPNotFound
        self.read.add(number)
        title, body = self.texts[number]
        html = (
            f"<html><head><title>{title} | The Site</title></head><body><nav>Home Opinion World</nav>"
            f"<article><h1>{title}</h1>{body}</article><footer>All rights reserved</footer></body></html>"
        )
        return web.Response(text=html, content_type="text/html")


@contextmanager
def world(site: Site) -> Iterator[Taken]:
    """Serve the site, a Slack webhook and an SMTP server on loopback, in a thread of their own."""
    taken = Taken()
    loop = asyncio.new_event_loop()
    up = threading.Event()
    down = asyncio.Event()

    async def slack(request: web.Request) -> web.Response:
        taken.posts.append(await request.json())
        await asyncio.sleep(ANSWER_SECONDS)
        return web.Response(text="ok")

    async def serve() -> None:
        app = web.Application()

        async def feed(request: web.Request) -> web.Response:
            return site.feed(request)

        async def page(request: web.Request) -> web.Response:
            return site.page(request)

        app.router.add_get("/feed", feed)
        app.router.add_get("/a/{n}", page)
        app.router.add_post("/slack", slack)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        http = web.TCPSite(runner, "127.0.0.1", 0)
        await http.start()
        taken.http_port = runner.addresses[0][1]
        smtp = UnthreadedController(_Handler(taken), hostname="127.0.0.1", port=0, loop=loop)
        server = await smtp._create_server()
        taken.smtp_port = server.sockets[0].getsockname()[1]
        up.set()
        await down.wait()
        server.close()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert up.wait(10)
    try:
        yield taken
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join(10)
        loop.close()
