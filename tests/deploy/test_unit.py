"""The systemd unit is hardened and valid, by systemd's own judgement."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
UNIT = DEPLOY / "monitor.service"
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def analyze(*arguments: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *arguments, str(UNIT)], capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


@needs_systemd
def test_exposure_is_at_most_2() -> None:
    answer = analyze("security", "--offline=true", "--no-pager")
    match = re.search(r"Overall exposure level for monitor\.service: ([\d.]+)", answer)
    assert match is not None, answer
    assert float(match[1]) <= 2.0


@needs_systemd
def test_verify_prints_nothing() -> None:
    assert analyze("verify") == ""


def settings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_the_unit_says_what_the_daemon_needs() -> None:
    unit = settings()
    assert unit["Type"] == ["notify"]
    assert int(unit["WatchdogSec"][0]) > 0
    assert unit["DynamicUser"] == ["yes"]
    assert unit["StateDirectory"] == ["monitor"]
    assert "HUP" in unit["ExecReload"][0]
    assert unit["LoadCredential"], "secrets come as credentials"
    # the workers limit their own memory: setrlimit must not be filtered away
    assert "~@resources" not in unit["SystemCallFilter"]


def test_the_credentials_are_those_of_the_documentation() -> None:
    text = (DEPLOY / "README.md").read_text("utf-8")
    for name in settings()["LoadCredential"]:
        assert name in text
