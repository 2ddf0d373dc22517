"""Calls that take a millisecond share a message to a worker, as transactions share a commit.

A process that is woken for each of them finds its caches cold each time, which costs as much as the call.
"""

import asyncio
import pickle
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from monitor.workers import Workers

T = TypeVar("T")

COMPANY_SECONDS: Final = 0.05  # a call waits this long for others to share its message with
_SHARED_BYTES: Final = 2_000_000  # of arguments, in one message
_Call = tuple[bytes, "asyncio.Future[Any]"]  # pickled arguments, and where the result is awaited


class Together(Generic[T]):
    """`function` in `workers`, for callers that call it at about the same time.

    Errors of the type `expected` belong to one call. Where anything else goes wrong (the worker dies, the
    time is over) each call is made again alone, so that none takes others with it.
    """

    def __init__(
        self,
        workers: Workers,
        function: Callable[..., T],
        *,
        expected: type[Exception],
        timeout_seconds: float,
    ) -> None:
        self._workers = workers
        self._function = function
        self._expected = expected
        self._timeout_seconds = timeout_seconds
        self._waiting: list[_Call] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, *args: Any) -> T:
        """Return `function(*args)` from a worker; raises like `Workers.run`.

        Where the caller is cancelled, its call is made nevertheless.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((pickle.dumps(args, pickle.HIGHEST_PROTOCOL), done))
        if len(self._waiting) == 1:
            task = asyncio.create_task(self._answer_all())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await done

    async def _answer_all(self) -> None:
        await asyncio.sleep(COMPANY_SECONDS)
        calls, self._waiting = self._waiting, []
        messages: list[list[_Call]] = []
        room = 0
        for call in calls:
            size = len(call[0])
            if size > room:
                messages.append([])
                room = _SHARED_BYTES
            room -= size
            messages[-1].append(call)
        await asyncio.gather(*map(self._answer, messages))

    async def _answer(self, calls: Sequence[_Call]) -> None:
        packed = [arguments for arguments, _ in calls]
        try:
            results: Sequence[T | Exception] = await self._workers.run(
                run_each, self._function, packed, self._expected, timeout_seconds=self._timeout_seconds
            )
        except Exception as error:  # noqa: BLE001 - it belongs to the caller that is to blame
            if len(calls) > 1:
                await asyncio.gather(*(self._answer([call]) for call in calls))
                return
            results = [error]
        for (_, done), result in zip(calls, results, strict=True):
            if done.done():  # its caller was cancelled
                continue
            if isinstance(result, Exception):
                done.set_exception(result)
            else:
                done.set_result(result)


def run_each(
    function: Callable[..., T], calls: Sequence[bytes], expected: type[Exception]
) -> list[T | Exception]:
    """In a worker: return for each call, given by its pickled arguments, its result or its expected error."""
    results: list[T | Exception] = []
    for arguments in calls:
        try:
            results.append(function(*pickle.loads(arguments)))  # noqa: S301 - from our own daemon
        except expected as error:
            results.append(error)
    return results
