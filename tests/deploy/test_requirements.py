"""The pinned requirements: complete, hashed, and silent about where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUNTIME = (ROOT / "requirements" / "runtime.txt").read_text("utf-8")
DEV = (ROOT / "requirements" / "dev.txt").read_text("utf-8")


def pins(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def wanted(*groups: str) -> list[Requirement]:
    project = PROJECT["project"]
    lines = list(project["dependencies"])
    for group in groups:
        lines += PROJECT["dependency-groups"].get(group) or project["optional-dependencies"][group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(
    ("text", "groups"),
    [(RUNTIME, ("build", "postgres")), (DEV, ("build", "postgres", "apprise", "parquet", "dev"))],
)
def test_everything_is_pinned_as_the_project_asks(text: str, groups: tuple[str, ...]) -> None:
    have = pins(text)
    for requirement in wanted(*groups):
        versions = have.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not pinned: run `make requirements`"
        assert all(requirement.specifier.contains(version) for version in versions), requirement


@pytest.mark.parametrize("text", [RUNTIME, DEV])
def test_every_pin_has_hashes(text: str) -> None:
    for block in re.split(r"\n(?=[A-Za-z])", text)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]


@pytest.mark.parametrize("text", [RUNTIME, DEV])
def test_no_address_of_any_index(text: str) -> None:
    assert not re.search(r"https?://|file:|--index|--find-links|--extra-index", text)


def test_tests_run_with_what_is_shipped() -> None:
    dev = pins(DEV)
    assert all(dev[name] == versions for name, versions in pins(RUNTIME).items())
