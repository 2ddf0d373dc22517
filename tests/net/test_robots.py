"""robots.txt by RFC 9309."""

import asyncio
import time

import pytest

from monitor.model import Fetched, FetchFailed, FetchOutcome
from monitor.net.politeness import Limiter
from monitor.net.robots import (
    CACHE_SECONDS,
    GIVE_UP_SECONDS,
    MAX_CACHE_CHARACTERS,
    MAX_ORIGINS,
    RETRY_SECONDS,
    Robots,
)
from tests.net.servers import delays, network
from tests.net.test_politeness import Clock


class Files:
    """robots.txt files by address; what is missing is a 404."""

    def __init__(self, **outcomes: object) -> None:
        self.asked: list[str] = []
        self.answer: FetchOutcome | str = ""

    async def __call__(self, url: str) -> FetchOutcome:
        self.asked.append(url)
        await asyncio.sleep(0)
        if isinstance(self.answer, str):
            return Fetched(url, url, 200, {}, self.answer.encode(), 0.0)
        return self.answer


def failure(kind: str, status: int | None = None, retry: float | None = None) -> FetchFailed:
    return FetchFailed("x", kind, "It failed.", status, retry)  # type: ignore[arg-type]


class Room:
    def __init__(self) -> None:
        self.clock = Clock()
        self.files = Files()
        self.limiter = Limiter(network(80, default_host=delays(1.0)), self.clock, self.clock.sleep)
        self.robots = Robots(self.files, self.limiter, self.clock)


@pytest.fixture
def room() -> Room:
    return Room()


async def test_rules_are_obeyed_for_our_name(room: Room) -> None:
    room.files.answer = (
        "User-agent: *\nDisallow: /\n\nUser-agent: monitor\nDisallow: /private\nAllow: /private/ok"
    )
    assert await room.robots.allowed("https://example.com/page")
    assert not await room.robots.allowed("https://example.com/private/x")
    assert await room.robots.allowed("https://example.com/private/ok")
    assert room.files.asked == ["https://example.com/robots.txt"]


async def test_each_origin_has_its_own_file(room: Room) -> None:
    for url in (
        "https://example.com/",
        "http://example.com/",
        "https://example.com:8443/",
        "https://u:p@EXAMPLE.com/x",
    ):
        await room.robots.allowed(url)
    assert room.files.asked == [
        "https://example.com/robots.txt",
        "http://example.com/robots.txt",
        "https://example.com:8443/robots.txt",
    ]


async def test_the_file_is_kept_for_a_day(room: Room) -> None:
    await room.robots.allowed("https://example.com/")
    room.clock.now += CACHE_SECONDS - 1
    await room.robots.allowed("https://example.com/")
    assert len(room.files.asked) == 1
    room.clock.now += 1
    await room.robots.allowed("https://example.com/")
    assert len(room.files.asked) == 2


async def test_many_askers_cause_one_fetch_even_where_one_goes_away(room: Room) -> None:
    room.files.answer = "User-agent: *\nDisallow: /no"
    asking = [asyncio.create_task(room.robots.allowed("https://example.com/no")) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [False] * 4
    assert len(room.files.asked) == 1


@pytest.mark.parametrize(("kind", "status"), [("http-4xx", 404), ("http-4xx", 403), ("gone", 410)])
async def test_4xx_means_that_nothing_is_forbidden(room: Room, kind: str, status: int) -> None:
    room.files.answer = failure(kind, status)
    assert await room.robots.allowed("https://example.com/")
    assert await room.robots.allowed("https://example.com/")
    assert len(room.files.asked) == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("http-5xx", 500),
        ("unavailable", 503),
        ("rate-limited", 429),
        ("timeout", None),
        ("refused", None),
        ("paused", None),
    ],
)
async def test_unreachable_forbids_for_a_while_and_says_until_when(
    room: Room, kind: str, status: int | None
) -> None:
    room.files.answer = failure(kind, status)
    refusal = await room.robots.refusal("https://example.com/")
    assert refusal is not None
    assert (refusal.kind, refusal.retry_after_seconds) == (kind, RETRY_SECONDS)
    assert refusal.status is None  # it is not the page's own
    assert "cannot be read" in refusal.detail
    room.files.answer = ""
    assert not await room.robots.allowed("https://example.com/")
    room.clock.now += RETRY_SECONDS
    assert await room.robots.allowed("https://example.com/")


async def test_a_known_file_holds_while_it_cannot_be_read_again(room: Room) -> None:
    room.files.answer = "User-agent: *\nDisallow: /no"
    await room.robots.allowed("https://example.com/")
    room.files.answer = failure("unavailable", 503)
    room.clock.now += 2 * CACHE_SECONDS
    assert await room.robots.allowed("https://example.com/yes")
    assert not await room.robots.allowed("https://example.com/no")


async def test_after_a_week_of_failures_nothing_is_forbidden(room: Room) -> None:
    room.files.answer = failure("http-5xx", 500)
    assert not await room.robots.allowed("https://example.com/")
    room.clock.now += GIVE_UP_SECONDS - 1
    assert not await room.robots.allowed("https://example.com/")
    room.clock.now += RETRY_SECONDS
    assert await room.robots.allowed("https://example.com/")


async def test_the_time_that_the_server_names_is_kept(room: Room) -> None:
    room.files.answer = failure("unavailable", 503, 90.0)
    refusal = await room.robots.refusal("https://example.com/")
    assert refusal is not None
    assert refusal.retry_after_seconds == 90


async def test_a_final_refusal_names_no_time(room: Room) -> None:
    room.files.answer = "User-agent: *\nDisallow: /"
    refusal = await room.robots.refusal("https://example.com/")
    assert refusal is not None
    assert (refusal.kind, refusal.retry_after_seconds) == ("robots", None)
    assert "does not allow" in refusal.detail


async def test_crawl_delay_reaches_the_limiter(room: Room) -> None:
    room.files.answer = "User-agent: *\nCrawl-delay: 7"
    await room.robots.allowed("https://example.com/")
    for _ in range(2):
        async with room.limiter.slot("https://example.com/"):
            pass
    assert room.clock.now == 1007.0


@pytest.mark.parametrize(
    "text",
    [
        "\x00\xff garbage",
        "Disallow: /",
        "User-agent: *\nCrawl-delay: nan",
        "User-agent: *\nCrawl-delay: -1",
        "<html>",
    ],
)
async def test_files_that_make_no_sense_forbid_nothing(room: Room, text: str) -> None:
    room.files.answer = text
    assert await room.robots.allowed("https://example.com/page")


async def test_a_hostile_file_is_read_in_little_time(room: Room) -> None:
    """Half a megabyte of wildcards, and an address made to match them slowly."""
    rule = "Disallow: /" + "*a" * 1000 + "b$\n"
    room.files.answer = "User-agent: *\n" + rule * (500_000 // len(rule))
    started = time.process_time()
    assert await room.robots.allowed("https://example.com/" + "a" * 4000)
    assert time.process_time() - started < 2


async def test_names_times_rules_do_not_multiply(room: Room) -> None:
    names = "".join(f"User-agent: bot{number}\n" for number in range(2000))
    room.files.answer = names + "".join(f"Disallow: /{number}\n" for number in range(30_000))
    started = time.process_time()
    assert await room.robots.allowed("https://example.com/1")
    room.files.answer = "User-agent: *\n" * 2000 + names + "".join(f"Disallow: /{n}\n" for n in range(30_000))
    assert not await room.robots.allowed("https://example.org/1")
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: monitor\nDisallow: /x\nUser-agent: *\nDisallow: /", False),
        ("User-agent: MONITOR/2.0\nDisallow: /x", False),
        ("User-agent: monitoring\nDisallow: /x", True),
        ("User-agent: mon\nDisallow: /x", True),
        ("User-agent: monitor\n\nUser-agent: *\nDisallow: /x", False),
        ("User-agent: monitor\nAllow: /\n\nUser-agent: *\nDisallow: /x", True),
        ("User-agent: monitor\nDisallow:\nUser-agent: *\nDisallow: /x", True),
        ("User-agent: other\nSitemap: https://example.com/s\nUser-agent: *\nDisallow: /x", False),
        (
            "User-agent: monitor\nDisallow: /a\nUser-agent: b\nAllow: /\nUser-agent: monitor\nDisallow: /x",
            False,
        ),
        ("\ufeffUser-agent: * # all\nDisallow: /x # this", False),
        ("user-AGENT:*\r\nDISALLOW:/x", False),
    ],
)
async def test_the_group_that_holds_for_us(room: Room, text: str, allowed: bool) -> None:
    room.files.answer = text
    assert await room.robots.allowed("https://example.com/x") == allowed


async def test_the_cache_is_bounded_in_size_too(room: Room) -> None:
    room.files.answer = "User-agent: *\n" + "Disallow: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 10_000
    for number in range(20):
        await room.robots.allowed(f"https://host{number}.com/")
    assert room.robots._size <= MAX_CACHE_CHARACTERS
    assert 1 < len(room.robots._origins) < 20


async def test_the_cache_is_bounded(room: Room) -> None:
    for number in range(MAX_ORIGINS + 50):
        await room.robots.allowed(f"https://host{number}.com/")
    assert len(room.robots._origins) == MAX_ORIGINS


async def test_closing_ends_what_is_under_way(room: Room) -> None:
    never = asyncio.Event()

    async def hangs(url: str) -> FetchOutcome:
        await never.wait()
        raise AssertionError

    robots = Robots(hangs, room.limiter, room.clock)
    asking = asyncio.create_task(robots.allowed("https://example.com/"))
    await asyncio.sleep(0)
    await robots.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking
