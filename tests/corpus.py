"""Where the shared corpus of real feeds, pages and labelled texts is; tests that use it skip without it."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("MONITOR_CORPUS", Path(__file__).parent.parent.parent / "shared" / "corpus"))


def corpus_dir(name: str = "") -> Path:
    """Return the corpus folder `name`, or skip the calling test where it is absent."""
    path = ROOT / name
    if not path.is_dir():
        pytest.skip(f"no corpus at {path} (set MONITOR_CORPUS)")
    return path
