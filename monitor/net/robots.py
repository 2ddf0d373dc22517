"""URL -> may it be fetched: robots.txt by RFC 9309, cached per origin."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from monitor.model import Fetched, FetchFailed, FetchOutcome
from monitor.net.politeness import Limiter

MAX_ROBOTS_BYTES = 500_000  # RFC 9309, 2.5: at least 500 kibibytes may be parsed, no need for more
CACHE_SECONDS = 86400.0  # RFC 9309, 2.4
RETRY_SECONDS = 600.0
GIVE_UP_SECONDS = 7 * 86400.0  # RFC 9309, 2.3.1.4 speaks of 30 days as an example
MAX_ORIGINS = 1000
MAX_CACHE_CHARACTERS = 4_000_000  # of rules, over all origins; parsed they take about ten times as much
PRODUCT_TOKEN = "monitor"  # noqa: S105 - the name by which robots.txt addresses us

_AGENT_FIELDS = ("user-agent", "useragent", "user agent")
_OUTSIDE_GROUPS = (
    "sitemap",
    "sitemaps",
    "site-map",
    "host",
)  # RFC 9309, 2.2.4: they do not end a group's names
_UNREADABLE = ("rate-limited", "http-5xx", "unavailable")


@dataclass(slots=True)
class _Origin:
    """What one origin said. `rules` is null where nothing is forbidden."""

    rules: Protego | None = None
    size: int = 0  # characters of `rules`
    known: bool = False  # it answered at least once
    fresh_until: float = 0.0
    failing_since: float | None = None
    failure: FetchFailed | None = None


class Robots:
    """Answers whether a page may be fetched; `fetch` receives the address of a robots.txt.

    4xx means that nothing is forbidden. While it cannot be read (5xx, no connection) the last known
    rules hold, or everything is forbidden where there are none; after a week of that nothing is.
    A `Crawl-delay` is passed on to the limiter.
    """

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[FetchOutcome]],
        limiter: Limiter,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._limiter = limiter
        self._clock = clock
        self._origins: OrderedDict[str, _Origin] = OrderedDict()
        self._size = 0
        self._under_way: dict[str, asyncio.Task[_Origin]] = {}

    async def allowed(self, url: str) -> bool:
        """Return whether robots.txt lets this program fetch `url`."""
        return await self.refusal(url) is None

    async def refusal(self, url: str) -> FetchFailed | None:
        """Return null where `url` may be fetched, else why not.

        Kind "robots" is final. While robots.txt cannot be read, the kind is what stands in the way of it,
        and `retry_after_seconds` says when to ask again.
        """
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
        origin = self._origins.get(key)
        if origin is None or self._clock() >= origin.fresh_until:
            origin = await self._refresh(key)
        else:
            self._origins.move_to_end(key)
        if origin.rules is not None and not origin.rules.can_fetch(url, PRODUCT_TOKEN):
            return FetchFailed(url, "robots", f"The robots.txt of {parts.hostname} does not allow this page.")
        if origin.failure is None or origin.known:
            return None
        if origin.failing_since is not None and self._clock() - origin.failing_since >= GIVE_UP_SECONDS:
            return None
        return FetchFailed(
            url,
            origin.failure.kind,
            f"The robots.txt of {parts.hostname} cannot be read, so its pages wait: {origin.failure.detail}",
            retry_after_seconds=max(1.0, origin.fresh_until - self._clock()),
        )

    async def _refresh(self, key: str) -> _Origin:
        """Fetch once, however many ask; a caller that goes away does not stop the others."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._read(key))
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return await asyncio.shield(task)

    async def _read(self, key: str) -> _Origin:
        outcome = await self._fetch(f"{key}/robots.txt")
        now = self._clock()
        origin = self._origins.get(key) or _Origin()
        if isinstance(outcome, FetchFailed) and (outcome.status is None or outcome.kind in _UNREADABLE):
            if origin.failing_since is None and outcome.kind != "paused":
                origin.failing_since = now
            origin.failure = outcome
            origin.fresh_until = now + (outcome.retry_after_seconds or RETRY_SECONDS)
        else:
            text = _our_rules(outcome.body) if isinstance(outcome, Fetched) else ""
            rules = Protego.parse(text) if text else None
            origin = _Origin(rules, len(text), True, now + CACHE_SECONDS)
            delay = rules.crawl_delay(PRODUCT_TOKEN) if rules is not None else None
            if delay:
                self._limiter.slow_down(key, delay)
        self._keep(key, origin)
        return origin

    def _keep(self, key: str, origin: _Origin) -> None:
        """Remember what an origin said, and forget those not asked for longest where it becomes too much."""
        before = self._origins.pop(key, None)
        self._origins[key] = origin
        self._size += origin.size - (before.size if before is not None else 0)
        while len(self._origins) > MAX_ORIGINS or (
            self._size > MAX_CACHE_CHARACTERS and len(self._origins) > 1
        ):
            _, forgotten = self._origins.popitem(last=False)
            self._size -= forgotten.size

    async def aclose(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _our_rules(body: bytes) -> str:
    """Return the rules that hold for us as one group: those for our name, else those for everyone.

    A file of 2,000 names over 30,000 rules would keep a parser of all groups busy for minutes.
    """
    ours: list[str] = []
    everyones: list[str] = []
    named = naming = for_us = for_all = False
    for line in body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "replace").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        if not colon:
            continue
        if field.strip().lower() in _AGENT_FIELDS:
            if not naming:
                naming, for_us, for_all = True, False, False
            agent = value.strip().lower()
            for_all = for_all or agent == "*"
            for_us = for_us or agent.partition("/")[0].strip() == PRODUCT_TOKEN
            named = named or for_us
            continue
        if field.strip().lower() in _OUTSIDE_GROUPS:
            continue
        naming = False
        if for_us:
            ours.append(line)
        if for_all:
            everyones.append(line)
    rules = ours if named else everyones
    return "\n".join(["User-agent: *", *rules]) if rules else ""
