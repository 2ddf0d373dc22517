"""The database: engine, sessions, and the one thread that owns all writes.

SQLite (WAL, synchronous=FULL, foreign keys on) or PostgreSQL (psycopg 3), by URL. Store functions take
a session and never commit; the services decide what one transaction holds by what they hand to
`Database.awrite`. On both databases one writer thread commits several intents together, each in its
own savepoint: an fsync costs more than the rows of a hundred polls, and one intent that fails does
not take the others with it. Intents of one kind (`awrite_together`) even share their statements.
"""

import asyncio
import fcntl
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.errors import AlreadyRunning, DatabaseError

T = TypeVar("T")
U = TypeVar("U")

# As many intents as are waiting share one commit, up to this many, so that no caller waits for long.
GROUP_COMMIT_MAX = 64
# An intent that can share its statements waits this long for others to share them with.
COMPANY_SECONDS = 0.05
LOCK_TRIES = 10
LOCK_WAIT_SECONDS = 0.1
_LOCK_KEY = 0x6D6F6E69746F72  # "monitor": PostgreSQL's advisory lock of the one daemon
_ADVISORY_LOCK = text(
    "SELECT pg_try_advisory_lock(:key), (SELECT application_name FROM pg_locks JOIN pg_stat_activity"
    " USING (pid) WHERE locktype = 'advisory' AND classid = :high AND objid = :low LIMIT 1)"
)


@dataclass(frozen=True, slots=True)
class _Intent:
    """`save(session, items)` returns one result for each item; intents of one `save` are saved together."""

    save: Callable[[Session, list[Any]], Sequence[Any]]
    item: Any
    patient: bool
    done: "Future[Any] | asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None  # that of an asyncio future


@dataclass(frozen=True, slots=True)
class _Outcome:
    intent: _Intent
    result: Any = None
    error: Exception | None = None

    def tell(self) -> None:
        """Let the caller know, where it still waits."""
        done = self.intent.done
        if done.done():
            return
        if self.error is not None:
            done.set_exception(self.error)
        else:
            done.set_result(self.result)


class Database:
    """An opened database. Use as a context manager, or call `close()`.

    `url` is an SQLAlchemy URL; raises DatabaseError where it names something else than SQLite or
    PostgreSQL, or its folder cannot be made.
    """

    def __init__(self, url: str) -> None:
        self.url = _checked_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, self.is_sqlite)
        self._writing = self.engine.execution_options(monitor_write=True)
        self._intents: queue.SimpleQueue[_Intent | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._thread_guard = threading.Lock()
        self._lock: Any = None

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish the intents that wait, give back the lock, close all connections."""
        with self._thread_guard:
            if self._thread is not None:
                self._intents.put(None)
                self._thread.join()
                self._thread = None
        self.unlock()
        self.engine.dispose()

    # -- reading and writing -----------------------------------------------------------------------

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a session for reading; nothing done in it is committed."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session in a write transaction of its own: for commands and tests, not for the loop."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def read(self, work: Callable[[Session], T]) -> T:
        """Return `work(session)`, called in this thread."""
        with self.session() as session:
            return work(session)

    async def aread(self, work: Callable[[Session], T]) -> T:
        """Return `work(session)`, called in another thread."""
        return await asyncio.to_thread(self.read, work)

    def write(self, work: Callable[[Session], T]) -> "Future[T]":
        """Queue `work(session)` for the writer thread. The future is done once it is committed."""
        future: Future[T] = Future()
        self._hand_in(_Intent(lambda session, _: [work(session)], None, False, future))
        return future

    async def awrite(self, work: Callable[[Session], T]) -> T:
        """Return the result of `work(session)` after it is committed.

        A cancelled caller does not take its work back: what was handed in is committed.
        """
        return await self._awritten(lambda session, _: [work(session)], None, patient=False)

    async def awrite_together(self, save: Callable[[Session, list[U]], Sequence[T]], item: U) -> T:
        """Return the result for `item` of `save(session, items)` after it is committed.

        `items` are those that several callers handed in with the same `save`. Where it raises, each item is
        saved alone, so that one that fails takes no other with it. Like `awrite` in all else.
        """
        return await self._awritten(save, item, patient=True)

    async def _awritten(
        self, save: Callable[[Session, list[U]], Sequence[T]], item: U, *, patient: bool
    ) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._hand_in(_Intent(save, item, patient, done, loop))
        return await done

    def _hand_in(self, intent: _Intent) -> None:
        with self._thread_guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="writer", daemon=True)
                self._thread.start()
        self._intents.put(intent)

    def _write_all(self) -> None:
        stop = False
        while not stop:
            first = self._intents.get()
            if first is None:
                return
            if first.patient:
                time.sleep(COMPANY_SECONDS)
            group = [first]
            while len(group) < GROUP_COMMIT_MAX:
                try:
                    intent = self._intents.get_nowait()
                except queue.Empty:
                    break
                if intent is None:
                    stop = True
                    break
                group.append(intent)
            _tell(self._commit_together(group))

    def _commit_together(self, group: list[_Intent]) -> list[_Outcome]:
        alike: dict[Any, list[_Intent]] = {}
        for intent in group:
            alike.setdefault(intent.save, []).append(intent)
        outcomes: list[_Outcome] = []
        try:
            with Session(self._writing, expire_on_commit=False) as session, session.begin():
                for intents in alike.values():
                    outcomes += _saved(session, intents)
        except Exception as error:  # noqa: BLE001  (the commit failed: nobody's work was stored)
            failed = {outcome.intent.done: outcome for outcome in outcomes if outcome.error is not None}
            return [failed.get(intent.done) or _Outcome(intent, error=error) for intent in group]
        return outcomes

    # -- one daemon --------------------------------------------------------------------------------

    def lock(self) -> None:
        """Claim the database for this process; raises AlreadyRunning with the other's process id."""
        if self.is_sqlite:
            self._lock = _lock_file(self.url)
        else:
            self._lock = self._advisory_lock()

    def _advisory_lock(self) -> Connection:
        connection = self.engine.connect()
        connection.detach()  # back in the pool it would keep the lock
        key = {"key": _LOCK_KEY, "high": _LOCK_KEY >> 32, "low": _LOCK_KEY & 0xFFFFFFFF}
        for _ in range(LOCK_TRIES):
            row = connection.execute(_ADVISORY_LOCK, key).one()
            connection.commit()
            if row[0]:
                return connection
            # The server needs a moment to notice that a killed process is gone.
            time.sleep(LOCK_WAIT_SECONDS)
        connection.close()
        raise AlreadyRunning(f"another daemon works on this database ({row[1] or 'unnamed'})")

    def unlock(self) -> None:
        """Give the claim back; harmless where there is none."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _saved(session: Session, intents: list[_Intent]) -> list[_Outcome]:
    """Save intents of one kind in one savepoint; where that fails, each in its own."""
    try:
        with session.begin_nested():
            results = intents[0].save(session, [intent.item for intent in intents])
            session.flush()
        session.expunge_all()
    except Exception as error:  # noqa: BLE001  (it belongs to whoever handed the work in)
        if len(intents) == 1:
            return [_Outcome(intents[0], error=error)]
        return [outcome for intent in intents for outcome in _saved(session, [intent])]
    return [_Outcome(intent, result) for intent, result in zip(intents, results, strict=True)]


def _tell(outcomes: Iterable[_Outcome]) -> None:
    """Let all callers know; an event loop is woken once for all of its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        if outcome.intent.loop is None:
            outcome.tell()
        else:
            by_loop.setdefault(outcome.intent.loop, []).append(outcome)
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_tell_each, told)


def _tell_each(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        outcome.tell()


def _checked_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseError(f"database.url is not an SQLAlchemy URL: {url!r}") from error
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        backend = parsed.get_backend_name()
        raise DatabaseError(f"database.url names {backend}: use sqlite or postgresql+psycopg")
    return parsed


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite URL, or None for one in memory or for another database."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def _engine(url: URL, is_sqlite: bool) -> Engine:
    path = sqlite_path(url)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"cannot make the database's folder {path.parent}: {error.strerror}"
            ) from error
    try:
        if is_sqlite:
            engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})
        else:
            engine = create_engine(
                url,
                pool_pre_ping=True,
                connect_args={"options": "-c timezone=UTC", "application_name": f"monitor pid {os.getpid()}"},
            )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseError("PostgreSQL needs the extra: pip install 'opinion-monitor[postgres]'") from error
    if is_sqlite:
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
    # The driver's own implicit BEGIN breaks savepoints; `_on_sqlite_begin` says it instead.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Connection) -> None:
    # A write transaction takes its lock at once: one that starts by reading could not upgrade later.
    writes = connection.get_execution_options().get("monitor_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lock_file(url: URL) -> Any:
    path = sqlite_path(url)
    if path is None:
        return None
    file = path.with_name(path.name + ".lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        pid = file.read().strip()
        file.close()
        raise AlreadyRunning(
            f"process {pid or 'unknown'} already works on {path}; stop it first, or use another database",
            int(pid) if pid.isdigit() else None,
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
