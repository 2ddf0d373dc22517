"""The container files name what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")


def test_what_is_copied_exists() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


def test_it_does_not_run_as_root() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!root)\w+$", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage


def test_compose_holds_no_password() -> None:
    assert "${POSTGRES_PASSWORD:?" in COMPOSE
    assert not re.search(r"PASSWORD: (?!\$)", COMPOSE)


def test_nothing_private_enters_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv", "config.toml", "data"} <= set(ignored)
