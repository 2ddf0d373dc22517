"""Deliver: outbox row -> rendered message -> channel -> sent, tried again later, or a dead letter.

A row is leased in one transaction, sent outside of any, and marked in another. A process that dies
in between leaves the lease to run out, and the message goes out again with the same identity: at least
once, and at most one repeat for each death during a send.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from monitor.channels import DEADLINE_SECONDS, Channel
from monitor.clock import Clock
from monitor.links import Signer
from monitor.messages import content
from monitor.messages.alerts import render_alerts
from monitor.messages.notice import Notice
from monitor.messages.render import render
from monitor.model import Alert, Message, SendFailed, SendOutcome, Sent
from monitor.store import outbox
from monitor.store.database import Database
from monitor.store.outbox import StoredDelivery

log = structlog.get_logger(__name__)

# Ten tries over 75 hours: a weekend's outage passes. 60 s * 2.7^n summed over the nine waits is 74.8 h.
TRIES_MAX = 10
FIRST_WAIT_SECONDS = 60.0
WAIT_FACTOR = 2.7
JITTER_SHARE = 0.1
RETRY_AFTER_MAX_SECONDS = 86400.0
# A lease outlives the longest send of the one message that it is for.
LEASE_SECONDS = DEADLINE_SECONDS * 2


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again at `when`."""

    when: datetime


@dataclass(frozen=True, slots=True)
class Dead:
    """Give up: into the dead letters, for `reason`."""

    reason: str


def decide_retry(tries: int, failure: SendFailed, now: datetime, jitter: float) -> RetryAt | Dead:
    """Decide what follows a failed send. `tries` counts this one; `jitter` is a random number in 0..1.

    Waits grow by `WAIT_FACTOR`; a server's Retry-After is obeyed where it asks for longer (up to a day).
    """
    if failure.permanent:
        return Dead(failure.detail)
    if tries >= TRIES_MAX:
        return Dead(f"{failure.detail} (given up after {tries} tries)")
    wait = FIRST_WAIT_SECONDS * WAIT_FACTOR ** (tries - 1)
    if failure.retry_after_seconds is not None:
        wait = max(wait, min(failure.retry_after_seconds, RETRY_AFTER_MAX_SECONDS))
    return RetryAt(now + timedelta(seconds=wait * (1 + JITTER_SHARE * jitter)))


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as delivery sees it. `recipients` is empty where the channel knows none."""

    channel: Channel
    per_minute: int
    recipients: tuple[str, ...] = ()

    @property
    def between(self) -> timedelta:
        """Least time between two messages."""
        return timedelta(minutes=1) / self.per_minute


class Deliverer:
    """Empties the outbox: one message at a time for each channel, oldest first, all channels side by side."""

    def __init__(
        self,
        database: Database,
        ways: Mapping[str, Way],
        *,
        clock: Clock,
        notice_channels: Sequence[str] = (),
        signer: Signer | None = None,
        draw: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._ways = dict(ways)
        self._clock = clock
        self._notice_channels = tuple(notice_channels)
        self._signer = signer
        self._draw = draw
        self._sleep = sleep
        self._busy: dict[str, asyncio.Task[int]] = {}
        self._next_send: dict[str, datetime] = {}  # channel -> when it may send again
        self._down: set[str] = set()  # channels whose last send failed and may succeed later
        self._paused: dict[str, datetime] = {}  # channel -> before when its server wants no message at all
        self._stopping = False

    def reconfigure(
        self, ways: Mapping[str, Way], notice_channels: Sequence[str], signer: Signer | None
    ) -> None:
        """Use other channels from now on; what is being sent is sent by the old ones."""
        self._ways = dict(ways)
        self._notice_channels = tuple(notice_channels)
        self._signer = signer

    async def tick(self) -> None:
        """Start sending on every channel that has something due and is not sending yet."""
        if self._stopping:
            return
        now = self._clock()
        for name in await self._database.aread(lambda session: outbox.channels_due(session, now)):
            if name not in self._busy and not self._is_paused(name, now):
                task = asyncio.create_task(self._empty(name), name=f"deliver-{name}")
                self._busy[name] = task
                task.add_done_callback(lambda _task, name=name: self._busy.pop(name, None))  # type: ignore[misc]

    async def drain(self) -> int:
        """Send all that is due now; returns how many messages were accepted."""
        sent = 0
        while True:
            await self.tick()
            if not self._busy:
                return sent
            sent += sum(await asyncio.gather(*self._busy.values()))

    async def stop(self, timeout_seconds: float) -> None:
        """Let the sends under way finish, up to a time; the rest keep their place in the outbox."""
        self._stopping = True
        tasks = list(self._busy.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _empty(self, name: str) -> int:
        """Send what is due on one channel; returns how many messages it accepted."""
        sent = 0
        while not self._is_paused(name, self._clock()) and await self._its_turn(name):
            lease = partial(outbox.lease_next, now=self._clock(), channel=name, lease_seconds=LEASE_SECONDS)
            leased = await self._database.awrite(lease)
            if not leased:
                break
            if name in self._down:
                if await self._probe(name, leased):
                    sent += 1
                    continue
                if self._is_paused(name, self._clock()) or not await self._its_turn(name):
                    await self._database.awrite(partial(outbox.hand_back, rows=leased))
                    break
            sent += await self._send(leased)
        return sent

    def _is_paused(self, name: str, now: datetime) -> bool:
        return name in self._paused and now < self._paused[name]

    def _pause(self, name: str, outcome: SendOutcome) -> None:
        """Obey a server that says when it will take messages again: it means all of them, not the one."""
        if isinstance(outcome, SendFailed) and outcome.retry_after_seconds is not None:
            wait = min(outcome.retry_after_seconds, RETRY_AFTER_MAX_SECONDS)
            self._paused[name] = self._clock() + timedelta(seconds=wait)

    async def _probe(self, name: str, due: Sequence[StoredDelivery]) -> bool:
        """Offer the oldest message to a channel that was down; returns whether it is up again.

        Then all that waited is due at once, oldest first, and `due` takes its place behind it. While the
        channel is still down the probe leaves no trace: each row has its own tries.
        """
        now = self._clock()
        lease = partial(
            outbox.lease_oldest_failed, now=now, channel=name, before=due[0], lease_seconds=LEASE_SECONDS
        )
        oldest = await self._database.awrite(lease)
        way = self._ways.get(name)
        if not oldest or way is None:
            return False
        outcome = await self._offer(way, oldest)
        if not isinstance(outcome, Sent):
            self._pause(name, outcome)
            await self._database.awrite(lambda session: outbox.hand_back(session, oldest))
            return False
        await self._database.awrite(lambda session: outbox.hand_back(session, due))
        await self._record(way, oldest, outcome)
        return True

    async def _its_turn(self, name: str) -> bool:
        """Wait until the channel's rate allows a message; returns False where delivery stops."""
        way = self._ways.get(name)
        if way is not None:
            now = self._clock()
            # The clock may have been set back.
            wait = min(self._next_send.get(name, now) - now, way.between)
            if wait > timedelta(0):
                await self._sleep(wait.total_seconds())
        return not self._stopping

    async def _send(self, batch: Sequence[StoredDelivery]) -> int:
        """Send one message, which tells all rows of `batch`; returns 1 where it was accepted."""
        head = batch[0]
        way = self._ways.get(head.channel)
        outcome: SendOutcome
        if way is None:
            outcome = SendFailed(f"no channel {head.channel!r} is configured any more", permanent=True)
        else:
            outcome = await self._offer(way, batch)
        return await self._record(way, batch, outcome)

    async def _record(self, way: Way | None, batch: Sequence[StoredDelivery], outcome: SendOutcome) -> int:
        """Mark the rows of `batch` after a send; returns 1 where it was accepted."""
        head = batch[0]
        self._pause(head.channel, outcome)
        now = self._clock()
        draw = self._draw()
        states = await self._database.awrite(
            lambda session: [self._settle(session, row, outcome, way, now, draw) for row in batch]
        )
        if isinstance(outcome, SendFailed) and not outcome.permanent:
            self._down.add(head.channel)
        elif head.channel in self._down:
            self._down.discard(head.channel)
            waiting = await self._database.awrite(lambda session: outbox.revive(session, head.channel, now))
            log.info("channel is up again", channel=head.channel, waiting=waiting)
        log.info(
            "delivery",
            channel=head.channel,
            identity=head.identity,
            messages=len(batch),
            tries=head.attempts + 1,
            state=states[0],
            detail="" if isinstance(outcome, Sent) else outcome.detail,
        )
        return int(states[0] == "sent")

    async def _offer(self, way: Way, batch: Sequence[StoredDelivery]) -> SendOutcome:
        head = batch[0]
        settled = {*head.accepted, *head.refused}
        still_open = [address for address in way.recipients if address not in settled]
        if way.recipients and not still_open:
            return Sent(receipt=head.receipt or "", recipients=head.accepted)
        try:
            message, thread = await self._threaded(self._message(batch), head.channel)
            self._next_send[head.channel] = self._clock() + way.between
            return await way.channel.send(message, recipients=still_open or None, thread=thread)
        except Exception as error:  # one poisonous message must not block the rest
            log.exception("delivery failed unexpectedly", channel=head.channel, delivery=head.id)
            return SendFailed(f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}")

    async def _threaded(self, message: Message, channel: str) -> tuple[Message, str | None]:
        """Return an update as a reply to the message that began its thread, and that one's receipt.

        Mail readers join what refers to a Message-ID that was really sent, which is a batch's where the first
        alert was told in one; some ask for the same subject, too.
        """
        if not message.references:
            return message, None
        identity = message.references[0]
        rows = await self._database.aread(lambda session: outbox.sent_with(session, identity, channel))
        if not rows:
            return message, None
        first = self._message(rows)
        reply = replace(message, subject=f"Re: {first.subject}", references=(first.identity,))
        return reply, next(row.receipt for row in rows if row.identity == identity)

    def _message(self, batch: Sequence[StoredDelivery]) -> Message:
        """Render what the rows tell: one content, or the alerts of one batch together."""
        head = batch[0]
        links = self._signer.links(head.created_at) if self._signer else None
        if len(batch) == 1:
            return render(content.load(head.kind, head.payload), links)
        alerts = [content.load("alert", row.payload) for row in batch]
        # The identity depends on the batch alone, so that every repeat carries it.
        digest = hashlib.blake2b(f"{head.batch}".encode(), digest_size=12).hexdigest()
        return render_alerts([item for item in alerts if isinstance(item, Alert)], f"batch-{digest}", links)

    def _settle(
        self,
        session: Session,
        delivery: StoredDelivery,
        outcome: SendOutcome,
        way: Way | None,
        now: datetime,
        draw: float,
    ) -> str:
        """Mark the row after a send; returns its new state."""
        if isinstance(outcome, Sent):
            accepted = tuple(dict.fromkeys(delivery.accepted + outcome.recipients))
            outbox.sent(session, delivery.id, now, receipt=outcome.receipt, accepted=accepted)
            return "sent"
        accepted = tuple(dict.fromkeys(delivery.accepted + outcome.accepted))
        refused = tuple(dict.fromkeys(delivery.refused + outcome.refused))
        everyone = way.recipients if way else ()
        if everyone and set(everyone) <= {*accepted, *refused} and accepted:
            # All are settled, and some have it: it is sent; whoever refused it is in the ledger.
            outbox.sent(session, delivery.id, now, receipt=outcome.detail, accepted=accepted, refused=refused)
            self._announce(session, delivery, f"refused by {', '.join(refused)}: {outcome.detail}", now)
            return "sent"
        decision = decide_retry(delivery.attempts + 1, outcome, now, draw)
        retry_at = decision.when if isinstance(decision, RetryAt) else None
        outbox.failed(
            session,
            delivery.id,
            error=decision.reason if isinstance(decision, Dead) else outcome.detail,
            next_try_at=retry_at,
            accepted=accepted,
            refused=refused,
        )
        if isinstance(decision, Dead):
            self._announce(session, delivery, decision.reason, now)
            return "dead"
        return "pending"

    def _announce(self, session: Session, delivery: StoredDelivery, reason: str, now: datetime) -> None:
        """Tell of a dead letter on another channel, once an hour for each that fails.

        Where no other channel hears notices, all others do. A notice that dies itself is only logged.
        """
        if delivery.kind == "notice":
            return
        others = [name for name in self._notice_channels if name != delivery.channel]
        others = others or [name for name in self._ways if name != delivery.channel]
        notice = Notice(
            identity=f"dead-{hashlib.sha256(delivery.channel.encode()).hexdigest()[:12]}-{now:%Y%m%dT%H}",
            subject=f"A message could not be delivered on {delivery.channel}",
            lines=(
                f"{delivery.kind} {delivery.identity}: {reason}",
                f"It is kept: `monitor alerts retry {delivery.id}` sends it again.",
                "`monitor alerts dead` lists all of them; further ones of this hour are not told of singly.",
            ),
        )
        outbox.add(
            session,
            identity=notice.identity,
            channels=others,
            kind="notice",
            payload=content.dump(notice),
            now=now,
        )
