"""The systemd units are hardened and valid, by systemd's own judgement."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
UNITS = ("monitor.service", "monitor-web.service")
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
unit = pytest.mark.parametrize("unit", UNITS)


def analyze(unit: str, *arguments: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *arguments, str(DEPLOY / unit)], capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


@needs_systemd
@unit
def test_exposure_is_at_most_2(unit: str) -> None:
    answer = analyze(unit, "security", "--offline=true", "--no-pager")
    match = re.search(rf"Overall exposure level for {re.escape(unit)}: ([\d.]+)", answer)
    assert match is not None, answer
    assert float(match[1]) <= 2.0


@needs_systemd
@unit
def test_verify_prints_nothing(unit: str) -> None:
    assert analyze(unit, "verify") == ""


def settings(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / unit).read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_the_unit_says_what_the_daemon_needs() -> None:
    daemon = settings("monitor.service")
    assert daemon["Type"] == ["notify"]
    assert int(daemon["WatchdogSec"][0]) > 0
    assert daemon["DynamicUser"] == ["yes"]
    assert daemon["StateDirectory"] == ["monitor"]
    assert "HUP" in daemon["ExecReload"][0]
    assert daemon["LoadCredential"], "secrets come as credentials"
    # the workers limit their own memory: setrlimit must not be filtered away
    assert "~@resources" not in daemon["SystemCallFilter"]


def test_the_web_server_shares_the_daemons_user_folder_and_secrets() -> None:
    daemon, web = map(settings, UNITS)
    for key in ("User", "DynamicUser", "StateDirectory", "WorkingDirectory", "LoadCredential", "Environment"):
        assert web[key] == daemon[key]


@unit
def test_the_credentials_are_those_of_the_documentation(unit: str) -> None:
    text = (DEPLOY / "README.md").read_text("utf-8")
    for name in settings(unit)["LoadCredential"]:
        assert name in text
