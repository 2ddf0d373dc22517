"""The outbox: messages from their cause's transaction until a channel accepts them.

`add` belongs in the transaction of the cause. `lease` hands rows out for a while; a process that dies
with a lease loses it by time, and the next one sends again with the same identity: at least once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from monitor.store.sql import insert_ignore
from monitor.store.tables import Alert, Delivery, Hit


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A row of the outbox. `accepted` and `refused` are recipients that are settled."""

    id: int
    identity: str
    channel: str
    kind: str  # alert | digest | notice
    alert_id: int | None
    batch: str | None
    payload: dict[str, Any]
    created_at: datetime
    state: str  # pending | sent | dead
    attempts: int
    next_try_at: datetime
    lease_until: datetime | None
    last_error: str | None
    sent_at: datetime | None
    receipt: str | None
    accepted: tuple[str, ...]
    refused: tuple[str, ...]


_COLUMNS = tuple(getattr(Delivery, name) for name in StoredDelivery.__dataclass_fields__)


def _stored(row: Any) -> StoredDelivery:
    return StoredDelivery(**{**row._mapping, "accepted": tuple(row.accepted), "refused": tuple(row.refused)})


def add(
    session: Session,
    *,
    identity: str,
    channels: Sequence[str],
    kind: str,
    payload: dict[str, Any],
    now: datetime,
    not_before: datetime | None = None,
    alert_id: int | None = None,
    batch: str | None = None,
) -> int:
    """Record one message for each channel; one that is already there is left alone. Returns the new ones."""
    return sum(
        insert_ignore(
            session,
            Delivery,
            {
                "identity": identity,
                "channel": channel,
                "kind": kind,
                "payload": payload,
                "created_at": now,
                "next_try_at": max(not_before or now, now),
                "alert_id": alert_id,
                "batch": batch,
            },
        )
        for channel in dict.fromkeys(channels)
    )


def lease_next(
    session: Session, now: datetime, *, channel: str, lease_seconds: float
) -> list[StoredDelivery]:
    """Take the oldest due row of a channel, with the others of its batch, until now + `lease_seconds`."""
    due = (
        Delivery.state == "pending",
        Delivery.channel == channel,
        Delivery.next_try_at <= now,
        (Delivery.lease_until.is_(None)) | (Delivery.lease_until <= now),
    )
    oldest = (Delivery.created_at, Delivery.id)
    head = session.execute(select(Delivery.id, Delivery.batch).where(*due).order_by(*oldest).limit(1)).first()
    if head is None:
        return []
    chosen = Delivery.id == head.id if head.batch is None else Delivery.batch == head.batch
    rows = session.execute(select(*_COLUMNS).where(*due, chosen).order_by(*oldest))
    leased = [_stored(row) for row in rows]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([row.id for row in leased]))
        .values(lease_until=now + timedelta(seconds=lease_seconds))
    )
    return leased


def lease_oldest_failed(
    session: Session, now: datetime, *, channel: str, before: StoredDelivery, lease_seconds: float
) -> list[StoredDelivery]:
    """Take the oldest row of a channel that waits for its next try, where it is older than `before`."""
    row = session.execute(
        select(*_COLUMNS)
        .where(
            Delivery.state == "pending",
            Delivery.channel == channel,
            Delivery.attempts > 0,
            Delivery.batch.is_(None),
            Delivery.created_at <= before.created_at,
            Delivery.id < before.id,
            (Delivery.lease_until.is_(None)) | (Delivery.lease_until <= now),
        )
        .order_by(Delivery.created_at, Delivery.id)
        .limit(1)
    ).first()
    if row is None:
        return []
    until = now + timedelta(seconds=lease_seconds)
    session.execute(update(Delivery).where(Delivery.id == row.id).values(lease_until=until))
    return [_stored(row)]


def hand_back(session: Session, rows: Sequence[StoredDelivery]) -> None:
    """Give up leases unused: the rows are as they were."""
    session.execute(
        update(Delivery).where(Delivery.id.in_([row.id for row in rows])).values(lease_until=None)
    )


def revive(session: Session, channel: str, now: datetime) -> int:
    """Make every row of a channel that waits for its next try due now; returns how many."""
    revived = session.execute(
        update(Delivery)
        .where(
            Delivery.state == "pending",
            Delivery.channel == channel,
            Delivery.attempts > 0,
            Delivery.next_try_at > now,
        )
        .values(next_try_at=now)
        .returning(Delivery.id)
    )
    return len(revived.all())


def sent(
    session: Session,
    delivery_id: int,
    now: datetime,
    *,
    receipt: str,
    accepted: Sequence[str],
    refused: Sequence[str] = (),
) -> None:
    """Mark a row as accepted by its channel, with the ledger of its recipients."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(
            state="sent",
            sent_at=now,
            receipt=receipt,
            accepted=list(accepted),
            refused=list(refused),
            lease_until=None,
            last_error=None,
            attempts=Delivery.attempts + 1,
        )
    )


def failed(
    session: Session,
    delivery_id: int,
    *,
    error: str,
    next_try_at: datetime | None,
    accepted: Sequence[str],
    refused: Sequence[str],
) -> None:
    """Mark a try as failed: again at `next_try_at`, or into the dead letters where that is None."""
    values: dict[str, Any] = {
        "attempts": Delivery.attempts + 1,
        "last_error": error,
        "lease_until": None,
        "accepted": list(accepted),
        "refused": list(refused),
    }
    values |= {"state": "dead"} if next_try_at is None else {"next_try_at": next_try_at}
    session.execute(update(Delivery).where(Delivery.id == delivery_id).values(**values))


def release_all(session: Session) -> int:
    """Free every lease: what a dead process held. Only the one daemon may call it, at its start."""
    held = session.execute(
        update(Delivery)
        .where(Delivery.lease_until.is_not(None))
        .values(lease_until=None)
        .returning(Delivery.id)
    )
    return len(held.all())


def suppress_pending(session: Session, reason: str, digest: str) -> int:
    """Turn alerts that wait into hits that a digest tells; returns how many rows were suppressed.

    For a restored backup: what waited when it was made was most likely sent since.
    """
    waiting = (Delivery.state == "pending", Delivery.alert_id.is_not(None))
    alerts = select(Delivery.alert_id).where(*waiting)
    session.execute(
        update(Hit)
        .where(Hit.alert_id.in_(alerts))
        .values(decision="digest", digest=digest, digest_id=None, reason=reason)
    )
    suppressed = session.execute(
        update(Delivery).where(*waiting).values(state="dead", last_error=reason).returning(Delivery.id)
    )
    return len(suppressed.all())


def retry(session: Session, now: datetime, delivery_ids: Sequence[int] = ()) -> int:
    """Send dead letters (all, or those named) again, with the same identity; returns how many."""
    query = update(Delivery).where(Delivery.state == "dead")
    if delivery_ids:
        query = query.where(Delivery.id.in_(delivery_ids))
    values = {"state": "pending", "attempts": 0, "next_try_at": now, "lease_until": None, "refused": []}
    return len(session.execute(query.values(**values).returning(Delivery.id)).all())


def sent_with(session: Session, identity: str, channel: str) -> list[StoredDelivery]:
    """Return the rows of the message that told `identity` on a channel: it, and what went out with it.

    Oldest first; empty where it was not sent.
    """
    told = select(*_COLUMNS).where(Delivery.channel == channel, Delivery.state == "sent")
    own = session.execute(told.where(Delivery.identity == identity)).first()
    if own is None or own.batch is None:
        return [_stored(own)] if own else []
    together = told.where(Delivery.batch == own.batch, Delivery.sent_at == own.sent_at)
    return [_stored(row) for row in session.execute(together.order_by(Delivery.created_at, Delivery.id))]


def listed(session: Session, *, state: str | None = None, limit: int = 100) -> list[StoredDelivery]:
    """Return deliveries, newest first."""
    query = select(*_COLUMNS).order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)
    if state:
        query = query.where(Delivery.state == state)
    return [_stored(row) for row in session.execute(query)]


def counts(session: Session) -> dict[str, int]:
    """Return state -> number of rows."""
    rows = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    return dict(rows.all())


def windows(session: Session, now: datetime) -> dict[str, datetime]:
    """Return rule -> when its alerts that wait for their grouping window go out together."""
    rows = session.execute(
        select(Alert.rule, func.max(Delivery.next_try_at))
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(
            Delivery.state == "pending",
            Delivery.batch.is_not(None),
            Delivery.attempts == 0,
            Delivery.next_try_at > now,
        )
        .group_by(Alert.rule)
    )
    return dict(rows.all())


def channels_due(session: Session, now: datetime) -> set[str]:
    """Return the channels that have something to send now."""
    query = select(Delivery.channel).where(
        Delivery.state == "pending",
        Delivery.next_try_at <= now,
        (Delivery.lease_until.is_(None)) | (Delivery.lease_until <= now),
    )
    return set(session.scalars(query.distinct()))
