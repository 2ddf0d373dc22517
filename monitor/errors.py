"""The tree of errors.

Expected failures are values at a stage boundary (`model.FetchFailed`, `model.SendFailed`); these
exceptions are for what stops an operation:

    MonitorError
    ├── ConfigError          the configuration cannot be used; carries every problem found
    ├── DatabaseError        the database cannot be used as it is
    │   ├── NewerSchema      it was made by a newer version of this program
    │   └── AlreadyRunning   another daemon holds it
    ├── FeedError            the bytes are not a feed that can be read
    ├── LinkError            a signed link is damaged or expired
    ├── PageError            the page cannot be analysed
    ├── QueryError           the watch-language query is wrong; carries the position
    └── WorkerDied           a worker process was ended by its time or memory limit, or crashed
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


class MonitorError(Exception):
    """Base of all errors that this program raises on purpose. `str()` is fit to show to a user."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration file: where it is and what to do about it."""

    file: str
    key: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class ConfigError(MonitorError):
    """The configuration cannot be used. `problems` holds every mistake found in one run."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class DatabaseError(MonitorError):
    """The database cannot be used as it is."""


class NewerSchema(DatabaseError):
    """The database was migrated by a newer version of this program."""


class AlreadyRunning(DatabaseError):
    """Another daemon works on this database. `pid` is its process id, where known."""

    def __init__(self, message: str, pid: int | None = None) -> None:
        super().__init__(message)
        self.pid = pid


class FeedError(MonitorError):
    """The bytes are not a feed that can be read. `kind` is a short stable word for counting."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def __reduce__(self) -> tuple[type["FeedError"], tuple[str, str]]:
        return FeedError, (self.kind, str(self))


class LinkError(MonitorError):
    """A signed link cannot be used: it is `damaged` (or not ours), or it `expired` at a moment."""

    def __init__(self, kind: Literal["damaged", "expired"], expired_at: datetime | None = None) -> None:
        super().__init__(f"the link is {kind}" if kind == "damaged" else f"the link expired at {expired_at}")
        self.kind = kind
        self.expired_at = expired_at


class PageError(MonitorError):
    """The page cannot be analysed. `kind` is a short stable word for counting."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def __reduce__(self) -> tuple[type["PageError"], tuple[str, str]]:
        return PageError, (self.kind, str(self))


class QueryError(MonitorError):
    """A query of the watch language is wrong. `position` is the 0-based offset in `query`."""

    def __init__(self, message: str, query: str, position: int) -> None:
        super().__init__(message)
        self.query = query
        self.position = position

    def pointed(self) -> str:
        """Return the part of the query around the mistake, a mark under the character, and the message."""
        start = max(0, self.position - 60)
        line = "".join(char if char.isprintable() else " " for char in self.query[start : self.position + 20])
        return f"{line}\n{' ' * (self.position - start)}^ {self}"

    def __reduce__(self) -> tuple[type["QueryError"], tuple[str, str, int]]:
        return QueryError, (str(self), self.query, self.position)


class WorkerDied(MonitorError):
    """A worker process ended before it answered: `kind` is `time`, `memory` or `crash`."""

    def __init__(self, kind: Literal["time", "memory", "crash"], message: str) -> None:
        super().__init__(message)
        self.kind = kind
