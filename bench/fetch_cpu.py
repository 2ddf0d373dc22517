"""CPU time of one request: our guarded client against httpx in three forms and bare aiohttp, in one run.

    python -m bench.fetch_cpu [--requests 2000] [--rounds 3]

All ask one loopback server (a process of its own) for the same 30 kB feed over a kept connection. What is
counted is the CPU time of the asking process. `web.feed` and `web.page` add limiter and robots.txt.
"""

import argparse
import asyncio
import gzip
import multiprocessing
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from ipaddress import ip_network
from multiprocessing.connection import Connection

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from monitor.config import HostConfig, NetworkConfig
from monitor.model import Fetched, FetchOutcome
from monitor.net import Web
from monitor.net.fetch import Client

ITEM = (
    "<item><title>Title {0}</title><link>https://example.org/{0}</link>"
    "<description>Text {0} of the item.</description></item>"
)
FEED = ("<rss><channel>" + "".join(ITEM.format(n) for n in range(240)) + "</channel></rss>").encode()
HEADERS = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "1"\r\n'
    b"Date: Sun, 01 Mar 2026 12:00:00 GMT\r\n"
)
Ask = Callable[[str], Awaitable[object]]


def _server(ready: Connection) -> None:
    squeezed = gzip.compress(FEED)
    plain = HEADERS + b"Content-Length: %d\r\n\r\n" % len(FEED) + FEED
    zipped = HEADERS + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(squeezed) + squeezed
    answers = {
        b"/plain": plain,
        b"/gzip": zipped,
        b"/unchanged": b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n',
        b"/robots.txt": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    }

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(answers[head.split(b" ", 2)[1]])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def _checked(outcome: FetchOutcome) -> None:
    assert isinstance(outcome, Fetched), outcome


async def _milliseconds(ask: Ask, url: str, requests: int) -> float:
    for _ in range(50):
        await ask(url)
    started = time.process_time()
    for _ in range(requests):
        await ask(url)
    return (time.process_time() - started) / requests * 1e3


async def _measure(port: int, requests: int, rounds: int) -> None:
    config = NetworkConfig(
        ports=(port,),
        allow_private=(ip_network("127.0.0.0/8"),),
        default_host=HostConfig(delay=timedelta(0)),
    )
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        over = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        transport = AiohttpTransport(client=over)
        bridged = await stack.enter_async_context(httpx.AsyncClient(transport=transport))
        plain = await stack.enter_async_context(httpx.AsyncClient())
        client = await stack.enter_async_context(Client(config))
        web = await stack.enter_async_context(Web(config))

        async def bare(url: str) -> None:
            async with session.get(url, headers={"If-None-Match": '"1"'}) as response:
                await response.read()

        async def transport_alone(url: str) -> None:
            request = httpx.Request("GET", url, headers={"If-None-Match": '"1"'})
            response = await transport.handle_async_request(request)
            await response.aread()
            await response.aclose()

        async def ours(url: str) -> None:
            headers = {"If-None-Match": '"1"'}
            _checked(await client.get(url, headers=headers, max_bytes=5_000_000, accept="*/*"))

        async def feed(url: str) -> None:
            _checked(await web.feed(url, etag='"1"'))

        async def page(url: str) -> None:
            _checked(await web.page(url))

        async def httpx_plain(url: str) -> None:
            await plain.get(url, headers={"If-None-Match": '"1"'})

        async def httpx_aiohttp(url: str) -> None:
            await bridged.get(url, headers={"If-None-Match": '"1"'})

        askers: dict[str, Ask] = {
            "bare aiohttp": bare,
            "our Client.get": ours,
            "our Web.feed": feed,
            "our Web.page": page,
            "httpx's transport": transport_alone,
            "httpx over aiohttp": httpx_aiohttp,
            "plain httpx": httpx_plain,
        }
        paths = ("/plain", "/gzip", "/unchanged")
        print(f"{'CPU ms a request':20}" + "".join(f"{path:>12}" for path in paths) + "   to plain httpx")
        rows: dict[str, list[float | None]] = {}
        for path in paths:
            times: dict[str, list[float]] = {name: [] for name in askers}
            for _ in range(rounds):  # interleaved, so that noise falls on all alike
                for name, ask in askers.items():
                    if name == "our Web.page" and path == "/unchanged":
                        continue  # a page is never asked conditionally
                    url = f"http://127.0.0.1:{port}{path}"
                    times[name].append(await _milliseconds(ask, url, requests))
            for name, values in times.items():
                rows.setdefault(name, []).append(statistics.median(values) if values else None)
        reference = rows["plain httpx"][0] or 0.0
        for name, row in rows.items():
            cells = "".join(f"{'-':>12}" if value is None else f"{value:12.3f}" for value in row)
            print(f"{name:20}{cells}   {(row[0] or 0.0) / reference:.2f}")


def main() -> None:
    """Start the server, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_server, args=(theirs,), daemon=True)
    server.start()
    try:
        asyncio.run(_measure(ours.recv(), options.requests, options.rounds))
    finally:
        server.kill()
        server.join()


if __name__ == "__main__":
    main()
