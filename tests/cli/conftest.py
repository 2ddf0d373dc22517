"""A command line to call in this process, in a folder of its own."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from monitor.cli import main


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.split("\n") if line]


Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands set up logging for their process, which here is the tests'."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Cli:
    """Return a function that runs `monitor ARGUMENTS`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_CONFIG", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    def run(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["monitor", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            main()
        captured = capfdbinary.readouterr()
        assert isinstance(done.value.code, int)
        return Result(done.value.code, captured.out.decode("utf-8"), captured.err.decode("utf-8"))

    return run


CONFIG = """\
[channels.screen]
type = "console"
[[rules]]
name = "Drift"
countries = ["KZ"]
channels = ["screen"]
[[feeds]]
url = "https://news.example.org/feed"
title = "News"
folder = "Asia"
"""


@pytest.fixture
def configured(cli: Cli, tmp_path: Path) -> Path:
    """A small configuration with its database."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, "utf-8")
    assert cli("db", "upgrade").code == 0
    return file
