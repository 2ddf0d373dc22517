"""Digests as Parquet: what was written is read back, with its types."""

import io
import sys
from datetime import UTC

import pytest

from monitor.errors import MonitorError
from monitor.messages.export import CSV_COLUMNS
from monitor.messages.parquet import as_parquet
from tests.messages import sample


def test_what_was_written_is_read_back() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    digest = sample.digest()
    table = parquet.read_table(io.BytesIO(as_parquet(digest)))
    assert tuple(table.schema.names) == CSV_COLUMNS
    assert table.schema.metadata[b"digest"] == digest.identity.encode()
    rows = table.to_pylist()
    told = [(group, story) for group in digest.groups for story in group.stories]
    assert len(rows) == len(told) > 1
    for row, (group, story) in zip(rows, told, strict=True):
        assert (row["country"], row["theme"]) == (group.country or None, group.theme or None)
        assert (row["story_id"], row["title"], row["url"]) == (story.story_id, story.title, story.url)
        assert row["published"] == story.published
        assert row["published"] is None or row["published"].utcoffset() == UTC.utcoffset(None)
        assert tuple(row["author"]) == story.byline
        assert [(item["key"], item["salience"]) for item in row["countries"]] == list(story.countries)


def test_an_empty_digest_has_the_columns() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(as_parquet(sample.digest(groups=()))))
    assert (table.num_rows, tuple(table.schema.names)) == (0, CSV_COLUMNS)


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MonitorError, match=r"pip install 'opinion-monitor\[parquet\]'"):
        as_parquet(sample.digest())
