"""A newsroom where everything that goes wrong goes wrong at once; the other feeds are answered on time."""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import pytest
from backports import zstd

from monitor.model import Fetched, FetchFailed, FetchOutcome
from monitor.net import Web
from tests.net.servers import Names, Request, Server, answer, network

TIMEOUT_SECONDS = 2.0
HEALTHY = 12


async def _trickle(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _slow_headers(request: Request, writer: asyncio.StreamWriter) -> None:
    for number in range(10_000):
        writer.write(f"X-{number}: 1\r\n".encode() if number else b"HTTP/1.1 200 OK\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _silence(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _endless(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def _endless_informational(request: Request, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


async def _endless_nothing(request: Request, writer: asyncio.StreamWriter) -> None:
    """A compressed body that never ends and never comes to anything."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    writer.write(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03")
    while True:
        writer.write(b"\x00\x00\x00\xff\xff" * 100)  # empty stored blocks
        await writer.drain()
        await asyncio.sleep(0.01)


async def _hang_up(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def _rest_until_soon(status: int) -> Callable[[Request, asyncio.StreamWriter], Awaitable[None]]:
    async def page(request: Request, writer: asyncio.StreamWriter) -> None:
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        writer.write(answer(status, Retry_After=soon))
        await writer.drain()

    return page


@dataclass(frozen=True)
class Fault:
    """What a server does, what should come of it, and whether its host may rest afterwards."""

    kind: str
    page: bytes | Callable[[Request, asyncio.StreamWriter], Awaitable[None]] = b""
    host: str = "fault.example"
    path: str = "/fault"
    rests: bool = False


GZIP_BOMB = zlib.compress(bytes(100_000_000), wbits=31)
FAULTS = {
    "trickle": Fault("timeout", _trickle),
    "slow headers": Fault("timeout", _slow_headers),
    "silence": Fault("timeout", _silence),
    "endless 102s": Fault("timeout", _endless_informational),
    "endless empty gzip": Fault("timeout", _endless_nothing),
    "endless body": Fault("too-large", _endless),
    "declared too large": Fault("too-large", b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"),
    "gzip bomb": Fault("too-large", answer(200, GZIP_BOMB, Content_Encoding="gzip")),
    "br bomb": Fault(
        "too-large", answer(200, brotli.compress(bytes(100_000_000), quality=4), Content_Encoding="br")
    ),
    "zstd bomb": Fault("too-large", answer(200, zstd.compress(bytes(100_000_000)), Content_Encoding="zstd")),
    "many headers": Fault("protocol", b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n"),
    "huge header": Fault("protocol", b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 1_000_000 + b"\r\n\r\n"),
    "hangs up": Fault("protocol", _hang_up),
    "not HTTP": Fault("protocol", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "304 unasked": Fault("protocol", b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "redirect loop": Fault("redirects", answer(302, Location="/fault")),
    "redirect to metadata": Fault(
        "forbidden-address", answer(302, Location="http://169.254.169.254/latest/")
    ),
    "redirect to intranet": Fault("forbidden-address", answer(301, Location="http://intranet.example/")),
    "redirect to a file": Fault("bad-url", answer(302, Location="file:///etc/passwd")),
    "redirect to another port": Fault("forbidden-address", answer(302, Location="http://other.example:22/")),
    "private name": Fault("forbidden-address", host="intranet.example"),
    "mapped name": Fault("forbidden-address", host="mapped.example"),
    "rebinding name": Fault("forbidden-address", host="rebinding.example"),
    "no such name": Fault("dns", host="missing.example"),
    "gone": Fault("gone", answer(410)),
    "not found": Fault("http-4xx", answer(404)),
    "server error": Fault("http-5xx", answer(500)),
    "429 seconds": Fault("rate-limited", answer(429, Retry_After="90"), rests=True),
    "429 date": Fault("rate-limited", _rest_until_soon(429), rests=True),
    "429 bare": Fault("rate-limited", answer(429), rests=True),
    "503 seconds": Fault("unavailable", answer(503, Retry_After="90"), rests=True),
    "503 date": Fault("unavailable", _rest_until_soon(503), rests=True),
    "503 nonsense": Fault("unavailable", answer(503, Retry_After="tomorrow"), rests=True),
}


def _names() -> Names:
    names = Names(
        fault_example=[["127.0.0.1"]],
        other_example=[["127.0.0.1"]],
        intranet_example=[["10.0.0.1"]],
        mapped_example=[["::ffff:10.0.0.1"]],
        rebinding_example=[["192.168.0.1"], ["::1"], ["169.254.169.254"]],
    )
    for number in range(HEALTHY):
        names.names[f"healthy{number}.example"] = [["127.0.0.1"]]
    return names


async def _poll_healthy(web: Web, server: Server) -> list[tuple[FetchOutcome, float]]:
    async def one(number: int) -> tuple[FetchOutcome, float]:
        started = time.monotonic()
        outcome = await web.feed(server.url("/feed", host=f"healthy{number}.example"))
        return outcome, time.monotonic() - started

    return await asyncio.gather(*(one(number) for number in range(HEALTHY)))


@pytest.fixture
def newsroom(server: Server) -> Server:
    server.pages["/feed"] = answer(200, b"<rss/>")
    server.pages["/fine"] = answer(200, b"fine")
    return server


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_has_its_name_ends_on_time_and_stays_alone(newsroom: Server, name: str) -> None:
    fault = FAULTS[name]
    newsroom.pages["/fault"] = fault.page
    config = network(
        newsroom.port, 80, timeout=timedelta(seconds=TIMEOUT_SECONDS), max_feed_mb=1.0,
        allow_private=[*network(80).allow_private[:1]],
    )  # fmt: skip
    async with Web(config, resolver=_names()) as web:
        started = time.monotonic()
        broken = asyncio.create_task(web.feed(newsroom.url(fault.path, host=fault.host)))
        healthy = await _poll_healthy(web, newsroom)
        outcome = await broken
        assert time.monotonic() - started < TIMEOUT_SECONDS + 3

        assert isinstance(outcome, FetchFailed), outcome
        assert outcome.kind == fault.kind, outcome
        assert outcome.requested_url == newsroom.url(fault.path, host=fault.host)
        assert outcome.detail.endswith(".")
        assert (outcome.retry_after_seconds is not None) == ("seconds" in name or "date" in name)
        if outcome.retry_after_seconds is not None:
            assert 60 < outcome.retry_after_seconds <= 90

        assert all(isinstance(result, Fetched) for result, _ in healthy), healthy
        assert max(seconds for _, seconds in healthy) < TIMEOUT_SECONDS  # before the slow ones are given up
        if fault.host == "fault.example":
            again = await web.feed(newsroom.url("/fine", host="fault.example"))
            if fault.rests:
                assert isinstance(again, FetchFailed)
                assert again.kind == "paused"
            else:
                assert isinstance(again, Fetched), again


async def test_all_faults_at_once_and_the_other_feeds_on_time(newsroom: Server) -> None:
    names = _names()
    asked = {}
    for number, (name, fault) in enumerate(FAULTS.items()):
        host = f"fault{number}.example"
        names.names[host] = names.names.get(fault.host, [])
        newsroom.pages[f"/fault{number}"] = fault.page
        asked[name] = f"http://{host}:{newsroom.port}/fault{number}"
    newsroom.pages["/fault"] = answer(302, Location="/fault")  # where the loop leads
    config = network(
        newsroom.port, 80, timeout=timedelta(seconds=4), max_feed_mb=1.0,
        allow_private=[*network(80).allow_private[:1]],
    )  # fmt: skip
    async with Web(config, resolver=names) as web:
        broken = {name: asyncio.create_task(web.feed(url)) for name, url in asked.items()}
        for _ in range(5):
            healthy = await _poll_healthy(web, newsroom)
            assert all(isinstance(result, Fetched) for result, _ in healthy), healthy
            assert max(seconds for _, seconds in healthy) < 3.5
        outcomes = {name: await task for name, task in broken.items()}
    kinds = {name: outcome.kind for name, outcome in outcomes.items() if isinstance(outcome, FetchFailed)}
    assert kinds == {name: fault.kind for name, fault in FAULTS.items()}
