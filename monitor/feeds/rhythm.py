"""When a feed publishes, learned from its entries' times: a rate, and its shape over the day and the week.

The rate forgets with a time constant of `MEMORY_DAYS`; the shapes are the product of an hour-of-day and a
day-of-week profile, both smoothed towards flat until there is enough to tell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

MEMORY_DAYS = 28.0
DAY_SECONDS = 86400.0
# What is believed before anything is seen: two entries a day, with the weight of a quarter of one.
PRIOR_ENTRIES, PRIOR_DAYS = 0.25, 0.125
# Entries' worth of flatness mixed into the profiles.
HOUR_SMOOTHING, DAY_SMOOTHING = 12.0, 7.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Decayed counts. `mass` entries in `exposure_days`; `by_hour` has 24 UTC hours, `by_day` 7 weekdays."""

    mass: float = 0.0
    exposure_days: float = 0.0
    by_hour: tuple[float, ...] = ()
    by_day: tuple[float, ...] = ()

    def aged(self, days: float) -> "Rhythm":
        """The same after `days` in which nothing was published."""
        keep = exp(-days / MEMORY_DAYS)
        return Rhythm(
            self.mass * keep,
            self.exposure_days * keep + MEMORY_DAYS * (1 - keep),
            tuple(count * keep for count in self.by_hour),
            tuple(count * keep for count in self.by_day),
        )

    def plus(self, moments: Iterable[datetime], now: datetime) -> "Rhythm":
        """The same with entries published at `moments`, none of them after `now`."""
        by_hour, by_day, mass = list(self.by_hour or [0.0] * 24), list(self.by_day or [0.0] * 7), self.mass
        for moment in moments:
            weight = exp((moment - now).total_seconds() / DAY_SECONDS / MEMORY_DAYS)
            mass += weight
            by_hour[moment.hour] += weight
            by_day[moment.weekday()] += weight
        return Rhythm(mass, self.exposure_days, tuple(by_hour), tuple(by_day))

    def rates(self, now: datetime) -> Iterator[tuple[float, float]]:
        """From `now` on, for each piece of time: its length in seconds, and its entries a second."""
        rate = (self.mass + PRIOR_ENTRIES) / (self.exposure_days + PRIOR_DAYS) / DAY_SECONDS
        hours = _profile(self.by_hour, 24, HOUR_SMOOTHING, blur=True)
        days = _profile(self.by_day, 7, DAY_SMOOTHING, blur=False)
        moment = now
        while True:
            seconds = 3600.0 - (moment.minute * 60 + moment.second + moment.microsecond / 1e6)
            yield seconds, rate * hours[moment.hour] * days[moment.weekday()]
            moment += timedelta(seconds=seconds)


def _profile(counts: tuple[float, ...], size: int, smoothing: float, *, blur: bool) -> list[float]:
    """Factors with a mean of about 1."""
    if not counts:
        return [1.0] * size
    if blur:
        counts = tuple((counts[i - 1] + 2 * counts[i] + counts[(i + 1) % size]) / 4 for i in range(size))
    total = sum(counts) + smoothing
    return [(count + smoothing / size) / total * size for count in counts]


def seconds_until_waited(rhythm: Rhythm, now: datetime, patience: float, limit_seconds: float) -> float:
    """The seconds after which the squared waits of the entries expected since `now` sum up to `patience`.

    In entry-seconds². For a constant rate r that is cbrt(3 * patience / r). Squares weigh long waits: plain
    sums (the square-root law) give the least mean delay, squares a lower 95th percentile for nearly the same
    mean (`bench/poll_policy.py`). At most `limit_seconds`.
    """
    elapsed = squared = waited = expected = 0.0
    for seconds, rate in rhythm.rates(now):
        more = squared + seconds * (2 * waited + seconds * (expected + seconds * rate / 3))
        if more >= patience:
            elapsed += _root(rate / 3, expected, 2 * waited, patience - squared, seconds)
            break
        squared = more
        waited += seconds * (expected + seconds * rate / 2)
        expected, elapsed = expected + rate * seconds, elapsed + seconds
        if elapsed >= limit_seconds:
            break
    return min(elapsed, limit_seconds)


def _root(cubic: float, square: float, linear: float, total: float, upper: float) -> float:
    """Where cubic x^3 + square x^2 + linear x reaches `total`, by Newton's method from above.

    No coefficient is negative, so the curve is convex and the steps come down to the root without passing it.
    """
    x = upper
    for _ in range(12):
        excess = x * (linear + x * (square + x * cubic)) - total
        if excess <= 1e-9 * total:
            break
        x -= excess / (linear + x * (2 * square + 3 * x * cubic))
    return x


def seconds_until_expected(rhythm: Rhythm, now: datetime, entries: float, limit_seconds: float) -> float:
    """The seconds in which `entries` are expected to be published, at most `limit_seconds`."""
    elapsed = expected = 0.0
    for seconds, rate in rhythm.rates(now):
        if expected + rate * seconds >= entries:
            elapsed += (entries - expected) / rate
            break
        expected, elapsed = expected + rate * seconds, elapsed + seconds
        if elapsed >= limit_seconds:
            break
    return min(elapsed, limit_seconds)
