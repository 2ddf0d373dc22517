"""The client against servers that misbehave for real."""

import asyncio
import gzip
import socket
import ssl
import struct
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import brotli
import pytest
from backports import zstd

from monitor import __version__
from monitor.model import Fetched, FetchFailed, FetchOutcome
from monitor.net.failures import retry_after_seconds
from monitor.net.fetch import Client
from tests.net.servers import LOOPBACK, Names, Request, Server, answer, network

MB = 1_000_000


async def get(server: Server, path: str = "/", *, max_bytes: int = MB, **settings: object) -> FetchOutcome:
    # a context of its own: loading the authorities anew for each test takes longer than most tests
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with Client(network(server.port, **settings), tls=tls) as client:
        return await client.get(server.url(path), max_bytes=max_bytes, accept="*/*")


def fetched(outcome: FetchOutcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


def failed(outcome: FetchOutcome, kind: str) -> FetchFailed:
    assert isinstance(outcome, FetchFailed), outcome
    assert outcome.kind == kind, outcome
    assert outcome.detail.endswith(".")
    assert "\n" not in outcome.detail
    return outcome


# -- the plain way ---------------------------------------------------------------------------------


async def test_a_page_comes_back_with_its_headers_in_lower_case(server: Server) -> None:
    server.pages["/a"] = answer(200, b"hello", ETag='"1"', X_Two="a").replace(
        b"X-Two: a", b"X-Two: a\r\nx-two: b"
    )
    outcome = fetched(await get(server, "/a"))
    assert (outcome.status, outcome.body, outcome.url) == (200, b"hello", server.url("/a"))
    assert outcome.headers["etag"] == '"1"'
    assert outcome.headers["x-two"] == "a, b"
    assert outcome.permanent_url is None
    assert outcome.elapsed_seconds > 0


async def test_the_user_agent_is_truthful(server: Server) -> None:
    server.pages["/"] = answer()
    await get(server, contact="mailto:desk@example.org")
    await get(server)
    agents = [request.headers["user-agent"] for request in server.requests]
    assert agents == [f"monitor/{__version__} (+mailto:desk@example.org)", f"monitor/{__version__}"]


async def test_connections_are_kept_for_the_next_request(server: Server) -> None:
    server.pages["/"] = answer(200, b"x")
    async with Client(network(server.port)) as client:
        for _ in range(3):
            fetched(await client.get(server.url(), max_bytes=MB, accept="*/*"))
    assert server.connections == 1


async def test_a_304_has_no_body_and_only_answers_a_condition(server: Server) -> None:
    server.pages["/"] = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\n\r\n'
    async with Client(network(server.port)) as client:
        outcome = await client.get(server.url(), headers={"If-None-Match": '"1"'}, max_bytes=MB, accept="*/*")
        assert fetched(outcome).not_modified
        assert fetched(outcome).body == b""
        assert fetched(outcome).headers["etag"] == '"2"'
        failed(await client.get(server.url(), max_bytes=MB, accept="*/*"), "protocol")


async def test_names_of_other_alphabets_paths_fragments_and_userinfo(server: Server) -> None:
    server.pages["/%D0%B8%D0%BC%D1%8F"] = answer(200, b"ok")
    names = Names(**{"xn--e1afmkfd_xn--p1ai": [["127.0.0.1"]]})
    async with Client(network(server.port), resolver=names) as client:
        url = f" http://user:p%40ss@пример.рф:{server.port}/имя?q=я#part "
        outcome = fetched(await client.get(url, max_bytes=MB, accept="*/*"))
    (request,) = server.requests
    assert request.target == "/%D0%B8%D0%BC%D1%8F?q=%D1%8F"
    assert request.headers["host"] == f"xn--e1afmkfd.xn--p1ai:{server.port}"
    assert request.headers["authorization"] == "Basic dXNlcjpwQHNz"
    assert outcome.url == f"http://xn--e1afmkfd.xn--p1ai:{server.port}/%D0%B8%D0%BC%D1%8F?q=%D1%8F"


# -- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("", "bad-url"),
        ("no scheme", "bad-url"),
        ("/only/a/path", "bad-url"),
        ("ftp://example.org/", "bad-url"),
        ("file:///etc/passwd", "bad-url"),
        ("gopher://127.0.0.1:80/", "bad-url"),
        ("javascript:alert(1)", "bad-url"),
        ("http://", "bad-url"),
        ("http:///x", "bad-url"),
        ("http://[::1", "bad-url"),
        ("http://[::1]@/", "bad-url"),
        ("http://1127.0.0.1/", "bad-url"),
        ("http://exa mple.org/", "dns"),
        ("http://example.org:99999/", "bad-url"),
        ("http://example.org:port/", "bad-url"),
        ("http://" + "a" * 300 + ".org/", "dns"),
        ("http://example.org/" + "a" * 9000, "bad-url"),
        ("http://example.org:22/", "forbidden-address"),
        ("http://example.org:0/", "forbidden-address"),
        ("http://10.0.0.1/", "forbidden-address"),
        ("http://169.254.169.254/latest/meta-data/", "forbidden-address"),
        ("http://[fd00:ec2::254]/", "forbidden-address"),
        ("http://[::ffff:10.0.0.1]/", "forbidden-address"),
        ("http://[64:ff9b::a00:1]/", "forbidden-address"),
        ("http://2852039166/", "bad-url"),  # 169.254.169.254 as one number
        ("http://nowhere.example/", "dns"),
    ],
)
async def test_addresses_that_are_not_asked(url: str, kind: str) -> None:
    async with Client(network(80, 443), resolver=Names()) as client:
        outcome = failed(await client.get(url, max_bytes=MB, accept="*/*"), kind)
    assert outcome.requested_url == url


async def test_numeric_host_forms_cannot_reach_loopback(server: Server) -> None:
    closed = network(server.port, allow_private=())
    async with Client(closed) as client:
        for host in ("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0"):
            outcome = await client.get(server.url(host=host), max_bytes=MB, accept="*/*")
            assert isinstance(outcome, FetchFailed), host
            assert outcome.kind in ("forbidden-address", "dns", "bad-url"), outcome
    assert server.connections == 0


async def test_a_name_that_changes_its_answer_does_not_get_in(server: Server) -> None:
    """DNS rebinding: the first answer is public, the next is loopback; both are judged when connecting."""
    names = Names(evil_example=[["127.0.0.1"]])
    async with Client(network(server.port, allow_private=()), resolver=names) as client:
        outcome = await client.get(server.url(host="evil.example"), max_bytes=MB, accept="*/*")
        failed(outcome, "forbidden-address")
    names = Names(evil_example=[["203.0.113.9", "10.1.1.1"], ["127.0.0.1", "::1"]])
    async with Client(network(server.port, allow_private=()), resolver=names) as client:
        for _ in range(3):
            outcome = await client.get(server.url(host="evil.example"), max_bytes=MB, accept="*/*")
            failed(outcome, "forbidden-address")
    assert server.connections == 0


async def test_the_address_itself_is_checked_even_where_the_lookup_lets_it_through(server: Server) -> None:
    """The socket factory is the last word: it sees the address of the connection, not the name."""
    async with Client(network(server.port, allow_private=())) as client:
        assert client._transport is not None
        session = client._transport.client
        assert isinstance(session, aiohttp.ClientSession)
        connector = session.connector
        assert isinstance(connector, aiohttp.TCPConnector)
        connector._resolver = Names(evil_example=[["127.0.0.1"]])
        outcome = await client.get(server.url(host="evil.example"), max_bytes=MB, accept="*/*")
    assert "loopback" in failed(outcome, "forbidden-address").detail
    assert server.connections == 0


# -- redirects -------------------------------------------------------------------------------------


async def test_permanent_means_every_hop(server: Server) -> None:
    server.pages |= {
        "/p1": answer(301, Location="/p2"),
        "/p2": answer(308, Location=server.url("/end#part")),
        "/t1": answer(301, Location="/t2"),
        "/t2": answer(302, Location="/end"),
        "/u1": answer(302, Location="/p2"),
        "/end": answer(200, b"end"),
    }
    moved = fetched(await get(server, "/p1"))
    assert (moved.url, moved.permanent_url) == (server.url("/end"), server.url("/end"))
    for path in ("/t1", "/u1"):
        passing = fetched(await get(server, path))
        assert (passing.url, passing.permanent_url) == (server.url("/end"), None)


async def test_an_adopted_address_keeps_the_owners_credentials(server: Server) -> None:
    server.pages |= {"/old": answer(301, Location="/new"), "/new": answer(200, b"x")}
    async with Client(network(server.port)) as client:
        url = f"http://user:secret@127.0.0.1:{server.port}/old"
        moved = fetched(await client.get(url, max_bytes=MB, accept="*/*"))
    assert moved.url == server.url("/new")
    assert moved.permanent_url == f"http://user:secret@127.0.0.1:{server.port}/new"


async def test_five_redirects_and_no_more(server: Server) -> None:
    for step in range(10):
        server.pages[f"/{step}"] = answer(302, Location=f"/{step + 1}")
    server.pages["/10"] = answer(200, b"end")
    assert fetched(await get(server, "/5")).body == b"end"
    server.requests.clear()
    failed(await get(server, "/4"), "redirects")
    assert len(server.requests) == 6
    server.pages["/loop"] = answer(302, Location="/loop")
    failed(await get(server, "/loop"), "redirects")


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://10.0.0.1/", "forbidden-address"),
        ("http://169.254.169.254/latest/", "forbidden-address"),
        ("http://127.0.0.1:1/", "forbidden-address"),
        ("file:///etc/passwd", "bad-url"),
        ("gopher://x/", "bad-url"),
        ("http://[::1", "bad-url"),
        ("http://[::1]@/", "bad-url"),
    ],
)
async def test_redirects_are_judged_like_addresses(server: Server, location: str, kind: str) -> None:
    server.pages["/"] = answer(302, Location=location)
    async with Client(network(server.port, 80)) as client:
        failed(await client.get(server.url(), max_bytes=MB, accept="*/*"), kind)


async def test_a_redirect_without_location_is_a_failure(server: Server) -> None:
    server.pages["/"] = answer(302)
    assert failed(await get(server), "redirects").status == 302


async def test_raw_bytes_in_location_are_quoted(server: Server) -> None:
    server.pages["/"] = answer(302, Location="@").replace(b"@", "/новость".encode())
    server.pages["/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C"] = answer(200, b"ok")
    assert fetched(await get(server)).body == b"ok"
    server.pages["/"] = answer(302, Location="@").replace(b"@", "/новость".encode("cp1251"))
    server.pages["/%ED%EE%E2%EE%F1%F2%FC"] = answer(200, b"1251")
    assert fetched(await get(server)).body == b"1251"


async def test_credentials_stay_with_their_origin(server: Server) -> None:
    """Kept on the same origin; dropped on another host, and never brought back."""
    server.pages |= {
        "/1": answer(302, Location="/2"),
        "/2": answer(302, Location=f"http://intruder:x@other.example:{server.port}/3"),
        "/3": answer(302, Location=f"http://home.example:{server.port}/4"),
        "/4": answer(200, b"x"),
    }
    names = Names(home_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with Client(network(server.port), resolver=names) as client:
        fetched(
            await client.get(
                server.url("/1", host="home.example"),
                headers={"Authorization": "Bearer s", "Cookie": "k=v", "X-Other": "stays"},
                max_bytes=MB,
                accept="*/*",
            )
        )
    seen = [("authorization" in r.headers, "cookie" in r.headers) for r in server.requests]
    assert seen == [(True, True), (True, True), (False, False), (False, False)]
    assert all(r.headers["x-other"] == "stays" for r in server.requests)


async def test_the_cookie_of_a_redirect_comes_back_to_its_origin_alone(server: Server) -> None:
    """A site that shows its page only to who has its cookie, and then sends us elsewhere."""

    async def door(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("cookie") == "pass=a b; seen=1":
            writer.write(answer(302, Location=f"http://other.example:{server.port}/end"))
        else:
            page = answer(
                307, Location="/door", Set_Cookie="pass=a b; Path=/; HttpOnly\r\nSet-Cookie: seen=1"
            )
            writer.write(page)

    server.pages |= {"/door": door, "/end": answer(200, b"in")}
    names = Names(home_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with Client(network(server.port), resolver=names) as client:
        url = server.url("/door", host="home.example")
        assert fetched(await client.get(url, max_bytes=MB, accept="*/*")).body == b"in"
        assert "cookie" not in server.requests[-1].headers
        await client.get(url, max_bytes=MB, accept="*/*")
        assert "cookie" not in server.asked("/door")[2].headers


async def test_strange_cookies_neither_fail_nor_flood(server: Server) -> None:
    """Attributes without value, no name, no ASCII: dropped alone; more than 4 kB: all dropped."""
    strange = "a=1; Partitioned; Secure\r\nSet-Cookie: =x\r\nSet-Cookie: flag\r\nSet-Cookie: b=\u00e9; Path=/"
    server.pages |= {"/": answer(302, Location="/end", Set_Cookie=strange), "/end": answer(200, b"x")}
    fetched(await get(server))
    assert server.requests[-1].headers["cookie"] == "a=1; flag="
    server.pages["/"] = answer(302, Location="/end", Set_Cookie="a=" + "1" * 5000)
    fetched(await get(server))
    assert "cookie" not in server.requests[-1].headers


async def test_credentials_are_dropped_from_https_to_http(
    server: Server, tls_server: Server, trusting: ssl.SSLContext
) -> None:
    tls_server.pages["/"] = answer(302, Location=server.url("/plain", host="localhost"))
    server.pages["/plain"] = answer(200, b"x")
    async with Client(network(server.port, tls_server.port), tls=trusting) as client:
        url = f"https://user:secret@localhost:{tls_server.port}/"
        fetched(await client.get(url, max_bytes=MB, accept="*/*"))
    assert "authorization" in tls_server.requests[0].headers
    assert "authorization" not in server.requests[0].headers


# -- sizes -----------------------------------------------------------------------------------------


def _brotli(data: bytes) -> bytes:
    return brotli.compress(data, quality=4)


def _zstd(data: bytes) -> bytes:
    return zstd.compress(data)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": _brotli,
    "zstd": _zstd,
}


@pytest.mark.parametrize("coding", COMPRESSORS)
async def test_compressed_answers_are_decoded(server: Server, coding: str) -> None:
    text = "Казахстан и санкции. ".encode() * 20_000
    server.pages["/"] = answer(200, COMPRESSORS[coding](text), Content_Encoding=coding)
    assert fetched(await get(server)).body == text
    assert coding in server.requests[0].headers["accept-encoding"]


@pytest.mark.parametrize("coding", COMPRESSORS)
async def test_bombs_end_early(server: Server, coding: str) -> None:
    """200 MB of zeros in a few kB: refused after about a megabyte, in little time and memory."""
    bomb = COMPRESSORS[coding](bytes(200 * MB))
    assert len(bomb) < MB
    server.pages["/"] = answer(200, bomb, Content_Encoding=coding)
    started = time.process_time()
    failed(await get(server), "too-large")
    assert time.process_time() - started < 1


async def test_what_is_sent_is_capped_too(server: Server) -> None:
    """A body that goes on and on and unpacks to nothing."""

    async def nothing(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n\x78\x9c")
        while True:
            writer.write(b"\x00\x00\x00\xff\xff" * 10_000)  # empty stored blocks
            await writer.drain()

    server.pages["/"] = nothing
    failed(await get(server), "too-large")


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_garbage_that_claims_to_be_compressed(server: Server, coding: str) -> None:
    server.pages["/"] = answer(200, b"<rss>not compressed</rss>" * 10, Content_Encoding=coding)
    failed(await get(server), "protocol")


async def test_unknown_encodings_are_named_and_nonsense_is_ignored(server: Server) -> None:
    server.pages["/"] = answer(200, b"x", Content_Encoding="gzip, br")
    assert "gzip, br" in failed(await get(server), "protocol").detail
    server.pages["/"] = answer(200, b"x", Content_Encoding="UTF-8")
    assert fetched(await get(server)).body == b"x"


async def test_a_body_of_exactly_the_cap_passes_and_one_byte_more_does_not(server: Server) -> None:
    server.pages["/"] = answer(200, b"x" * 1000)
    assert len(fetched(await get(server, max_bytes=1000)).body) == 1000
    failed(await get(server, max_bytes=999), "too-large")


async def test_an_endless_body_without_length_ends_at_the_cap(server: Server) -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    server.pages["/"] = endless
    failed(await get(server), "too-large")


async def test_truncate_keeps_what_fits(server: Server) -> None:
    server.pages["/"] = answer(200, b"abc" * 1000)
    async with Client(network(server.port)) as client:
        outcome = await client.get(server.url(), max_bytes=100, accept="*/*", truncate=True)
    assert fetched(outcome).body == (b"abc" * 100)[:100]


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: 1\r\n" % n for n in range(500)),
        b"X-Long: " + b"a" * 100_000 + b"\r\n",
        b"X" * 100_000 + b": 1\r\n",
    ],
    ids=["many", "long-value", "long-name"],
)
async def test_header_floods_are_refused(server: Server, head: bytes) -> None:
    server.pages["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n" + head + b"\r\nx"
    failed(await get(server), "protocol")


async def test_headers_without_end_are_refused(server: Server) -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: b\r\n" * 100)
            await writer.drain()

    server.pages["/"] = endless
    failed(await get(server), "protocol")


# -- time ------------------------------------------------------------------------------------------


async def test_a_trickle_ends_on_time(server: Server) -> None:
    async def trickle(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)

    server.pages["/"] = trickle
    started = time.monotonic()
    failed(await get(server, timeout=timedelta(seconds=0.5)), "timeout")
    assert 0.4 < time.monotonic() - started < 4


async def test_slow_redirects_share_one_deadline(server: Server) -> None:
    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.25)
        writer.write(answer(302, Location="/again"))

    server.pages |= {"/": slow, "/again": slow}
    started = time.monotonic()
    failed(await get(server, timeout=timedelta(seconds=0.6)), "timeout")
    assert time.monotonic() - started < 4


async def test_silence_after_connecting_times_out(server: Server) -> None:
    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    server.pages["/"] = silent
    failed(await get(server, timeout=timedelta(seconds=0.3)), "timeout")


async def test_a_name_lookup_that_hangs_times_out() -> None:
    class Dead(Names):
        async def resolve(self, *args: object, **kwargs: object) -> list[object]:  # type: ignore[override]
            await asyncio.sleep(30)
            return []

    async with Client(network(80, timeout=timedelta(seconds=0.3)), resolver=Dead()) as client:
        failed(await client.get("http://slow.example/", max_bytes=MB, accept="*/*"), "timeout")


# -- statuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "http-4xx"), (401, "http-4xx"), (403, "http-4xx"), (404, "http-4xx"), (451, "http-4xx"),
        (410, "gone"), (429, "rate-limited"), (500, "http-5xx"), (502, "http-5xx"), (503, "unavailable"),
        (520, "http-5xx"), (300, "redirects"), (999, "protocol"),
    ],
)  # fmt: skip
async def test_statuses_have_their_kind(server: Server, status: int, kind: str) -> None:
    server.pages["/"] = answer(status, b"sorry")
    outcome = failed(await get(server), kind)
    assert outcome.status == status
    assert str(status) in outcome.detail


@pytest.mark.parametrize(("status", "kind"), [(429, "rate-limited"), (503, "unavailable")])
async def test_retry_after_in_both_forms(server: Server, status: int, kind: str) -> None:
    server.pages["/"] = answer(status, Retry_After="120")
    assert failed(await get(server), kind).retry_after_seconds == 120
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    server.pages["/"] = answer(status, Retry_After=soon)
    wait = failed(await get(server), kind).retry_after_seconds
    assert wait is not None
    assert 280 < wait <= 300


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("90", 90), (" 90 ", 90), ("86401", 86400), ("9" * 400, 86400),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120), ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sunday, 01-Mar-26 12:02:00 GMT", 120), ("Fri, 01 Mar 2030 12:00:00 GMT", 86400),
        ("", None), ("-5", None), ("1.5", None), ("soon", None), ("٣", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None), ("Mon, 01 Jan 99999 00:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_and_clamped(value: str, seconds: float | None) -> None:
    assert retry_after_seconds({"Retry-After": value}, NOW) == seconds


def test_retry_after_dates_are_measured_on_the_servers_clock() -> None:
    headers = {"Retry-After": "Sun, 01 Mar 2020 00:10:00 GMT", "Date": "Sun, 01 Mar 2020 00:00:00 GMT"}
    assert retry_after_seconds(headers, NOW) == 600


# -- connections -----------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_nobody_listens() -> None:
    port = _free_port()
    async with Client(network(port)) as client:
        outcome = await client.get(f"http://127.0.0.1:{port}/", max_bytes=MB, accept="*/*")
    assert "refused" in failed(outcome, "refused").detail


async def test_a_connection_reset_in_the_middle(server: Server) -> None:
    async def reset(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        await writer.drain()
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    server.pages["/"] = reset
    failed(await get(server), "protocol")


async def test_a_connection_closed_without_an_answer(server: Server) -> None:
    async def close(request: Request, writer: asyncio.StreamWriter) -> None:
        return

    server.pages["/"] = close
    failed(await get(server), "protocol")


@pytest.mark.parametrize(
    "raw",
    [
        b"220 mail ready\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
)
async def test_answers_that_are_not_http(server: Server, raw: bytes) -> None:
    async def rude(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    server.pages["/"] = rude
    failed(await get(server), "protocol")


async def test_a_content_length_that_promises_too_much(server: Server) -> None:
    async def short(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")

    server.pages["/"] = short
    assert "broke off" in failed(await get(server), "protocol").detail


async def test_a_content_length_that_promises_too_little_does_not_spoil_the_next_answer(
    server: Server,
) -> None:
    server.pages["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\nsmuggled"
    server.pages["/next"] = answer(200, b"right")
    async with Client(network(server.port)) as client:
        assert fetched(await client.get(server.url(), max_bytes=MB, accept="*/*")).body == b"hello"
        assert fetched(await client.get(server.url("/next"), max_bytes=MB, accept="*/*")).body == b"right"


async def test_a_length_over_the_cap_is_refused_before_the_body(server: Server) -> None:
    async def huge(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        await asyncio.sleep(30)

    server.pages["/"] = huge
    failed(await get(server), "too-large")


# -- TLS -------------------------------------------------------------------------------------------


async def test_https_with_a_trusted_authority(tls_server: Server, trusting: ssl.SSLContext) -> None:
    tls_server.pages["/"] = answer(200, b"safe")
    async with Client(network(tls_server.port), tls=trusting) as client:
        url = tls_server.url(host="localhost")
        assert fetched(await client.get(url, max_bytes=MB, accept="*/*")).body == b"safe"


async def test_an_unknown_authority_is_refused_and_named(tls_server: Server) -> None:
    async with Client(network(tls_server.port)) as client:
        outcome = await client.get(tls_server.url(), max_bytes=MB, accept="*/*")
    assert "unable to get local issuer" in failed(outcome, "tls").detail
    assert tls_server.requests == []


async def test_a_certificate_for_another_name_is_refused(
    tls_server: Server, trusting: ssl.SSLContext
) -> None:
    names = Names(other_example=[["127.0.0.1"]])
    async with Client(network(tls_server.port), tls=trusting, resolver=names) as client:
        outcome = await client.get(tls_server.url(host="other.example"), max_bytes=MB, accept="*/*")
    assert "other.example" in failed(outcome, "tls").detail


async def test_https_asked_of_a_server_that_speaks_http() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(answer(400))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        async with Client(network(port)) as client:
            failed(await client.get(f"https://127.0.0.1:{port}/", max_bytes=MB, accept="*/*"), "tls")


# -- channels --------------------------------------------------------------------------------------


async def test_channel_sessions_are_guarded_by_their_own_allowance(server: Server) -> None:
    server.pages["/hook"] = answer(200, b"ok")
    async with Client(network(80, allow_private=())) as client:
        opened = client.channel_session(LOOPBACK)
        assert client.channel_session(LOOPBACK) is opened
        async with opened.post(server.url("/hook"), json={"a": 1}) as response:
            assert response.status == 200
        with pytest.raises(OSError, match="not allowed"):
            await client.channel_session(()).post(server.url("/hook"))
    assert opened.closed
    assert server.asked("/hook")[0].headers["user-agent"].startswith("monitor/")
