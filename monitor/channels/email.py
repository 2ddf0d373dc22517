"""Message -> SendOutcome by SMTP (RFC 5321), each recipient answered for apart.

What a reply means: 4xx is tried again; 5xx to MAIL, RCPT or DATA is final for those it speaks of; 5xx to
what concerns the whole connection (greeting, STARTTLS, AUTH) is tried again, since the owner's repair lets
it pass. A break after DATA has begun leaves it unknown whether the mail arrived.
"""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from monitor.channels.contract import DEADLINE_SECONDS, Transport, detail
from monitor.channels.mime import Mailbox, compose, mailbox
from monitor.clock import Clock, utc_now
from monitor.config import EmailChannel as EmailConfig
from monitor.errors import MonitorError
from monitor.model import Message, SendFailed, SendOutcome, Sent

_ABOUT_LOGIN = {530, 534, 535, 538}  # RFC 4954: the owner's to repair, whatever command they answer
_QUIT_SECONDS = 2.0


@dataclass(slots=True)
class _Progress:
    """How far one conversation came: what a break leaves known."""

    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    deferred: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # what the server said of recipients it did not take
    in_data: bool = False


def _is_final(error: SMTPResponseException) -> bool:
    return 500 <= error.code < 600 and error.code not in _ABOUT_LOGIN


class EmailChannel:
    """One mail account and its readers. The sender and `to` are checked at construction: ValueError."""

    def __init__(
        self,
        name: str,
        config: EmailConfig,
        transport: Transport,
        *,
        tls: ssl.SSLContext | None = None,
        clock: Clock = utc_now,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.name = name
        self._config = config
        self._transport = transport
        self._sender = mailbox(config.sender)
        self._boxes = {address: mailbox(address) for address in config.to}
        self._password = config.password.get_secret_value() if config.password else ""
        self._tls = tls or ssl.create_default_context()
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    async def send(
        self, message: Message, *, recipients: Sequence[str] | None = None, thread: str | None = None
    ) -> SendOutcome:
        """Send one mail to `recipients` (default: all of `to`); threading is by References."""
        wanted = list(self._boxes) if recipients is None else list(dict.fromkeys(recipients))
        if not wanted:
            return Sent()
        progress = _Progress()
        smtp: SMTP | None = None
        try:
            async with asyncio.timeout(self._deadline_seconds):
                smtp = await self._connect()
                outcome = await self._converse(smtp, message, wanted, progress)
            await self._leave(smtp)
        except TimeoutError:
            return self._broken(progress, f"no answer within {self._deadline_seconds:g} s")
        except SMTPResponseException as error:
            final = _is_final(error) and isinstance(error, SMTPDataError | SMTPSenderRefused)
            return SendFailed(
                self._detail(f"{error.code} {error.message}", *progress.said),
                permanent=final and not progress.deferred,
                unknown=progress.in_data and not 400 <= error.code < 600,
                refused=(*progress.refused, *(progress.accepted if final else ())),
            )
        except (SMTPException, OSError, MonitorError) as error:
            return self._broken(progress, str(error) or type(error).__name__)
        finally:
            if smtp is not None:
                smtp.close()
        return outcome

    async def _connect(self) -> SMTP:
        config = self._config
        sock = await self._transport.open_connection(config.host, config.port, config.allow_private)
        smtp = SMTP(
            hostname=config.host,
            sock=sock,
            use_tls=config.security == "tls",
            start_tls=config.security == "starttls",
            tls_context=self._tls if config.security != "none" else None,
            username=config.username or None,
            password=self._password or None,
            # Names the sender's domain: the machine's own name is nobody's business, and finding it out
            # would ask the name servers.
            local_hostname=self._sender.domain,
            timeout=self._deadline_seconds,
        )
        await smtp.connect()
        return smtp

    async def _converse(
        self, smtp: SMTP, message: Message, wanted: Sequence[str], progress: _Progress
    ) -> SendOutcome:
        if smtp.is_ehlo_or_helo_needed:
            try:
                await smtp.ehlo()
            except SMTPHeloError:
                await smtp.helo()
        can_utf8 = smtp.supports_extension("smtputf8")
        open_boxes: dict[str, Mailbox] = {}
        for address in wanted:
            try:
                box = self._boxes.get(address) or mailbox(address)
            except ValueError as error:
                progress.refused.append(address)
                progress.said.append(str(error))
                continue
            if box.needs_utf8 and not can_utf8:
                progress.refused.append(address)
                progress.said.append(f"the server cannot take {box.address} (no SMTPUTF8)")
                continue
            open_boxes[address] = box
        if not open_boxes:
            return self._settled(progress, "")
        mail = compose(message, sender=self._sender, to=tuple(open_boxes.values()), sent_at=self._clock())
        utf8 = self._sender.needs_utf8 or any(box.needs_utf8 for box in open_boxes.values())
        encoding = "utf-8" if utf8 else "ascii"
        options = ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else []
        if smtp.supports_extension("size"):
            options.append(f"SIZE={len(mail)}")
        await smtp.mail(self._sender.address, options=options, encoding=encoding)
        for address, box in open_boxes.items():
            try:
                await smtp.rcpt(box.address, encoding=encoding)
                progress.accepted.append(address)
            except SMTPRecipientRefused as error:
                (progress.refused if _is_final(error) else progress.deferred).append(address)
                progress.said.append(f"{box.address}: {error.code} {error.message}")
        if not progress.accepted:
            return self._settled(progress, "")
        progress.in_data = True
        response = await smtp.data(mail)
        progress.in_data = False
        return self._settled(progress, response.message)

    def _settled(self, progress: _Progress, receipt: str) -> SendOutcome:
        if not (progress.refused or progress.deferred):
            return Sent(receipt=self._detail(receipt), recipients=tuple(progress.accepted))
        return SendFailed(
            self._detail(*progress.said),
            permanent=not progress.deferred,
            accepted=tuple(progress.accepted),
            refused=tuple(progress.refused),
        )

    def _broken(self, progress: _Progress, what: str) -> SendFailed:
        """The conversation ended without an answer to the mail itself."""
        host = f"{self._config.host}:{self._config.port}"
        return SendFailed(
            self._detail(f"{host}: {what}", *progress.said),
            unknown=progress.in_data,
            refused=tuple(progress.refused),
        )

    def _detail(self, *parts: str) -> str:
        return detail("; ".join(parts), self._password)

    @staticmethod
    async def _leave(smtp: SMTP) -> None:
        """Say QUIT. The mail is already taken: nothing that happens here may change the outcome."""
        try:
            await smtp.quit(timeout=_QUIT_SECONDS)
        except (SMTPException, OSError):
            smtp.close()
