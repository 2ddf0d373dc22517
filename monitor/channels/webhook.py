"""Message -> SendOutcome by a signed POST (Standard Webhooks, https://www.standardwebhooks.com).

The body is `{"type", "id", "subject", "text", "data"}`; `webhook-id` is the message's identity, the same at
every repeat, by which the receiver drops doubles.
"""

import binascii
import json
from collections.abc import Sequence

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from monitor.channels.contract import DEADLINE_SECONDS, Transport, detail, one_line
from monitor.channels.http import post
from monitor.clock import Clock, utc_now
from monitor.config import WebhookChannel as WebhookConfig
from monitor.model import Message, SendFailed, SendOutcome, Sent
from monitor.text import storable


class WebhookChannel:
    """One receiver. Raises ValueError where the secret is not a Standard Webhooks secret."""

    def __init__(
        self,
        name: str,
        config: WebhookConfig,
        transport: Transport,
        *,
        clock: Clock = utc_now,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.name = name
        self._transport = transport
        self._url = config.url
        self._allow_private = config.allow_private
        self._secret = config.secret.get_secret_value()
        try:
            self._signer = Webhook(self._secret)
        except (binascii.Error, EmptyWebhookSecretError) as error:
            raise ValueError("not a Standard Webhooks secret (whsec_ and base64)") from error
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    async def send(
        self, message: Message, *, recipients: Sequence[str] | None = None, thread: str | None = None
    ) -> SendOutcome:
        """Post one message. 2xx is success; 410 (the receiver is gone) is final; the rest is tried again."""
        identity = one_line(message.identity)
        try:
            body = json.dumps(
                {
                    "type": message.data.get("type", "message"),
                    "id": identity,
                    "subject": storable(message.subject),
                    "text": storable(message.text),
                    "data": dict(message.data),
                },
                allow_nan=False,
            )
        except (TypeError, ValueError) as error:
            return SendFailed(detail(f"the message is not JSON: {error}"), permanent=True)
        now = self._clock()
        answer = await post(
            self._transport.session(self._allow_private),
            self._url,
            body.encode(),
            {
                "Content-Type": "application/json",
                "webhook-id": identity,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": self._signer.sign(identity, now, body),
            },
            clock=self._clock,
            deadline_seconds=self._deadline_seconds,
            secrets=(self._url, self._secret),
        )
        if isinstance(answer, SendFailed):
            return answer
        if 200 <= answer.status < 300:
            return Sent(receipt=str(answer.status))
        return SendFailed(
            detail(f"the receiver answered {answer.status}: {answer.body}", self._url, self._secret),
            permanent=answer.status == 410,
            retry_after_seconds=answer.retry_after_seconds,
        )
