"""Where the demo's alerts go: a mail catcher and a Slack on loopback that keep what they are sent."""

import asyncio
import email
import email.policy
import json
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from monitor.demo.newsroom import HOST


class MailCatcher:
    """An SMTP server (no TLS, no login) that takes every mail. An async context manager."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._sessions: list[SMTP] = []
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[tuple[str, ...]] = []  # of the envelope, one for each mail

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, HOST, 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for session in self._sessions:
            handler = session._handler_coroutine
            if handler is not None and not handler.done():
                handler.cancel()
                await asyncio.gather(handler, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """The port on loopback."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def _session(self) -> SMTP:
        session = SMTP(
            self, loop=asyncio.get_running_loop(), hostname="localhost", ident="demo", enable_SMTPUTF8=True
        )
        self._sessions.append(session)
        return session

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail (the hook of aiosmtpd)."""
        raw = envelope.original_content or b""
        self.raw.append(raw)
        self.mails.append(email.message_from_bytes(raw, policy=email.policy.default))
        self.recipients.append(tuple(envelope.rcpt_tos))
        return f"250 2.0.0 caught as {len(self.raw)}"


class SlackSink:
    """An incoming webhook that answers `ok`. An async context manager."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self.messages: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/services/demo", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address of the webhook."""
        assert self._runner is not None
        return f"http://{HOST}:{self._runner.addresses[0][1]}/services/demo"

    async def _take(self, request: web.Request) -> web.Response:
        self.messages.append(json.loads(await request.read()))
        return web.Response(text="ok")
