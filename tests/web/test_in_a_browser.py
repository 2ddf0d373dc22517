"""A link as a reader uses it: opened, read, answered with one click. Needs Chromium, and skips without it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import uvicorn

from monitor.links import Links, Signer
from monitor.store import hits, mutes
from monitor.store.database import Database
from monitor.web.app import build
from tests.browser import CHROMIUM, browser
from tests.web.conftest import NOW, TITLE, URL, Clock, store_hit

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
CARD = "getComputedStyle(document.querySelector('main')).backgroundColor"


@contextmanager
def serving(database: Database) -> Iterator[Links]:
    """Run the server over a database, and yield the links to it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        signer = Signer(f"http://127.0.0.1:{listening.getsockname()[1]}", "k" * 32, timedelta(days=90))
        server = uvicorn.Server(uvicorn.Config(build(database, signer, clock=Clock()), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield signer.links(NOW)
        finally:
            server.should_exit = True
            thread.join()


async def test_one_click(sqlite_url: str) -> None:
    with Database(sqlite_url) as database, serving(database) as links:
        hit = store_hit(database)
        async with browser() as tab:
            address = links.verdict(1, "Drift", right=True, url=URL, title=TITLE)
            await tab.open(address, width=320, dark=True)
            assert await tab.value("document.documentElement.scrollWidth") <= 320
            assert await tab.value(CARD) == "rgb(30, 34, 38)", "the policy lets the page's own style through"
            assert database.read(lambda session: hits.verdict(session, hit)) is None
            await tab.value("document.querySelector('button').click()")
            await _until(lambda: database.read(lambda session: hits.verdict(session, hit)) is not None)
            await tab.open(address)
            assert "Recorded: right" in await tab.value("document.body.innerText")

            await tab.open(links.mute("Drift"))
            await tab.value("document.querySelectorAll('button')[1].click()")
            await _until(lambda: bool(database.read(lambda session: mutes.muted(session, NOW))))
            assert all("/answer/" in loaded for loaded in tab.loaded), "nothing else is loaded"


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nothing happened")
