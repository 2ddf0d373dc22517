"""An alert through a real Postfix: STARTTLS, login, delivery to a mailbox, and what it says no to."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from monitor.channels.email import EmailChannel
from monitor.config import EmailChannel as EmailConfig
from monitor.messages.alerts import render_alert
from monitor.model import SendFailed, Sent
from tests.channels.postfix import DOMAIN, Postfix, postfix
from tests.channels.servers import PASSWORD, USER, Authority, LoopbackTransport
from tests.messages.sample import alert

ANNA, BORIS, NOBODY = (f"{name}@{DOMAIN}" for name in ("anna", "boris", "nobody"))
INJECTION = "=?UTF-8?Q?=0D=0A?=Bcc: x@y"


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[Postfix]:
    with postfix(authority, ("anna", "boris")) as running:
        yield running


def channel(
    server: Postfix, authority: Authority, transport: LoopbackTransport, *to: str, password: str = PASSWORD
) -> EmailChannel:
    config = EmailConfig.model_validate(
        {
            "type": "email",
            "host": "localhost",
            "port": server.port,
            "security": "starttls",
            "username": USER,
            "password": SecretStr(password),
            "sender": f"Monitor <monitor@{DOMAIN}>",
            "to": to,
        }
    )
    return EmailChannel("mail", config, transport, tls=authority.client())


async def test_an_alert_is_delivered_whole(
    server: Postfix, authority: Authority, transport: LoopbackTransport
) -> None:
    message = replace(render_alert(alert()), references=("earlier",))
    outcome = await channel(server, authority, transport, ANNA).send(message)
    assert isinstance(outcome, Sent), (outcome, server.log())
    assert "queued as" in outcome.receipt
    [mail] = await asyncio.to_thread(server.mails, "anna", 1)
    assert mail["Delivered-To"] == ANNA
    assert mail["From"] == f"Monitor <monitor@{DOMAIN}>"
    assert mail["To"] == ANNA
    assert mail["Subject"] == message.subject
    assert mail["Message-ID"] == f"<{message.identity}@{DOMAIN}>"
    assert mail["References"] == mail["In-Reply-To"] == f"<earlier@{DOMAIN}>"
    assert mail["List-Id"] == f"monitor alerts <alerts.{DOMAIN}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == message.text.splitlines()
    assert html.get_content().splitlines() == message.html.splitlines()
    assert not any(part.defects for part in mail.walk())
    received = " ".join(str(mail["Received"]).split())
    assert "ESMTPSA" in received  # RFC 3848: over TLS, logged in


async def test_no_word_of_a_title_becomes_a_header(
    server: Postfix, authority: Authority, transport: LoopbackTransport
) -> None:
    """Encoded words, which a relay might decode, and bare line ends."""
    before = len(await asyncio.to_thread(server.mails, "boris", 0))
    plain = render_alert(alert(identity="a0", title="A title"))
    hostile = render_alert(alert(identity="a1", title=INJECTION))
    forced = replace(plain, identity="a2", subject=f"A title {INJECTION}")
    for message in (plain, hostile, forced):
        outcome = await channel(server, authority, transport, BORIS).send(message)
        assert isinstance(outcome, Sent), (outcome, server.log())
    mails = (await asyncio.to_thread(server.mails, "boris", before + 3))[before:]
    assert len({tuple(sorted(mail.keys())) for mail in mails}) == 1
    assert all(mail["Bcc"] is None and mail["To"] == BORIS for mail in mails)
    subjects = {mail["Message-ID"]: mail["Subject"] for mail in mails}
    assert "Bcc: x@y" in subjects[f"<a1@{DOMAIN}>"]
    assert "Bcc: x@y" in subjects[f"<a2@{DOMAIN}>"]


async def test_a_refused_recipient_is_named_and_the_others_get_theirs(
    server: Postfix, authority: Authority, transport: LoopbackTransport
) -> None:
    before = len(await asyncio.to_thread(server.mails, "anna", 0))
    outcome = await channel(server, authority, transport, NOBODY, ANNA).send(
        render_alert(alert(identity="b1"))
    )
    assert isinstance(outcome, SendFailed)
    assert (outcome.permanent, outcome.accepted, outcome.refused) == (True, (ANNA,), (NOBODY,))
    assert NOBODY in outcome.detail
    assert "550" in outcome.detail
    assert len(await asyncio.to_thread(server.mails, "anna", before + 1)) == before + 1


async def test_a_wrong_password_is_told_and_may_be_mended(
    server: Postfix, authority: Authority, transport: LoopbackTransport
) -> None:
    wrong = channel(server, authority, transport, ANNA, password="hunter2")
    outcome = await wrong.send(render_alert(alert(identity="c1")))
    assert isinstance(outcome, SendFailed)
    assert "535" in outcome.detail
    assert "hunter2" not in outcome.detail
    assert not outcome.permanent
    assert not outcome.unknown
    assert outcome.accepted == ()
