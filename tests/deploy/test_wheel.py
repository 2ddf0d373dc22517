"""The built wheel is whole: an installed program can make its database and write its configuration."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_works_away_from_the_source(site: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(site)}

    def monitor(*arguments: str) -> str:
        command = [sys.executable, "-P", "-m", "monitor", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=120
        ).stdout

    where = [sys.executable, "-P", "-c", "import monitor; print(monitor.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert found.stdout.startswith(str(site))
    assert "written" in monitor("init")
    assert "is fine: " in monitor("check")
    assert "was created" in monitor("db", "upgrade")
    assert "is fine" in monitor("db", "check")


def test_no_python_package_shadows_alembic(site: Path) -> None:
    assert not (site / "monitor" / "migrations" / "__init__.py").exists()
    assert (site / "monitor" / "migrations" / "env.py").exists()


def test_the_data_files_are_in_it(site: Path) -> None:
    for pattern in ("tagging/data/themes/*.toml", "messages/templates/*", "watch/*.lark", "demo/newsroom/*"):
        assert list((site / "monitor").glob(pattern)), pattern
