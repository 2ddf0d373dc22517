"""Facts of earlier tries -> whether and when to ask for a page again.

Ten tries over three days, dense at first: most outages pass within the hour. A page that is gone
(404, 410) or that no repeat can mend is given up at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_ATTEMPTS = 10
MAX_AGE = timedelta(days=3)
# Waits after the first, second ... ninth try. They sum up to just under three days.
WAITS = tuple(timedelta(minutes=m) for m in (5, 15, 45, 120, 240, 480, 720, 1080, 1560))
_FINAL = {
    "gone": "the page is gone",
    "soft-404": "the site says that the page is not there",
    "geo-block": "the site shows it to other countries only",
    "not-found": "the page is not there",
    "forbidden-address": "its address may not be visited",
    "bad-url": "its address is not one",
    "robots": "robots.txt forbids it",
    "too-large": "it is larger than the limit",
    "not-html": "it is not a page of text",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a page could not be used. `kind` is of `FetchFailed`, `PageError` or `Extracted.partial_reason`."""

    kind: str
    detail: str
    status: int | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Ask again at `when` (aware)."""

    when: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not ask again; `reason` is one plain sentence for feed health."""

    reason: str


def decide_retry(
    attempts: int, first_tried_at: datetime, trouble: Trouble, now: datetime
) -> RetryAt | GiveUp:
    """Decide after try number `attempts` (1 for the first) failed with `trouble`.

    A `Retry-After` of the server lengthens the wait and never shortens it.
    """
    if trouble.status in {404, 410}:
        return GiveUp(f"the server answered {trouble.status}")
    if trouble.kind in _FINAL:
        return GiveUp(_FINAL[trouble.kind])
    if attempts >= MAX_ATTEMPTS:
        return GiveUp(f"{attempts} tries failed, the last with {trouble.kind}")
    wait = WAITS[max(attempts, 1) - 1]
    if trouble.retry_after_seconds is not None:
        wait = max(wait, timedelta(seconds=min(trouble.retry_after_seconds, MAX_AGE.total_seconds())))
    when = now + wait
    if when > first_tried_at + MAX_AGE:
        return GiveUp(f"three days have passed, the last try failed with {trouble.kind}")
    return RetryAt(when)
