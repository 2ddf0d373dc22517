"""The documentation and the example say what the schema says."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from monitor.config import COUNTRIES, THEMES, Config, load
from monitor.config.reference import reference, toml
from monitor.watch.parse import parse

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "config.example.toml"
DEFAULTS = ("database", "polling", "network", "retention", "logging")


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    assert page == reference(), "run `make docs`"


def test_every_key_is_described() -> None:
    assert "| None |" not in reference()


def example() -> dict[str, Any]:
    return tomllib.loads(EXAMPLE.read_text("utf-8"))


def test_the_example_is_valid_without_any_secret() -> None:
    config = load(EXAMPLE, environ={}, check_query=lambda query, themes: parse(query))
    assert 35 <= len(config.feeds) <= 45
    assert len({feed.language for feed in config.feeds}) >= 6
    assert {table.type for table in config.channels.values()} == {"console"}
    assert config.warnings == ()


@pytest.mark.parametrize("table", DEFAULTS)
def test_the_example_states_the_defaults(table: str) -> None:
    written = example()[table]
    default = getattr(Config(), table)
    assert written.keys() == type(default).model_fields.keys() - {"hosts"}, "every key of the table is shown"
    for key, value in written.items():
        expected = getattr(default, key)
        if isinstance(expected, BaseModel):
            expected = {name: getattr(expected, name) for name in type(expected).model_fields}
            assert {name: toml(item) for name, item in value.items()} == {
                name: toml(item) for name, item in expected.items()
            }
        else:
            assert toml(tuple(value) if isinstance(value, list) else value) == toml(expected), key


def test_what_is_commented_out_in_the_example_works_too(tmp_path: Path) -> None:
    """Uncomment every commented key and table; all of it must load."""
    lines = EXAMPLE.read_text("utf-8").splitlines()
    code = re.compile(r"# (\[.*\].*|\w+ = .*)$")
    opened = [match[1] if (match := code.match(line)) else line for line in lines]
    assert sum(a != b for a, b in zip(lines, opened, strict=True)) > 12
    file = tmp_path / "config.toml"
    file.write_text("\n".join(opened), "utf-8")
    secrets = {
        "MONITOR_SMTP_PASSWORD": "a",
        "MONITOR_SLACK_WEBHOOK": "https://hooks.example.org/x",
        "MONITOR_WEB_SECRET": "k" * 32,
    }
    config = load(file, environ=secrets)
    assert {table.type for table in config.channels.values()} == {"console", "email", "slack"}
    assert config.themes[0].key == "water"
    assert config.lexicon[0].country == "KZ"
    assert config.web.base_url
    assert config.sites["example.org"].content == "div.article-text"


def test_the_example_names_the_shipped_themes() -> None:
    text = EXAMPLE.read_text("utf-8").replace("\n#", "")
    assert ", ".join(THEMES) in text


def test_the_shipped_themes_are_there() -> None:
    files = {path.stem for path in (ROOT / "monitor" / "tagging" / "data" / "themes").glob("*.toml")}
    assert set(THEMES) <= files


def test_codes_of_all_countries() -> None:
    assert len([code for code in COUNTRIES if len(code) == 2 and code not in ("EU", "XK")]) == 249
