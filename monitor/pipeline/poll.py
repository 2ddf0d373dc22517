"""Poll: due feed -> fetch -> parse -> decide -> new entries and the next poll time, in one transaction."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from monitor.clock import Clock
from monitor.config import PollingConfig
from monitor.crew import Crew
from monitor.errors import FeedError, WorkerDied
from monitor.feeds import schedule
from monitor.feeds.identity import content_hash, hashed, identity_hash
from monitor.feeds.parse import parse
from monitor.feeds.schedule import FeedState, Observation, PollDecision, Read, Settings, Unchanged, Unreadable
from monitor.messages import content
from monitor.messages.notice import Notice
from monitor.model import FeedEntry, Fetched, FetchFailed, ParsedFeed
from monitor.net import Web
from monitor.store import entries, feeds, outbox
from monitor.store.database import Database
from monitor.store.entries import FoundEntries, NewEntry
from monitor.store.feeds import DueFeed, PollRecord, SavedPoll
from monitor.text import storable
from monitor.urls import registrable_domain
from monitor.workers import Workers

log = structlog.get_logger(__name__)

PARSE_SECONDS = 5.0
AHEAD = 3  # feeds that are loaded for each that is polled
PER_DOMAIN = 4  # places of the crew that one host may take


@dataclass(frozen=True, slots=True)
class _Polled:
    """A poll that is to be decided on and stored."""

    feed: DueFeed
    state: FeedState
    seen: Observation
    entries: tuple[NewEntry, ...]  # those of `seen`, in its order
    at: datetime
    draw: float


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
        self.crew: Crew[DueFeed] = Crew(
            "poll",
            config.concurrency,
            key=lambda feed: feed.id,
            load=self._due,
            work=self.poll,
            ahead=AHEAD * config.concurrency,
        )

    async def _due(self, limit: int, busy: frozenset[int]) -> Sequence[DueFeed]:
        now = self._clock()
        return await self._database.aread(
            lambda session: feeds.due(session, now, limit=limit, per_domain=PER_DOMAIN, busy=busy)
        )

    async def poll(self, feed: DueFeed) -> PollDecision:
        """Poll one feed now and store what came of it."""
        state = schedule.load(feed.state)
        known = schedule.validators(state, self._clock())
        outcome = await self._web.feed(state.url, etag=known.etag, last_modified=known.last_modified)
        seen = await self._read(state, outcome)
        now = self._clock()
        found = tuple(new_entry(e, now) for e in seen.feed.entries) if isinstance(seen, Read) else ()
        polled = _Polled(feed, state, seen, found, now, self._draw())
        decision = await self._database.awrite_together(self._commit, polled)
        if decision.state.last_error is None:
            log.debug("polled", url=feed.url, outcome=decision.outcome, gap=decision.gap)
        else:
            log.warning("poll failed", url=feed.url, kind=decision.outcome, detail=decision.state.last_error)
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

    def _commit(self, session: Session, polls: Sequence[_Polled]) -> list[PollDecision]:
        """Store what polls found, decide on it, and store the decisions."""
        reads = [poll for poll in polls if isinstance(poll.seen, Read)]
        recorded = entries.record(session, [FoundEntries(p.feed.id, p.entries, p.at) for p in reads])
        new_guids = {id(poll): answer.new_guids for poll, answer in zip(reads, recorded, strict=True)}
        decisions, saved = [], []
        for poll in polls:
            seen = poll.seen
            if isinstance(seen, Read):
                fresh = new_guids[id(poll)]
                pairs = zip(seen.feed.entries, poll.entries, strict=True)
                seen = replace(seen, new=tuple(parsed for parsed, entry in pairs if entry.guid in fresh))
            settings = Settings.of(self.config, poll.feed.interval_override_seconds)
            decision = schedule.decide(poll.state, seen, now=poll.at, settings=settings, jitter=poll.draw)
            decisions.append(decision)
            saved.append(_saved(poll.feed, seen, decision, poll.at))
        feeds.save_polls(session, saved)
        for poll, decision in zip(polls, decisions, strict=True):
            for notice in decision.notices:
                self._tell(session, poll.feed, notice, poll.at)
        return decisions

    def _tell(self, session: Session, feed: DueFeed, notice: schedule.Notice, now: datetime) -> None:
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


def _saved(feed: DueFeed, seen: Observation, decision: PollDecision, now: datetime) -> SavedPoll:
    state = decision.state
    columns: dict[str, Any] = {
        "next_poll_at": state.next_poll_at,
        "last_success_at": state.last_success_at,
        "last_error": state.last_error,
        "retired": state.retired,
        "gap_at": state.gap_at,
    }
    if isinstance(seen, Read):  # what the feed says of itself, where its owner said nothing
        columns["site_url"] = seen.feed.link
        if not feed.title and seen.feed.title:
            columns["title"] = seen.feed.title
    return SavedPoll(feed.id, _record(seen, decision, now), columns, schedule.dump(state))


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


def new_entry(entry: FeedEntry, now: datetime) -> NewEntry:
    """Return a parsed entry as it is stored, with the hashes by which it is known again.

    A time in the future is not believed: ingest then goes by when the entry was first seen.
    """
    try:
        domain = registrable_domain(entry.link) if entry.link else ""
    except ValueError:
        domain = ""
    published = entry.published or entry.updated
    return NewEntry(
        # Cleaning could make two guids one; a hash keeps them apart.
        guid=entry.guid if storable(entry.guid) == entry.guid else hashed(entry.guid),
        link=entry.link,
        domain=domain,
        title=entry.title,
        html=entry.content or entry.summary,
        author=entry.author,
        tags=entry.tags,
        published=published if published is None or published <= now else None,
        content_hash=content_hash(entry),
        identity_hash=identity_hash(entry),
    )
