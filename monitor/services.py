"""The services of one configuration, wired together: what the daemon ticks and commands run once."""

import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from socket import socket
from typing import TextIO

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver
from sqlalchemy.orm import Session

from monitor import channels, jobs
from monitor.clock import Clock, utc_now
from monitor.config import Config, EmailChannel, Network
from monitor.feeds.schedule import FeedState, dump
from monitor.links import signer_of
from monitor.messages import content
from monitor.messages.notice import Notice
from monitor.net import Web
from monitor.pipeline.deliver import Deliverer, Way
from monitor.pipeline.digest import Digester
from monitor.pipeline.ingest import Ingester
from monitor.pipeline.poll import Poller
from monitor.store import feeds, migrate, outbox
from monitor.store.database import Database
from monitor.store.feeds import FeedSpec
from monitor.urls import registrable_domain
from monitor.watch.rules import Rule, compile_rules, vocabulary_of
from monitor.workers import Workers

log = structlog.get_logger(__name__)

# Changes to these are only read at the start.
_FIXED = ("database", "network", "watchlist", "themes", "lexicon", "sites", "polling", "logging")


class _Transport:
    """The guarded network as channels want it."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def session(self, allow_private: Sequence[Network] = ()) -> aiohttp.ClientSession:
        return self._web.channel_session(allow_private)

    async def open_connection(self, host: str, port: int, allow_private: Sequence[Network] = ()) -> socket:
        return await self._web.open_connection(host, port, allow_private=allow_private)


@dataclass(slots=True)
class Services:
    """All services over one database. `reconfigure` takes a new configuration while they run."""

    config: Config
    database: Database
    web: Web
    readers: Workers
    analysts: Workers
    poller: Poller
    ingester: Ingester
    deliverer: Deliverer
    digester: Digester
    clock: Clock
    tls: ssl.SSLContext | None = None
    console: TextIO | None = None

    async def reconfigure(self, config: Config) -> list[str]:
        """Use the feeds, rules, channels, digests and notices of `config` from now on.

        Returns the names of changed tables that need a restart. Raises ConfigError or QueryError, and then
        nothing has changed.
        """
        rules = rules_of(config)
        ways = ways_of(config, self.web, self.tls, self.console)
        await self.database.awrite(lambda session: sync_feeds(session, config, self.clock()))
        self.ingester.rules = rules
        self.deliverer.reconfigure(ways, config.notices.channels, signer_of(config.web))
        self.poller.notice_channels = config.notices.channels
        self.digester.configs = config.digests
        self.digester.vocabulary = vocabulary_of(config)
        self.digester.backlog_channels = alert_channels(config)
        late = [name for name in _FIXED if getattr(config, name) != getattr(self.config, name)]
        self.config = config
        return late

    async def tell(self, notice: Notice) -> None:
        """Put a notice into the outbox, for the channels that hear of the service itself."""
        now = self.clock()
        await self.database.awrite(
            lambda session: outbox.add(
                session,
                identity=notice.identity,
                channels=self.config.notices.channels,
                kind="notice",
                payload=content.dump(notice),
                now=now,
            )
        )


@asynccontextmanager
async def open_services(
    config: Config,
    *,
    clock: Clock = utc_now,
    resolver: AbstractResolver | None = None,
    tls: ssl.SSLContext | None = None,
    console: TextIO | None = None,
    workers: Workers | None = None,
) -> AsyncIterator[Services]:
    """Yield the services of `config`; claims the database for this process.

    Raises DatabaseError (AlreadyRunning, NewerSchema), ConfigError, QueryError. `tls` is the trust for
    mail servers, `console` where the console channel prints; `workers` do all jobs in place of the processes
    of this configuration, and are closed by whoever made them.
    """
    rules = rules_of(config)
    async with AsyncExitStack() as stack:
        database = stack.enter_context(Database(config.database.url))
        migrate.require_current(database)
        database.lock()
        web = await stack.enter_async_context(Web(config.network, resolver=resolver))
        readers = workers or readers_of(config)
        analysts = workers or analysts_of(config)
        if workers is None:
            stack.push_async_callback(readers.aclose)
            stack.push_async_callback(analysts.aclose)
        now = clock()
        await database.awrite(lambda session: sync_feeds(session, config, now))
        freed = await database.awrite(outbox.release_all)
        if freed:
            log.warning("messages were being sent when the last process ended", repeated=freed)
        yield Services(
            config=config,
            database=database,
            web=web,
            readers=readers,
            analysts=analysts,
            poller=Poller(
                database,
                web,
                readers,
                config.polling,
                clock=clock,
                notice_channels=config.notices.channels,
            ),
            ingester=Ingester(
                database, web, analysts, rules, clock=clock, concurrency=config.polling.concurrency
            ),
            deliverer=Deliverer(
                database,
                ways_of(config, web, tls, console),
                clock=clock,
                notice_channels=config.notices.channels,
                signer=signer_of(config.web),
            ),
            digester=Digester(
                database,
                config.digests,
                clock=clock,
                vocabulary=vocabulary_of(config),
                backlog_channels=alert_channels(config),
            ),
            clock=clock,
            tls=tls,
            console=console,
        )


def readers_of(config: Config) -> Workers:
    """Return the processes that parse feeds; they start when they are needed.

    Apart from the analysts: a poll must not wait for articles, nor a parser hold models and lexicon.
    """
    return Workers(config.polling.workers, initializer=jobs.initialise_reader)


def analysts_of(config: Config) -> Workers:
    """Return the processes that understand articles; they start when they are needed."""
    return Workers(
        config.polling.workers,
        initializer=jobs.initialise_analyst,
        initargs=jobs.settings_of(config),
    )


def rules_of(config: Config) -> tuple[Rule, ...]:
    """Return the configured rules, ready to be asked. Raises QueryError."""
    return compile_rules(config.rules, vocabulary=vocabulary_of(config))


def ways_of(config: Config, web: Web, tls: ssl.SSLContext | None, console: TextIO | None) -> dict[str, Way]:
    """Return the configured channels as delivery sees them. Raises ConfigError."""
    built = channels.build(config.channels, transport=_Transport(web), tls=tls, console=console)
    ways = {}
    for name, table in config.channels.items():
        recipients = table.to if isinstance(table, EmailChannel) else ()
        ways[name] = Way(built[name], table.per_minute, recipients)
    return ways


def alert_channels(config: Config) -> tuple[str, ...]:
    """Return every channel that some rule alerts on: where a backlog is told."""
    return tuple(dict.fromkeys(name for rule in config.rules for name in rule.channels))


def sync_feeds(session: Session, config: Config, now: datetime) -> tuple[int, int]:
    """Make the stored feeds those of the configuration; returns how many were added and removed."""
    return feeds.sync(session, list(_specs(config, now)), now)


def _specs(config: Config, now: datetime) -> Iterable[FeedSpec]:
    for feed in config.feeds:
        yield feed_spec(
            feed.url,
            now,
            title=feed.title,
            folder=feed.folder,
            country=feed.country,
            language=feed.language,
            opinion=feed.opinion,
            interval_seconds=feed.interval.total_seconds() if feed.interval else None,
        )


def feed_spec(
    url: str,
    now: datetime,
    *,
    title: str = "",
    folder: str = "",
    country: str = "",
    language: str = "",
    opinion: bool = False,
    interval_seconds: float | None = None,
) -> FeedSpec:
    """Return a feed as it is stored when it is new: due at once, its polls counted for its domain."""
    return FeedSpec(
        url=url,
        domain=registrable_domain(url),
        state=dump(FeedState(url=url, next_poll_at=now)),
        title=title,
        folder=folder,
        country=country,
        language=language,
        opinion=opinion,
        interval_seconds=interval_seconds,
    )
