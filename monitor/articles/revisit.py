"""A visit to an article's page -> what becomes of its entry: done, tried again, given up, visited again.

Editors change and delete what people were told of. The pages of alerted articles are visited a few more
times, at growing distances; others only where their feed shows an edited entry. One answer is not enough to
call a page deleted: servers err, so a second one must say the same at least an hour later.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from monitor.articles.retry import GiveUp, RetryAt, Trouble, decide_retry
from monitor.model import PageWatch

# Waits before each visit: an hour, six hours, a day, three days and ten days after the alert.
DISTANCES = tuple(timedelta(hours=hours) for hours in (1, 5, 18, 48, 168))
CONFIRM_AFTER = timedelta(hours=2)
CONFIRM_LEAST = timedelta(hours=1)
BACK_AFTER = timedelta(days=7)  # a deleted page is looked at once more: some come back
MAX_VISITS = 8

Answer = Literal["there", "gone", "unknown"]
_GONE = frozenset({"gone", "not-found", "soft-404"})


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What is known when a page was visited."""

    attempts: int  # this one included
    first_tried_at: datetime
    watched: bool  # the visit only looked whether the page is still there
    whole: bool  # the article is stored, and not in part only
    told: bool  # an alert tells of it
    watch: PageWatch


@dataclass(frozen=True, slots=True)
class Settled:
    """Nothing is left to be had; the page is visited again at `visit_at`, if at all."""

    watch: PageWatch
    visit_at: datetime | None


def decide_visit(facts: VisitFacts, trouble: Trouble | None, now: datetime) -> Settled | RetryAt | GiveUp:
    """Return what becomes of the entry whose page was visited, `trouble` being why it could not be used.

    An article that is stored as a whole is never given up: trouble with its page is a deletion, or nothing.
    """
    answer = _answer(trouble)
    if trouble is not None and (not facts.whole or (answer == "unknown" and not facts.watched)):
        decision = decide_retry(facts.attempts, facts.first_tried_at, trouble, now)
        if isinstance(decision, RetryAt) or not facts.whole:
            return decision
    before = facts.watch
    if answer == "there" and not facts.watched and not before.visits:  # had for the first time
        return Settled(before, now + DISTANCES[0] if facts.told else None)
    after = replace(before, visits=before.visits + 1)
    left = after.visits < MAX_VISITS
    if answer == "there":
        after = PageWatch(after.visits)
        more = facts.told and after.visits < len(DISTANCES)
        return Settled(after, now + DISTANCES[after.visits] if more else None)
    if answer == "unknown":
        if before.missing_since and not before.gone_at:
            return Settled(after, now + CONFIRM_AFTER if left else None)
        more = facts.told and after.visits < len(DISTANCES)
        return Settled(after, now + DISTANCES[after.visits] if more else None)
    if before.missing_since is None or now - before.missing_since < CONFIRM_LEAST:
        after = replace(after, missing_since=before.missing_since or now)
        return Settled(after, now + CONFIRM_AFTER if left else None)
    if before.gone_at is None:
        return Settled(replace(after, gone_at=now), now + BACK_AFTER if left else None)
    return Settled(after, None)


def _answer(trouble: Trouble | None) -> Answer:
    if trouble is None:
        return "there"
    return "gone" if trouble.status in {404, 410} or trouble.kind in _GONE else "unknown"
