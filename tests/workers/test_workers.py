"""What a job does to its worker stays with its worker."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import FeedError, WorkerDied
from monitor.workers import Workers
from tests.workers import jobs

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def workers(count: int = 1, **settings: Any) -> AsyncIterator[Workers]:
    pool = Workers(count, **settings)
    try:
        yield pool
    finally:
        await pool.aclose()


async def test_a_job_runs_in_another_process() -> None:
    async with workers() as pool:
        assert await pool.run(jobs.add, 1, 2, timeout_seconds=5) == 3
        assert await pool.run(jobs.pid, timeout_seconds=5) != os.getpid()


async def test_one_process_serves_many_jobs() -> None:
    async with workers() as pool:
        pids = {await pool.run(jobs.pid, timeout_seconds=5) for _ in range(20)}
    assert len(pids) == 1


async def test_large_values_go_both_ways() -> None:
    value = os.urandom(20_000_000)
    async with workers() as pool:
        assert await pool.run(jobs.echo, value, timeout_seconds=20) == value


async def test_jobs_share_the_workers_and_all_are_answered() -> None:
    async with workers(2) as pool:
        results = await asyncio.gather(*(pool.run(jobs.add, n, n, timeout_seconds=5) for n in range(200)))
    assert results == [2 * n for n in range(200)]


async def test_errors_come_back_as_they_were_with_where_they_came_from() -> None:
    async with workers() as pool:
        before = await pool.run(jobs.pid, timeout_seconds=5)
        with pytest.raises(FeedError, match="this is a page") as caught:
            await pool.run(jobs.feed_error, timeout_seconds=5)
        assert caught.value.kind == "not-a-feed"
        assert "in feed_error" in "".join(caught.value.__notes__)
        assert await pool.run(jobs.pid, timeout_seconds=5) == before


@pytest.mark.parametrize("job", [jobs.stubborn, jobs.unpicklable])
async def test_what_cannot_be_pickled_is_an_error_and_the_worker_lives(job: Any) -> None:
    async with workers() as pool:
        with pytest.raises((WorkerDied, AttributeError, TypeError)):
            await pool.run(job, timeout_seconds=5)
        assert await pool.run(jobs.add, 1, 1, timeout_seconds=5) == 2


async def test_arguments_that_cannot_be_pickled_never_leave() -> None:
    async with workers() as pool:
        with pytest.raises((AttributeError, TypeError)):
            await pool.run(jobs.echo, lambda: None, timeout_seconds=5)
        assert await pool.run(jobs.add, 1, 1, timeout_seconds=5) == 2


async def test_a_job_that_takes_too_long_ends_alone() -> None:
    async with workers(2) as pool:
        other = asyncio.create_task(pool.run(jobs.sleep, 0.8, timeout_seconds=5))
        started = time.monotonic()
        with pytest.raises(WorkerDied) as caught:
            await pool.run(jobs.spin, timeout_seconds=0.3)
        assert caught.value.kind == "time"
        assert time.monotonic() - started < 4
        assert await other == 0.8
        assert await pool.run(jobs.add, 1, 1, timeout_seconds=5) == 2


async def test_a_job_is_ended_for_what_it_computes_and_not_for_waiting() -> None:
    async with workers() as pool:
        with pytest.raises(WorkerDied, match="processor time") as caught:
            await pool.run(jobs.spin, timeout_seconds=60, cpu_seconds=0.2)
        assert caught.value.kind == "time"
        assert await pool.run(jobs.sleep, 0.4, timeout_seconds=60, cpu_seconds=0.2) == 0.4
        # The limit of one job is not the limit of all that its worker does.
        for _ in range(4):
            await pool.run(jobs.work, 0.08, timeout_seconds=60, cpu_seconds=0.2)


async def test_a_job_that_takes_too_much_memory_ends_alone() -> None:
    async with workers(2, memory_mb=100) as pool:
        other = asyncio.create_task(pool.run(jobs.sleep, 0.5, timeout_seconds=5))
        with pytest.raises(WorkerDied) as caught:
            await pool.run(jobs.eat, timeout_seconds=10)
        assert caught.value.kind == "memory"
        assert await other == 0.5
        assert await pool.run(jobs.eat, 80, timeout_seconds=5) == 80


async def test_memory_is_counted_above_what_the_worker_loaded() -> None:
    async with workers(memory_mb=50, initializer=jobs.load, initargs=(200_000_000,)) as pool:
        assert await pool.run(jobs.loaded, timeout_seconds=5) == 200_000_000
        assert await pool.run(jobs.eat, 30, timeout_seconds=5) == 30
        with pytest.raises(WorkerDied, match="more than 50 MB"):
            await pool.run(jobs.eat, 80, timeout_seconds=5)


async def test_a_worker_that_grew_too_much_over_its_jobs_is_replaced() -> None:
    async with workers(memory_mb=60) as pool:
        pids = [await pool.run(jobs.hoard, 25, timeout_seconds=5) for _ in range(6)]
    assert 2 <= len(set(pids)) < 6


@pytest.mark.parametrize(
    ("job", "args", "said"),
    [
        (jobs.abort, (), "signal 6"),
        (jobs.leave, (3,), "code 3"),
        (jobs.leave, (0,), "code 0"),
        (jobs.kill, (), "memory"),
    ],
)
async def test_a_crash_ends_its_worker_alone(job: Any, args: tuple[Any, ...], said: str) -> None:
    async with workers(2) as pool:
        other = asyncio.create_task(pool.run(jobs.sleep, 0.3, timeout_seconds=5))
        with pytest.raises(WorkerDied, match=said):
            await pool.run(job, *args, timeout_seconds=5)
        assert await other == 0.3
        assert await pool.run(jobs.add, 1, 1, timeout_seconds=5) == 2


async def test_a_job_that_calls_exit_is_a_crash_not_the_end() -> None:
    async with workers() as pool:
        with pytest.raises(WorkerDied):
            await pool.run(jobs.leave_quietly, timeout_seconds=5)
        assert await pool.run(jobs.add, 1, 1, timeout_seconds=5) == 2


async def test_a_cancelled_job_ends_and_frees_its_place(tmp_path: Path) -> None:
    async with workers() as pool:
        await pool.prewarm()
        job = asyncio.create_task(pool.run(jobs.touch, str(tmp_path / "late"), 0.6, timeout_seconds=5))
        await asyncio.sleep(0.2)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert await pool.run(jobs.add, 1, 1, timeout_seconds=5) == 2
        await asyncio.sleep(0.7)
    assert not (tmp_path / "late").exists()


async def test_a_job_cancelled_while_it_waits_costs_no_worker() -> None:
    async with workers() as pool:
        before = await pool.run(jobs.pid, timeout_seconds=5)
        first = asyncio.create_task(pool.run(jobs.sleep, 0.2, timeout_seconds=5))
        await asyncio.sleep(0)
        second = asyncio.create_task(pool.run(jobs.sleep, 0.2, timeout_seconds=5))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.wait([first, second])
        assert await pool.run(jobs.pid, timeout_seconds=5) == before


async def test_an_initializer_that_fails_is_told_not_retried_for_ever() -> None:
    async with workers(initializer=jobs.cannot_load) as pool:
        with pytest.raises(FileNotFoundError, match="the lexicon is missing"):
            await pool.run(jobs.add, 1, 1, timeout_seconds=5)


async def test_an_initializer_that_hangs_is_ended() -> None:
    async with workers(initializer=jobs.slow_load, initargs=(60,), start_seconds=0.5) as pool:
        with pytest.raises(WorkerDied) as caught:
            await pool.prewarm()
        assert caught.value.kind == "time"


async def test_prewarm_starts_all_and_jobs_find_them() -> None:
    async with workers(2, initializer=jobs.load, initargs=(10,)) as pool:
        await pool.prewarm()
        started = {worker._pid for worker in pool._idle}
        await asyncio.gather(*(pool.run(jobs.sleep, 0.1, timeout_seconds=5) for _ in range(2)))
        assert len(started) == 2
        busy = asyncio.create_task(pool.run(jobs.sleep, 0.1, timeout_seconds=5))
        await asyncio.sleep(0)
        await pool.prewarm()
        await busy
        assert {worker._pid for worker in pool._idle} == started


async def test_a_caller_cancelled_while_workers_start_leaves_them_to_the_next() -> None:
    async with workers(initializer=jobs.slow_load, initargs=(0.3,)) as pool:
        first = asyncio.create_task(pool.run(jobs.pid, timeout_seconds=5))
        await asyncio.sleep(0.05)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        pids = {await pool.run(jobs.pid, timeout_seconds=5) for _ in range(3)}
        assert len(pids) == 1


async def test_a_job_survives_the_death_of_the_nursery() -> None:
    async with workers(2) as pool:
        await pool.prewarm()
        assert pool._nursery is not None
        running = asyncio.create_task(pool.run(jobs.sleep, 0.3, timeout_seconds=5))
        await asyncio.sleep(0.1)
        pool._nursery._process.kill()
        assert await running == 0.3
        assert await pool.run(jobs.add, 1, 1, timeout_seconds=5) == 2


async def test_a_job_is_not_blamed_for_a_worker_that_died_before_it() -> None:
    async with workers() as pool:
        os.kill(await pool.run(jobs.pid, timeout_seconds=5), signal.SIGKILL)
        await asyncio.sleep(0.1)
        assert await pool.run(jobs.add, 1, 1, timeout_seconds=5) == 2


async def test_workers_share_what_was_loaded_once(tmp_path: Path) -> None:
    note = tmp_path / "loads"
    async with workers(2, initializer=jobs.count_load, initargs=(str(note),)) as pool:
        await pool.prewarm()
        with pytest.raises(WorkerDied):
            await pool.run(jobs.abort, timeout_seconds=5)
        await pool.prewarm()
        assert await pool.run(jobs.read, str(note), timeout_seconds=5) == "x"


async def test_what_a_job_prints_is_not_our_output(capfd: pytest.CaptureFixture[str]) -> None:
    async with workers() as pool:
        await pool.run(jobs.shout, timeout_seconds=5)
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "loud\n")


async def test_closing_ends_jobs_under_way_and_refuses_new_ones() -> None:
    pool = Workers(1)
    await pool.prewarm()
    job = asyncio.create_task(pool.run(jobs.spin, timeout_seconds=60))
    await asyncio.sleep(0.2)
    await pool.aclose()
    with pytest.raises(WorkerDied, match="closed"):
        await job
    with pytest.raises(RuntimeError, match="closed"):
        await pool.run(jobs.add, 1, 1, timeout_seconds=5)


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_many_deaths_leave_nothing_behind() -> None:
    async with workers(2) as pool:
        await pool.prewarm()
        before = _descriptors()
        for _ in range(10):
            with pytest.raises(WorkerDied):
                await pool.run(jobs.abort, timeout_seconds=5)
        await pool.prewarm()
        assert _descriptors() <= before


# -- a daemon of its own, to be killed -------------------------------------------------------------

DAEMON = """
import asyncio, sys
from monitor.workers import Workers
from tests.workers import jobs

async def main():
    pool = Workers(2)
    await pool.prewarm()
    print(await pool.run(jobs.pid, timeout_seconds=5), flush=True)
    busy = asyncio.create_task(pool.run(jobs.spin_holding_the_gil, sys.argv[1], timeout_seconds=600))
    await asyncio.to_thread(sys.stdin.read)
    print(await pool.run(jobs.add, 1, 2, timeout_seconds=5), flush=True)
    busy.cancel()
    await pool.aclose()

if __name__ == "__main__":
    asyncio.run(main())
"""


def _alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _group(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _alive(int(entry.name)):
            try:
                if os.getpgid(int(entry.name)) == leader:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def _daemon(tmp_path: Path) -> tuple[subprocess.Popen[str], int, int]:
    """Start a process with workers; return it, an idle worker's pid and a busy one's."""
    script = tmp_path / "daemon.py"
    script.write_text(DAEMON)
    note = tmp_path / "busy"
    daemon = subprocess.Popen(
        [sys.executable, str(script), str(note)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert daemon.stdout is not None
    idle = int(daemon.stdout.readline())
    deadline = time.monotonic() + 5
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return daemon, idle, int(note.read_text())


def test_sigkill_of_the_daemon_leaves_no_worker_behind(tmp_path: Path) -> None:
    daemon, idle, busy = _daemon(tmp_path)
    assert _alive(idle)
    assert _alive(busy)
    with daemon:
        daemon.kill()
        daemon.wait()
        deadline = time.monotonic() + 5
        while _group(daemon.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _group(daemon.pid) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_to_the_group_do_not_take_the_workers_from_the_daemon(
    tmp_path: Path, number: signal.Signals
) -> None:
    """As Ctrl-C and a service manager do: the daemon decides when the workers end."""
    daemon, idle, busy = _daemon(tmp_path)
    with daemon:
        for pid in set(_group(daemon.pid)) - {daemon.pid}:
            os.kill(pid, number)
        time.sleep(0.3)
        assert _alive(idle)
        assert _alive(busy)
        output, _ = daemon.communicate("", timeout=10)
        assert output.strip() == "3"
        assert daemon.returncode == 0
    deadline = time.monotonic() + 5
    while _group(daemon.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _group(daemon.pid) == []
