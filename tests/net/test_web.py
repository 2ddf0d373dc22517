"""Client, limiter and robots.txt as one."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from yarl import URL

from monitor.model import Fetched, FetchFailed, FetchOutcome
from monitor.net import Web
from monitor.net.guard import check_address
from tests.net.servers import LOOPBACK, Names, Request, Server, answer, delays, network, serve


def failed(outcome: FetchOutcome, kind: str) -> FetchFailed:
    assert isinstance(outcome, FetchFailed), outcome
    assert outcome.kind == kind, outcome
    return outcome


async def test_a_feed_is_asked_conditionally_and_without_robots(server: Server) -> None:
    server.pages["/feed"] = b'HTTP/1.1 304 Not Modified\r\nETag: "b"\r\n\r\n'
    async with Web(network(server.port)) as web:
        outcome = await web.feed(
            server.url("/feed"), etag='W/"a"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT"
        )
    assert isinstance(outcome, Fetched)
    assert outcome.not_modified
    (request,) = server.requests
    assert request.headers["if-none-match"] == 'W/"a"'
    assert request.headers["if-modified-since"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert "rss" in request.headers["accept"]


async def test_validators_that_cannot_be_sent_are_left_out(server: Server) -> None:
    server.pages["/feed"] = answer(200, b"x")
    async with Web(network(server.port)) as web:
        for odd in ('"é"', '"a\r\nX-Injected: 1"', '"\udcff"', "x" * 5000):
            assert isinstance(await web.feed(server.url("/feed"), etag=odd, last_modified=odd), Fetched)
    for request in server.requests:
        assert not {"if-none-match", "if-modified-since", "x-injected"} & set(request.headers)


async def test_a_page_asks_robots_first_and_once(server: Server) -> None:
    server.pages |= {
        "/robots.txt": answer(200, b"User-agent: *\nDisallow: /private"),
        "/a": answer(200, b"a"),
        "/private": answer(200, b"secret"),
    }
    async with Web(network(server.port)) as web:
        assert isinstance(await web.page(server.url("/a")), Fetched)
        failed(await web.page(server.url("/private")), "robots")
    assert [request.target for request in server.requests] == ["/robots.txt", "/a"]


async def test_robots_can_be_switched_off(server: Server) -> None:
    server.pages |= {"/robots.txt": answer(200, b"User-agent: *\nDisallow: /"), "/a": answer(200, b"a")}
    async with Web(network(server.port, respect_robots=False)) as web:
        assert isinstance(await web.page(server.url("/a")), Fetched)
    assert [request.target for request in server.requests] == ["/a"]


async def test_a_redirect_is_no_way_around_robots(server: Server) -> None:
    server.pages |= {
        "/robots.txt": answer(200, b"User-agent: *\nDisallow: /private"),
        "/a": answer(302, Location="/private"),
        "/private": answer(200, b"secret"),
    }
    async with Web(network(server.port)) as web:
        failed(await web.page(server.url("/a")), "robots")
    assert not server.asked("/private")


async def test_a_large_robots_file_is_read_as_far_as_the_cap(server: Server) -> None:
    text = b"User-agent: *\nDisallow: /private\n" + b"# padding\n" * 100_000
    server.pages |= {"/robots.txt": answer(200, text), "/a": answer(200, b"a")}
    async with Web(network(server.port)) as web:
        assert isinstance(await web.page(server.url("/a")), Fetched)
        failed(await web.page(server.url("/private")), "robots")


async def test_robots_that_redirects_is_followed(server: Server) -> None:
    server.pages |= {
        "/robots.txt": answer(301, Location="/real.txt"),
        "/real.txt": answer(200, b"User-agent: *\nDisallow: /private"),
    }
    async with Web(network(server.port)) as web:
        failed(await web.page(server.url("/private")), "robots")


async def test_429_pauses_the_whole_host_and_costs_no_request(server: Server) -> None:
    server.pages |= {"/busy": answer(429, Retry_After="40"), "/other": answer(200, b"x")}
    async with Web(network(server.port)) as web:
        failed(await web.feed(server.url("/busy")), "rate-limited")
        outcome = failed(await web.feed(server.url("/other")), "paused")
        assert outcome.retry_after_seconds is not None
        assert 39 < outcome.retry_after_seconds <= 40
        failed(await web.page(server.url("/other")), "paused")
    assert len(server.requests) == 1


async def test_the_host_that_answers_is_the_one_that_rests(server: Server) -> None:
    """A redirector is not paused for what the host behind it says."""
    server.pages |= {
        "/go": answer(302, Location=f"http://behind.example:{server.port}/busy"),
        "/busy": answer(503, Retry_After="40"),
        "/fine": answer(200, b"x"),
    }
    names = Names(front_example=[["127.0.0.1"]], behind_example=[["127.0.0.1"]])
    async with Web(network(server.port), resolver=names) as web:
        failed(await web.feed(server.url("/go", host="front.example")), "unavailable")
        assert isinstance(await web.feed(server.url("/fine", host="front.example")), Fetched)
        failed(await web.feed(server.url("/fine", host="behind.example")), "paused")


async def test_one_failing_route_leaves_its_host_free(server: Server) -> None:
    server.pages |= {"/bad": answer(500), "/fine": answer(200, b"x")}
    async with Web(network(server.port)) as web:
        failed(await web.feed(server.url("/bad")), "http-5xx")
        assert isinstance(await web.feed(server.url("/fine")), Fetched)


async def test_feeds_pages_robots_and_redirects_share_one_limiter(server: Server) -> None:
    server.pages |= {
        "/robots.txt": answer(404),
        "/feed": answer(200, b"x"),
        "/moved": answer(302, Location="/page"),
        "/page": answer(200, b"x"),
    }
    async with Web(network(server.port, default_host=delays(0.1))) as web:
        outcomes = await asyncio.gather(web.feed(server.url("/feed")), web.page(server.url("/moved")))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    times = [request.at for request in server.requests]
    assert len(times) == 4
    assert all(later - earlier > 0.09 for earlier, later in itertools.pairwise(times))


async def test_waiting_for_a_turn_is_not_counted_as_the_request_s_time(server: Server) -> None:
    server.pages["/feed"] = answer(200, b"x")
    async with Web(network(server.port, default_host=delays(0.3), timeout=timedelta(seconds=0.25))) as web:
        outcomes = await asyncio.gather(*(web.feed(server.url("/feed")) for _ in range(3)))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


async def test_a_long_queue_is_refused_with_the_time_to_come_back(server: Server) -> None:
    server.pages["/feed"] = answer(200, b"x")
    async with Web(network(server.port, default_host=delays(1.0)), max_wait_seconds=2.5) as web:
        asking = [asyncio.create_task(web.feed(server.url("/feed"))) for _ in range(20)]
        started = time.monotonic()
        outcomes = await asyncio.gather(*asking)
        assert time.monotonic() - started < 6
    waits = [o.retry_after_seconds for o in outcomes if isinstance(o, FetchFailed)]
    assert len(waits) >= 15
    assert all(wait is not None and wait > 2.5 for wait in waits)


async def test_one_slow_host_does_not_hold_up_the_others(server: Server) -> None:
    others_are_done = asyncio.Event()

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await others_are_done.wait()
        writer.write(answer(200, b"late"))

    server.pages |= {"/slow": slow, "/fast": answer(200, b"x")}
    names = Names(slow_example=[["127.0.0.1"]], fast_example=[["127.0.0.1"]])
    async with Web(network(server.port), resolver=names) as web:
        waiting = asyncio.create_task(web.feed(server.url("/slow", host="slow.example")))
        for _ in range(20):
            assert isinstance(await web.feed(server.url("/fast", host="fast.example")), Fetched)
        assert not waiting.done()
        others_are_done.set()
        assert isinstance(await waiting, Fetched)


async def test_smtp_connections_have_their_own_allowance(server: Server) -> None:
    async with Web(network(80, allow_private=())) as web:
        connected = await web.open_connection("127.0.0.1", server.port, allow_private=LOOPBACK)
        assert connected.getpeername()[1] == server.port
        connected.close()


async def test_a_cancelled_request_frees_its_turn(server: Server) -> None:
    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    server.pages |= {"/silent": silent, "/fine": answer(200, b"x")}
    async with Web(network(server.port)) as web:
        waiting = asyncio.create_task(web.feed(server.url("/silent")))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.wait([waiting])
        async with asyncio.timeout(1):
            assert isinstance(await web.feed(server.url("/fine")), Fetched)


async def test_who_waited_while_the_host_asked_for_a_pause_does_not_go(server: Server) -> None:
    server.pages["/busy"] = answer(429, Retry_After="40")
    async with Web(network(server.port, default_host=delays(0.05))) as web:
        outcomes = await asyncio.gather(*(web.feed(server.url("/busy")) for _ in range(5)))
    assert [outcome.kind for outcome in outcomes if isinstance(outcome, FetchFailed)] == [
        "rate-limited",
        *["paused"] * 4,
    ]
    assert len(server.requests) == 1


HOSTS = st.one_of(
    st.text(max_size=30),
    st.ip_addresses(network="10.0.0.0/8").map(str),
    st.ip_addresses(network="fc00::/7").map(lambda address: f"[{address}]"),
    st.sampled_from(
        ["[::1%25eth0]", "[v1.x]", "[", "]", "a..b", ".", "xn--a", "ß.de", "a\u2024b", "💩.la", "%", "@", ":"]
    ),
)
ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.builds(
        "{}://{}{}{}".format,
        st.sampled_from(["http", "https", "HTTP", "ftp", "", "//"]),
        HOSTS,
        st.sampled_from(["", ":80", ":", ":0", ":x", ":99999", ":-1", ":٣", ":443"]),
        st.text(max_size=30).map(lambda text: f"/{text}"),
    ),
)


def _reachable(address: str) -> bool:
    """Whether an address is a public one, which no test may go to."""
    try:
        host = URL(address.strip()).raw_host or ""
    except ValueError:
        return False
    return check_address(host, allow_private=()) is None


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@given(address=ADDRESSES)
@settings(max_examples=300, deadline=None)
def test_no_address_makes_it_raise(runner: asyncio.Runner, address: str) -> None:
    assume(not _reachable(address))

    async def ask() -> FetchOutcome:
        async with Web(network(80, 443, allow_private=()), resolver=Names()) as web:
            await web.feed(address)
            return await web.page(address)

    outcome = runner.run(ask())
    assert isinstance(outcome, FetchFailed)
    assert outcome.requested_url == address


@given(
    location=st.one_of(st.binary(max_size=60), ADDRESSES.map(lambda a: a.encode("utf-8", "surrogatepass")))
)
@settings(max_examples=150, deadline=None)
def test_no_redirect_makes_it_raise(runner: asyncio.Runner, location: bytes) -> None:
    assume(not _reachable(location.decode("latin-1")))

    async def ask() -> FetchOutcome:
        async with serve() as server, Web(network(server.port), resolver=Names()) as web:
            server.pages["/"] = answer(302, Location="@").replace(b"@", location)
            return await web.feed(server.url())

    outcome = runner.run(ask())
    assert isinstance(outcome, FetchFailed)
