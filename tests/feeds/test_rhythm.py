"""The arithmetic of rates and waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.rhythm import (
    PRIOR_DAYS,
    PRIOR_ENTRIES,
    Rhythm,
    seconds_until_expected,
    seconds_until_waited,
)

NOW = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)


def flat(per_day: float) -> Rhythm:
    """A rhythm whose rate is exactly `per_day` in every hour."""
    return Rhythm(mass=per_day * (10 + PRIOR_DAYS) - PRIOR_ENTRIES, exposure_days=10)


@pytest.mark.parametrize("per_day", [1.0, 10.0, 200.0])
def test_a_constant_rate_gives_the_cube_root_law(per_day: float) -> None:
    rate = per_day / 86400
    forecast = flat(per_day).forecast(NOW, 1e7)
    assert seconds_until_waited(forecast, 3e5, 1e9) == pytest.approx((9e5 / rate) ** (1 / 3))
    assert seconds_until_expected(forecast, 3, 1e9) == pytest.approx(3 / rate)


def test_limits_hold() -> None:
    forecast = flat(0.001).forecast(NOW, 21600)
    assert seconds_until_waited(forecast, 3e5, 21600) == 21600
    assert seconds_until_expected(forecast, 3, 21600) == 21600


def test_a_silent_month_forgets_most() -> None:
    rhythm = Rhythm().aged(28).plus([NOW] * 100, NOW)
    later = rhythm.aged(28)
    assert later.mass == pytest.approx(100 / 2.718281828)
    assert later.exposure_days <= 28


@given(
    st.lists(st.integers(0, 14 * 24 * 3600), max_size=50),
    st.floats(1, 1e9),
    st.floats(300, 21600),
)
def test_more_patience_never_means_sooner(ages: list[int], patience: float, limit: float) -> None:
    rhythm = Rhythm().aged(14).plus([NOW - timedelta(seconds=age) for age in ages], NOW)
    forecast = rhythm.forecast(NOW, limit)
    shorter = seconds_until_waited(forecast, patience, limit)
    longer = seconds_until_waited(forecast, patience * 2, limit)
    assert 0 < shorter <= longer <= limit


@given(st.lists(st.integers(0, 14 * 24 * 3600), max_size=50), st.floats(0, 60))
def test_a_rhythm_is_the_same_whether_aged_when_stored_or_when_asked(ages: list[int], days: float) -> None:
    rhythm = Rhythm().aged(14).plus([NOW - timedelta(seconds=age) for age in ages], NOW)
    later = NOW + timedelta(days=days)
    expected = [piece for pair in rhythm.aged(days).forecast(later, 21600) for piece in pair]
    assert [piece for pair in rhythm.forecast(later, 21600) for piece in pair] == pytest.approx(expected)
