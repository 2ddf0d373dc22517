"""What Slack is sent and what its words mean, against a loopback endpoint."""

import json
from dataclasses import replace

import pytest
from pydantic import SecretStr

from monitor.channels.slack import SlackChannel, payload
from monitor.config import SlackChannel as SlackConfig
from monitor.model import Message, SendFailed, Sent
from tests.channels.servers import Endpoint, LoopbackTransport, Reply, endpoint

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Astana* steps back"}}


def hook(far_end: Endpoint, transport: LoopbackTransport) -> SlackChannel:
    return SlackChannel("slack", SlackConfig(type="slack", webhook_url=SecretStr(far_end.url)), transport)


def bot(far_end: Endpoint, transport: LoopbackTransport) -> SlackChannel:
    config = SlackConfig(type="slack", bot_token=SecretStr("xoxb-1"), channel="C1")
    return SlackChannel("slack", config, transport, api_url=far_end.url)


def said(**fields: object) -> Reply:
    return Reply(200, json.dumps(fields), {"Content-Type": "application/json"})


@pytest.mark.parametrize("body", ["no_service", "", "<html>ok</html>", "OK", '{"ok": true}'])
async def test_a_200_that_is_not_ok_is_a_failure(
    body: str, transport: LoopbackTransport, message: Message
) -> None:
    async with endpoint(Reply(200, body)) as far_end:
        outcome = await hook(far_end, transport).send(message)
    assert isinstance(outcome, SendFailed)
    assert not outcome.permanent


@pytest.mark.parametrize("body", ["", "[]", '"ok"', "[" * 50_000, '{"ok": "true"}', '{"ok": false}', "ok"])
async def test_an_answer_that_is_not_slacks_is_a_failure(
    body: str, transport: LoopbackTransport, message: Message
) -> None:
    async with endpoint(Reply(200, body)) as far_end:
        outcome = await bot(far_end, transport).send(message)
    assert isinstance(outcome, SendFailed)
    assert not outcome.permanent


async def test_a_bot_threads_under_the_first_message(transport: LoopbackTransport, message: Message) -> None:
    async with endpoint(said(ok=True, ts="1700000000.000100")) as far_end:
        channel = bot(far_end, transport)
        first = await channel.send(message)
        assert first == Sent(receipt="1700000000.000100")
        await channel.send(replace(message, references=("a1",)), thread="1700000000.000100")
    (headers, one), (_, two) = far_end.requests
    assert headers["authorization"] == "Bearer xoxb-1"
    assert json.loads(one)["channel"] == "C1"
    assert "thread_ts" not in json.loads(one)
    assert json.loads(two)["thread_ts"] == "1700000000.000100"


async def test_a_webhook_names_the_alert_that_it_continues(
    transport: LoopbackTransport, message: Message
) -> None:
    async with endpoint(Reply()) as far_end:
        await hook(far_end, transport).send(replace(message, references=("first-1",)), thread="ok")
    body = json.loads(far_end.requests[0][1])
    assert "thread_ts" not in body
    assert body["text"].endswith("alert a1b2c3d4, continues first-1")


async def test_a_deleted_first_message_does_not_keep_the_update_back(
    transport: LoopbackTransport, message: Message
) -> None:
    async with endpoint(said(ok=True, ts="2.0")) as far_end:
        far_end.script.append(said(ok=False, error="thread_not_found"))
        assert await bot(far_end, transport).send(message, thread="1.0") == Sent(receipt="2.0")
    assert ["thread_ts" in json.loads(body) for _, body in far_end.requests] == [True, False]


async def test_blocks_that_slack_does_not_take_fall_back_to_text(
    transport: LoopbackTransport, message: Message
) -> None:
    async with endpoint(Reply()) as far_end:
        far_end.script.append(Reply(400, "invalid_blocks"))
        outcome = await hook(far_end, transport).send(replace(message, blocks=(SECTION,)))
    assert isinstance(outcome, Sent)
    first, second = (json.loads(body) for _, body in far_end.requests)
    assert "blocks" in first
    assert "blocks" not in second
    assert "Astana steps back." in second["text"]


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [
        (Reply(400, "invalid_payload"), True),
        (Reply(400, "no_text"), True),
        (Reply(404, "channel_not_found"), False),
        (Reply(410, "channel_is_archived"), False),
        (Reply(403, "invalid_token"), False),
        (Reply(500, "internal_error"), False),
        (Reply(503, ""), False),
        (Reply(302, "", {"Location": "/elsewhere"}), False),
    ],
)
async def test_only_the_message_itself_is_given_up(
    reply: Reply, permanent: bool, transport: LoopbackTransport, message: Message
) -> None:
    async with endpoint(reply) as far_end:
        outcome = await hook(far_end, transport).send(message)
    assert isinstance(outcome, SendFailed)
    assert outcome.permanent is permanent
    assert len(far_end.requests) == 1


def test_text_calls_nobody(message: Message) -> None:
    text = str(payload(replace(message, subject="<!channel> & <@U1>", text="<!here> <http://x|y>"))["text"])
    assert "<" not in text
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in text
    assert "&lt;!here&gt;" in text


def test_limits_of_slack(message: Message) -> None:
    many = payload(replace(message, blocks=(SECTION,) * 80))
    assert len(many["blocks"]) == 50
    assert "a1b2c3d4" in str(many["blocks"][-1])
    assert len(str(payload(replace(message, text="&" * 100_000))["text"])) < 40_000


async def test_blocks_that_are_not_json_are_given_up(transport: LoopbackTransport, message: Message) -> None:
    async with endpoint(Reply()) as far_end:
        outcome = await hook(far_end, transport).send(replace(message, blocks=({"x": float("nan")},)))
    assert isinstance(outcome, SendFailed)
    assert outcome.permanent
    assert not far_end.requests


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://example.org/secret", "http://[secret", "http://a b/"])
async def test_an_address_that_is_none(url: str, transport: LoopbackTransport, message: Message) -> None:
    channel = SlackChannel("slack", SlackConfig(type="slack", webhook_url=SecretStr(url)), transport)
    outcome = await channel.send(message)
    assert isinstance(outcome, SendFailed)
    assert "secret" not in outcome.detail
