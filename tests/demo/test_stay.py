"""The standing newsroom, and the configuration that reads it."""

import asyncio
import io
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from monitor.config import load
from monitor.demo import stay
from monitor.demo.articles import articles, outlets
from monitor.errors import MonitorError
from monitor.model import Fetched
from monitor.net import Web

EXAMPLE = Path(__file__).parent.parent.parent / "config.example.toml"


@pytest.fixture
def free_ports(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the newsroom start at a port from which enough are free."""
    for first in range(20_000, 60_000, 50):
        try:
            for port in range(first, first + len(outlets())):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        monkeypatch.setattr(stay, "FIRST_PORT", first)
        return first
    raise AssertionError("no free ports")


async def test_the_configuration_reads_what_the_newsroom_serves(tmp_path: Path, free_ports: int) -> None:
    file = tmp_path / "config.toml"
    file.write_text(stay.config_of(EXAMPLE.read_text("utf-8")), "utf-8")
    config = load(file, environ={})
    assert len(config.feeds) == len(outlets())
    assert len(config.rules) == len(load(EXAMPLE, environ={}).rules)
    assert config.polling.max_interval <= timedelta(seconds=10)
    out = io.StringIO()
    open_room = asyncio.create_task(stay.stay(Console(file=out), timedelta(milliseconds=20)))
    try:
        async with Web(config.network) as web:
            await asyncio.sleep(0.1)
            feeds = {}
            for _ in range(200):
                feeds = {feed.url: await web.feed(feed.url) for feed in config.feeds}
                if "All articles are out" in out.getvalue():
                    break
                await asyncio.sleep(0.05)
            feeds = {feed.url: await web.feed(feed.url) for feed in config.feeds}
    finally:
        open_room.cancel()
    readable = [outcome.body for outcome in feeds.values() if isinstance(outcome, Fetched)]
    assert len(readable) == len(outlets()) - 1, "one of them is gone"
    assert out.getvalue().count("\n") >= 10
    newest = next(iter(articles().values()))
    assert any(newest.title.encode() in body for body in readable)


def test_something_is_out_at_once_and_something_comes_later() -> None:
    room = stay.newsroom()
    assert 10 < len(room.published) < len(articles()) - 10


async def test_ports_that_are_taken_are_told(free_ports: int) -> None:
    with socket.create_server(("127.0.0.1", free_ports + 3)), pytest.raises(MonitorError) as caught:
        await stay.stay(Console(file=io.StringIO()))
    assert f"the ports {free_ports} to {free_ports + len(outlets()) - 1} are not free" in str(caught.value)
