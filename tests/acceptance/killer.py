"""Runs the daemon in forked children and kills each at a random moment.

    python -m tests.acceptance.killer CONFIG.json KILLS SEED LONGEST_SECONDS [mark-first]

One parent imports everything once, so that a child lives and dies within a fraction of a second. The
services are the real ones; only parsing and analysis run in threads of the child instead of in worker
processes. Prints one line a child, and waits for a line before the next. With `mark-first`, deliveries are
marked as sent before they are sent: the control that must lose alerts.
"""

import asyncio
import gc
import json
import os
import random
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from monitor.config import Config, LoggingConfig
from monitor.daemon import serve
from monitor.jobs import understand
from monitor.logs import configure
from monitor.messages.render import render
from monitor.model import Document, Sent
from monitor.net.fetch import tls_context
from monitor.pipeline.deliver import Deliverer
from monitor.services import rules_of
from monitor.store import migrate
from tests.messages.sample import alert

T = TypeVar("T")
EARLY_SHARE = 0.2
START_SECONDS = 0.25  # on an idle machine
SLOWEST = 2.0  # times as slow as that


class Threads:
    """Workers that are a thread of this process: one job at a time, as in a worker."""

    def __init__(self) -> None:
        self._free = asyncio.Lock()

    async def run(
        self, function: Callable[..., T], *args: Any, timeout_seconds: float, cpu_seconds: float = 0
    ) -> T:
        async with self._free:
            return await asyncio.wait_for(asyncio.to_thread(function, *args), timeout_seconds)

    async def prewarm(self) -> None: ...

    async def aclose(self) -> None: ...


def mark_first() -> None:
    """Break delivery on purpose: the row is settled as sent, and only then is the message sent."""
    original = Deliverer._offer

    async def offer(self: Deliverer, way: Any, batch: Any) -> Any:
        now = self._clock()
        await self._database.awrite(
            lambda session: [self._settle(session, row, Sent(), way, now, 0.0) for row in batch]
        )
        return await original(self, way, batch)

    Deliverer._offer = offer  # type: ignore[method-assign]


def child(config: Config, ready_at: str) -> None:
    configure(LoggingConfig(format="json", level="error"))
    asyncio.run(serve(config, workers=Threads(), notify_address=ready_at))  # type: ignore[arg-type]


def main() -> None:
    config = Config.model_validate(json.loads(Path(sys.argv[1]).read_text()))
    kills, seed, longest = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    if "mark-first" in sys.argv:
        mark_first()
    draw = random.Random(seed)
    warm_up(config)
    ready_at = sys.argv[1] + ".ready"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(ready_at)
        kill_all(config, kills, longest, draw, ready, ready_at)


def warm_up(config: Config) -> None:
    """Do once what every child would do first: lives are to be spent at work, not at starting."""
    understand(Document("warm", html="<p>Kazakhstan left the exercise of the CSTO.</p>" * 9), frozenset())
    rules_of(config)
    context = ssl.create_default_context()
    ssl.create_default_context = lambda *_args, **_kwargs: context  # nothing here speaks TLS
    tls_context()
    migrate.newest()
    render(alert())
    gc.collect()
    gc.freeze()


def forget(ready: socket.socket) -> None:
    """Drop what children said that are dead: the next one must not pass for ready by their word."""
    ready.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            ready.recv(1000)


def wait_until_ready(pid: int, ready: socket.socket) -> bool:
    """Wait until the child says that it is ready; returns False where it ended instead."""
    ready.settimeout(0.5)
    while True:
        try:
            if ready.recv(1000).startswith(b"READY=1"):
                return True
        except TimeoutError:
            # Left for the one who reaps it: a zombie can still be "killed".
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False


def kill_all(
    config: Config, kills: int, longest: float, draw: random.Random, ready: socket.socket, ready_at: str
) -> None:
    for number in range(kills):
        forget(ready)
        pid = os.fork()
        if pid == 0:
            try:
                child(config, ready_at)
            finally:
                os._exit(1)
        lives, begun = draw.uniform(0, longest), time.monotonic()
        # Most die at work, some while they start.
        if draw.random() < EARLY_SHARE:
            time.sleep(lives)
        elif wait_until_ready(pid, ready):
            # Where starting took longer than it should, everything does.
            lives *= min(max(1.0, (time.monotonic() - begun) / START_SECONDS), SLOWEST)
            time.sleep(lives)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        died = os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)
        print(json.dumps({"kill": number, "lived_seconds": round(lives, 3), "signal": died}), flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    main()
