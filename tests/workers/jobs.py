"""Functions for the workers, good and bad."""

import ctypes
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from monitor.errors import FeedError

_cache: dict[str, Any] = {}


def add(a: int, b: int) -> int:
    return a + b


def pid() -> int:
    return os.getpid()


def echo(value: Any) -> Any:
    return value


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def touch(path: str, seconds: float = 0.0) -> None:
    time.sleep(seconds)
    Path(path).write_text("done")


def spin() -> None:
    while True:
        pass


def work(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def spin_holding_the_gil(path: str) -> None:
    """A C call that lets no other thread of the process run."""
    Path(path).write_text(str(os.getpid()))
    ctypes.PyDLL(None).sleep(1000)


def eat(megabytes: float = 1e9) -> int:
    held = []
    while len(held) * 5 < megabytes:
        held.append(bytearray(5_000_000))
    return len(held) * 5


def eat_in_a_thread() -> None:
    thread = threading.Thread(target=eat, daemon=True)
    thread.start()
    thread.join()
    time.sleep(0.1)


def hoard(megabytes: int) -> int:
    """Keep memory beyond the job, as a leaking library does."""
    _cache.setdefault("hoard", []).append(bytearray(megabytes * 1_000_000))
    return os.getpid()


def abort() -> None:
    os.abort()


def leave(code: int) -> None:
    os._exit(code)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def feed_error() -> None:
    raise FeedError("not-a-feed", "this is a page")


def fail_where(number: int, what: str) -> int:
    if what == "feed":
        feed_error()
    elif what == "kill":
        kill()
    elif what == "sleep":
        sleep(60)
    elif what == "eat":
        eat()
    elif what == "bug":
        return number // 0
    return number


class Stubborn(Exception):
    """An exception that pickle takes and cannot give back."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)


def stubborn() -> None:
    raise Stubborn("a", "b")


def unpicklable() -> Any:
    return lambda: None


def leave_quietly() -> None:
    raise SystemExit(3)


def load(words: int) -> None:
    """An initializer that loads something large."""
    _cache["words"] = bytearray(words)


def loaded() -> int:
    return len(_cache["words"])


def cannot_load() -> None:
    raise FileNotFoundError("the lexicon is missing")


def slow_load(seconds: float) -> None:
    time.sleep(seconds)


def count_load(path: str) -> None:
    with Path(path).open("a") as note:
        note.write("x")


def read(path: str) -> str:
    return Path(path).read_text()


def shout() -> None:
    print("loud", flush=True)
