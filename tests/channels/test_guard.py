"""Channels over the real guarded network: private addresses only where the channel's table opens them."""

import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import aiohttp
import pytest
from pydantic import SecretStr

from monitor import channels
from monitor.config import Channel, EmailChannel, Network, NetworkConfig, SlackChannel, WebhookChannel
from monitor.model import Message, SendFailed, Sent
from monitor.net import Web
from tests.channels.servers import Reply, endpoint, mail_server

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"),)


class Guarded:
    """The transport that the services hand in."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def session(self, allow_private: Sequence[Network] = ()) -> aiohttp.ClientSession:
        return self._web.channel_session(allow_private)

    async def open_connection(
        self, host: str, port: int, allow_private: Sequence[Network] = ()
    ) -> socket.socket:
        return await self._web.open_connection(host, port, allow_private=allow_private)


@pytest.fixture
async def guarded() -> AsyncIterator[Guarded]:
    async with Web(NetworkConfig()) as web:
        yield Guarded(web)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("kind", ["email", "slack", "webhook"])
async def test_loopback_is_closed_unless_opened(
    kind: str, opened: bool, guarded: Guarded, message: Message
) -> None:
    allow_private = LOOPBACK if opened else ()
    async with mail_server() as mail, endpoint(Reply()) as far_end:
        tables: dict[str, Channel] = {
            "email": EmailChannel(
                type="email",
                host="127.0.0.1",
                port=mail.port,
                security="none",
                sender="monitor@example.org",
                to=("desk@example.org",),
                allow_private=allow_private,
            ),
            "slack": SlackChannel(
                type="slack", webhook_url=SecretStr(far_end.url), allow_private=allow_private
            ),
            "webhook": WebhookChannel(
                type="webhook",
                url=far_end.url,
                secret=SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                allow_private=allow_private,
            ),
        }
        outcome = await channels.build(tables, transport=guarded)[kind].send(message)
        arrived = len(mail.taken) + len(far_end.requests)
    if opened:
        assert isinstance(outcome, Sent)
        assert arrived == 1
    else:
        assert isinstance(outcome, SendFailed)
        assert "not allowed" in outcome.detail
        assert "loopback" in outcome.detail
        assert "/hook" not in outcome.detail  # the path of a webhook is a secret
        assert not outcome.unknown
        assert arrived == 0


async def test_a_receiver_cannot_redirect_into_the_private_network(
    guarded: Guarded, message: Message
) -> None:
    async with endpoint(Reply()) as inside, endpoint(Reply(307, "", {"Location": inside.url})) as far_end:
        table = SlackChannel(type="slack", webhook_url=SecretStr(far_end.url), allow_private=LOOPBACK)
        outcome = await channels.build({"slack": table}, transport=guarded)["slack"].send(message)
        assert not inside.requests
    assert isinstance(outcome, SendFailed)


async def test_cloud_metadata_is_never_open(guarded: Guarded, message: Message) -> None:
    table = EmailChannel(
        type="email",
        host="169.254.169.254",
        sender="monitor@example.org",
        to=("desk@example.org",),
        allow_private=(ip_network("169.254.0.0/16"),),
    )
    outcome = await channels.build({"mail": table}, transport=guarded)["mail"].send(message)
    assert isinstance(outcome, SendFailed)
    assert "metadata" in outcome.detail
