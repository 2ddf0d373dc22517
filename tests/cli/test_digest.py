"""digest: every form of it, printed."""

import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.clock import utc_now
from monitor.messages.export import CSV_COLUMNS
from monitor.store.database import Database
from tests.cli.conftest import Cli
from tests.pipeline.test_digest import store


@pytest.fixture
def told(configured: Path, tmp_path: Path) -> None:
    """One article of the last day."""
    with Database(f"sqlite:///{tmp_path / 'data' / 'monitor.db'}") as database:
        store(database, "The seat", when=utc_now() - timedelta(hours=2))


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json", "csv"])
def test_texts(cli: Cli, told: None, form: str) -> None:
    result = cli("digest", "--format", form)
    assert (result.code, "The seat" in result.out) == (0, True), result.err


def test_parquet(told: None, cli: Cli, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "digest", "--format", "parquet"],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    table = parquet.read_table(io.BytesIO(done.stdout))
    assert tuple(table.schema.names) == CSV_COLUMNS
    assert table["title"].to_pylist() == ["The seat"]


def test_parquet_without_pyarrow(told: None, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = cli("digest", "--format", "parquet")
    assert (result.code, result.out) == (1, "")
    assert "pip install 'opinion-monitor[parquet]'" in result.err
