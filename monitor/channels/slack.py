"""Message -> SendOutcome by Slack: an incoming webhook, or chat.postMessage with a bot token.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
https://docs.slack.dev/reference/methods/chat.postMessage. Success is exactly `ok`, or `"ok": true`; a 200
that says anything else is a failure.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.channels.contract import DEADLINE_SECONDS, Transport, detail, one_line
from monitor.channels.http import Answer, post
from monitor.clock import Clock, utc_now
from monitor.config import SlackChannel as SlackConfig
from monitor.model import Message, SendFailed, SendOutcome, Sent
from monitor.text import storable

API_URL = "https://slack.com/api/"
_MAX_TEXT = 3500  # Slack advises 4,000 characters and cuts at 40,000; the rest is for the id
_MAX_BLOCKS = 50

# Slack's word about the message itself: a repeat cannot help. All other errors (revoked token, archived
# channel, ...) are the owner's to repair, and the message waits for it.
_BAD_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
_BAD_MESSAGE = _BAD_BLOCKS | {"invalid_payload", "no_text", "msg_too_long", "metadata_too_large"}
_BAD_THREAD = {"thread_not_found", "cannot_reply_to_message", "invalid_thread_ts"}


def escape(text: str) -> str:
    """Escape the three characters with a meaning in Slack's text, so that `<!channel>` calls nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def payload(message: Message) -> dict[str, Any]:
    """Return the Slack message: its blocks, or its text; the alert's id is in both the text and a block."""
    told = f"alert {one_line(message.identity)}"
    if message.references:
        told += f", continues {one_line(message.references[0])}"
    subject = escape(one_line(message.subject))
    result: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
    if message.blocks:
        context = {"type": "context", "elements": [{"type": "mrkdwn", "text": escape(told)}]}
        result["blocks"] = [*message.blocks[: _MAX_BLOCKS - 1], context]
        result["text"] = f"{subject}\n{escape(told)}"
    else:
        result["text"] = _plain(message, subject, told)
    return result


def _plain(message: Message, subject: str, told: str) -> str:
    text = storable(message.text).strip()
    if len(text) > _MAX_TEXT:
        text = text[: _MAX_TEXT - 1] + "…"
    return f"*{subject}*\n{escape(text)}\n{escape(told)}"


class SlackChannel:
    """One Slack channel. `thread` is honoured with a bot token; a webhook names the first alert instead."""

    def __init__(
        self,
        name: str,
        config: SlackConfig,
        transport: Transport,
        *,
        api_url: str = API_URL,
        clock: Clock = utc_now,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.name = name
        self._transport = transport
        self._allow_private = config.allow_private
        self._token = config.bot_token.get_secret_value() if config.bot_token else ""
        self._webhook_url = config.webhook_url.get_secret_value() if config.webhook_url else ""
        self._channel = config.channel
        self._api_url = api_url
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    async def send(
        self, message: Message, *, recipients: Sequence[str] | None = None, thread: str | None = None
    ) -> SendOutcome:
        """Post one message. The receipt is its `ts` where Slack tells it (bot token)."""
        body = payload(message)
        if self._token:
            body["channel"] = self._channel
            if thread:
                body["thread_ts"] = thread
        outcome, word = await self._try(body)
        # A block that Slack does not like, or a first message that was deleted, must not keep the alert back.
        if word in _BAD_BLOCKS and body.pop("blocks", None):
            body["text"] = _plain(message, escape(one_line(message.subject)), f"alert {message.identity}")
            outcome, word = await self._try(body)
        if word in _BAD_THREAD and body.pop("thread_ts", None):
            outcome, word = await self._try(body)
        return outcome

    async def _try(self, body: Mapping[str, Any]) -> tuple[SendOutcome, str]:
        """Post once; returns the outcome and Slack's own word for an error."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            raw = json.dumps(body, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            return SendFailed(detail(f"the message is not JSON: {error}"), permanent=True), ""
        answer = await post(
            self._transport.session(self._allow_private),
            self._api_url + "chat.postMessage" if self._token else self._webhook_url,
            raw,
            headers,
            clock=self._clock,
            deadline_seconds=self._deadline_seconds,
            secrets=(self._token, self._webhook_url),
        )
        if isinstance(answer, SendFailed):
            return answer, ""
        return self._api_outcome(answer) if self._token else self._webhook_outcome(answer)

    def _webhook_outcome(self, answer: Answer) -> tuple[SendOutcome, str]:
        word = answer.body.strip()
        if answer.status == 200 and word == "ok":
            return Sent(receipt="ok"), ""
        return self._failed(answer, word), word

    def _api_outcome(self, answer: Answer) -> tuple[SendOutcome, str]:
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            return self._failed(answer, answer.body), ""
        if answer.status == 200 and said.get("ok") is True:
            return Sent(receipt=detail(str(said.get("ts", "")))), ""
        word = str(said.get("error", ""))
        return self._failed(answer, word), word

    def _failed(self, answer: Answer, word: str) -> SendFailed:
        return SendFailed(
            detail(f"Slack answered {answer.status}: {word}", self._token, self._webhook_url),
            permanent=word in _BAD_MESSAGE,
            retry_after_seconds=answer.retry_after_seconds,
        )
