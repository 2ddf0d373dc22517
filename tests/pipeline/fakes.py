"""A clock that is set by hand and channels that do what they are told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.model import Message, SendOutcome, Sent

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@dataclass
class HandClock:
    """A clock that stands still until `pass_`."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class RecordingChannel:
    """Keeps what it took; answers with `answers`, then accepts everything."""

    name: str
    answers: list[SendOutcome] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    asked: list[Sequence[str] | None] = field(default_factory=list)
    threads: list[str | None] = field(default_factory=list)

    async def send(
        self, message: Message, *, recipients: Sequence[str] | None = None, thread: str | None = None
    ) -> SendOutcome:
        self.asked.append(recipients)
        self.threads.append(thread)
        outcome = self.answers.pop(0) if self.answers else Sent(f"receipt-{message.identity}")
        if isinstance(outcome, Sent):
            self.taken.append(message)
            return Sent(outcome.receipt, tuple(recipients or ()))
        return outcome


@dataclass
class TimedChannel(RecordingChannel):
    """Also keeps when it was asked."""

    clock: HandClock = field(default_factory=HandClock)
    asked_at: list[datetime] = field(default_factory=list)

    async def send(
        self, message: Message, *, recipients: Sequence[str] | None = None, thread: str | None = None
    ) -> SendOutcome:
        self.asked_at.append(self.clock())
        return await super().send(message, recipients=recipients, thread=thread)
