"""URL -> the right to ask its host now: one limiter for feeds, pages and robots.txt."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType

from monitor.config import HostConfig, NetworkConfig
from monitor.model import FetchFailed
from monitor.urls import registrable_domain

FIRST_PAUSE_SECONDS = 60.0
MAX_PAUSE_SECONDS = 86400.0
MAX_BACKOFF_SECONDS = 3600.0
MAX_CRAWL_DELAY_SECONDS = 60.0
CRAWL_DELAY_LIFE_SECONDS = 86400.0
_SWEEP_EVERY = 1024


class _Host:
    """What is known of one registrable domain. Times are the limiter's clock, in seconds."""

    __slots__ = (
        "busy",
        "crawl_delay",
        "crawl_delay_until",
        "delay",
        "free_at",
        "paused_until",
        "strikes",
        "turns",
    )

    def __init__(self, limits: HostConfig) -> None:
        self.delay = limits.delay.total_seconds()
        self.turns = asyncio.Semaphore(limits.concurrency)
        self.busy = 0  # requests under way or waiting
        self.free_at = 0.0
        self.paused_until = 0.0
        self.strikes = 0  # refusals in a row
        self.crawl_delay = 0.0
        self.crawl_delay_until = 0.0

    def spacing(self, now: float) -> float:
        return max(self.delay, self.crawl_delay) if now < self.crawl_delay_until else self.delay

    def forgettable(self, now: float) -> bool:
        remembered = self.paused_until + (MAX_BACKOFF_SECONDS if self.strikes else 0.0)
        return not self.busy and now >= max(self.free_at, remembered, self.crawl_delay_until)


class Slot:
    """The right to make one request to a host, as an async context manager.

    Entering gives whether it was had: false where others held it for longer than `max_wait_seconds`.
    """

    __slots__ = ("_held", "_host", "_limiter", "_max_wait_seconds", "_url")

    def __init__(self, limiter: "Limiter", url: str, max_wait_seconds: float | None) -> None:
        self._limiter = limiter
        self._url = url
        self._max_wait_seconds = max_wait_seconds
        self._held = False
        self._host: _Host

    async def __aenter__(self) -> bool:
        host = self._host = self._limiter._host(self._url)
        host.busy += 1
        try:
            if host.turns.locked():
                async with asyncio.timeout(self._max_wait_seconds):
                    await host.turns.acquire()
            else:
                await host.turns.acquire()
        except TimeoutError:
            host.busy -= 1
            return False
        except BaseException:
            host.busy -= 1
            raise
        self._held = True
        try:
            await self._limiter._wait_for_start(host)
        except BaseException:
            self._leave()
            raise
        return True

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._held:
            self._held = False
            self._host.busy -= 1
            self._host.turns.release()


class Limiter:
    """Spaces requests by registrable domain; remembers which hosts asked for quiet.

    `clock` returns monotonic seconds. Between two starts at one host lies at least its delay. A failing
    route does not stop its host: only `pause` does, after 429, 503 and refused connections.
    """

    def __init__(
        self,
        config: NetworkConfig,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._default = config.default_host
        self._exceptions = {name.lower(): limits for name, limits in config.hosts.items()}
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._sweep_at = _SWEEP_EVERY

    def slot(self, url: str, *, max_wait_seconds: float | None = None) -> Slot:
        """Return the context manager that waits for, and holds, the right to ask the host of `url`."""
        return Slot(self, url, max_wait_seconds)

    async def _wait_for_start(self, host: _Host) -> None:
        now = self._clock()
        spacing = host.spacing(now)
        if not spacing:
            return
        start = max(now, host.free_at)
        host.free_at = start + spacing
        if start > now:
            await self._sleep(start - now)

    def expected_wait_seconds(self, url: str) -> float:
        """Return about how long a slot would take from now, without taking one."""
        host = self._hosts.get(registrable_domain(url))
        if host is None:
            return 0.0
        now = self._clock()
        spacing = host.spacing(now)
        return max(0.0, host.free_at - now) + max(0, host.busy - 1) * spacing

    def pause(self, url: str, seconds: float) -> None:
        """Let the host of `url` rest for `seconds` (at most a day) from now."""
        host = self._host(url)
        host.paused_until = max(host.paused_until, self._clock() + min(seconds, MAX_PAUSE_SECONDS))

    def paused_until(self, url: str) -> float | None:
        """Return how many seconds the host of `url` still rests, or null."""
        host = self._hosts.get(registrable_domain(url))
        if host is None:
            return None
        left = host.paused_until - self._clock()
        return left if left > 0 else None

    def slow_down(self, url: str, delay_seconds: float) -> None:
        """Honour a Crawl-delay (at most a minute) at the host of `url` for a day."""
        host = self._host(url)
        host.crawl_delay = min(delay_seconds, MAX_CRAWL_DELAY_SECONDS)
        host.crawl_delay_until = self._clock() + CRAWL_DELAY_LIFE_SECONDS

    def note(self, url: str, failure: FetchFailed | None) -> None:
        """Learn how a request went: 429, 503 and refused connections pause the host, longer each time."""
        if failure is None or failure.kind not in ("rate-limited", "unavailable", "refused"):
            if (known := self._hosts.get(registrable_domain(url))) is not None:
                known.strikes = 0
            return
        host = self._host(url)
        wait = failure.retry_after_seconds
        if wait is None:
            wait = min(FIRST_PAUSE_SECONDS * 2.0 ** min(host.strikes, 16), MAX_BACKOFF_SECONDS)
        host.strikes += 1
        self.pause(url, wait)

    def _host(self, url: str) -> _Host:
        key = registrable_domain(url)
        host = self._hosts.get(key)
        if host is None:
            if len(self._hosts) >= self._sweep_at:
                self._sweep()
            limits = self._exceptions.get(key) or self._exceptions.get(key.rpartition(":")[0], self._default)
            host = self._hosts[key] = _Host(limits)
        return host

    def _sweep(self) -> None:
        """Forget the hosts about which there is nothing to remember."""
        now = self._clock()
        self._hosts = {key: host for key, host in self._hosts.items() if not host.forgettable(now)}
        self._sweep_at = len(self._hosts) + _SWEEP_EVERY
