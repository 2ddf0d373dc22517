"""Real servers on loopback: a scripted SMTP server (aiosmtpd) and scripted HTTP endpoints."""

import asyncio
import email
import email.policy
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import trustme
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from monitor.config import Network

USER, PASSWORD = "monitor", "correct horse"


class LoopbackTransport:
    """A Transport without a guard, for servers on this machine."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._sockets: list[socket.socket] = []
        self.asked: list[tuple[Network, ...]] = []  # the `allow_private` of every request

    def session(self, allow_private: Sequence[Network] = ()) -> aiohttp.ClientSession:
        self.asked.append(tuple(allow_private))
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def open_connection(
        self, host: str, port: int, allow_private: Sequence[Network] = ()
    ) -> socket.socket:
        self.asked.append(tuple(allow_private))
        sock = socket.socket()
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        except OSError:
            sock.close()
            raise
        self._sockets.append(sock)
        return sock

    async def close(self) -> None:
        """Wait for TLS connections to say goodbye: a loop that ends before leaves their sockets open."""
        for _ in range(100):
            if all(sock.fileno() < 0 for sock in self._sockets):
                break
            await asyncio.sleep(0.02)
        if self._session is not None:
            await self._session.close()


# -- SMTP ------------------------------------------------------------------------------------------


class Authority:
    """A certificate authority of our own, and what trusts it."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def server(self, name: str = "localhost") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(name).configure_cert(context)
        return context

    def write(self, name: str, *, chain: Path, key: Path) -> None:
        """Write a certificate for `name` and its key, for a server that is another process."""
        issued = self._ca.issue_cert(name)
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        key.touch(mode=0o600)
        key.write_bytes(issued.private_key_pem.bytes())

    def client(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self._ca.configure_trust(context)
        return context


@dataclass
class MailServer:
    """Keeps what it took. Scripted by its fields; `port` is set while it runs."""

    port: int = 0
    rcpt_replies: dict[str, str] = field(default_factory=dict)  # address -> reply
    mail_reply: str = ""
    data_reply: str = ""
    hang_after_data: bool = False
    drop_after_data: bool = False
    hang_on_quit: bool = False
    refuse_login: str = ""
    taken: list[Envelope] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    ciphers: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        """The taken mails, read back by the standard library."""
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw]

    @property
    def raw(self) -> list[bytes]:
        return [content for e in self.taken if isinstance(content := e.original_content, bytes)]

    # the hooks of aiosmtpd

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail_reply:
            return self.mail_reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self.rcpt_replies.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert server.transport is not None
        if cipher := server.transport.get_extra_info("cipher"):
            self.ciphers.append(cipher)
        if self.data_reply:
            return self.data_reply
        self.taken.append(envelope)
        if self.hang_after_data:
            await asyncio.sleep(30)
        if self.drop_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 2.0.0 queued as 4F2A"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hang_on_quit:
            await asyncio.sleep(30)
        return "221 Bye"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append(data.login.decode())
        if self.refuse_login:
            return AuthResult(success=False, handled=False, message=self.refuse_login)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)


@asynccontextmanager
async def mail_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    auth: bool = False,
    smtputf8: bool = True,
) -> AsyncIterator[MailServer]:
    """Run a MailServer on a free port of loopback, in this loop."""
    script = MailServer()
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def protocol() -> SMTP:
        smtp = SMTP(
            script,
            loop=loop,
            hostname="localhost",
            enable_SMTPUTF8=smtputf8,
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=auth,
            auth_require_tls=starttls is not None,
            authenticator=script.authenticate if auth else None,
        )
        sessions.append(smtp)
        return smtp

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for session in sessions:
            handler = session._handler_coroutine
            if handler is not None and not handler.done():
                handler.cancel()
                await asyncio.gather(handler, return_exceptions=True)
            if isinstance(session.transport, asyncio.Transport):
                session.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)


# -- HTTP ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """One scripted answer."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    wait_seconds: float = 0
    drop: bool = False  # take the request and break the connection


@dataclass
class Endpoint:
    """A URL that answers by script, then by `usual`, and keeps what it was sent."""

    usual: Reply
    url: str = ""
    script: deque[Reply] = field(default_factory=deque)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        reply = self.script.popleft() if self.script else self.usual
        if reply.drop:
            assert request.transport is not None
            request.transport.abort()
        await asyncio.sleep(reply.wait_seconds)
        return web.Response(status=reply.status, text=reply.body, headers=reply.headers)


@asynccontextmanager
async def endpoint(usual: Reply, path: str = "/hook") -> AsyncIterator[Endpoint]:
    """Run an Endpoint on a free port of loopback."""
    target = Endpoint(usual)
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", target._answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    target.url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
    try:
        yield target
    finally:
        await runner.cleanup()
