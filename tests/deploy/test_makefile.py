"""What a person types: the targets explain themselves, and nothing is done twice."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "Makefile").read_text("utf-8")
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_make
def test_make_alone_explains_every_target() -> None:
    shown = make(ROOT)
    phony = re.search(r"^\.PHONY: (.+)$", TEXT, re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^  make {target} +\S", shown, re.MULTILINE), target


@needs_make
def test_what_is_installed_is_not_installed_again(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    assert "pip" in make(tmp_path, "--dry-run", "install")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("bin/python", ".installed", ".installed-dev"):
        (tmp_path / ".venv" / name).touch()
    assert "pip" not in make(tmp_path, "--dry-run", "install")
    assert "pip" not in make(tmp_path, "--dry-run", "test")
    assert "pytest" in make(tmp_path, "--dry-run", "test")


def test_packages_are_checked_against_their_hashes() -> None:
    assert TEXT.count("--require-hashes") == TEXT.count("--requirement requirements/")
