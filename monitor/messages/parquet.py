"""Digest -> the bytes of a Parquet file: the stories with their types, for pandas, DuckDB and the like.

Needs pyarrow, which is an extra. The columns are those of the CSV export, and in place of joined texts there
are lists.
"""

import io

from monitor.errors import MonitorError
from monitor.messages.digest import Digest, DigestStory
from monitor.messages.export import CSV_COLUMNS

NEEDS = "Parquet needs the extra: pip install 'opinion-monitor[parquet]'"


def as_parquet(digest: Digest) -> bytes:
    """Return one row for each story of each group. Raises MonitorError where pyarrow is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MonitorError(NEEDS) from error
    text, texts = pyarrow.string(), pyarrow.list_(pyarrow.string())
    weighed = pyarrow.list_(pyarrow.struct([("key", text), ("salience", pyarrow.float64())]))
    types = {
        "story_id": pyarrow.int64(),
        "published": pyarrow.timestamp("us", "UTC"),
        **dict.fromkeys(("author", "copies", "rules"), texts),
        **dict.fromkeys(("countries", "themes"), weighed),
    }
    period = {"period_start": digest.period_start.isoformat(), "period_end": digest.period_end.isoformat()}
    schema = pyarrow.schema(
        [(name, types.get(name, text)) for name in CSV_COLUMNS],
        metadata={"digest": digest.identity, **period},
    )
    rows = [
        {"country": group.country or None, "theme": group.theme or None, **_row(story)}
        for group in digest.groups
        for story in group.stories
    ]
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema), file)
    return file.getvalue()


def _row(story: DigestStory) -> dict[str, object]:
    return {
        "story_id": story.story_id,
        "published": story.published,
        "outlet": story.outlet,
        "author": list(story.byline),
        "kind": story.kind,
        "language": story.language,
        "title": story.title,
        "url": story.url,
        "quote": story.quotes[0].sentence if story.quotes else None,
        "countries": [{"key": key, "salience": salience} for key, salience in story.countries],
        "themes": [{"key": key, "salience": salience} for key, salience in story.themes],
        "copies": list(story.copies),
        "origin": story.origin,
        "rules": list(story.rules),
        "reason": story.reason or None,
    }
