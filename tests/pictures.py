"""The pictures in docs/ anew: python -m tests.pictures [FOLDER].

An alert and a digest are sent through a real Postfix (TLS and login), read back from the mailbox, and their
HTML parts are shown in Chromium: light, dark, and as wide as a phone. Needs root, Postfix and Chromium.
"""

import asyncio
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from monitor.channels.email import EmailChannel
from monitor.config import EmailChannel as EmailConfig
from monitor.links import Signer
from monitor.messages.render import render
from monitor.model import Sent
from tests.browser import Tab, browser
from tests.channels.postfix import DOMAIN, postfix
from tests.channels.servers import PASSWORD, USER, Authority, LoopbackTransport
from tests.messages import sample

FOLDER = Path(__file__).parent.parent / "docs"
LINKS = Signer("https://monitor.example.org", "k" * 32, timedelta(days=90)).links(sample.NOW)
PHONE = 375
PICTURES = (
    ("alert-mail-light", "alert", {}),
    ("alert-mail-dark", "alert", {"dark": True}),
    ("alert-mail-phone", "alert", {"width": PHONE}),
    ("digest-mail-light", "digest", {}),
)


async def delivered() -> dict[str, EmailMessage]:
    """Send the sample alert and digest through Postfix and return the mails that arrived."""
    authority, transport = Authority(), LoopbackTransport()
    with postfix(authority, ("desk",)) as server:
        config = EmailConfig.model_validate(
            {
                "type": "email", "host": "localhost", "port": server.port, "security": "starttls",
                "username": USER, "password": PASSWORD, "sender": f"Monitor <monitor@{DOMAIN}>",
                "to": [f"desk@{DOMAIN}"],
            }
        )  # fmt: skip
        channel = EmailChannel("mail", config, transport, tls=authority.client())
        contents = {"alert": sample.alert(), "digest": _judged(sample.digest())}
        for content in contents.values():
            outcome = await channel.send(render(content, LINKS))
            assert isinstance(outcome, Sent), outcome
        mails = await asyncio.to_thread(server.mails, "desk", len(contents))
        await transport.close()
    by_id = {mail["Message-ID"].strip("<>").partition("@")[0]: mail for mail in mails}
    return {name: by_id[content.identity] for name, content in contents.items()}


def _judged(digest: Any) -> Any:
    """Return a digest whose first story was found by a rule."""
    group, *others = digest.groups
    first, *stories = group.stories
    return replace(
        digest, groups=(replace(group, stories=(replace(first, hit_rules=("Drift",)), *stories)), *others)
    )


def html_of(mail: EmailMessage) -> str:
    """Return the HTML part of a delivered mail."""
    part = mail.get_body(("html",))
    assert part is not None
    text: str = part.get_content()
    return text


async def take(tab: Tab, mails: dict[str, EmailMessage], folder: Path) -> None:
    """Show each mail in each form and write the picture."""
    with tempfile.TemporaryDirectory() as pages:
        for name, mail, options in PICTURES:
            page = Path(pages) / f"{mail}.html"
            page.write_text(html_of(mails[mail]), "utf-8")
            await tab.open(page.as_uri(), **options)
            path = folder / f"{name}.png"
            path.write_bytes(await tab.picture())
            print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


async def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    mails = await delivered()
    async with browser() as tab:
        await take(tab, mails, folder)


if __name__ == "__main__":
    asyncio.run(main())
