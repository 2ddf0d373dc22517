"""function, arguments -> its result, from a process with a time and a memory limit.

Each worker is a process with its own pipes and one job at a time, so what a job does to its worker
(endless loop, too much memory, crash) ends that worker alone; another is forked in a millisecond or two.
What runs in those processes is in nursery.py.
"""

import asyncio
import fcntl
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.reduction import send_handle
from threading import Lock
from typing import Any, Final, TypeVar

from monitor.errors import WorkerDied
from monitor.workers.nursery import LENGTH, Reply, Setup, framed

__all__ = ["Workers"]

T = TypeVar("T")

_PIPE_BYTES: Final = 1 << 20


class _NurseryDied(WorkerDied):
    """The nursery does not answer, so its workers are gone too."""

    def __init__(self) -> None:
        super().__init__("crash", "all workers ended at once")


class _Nursery:
    """The daemon's side of the nursery. Its methods block for milliseconds: call them in a thread."""

    def __init__(self, setup: Setup, start_seconds: float) -> None:
        """Start it and wait until it is set up; raises WorkerDied, or what the initializer raised."""
        self._lock = Lock()
        self._control, theirs = Pipe()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            f"from monitor.workers.nursery import main; main({theirs.fileno()})"
        )
        # Blocked signals are inherited: none can end the nursery before it says that it ignores them.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own code
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=2,  # our output belongs to our user, not to what a job prints
                pass_fds=[theirs.fileno()],
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        try:
            self._control.send_bytes(pickle.dumps(setup))
            if not self._control.poll(start_seconds):
                raise WorkerDied("time", f"the workers were not ready in {start_seconds:g} seconds")
            reply: Reply = pickle.loads(self._control.recv_bytes())  # noqa: S301 - from our own process
        except (EOFError, OSError):
            self.close()
            raise WorkerDied("crash", "the workers could not be started") from None
        except WorkerDied:
            self.close()
            raise
        if reply.status != "done":
            self.close()
            _value_of(reply)

    def fork(self) -> tuple[int, int, int]:
        """Return a new worker's pid, the pipe for its requests and the one of its replies."""
        request_reader, request_writer = _pipe()
        reply_reader, reply_writer = _pipe()
        try:
            pid = self._ask(("fork", 0), request_reader, reply_writer)
        except BaseException:
            os.close(request_writer)
            os.close(reply_reader)
            raise
        finally:
            os.close(request_reader)
            os.close(reply_writer)
        return pid, request_writer, reply_reader

    def end(self, pid: int) -> int:
        """Kill a worker, where it still runs; return its exit code."""
        return self._ask(("end", pid))

    def _ask(self, command: tuple[str, int], *handles: int) -> int:
        try:
            with self._lock:
                self._control.send_bytes(pickle.dumps(command))
                for handle in handles:
                    send_handle(self._control, handle, self._process.pid)
                answer: int = pickle.loads(self._control.recv_bytes())  # noqa: S301 - from our own process
        except (EOFError, OSError) as error:
            raise _NurseryDied from error
        return answer

    def close(self) -> None:
        """End the nursery, and with it the workers."""
        self._control.close()
        self._process.kill()
        self._process.wait()


def _pipe() -> tuple[int, int]:
    """Return a pipe that takes a whole page at once, where the system's limit for this user lets it."""
    reader, writer = os.pipe()
    with suppress(OSError):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return reader, writer


def _value_of(reply: Reply) -> Any:
    """Return the value of a reply, or raise what it tells."""
    if reply.status == "done":
        return reply.value
    if reply.status == "raised":
        error: Exception = pickle.loads(reply.error)  # noqa: S301 - from our own process
        error.add_note(f"in a worker process:\n{reply.trace}")
        raise error
    raise WorkerDied("crash", f"what the job returned or raised cannot be passed on:\n{reply.trace}")


class _Replies(asyncio.Protocol):
    """Puts together the framed messages of a worker's pipe; the end of the pipe is an answer too."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiter: asyncio.Future[bytes | None] | None = None
        self.ended = False

    def wait(self) -> asyncio.Future[bytes | None]:
        """Return the future of the next message; null stands for the end of the pipe."""
        self._waiter = asyncio.get_running_loop().create_future()
        if self.ended:
            self._waiter.set_result(None)
        return self._waiter

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        start = LENGTH.size
        if len(self._buffer) < start or len(self._buffer) < start + LENGTH.unpack_from(self._buffer)[0]:
            return
        message = bytes(memoryview(self._buffer)[start:])
        self._buffer = bytearray()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Worker:
    """One worker process and our ends of its pipes."""

    def __init__(
        self,
        nursery: _Nursery,
        pid: int,
        requests: asyncio.WriteTransport,
        replies: _Replies,
        reading: asyncio.BaseTransport,
    ) -> None:
        self.nursery = nursery
        self._pid = pid
        self._requests = requests
        self._replies = replies
        self._reading = reading
        self._ending: asyncio.Task[int | None] | None = None

    @classmethod
    async def start(cls, nursery: _Nursery) -> "_Worker":
        """Fork a worker; raises _NurseryDied."""
        loop = asyncio.get_running_loop()
        pid, request_writer, reply_reader = await asyncio.to_thread(nursery.fork)
        requests, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(request_writer, "wb", 0))
        reading, replies = await loop.connect_read_pipe(_Replies, os.fdopen(reply_reader, "rb", 0))
        return cls(nursery, pid, requests, replies, reading)

    @property
    def alive(self) -> bool:
        """Whether the process still has its end of the pipe."""
        return not self._replies.ended

    async def ask(self, message: bytes) -> bytes | None:
        """Send one request and return its reply; null where the worker ended instead."""
        self._requests.write(framed(message))
        return await self._replies.wait()

    async def end(self) -> int | None:
        """End the process at once; return its exit code, null where it is not known. May be repeated."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        return await asyncio.shield(self._ending)

    async def _end(self) -> int | None:
        try:
            return await asyncio.to_thread(self.nursery.end, self._pid)
        except _NurseryDied:
            return None
        finally:
            if not self._requests.is_closing():
                self._requests.abort()
            self._reading.close()


class Workers:
    """A pool of `count` worker processes; jobs wait for a free one, first come first served.

    `memory_mb`: what one job may take above what its worker held before; a worker that keeps more than
    that over its jobs is replaced. `preload` modules are imported, and `initializer(*initargs)` runs,
    once for all workers, which then share that memory; it must not start threads. Functions, arguments
    and results must be picklable.
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
        self._setup = Setup(tuple(preload), initializer, initargs, int(memory_mb * 1e6))
        self._start_seconds = start_seconds
        self._nursery: _Nursery | None = None
        self._nursery_lock = asyncio.Lock()
        self._places = asyncio.Semaphore(count)
        self._idle: deque[_Worker] = deque()
        self._busy: set[_Worker] = set()
        self._starting: set[asyncio.Task[_Worker]] = set()
        self._closed = False

    async def prewarm(self) -> None:
        """Start all workers now, so that the first jobs need not wait; raises like `run`."""
        await asyncio.gather(*(self._add_idle() for _ in range(self._count)))

    async def _add_idle(self) -> None:
        async with self._places:
            if len(self._idle) + len(self._busy) + len(self._starting) < self._count:
                self._idle.append(await self._start())

    async def run(
        self, function: Callable[..., T], *args: Any, timeout_seconds: float, cpu_seconds: float = 0
    ) -> T:
        """Return `function(*args)` from a worker; re-raises what it raises.

        Raises WorkerDied ("time", "memory", "crash") where the worker did not live to answer. Where the
        caller is cancelled, the job ends too. `timeout_seconds` does not count the wait for a free worker;
        `cpu_seconds` limits what the job computes, however busy the machine is (0: no limit).
        """
        async with self._places:
            # Here, because a queue holds no copies.
            message = pickle.dumps((function, args, cpu_seconds), pickle.HIGHEST_PROTOCOL)
            try:
                reply = await self._run_once(message, timeout_seconds)
            except _NurseryDied:  # not this job's fault
                reply = await self._run_once(message, timeout_seconds)
        if reply.status == "memory":
            raise WorkerDied("memory", f"the job took more than {self._setup.memory_bytes / 1e6:g} MB")
        value: T = _value_of(reply)
        return value

    async def _run_once(self, message: bytes, timeout_seconds: float) -> Reply:
        worker = await self._free_worker()
        self._busy.add(worker)
        try:
            async with asyncio.timeout(timeout_seconds):
                answer = await worker.ask(message)
        except TimeoutError:
            await worker.end()
            raise WorkerDied("time", f"the job took longer than {timeout_seconds:g} seconds") from None
        except BaseException:
            await worker.end()
            raise
        finally:
            self._busy.discard(worker)
        if answer is None:
            code = await worker.end()
            if code is None:
                await self._drop_siblings(worker)
            raise self._death(code)
        reply: Reply = pickle.loads(answer)  # noqa: S301 - from our own worker
        if reply.retiring:
            await worker.end()
        else:
            self._idle.append(worker)
        return reply

    async def _drop_siblings(self, dead: _Worker) -> None:
        """Let go of the idle workers that ended with the nursery of `dead`, whether their pipes say so yet or
        not: a job that is run again must not meet the next of them."""
        gone = [worker for worker in self._idle if worker.nursery is dead.nursery]
        self._idle = deque(worker for worker in self._idle if worker.nursery is not dead.nursery)
        await asyncio.gather(*(worker.end() for worker in gone))

    async def _free_worker(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            await worker.end()  # it died while idle: no job is to blame
        return await self._start()

    def _death(self, code: int | None) -> WorkerDied:
        if self._closed:
            return WorkerDied("crash", "the workers were closed while the job was under way")
        if code is None:
            return _NurseryDied()
        if code == -signal.SIGPROF:
            return WorkerDied("time", "the job took more processor time than it may")
        if code == -signal.SIGKILL:  # not by us
            return WorkerDied("memory", "the system killed the worker, most likely for want of memory")
        return WorkerDied(
            "crash", f"the worker ended {f'by signal {-code}' if code < 0 else f'with code {code}'}"
        )

    async def _start(self) -> _Worker:
        """Return a new worker. Where the caller is cancelled, the worker is kept for the next."""
        task = asyncio.create_task(self._start_to_the_end())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._adopt)
            raise

    def _adopt(self, task: asyncio.Task[_Worker]) -> None:
        if not task.cancelled() and task.exception() is None:
            self._idle.append(task.result())

    async def _start_to_the_end(self) -> _Worker:
        for _ in range(2):  # the nursery may have died since it was last used
            async with self._nursery_lock:
                if self._closed:
                    raise RuntimeError("the workers are closed")
                if self._nursery is None:
                    self._nursery = await asyncio.to_thread(_Nursery, self._setup, self._start_seconds)
                nursery = self._nursery
            try:
                return await _Worker.start(nursery)
            except _NurseryDied:
                if self._nursery is nursery:
                    self._nursery = None
                    await asyncio.to_thread(nursery.close)
        raise WorkerDied("crash", "the workers could not be started")

    async def aclose(self) -> None:
        """End all workers, those at work included."""
        self._closed = True
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.sleep(0)  # lets what their callers no longer want become idle
        workers = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(worker.end() for worker in workers))
        async with self._nursery_lock:
            if self._nursery is not None:
                await asyncio.to_thread(self._nursery.close)
                self._nursery = None
