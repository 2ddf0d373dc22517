"""The documents name commands, options, targets and files that exist."""

import re
from pathlib import Path

import pytest
import typer.main

from monitor.cli.app import app

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "deploy" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def known_commands() -> dict[str, set[str]]:
    """Return each command, and each `group command`, with its options."""
    root = typer.main.get_command(app)
    found: dict[str, set[str]] = {}
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {})
        found[name] = {option for parameter in command.params for option in parameter.opts}
        for part, below in inner.items():
            found[f"{name} {part}"] = {option for parameter in below.params for option in parameter.opts}
    return found


@page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text("utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


@page
def test_commands_and_options_exist(page: Path) -> None:
    known = known_commands()
    groups = {name.partition(" ")[0] for name in known if " " in name}
    for code in CODE.findall(page.read_text("utf-8")):
        for line in re.findall(r"(?:^|`|\s|/|\")monitor ((?!monitor)[a-z][^\n`#]*)", code):
            words = line.split()
            name = words[0]
            if name in ("=", "python", "is") or "/" in name or not re.fullmatch(r"[a-z-]+", name):
                continue
            assert name in known, f"monitor {line}"
            if name in groups and len(words) > 1 and re.fullmatch("[a-z]+", words[1]):
                name = f"{name} {words[1]}"
                assert name in known, f"monitor {line}"
            for option in re.findall(r"(?<=\s)--[a-z-]+", line):
                assert option in known[name] | {"--help"}, f"monitor {line}"


@page
def test_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for code in CODE.findall(page.read_text("utf-8")):
        assert set(re.findall(r"(?:^|`|\n)make ([a-z]+)", code)) <= targets


def test_the_readme_states_the_guarantee() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    for words in ("recorded in the same transaction", "dead-letter list", "at least once", "`Message-ID`"):
        assert words in text
