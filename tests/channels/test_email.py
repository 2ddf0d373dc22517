"""SMTP for real: TLS, login, what each recipient was told, and breaks at every stage."""

import asyncio
import email
import email.policy
from dataclasses import replace

import pytest
from pydantic import SecretStr

from monitor.channels.email import EmailChannel
from monitor.config import EmailChannel as EmailConfig
from monitor.model import Message, SendFailed, SendOutcome, Sent
from tests.channels.servers import PASSWORD, USER, Authority, LoopbackTransport, MailServer, mail_server

ANNA, BORIS = "anna@example.org", "boris@example.org"


def config(server: MailServer, **fields: object) -> EmailConfig:
    return EmailConfig.model_validate(
        {
            "type": "email",
            "host": "localhost",
            "port": server.port,
            "security": "none",
            "sender": "Monitor <monitor@example.org>",
            "to": (ANNA, BORIS),
            **fields,
        }
    )


def login(password: str = PASSWORD) -> dict[str, object]:
    return {"username": USER, "password": SecretStr(password)}


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
async def test_the_mail_arrives_whole(
    security: str, authority: Authority, transport: LoopbackTransport, message: Message
) -> None:
    context = authority.server()
    async with mail_server(
        starttls=context if security == "starttls" else None,
        tls=context if security == "tls" else None,
        auth=security == "starttls",
    ) as server:
        fields = login() if security == "starttls" else {}
        channel = EmailChannel(
            "mail", config(server, security=security, **fields), transport, tls=authority.client()
        )
        outcome = await channel.send(replace(message, references=("first", "second")))
    assert outcome == Sent(receipt="2.0.0 queued as 4F2A", recipients=(ANNA, BORIS))
    [mail] = server.mails
    assert server.taken[0].mail_from == "monitor@example.org"
    assert server.taken[0].rcpt_tos == [ANNA, BORIS]
    assert mail["From"] == "Monitor <monitor@example.org>"
    assert mail["To"] == f"{ANNA}, {BORIS}"
    assert mail["Subject"] == message.subject
    assert mail["Message-ID"] == "<a1b2c3d4@example.org>"
    assert mail["References"] == "<first@example.org> <second@example.org>"
    assert mail["In-Reply-To"] == "<second@example.org>"
    assert mail["List-Id"] == "monitor alerts <alerts.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert text.get_content().splitlines() == message.text.splitlines()
    assert html.get_content() == message.html
    assert not mail.defects
    assert bool(server.ciphers) == (security != "none")
    assert server.logins == ([USER] if security == "starttls" else [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    security: str, authority: Authority, transport: LoopbackTransport, message: Message
) -> None:
    context = Authority().server()
    async with mail_server(
        starttls=context if security == "starttls" else None, tls=context if security == "tls" else None
    ) as server:
        channel = EmailChannel("mail", config(server, security=security), transport, tls=authority.client())
        outcome = await channel.send(message)
    assert isinstance(outcome, SendFailed)
    assert "certificate" in outcome.detail
    assert not outcome.permanent
    assert not server.taken


async def test_a_certificate_for_another_host_is_refused(
    authority: Authority, transport: LoopbackTransport, message: Message
) -> None:
    async with mail_server(tls=authority.server("mail.example.net")) as server:
        channel = EmailChannel("mail", config(server, security="tls"), transport, tls=authority.client())
        outcome = await channel.send(message)
    assert isinstance(outcome, SendFailed)
    assert not server.taken


async def test_a_server_without_starttls_gets_nothing(transport: LoopbackTransport, message: Message) -> None:
    async with mail_server() as server:
        outcome = await EmailChannel("mail", config(server, security="starttls"), transport).send(message)
    assert isinstance(outcome, SendFailed)
    assert "STARTTLS" in outcome.detail
    assert not server.taken


async def test_a_wrong_password_is_tried_again_and_never_shown(
    authority: Authority, transport: LoopbackTransport, message: Message
) -> None:
    async with mail_server(starttls=authority.server(), auth=True) as server:
        server.refuse_login = "535 5.7.8 hunter2 is not the password"
        channel = EmailChannel(
            "mail",
            config(server, security="starttls", **login("hunter2")),
            transport,
            tls=authority.client(),
        )
        outcome = await channel.send(message)
    assert isinstance(outcome, SendFailed)
    assert "535" in outcome.detail
    assert "hunter2" not in outcome.detail + repr(channel) + repr(channel.__dict__["_config"])
    assert not outcome.permanent  # the owner repairs it, and the alert must still be there


async def send(
    server: MailServer, transport: LoopbackTransport, message: Message, **fields: object
) -> SendOutcome:
    channel = EmailChannel("mail", config(server, **fields), transport, deadline_seconds=0.5)
    return await channel.send(message)


async def test_each_recipient_is_told_apart(transport: LoopbackTransport, message: Message) -> None:
    to = (ANNA, BORIS, "clara@example.org")
    async with mail_server() as server:
        server.rcpt_replies = {ANNA: "550 5.1.1 no such user", BORIS: "450 4.2.1 mailbox busy"}
        outcome = await send(server, transport, message, to=to)
        assert isinstance(outcome, SendFailed)
        assert outcome.accepted == ("clara@example.org",)
        assert outcome.refused == (ANNA,)
        assert not outcome.permanent
        assert "no such user" in outcome.detail
        assert "mailbox busy" in outcome.detail
        # the ledger asks again only the one that is open
        server.rcpt_replies = {}
        channel = EmailChannel("mail", config(server, to=to), transport)
        assert await channel.send(message, recipients=[BORIS]) == Sent(
            receipt="2.0.0 queued as 4F2A", recipients=(BORIS,)
        )
    assert [envelope.rcpt_tos for envelope in server.taken] == [["clara@example.org"], [BORIS]]
    assert server.mails[0]["Message-ID"] == server.mails[1]["Message-ID"]


async def test_all_refused_is_final(transport: LoopbackTransport, message: Message) -> None:
    async with mail_server() as server:
        server.rcpt_replies = {ANNA: "550 no", BORIS: "553 no"}
        outcome = await send(server, transport, message)
    assert isinstance(outcome, SendFailed)
    assert outcome.permanent
    assert outcome.refused == (ANNA, BORIS)
    assert not server.taken


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [
        ("554 5.6.0 content refused", True),
        ("552 too large", True),
        ("451 later", False),
        ("421 closing", False),
        ("530 5.7.0 Authentication required", False),
    ],
)
@pytest.mark.parametrize("stage", ["mail_reply", "data_reply"])
async def test_replies_to_the_mail_itself(
    stage: str, reply: str, permanent: bool, transport: LoopbackTransport, message: Message
) -> None:
    async with mail_server() as server:
        setattr(server, stage, reply)
        outcome = await send(server, transport, message)
    assert isinstance(outcome, SendFailed)
    assert outcome.permanent is permanent
    assert not outcome.unknown
    assert outcome.accepted == ()
    assert outcome.refused == ((ANNA, BORIS) if permanent and stage == "data_reply" else ())


async def test_a_break_after_data_leaves_it_unknown(transport: LoopbackTransport, message: Message) -> None:
    async with mail_server() as server:
        server.drop_after_data = True
        outcome = await send(server, transport, message)
        assert isinstance(outcome, SendFailed)
        assert outcome.unknown
        server.drop_after_data, server.hang_after_data = False, True
        outcome = await send(server, transport, message)
        assert isinstance(outcome, SendFailed)
        assert outcome.unknown
    assert len(server.taken) == 2  # they did arrive


async def test_a_break_before_data_is_known(transport: LoopbackTransport, message: Message) -> None:
    async with mail_server() as server:
        outcome = await send(server, transport, message, port=1)
    assert isinstance(outcome, SendFailed)
    assert not outcome.unknown
    assert not outcome.permanent


async def test_a_server_that_only_listens_is_left_at_the_deadline(
    transport: LoopbackTransport, message: Message
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with listener:
        server = MailServer(port=listener.sockets[0].getsockname()[1])
        outcome = await send(server, transport, message)
    assert isinstance(outcome, SendFailed)
    assert "0.5 s" in outcome.detail
    assert not outcome.unknown


@pytest.mark.parametrize("greeting", [b"554 no service\r\n", b"\xff\xfe\x00\r\n", b"250-" + b"x" * 100_000])
async def test_a_server_that_talks_nonsense_is_a_failure(
    greeting: bytes, transport: LoopbackTransport, message: Message
) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with listener:
        server = MailServer(port=listener.sockets[0].getsockname()[1])
        outcome = await send(server, transport, message)
    assert isinstance(outcome, SendFailed)
    assert not outcome.permanent


async def test_trouble_after_acceptance_changes_nothing(
    transport: LoopbackTransport, message: Message
) -> None:
    async with mail_server() as server:
        server.hang_on_quit = True
        outcome = await send(server, transport, message)
    assert isinstance(outcome, Sent)
    assert len(server.taken) == 1


async def test_international_addresses(transport: LoopbackTransport, message: Message) -> None:
    to = ("редактор@пошта.example", "Жанна Д. <zhanna@қазақ.example>")
    async with mail_server() as server:
        outcome = await send(server, transport, message, to=to, sender="Монитор <monitor@приклад.example>")
        assert isinstance(outcome, Sent)
        assert outcome.recipients == to
    [envelope] = server.taken
    assert envelope.mail_from == "monitor@xn--80aikifvh.example"
    assert envelope.rcpt_tos == ["редактор@xn--80a1acn3a.example", "zhanna@xn--80aau21bd.example"]
    assert "SMTPUTF8" in [option.upper() for option in envelope.mail_options]
    mail = email.message_from_string(server.raw[0].decode(), policy=email.policy.default)
    assert mail["From"].addresses[0].display_name == "Монитор"
    assert [a.addr_spec for a in mail["To"].addresses] == envelope.rcpt_tos
    assert mail["To"].addresses[1].display_name == "Жанна Д."


async def test_a_server_without_smtputf8_refuses_only_whom_it_must(
    transport: LoopbackTransport, message: Message
) -> None:
    async with mail_server(smtputf8=False) as server:
        outcome = await send(server, transport, message, to=("редактор@example.org", ANNA))
    assert isinstance(outcome, SendFailed)
    assert outcome.refused == ("редактор@example.org",)
    assert outcome.accepted == (ANNA,)
    assert outcome.permanent
    assert server.taken[0].rcpt_tos == [ANNA]
    assert server.raw[0].isascii()


async def test_private_networks_are_asked_for_by_the_configuration(
    transport: LoopbackTransport, message: Message
) -> None:
    async with mail_server() as server:
        await send(server, transport, message, allow_private=("10.0.0.0/8",))
    [[network]] = transport.asked
    assert str(network) == "10.0.0.0/8"


async def test_an_old_server_without_ehlo(transport: LoopbackTransport, message: Message) -> None:
    said: list[bytes] = []

    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 old\r\n")
        replies = {b"EHLO": b"502 what?", b"DATA": b"354 go on", b"QUIT": b"221 bye"}
        while line := await reader.readline():
            said.append(line[:4])
            writer.write(replies.get(line[:4], b"250 OK") + b"\r\n")
            if line[:4] == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 taken\r\n")
            if line[:4] == b"QUIT":
                break
        writer.close()

    listener = await asyncio.start_server(old, "127.0.0.1", 0)
    async with listener:
        server = MailServer(port=listener.sockets[0].getsockname()[1])
        outcome = await send(server, transport, message)
    assert outcome == Sent(receipt="taken", recipients=(ANNA, BORIS))
    assert said == [b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RCPT", b"DATA", b"QUIT"]


async def test_a_ledger_that_names_no_address(transport: LoopbackTransport, message: Message) -> None:
    async with mail_server() as server:
        channel = EmailChannel("mail", config(server), transport)
        outcome = await channel.send(message, recipients=["nobody", "a@b\r\nDATA"])
        assert isinstance(outcome, SendFailed)
        assert outcome.permanent
        assert outcome.refused == ("nobody", "a@b\r\nDATA")
        assert "\r" not in outcome.detail
        assert await channel.send(message, recipients=[]) == Sent()
    assert not server.taken
