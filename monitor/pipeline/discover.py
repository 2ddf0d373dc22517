"""Address -> the feeds that are really there: what a person means who adds a site.

An address may be a feed, or a page whose feeds are declared, linked to, or in the usual places. Each one
found is read before it is offered.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from monitor import jobs
from monitor.errors import FeedError, MonitorError, WorkerDied
from monitor.feeds.discover import candidates
from monitor.model import Fetched, FetchFailed, FoundEntry, FoundFeed
from monitor.net import Web
from monitor.workers import Workers

MAX_READ = 6  # of the feeds that a page names
MAX_ENTRIES = 2000
PARSE_SECONDS = 5.0
_PLACES_ASKED = 12  # of the usual ones, a second apart


@dataclass(frozen=True, slots=True)
class FeedOffer:
    """A feed that was read: its address (where permanent redirects end) and its entries, newest first."""

    url: str
    title: str
    entries: tuple[FoundEntry, ...]


async def find_feeds(web: Web, workers: Workers, url: str) -> tuple[FeedOffer, ...]:
    """Return the feeds at `url`, the likeliest first, at least one.

    Raises MonitorError where the address cannot be read, or no feed is to be found there.
    """
    outcome = await web.feed(url)
    if isinstance(outcome, FetchFailed):
        raise MonitorError(f"{url} cannot be read: {outcome.detail}")
    try:
        return (_offer(outcome, url, await _read(workers, outcome)),)
    except FeedError as error:
        if error.kind not in ("html", "not-a-feed"):
            raise MonitorError(f"{url} is a feed that cannot be read: {error}") from None
    content_type = outcome.headers.get("content-type")
    named = await workers.run(
        jobs.offered_feeds, outcome.body, outcome.url, content_type, timeout_seconds=PARSE_SECONDS
    )
    offers = await _readable(web, workers, [link.url for link in named[:MAX_READ]], at_most=MAX_READ)
    if not offers:
        offers = await _readable(web, workers, candidates(outcome.url)[:_PLACES_ASKED], at_most=1)
    if not offers:
        raise MonitorError(f"{url} is a page that names no feed, and none is in the usual places")
    return tuple(offers)


async def _readable(web: Web, workers: Workers, urls: Iterable[str], *, at_most: int) -> list[FeedOffer]:
    """Return those of `urls` that are feeds, each once."""
    offers: dict[str, FeedOffer] = {}
    for url in urls:
        outcome = await web.feed(url)
        if isinstance(outcome, Fetched):
            try:
                offer = _offer(outcome, url, await _read(workers, outcome))
            except (FeedError, WorkerDied):
                continue
            offers.setdefault(offer.url, offer)
            if len(offers) >= at_most:
                break
    return list(offers.values())


async def _read(workers: Workers, page: Fetched) -> FoundFeed:
    content_type = page.headers.get("content-type")
    return await workers.run(
        jobs.read_feed, page.body, page.url, content_type, MAX_ENTRIES, timeout_seconds=PARSE_SECONDS
    )


def _offer(page: Fetched, url: str, feed: FoundFeed) -> FeedOffer:
    dated = sorted(
        (entry for entry in feed.entries if entry.published is not None),
        key=lambda entry: entry.published.timestamp() if entry.published else 0.0,
        reverse=True,
    )
    undated = [entry for entry in feed.entries if entry.published is None]
    return FeedOffer(page.permanent_url or url, feed.title, (*dated, *undated))
