"""Hits, alerts, and what a rule has told about a story so far."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, literal, select, update
from sqlalchemy.orm import Session

from monitor.model import SEVERITIES, Alert, Quote, StoryFacts
from monitor.store import tables
from monitor.store.sql import insert_ignore
from monitor.store.stories import Event


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


def story_facts(
    session: Session, event: Event, rules: Iterable[str], *, opens: bool = False, origin: str | None = None
) -> dict[str, StoryFacts]:
    """Return what each rule is to know of a story: what is stored, and what it has told about the event.

    `opens`: the article at hand is the first of its text; `origin` is the agency that this article credits.
    """
    told: dict[str, list[Row[Any]]] = defaultdict(list)
    rows = session.execute(
        select(
            tables.Alert.rule,
            tables.Alert.story_id,
            tables.Alert.identity,
            tables.Alert.created_at,
            tables.Alert.keys,
            tables.Alert.outlets,
            tables.Alert.severity,
            tables.Alert.update_of,
        )
        .where(tables.Alert.story_id.in_(event.origins))
        .order_by(tables.Alert.id)
    )
    for row in rows:
        told[row.rule].append(row)
    return {rule: _facts(event, told.get(rule, []), opens, origin) for rule in rules}


def _facts(event: Event, told: Sequence[Row[Any]], opens: bool, origin: str | None) -> StoryFacts:
    stories = {row.story_id for row in told}
    # Who reprints what was told has been told, whether or not an alert names it.
    known = {name for row in told for name in row.outlets}
    known.update(*(event.outlets.get(story, ()) for story in stories))
    identities = dict.fromkeys(row.identity for row in told)
    if told and told[0].update_of:  # the thread began with a story that is further away
        identities = {told[0].update_of: None} | identities
    return StoryFacts(
        story_id=event.story_id,
        is_new=opens,
        outlets=event.outlets.get(event.story_id, ()),
        origin=event.origins[event.story_id],
        alerted_at=told[-1].created_at if told else None,
        alerted_keys=frozenset(key for row in told for key in row.keys),
        alerted_severity=max((row.severity for row in told), key=SEVERITIES.index, default=None),
        alerted_outlets=frozenset(known),
        alert_identities=tuple(identities),
        independent=opens and (origin is None or origin not in {event.origins[story] for story in stories}),
        related_outlets=event.related_outlets,
    )


def recent_alerts(session: Session, rules: Iterable[str], since: datetime) -> dict[str, int]:
    """Return rule -> number of alerts that it has raised since a moment: the storm brake's fact."""
    rows = session.execute(
        select(tables.Alert.rule, func.count())
        .where(tables.Alert.rule.in_(list(rules)), tables.Alert.created_at >= since)
        .group_by(tables.Alert.rule)
    )
    return dict(rows.all())


def add_alert(session: Session, alert: Alert, outlets: Iterable[str], now: datetime) -> int | None:
    """Store an alert that tells of these domains; returns its id, or None where its identity is known."""
    values = {
        "identity": alert.identity,
        "rule": alert.rule,
        "story_id": alert.story_id,
        "article_id": alert.article_id,
        "severity": alert.severity,
        "created_at": now,
        "update_of": alert.update_of,
        "keys": sorted({f"{tag.dimension}:{tag.key}" for tag in alert.countries + alert.themes}),
        "outlets": sorted(set(outlets)),
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """The newest word of a person on a hit."""

    right: bool
    note: str
    at: datetime


def mark(session: Session, hit_id: int, right: bool, note: str, now: datetime) -> bool:
    """Store a person's verdict on a hit; returns False where there is no such hit.

    Saying again what was said last changes nothing.
    """
    if session.get(tables.Hit, hit_id) is None:
        return False
    last = verdict(session, hit_id)
    if last is None or (last.right, last.note) != (right, note):
        session.execute(insert(tables.Verdict).values(hit_id=hit_id, right=right, note=note, at=now))
    return True


def verdict(session: Session, hit_id: int) -> Verdict | None:
    """Return the newest verdict on a hit."""
    row = session.execute(
        select(tables.Verdict.right, tables.Verdict.note, tables.Verdict.at)
        .where(tables.Verdict.hit_id == hit_id)
        .order_by(tables.Verdict.id.desc())
        .limit(1)
    ).first()
    return Verdict(*row) if row else None


def verdicts(session: Session, rule: str) -> dict[int, bool]:
    """Return article id -> the newest verdict on a rule's hit."""
    rows = session.execute(
        select(tables.Hit.article_id, tables.Verdict.right)
        .join(tables.Verdict, tables.Verdict.hit_id == tables.Hit.id)
        .where(tables.Hit.rule == rule)
        .order_by(tables.Verdict.id)
    )
    return dict(rows.all())
