"""The whole way of an article, with the daemon killed at random moments: nothing is lost.

Longer: `python -m tests.acceptance.kills --kills 10000` (see docs/operations.md).
"""

from pathlib import Path

import pytest

from tests.acceptance.kills import Outcome, run

KILLS = 200


@pytest.fixture
def outcome(database_url: str, tmp_path: Path) -> Outcome:
    return run(database_url, tmp_path, kills=KILLS, seed=1, articles=KILLS // 2)


def test_nothing_is_lost_at_200_kills(outcome: Outcome) -> None:
    assert outcome.killed == KILLS
    assert outcome.matching == outcome.alerts == outcome.articles
    # Every matching article has been told by mail and on Slack ...
    assert outcome.arrived == (outcome.alerts, outcome.alerts)
    # ... and what was told twice carries the identity that it had before: once for each kill during a send.
    assert outcome.holds, outcome
    # The kills hit: much was under way while they fell.
    assert outcome.under_fire > outcome.alerts // 2
    assert all(outcome.kills_in_a_send)
    assert outcome.states == {"sent": 2 * outcome.alerts}


def test_marking_before_sending_fails_the_same_test(sqlite_url: str, tmp_path: Path) -> None:
    broken = run(sqlite_url, tmp_path, kills=KILLS // 4, seed=1, articles=60, mark_first=True)
    assert broken.lost and not broken.holds
