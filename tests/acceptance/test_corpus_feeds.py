"""Every captured feed of the corpus, polled through a loopback server: entries, or an error with a name."""

import mimetypes
from collections import Counter
from pathlib import Path

import feedparser
import pytest
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.config import Config
from monitor.services import open_services
from monitor.store import feeds, tables
from tests.corpus import corpus_dir

pytestmark = pytest.mark.corpus


def entry_counts(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(tables.Feed.url, func.count(tables.FeedEntry.id))
        .outerjoin(tables.FeedEntry, tables.FeedEntry.feed_id == tables.Feed.id)
        .group_by(tables.Feed.url)
    )
    return dict(rows.all())


async def test_all_captured_feeds(sqlite_url: str) -> None:
    files = sorted(path for path in corpus_dir("feeds").rglob("*") if path.is_file() and _is_feed(path))
    assert len(files) > 250
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        path = files[int(request.match_info["n"])]
        kind = "application/json" if path.suffix == ".json" else "application/xml"
        return web.Response(body=path.read_bytes(), headers={"Content-Type": kind})

    app.router.add_get("/{n}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    config = Config.model_validate(
        {
            "database": {"url": sqlite_url},
            "network": {
                "ports": [port], "allow_private": ["127.0.0.0/8"],
                "default_host": {"delay": "0s", "concurrency": 16},
            },
            "feeds": [{"url": f"http://127.0.0.1:{port}/{n}"} for n in range(len(files))],
        }
    )  # fmt: skip
    try:
        async with open_services(config) as services:
            await services.poller.crew.drain()
            stored = {feed.url: feed for feed in services.database.read(feeds.listed)}
            counts = services.database.read(entry_counts)
    finally:
        await runner.cleanup()
    unexplained = []
    kinds: Counter[str] = Counter()
    for number, path in enumerate(files):
        feed = stored[f"http://127.0.0.1:{port}/{number}"]
        assert feed.last_polled_at is not None, path
        kinds["entries" if counts[feed.url] else "error" if feed.last_error else "empty"] += 1
        if not counts[feed.url] and not feed.last_error and feedparser.parse(path.read_bytes()).entries:
            unexplained.append(path.name)
    print(dict(kinds))
    assert unexplained == []
    assert kinds["entries"] > 230


def _is_feed(path: Path) -> bool:
    return (
        path.suffix not in {".md", ".gz", ".tar"}
        and (mimetypes.guess_type(path.name)[0] or "") != "text/markdown"
    )
