"""When a feed publishes, learned from its entries' times: a rate, and its shape over the day and the week.

The rate forgets with a time constant of `MEMORY_DAYS`; the shapes are the product of an hour-of-day and a
day-of-week profile, both smoothed towards flat until there is enough to tell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, sqrt

MEMORY_DAYS = 28.0
DAY_SECONDS = 86400.0
# What is believed before anything is seen: one entry in half a day.
PRIOR_ENTRIES, PRIOR_DAYS = 1.0, 0.5
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


def seconds_until_waited(rhythm: Rhythm, now: datetime, entry_seconds: float, limit_seconds: float) -> float:
    """The seconds after which the entries expected since `now` have together waited `entry_seconds`.

    For a constant rate r that is sqrt(2 * entry_seconds / r): the square-root law, which gives the least mean
    delay for a number of polls. At most `limit_seconds`.
    """
    elapsed = waited = expected = 0.0
    for seconds, rate in rhythm.rates(now):
        more = waited + expected * seconds + rate * seconds * seconds / 2
        if more >= entry_seconds:
            missing = entry_seconds - waited
            # rate/2 x^2 + expected x - missing = 0, in the form that is stable for a small rate
            elapsed += 2 * missing / (expected + sqrt(expected * expected + 2 * rate * missing))
            break
        waited, expected, elapsed = more, expected + rate * seconds, elapsed + seconds
        if elapsed >= limit_seconds:
            break
    return min(elapsed, limit_seconds)


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
