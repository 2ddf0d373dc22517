"""The outbox: recorded once, leased to one, settled or due again."""

from datetime import UTC, datetime, timedelta

from monitor.store import outbox
from monitor.store.database import Database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def add(database: Database, identity: str = "a", *channels: str, at: datetime = NOW) -> int:
    with database.transaction() as session:
        return outbox.add(
            session, identity=identity, channels=channels or ("mail",), kind="notice", payload={}, now=at
        )


def lease(database: Database, now: datetime = NOW) -> list[outbox.StoredDelivery]:
    """Lease all that is due, one row or batch after the other."""
    found: list[outbox.StoredDelivery] = []
    with database.transaction() as session:
        while leased := outbox.lease_next(session, now, channel="mail", lease_seconds=60):
            found += leased
    return found


def test_the_same_message_is_recorded_once_a_channel(database: Database) -> None:
    assert add(database, "a", "mail", "slack", "mail") == 2
    assert add(database, "a", "mail", "slack") == 0
    assert database.read(lambda s: outbox.channels_due(s, NOW)) == {"mail", "slack"}


def test_a_lease_holds_until_it_runs_out(database: Database) -> None:
    add(database)
    (held,) = lease(database)
    assert lease(database) == []
    assert database.read(lambda s: outbox.channels_due(s, NOW)) == set()
    (again,) = lease(database, NOW + MINUTE)
    assert again.identity == held.identity


def test_a_new_process_frees_what_a_dead_one_held(database: Database) -> None:
    add(database)
    lease(database)
    with database.transaction() as session:
        assert outbox.release_all(session) == 1
    assert len(lease(database)) == 1


def test_oldest_first(database: Database) -> None:
    for number in range(3):
        add(database, f"m{number}", at=NOW - number * MINUTE)
    assert [row.identity for row in lease(database)] == ["m2", "m1", "m0"]


def test_sent_failed_dead_retried(database: Database) -> None:
    for name in ("sent", "later", "dead"):
        add(database, name)
    rows = {row.identity: row for row in lease(database)}
    with database.transaction() as session:
        outbox.sent(session, rows["sent"].id, NOW, receipt="ok", accepted=("a@x",), refused=("b@x",))
        outbox.failed(
            session, rows["later"].id, error="busy", next_try_at=NOW + MINUTE, accepted=("a@x",), refused=()
        )
        outbox.failed(session, rows["dead"].id, error="no", next_try_at=None, accepted=(), refused=("a@x",))
    assert lease(database) == []
    assert database.read(outbox.counts) == {"sent": 1, "pending": 1, "dead": 1}
    (later,) = lease(database, NOW + MINUTE)
    assert (later.identity, later.attempts, later.accepted) == ("later", 1, ("a@x",))
    (dead,) = database.read(lambda s: outbox.listed(s, state="dead"))
    assert (dead.last_error, dead.refused) == ("no", ("a@x",))
    with database.transaction() as session:
        assert outbox.retry(session, NOW, [dead.id]) == 1
    (replayed,) = lease(database)
    assert (replayed.identity, replayed.attempts, replayed.refused) == ("dead", 0, ())
    (told,) = database.read(lambda s: outbox.sent_with(s, "sent", "mail"))
    assert told.receipt == "ok"
    assert database.read(lambda s: outbox.sent_with(s, "dead", "mail")) == []


def test_not_before(database: Database) -> None:
    with database.transaction() as session:
        outbox.add(
            session,
            identity="q",
            channels=["mail"],
            kind="notice",
            payload={},
            now=NOW,
            not_before=NOW + MINUTE,
        )
    assert lease(database) == []
    assert len(lease(database, NOW + MINUTE)) == 1


def test_a_batch_is_leased_together(database: Database) -> None:
    with database.transaction() as session:
        for name, batch in (("a", "one"), ("b", "two"), ("c", "one")):
            outbox.add(
                session, identity=name, channels=["mail"], kind="alert", payload={}, now=NOW, batch=batch
            )
    with database.transaction() as session:
        first = outbox.lease_next(session, NOW, channel="mail", lease_seconds=60)
        second = outbox.lease_next(session, NOW, channel="mail", lease_seconds=60)
    assert [[row.identity for row in rows] for rows in (first, second)] == [["a", "c"], ["b"]]
