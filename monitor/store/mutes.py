"""Rules that people have muted for a while, beside what the configuration says of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.store.sql import upsert_for
from monitor.store.tables import RuleMute


@dataclass(frozen=True, slots=True)
class Mute:
    """A rule is silent before `until`; `at` is when that was said."""

    rule: str
    until: datetime
    at: datetime


def mute(session: Session, rule: str, until: datetime, now: datetime) -> None:
    """Silence a rule until a moment; the newest word counts."""
    statement = upsert_for(session, RuleMute).values(rule=rule, until=until, at=now)
    said = {"until": statement.excluded.until, "at": statement.excluded.at}
    session.execute(statement.on_conflict_do_update(index_elements=[RuleMute.rule], set_=said))


def unmute(session: Session, rule: str) -> bool:
    """Let a rule speak again; returns False where it was not muted."""
    gone = session.execute(delete(RuleMute).where(RuleMute.rule == rule).returning(RuleMute.rule))
    return gone.first() is not None


def muted(session: Session, now: datetime) -> dict[str, Mute]:
    """Return rule -> its mute, of those that hold at `now`."""
    rows = session.execute(select(RuleMute.rule, RuleMute.until, RuleMute.at).where(RuleMute.until > now))
    return {row.rule: Mute(*row) for row in rows}
