"""The newsroom as a standing one, to try rules on: `monitor demo --stay`, with `monitor init --demo`.

Its outlets have fixed addresses below `localhost`. Older articles are out when it opens; the others follow
one by one, dated when they come out.
"""

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import timedelta

from rich.console import Console

from monitor.clock import utc_now
from monitor.demo.articles import articles, outlets
from monitor.demo.newsroom import Newsroom
from monitor.errors import MonitorError

DOMAIN = "localhost"
FIRST_PORT = 8801
OUT_AFTER_HOURS = 11  # what is older is out when the newsroom opens
EVERY = timedelta(seconds=20)


def newsroom() -> Newsroom:
    """Return the standing newsroom, not opened yet."""
    late = [slug for slug, article in articles().items() if article.hours_ago <= OUT_AFTER_HOURS]
    return Newsroom(utc_now(), withhold=late, domain=DOMAIN, first_port=FIRST_PORT)


async def stay(out: Console, every: timedelta = EVERY) -> None:
    """Keep the newsroom open, and let an article come out `every` so often, until it is cancelled.

    Raises MonitorError where its ports are taken.
    """
    room = newsroom()
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(room)
        except OSError as error:
            last = FIRST_PORT + len(outlets()) - 1
            raise MonitorError(f"the ports {FIRST_PORT} to {last} are not free: {error.strerror}") from None
        waiting = [slug for slug in reversed(list(articles())) if slug not in room.published]
        out.print(
            f"{len(outlets())} outlets are open on this machine, with {len(room.published)} articles; "
            f"{len(waiting)} more come out, one every {every.total_seconds():g} s. Ctrl-C closes them."
        )
        for slug in waiting:
            await asyncio.sleep(every.total_seconds())
            room.publish(slug, utc_now())
            article = articles()[slug]
            line = f"{utc_now():%H:%M:%S}  {outlets()[article.outlet].name}: {article.title}"
            out.print(line, markup=False, highlight=False, soft_wrap=True)
        out.print("All articles are out. The outlets stay open until Ctrl-C.")
        await asyncio.Event().wait()


def config_of(example: str) -> str:
    """Return the example configuration with the newsroom's feeds in the place of its own.

    Raises ValueError where the example has another form than expected.
    """
    room = newsroom()
    room.assign_ports(range(FIRST_PORT, FIRST_PORT + len(outlets())))
    feeds = "\n".join(
        f'[[feeds]]\nurl = "{feed.url}"\ntitle = "{feed.title}"\nfolder = "{feed.folder}"\n'
        for feed in room.feeds
    )
    head, rest = _cut(example, r"(?m)^# -- Where to look .*$")
    _, rest = _cut(rest, r"(?m)^# -- How it works.*$")
    note = "# The outlets of `monitor demo --stay`.\n"
    text = f"{head}# -- Where to look {'-' * 81}\n\n{note}\n{feeds}\n{rest}"
    for key, value in (
        ("min_interval", '"5s"'),
        ("max_interval", '"10s"'),
        ("ports", str(list(room.ports))),
        ("allow_private", '["127.0.0.0/8", "::1/128"]'),
        ("default_host", '{ delay = "0s", concurrency = 8 }'),
    ):
        text, count = re.subn(rf"(?m)^{key} = (?:\[.*?\]|\{{.*?\}}|\".*?\")", f"{key} = {value}", text)
        if count != 1:
            raise ValueError(f"the example configuration has {count} keys {key}")
    return text


def _cut(text: str, mark: str) -> tuple[str, str]:
    """Return what stands before a line, and the line with what stands behind it."""
    found = re.search(mark, text)
    if found is None:
        raise ValueError(f"the example configuration has no line {mark}")
    return text[: found.start()], text[found.start() :]
