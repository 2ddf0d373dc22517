"""Poll: due feed -> fetch -> parse -> decide -> new entries and the next poll time, in one transaction."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from monitor import jobs
from monitor.clock import Clock
from monitor.config import PollingConfig
from monitor.crew import Crew
from monitor.errors import FeedError, WorkerDied
from monitor.feeds import schedule
from monitor.feeds.schedule import FeedState, Observation, PollDecision, Read, Settings, Unchanged, Unreadable
from monitor.messages import content
from monitor.messages.notice import Notice
from monitor.model import Fetched, FetchFailed
from monitor.net import Web
from monitor.store import entries, feeds, outbox
from monitor.store.database import Database
from monitor.store.entries import FoundEntries
from monitor.store.feeds import DueFeed, PollRecord, SavedPoll
from monitor.workers import Workers
from monitor.workers.together import Together

log = structlog.get_logger(__name__)

PARSE_SECONDS = 5.0
AHEAD = 3  # feeds that are loaded for each that is polled
PER_DOMAIN = 4  # places of the crew that one host may take


@dataclass(frozen=True, slots=True)
class _Polled:
    """A poll that is to be decided on and stored."""

    feed: DueFeed
    state: FeedState
    seen: Observation  # without the body
    body_bytes: int
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
        self._parse = Together(workers, jobs.read_feed, expected=FeedError, timeout_seconds=PARSE_SECONDS)
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
        state = schedule.load(feed.state, feed.rhythm)
        known = schedule.validators(state, self._clock())
        outcome = await self._web.feed(state.url, etag=known.etag, last_modified=known.last_modified)
        seen = await self._read(state, outcome)
        self.crew.give_up_place(feed.id)
        body_bytes = len(outcome.body) if isinstance(outcome, Fetched) else 0
        polled = _Polled(feed, state, seen, body_bytes, self._clock(), self._draw())
        del outcome  # a body of megabytes need not wait with it
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
        if outcome.not_modified:
            return Unchanged(outcome)
        body_hash = schedule.hash_body(outcome.body)
        answer = replace(outcome, body=b"")
        if body_hash == state.body_hash:
            return Unchanged(answer)
        try:
            found = await self._parse(
                outcome.body, outcome.url, outcome.headers.get("content-type"), self.config.max_entries
            )
        except (FeedError, WorkerDied) as error:
            return Unreadable(answer, error.kind, str(error))
        for warning in found.warnings:
            log.warning("feed cut short", url=state.url, detail=warning)
        return Read(answer, body_hash, found, ())

    def _commit(self, session: Session, polls: Sequence[_Polled]) -> list[PollDecision]:
        """Store what polls found, decide on it, and store the decisions."""
        reads = [(poll, seen) for poll in polls if isinstance(seen := poll.seen, Read)]
        recorded = entries.record(
            session, [FoundEntries(poll.feed.id, seen.feed.entries, poll.at) for poll, seen in reads]
        )
        new_guids = {id(poll): answer.new_guids for (poll, _), answer in zip(reads, recorded, strict=True)}
        decisions, saved = [], []
        for poll in polls:
            seen = poll.seen
            if isinstance(seen, Read):
                fresh = new_guids[id(poll)]
                seen = replace(seen, new=tuple([e for e in seen.feed.entries if e.guid in fresh]))
            settings = Settings.of(self.config, poll.feed.interval_override_seconds)
            decision = schedule.decide(poll.state, seen, now=poll.at, settings=settings, jitter=poll.draw)
            decisions.append(decision)
            saved.append(_saved(poll, seen, decision))
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


def _saved(poll: _Polled, seen: Observation, decision: PollDecision) -> SavedPoll:
    state = decision.state
    columns: dict[str, Any] = {
        "next_poll_at": state.next_poll_at,
        "last_success_at": state.last_success_at,
        "last_error": state.last_error,
        "retired": state.retired,
        "gap_at": state.gap_at,
        "interval_seconds": state.interval_seconds,
        "state": schedule.dump(state),
    }
    if state.rhythm is not poll.state.rhythm:
        columns["rhythm"] = schedule.dump_rhythm(state.rhythm)
        columns["entries_per_day"] = state.rhythm.per_day(poll.at)
    if isinstance(seen, Read):  # what the feed says of itself, where its owner said nothing
        columns["site_url"] = seen.feed.link
        if not poll.feed.title and seen.feed.title:
            columns["title"] = seen.feed.title
    return SavedPoll(poll.feed.id, _record(poll, seen, decision), columns)


def _record(poll: _Polled, seen: Observation, decision: PollDecision) -> PollRecord:
    if isinstance(seen, FetchFailed):
        return PollRecord(poll.at, decision.outcome, seen.status, detail=seen.detail)
    fetched = seen.fetched
    return PollRecord(
        at=poll.at,
        outcome=decision.outcome,
        status=fetched.status,
        entries=len(seen.feed.entries) if isinstance(seen, Read) else 0,
        new_entries=len(seen.new) if isinstance(seen, Read) else 0,
        body_bytes=poll.body_bytes,
        elapsed_seconds=fetched.elapsed_seconds,
        gap=decision.gap,
        detail=seen.detail if isinstance(seen, Unreadable) else "",
    )
