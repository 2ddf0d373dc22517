"""init, check, db and the door itself: exit codes, errors in plain words, a quick start."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor import __version__
from tests.cli.conftest import CONFIG, Cli


def test_help_names_every_command(cli: Cli) -> None:
    result = cli("--help")
    assert result.code == 0
    names = (
        "init check run demo poll ingest analyze parse-feed explain feeds hits search attitudes digest alerts"
    )
    for name in [*names.split(), "test-alert", "db", "doctor"]:
        assert f"\n  {name} " in result.out, name


def test_the_version(cli: Cli) -> None:
    assert cli("--version").out == f"monitor {__version__}\n"


@pytest.mark.parametrize("arguments", [["nope"], ["hits", "--nope"], ["analyze", "absent.jsonl"], []])
def test_wrong_usage_is_2(cli: Cli, arguments: list[str]) -> None:
    assert cli(*arguments).code == 2


def test_init_writes_what_check_accepts(cli: Cli, tmp_path: Path) -> None:
    result = cli("init")
    assert (result.code, "config.toml written" in result.out) == (0, True)
    result = cli("check")
    assert (result.code, result.err) == (0, "")
    assert "config.toml is fine" in result.out

    (tmp_path / "config.toml").write_text("# mine")
    assert cli("init").code == 1
    assert (tmp_path / "config.toml").read_text() == "# mine"
    assert cli("init", "--force").code == 0
    assert (tmp_path / "config.toml").read_text() != "# mine"
    assert cli("init", "no/such/folder.toml").code == 1

    assert cli("init", "--demo", "--force").code == 0
    assert "config.toml is fine: 8 feeds, 6 rules" in cli("check").out


def test_without_a_file_the_example_is_used(cli: Cli) -> None:
    result = cli("check")
    assert result.code == 0
    assert "no config.toml here" in result.err


def test_check_tells_the_patterns_of_themes_that_are_wrong(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        '[[themes]]\nkey = "water"\n[themes.terms]\nen = ["dam|", "river"]\nru = ["(вод"]\n'
        '[themes.negative]\nen = [{ term = "bath", needs = ["(tub"] }]\n',
        "utf-8",
    )
    result = cli("check", "--config", file)
    assert result.code == 2
    for place in (":5: themes[1].terms.ru: ", ":7: themes[1].negative.en: "):
        assert f"{file}{place}" in result.err
    file.write_text('[[themes]]\nkey = "water"\n[themes.terms]\nen = ["(dam|dams) ^2", "river~"]\n', "utf-8")
    assert cli("check", "--config", file).code == 0


def test_check_tells_every_mistake_with_its_line(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(CONFIG.replace('"KZ"', '"Kazakhstan"') + 'colour = "red"\n', "utf-8")
    result = cli("check", "--config", file)
    assert result.code == 2
    assert f"{file}:5: rules[1].countries[1]: " in result.err
    assert f'{file}:11: feeds[1].colour: unknown key "colour"' in result.err
    assert "Traceback" not in result.err


def test_a_query_that_is_wrong_is_a_mistake(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.replace("countries = [", 'query = "country:KZ AND ("\ncountries = ['), "utf-8")
    result = cli("check")
    assert result.code == 2
    assert "config.toml:5: rules[1].query:" in result.err


def test_opml_files_are_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('opml = ["list.opml"]\n' + CONFIG, "utf-8")
    (tmp_path / "list.opml").write_text(
        '<opml version="2.0"><body><outline text="A" xmlUrl="https://a.example/feed"/>'
        '<outline text="B" xmlUrl="https://b.example:port/feed"/></body></opml>'
    )
    result = cli("check")
    assert result.code == 0, result.err
    assert "2 feeds" in result.out
    assert "left out: https://b.example:port/feed" in result.err


def test_the_environment_names_the_file(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text(CONFIG, "utf-8")
    monkeypatch.setenv("MONITOR_CONFIG", "other.toml")
    assert "other.toml is fine: 1 feeds, 1 rules" in cli("check").out


def test_a_secret_file_that_all_can_read_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "hook").write_text("https://hooks.example.org/secret")
    (tmp_path / "hook").chmod(0o644)
    (tmp_path / "config.toml").write_text(
        CONFIG + '[channels.s]\ntype = "slack"\nwebhook_url = { file = "hook" }\n', "utf-8"
    )
    result = cli("check")
    assert result.code == 0
    assert "chmod 600" in result.err
    assert "hooks.example.org" not in result.err + result.out


# -- db --------------------------------------------------------------------------------------------


def test_the_database_is_made_checked_and_copied(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    result = cli("hits")
    assert (result.code, "monitor db upgrade" in result.err) == (1, True)
    assert "was created" in cli("db", "upgrade").out
    assert "already" in cli("db", "upgrade").out
    assert cli("db", "check").code == 0
    assert cli("db", "backup", "copy.db").code == 0
    assert (tmp_path / "copy.db").stat().st_size > 0
    assert cli("db", "backup", "copy.db").code == 1


def test_a_broken_database_is_told(cli: Cli, configured: Path, tmp_path: Path) -> None:
    database = tmp_path / "data" / "monitor.db"
    for file in database.parent.iterdir():
        if file != database:
            file.unlink()
    database.write_bytes(b"this is no database, but it is long enough to be read as one" * 20)
    result = cli("hits")
    assert result.code == 1
    assert "not a database" in result.err
    assert "Traceback" not in result.err


def test_a_database_server_that_is_away_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[database]\nurl = "postgresql://127.0.0.1:1/none"\n')
    result = cli("hits")
    assert result.code == 1
    assert "127.0.0.1" in result.err
    assert "Traceback" not in result.err


# -- as a process ----------------------------------------------------------------------------------


def monitor(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "monitor", *arguments]


def test_a_reader_that_goes_away_is_no_error_to_print(tmp_path: Path) -> None:
    lines = b'{"id": "1", "text": "One text."}\n' * 2000
    process = subprocess.Popen(
        monitor("analyze"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin and process.stdout and process.stderr
    process.stdout.close()
    try:
        process.stdin.write(lines)
        process.stdin.close()
    except BrokenPipeError:
        pass
    errors = process.stderr.read().decode()
    process.stderr.close()
    process.wait(60)
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors
    assert "Exception ignored" not in errors


def test_help_is_quick() -> None:
    """Under 0.4 s on an idle machine; held here to a multiple of a bare start, which load slows alike."""

    def seconds(command: list[str]) -> float:
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ})
        return time.perf_counter() - start

    empty = min(seconds([sys.executable, "-c", "import typer"]) for _ in range(3))
    whole = min(seconds(monitor("--help")) for _ in range(3))
    assert whole < 3 * empty + 0.1


def test_help_loads_no_room() -> None:
    program = (
        "import sys; sys.argv = ['monitor', '--help']\n"
        "try:\n import monitor.cli; monitor.cli.main()\n"
        "except SystemExit: pass\n"
        "rooms = {'sqlalchemy', 'pydantic', 'lxml', 'aiohttp', 'lark'}\n"
        "print(*rooms & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stderr.strip() == ""
