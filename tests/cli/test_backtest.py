"""backtest: what a rule would have told, as a person asks it."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.clock import utc_now
from monitor.store.database import Database
from tests.cli.conftest import CONFIG, Cli
from tests.pipeline.test_digest import store


@pytest.fixture
def other(configured: Path, tmp_path: Path) -> Path:
    """The configuration with another version of its rule; the database holds three stories."""
    now = utc_now()
    with Database(f"sqlite:///{tmp_path / 'data' / 'monitor.db'}") as database:
        store(database, "Astana keeps away", when=now - timedelta(days=3))
        store(database, "Yerevan freezes its seat", when=now - timedelta(days=2), country="AM")
        store(database, "Long ago", when=now - timedelta(days=200))
    file = tmp_path / "new.toml"
    file.write_text(CONFIG.replace('"KZ"', '"AM"'), "utf-8")
    return file


def test_what_a_rule_would_have_told(cli: Cli, other: Path) -> None:
    result = cli("backtest", "Drift")
    assert result.code == 0, result.err
    assert "1 match in 1 candidate article" in result.out
    assert "1 alert, 0.01 a day; 0 more in digests" in result.out
    assert "Astana keeps away" in result.out and "Long ago" not in result.out
    assert "2 matches" in cli("backtest", "Drift", "--since", "365d").out


def test_json(cli: Cli, other: Path) -> None:
    found = cli("backtest", "Drift", "--json", "--since", "10d").json
    assert set(found) == {"rule", "since", "until", "articles", "matches", "verdicts", "alerts_by_day"}
    [told] = found["matches"]
    assert (told["title"], told["decision"]) == ("Astana keeps away", "alerted")
    assert sum(found["alerts_by_day"].values()) == 1
    assert len(found["alerts_by_day"]) == 11
    assert found["verdicts"] == {"judged": 0, "precision": None, "recall": None}


def test_two_versions(cli: Cli, other: Path) -> None:
    result = cli("backtest", "Drift", "--against", other)
    assert result.code == 0, result.err
    assert "1 story gained\n  Yerevan freezes its seat: " in result.out
    assert "1 story lost\n  Astana keeps away: " in result.out
    both = cli("backtest", "Drift", "--against", other, "--json").json
    assert [change["title"] for change in both["lost"]] == ["Astana keeps away"]
    assert all(change["reason"] for change in both["gained"] + both["lost"])
    assert set(both["old"]) == set(both["new"]) == {
        "rule", "since", "until", "articles", "matches", "verdicts", "alerts_by_day"
    }  # fmt: skip


def test_exit_code_where_a_story_is_lost(cli: Cli, other: Path) -> None:
    assert cli("backtest", "Drift", "--against", other, "--fail-if-lost").code == 1
    assert cli("backtest", "Drift", "--against", other, "--fail-if-lost", "--json").code == 1
    other.write_text(CONFIG.replace('["KZ"]', '["KZ", "AM"]'), "utf-8")
    assert cli("backtest", "Drift", "--against", other, "--fail-if-lost").code == 0


def test_wrong_usage(cli: Cli, other: Path) -> None:
    unknown = cli("backtest", "Drfit")
    assert (unknown.code, 'no rule "Drfit"; there are: "Drift"' in unknown.err) == (2, True)
    other.write_text(CONFIG.replace("Drift", "Other"), "utf-8")
    missing = cli("backtest", "Drift", "--against", other)
    assert (missing.code, "new.toml" in missing.err) == (2, True)
    assert cli("backtest", "Drift", "--since", "soon").code == 2
    assert cli("backtest", "Drift", "--fail-if-lost").code == 2, "there is nothing to compare with"
