"""One limiter for everything: spacing, pauses, and memory that does not grow."""

import asyncio
from datetime import timedelta

import pytest

from monitor.config import HostConfig
from monitor.model import FetchFailed
from monitor.net.politeness import MAX_PAUSE_SECONDS, Limiter
from tests.net.servers import delays, network


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def limiter(clock: Clock, **settings: object) -> Limiter:
    return Limiter(network(80, **({"default_host": delays(1.0)} | settings)), clock, clock.sleep)


def failure(kind: str, retry_after_seconds: float | None = None) -> FetchFailed:
    return FetchFailed("x", kind, "It failed.", retry_after_seconds=retry_after_seconds)  # type: ignore[arg-type]


async def test_requests_to_one_domain_are_a_second_apart() -> None:
    clock = Clock()
    polite = limiter(clock)
    starts = []
    for host in ("a.example.com", "b.example.com", "example.com"):
        async with polite.slot(f"https://{host}/x"):
            starts.append(clock.now)
    assert starts == [1000.0, 1001.0, 1002.0]


async def test_other_domains_do_not_wait() -> None:
    clock = Clock()
    polite = limiter(clock)
    for number in range(5):
        async with polite.slot(f"https://example{number}.com/"):
            pass
    assert clock.now == 1000.0


async def test_one_at_a_time_and_in_order() -> None:
    polite = limiter(Clock(), default_host=delays(0))
    under_way, most, order = 0, 0, []

    async def ask(number: int) -> None:
        nonlocal under_way, most
        async with polite.slot("https://example.com/"):
            order.append(number)
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1

    await asyncio.gather(*(ask(number) for number in range(10)))
    assert (most, order) == (1, list(range(10)))


async def test_exceptions_are_by_registrable_domain() -> None:
    clock = Clock()
    polite = limiter(clock, hosts={"Example.co.uk": delays(5.0, 2), "127.0.0.1": delays(0)})
    for _ in range(2):
        async with polite.slot("https://news.example.co.uk/"), polite.slot("http://127.0.0.1:8000/"):
            pass
    assert clock.now == 1005.0


async def test_no_delay_costs_no_wait_at_all() -> None:
    async def must_not_sleep(seconds: float) -> None:
        raise AssertionError(seconds)

    polite = Limiter(network(80), Clock(), must_not_sleep)
    for _ in range(1000):
        async with polite.slot("https://example.com/"):
            pass


async def test_a_cancelled_waiter_leaves_the_turn_to_the_next() -> None:
    polite = limiter(Clock(), default_host=delays(0))
    async with polite.slot("https://example.com/"):
        waiting = asyncio.create_task(polite.slot("https://example.com/").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(1), polite.slot("https://example.com/") as had:
        assert had
    assert polite.expected_wait_seconds("https://example.com/") == 0


async def test_an_error_inside_frees_the_slot() -> None:
    polite = limiter(Clock(), default_host=delays(0))
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"):
            async with polite.slot("https://example.com/"):
                raise ValueError("inside")


async def test_a_slot_held_for_too_long_is_given_up() -> None:
    polite = limiter(Clock(), default_host=delays(0))
    url = "https://example.com/"
    async with polite.slot(url), polite.slot(url, max_wait_seconds=0.01) as had:
        assert not had
    async with polite.slot(url, max_wait_seconds=0.01) as had:
        assert had


async def test_pauses_end_and_are_clamped() -> None:
    clock = Clock()
    polite = limiter(clock)
    url = "https://feeds.example.com/a"
    assert polite.paused_until(url) is None
    polite.pause(url, 30)
    assert polite.paused_until("https://www.example.com/b") == 30
    assert polite.paused_until("https://example.org/") is None
    clock.now += 30
    assert polite.paused_until(url) is None
    polite.pause(url, 10 * MAX_PAUSE_SECONDS)
    assert polite.paused_until(url) == MAX_PAUSE_SECONDS


@pytest.mark.parametrize("kind", ["rate-limited", "unavailable", "refused"])
async def test_refusals_pause_the_host_longer_each_time(kind: str) -> None:
    clock = Clock()
    polite = limiter(clock)
    url = "https://example.com/feed"
    waits = []
    for _ in range(9):
        polite.note(url, failure(kind))
        waits.append(polite.paused_until(url))
        clock.now += waits[-1] or 0
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    polite.note(url, None)
    polite.note(url, failure(kind))
    assert polite.paused_until(url) == 60


async def test_retry_after_decides_the_pause() -> None:
    polite = limiter(Clock())
    polite.note("https://example.com/", failure("rate-limited", 900))
    assert polite.paused_until("https://example.com/") == 900


@pytest.mark.parametrize(
    "kind", ["timeout", "tls", "dns", "protocol", "http-4xx", "http-5xx", "gone", "too-large"]
)
async def test_one_failing_route_does_not_freeze_its_host(kind: str) -> None:
    polite = limiter(Clock())
    polite.note("https://example.com/broken", failure(kind))
    assert polite.paused_until("https://example.com/fine") is None


async def test_a_crawl_delay_slows_down_for_a_day() -> None:
    clock = Clock()
    polite = limiter(clock)
    polite.slow_down("https://example.com/robots.txt", 10)
    for _ in range(2):
        async with polite.slot("https://example.com/"):
            pass
    assert clock.now == 1010.0
    clock.now += 86400
    for _ in range(2):
        async with polite.slot("https://example.com/"):
            pass
    assert clock.now == 1010.0 + 86400 + 1


async def test_a_crawl_delay_cannot_stop_a_host_for_long_nor_hurry_it() -> None:
    clock = Clock()
    polite = limiter(clock)
    polite.slow_down("https://example.com/", 1e9)
    for _ in range(2):
        async with polite.slot("https://example.com/"):
            pass
    assert clock.now == 1060.0
    polite.slow_down("https://example.org/", 0.1)
    for _ in range(2):
        async with polite.slot("https://example.org/"):
            pass
    assert clock.now == 1061.0


async def test_memory_is_bounded_over_months() -> None:
    clock = Clock()
    polite = limiter(clock)
    for number in range(20_000):
        async with polite.slot(f"https://host{number}.com/"):
            clock.now += 0.5
    assert len(polite._hosts) < 2100
    polite.pause("https://kept.com/", 80_000)
    for number in range(5_000):
        async with polite.slot(f"https://host{number}.com/"):
            clock.now += 0.5
    assert polite.paused_until("https://kept.com/") == 80_000 - 2500


def test_delays_come_from_the_configuration() -> None:
    assert network(80, default_host=HostConfig()).default_host.delay == timedelta(seconds=1)
