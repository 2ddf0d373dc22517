"""The whole job, offline: the newsroom is polled, read, alerted on and digested by the real services."""

import re
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage
from html import unescape
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from monitor import logs
from monitor.clock import utc_now
from monitor.config.load import load
from monitor.demo.articles import articles
from monitor.demo.newsroom import LoopbackResolver, Newsroom
from monitor.demo.sinks import MailCatcher, SlackSink
from monitor.services import Services, open_services
from monitor.store import digests, feeds, outbox
from monitor.store.database import Database
from monitor.store.migrate import upgrade
from monitor.store.reading import ids_between, stored_articles

DOMAIN = "example"  # RFC 2606: nobody's
LATE = ("quiet-drift-again", "kto-sleduyushchiy-perepechatka")
"""What comes out only before the second poll: reprints of columns that were alerted on by then."""

_CONFIG = """\
# Written by `monitor demo`. The newsroom that these feeds name is gone when the demo ends.

[database]
url = "sqlite:///{database}"

[polling]
min_interval = "1m"

[network]
ports = [{ports}]
allow_private = ["127.0.0.0/8"]

[network.default_host]
delay = "0s"
concurrency = 8

[logging]
level = "error"

[[rules]]
name = "drifting away"
countries = ["AM", "BY", "KG", "KZ", "MD", "TJ", "UZ"]
themes = ["csto", "eurasian-integration"]
kinds = ["opinion", "analysis"]
severity = "high"
channels = ["desk", "slack"]

[[rules]]
name = "sanctions in Central Asia"
query = "(country:KZ OR country:KG) SAME theme:sanctions NOT kind:opinion"
channels = ["desk"]

[[rules]]
name = "mobilization"
query = "theme:mobilization@about"
channels = ["slack"]

[channels.desk]
type = "email"
host = "127.0.0.1"
port = {smtp_port}
security = "none"
sender = "Monitor <monitor@newsroom.example>"
to = ["desk@newsroom.example"]
allow_private = ["127.0.0.0/8"]
per_minute = 6000

[channels.slack]
type = "slack"
webhook_url = {{ file = "slack-webhook-url" }}
allow_private = ["127.0.0.0/8"]
per_minute = 6000

[[digests]]
name = "neighbours"
query = "(country:AM OR country:BY OR country:KG OR country:KZ OR country:MD OR country:TJ) AND kind:opinion"
cron = "* * * * *"
channels = ["desk"]
"""

_NEXT = """\
The database and the configuration stay in FOLDER

  monitor hits --config FOLDER/config.toml
  monitor search 'country:KZ SAME theme:sanctions' --config FOLDER/config.toml
  monitor explain 1 --config FOLDER/config.toml
  monitor alerts list --config FOLDER/config.toml
  sqlite3 FOLDER/monitor.db 'SELECT * FROM v_daily'

Then make your own: `monitor init` writes config.toml, and `make run` starts the service."""


class DemoClock:
    """The time of day, and as much later as the demo has skipped."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self._ahead

    def skip(self, ahead: timedelta) -> None:
        """Let that much time have passed."""
        self._ahead += ahead


def write_config(folder: Path, newsroom: Newsroom, catcher: MailCatcher, slack: SlackSink) -> Path:
    """Write the demo's configuration into `folder`; returns the file."""
    text = _CONFIG.format(
        database=folder / "monitor.db",
        ports=", ".join(map(str, newsroom.ports)),
        smtp_port=catcher.port,
    )
    for feed in newsroom.feeds:
        text += f'\n[[feeds]]\nurl = "{feed.url}"\ntitle = "{feed.title}"\nfolder = "{feed.folder}"\n'
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    (folder / "slack-webhook-url").write_text(slack.url + "\n", "utf-8")
    (folder / "slack-webhook-url").chmod(0o600)
    return path


async def run_demo(out: Console) -> int:
    """Do the whole job once and tell it on `out`; returns the exit code, 0 where all of it worked.

    Leaves a folder with the database and a configuration, to look around in.
    """
    folder = Path(tempfile.mkdtemp(prefix="monitor-demo-"))
    clock = DemoClock()
    async with (
        Newsroom(clock(), withhold=LATE, domain=DOMAIN) as newsroom,
        MailCatcher() as catcher,
        SlackSink() as slack,
    ):
        config = load(write_config(folder, newsroom, catcher, slack), environ={})
        logs.configure(config.logging)
        out.print(
            f"A newsroom opens on this machine: {len(newsroom.feeds)} outlets,"
            f" {len(articles())} articles in English, Russian, Ukrainian and Kazakh.\n"
        )
        with Database(config.database.url) as database:
            upgrade(database)
        async with open_services(config, clock=clock, resolver=LoopbackResolver()) as services:
            return await _tell(out, services, newsroom, catcher, slack, clock, folder)


async def _tell(
    out: Console,
    services: Services,
    newsroom: Newsroom,
    catcher: MailCatcher,
    slack: SlackSink,
    clock: DemoClock,
    folder: Path,
) -> int:
    started = clock()
    out.print(Rule("1. Poll", align="left"))
    with out.status("Polling the feeds"):
        await services.poller.crew.drain()
    out.print(await _feeds_table(services))

    out.print(Rule("2. Read", align="left"))
    with out.status("Fetching and reading the articles"):
        await services.ingester.crew.drain()
    await _tell_articles(out, services, started)

    out.print(Rule("3. Alert", align="left"))
    await services.deliverer.drain()
    mails, posts = len(catcher.mails), len(slack.messages)
    if not mails or not posts:
        out.print("Nothing was delivered: something is broken.")
        return 1
    out.print(f"{mails} mails and {posts} Slack messages were delivered. One of the mails, as it arrived:\n")
    first, *others = sorted(catcher.mails, key=lambda mail: "drifting away" not in mail["Subject"])
    out.print(_mail_panel(first))
    for mail in others:
        out.print(f"  also: {mail['Subject']}", markup=False, highlight=False)
    out.print("\nOne of the Slack messages:\n")
    out.print(_slack_panel(max(slack.messages, key=lambda post: "ОДКБ" in str(post))))

    out.print(Rule("4. Later: two outlets reprint columns", align="left"))
    for slug in LATE:
        newsroom.publish(slug, clock())
    clock.skip(timedelta(minutes=10))
    await services.database.awrite(lambda session: feeds.make_due(session, clock()))
    await services.poller.crew.drain()
    await services.ingester.crew.drain()
    await services.deliverer.drain()
    out.print(
        f"{newsroom.count(status=304)} feeds answered that nothing had changed. The reprints were read, and"
        f" folded into the stories that were told already: {len(catcher.mails) - mails} new mails,"
        f" {len(slack.messages) - posts} new Slack messages.\n"
    )

    out.print(Rule("5. Digest", align="left"))
    clock.skip(timedelta(minutes=1))
    before = len(catcher.mails)
    made = await services.digester.tick()
    await services.deliverer.drain()
    for mail in catcher.mails[before:]:
        out.print(_mail_panel(mail))

    out.print(Rule("Where to look next", align="left"))
    out.print(_NEXT.replace("FOLDER", str(folder)), soft_wrap=True, highlight=False, markup=False)
    waiting = await services.database.aread(outbox.counts)
    return 0 if made and waiting.keys() == {"sent"} else 1


async def _feeds_table(services: Services) -> Table:
    health = await services.database.aread(
        lambda session: {
            item.name: item
            for item in digests.health(session, services.clock() - timedelta(hours=1), services.clock())
        }
    )
    table = Table("outlet", "state", "remark", box=None, pad_edge=False)
    for name, item in health.items():
        table.add_row(name, item.state, item.detail)
    return table


async def _tell_articles(out: Console, services: Services, since: datetime) -> None:
    stored = await services.database.aread(
        lambda session: list(
            stored_articles(session, ids_between(session, since, services.clock() + timedelta(seconds=1)))
        )
    )
    languages = Counter(item.analysis.article.language or "?" for item in stored)
    kinds: Counter[str] = Counter(item.analysis.article.kind.label for item in stored)
    out.print(f"{len(stored)} articles are stored: {_counted(languages)}; {_counted(kinds)}.")
    decoys = {article.title for article in articles().values() if article.expected.never}
    ids = [item.id for item in stored if item.analysis.article.title in decoys]
    fooled = await services.database.aread(lambda session: digests.rules_matched(session, ids))
    out.print(
        f"{len(ids)} only sound like it: a team that mobilizes its bench, a council that sanctions a"
        f" bridge, an energy drink, peaches in Georgia. {len(fooled) or 'None'} of them matched a rule.\n"
    )


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())


def _mail_panel(mail: EmailMessage) -> Panel:
    body = mail.get_body(("plain",))
    lines = [f"{name}: {mail[name]}" for name in ("From", "To", "Subject", "Message-ID")]
    text = "\n".join([*lines, "", (body.get_content() if body else "").replace("\r\n", "\n").rstrip()])
    return Panel(Text(text), title="mail", title_align="left")


def _slack_panel(post: dict[str, object]) -> Panel:
    blocks = post.get("blocks")
    lines = []
    for block in blocks if isinstance(blocks, list) else ():
        parts = [block.get("text"), *block.get("elements", ())]
        lines += [part["text"] for part in parts if isinstance(part, dict)]
    text = re.sub(r"<(https?:[^|>]+)\|([^>]*)>", r"\2 (\1)", "\n".join(lines) or str(post.get("text")))
    return Panel(Text(unescape(text)), title="Slack", title_align="left")
