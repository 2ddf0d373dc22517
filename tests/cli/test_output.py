"""Tables on a terminal, plain lines elsewhere; nothing from the web reaches a terminal as a command."""

import io
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli.output import clean, print_rows, progress, to_json
from monitor.store.database import Database
from tests.cli.conftest import Cli


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Row:
    """One row of a listing."""

    title: str
    at: datetime | None


ROWS = [
    Row("One\x1b[2J\x07 [bold]title[/bold]\u202e", datetime(2026, 3, 2, 10, tzinfo=UTC)),
    Row("Two", None),
]
COLUMNS = {"Title": "title", "At": "at"}


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    cleaned = clean(text)
    assert all(char.isprintable() or ord(char) > 0x9F for char in cleaned)
    assert len(cleaned) == len(text)


def test_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")
    print_rows(ROWS, COLUMNS, as_json=False, empty="")
    shown = terminal.getvalue()
    assert "[bold]title[/bold]" in shown, "titles are text, not markup"
    assert "2026-03-02 10:00" in shown
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


def test_lines_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, COLUMNS, as_json=False, empty="")
    head, first, second = capsys.readouterr().out.splitlines()
    assert head == "Title\tAt"
    assert first.endswith("[bold]title[/bold] \t2026-03-02 10:00")
    assert second == "Two\t"


def test_values_as_json() -> None:
    assert to_json({"a": (timedelta(minutes=5), Path("x")), "b": ROWS[1:]}) == {
        "a": [300.0, "x"],
        "b": [{"title": "Two", "at": None}],
    }
    assert to_json(ROWS[0].at) == "2026-03-02T10:00:00Z"


def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress("polled", 2) as step:
        step()
        step()
    assert "polled" in terminal.getvalue()


@pytest.mark.parametrize(("total", "steps", "lines"), [(20, 20, 10), (None, 250, 2), (3, 3, 3)])
def test_progress_is_lines_elsewhere(
    capsys: pytest.CaptureFixture[str], total: int | None, steps: int, lines: int
) -> None:
    with progress("polled", total) as step:
        for _ in range(steps):
            step()
    assert len(capsys.readouterr().err.splitlines()) == lines


def test_where_the_daemon_runs_it_is_asked_to_poll(cli: Cli, configured: Path, tmp_path: Path) -> None:
    assert cli("feeds", "add", "https://b.example/feed", "--unread").code == 0
    with Database(f"sqlite:///{tmp_path}/data/monitor.db") as daemon:
        daemon.lock()
        result = cli("poll", "https://b.example/feed")
        assert (result.code, "polls 1 feeds now" in result.err) == (0, True)
        assert cli("poll", "https://unknown.example/").code == 1
        assert "--now asks it to poll all feeds" in cli("poll").err
        assert "polls 1 feeds now" in cli("poll", "--now").err
        assert cli("ingest").code == 1
        service = {finding["what"]: finding["state"] for finding in cli("doctor", "--service", "--json").json}
        assert service["daemon"] == "fine"
        assert "network" not in service
    result = cli("doctor", "--service")
    assert (result.code, "fails  daemon" in result.out) == (1, True)
