"""A crew: bounded, refilled as places come free, and no item in two pairs of hands."""

import asyncio
from collections.abc import Sequence

from monitor.crew import Crew


class Store:
    """Due items by domain; a load gives each domain at most `share`, the busy ones counted."""

    def __init__(self, domains: dict[str, int], *, share: int) -> None:
        numbers = iter(range(1000))
        self.due = {next(numbers): domain for domain, count in domains.items() for _ in range(count)}
        self.share = share
        self.loads = 0
        self.running: set[int] = set()
        self.most = 0
        self.empty = asyncio.Event()

    async def load(self, limit: int, busy: frozenset[int]) -> Sequence[int]:
        self.loads += 1
        taken = dict.fromkeys(self.due.values(), 0)
        chosen: list[int] = []
        for key in sorted(self.due, key=lambda key: (key not in busy, key)):
            domain = self.due[key]
            taken[domain] += 1
            if key not in busy and taken[domain] <= self.share and len(chosen) < limit:
                chosen.append(key)
        return chosen

    async def work(self, key: int) -> None:
        assert key not in self.running
        self.running.add(key)
        self.most = max(self.most, len(self.running))
        await asyncio.sleep(0.001)
        self.running.discard(key)
        del self.due[key]
        if not self.due:
            self.empty.set()

    def crew(self, size: int, ahead: int = 0) -> Crew[int]:
        return Crew("test", size, key=lambda key: key, load=self.load, work=self.work, ahead=ahead)


async def test_drain_does_everything_within_its_size() -> None:
    store = Store({"a": 20, "b": 20}, share=100)
    await store.crew(5).drain()
    assert not store.due
    assert store.most == 5


async def test_a_domain_limited_by_its_share_goes_on_without_a_tick() -> None:
    store = Store({"a": 40}, share=4)
    crew = store.crew(10)
    assert await crew.tick() == 4
    async with asyncio.timeout(5):
        await store.empty.wait()
    assert store.most <= 4


async def test_items_loaded_ahead_spare_the_database() -> None:
    one_by_one, ahead = (Store({"a": 120}, share=1000) for _ in range(2))
    await one_by_one.crew(10).drain()
    await ahead.crew(10, ahead=30).drain()
    assert not ahead.due
    assert ahead.most == 10
    assert ahead.loads <= 5 < one_by_one.loads


async def test_stop_takes_up_nothing_more() -> None:
    store = Store({"a": 40}, share=100)
    crew = store.crew(4, ahead=20)
    await crew.tick()
    await asyncio.sleep(0)
    assert await crew.stop(5) == 0
    assert len(store.due) == 36
    assert crew.held == 0


async def test_what_raises_rests_and_stops_nothing() -> None:
    store = Store({"a": 6}, share=100)
    real = store.work

    async def work(key: int) -> None:
        if key == 3:
            raise ValueError("bad item")
        await real(key)

    crew = Crew("test", 2, key=lambda key: key, load=store.load, work=work)
    await crew.drain()
    assert store.due == {3: "a"}


async def test_who_gives_up_a_place_is_still_in_hand_and_lets_the_next_begin() -> None:
    begun: list[int] = []
    stored = asyncio.Event()
    due = set(range(6))

    async def load(limit: int, busy: frozenset[int]) -> Sequence[int]:
        return sorted(due - busy)[:limit]

    async def work(key: int) -> None:
        begun.append(key)
        await asyncio.sleep(0)
        crew.give_up_place(key)
        await stored.wait()
        due.discard(key)

    crew: Crew[int] = Crew("test", 1, key=lambda key: key, load=load, work=work, ahead=3)
    await crew.tick()
    for _ in range(20):
        await asyncio.sleep(0)
    assert begun == [0, 1, 2, 3], "one place, but as many in hand as were loaded, and no more"
    assert await crew.tick() == 0
    assert crew.held == 4
    stored.set()
    await crew.drain()
    assert begun == list(range(6))
    crew.give_up_place(99)
