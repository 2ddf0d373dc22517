"""One contract for all channels: success, refusal, wait, time-out, Unicode, long text, a repeat."""

import asyncio
import io
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Protocol

import pytest
from pydantic import SecretStr

from monitor.channels.apprise import AppriseChannel
from monitor.channels.console import ConsoleChannel
from monitor.channels.contract import Channel
from monitor.channels.email import EmailChannel
from monitor.channels.slack import SlackChannel
from monitor.channels.webhook import WebhookChannel
from monitor.config import AppriseChannel as AppriseConfig
from monitor.config import EmailChannel as EmailConfig
from monitor.config import SlackChannel as SlackConfig
from monitor.config import WebhookChannel as WebhookConfig
from monitor.model import Message, SendFailed, Sent
from tests.channels.servers import (
    Endpoint,
    LoopbackTransport,
    MailServer,
    Reply,
    endpoint,
    mail_server,
)

# A plugin of Apprise imports a module that Python 3.13 drops, and copes without it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

DEADLINE_SECONDS = 0.5
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "xoxb-1-secret"


class Bench(Protocol):
    """A channel with the far end in hand."""

    @property
    def channel(self) -> Channel: ...
    @property
    def secrets(self) -> tuple[str, ...]: ...
    def refuse(self) -> None: ...
    def ask_to_wait(self) -> float | None: ...
    def hang(self) -> None: ...
    def received(self) -> list[tuple[str, str]]: ...  # identity, everything readable


class EmailBench:
    secrets: tuple[str, ...] = ()

    def __init__(self, server: MailServer, transport: LoopbackTransport) -> None:
        self.server = server
        config = EmailConfig(
            type="email",
            host="localhost",
            port=server.port,
            security="none",
            sender="Monitor <monitor@example.org>",
            to=("desk@example.org",),
        )
        self.channel = EmailChannel("mail", config, transport, deadline_seconds=DEADLINE_SECONDS)

    def refuse(self) -> None:
        self.server.data_reply = "554 no"

    def ask_to_wait(self) -> float | None:
        self.server.data_reply = "451 try later"
        return None  # SMTP has no word for how long

    def hang(self) -> None:
        self.server.hang_after_data = True

    def received(self) -> list[tuple[str, str]]:
        result = []
        for mail in self.server.mails:
            body = mail.get_body(("plain",))
            assert body is not None
            identity = mail["Message-ID"].removeprefix("<").removesuffix("@example.org>")
            result.append((identity, f"{mail['Subject']}\n{body.get_content()}"))
        return result


class HttpBench:
    """What the channels over HTTP have in common."""

    secrets: tuple[str, ...] = ()

    def __init__(self, far_end: Endpoint) -> None:
        self.far_end = far_end

    def refuse(self) -> None:
        self.far_end.usual = Reply(403, f"no: {self.far_end.url} {TOKEN} {SECRET}")

    def ask_to_wait(self) -> float | None:
        self.far_end.usual = Reply(429, "slow down", {"Retry-After": "17"})
        return 17

    def hang(self) -> None:
        self.far_end.usual = Reply(wait_seconds=3)

    def bodies(self) -> list[dict[str, object]]:
        return [json.loads(body) for _, body in self.far_end.requests]


class SlackHookBench(HttpBench):
    def __init__(self, far_end: Endpoint, transport: LoopbackTransport) -> None:
        super().__init__(far_end)
        self.secrets = (far_end.url,)
        config = SlackConfig(type="slack", webhook_url=SecretStr(far_end.url))
        self.channel = SlackChannel("slack", config, transport, deadline_seconds=DEADLINE_SECONDS)

    def received(self) -> list[tuple[str, str]]:
        texts = [unescape(str(body["text"])) for body in self.bodies()]
        return [(text.rpartition("alert ")[2], text) for text in texts]


class SlackBotBench(SlackHookBench):
    def __init__(self, far_end: Endpoint, transport: LoopbackTransport) -> None:
        HttpBench.__init__(self, far_end)
        self.secrets = (TOKEN,)
        config = SlackConfig(type="slack", bot_token=SecretStr(TOKEN), channel="C1")
        self.channel = SlackChannel(
            "slack",
            config,
            transport,
            api_url=far_end.url.removesuffix("hook"),
            deadline_seconds=DEADLINE_SECONDS,
        )

    def refuse(self) -> None:
        self.far_end.usual = Reply(200, json.dumps({"ok": False, "error": f"token_revoked {TOKEN}"}))


class WebhookBench(HttpBench):
    def __init__(self, far_end: Endpoint, transport: LoopbackTransport) -> None:
        super().__init__(far_end)
        self.secrets = (SECRET, far_end.url)
        config = WebhookConfig(type="webhook", url=far_end.url, secret=SecretStr(SECRET))
        self.channel = WebhookChannel("hook", config, transport, deadline_seconds=DEADLINE_SECONDS)

    def received(self) -> list[tuple[str, str]]:
        return [
            (headers["webhook-id"], f"{json.loads(body)['subject']}\n{json.loads(body)['text']}")
            for headers, body in self.far_end.requests
        ]


class ConsoleBench:
    """The far end is a pipe."""

    secrets: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.channel = ConsoleChannel("console", self.stream, deadline_seconds=DEADLINE_SECONDS)
        self.pipe: tuple[int, int] | None = None

    def refuse(self) -> None:
        self.stream.close()

    def ask_to_wait(self) -> float | None:
        self.stream.close()
        return None

    def hang(self) -> None:
        self.pipe = os.pipe()  # nobody reads it, and it holds 64 KiB
        os.set_blocking(self.pipe[1], False)
        while self._fill():
            pass
        os.set_blocking(self.pipe[1], True)
        self.channel = ConsoleChannel(
            "console", os.fdopen(self.pipe[1], "w", encoding="utf-8"), deadline_seconds=DEADLINE_SECONDS
        )

    def _fill(self) -> bool:
        assert self.pipe is not None
        try:
            return os.write(self.pipe[1], b"x" * 4096) > 0
        except BlockingIOError:
            return False

    async def close(self) -> None:
        if self.pipe:
            while (
                await asyncio.to_thread(os.read, self.pipe[0], 1 << 20)
                and self.channel._thread._work_queue.qsize()
            ):
                pass
            self.channel._thread.shutdown()
            self.channel._stream.close()
            os.close(self.pipe[0])

    def received(self) -> list[tuple[str, str]]:
        result = []
        for part in self.stream.getvalue().split("== ")[1:]:
            result.append((part.partition("\n")[0].rpartition("[")[2].rstrip("]"), part))
        return result


class AppriseBench(HttpBench):
    def __init__(self, far_end: Endpoint) -> None:
        super().__init__(far_end)
        url = far_end.url.replace("http://", "json://user:hunter2@")
        self.secrets = ("hunter2",)
        config = AppriseConfig(type="apprise", url=SecretStr(url))
        self.channel = AppriseChannel("apprise", config, deadline_seconds=DEADLINE_SECONDS)

    def ask_to_wait(self) -> float | None:
        super().ask_to_wait()
        return None  # Apprise answers yes or no

    def received(self) -> list[tuple[str, str]]:
        texts = [f"{body['title']}\n{body['message']}" for body in self.bodies()]
        return [(text.rpartition("alert ")[2], text) for text in texts]


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.fixture(params=["email", "slack-hook", "slack-bot", "webhook", "console", "apprise"])
async def bench(request: pytest.FixtureRequest, transport: LoopbackTransport) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        match request.param:
            case "email":
                yield EmailBench(await stack.enter_async_context(mail_server()), transport)
            case "slack-hook":
                far_end = await stack.enter_async_context(endpoint(Reply()))
                yield SlackHookBench(far_end, transport)
            case "slack-bot":
                usual = Reply(200, '{"ok": true, "ts": "1.5"}', {"Content-Type": "application/json"})
                yield SlackBotBench(await stack.enter_async_context(endpoint(usual)), transport)
            case "webhook":
                far_end = await stack.enter_async_context(endpoint(Reply(204, "")))
                yield WebhookBench(far_end, transport)
            case "console":
                console = ConsoleBench()
                yield console
                await console.close()
            case "apprise":
                pytest.importorskip("apprise")
                yield AppriseBench(await stack.enter_async_context(endpoint(Reply())))


async def test_success(bench: Bench, message: Message) -> None:
    outcome = await bench.channel.send(message)
    assert isinstance(outcome, Sent)
    assert outcome.receipt
    [(identity, text)] = bench.received()
    assert identity == message.identity
    assert message.subject in text
    assert "Astana steps back." in text


async def test_refusal_is_a_value_and_shows_no_secret(
    bench: Bench, message: Message, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench.refuse()
    outcome = await bench.channel.send(message)
    assert isinstance(outcome, SendFailed)
    assert outcome.detail
    assert not outcome.unknown
    shown = outcome.detail + repr(outcome) + repr(bench.channel) + caplog.text
    assert not [secret for secret in bench.secrets if secret in shown]


async def test_asked_to_wait(bench: Bench, message: Message) -> None:
    seconds = bench.ask_to_wait()
    outcome = await bench.channel.send(message)
    assert isinstance(outcome, SendFailed)
    assert outcome.retry_after_seconds == seconds
    assert not outcome.permanent


async def test_no_answer_in_time_may_have_arrived(bench: Bench, message: Message) -> None:
    bench.hang()
    loop = asyncio.get_running_loop()
    started = loop.time()
    outcome = await bench.channel.send(message)
    assert loop.time() - started < DEADLINE_SECONDS * 4
    assert isinstance(outcome, SendFailed)
    assert outcome.unknown
    assert not outcome.permanent


async def test_unicode(bench: Bench, message: Message) -> None:
    text = "ОДКБ & ҰҚШҰ <!channel> «Їжак» ქართული 🛰 end"
    outcome = await bench.channel.send(replace(message, subject="Қазақстан — ОДКБ?", text=text))
    assert isinstance(outcome, Sent)
    [(_, received)] = bench.received()
    assert "Қазақстан — ОДКБ?" in received
    assert text in received


async def test_nothing_in_the_text_breaks_it(bench: Bench, message: Message) -> None:
    hostile = replace(
        message, subject="a\r\nBcc: x@example.org\x00\x1b[2J\u2028b \ud800", text="one\x00\x1b[2J \udfff two"
    )
    assert isinstance(await bench.channel.send(hostile), Sent)
    [(identity, received)] = bench.received()
    assert identity == message.identity
    assert "one" in received
    assert "two" in received
    assert not received.startswith("a\n")


async def test_long_text(bench: Bench, message: Message) -> None:
    long = replace(message, subject="word " * 500 + "x" * 3000, text="Мобилизация. " * 10_000)
    assert isinstance(await bench.channel.send(long), Sent)
    [(identity, received), *_] = bench.received()
    assert identity == message.identity
    assert "Мобилизация. Мобилизация." in received


async def test_a_repeat_carries_the_same_identity(bench: Bench, message: Message) -> None:
    for _ in range(2):
        assert isinstance(await bench.channel.send(message), Sent)
    first, second = bench.received()
    assert first == second


async def test_a_stop_in_the_middle_is_clean(bench: Bench, message: Message) -> None:
    bench.hang()
    sending = asyncio.create_task(bench.channel.send(message))
    await asyncio.sleep(DEADLINE_SECONDS / 3)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):  # the caller must learn that it has no outcome
        await sending


async def test_sends_side_by_side_do_not_mix(bench: Bench, message: Message) -> None:
    messages = [replace(message, identity=f"side-{n}", text=f"text {n} of side by side") for n in range(5)]
    outcomes = await asyncio.gather(*(bench.channel.send(each) for each in messages))
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    received = dict(bench.received())
    assert received.keys() == {each.identity for each in messages}
    for each in messages:
        assert each.text in received[each.identity]
