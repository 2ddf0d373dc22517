"""URL -> Fetched | FetchFailed: one guarded HTTP client. It never raises for what the network does."""

import asyncio
import base64
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import TracebackType
from typing import Self
from urllib.parse import quote

import aiohttp
import certifi
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from monitor import __version__
from monitor.config import Network, NetworkConfig
from monitor.model import FailureKind, Fetched, FetchFailed, FetchOutcome
from monitor.net.decoding import CODINGS, Decoder
from monitor.net.failures import failure_of_error, failure_of_status
from monitor.net.guard import Guard, SystemResolver
from monitor.urls import registrable_domain

MAX_REDIRECTS = 5
MAX_URL_LENGTH = 8000
MAX_HEADERS = 128
MAX_HEADER_BYTES = 16384  # one field; some sites send 10 kB of Content-Security-Policy
MAX_COOKIE_BYTES = 4096
CONNECT_SECONDS = 10.0
DNS_CACHE_SECONDS = 60
KEEPALIVE_SECONDS = 15.0

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
_COMPRESSIONS = frozenset((*CODINGS, "x-gzip", "compress", "x-compress"))
_CREDENTIALS = frozenset(("authorization", "cookie", "proxy-authorization"))
_ENCODINGS = ", ".join(CODINGS)
_VISIBLE = "".join(map(chr, range(33, 127)))
_EXTENSIONS = {"timeout": {"connect": CONNECT_SECONDS}}  # all else is under the one deadline
# Given, so that httpx need not work out headers for a body: that takes ten times as long as the rest of it.
_NO_BODY = httpx.ByteStream(b"")
_httpx_url = lru_cache(maxsize=1024)(httpx.URL)  # feeds are asked again and again

Gate = Callable[[str], AbstractAsyncContextManager[FetchFailed | None]]
Observer = Callable[[str, FetchFailed | None], None]


@asynccontextmanager
async def open_gate(url: str) -> AsyncIterator[None]:
    """The gate that lets every request pass at once."""
    yield None


def no_observer(url: str, failure: FetchFailed | None) -> None:
    """The observer that learns nothing."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One response of a chain: its body, or where it sends us."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    location: str | None = None
    cookies: Mapping[str, str] = field(default_factory=dict)


class _TooLarge(Exception):
    """The body passed its cap."""


def user_agent(contact: str) -> str:
    """Return the truthful User-Agent: `monitor/<version> (+contact)`."""
    contact = " ".join(contact.split())
    return f"monitor/{__version__} (+{contact})" if contact else f"monitor/{__version__}"


@cache
def tls_context() -> ssl.SSLContext:
    """Return a verifying context that trusts the system's authorities and certifi's, for bare systems."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class Client:
    """GET over the guard, with caps and one deadline; an async context manager.

    `resolver` replaces the system's name lookup, `tls` the trusted authorities.
    """

    def __init__(
        self,
        config: NetworkConfig,
        *,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = Guard(config.ports, config.allow_private)
        self._timeout_seconds = config.timeout.total_seconds()
        self._user_agent = user_agent(config.contact)
        self._resolver = resolver
        self._tls = tls
        self._transport: AiohttpTransport | None = None
        self._channel_sessions: dict[frozenset[Network], aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        self._resolver = self._resolver or SystemResolver()
        self._tls = self._tls or tls_context()
        session = self._new_session(self._guard, aiohttp.ClientTimeout(None))
        self._transport = AiohttpTransport(verify=self._tls, trust_env=False, client=session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        transport, sessions = self._transport, list(self._channel_sessions.values())
        self._transport = None
        self._channel_sessions.clear()
        if transport is not None:
            await transport.aclose()
        for session in sessions:
            await session.close()
        if self._resolver is not None:
            await self._resolver.close()

    def _new_session(self, guard: Guard, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
        assert self._resolver is not None
        assert self._tls is not None
        connector = aiohttp.TCPConnector(
            limit=0,  # the callers bound what is under way
            keepalive_timeout=KEEPALIVE_SECONDS,
            resolver=guard.resolver(self._resolver),
            ttl_dns_cache=DNS_CACHE_SECONDS,
            ssl=self._tls,
            socket_factory=guard.socket_factory,
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            headers={"User-Agent": self._user_agent},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            max_headers=MAX_HEADERS,
            max_field_size=MAX_HEADER_BYTES,
            max_line_size=MAX_HEADER_BYTES,
        )

    def channel_session(self, allow_private: Iterable[Network]) -> aiohttp.ClientSession:
        """Return a guarded session for channels, any port, `allow_private` opened; closed with the client."""
        networks = frozenset(allow_private)
        session = self._channel_sessions.get(networks)
        if session is None:
            session = self._new_session(Guard(None, networks), aiohttp.ClientTimeout(total=30))
            self._channel_sessions[networks] = session
        return session

    @property
    def resolver(self) -> AbstractResolver:
        """The name lookup in use, for connections that are not HTTP."""
        assert self._resolver is not None, "the client is not open"
        return self._resolver

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int,
        accept: str,
        truncate: bool = False,
        gate: Gate = open_gate,
        observe: Observer = no_observer,
    ) -> FetchOutcome:
        """Fetch `url`, following up to five redirects, within the configured total time.

        `max_bytes` caps the decompressed body; with `truncate` the rest is dropped instead of failing.
        Every request of the chain, redirects included, passes `gate`; waiting there is not counted in time.
        After each request `observe` is told how it went.
        """
        try:
            target = _parsed(url.strip())
            credentials = _basic_credentials(target)
            target = _without_secrets(target)
        except ValueError:
            return FetchFailed(url, "bad-url", "The address is not a valid URL.")
        wanted = {"Accept": accept, "Accept-Encoding": _ENCODINGS, **(headers or {}), **credentials}
        conditional = any(name.lower() in ("if-none-match", "if-modified-since") for name in wanted)
        first = target
        permanent = True
        cookies: dict[str, str] = {}  # some sites answer only who brings back the cookie of their redirect
        spent = 0.0
        for _ in range(MAX_REDIRECTS + 1):
            if reason := self._refusal(target):
                return FetchFailed(url, *reason)
            async with gate(str(target)) as refused:
                if refused is not None:
                    return FetchFailed(
                        url, refused.kind, refused.detail, retry_after_seconds=refused.retry_after_seconds
                    )
                begun = time.monotonic()
                answer = await self._hop(
                    url, target, wanted, max_bytes, truncate, self._timeout_seconds - spent
                )
                spent += time.monotonic() - begun
                observe(str(target), answer if isinstance(answer, FetchFailed) else None)
            if isinstance(answer, FetchFailed):
                return answer
            if answer.location is None:
                return self._finish(url, first, target, answer, permanent, conditional, spent)
            permanent = permanent and answer.status in _PERMANENT
            try:
                step = _without_secrets(target.join(_parsed(answer.location)))
            except ValueError:
                return FetchFailed(url, "bad-url", "The server redirects to something that is not a URL.")
            cookies.update(answer.cookies)
            if not step.raw_host or step.origin() != target.origin():
                cookies.clear()
                wanted = {name: value for name, value in wanted.items() if name.lower() not in _CREDENTIALS}
            if cookies and not any(name.lower() == "cookie" for name in (headers or {})):
                wanted["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
            target = step
        return FetchFailed(url, "redirects", f"The server redirects more than {MAX_REDIRECTS} times.")

    def _refusal(self, target: URL) -> tuple[FailureKind, str] | None:
        """Return kind and sentence where the address may not be asked at all."""
        if target.scheme not in ("http", "https"):
            return "bad-url", "Only http and https addresses are fetched."
        if len(str(target)) > MAX_URL_LENGTH:
            return "bad-url", f"The address is longer than {MAX_URL_LENGTH} characters."
        try:
            registrable_domain(str(target))  # what limiter and robots.txt go by
        except ValueError:
            return "bad-url", "The address has no valid host."
        if target.port is None or not self._guard.allows_port(target.port):
            return "forbidden-address", f"Port {target.port} is not allowed; see network.ports."
        return None

    async def _hop(
        self,
        url: str,
        target: URL,
        headers: Mapping[str, str],
        max_bytes: int,
        truncate: bool,
        timeout_seconds: float,
    ) -> _Answer | FetchFailed:
        """Make one request and read its body where it is one to keep."""
        assert self._transport is not None, "the client is not open"
        host = _readable_host(target)
        try:
            request = httpx.Request(
                "GET", _httpx_url(str(target)), headers=headers, stream=_NO_BODY, extensions=_EXTENSIONS
            )
            request.read()
            async with (
                asyncio.timeout(timeout_seconds),
                aclosing(await self._transport.handle_async_request(request)) as response,
            ):
                status = response.status_code
                if status in _REDIRECTS and (location := _location(response)):
                    return _Answer(status, {}, location=location, cookies=_cookies(response))
                if status == 304:
                    return _Answer(status, _fields(response.headers))
                if not 200 <= status < 300:
                    return failure_of_status(url, host, status, response.headers)
                fields = _fields(response.headers)
                coding = fields.get("content-encoding", "").strip().lower()
                if coding not in CODINGS and _COMPRESSIONS & {part.strip() for part in coding.split(",")}:
                    return FetchFailed(
                        url, "protocol", f"{host} sent an encoding that is not supported: {coding}."
                    )
                decoder = Decoder(coding) if coding in CODINGS else None
                if not (decoder or truncate) and int(fields.get("content-length", 0)) > max_bytes:
                    raise _TooLarge
                return _Answer(status, fields, await _read(response.stream, decoder, max_bytes, truncate))
        except _TooLarge:
            limit = f"{max_bytes / 1e6:g} MB"
            return FetchFailed(
                url, "too-large", f"The answer of {host} is larger than {limit}.", status=status
            )
        except (httpx.RequestError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
            return failure_of_error(url, host, error, self._timeout_seconds)

    def _finish(
        self,
        url: str,
        first: URL,
        target: URL,
        answer: _Answer,
        permanent: bool,
        conditional: bool,
        spent_seconds: float,
    ) -> FetchOutcome:
        if answer.status == 304 and not conditional:
            return FetchFailed(
                url, "protocol", "The server says that nothing changed, though nothing was asked.", 304
            )
        moved = target != first and permanent
        return Fetched(
            requested_url=url,
            url=str(target),
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            elapsed_seconds=spent_seconds,
            permanent_url=str(_with_userinfo(target, url)) if moved else None,
        )


def _parsed(url: str) -> URL:
    """Parse a URL; raises ValueError alone."""
    try:
        return URL(url)
    except IndexError:  # yarl's, on "http://[x]@/"
        raise ValueError(url) from None


def _readable_host(url: URL) -> str:
    """Return the host for a sentence: in its own alphabet, where it can be read so."""
    try:
        return url.host or ""
    except UnicodeError:
        return url.raw_host or ""


def _basic_credentials(url: URL) -> dict[str, str]:
    """Return the Authorization header that a URL's userinfo stands for."""
    if url.user is None and url.password is None:
        return {}
    pair = f"{url.user or ''}:{url.password or ''}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}


def _without_secrets(url: URL) -> URL:
    """Drop fragment and userinfo: neither is sent, and neither belongs in a stored address."""
    if url.raw_fragment:
        url = url.with_fragment(None)
    return url.with_user(None) if url.absolute and url.raw_user is not None else url


def _with_userinfo(target: URL, requested: str) -> URL:
    """Keep the owner's credentials in the address to adopt, where it is of the same origin."""
    before = _parsed(requested.strip())
    if (before.raw_user is None and before.raw_password is None) or before.origin() != target.origin():
        return target
    return target.with_user(before.user).with_password(before.password)


def _fields(headers: httpx.Headers) -> dict[str, str]:
    """Return header fields by lower-case name, the values of repeated ones joined (RFC 9110, 5.3).

    As Latin-1: httpx would look for the charset of all of them, which takes four times as long.
    """
    fields: dict[str, str] = {}
    for raw_name, raw_value in headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _location(response: httpx.Response) -> str:
    """Return Location, the raw bytes that some servers put into it quoted; empty where there is none."""
    found = (value for name, value in response.headers.raw if name.lower() == b"location")
    return quote(next(found, b"").strip(), safe=_VISIBLE)


def _cookies(response: httpx.Response) -> dict[str, str]:
    """Return the cookies that a redirect sets, as far as they are few and short (RFC 6265, 5.2)."""
    pairs = (line.partition(";")[0].partition("=") for line in response.headers.get_list("set-cookie"))
    found = {name.strip(): value.strip() for name, _, value in pairs if (name + value).isascii()}
    found.pop("", None)
    return found if sum(len(name) + len(value) for name, value in found.items()) <= MAX_COOKIE_BYTES else {}


async def _read(
    stream: httpx.SyncByteStream | httpx.AsyncByteStream,
    decoder: Decoder | None,
    max_bytes: int,
    truncate: bool,
) -> bytes:
    """Read the body up to its cap, which holds for what is sent and for what that unpacks to."""
    assert isinstance(stream, httpx.AsyncByteStream)
    pieces: list[bytes] = []
    size = received = 0
    async for sent in stream:
        received += len(sent)
        for piece in decoder.decode(sent) if decoder else (sent,):
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes:
                break
        if size > max_bytes or received > max_bytes:
            if truncate:
                return b"".join(pieces)[:max_bytes]
            raise _TooLarge
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
