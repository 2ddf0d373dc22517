"""From an article's words to a mail and a Slack post: no stranger's word becomes a header or a call."""

import json
import re
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from monitor.channels.email import EmailChannel
from monitor.channels.slack import SlackChannel
from monitor.config import EmailChannel as EmailConfig
from monitor.config import SlackChannel as SlackConfig
from monitor.messages.render import render
from monitor.model import Alert, Evidence, Kind, Message, Quote, Sent, Tag
from tests.channels.servers import LoopbackTransport, Reply, endpoint, mail_server
from tests.channels.test_mime import INJECTIONS, NAMES


def told(hostile: str) -> Message:
    """The message of an alert in which every word of a stranger is hostile."""
    evidence = Evidence(0, 1, hostile, hostile, "name:KZ")
    return render(
        Alert(
            identity="a1b2",
            rule="drifting",
            severity="high",
            article_id=1,
            story_id=1,
            title=hostile,
            url="https://example.org/" + hostile,
            outlet=hostile,
            byline=(hostile, hostile),
            published=datetime(2026, 3, 4, tzinfo=UTC),
            language="en",
            kind=Kind("opinion", 0.9, (hostile,)),
            countries=(Tag("country", "KZ", "about", 0.9, 1, (evidence,)),),
            themes=(Tag("theme", "csto", "about", 0.9, 1, (evidence,)),),
            quotes=(Quote(hostile, ((0, 1),), ("country:KZ",)),),
            copies=(hostile,),
            origin=hostile,
            why=hostile,
            update_of="a1b1",
        )
    )


@pytest.mark.parametrize(
    "hostile", [*INJECTIONS, "</style><script>alert(1)</script>", "\r\n.\r\nMAIL FROM:<x@y>"]
)
async def test_a_mail_has_only_our_headers(hostile: str, transport: LoopbackTransport) -> None:
    async with mail_server() as server:
        config = EmailConfig(
            type="email",
            host="127.0.0.1",
            port=server.port,
            security="none",
            sender="Monitor <monitor@example.org>",
            to=("desk@example.org",),
        )
        assert isinstance(await EmailChannel("mail", config, transport).send(told(hostile)), Sent)
    [mail], [envelope] = server.mails, server.taken
    assert [name for name in mail if name not in {"In-Reply-To", "References"}] == NAMES
    assert envelope.rcpt_tos == ["desk@example.org"]
    assert not mail.defects
    assert mail["References"] == "<a1b1@example.org>"
    text, html = mail.iter_parts()
    assert text.keys() == html.keys() == ["Content-Type", "MIME-Version", "Content-Transfer-Encoding"]
    assert "<script" not in html.get_content()
    assert server.raw[0].isascii()


@pytest.mark.parametrize(
    "hostile", ["<!channel>", "<!here|x> & <@U1>", "<https://evil.example|click>", "&lt;!channel&gt;"]
)
async def test_a_slack_post_calls_nobody(hostile: str, transport: LoopbackTransport) -> None:
    async with endpoint(Reply()) as far_end:
        config = SlackConfig(type="slack", webhook_url=SecretStr(far_end.url))
        assert isinstance(await SlackChannel("slack", config, transport).send(told(hostile)), Sent)
    [(_, body)] = far_end.requests
    post = json.loads(body)
    marked = re.findall(r"<[^>]*>", json.dumps(post, ensure_ascii=False))
    assert all(mark.startswith("<https://example.org/") for mark in marked)
    assert "a1b2" in post["text"]
    assert "a1b2" in str(post["blocks"][-1])
