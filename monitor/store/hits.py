"""Hits, alerts, and what a rule has told about a story so far."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from monitor.model import SEVERITIES, Alert, Quote, StoryFacts
from monitor.store import articles, tables
from monitor.store.sql import insert_ignore


@dataclass(frozen=True, slots=True)
class NewHit:
    """A rule that matched an article, and what was decided about it."""

    article_id: int
    story_id: int
    rule: str
    severity: str
    decision: str  # alerted | held | digest | silent
    reason: str
    why: str
    digest: str | None  # the digest that is to tell it
    quotes: tuple[Quote, ...]


def story_facts(session: Session, story_id: int, rule: str) -> StoryFacts:
    """Return what is stored of a story, and what `rule` has told about it."""
    outlets = articles.story_outlets(session, story_id)
    told = session.execute(
        select(
            tables.Alert.identity,
            tables.Alert.created_at,
            tables.Alert.keys,
            tables.Alert.outlets,
            tables.Alert.severity,
        )
        .where(tables.Alert.story_id == story_id, tables.Alert.rule == rule)
        .order_by(tables.Alert.id)
    ).all()
    severity = max((row.severity for row in told), key=SEVERITIES.index, default=None)
    return StoryFacts(
        story_id=story_id,
        is_new=not outlets,
        outlets=outlets,
        origin=articles.story_origin(session, story_id),
        alerted_at=told[-1].created_at if told else None,
        alerted_keys=frozenset(key for row in told for key in row.keys),
        alerted_severity=severity,
        alerted_outlets=frozenset(name for row in told for name in row.outlets),
        alert_identities=tuple(row.identity for row in told),
    )


def alerts_since(session: Session, rule: str, since: datetime) -> int:
    """Return how many alerts a rule has raised since a moment: the storm brake's fact."""
    return (
        session.scalar(
            select(func.count()).where(tables.Alert.rule == rule, tables.Alert.created_at >= since)
        )
        or 0
    )


def rules_alerted(session: Session, story_id: int) -> frozenset[str]:
    """Return the rules that have alerted on a story: the fact of inhibition."""
    query = select(tables.Alert.rule).where(tables.Alert.story_id == story_id).distinct()
    return frozenset(session.scalars(query))


def add_alert(session: Session, alert: Alert, now: datetime) -> int | None:
    """Store an alert; returns its id, or None where its identity is already there."""
    values = {
        "identity": alert.identity,
        "rule": alert.rule,
        "story_id": alert.story_id,
        "article_id": alert.article_id,
        "severity": alert.severity,
        "created_at": now,
        "update_of": alert.update_of,
        "keys": sorted({f"{tag.dimension}:{tag.key}" for tag in alert.countries + alert.themes}),
        "outlets": sorted({alert.outlet, *alert.copies} - {None, ""}, key=str),
    }
    if not insert_ignore(session, tables.Alert, values):
        return None
    return session.scalar(select(tables.Alert.id).where(tables.Alert.identity == alert.identity))


def add_hit(session: Session, hit: NewHit, now: datetime, alert_id: int | None) -> bool:
    """Store a hit; returns False where there was one, which then holds the newer decision.

    A hit that was alerted stays alerted: an edited article that tells nothing new does not undo it.
    """
    decided = {
        "severity": hit.severity,
        "decision": hit.decision,
        "reason": hit.reason,
        "why": hit.why,
        "digest": hit.digest,
        "quotes": [quote_json(quote) for quote in hit.quotes],
        "alert_id": alert_id,
    }
    known = {"article_id": hit.article_id, "rule": hit.rule}
    if insert_ignore(session, tables.Hit, {**known, "story_id": hit.story_id, "created_at": now, **decided}):
        return True
    session.execute(
        update(tables.Hit)
        .where(tables.Hit.article_id == hit.article_id, tables.Hit.rule == hit.rule)
        .where((tables.Hit.alert_id.is_(None)) | (literal(alert_id is not None)))
        .values(**decided)
    )
    return False


def quote_json(quote: Quote) -> dict[str, Any]:
    """Return a quote as it is stored."""
    return {
        "sentence": quote.sentence,
        "marks": [list(mark) for mark in quote.marks],
        "keys": list(quote.keys),
    }


def quote_of(data: dict[str, Any]) -> Quote:
    """Return a stored quote."""
    return Quote(data["sentence"], tuple((start, end) for start, end in data["marks"]), tuple(data["keys"]))


def mark(session: Session, hit_id: int, right: bool, note: str, now: datetime) -> bool:
    """Store a person's verdict on a hit; returns False where there is no such hit."""
    if session.get(tables.Hit, hit_id) is None:
        return False
    session.execute(insert(tables.Verdict).values(hit_id=hit_id, right=right, note=note, at=now))
    return True


def verdicts(session: Session, rule: str) -> dict[int, bool]:
    """Return article id -> the newest verdict on a rule's hit."""
    rows = session.execute(
        select(tables.Hit.article_id, tables.Verdict.right)
        .join(tables.Verdict, tables.Verdict.hit_id == tables.Hit.id)
        .where(tables.Hit.rule == rule)
        .order_by(tables.Verdict.id)
    )
    return dict(rows.all())
