"""function, arguments -> its result, from a process with a time and a memory limit.

Each worker is a process with its own pipes and one job at a time, so what a job does to its worker
(endless loop, too much memory, crash) ends that worker alone; another takes its place.
"""

import asyncio
import ctypes
import itertools
import os
import pickle
import resource
import signal
import struct
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final, TypeVar

from monitor.errors import WorkerDied

T = TypeVar("T")

_CONTEXT: Final = get_context("forkserver")  # never a fork of this process: it runs threads
_LENGTH: Final = struct.Struct("!i")  # how multiprocessing.connection frames its messages
_LONG_LENGTH: Final = struct.Struct("!Q")
_PR_SET_PDEATHSIG: Final = 1
_PAGE_BYTES: Final = resource.getpagesize()


# -- in the worker process -------------------------------------------------------------------------


def _data_bytes() -> int:
    """Return the private writable memory of this process, the quantity that RLIMIT_DATA limits."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[5]) * _PAGE_BYTES


def _serve(
    requests: Connection,
    replies: Connection,
    memory_bytes: int,
    initializer: Callable[..., object] | None,
    initargs: tuple[Any, ...],
) -> None:
    """Answer requests until the pipe closes. Each job may take `memory_bytes` above what it found."""
    # The server that forked this process ends with the daemon; so must this, even in an endless loop.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group: the daemon drains, then closes
        signal.signal(number, signal.SIG_IGN)
    if initializer is not None:
        initializer(*initargs)
    at_start = _data_bytes()
    replies.send_bytes(pickle.dumps(("ready", None, "")))
    while True:
        try:
            request = requests.recv_bytes()
        except (EOFError, OSError):
            return
        resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + memory_bytes, resource.RLIM_INFINITY))
        reply, healthy = _work(request)
        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        try:
            replies.send_bytes(reply)
        except OSError:
            return
        if not healthy or _data_bytes() - at_start > memory_bytes:
            return


def _work(request: bytes) -> tuple[bytes, bool]:
    """Run one job; return the reply and whether this process may go on."""
    try:
        function, args = pickle.loads(request)  # noqa: S301 - from our own parent
        del request
        return pickle.dumps(("done", function(*args), ""), pickle.HIGHEST_PROTOCOL), True
    except MemoryError:
        return pickle.dumps(("memory", None, "")), False
    except Exception as error:  # noqa: BLE001 - whatever the job raises belongs to its caller
        trace = traceback.format_exc()
        try:
            packed = pickle.dumps(error)
            pickle.loads(packed)  # noqa: S301 - some exceptions cannot be made again
        except Exception:  # noqa: BLE001
            return pickle.dumps(("unpicklable", None, trace)), True
        return pickle.dumps(("raised", packed, trace)), True


# -- in the parent ---------------------------------------------------------------------------------


class _Replies(asyncio.Protocol):
    """Puts together the framed messages that come out of a worker's pipe; the pipe's end is an answer too."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiter: asyncio.Future[bytes | None] | None = None
        self.ended = False

    def wait(self) -> asyncio.Future[bytes | None]:
        """Return the future of the next message; null stands for the end of the pipe."""
        self._waiter = asyncio.get_running_loop().create_future()
        if self.ended:
            self._waiter.set_result(None)
        else:
            self._deliver()
        return self._waiter

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._deliver()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _deliver(self) -> None:
        if self._waiter is None or self._waiter.done() or len(self._buffer) < _LENGTH.size:
            return
        start = _LENGTH.size
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length == -1:
            start += _LONG_LENGTH.size
            if len(self._buffer) < start:
                return
            (length,) = _LONG_LENGTH.unpack_from(self._buffer, _LENGTH.size)
        if len(self._buffer) >= start + length:
            message = bytes(memoryview(self._buffer)[start : start + length])
            del self._buffer[: start + length]
            self._waiter.set_result(message)


class _Worker:
    """One process and the parent's ends of its pipes."""

    def __init__(
        self,
        process: ForkServerProcess,
        requests: asyncio.WriteTransport,
        replies: _Replies,
        reading: asyncio.BaseTransport,
    ) -> None:
        self.process = process
        self.requests = requests
        self.replies = replies
        self.reading = reading
        self._ending: asyncio.Task[int | None] | None = None

    def send(self, message: bytes) -> None:
        if len(message) > 0x7FFFFFFF:
            self.requests.write(_LENGTH.pack(-1) + _LONG_LENGTH.pack(len(message)))
        else:
            self.requests.write(_LENGTH.pack(len(message)))
        self.requests.write(message)

    async def end(self, *, patience_seconds: float = 0.0) -> int | None:
        """Let the process end, by force after `patience_seconds`; return its exit code."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(patience_seconds))
        return await asyncio.shield(self._ending)

    async def _end(self, patience_seconds: float) -> int | None:
        if patience_seconds:
            self.requests.close()  # the worker reads the end of its pipe and returns
            with suppress(TimeoutError):
                await asyncio.wait_for(self.replies.wait(), patience_seconds)
        if not self.replies.ended:
            self.process.kill()
        if not self.requests.is_closing():
            self.requests.abort()
        await asyncio.to_thread(self.process.join)
        code = self.process.exitcode
        self.process.close()
        self.reading.close()
        return code


class Workers:
    """A pool of `count` worker processes; jobs wait for a free one, first come first served.

    `memory_mb`: what one job may take above what its worker held before. `initializer(*initargs)` runs
    once in each new worker. `preload`: modules that the server process imports once for all workers.
    Functions, arguments and results must be picklable.
    """

    def __init__(
        self,
        count: int,
        *,
        memory_mb: float = 256,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        preload: Iterable[str] = (),
        start_seconds: float = 60.0,
    ) -> None:
        self._count = count
        self._memory_bytes = int(memory_mb * 1e6)
        self._initializer = initializer
        self._initargs = initargs
        self._start_seconds = start_seconds
        self._idle: deque[_Worker] = deque()
        self._busy: set[_Worker] = set()
        self._places = asyncio.Semaphore(count)
        self._names = itertools.count(1)
        self._closed = False
        _CONTEXT.set_forkserver_preload([__name__, *preload])

    async def prewarm(self) -> None:
        """Start all workers now, so that the first jobs need not wait."""
        await asyncio.gather(*(self._place_one() for _ in range(self._count - len(self._idle))))

    async def _place_one(self) -> None:
        async with self._places:
            self._idle.append(await self._start())

    async def run(self, function: Callable[..., T], *args: Any, timeout_seconds: float) -> T:
        """Return `function(*args)` from a worker; re-raises what it raises.

        Raises WorkerDied ("time", "memory", "crash") where the worker did not live to answer. Where the
        caller is cancelled, so is the job.
        """
        message = pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL)
        async with self._places:
            worker = self._idle.pop() if self._idle else await self._start()
            self._busy.add(worker)
            try:
                reply = await self._exchange(worker, message, timeout_seconds)
            except BaseException:
                self._busy.discard(worker)
                await worker.end()
                raise
            self._busy.discard(worker)
            if reply is None:
                raise await self._died(worker)
            status, value, trace = pickle.loads(reply)  # noqa: S301 - from our own worker
            if status == "memory":
                await worker.end(patience_seconds=1.0)
                raise WorkerDied("memory", f"the job took more than {self._memory_bytes / 1e6:g} MB")
            if worker.replies.ended:
                await worker.end()
            else:
                self._idle.append(worker)
        if status == "done":
            result: T = value
            return result
        if status == "raised":
            error: Exception = pickle.loads(value)  # noqa: S301 - from our own worker
            error.add_note(f"in a worker process:\n{trace}")
            raise error
        raise WorkerDied("crash", f"the job raised an error that cannot be passed on:\n{trace}")

    async def _exchange(self, worker: _Worker, message: bytes, timeout_seconds: float) -> bytes | None:
        worker.send(message)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await worker.replies.wait()
        except TimeoutError:
            raise WorkerDied("time", f"the job took longer than {timeout_seconds:g} seconds") from None

    async def _died(self, worker: _Worker) -> WorkerDied:
        code = await worker.end()
        if self._closed:
            return WorkerDied("crash", "the workers were closed while the job was under way")
        if code == -signal.SIGKILL:  # not by us: the kernel was out of memory
            return WorkerDied("memory", "the system ended the worker, most likely for want of memory")
        reason = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        return WorkerDied("crash", f"the worker ended {reason}")

    async def _start(self) -> _Worker:
        """Start a worker and wait until its initializer has run; raises WorkerDied where it cannot."""
        if self._closed:
            raise RuntimeError("the workers are closed")
        loop = asyncio.get_running_loop()
        request_reader, request_writer = _CONTEXT.Pipe(duplex=False)
        reply_reader, reply_writer = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(
            target=_serve,
            args=(request_reader, reply_writer, self._memory_bytes, self._initializer, self._initargs),
            name=f"monitor-worker-{next(self._names)}",
            daemon=True,
        )
        await asyncio.to_thread(_start_process, process)
        request_reader.close()
        reply_writer.close()
        writing, _ = await loop.connect_write_pipe(asyncio.Protocol, _as_file(request_writer, "wb"))
        reading, replies = await loop.connect_read_pipe(_Replies, _as_file(reply_reader, "rb"))
        worker = _Worker(process, writing, replies, reading)
        try:
            async with asyncio.timeout(self._start_seconds):
                ready = await replies.wait()
        except BaseException as error:
            await worker.end()
            if isinstance(error, TimeoutError):
                raise WorkerDied("time", "the worker did not get ready in time") from None
            raise
        if ready is None:
            raise await self._died(worker)
        return worker

    async def aclose(self) -> None:
        """End all workers: idle ones quietly, those at work by force."""
        self._closed = True
        workers = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(w.end(patience_seconds=0.0 if w in self._busy else 2.0) for w in workers))


def _as_file(connection: Connection, mode: str) -> Any:
    """Hand the pipe's descriptor over from `connection` to a file that closes it."""
    file = os.fdopen(os.dup(connection.fileno()), mode, buffering=0)
    connection.close()
    return file


def _start_process(process: ForkServerProcess) -> None:
    """Start with SIGTERM and SIGINT blocked: the server of workers, started on first use, keeps that
    mask, so that a signal to the whole process group leaves the workers to finish their jobs."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
