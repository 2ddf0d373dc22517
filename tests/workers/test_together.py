"""Calls that share a message are answered as if each had been made alone."""

import asyncio
import os
from typing import Any

import pytest

from monitor.errors import FeedError, WorkerDied
from monitor.workers import Workers
from monitor.workers.together import Together, run_each
from tests.workers import jobs
from tests.workers.test_workers import workers


def together(pool: Workers, function: Any, seconds: float = 10) -> Together[Any]:
    return Together(pool, function, expected=FeedError, timeout_seconds=seconds)


class Counted(Workers):
    """Counts the messages, and the calls in each."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.sizes: list[int] = []

    async def run(self, function: Any, *args: Any, **limits: Any) -> Any:
        assert function is run_each
        self.sizes.append(len(args[1]))
        return await super().run(function, *args, **limits)


async def counted(
    function: Any, calls: list[tuple[Any, ...]], **settings: Any
) -> tuple[list[Any], list[int]]:
    """The answers to calls at one time, and how many of them stood in each message."""
    pool = Counted(2)
    try:
        call = together(pool, function, **settings)
        return await asyncio.gather(*(call(*args) for args in calls), return_exceptions=True), pool.sizes
    finally:
        await pool.aclose()


async def test_calls_at_one_time_share_a_message_and_each_has_its_own_answer() -> None:
    answers, sizes = await counted(jobs.add, [(number, number) for number in range(40)])
    assert answers == [2 * number for number in range(40)]
    assert sizes == [40]


async def test_what_is_large_does_not_share_beyond_a_bearable_size() -> None:
    values = [os.urandom(900_000) for _ in range(5)] + [os.urandom(5_000_000), b"small"]
    answers, sizes = await counted(jobs.echo, [(value,) for value in values])
    assert answers == values
    assert sizes == [2, 2, 1, 1, 1]


async def test_an_expected_error_is_its_callers_alone_and_needs_no_second_try() -> None:
    answers, sizes = await counted(jobs.fail_where, [(number, "feed" * (number == 3)) for number in range(6)])
    assert isinstance(answers[3], FeedError)
    assert answers[3].kind == "not-a-feed"
    assert answers[:3] + answers[4:] == [0, 1, 2, 4, 5]
    assert sizes == [6]


@pytest.mark.parametrize(
    ("what", "kind"),
    [("kill", WorkerDied), ("sleep", WorkerDied), ("eat", WorkerDied), ("bug", ZeroDivisionError)],
)
async def test_what_ends_the_worker_takes_no_other_call_with_it(what: str, kind: type[Exception]) -> None:
    calls = [(number, what * (number == 3)) for number in range(6)]
    answers, sizes = await counted(jobs.fail_where, calls, seconds=1)
    assert isinstance(answers[3], kind)
    assert answers[:3] + answers[4:] == [0, 1, 2, 4, 5]
    assert sizes == [6, 1, 1, 1, 1, 1, 1]


async def test_a_cancelled_caller_leaves_the_others_alone() -> None:
    async with workers() as pool:
        call = together(pool, jobs.add)
        impatient = asyncio.create_task(call(1, 1))
        patient = asyncio.create_task(call(2, 2))
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == 4
        assert await call(3, 3) == 6


async def test_callers_are_told_where_the_workers_are_closed() -> None:
    pool = Workers(1)
    call = together(pool, jobs.sleep)
    callers = [asyncio.create_task(call(60.0)) for _ in range(2)]
    await asyncio.sleep(0.5)
    await pool.aclose()
    answers = await asyncio.wait_for(asyncio.gather(*callers, return_exceptions=True), 10)
    assert all(isinstance(answer, WorkerDied | RuntimeError) for answer in answers)


async def test_arguments_that_cannot_be_pickled_are_their_callers_error() -> None:
    async with workers() as pool:
        call = together(pool, jobs.echo)
        with pytest.raises((AttributeError, TypeError)):
            await call(lambda: None)
        assert await call(1) == 1
