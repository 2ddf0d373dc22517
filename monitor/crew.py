"""A crew: works off what is due in the database, a bounded number at once, each item in one pair of hands.

Due-ness lives in database columns; the crew only remembers what it holds right now. One slow item
holds up its own place and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger(__name__)

REST_SECONDS = 300.0  # an item whose work raised is a bug or a full disk: neither is gone in a second

Load = Callable[[int, frozenset[int]], Awaitable[Sequence[T]]]


class Crew(Generic[T]):
    """Works on at most `size` items at once.

    Up to `ahead` more wait their turn in memory, so that the database is asked less often.
    `load(limit, busy)` returns due items, none whose key is in `busy`; `work(item)` does one. What `work`
    raises is logged with the item's key, and the item rests for `REST_SECONDS` before it is taken up again.
    """

    def __init__(
        self,
        name: str,
        size: int,
        *,
        key: Callable[[T], int],
        load: Load[T],
        work: Callable[[T], Awaitable[object]],
        ahead: int = 0,
    ) -> None:
        self._name = name
        self._size = size
        self._ahead = ahead
        self._key = key
        self._load = load
        self._work = work
        self._held: dict[int, asyncio.Task[None]] = {}
        self._placeless: set[int] = set()  # of the held, those that gave their place up
        self._waiting: dict[int, T] = {}
        self._filling = asyncio.Lock()
        self._stopping = False
        self._refill_at = -1  # with so few items in hand, more may be had
        self._refill: asyncio.Task[int] | None = None
        self._resting: dict[int, float] = {}  # key -> loop time until which it rests

    @property
    def held(self) -> int:
        """How many items are in hand."""
        return len(self._held)

    async def tick(self) -> int:
        """Take up what is due, as far as there are free places; returns how many items."""
        async with self._filling:
            free = self._size + self._ahead - len(self._held)
            if self._waiting or free <= 0 or self._taken >= self._size:
                return 0
            now = asyncio.get_running_loop().time()
            self._resting = {key: until for key, until in self._resting.items() if until > now}
            items = await self._load(free, frozenset(self._held) | frozenset(self._resting))
            if self._stopping:  # said while the database was asked
                return 0
            self._waiting = {self._key(item): item for item in items}
            self._start_waiting()
            # What keeps others from being loaded (too few places, a host's share) ends as items are done:
            # half of them gone is reason to look again. After a look that found none, the next tick is soon.
            self._refill_at = self._taken // 2 if items else -1
            return len(items)

    @property
    def _taken(self) -> int:
        """How many places are taken."""
        return len(self._held) - len(self._placeless)

    def give_up_place(self, key: int) -> None:
        """Let the next item begin, since what is left to do for this one (to be stored) needs no place.

        Harmless for a key that is not in hand.
        """
        if key in self._held:
            self._placeless.add(key)
            self._go_on()

    def _start_waiting(self) -> None:
        while self._waiting and self._taken < self._size:
            key = next(iter(self._waiting))
            task = asyncio.create_task(self._do(key, self._waiting.pop(key)), name=f"{self._name}-{key}")
            self._held[key] = task
            task.add_done_callback(lambda _task, key=key: self._let_go(key))  # type: ignore[misc]

    async def drain(self) -> None:
        """Work until nothing is due and nothing is in hand."""
        while await self.tick() or self._held:
            if self._held:
                await asyncio.wait(list(self._held.values()))

    async def stop(self, timeout_seconds: float) -> int:
        """Take nothing more up; wait for what is in hand, then cancel it. Returns how many were cancelled."""
        self._stopping = True
        self._waiting.clear()
        tasks = list(self._held.values())
        if not tasks:
            return 0
        _, late = await asyncio.wait(tasks, timeout=timeout_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    def _let_go(self, key: int) -> None:
        del self._held[key]
        self._placeless.discard(key)
        self._go_on()

    def _go_on(self) -> None:
        self._start_waiting()
        if self._taken <= self._refill_at and not self._waiting and not self._stopping:
            self._refill_at = -1
            self._refill = asyncio.get_running_loop().create_task(self.tick())

    async def _do(self, key: int, item: T) -> None:
        try:
            await self._work(item)
        except Exception:  # one bad item never stops the crew
            self._resting[key] = asyncio.get_running_loop().time() + REST_SECONDS
            log.exception("work failed", crew=self._name, key=key)
