"""URL -> FetchOutcome: client, limiter and robots.txt as one thing, `Web`.

Read guard.py (what may be connected to), fetch.py (one request), decoding.py (its body), politeness.py
and robots.py (when, and whether).
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver

from monitor.config import Network, NetworkConfig
from monitor.model import FetchFailed, FetchOutcome
from monitor.net.fetch import Client
from monitor.net.guard import Guard
from monitor.net.politeness import Limiter, Slot
from monitor.net.robots import MAX_ROBOTS_BYTES, Robots

__all__ = ["Web"]

FEED_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.5, */*;q=0.1"
)
PAGE_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


class Web:
    """The network as the services see it; an async context manager.

    Waits its turn at a host, but not longer than `max_wait_seconds`: beyond that, and while a host
    rests, the outcome is FetchFailed "paused" with `retry_after_seconds`.
    """

    def __init__(
        self,
        config: NetworkConfig,
        *,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        max_wait_seconds: float = 60.0,
    ) -> None:
        self._config = config
        self._client = Client(config, resolver=resolver, tls=tls)
        self._max_wait_seconds = max_wait_seconds
        self.limiter = Limiter(config, clock, sleep)
        self.robots = Robots(self._robots_file, self.limiter, clock)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.robots.aclose()
        await self._client.__aexit__(kind, error, trace)

    async def feed(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchOutcome:
        """Fetch a feed, conditionally where a validator of the last answer is given (304: `not_modified`)."""
        headers = {}
        if etag and _sendable(etag):
            headers["If-None-Match"] = etag
        if last_modified and _sendable(last_modified):
            headers["If-Modified-Since"] = last_modified
        return await self._client.get(
            url,
            headers=headers,
            max_bytes=int(self._config.max_feed_mb * 1e6),
            accept=FEED_ACCEPT,
            gate=self._polite_gate,
            observe=self.limiter.note,
        )

    async def page(self, url: str) -> FetchOutcome:
        """Fetch an article page, where its robots.txt allows that."""
        gate = self._robots_gate if self._config.respect_robots else self._polite_gate
        return await self._client.get(
            url,
            max_bytes=int(self._config.max_page_mb * 1e6),
            accept=PAGE_ACCEPT,
            gate=gate,
            observe=self.limiter.note,
        )

    def channel_session(self, allow_private: Iterable[Network] = ()) -> aiohttp.ClientSession:
        """Return a guarded HTTP session for channels; it is closed with this object."""
        return self._client.channel_session(allow_private)

    async def open_connection(
        self, host: str, port: int, *, allow_private: Iterable[Network] = (), timeout_seconds: float = 30
    ) -> socket.socket:
        """Return a connected, non-blocking, guarded TCP socket (for SMTP); raises OSError."""
        return await Guard(None, allow_private).open_connection(
            host, port, self._client.resolver, timeout_seconds=timeout_seconds
        )

    async def _robots_file(self, url: str) -> FetchOutcome:
        return await self._client.get(
            url,
            max_bytes=MAX_ROBOTS_BYTES,
            accept="text/plain, */*;q=0.1",
            truncate=True,
            gate=self._polite_gate,
            observe=self.limiter.note,
        )

    def _polite_gate(self, url: str) -> "_Gate":
        return _Gate(self, url)

    def _robots_gate(self, url: str) -> "_Gate":
        return _Gate(self, url, ask_robots=True)

    def resting(self, url: str, *, waited: bool = False) -> FetchFailed | None:
        """Return "paused" where the host rests, or where too many wait for it already."""
        seconds = self.limiter.paused_until(url)
        if seconds is not None:
            return FetchFailed(url, "paused", "The host asked for a pause.", retry_after_seconds=seconds)
        if not waited and (wait := self.limiter.expected_wait_seconds(url)) > self._max_wait_seconds:
            return FetchFailed(
                url, "paused", "Too many requests wait for this host.", retry_after_seconds=wait
            )
        return None


class _Gate:
    """The turn at a host, once it may be asked at all; entering gives why not. Each request passes here."""

    __slots__ = ("_ask_robots", "_slot", "_url", "_web")

    def __init__(self, web: Web, url: str, *, ask_robots: bool = False) -> None:
        self._web = web
        self._url = url
        self._ask_robots = ask_robots
        self._slot: Slot | None = None

    async def __aenter__(self) -> FetchFailed | None:
        web, url = self._web, self._url
        refused = web.resting(url)
        if refused is None and self._ask_robots:
            refused = await web.robots.refusal(url) or web.resting(url)
        if refused is not None:
            return refused
        slot = web.limiter.slot(url)
        await slot.__aenter__()
        self._slot = slot
        return web.resting(url, waited=True)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._slot is not None:
            await self._slot.__aexit__(kind, error, trace)


def _sendable(value: str) -> bool:
    """Whether a validator can go back into a header as it came."""
    return value.isascii() and value.isprintable() and len(value) <= 4096
