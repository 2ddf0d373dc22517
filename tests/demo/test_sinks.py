"""The demo's mail catcher and Slack take what the real channels send."""

from collections.abc import Sequence
from ipaddress import ip_network

from pydantic import SecretStr

from monitor import channels, config
from monitor.demo.sinks import MailCatcher, SlackSink
from monitor.model import Message, Sent
from tests.channels.servers import LoopbackTransport

MESSAGE = Message("id-1", "Қазақстан: ОДКБ?", "текст", "<p>текст</p>")
LOOPBACK: Sequence[config.Network] = (ip_network("127.0.0.0/8"),)


async def test_both_take_a_message() -> None:
    transport = LoopbackTransport()
    async with MailCatcher() as catcher, SlackSink() as slack:
        built = channels.build(
            {
                "mail": config.EmailChannel(
                    type="email",
                    host="127.0.0.1",
                    port=catcher.port,
                    security="none",
                    sender="Monitor <monitor@example.org>",
                    to=("desk@example.org",),
                ),
                "slack": config.SlackChannel(type="slack", webhook_url=SecretStr(slack.url)),
            },
            transport=transport,
        )
        for channel in built.values():
            assert isinstance(await channel.send(MESSAGE), Sent)
        await transport.close()
    [mail] = catcher.mails
    assert mail["Subject"] == MESSAGE.subject
    assert catcher.recipients == [("desk@example.org",)]
    [posted] = slack.messages
    assert "id-1" in posted["text"]
