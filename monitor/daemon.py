"""The daemon: APScheduler ticks over the services. What is due lives in the database, not here.

SIGTERM, SIGINT   stop: finish what is in hand within `STOP_SECONDS`, leave the rest to the next start
SIGHUP            read the configuration again; a broken one is refused and the old one kept
"""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor import __version__
from monitor.articles.related import WINDOW
from monitor.clock import Clock, utc_now
from monitor.config import Config
from monitor.errors import MonitorError
from monitor.messages.notice import Notice
from monitor.net.guard import sd_notify
from monitor.pipeline.ingest import STORY_WINDOW
from monitor.services import Services, open_services
from monitor.store import articles, entries, feeds, stories
from monitor.workers import Workers

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
DIGEST_TICK_SECONDS = 15.0
UPKEEP_SECONDS = 3600.0
STOP_SECONDS = 8.0  # leaves two of the ten that a service manager is promised


async def serve(
    config: Config,
    *,
    reload: Callable[[], Config] | None = None,
    notify_address: str | None = None,
    watchdog_seconds: float | None = None,
    clock: Clock = utc_now,
    workers: Workers | None = None,
) -> None:
    """Run until SIGTERM or SIGINT. Raises what `open_services` raises.

    `reload` reads the configuration again for SIGHUP; `notify_address` and `watchdog_seconds` are the
    service manager's NOTIFY_SOCKET and watchdog interval.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with open_services(config, clock=clock, workers=workers) as services:
            await services.readers.prewarm()
            await services.analysts.prewarm()
            scheduler = _schedule(services, notify_address, watchdog_seconds)
            reloads: set[asyncio.Task[None]] = set()

            def on_hangup() -> None:
                if reload is not None:
                    task = loop.create_task(_reload(services, reload, notify_address))
                    reloads.add(task)
                    task.add_done_callback(reloads.discard)

            loop.add_signal_handler(signal.SIGHUP, on_hangup)
            gc.collect()
            gc.freeze()  # what was loaded stays: looking through it again and again costs a tenth of a poll
            scheduler.start()
            await _say(notify_address, "READY=1\nSTATUS=watching")
            log.info("started", version=__version__, feeds=len(config.feeds), rules=len(config.rules))
            await stop.wait()
            log.info("stopping")
            await _say(notify_address, "STOPPING=1")
            scheduler.shutdown(wait=False)
            await _stop(services)
            log.info("stopped")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)


def _schedule(
    services: Services, notify_address: str | None, watchdog_seconds: float | None
) -> AsyncIOScheduler:
    # A tick that comes late is run once, at once: being late is no reason to leave work undone.
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_listener(_log_failed_tick, EVENT_JOB_ERROR)

    def every(seconds: float, work: Callable[[], Awaitable[object]], name: str) -> None:
        trigger = IntervalTrigger(seconds=seconds, timezone="UTC")
        scheduler.add_job(work, trigger, id=name, name=name, next_run_time=utc_now())

    every(TICK_SECONDS, services.poller.crew.tick, "poll")
    every(TICK_SECONDS, services.ingester.crew.tick, "ingest")
    every(TICK_SECONDS, services.deliverer.tick, "deliver")
    every(DIGEST_TICK_SECONDS, services.digester.tick, "digest")
    every(UPKEEP_SECONDS, partial(_upkeep, services), "upkeep")
    if notify_address and watchdog_seconds:
        # Half the interval, and only after the database has answered: a stuck writer is a dead service.
        every(watchdog_seconds / 2, partial(_heartbeat, services, notify_address), "watchdog")
    return scheduler


def _log_failed_tick(event: JobExecutionEvent) -> None:
    log.error("tick failed", job=event.job_id, error=repr(event.exception), trace=event.traceback)


async def _heartbeat(services: Services, notify_address: str) -> None:
    await services.database.awrite(lambda session: None)
    waiting = await services.database.aread(entries.pending_count)
    status = f"polling {services.poller.crew.held}, entries waiting {waiting}"
    await _say(notify_address, f"WATCHDOG=1\nSTATUS={status}")


async def _upkeep(services: Services) -> None:
    now = services.clock()
    polls = await services.database.awrite(lambda session: feeds.prune_polls(session, now))
    blocks = await services.database.awrite(lambda session: articles.forget_blocks(session, now))
    copied = await forget_bands(services)
    compared = await services.database.awrite(lambda session: stories.forget(session, now, after=WINDOW))
    texts = await cut_texts(services)
    log.info(
        "upkeep",
        polls_pruned=polls,
        blocks_forgotten=blocks,
        prints_forgotten=copied,
        stories_settled=compared,
        texts_cut=texts,
    )


async def forget_bands(services: Services) -> int:
    """Forget by what copies of old articles would be found, a few at a time; returns of how many."""
    before = services.clock() - STORY_WINDOW
    gone = 0
    while some := await services.database.awrite(lambda session: articles.forget_bands(session, before)):
        gone += some
    return gone


async def cut_texts(services: Services) -> int:
    """Cut texts older than the retention allows, a few at a time; returns how many."""
    days = services.config.retention.text_days
    if not days:
        return 0
    before = services.clock() - timedelta(days=days)
    cut = 0
    while some := await services.database.awrite(lambda session: articles.cut_texts(session, before)):
        cut += some
    return cut


async def _reload(services: Services, read: Callable[[], Config], notify_address: str | None) -> None:
    now = services.clock()
    try:
        late = await services.reconfigure(await asyncio.to_thread(read))
    except MonitorError as error:
        log.error("configuration not reloaded, the old one is kept", problems=str(error))
        await _say(notify_address, "STATUS=configuration broken, the old one is kept")
        await services.tell(
            Notice(
                identity=f"reload-{now:%Y%m%dT%H%M%S}",
                subject="The configuration was not reloaded",
                lines=("The old configuration stays in use.", *str(error).splitlines()),
            )
        )
        return
    log.info("configuration reloaded", needs_restart=late)
    if late:
        log.warning("these tables are read at the start only: restart to use them", tables=late)


async def _stop(services: Services) -> None:
    """Let what is in hand finish; the rest is still due in the database."""
    await asyncio.gather(
        services.poller.crew.stop(STOP_SECONDS),
        services.ingester.crew.stop(STOP_SECONDS),
        services.deliverer.stop(STOP_SECONDS),
    )


async def _say(address: str | None, state: str) -> None:
    if address:
        try:
            await asyncio.to_thread(sd_notify, state, address)
        except OSError as error:
            log.warning("the service manager does not listen", error=str(error))
