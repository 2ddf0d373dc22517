"""When a feed publishes, learned from its entries' times: a rate, and its shape over the day and the week.

The rate forgets with a time constant of `MEMORY_DAYS`; the shapes are the product of an hour-of-day and a
day-of-week profile, both smoothed towards flat until there is enough to tell.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

MEMORY_DAYS = 28.0
DAY_SECONDS = 86400.0
# What is believed before anything is seen: two entries a day, with the weight of a quarter of one.
PRIOR_ENTRIES, PRIOR_DAYS = 0.25, 0.125
# Entries' worth of flatness mixed into the profiles.
HOUR_SMOOTHING, DAY_SMOOTHING = 12.0, 7.0

Forecast = list[tuple[float, float]]  # pieces of time: length in seconds, entries a second


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Counts decayed to the instant `at` (UTC). `mass` entries in `exposure_days`.

    `by_hour` has 24 UTC hours, `by_day` 7 weekdays, Monday first; both are empty until something is seen.
    """

    mass: float = 0.0
    exposure_days: float = 0.0
    by_hour: tuple[float, ...] = ()
    by_day: tuple[float, ...] = ()
    at: datetime | None = None

    def aged(self, days: float) -> "Rhythm":
        """The same after `days` in which nothing was published."""
        keep = exp(-days / MEMORY_DAYS)
        return Rhythm(
            self.mass * keep,
            self.exposure_days * keep + MEMORY_DAYS * (1 - keep),
            tuple([count * keep for count in self.by_hour]),
            tuple([count * keep for count in self.by_day]),
            self.at + timedelta(days=days) if self.at else None,
        )

    def plus(self, moments: Iterable[datetime], now: datetime) -> "Rhythm":
        """The same, brought up to `now`, with entries published at `moments`, none of them after `now`."""
        aged = self.aged(_days(self.at, now)) if self.at else self
        by_hour, by_day, mass = list(aged.by_hour or [0.0] * 24), list(aged.by_day or [0.0] * 7), aged.mass
        for moment in moments:
            weight = exp((moment - now).total_seconds() / DAY_SECONDS / MEMORY_DAYS)
            mass += weight
            by_hour[moment.hour] += weight
            by_day[moment.weekday()] += weight
        # Stored as JSON: kept short.
        return Rhythm(
            mass,
            aged.exposure_days,
            tuple([round(count, 3) for count in by_hour]),
            tuple([round(count, 3) for count in by_day]),
            now,
        )

    def per_day(self, now: datetime) -> float:
        """The entries of a day, on the average of all hours and weekdays."""
        keep = exp(-_days(self.at, now) / MEMORY_DAYS)
        exposure_days = self.exposure_days * keep + MEMORY_DAYS * (1 - keep)
        return (self.mass * keep + PRIOR_ENTRIES) / (exposure_days + PRIOR_DAYS)

    def forecast(self, now: datetime, seconds: float) -> Forecast:
        """What is expected from `now` on, hour by hour, for at least `seconds`."""
        keep = exp(-_days(self.at, now) / MEMORY_DAYS)
        rate = self.per_day(now) / DAY_SECONDS
        hour_total = sum(self.by_hour) * keep + HOUR_SMOOTHING
        day_total = sum(self.by_day) * keep + DAY_SMOOTHING
        pieces = []
        ahead, moment = 0.0, now
        while ahead < seconds:
            length = 3600.0 - (moment.minute * 60 + moment.second + moment.microsecond / 1e6)
            factor = 1.0
            if counts := self.by_hour:
                hour = moment.hour
                blurred = (counts[hour - 1] + 2 * counts[hour] + counts[(hour + 1) % 24]) / 4
                factor *= (blurred * keep * 24 + HOUR_SMOOTHING) / hour_total
            if counts := self.by_day:
                factor *= (counts[moment.weekday()] * keep * 7 + DAY_SMOOTHING) / day_total
            pieces.append((length, rate * factor))
            ahead += length
            moment += timedelta(seconds=length)
        return pieces


UNKNOWN = Rhythm()


def _days(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) / DAY_SECONDS if since else 0.0


def seconds_until_waited(forecast: Forecast, patience: float, limit_seconds: float) -> float:
    """The seconds after which the squared waits of the entries expected by then sum up to `patience`.

    In entry-seconds². For a constant rate r that is cbrt(3 * patience / r). Squares weigh long waits: plain
    sums (the square-root law) give the least mean delay, squares a lower 95th percentile for nearly the same
    mean (`bench/poll_policy.py`). At most `limit_seconds`, or what the forecast covers.
    """
    elapsed = squared = waited = expected = 0.0
    for seconds, rate in forecast:
        more = squared + seconds * (2 * waited + seconds * (expected + seconds * rate / 3))
        if more >= patience:
            elapsed += _root(rate / 3, expected, 2 * waited, patience - squared, seconds)
            break
        squared = more
        waited += seconds * (expected + seconds * rate / 2)
        expected, elapsed = expected + rate * seconds, elapsed + seconds
    return min(elapsed, limit_seconds)


def seconds_until_expected(forecast: Forecast, entries: float, limit_seconds: float) -> float:
    """The seconds in which `entries` are expected, at most `limit_seconds` or what the forecast covers."""
    elapsed = expected = 0.0
    for seconds, rate in forecast:
        if expected + rate * seconds >= entries:
            elapsed += (entries - expected) / rate
            break
        expected, elapsed = expected + rate * seconds, elapsed + seconds
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
