"""Requests from a pipe -> replies: what runs in the worker processes, and in the process that forks them.

The nursery loads once what the workers need (the lexicon, the parsers), runs no job itself, and forks
the workers, which share that memory. It ends when the daemon's end of its control pipe closes, however
the daemon ended, and the kernel ends its workers with it.
"""

import ctypes
import gc
import importlib
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any, Final, Literal, NamedTuple

_PR_SET_PDEATHSIG: Final = 1
_PAGE_BYTES: Final = resource.getpagesize()
LENGTH: Final = struct.Struct("!Q")  # stands before each message in a worker's pipes
_READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Setup:
    """What the nursery does before it forks: modules to import, then `initializer(*initargs)`."""

    preload: tuple[str, ...]
    initializer: Callable[..., object] | None
    initargs: tuple[Any, ...]
    memory_bytes: int


class Reply(NamedTuple):
    """What came of a job, or of the setup. `error` is a pickled exception, `trace` its traceback."""

    status: Literal["done", "raised", "unpicklable", "memory"]
    value: Any = None
    error: bytes = b""
    trace: str = ""
    retiring: bool = False  # the worker ends after this


def main(control_descriptor: int) -> None:
    """Serve the control pipe: the setup first, then "fork" (two pipe ends follow) and "end" with a pid."""
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group: the daemon drains, then ends us
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))
    control = Connection(control_descriptor)
    setup: Setup = pickle.loads(control.recv_bytes())  # noqa: S301 - from our own daemon
    reply = _prepare(setup)
    control.send_bytes(pickle.dumps(reply))
    if reply.status != "done":
        return
    nursery_pid = os.getpid()
    while True:
        try:
            command, pid = pickle.loads(control.recv_bytes())  # noqa: S301 - from our own daemon
            if command == "fork":
                requests, replies = recv_handle(control), recv_handle(control)
        except (EOFError, OSError):
            return
        if command == "end":
            control.send_bytes(pickle.dumps(_end(pid)))
            continue
        pid = os.fork()
        if pid == 0:
            control.close()
            _be_worker(nursery_pid, requests, replies, setup.memory_bytes)
        os.close(requests)
        os.close(replies)
        control.send_bytes(pickle.dumps(pid))


def _prepare(setup: Setup) -> Reply:
    try:
        for module in setup.preload:
            importlib.import_module(module)
        if setup.initializer is not None:
            setup.initializer(*setup.initargs)
    except Exception as error:  # noqa: BLE001 - told to the daemon, whatever it is
        return _raised(error)
    gc.collect()
    gc.freeze()  # the collector must not write to, and so copy, memory shared with the workers
    return Reply("done")


def _end(pid: int) -> int:
    """Kill a worker, where it still runs, and return its exit code: negative for the signal that ended it."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _be_worker(nursery_pid: int, requests: int, replies: int, memory_bytes: int) -> None:
    """Run as a forked worker; never returns."""
    code = 1
    try:
        # A thread that watches the daemon would not do: a regular expression may hold the interpreter lock.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == nursery_pid:
            _serve(requests, replies, memory_bytes)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last resort of a process
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)


def framed(message: bytes) -> bytes:
    """Return a message for a worker's pipe. Written in one piece it wakes its reader once."""
    return LENGTH.pack(len(message)) + message


def _receive(pipe: int) -> bytes:
    """Return the next message; raises EOFError where the pipe was closed."""
    (length,) = LENGTH.unpack(_read(pipe, LENGTH.size))
    return _read(pipe, length)


def _read(pipe: int, count: int) -> bytes:
    pieces = []
    while count:
        piece = os.read(pipe, min(count, _READ_BYTES))
        if not piece:
            raise EOFError
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _send(pipe: int, message: bytes) -> None:
    left = memoryview(framed(message))
    while left:
        left = left[os.write(pipe, left) :]


def _serve(requests: int, replies: int, memory_bytes: int) -> None:
    """Answer requests until the pipe closes. Each job may take `memory_bytes` above what it found."""
    at_start = held = _data_bytes()
    while True:
        try:
            request = _receive(requests)
        except (EOFError, OSError):
            return
        _limit_data(held + memory_bytes)
        reply = _work(request)
        _limit_data(resource.RLIM_INFINITY)
        held = _data_bytes()
        retiring = reply.status == "memory" or held - at_start > memory_bytes
        if retiring:
            reply = reply._replace(retiring=True)
        try:
            packed = pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)
        except Exception:  # noqa: BLE001 - pickle raises what the value's own methods raise
            packed = pickle.dumps(Reply("unpicklable", trace=traceback.format_exc(), retiring=retiring))
        try:
            _send(replies, packed)
        except OSError:
            return
        if retiring:
            return


def _work(request: bytes) -> Reply:
    """Run one job."""
    try:
        function, args, cpu_seconds = pickle.loads(request)  # noqa: S301 - from our own daemon
        # Its signal ends the process, whatever it is at: a pattern or a parser too. 0 is no limit.
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        return Reply("done", function(*args))
    except MemoryError:
        return Reply("memory")
    except Exception as error:  # noqa: BLE001 - whatever the job raises belongs to its caller
        return _raised(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _raised(error: Exception) -> Reply:
    trace = "".join(traceback.format_exception(error))
    try:
        packed = pickle.dumps(error)
        pickle.loads(packed)  # noqa: S301 - our own bytes: some exceptions cannot be made again
    except Exception:  # noqa: BLE001 - pickle raises what the error's own methods raise
        return Reply("unpicklable", trace=trace)
    return Reply("raised", error=packed, trace=trace)


def _data_bytes() -> int:
    """Return the private writable memory of this process: what RLIMIT_DATA limits (proc(5), setrlimit(2))."""
    with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123 - asked for each job: a Path costs more
        return int(file.read().split()[5]) * _PAGE_BYTES


def _limit_data(data_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, resource.RLIM_INFINITY))
