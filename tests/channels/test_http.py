"""The signed webhook, and how a POST fails."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from monitor.channels import build
from monitor.channels.http import Answer, post, retry_after_seconds
from monitor.channels.webhook import WebhookChannel
from monitor.clock import utc_now
from monitor.config import Channel, ConsoleChannel, EmailChannel
from monitor.config import WebhookChannel as WebhookConfig
from monitor.errors import ConfigError
from monitor.model import Message, SendFailed, Sent
from tests.channels.servers import LoopbackTransport, Reply, endpoint

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def channel(url: str, transport: LoopbackTransport) -> WebhookChannel:
    return WebhookChannel("hook", WebhookConfig(type="webhook", url=url, secret=SecretStr(SECRET)), transport)


async def test_the_receiver_can_prove_who_sent_it(transport: LoopbackTransport, message: Message) -> None:
    async with endpoint(Reply(202, "")) as far_end:
        outcome = await channel(far_end.url, transport).send(replace(message, text="ОДКБ"))
    assert outcome == Sent(receipt="202")
    [(headers, body)] = far_end.requests
    assert headers["webhook-id"] == message.identity
    data = Webhook(SECRET).verify(body, headers)
    assert data == {
        "type": "alert",
        "id": message.identity,
        "subject": message.subject,
        "text": "ОДКБ",
        "data": {"type": "alert", "countries": ["KZ"]},
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"KZ", b"KG"), headers)


@pytest.mark.parametrize(
    ("status", "permanent"), [(410, True), (400, False), (404, False), (500, False), (301, False)]
)
async def test_only_gone_is_final(
    status: int, permanent: bool, transport: LoopbackTransport, message: Message
) -> None:
    async with endpoint(Reply(status, "no", {"Location": "/elsewhere"})) as far_end:
        outcome = await channel(far_end.url, transport).send(message)
    assert isinstance(outcome, SendFailed)
    assert outcome.permanent is permanent
    assert len(far_end.requests) == 1


async def test_a_body_that_is_not_json_is_given_up(transport: LoopbackTransport, message: Message) -> None:
    for data in ({"x": float("inf")}, {"x": object()}):
        outcome = await channel("http://127.0.0.1:1/", transport).send(replace(message, data=data))
        assert isinstance(outcome, SendFailed)
        assert outcome.permanent


async def test_a_503_says_how_long(transport: LoopbackTransport, message: Message) -> None:
    async with endpoint(Reply(503, "", {"Retry-After": "Wed, 04 Mar 2026 05:07:07 GMT"})) as far_end:
        config = WebhookConfig(type="webhook", url=far_end.url, secret=SecretStr(SECRET))
        outcome = await WebhookChannel("hook", config, transport, clock=lambda: NOW).send(message)
    assert isinstance(outcome, SendFailed)
    assert outcome.retry_after_seconds == 60


async def test_whether_it_may_have_arrived(transport: LoopbackTransport, message: Message) -> None:
    refused = await channel("http://127.0.0.1:1/", transport).send(message)
    assert isinstance(refused, SendFailed)
    assert not refused.unknown
    assert not refused.permanent
    async with endpoint(Reply(drop=True)) as far_end:
        broken = await channel(far_end.url, transport).send(message)
    assert isinstance(broken, SendFailed)
    assert broken.unknown


async def test_a_closed_session_is_a_failure(transport: LoopbackTransport) -> None:
    session = transport.session()
    await session.close()
    outcome = await post(session, "http://127.0.0.1:1/", b"", {}, clock=utc_now, deadline_seconds=1)
    assert isinstance(outcome, SendFailed)


async def test_a_long_answer_is_cut(transport: LoopbackTransport) -> None:
    async with endpoint(Reply(200, "x" * 5_000_000)) as far_end:
        outcome = await post(transport.session(), far_end.url, b"", {}, clock=utc_now, deadline_seconds=5)
    assert isinstance(outcome, Answer)
    assert len(outcome.body) <= 64 * 1024


async def test_a_server_that_does_not_speak_http(transport: LoopbackTransport) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example.org ESMTP\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/secret-path"
        outcome = await post(
            transport.session(), url, b"", {}, clock=utc_now, deadline_seconds=5, secrets=(url,)
        )
    assert isinstance(outcome, SendFailed)
    assert "secret-path" not in outcome.detail


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("17", 17),
        ("999999999999999999999999", 86_400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Wed, 04 Mar 2026 05:06:37 GMT", 30),
        ("Wed, 04 Mar 2026 05:00:00 GMT", 0),
        ("Wed, 04 Mar 2026 05:06:37 -0000", 30),
        ("٣", 3),
    ],
)
def test_retry_after(value: str | None, expected: float | None) -> None:
    assert retry_after_seconds(value, NOW) == expected


@given(st.text(max_size=40))
def test_retry_after_survives_anything(value: str) -> None:
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or timedelta(0) <= timedelta(seconds=seconds) <= timedelta(days=1)


def test_build_tells_every_mistake_at_once(transport: LoopbackTransport) -> None:
    tables: dict[str, Channel] = {
        "ok": ConsoleChannel(type="console"),
        "hook": WebhookConfig(type="webhook", url="https://example.org/", secret=SecretStr("whsec_!")),
        "mail": EmailChannel(type="email", host="localhost", sender="nobody", to=("a@example.org",)),
    }
    with pytest.raises(ConfigError) as caught:
        build(tables, transport=transport)
    assert [problem.key for problem in caught.value.problems] == ["channels.hook", "channels.mail"]
    assert "whsec_!" not in str(caught.value)
    assert list(build({"ok": tables["ok"]}, transport=transport)) == ["ok"]
    assert json.dumps(list(build({}, transport=transport))) == "[]"
