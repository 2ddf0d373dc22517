"""How commands speak: tables on a terminal, tab-separated lines elsewhere, JSON on request.

Results go to standard output, everything else to standard error. Titles and texts come from the web:
nothing in them reaches the terminal as a control sequence.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

# C0 and C1 controls, and the marks that reorder what is read
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def clean(value: object) -> str:
    """Return `value` as one line of text without control characters."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, timedelta):
        hours, minutes = divmod(round(value.total_seconds() / 60), 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(clean(item) for item in value)
    return _CONTROLS.sub(" ", str(value))


def complain(text: str) -> None:
    """Print an error to standard error."""
    for line in text.splitlines():
        print(f"monitor: {clean(line)}", file=sys.stderr)


def note(text: str) -> None:
    """Print a remark to standard error."""
    print(clean(text), file=sys.stderr)


def to_json(value: Any) -> Any:
    """Return `value` as JSON types.

    Dataclasses and named tuples become objects, times ISO 8601, durations seconds.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return to_json(value._asdict())
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def print_json(value: Any) -> None:
    """Print `value` as one JSON document."""
    print(json.dumps(to_json(value), ensure_ascii=False, indent=2))


def print_rows(rows: Sequence[Any], columns: Mapping[str, str], *, as_json: bool, empty: str) -> None:
    """Print dataclasses: all their fields as a JSON list, or `columns` (heading -> field) as a table.

    Where there are none, `empty` says so on standard error.
    """
    if as_json:
        print_json(rows)
        return
    if not rows:
        note(empty)
        return
    cells = [[clean(getattr(row, field)) for field in columns.values()] for row in rows]
    if not sys.stdout.isatty():
        for line in [list(columns), *cells]:
            print("\t".join(line))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in columns:
        table.add_column(heading, overflow="fold")
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    Console().print(table)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Any]:
    """Yield a function to call after each step: it moves a bar on a terminal, and prints lines elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
        return
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        # about ten lines for a known number, one every hundred steps otherwise
        if done == total or done % (max(1, total // 10) if total else 100) == 0:
            note(f"{what}: {done} of {total}" if total else f"{what}: {done}")

    yield step


def paragraphs(lines: Iterable[str]) -> None:
    """Print lines of text from the web."""
    for line in lines:
        print(clean(line))
