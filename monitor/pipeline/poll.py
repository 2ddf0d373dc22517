"""Poll: due feed -> fetch -> parse -> decide -> new entries and the next poll time, in one transaction."""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from monitor.clock import Clock
from monitor.config import PollingConfig
from monitor.crew import Crew
from monitor.errors import FeedError, WorkerDied
from monitor.feeds import schedule
from monitor.feeds.parse import parse
from monitor.feeds.schedule import FeedState, Observation, PollDecision, Read, Settings, Unchanged, Unreadable
from monitor.messages import content
from monitor.messages.notice import Notice
from monitor.model import FeedEntry, Fetched, FetchFailed, ParsedFeed
from monitor.net import Web
from monitor.store import entries, feeds, outbox
from monitor.store.database import Database
from monitor.store.entries import NewEntry
from monitor.store.feeds import PollRecord, StoredFeed
from monitor.text import storable
from monitor.urls import registrable_domain
from monitor.workers import Workers

log = structlog.get_logger(__name__)

PARSE_SECONDS = 5.0
PER_DOMAIN = 4  # places of the crew that one host may take


class Poller:
    """Polls due feeds. What a poll finds and when the next one is, is one transaction."""

    def __init__(
        self,
        database: Database,
        web: Web,
        workers: Workers,
        config: PollingConfig,
        *,
        clock: Clock,
        notice_channels: Sequence[str] = (),
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._web = web
        self._workers = workers
        self._clock = clock
        self._draw = draw
        self.config = config
        self.notice_channels = tuple(notice_channels)
        self.crew: Crew[StoredFeed] = Crew(
            "poll", config.concurrency, key=lambda feed: feed.id, load=self._due, work=self.poll
        )

    async def _due(self, limit: int, busy: frozenset[int]) -> Sequence[StoredFeed]:
        now = self._clock()
        return await self._database.aread(
            lambda session: feeds.due(session, now, limit=limit, per_domain=PER_DOMAIN, busy=busy)
        )

    async def poll(self, feed: StoredFeed) -> PollDecision:
        """Poll one feed now and store what came of it."""
        state = schedule.load(feed.state)
        known = schedule.validators(state, self._clock())
        outcome = await self._web.feed(state.url, etag=known.etag, last_modified=known.last_modified)
        seen = await self._read(state, outcome)
        now = self._clock()
        draw = self._draw()
        decision = await self._database.awrite(
            lambda session: self._commit(session, feed, state, seen, now, draw)
        )
        log.info(
            "polled", url=feed.url, outcome=decision.outcome, gap=decision.gap,
            next_poll_at=decision.state.next_poll_at.isoformat(),
        )  # fmt: skip
        return decision

    async def _read(self, state: FeedState, outcome: Fetched | FetchFailed) -> Observation:
        """Return what was fetched, parsed in a worker process where it is new."""
        if isinstance(outcome, FetchFailed):
            return outcome
        if outcome.not_modified or schedule.same_body(state, outcome):
            return Unchanged(outcome)
        try:
            parsed = await self._workers.run(
                parse_feed,
                outcome.body,
                outcome.url,
                outcome.headers.get("content-type"),
                self.config.max_entries,
                timeout_seconds=PARSE_SECONDS,
            )
        except (FeedError, WorkerDied) as error:
            return Unreadable(outcome, error.kind, str(error))
        return Read(outcome, parsed, ())

    def _commit(
        self,
        session: Session,
        feed: StoredFeed,
        state: FeedState,
        seen: Observation,
        now: datetime,
        draw: float,
    ) -> PollDecision:
        if isinstance(seen, Read):
            recorded = entries.record(session, feed.id, [new_entry(e) for e in seen.feed.entries], now)
            seen = replace(seen, new=tuple(e for e in seen.feed.entries if e.guid in recorded.new_guids))
        settings = Settings.of(self.config, feed.interval_override_seconds)
        decision = schedule.decide(state, seen, now=now, settings=settings, jitter=draw)
        columns: dict[str, Any] = {
            "next_poll_at": decision.state.next_poll_at,
            "last_success_at": decision.state.last_success_at,
            "last_error": decision.state.last_error,
            "retired": decision.state.retired,
            "gap_at": decision.state.gap_at,
        }
        if isinstance(seen, Read):
            columns |= _described(feed, seen.feed)
        feeds.save_poll(
            session,
            feed.id,
            _record(seen, decision, now),
            columns=columns,
            state=schedule.dump(decision.state),
        )
        for notice in decision.notices:
            self._tell(session, feed, notice, now)
        return decision

    def _tell(self, session: Session, feed: StoredFeed, notice: schedule.Notice, now: datetime) -> None:
        name = feed.title or feed.url
        told = Notice(
            identity=f"feed-{feed.id}-{notice.kind}-{now:%Y%m%dT%H%M%S}",
            subject=f"Feed {notice.kind}: {name}",
            lines=(notice.detail, feed.url),
        )
        log.warning("feed notice", url=feed.url, kind=notice.kind, detail=notice.detail)
        outbox.add(
            session,
            identity=told.identity,
            channels=self.notice_channels,
            kind="notice",
            payload=content.dump(told),
            now=now,
        )


def parse_feed(body: bytes, url: str, content_type: str | None, max_entries: int) -> ParsedFeed:
    """Parse a feed in a worker process. Raises FeedError."""
    return parse(body, url=url, content_type=content_type, max_entries=max_entries)


def _described(feed: StoredFeed, parsed: ParsedFeed) -> dict[str, Any]:
    """Return what the feed says of itself, where its owner said nothing."""
    said: dict[str, Any] = {"site_url": parsed.link}
    if not feed.title and parsed.title:
        said["title"] = parsed.title
    return said


def _record(seen: Observation, decision: PollDecision, now: datetime) -> PollRecord:
    if isinstance(seen, FetchFailed):
        return PollRecord(now, decision.outcome, seen.status, detail=seen.detail)
    fetched = seen.fetched
    return PollRecord(
        at=now,
        outcome=decision.outcome,
        status=fetched.status,
        entries=len(seen.feed.entries) if isinstance(seen, Read) else 0,
        new_entries=len(seen.new) if isinstance(seen, Read) else 0,
        body_bytes=len(fetched.body),
        elapsed_seconds=fetched.elapsed_seconds,
        gap=decision.gap,
        detail=seen.detail if isinstance(seen, Unreadable) else "",
    )


def new_entry(entry: FeedEntry) -> NewEntry:
    """Return a parsed entry as it is stored, with the hashes by which it is known again."""
    html = entry.content or entry.summary
    try:
        domain = registrable_domain(entry.link) if entry.link else ""
    except ValueError:
        domain = ""
    return NewEntry(
        # Cleaning could make two guids one; a hash keeps them apart.
        guid=entry.guid if storable(entry.guid) == entry.guid else _digest(entry.guid),
        link=entry.link,
        domain=domain,
        title=entry.title,
        html=html,
        author=entry.author,
        tags=entry.tags,
        published=entry.published or entry.updated,
        content_hash=_digest(entry.title, entry.link or "", html),
        identity_hash=_digest(entry.title, entry.link or ""),
    )


def _digest(*parts: str) -> str:
    joined = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=12).hexdigest()
