"""What worker processes run: bytes of a feed -> FoundFeed; Document -> Understood. Pure.

The daemon's own process only names these functions. What they need is therefore imported when they are first
called: parsers, models and lexicon are in the workers' memory, not in the daemon's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.errors import FeedError, PageError
from monitor.model import Analysis, Document, FoundFeed, Gist

if TYPE_CHECKING:
    from monitor.config import Config, LexiconConfig, ThemeConfig
    from monitor.feeds.discover import FeedLink

OFFERED_FEEDS = 3  # named in the message where a page stands in a feed's place
_FIRST_FEED = b"""<rss version="2.0"><channel><title>First</title><item><title>First</title>
<link>https://example.org/1</link></item></channel></rss>"""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a worker makes of a document."""

    analysis: Analysis
    bands: tuple[int, ...]  # keys under which near copies are looked up
    gist: Gist
    search_text: str  # normal forms of its words, for the search index


Settings = tuple[
    Sequence["ThemeConfig"], Sequence[str], Sequence[str], Sequence["LexiconConfig"], Mapping[str, str]
]


def settings_of(config: "Config") -> Settings:
    """Return what the configuration says of analysis: the arguments of `initialise_analyst`."""
    sites = {host: site.content for host, site in config.sites.items()}
    return config.themes, config.watchlist.countries, config.watchlist.themes, config.lexicon, sites


def initialise_reader() -> None:
    """Load what reading feeds needs, before the workers fork."""
    read_feed(_FIRST_FEED, "https://example.org/feed", None, 1)


def initialise_analyst(
    extra_themes: "Sequence[ThemeConfig]" = (),
    countries: Sequence[str] = (),
    themes: Sequence[str] = (),
    extra_lexicon: "Sequence[LexiconConfig]" = (),
    site_rules: Mapping[str, str] = {},
) -> None:
    """Load what understanding needs, before the workers fork (see `analysis.initialise_worker`)."""
    from monitor import analysis

    analysis.initialise_worker(extra_themes, countries, themes, extra_lexicon, site_rules)
    # What loads at first use is then loaded in memory that the workers share.
    understand(Document("first", text="Kazakhstan left the exercise of the CSTO."), frozenset())


def read_feed(body: bytes, url: str, content_type: str | None, max_entries: int) -> FoundFeed:
    """Parse a feed found at `url`. Raises FeedError; of kind `html`, its message names the page's feeds."""
    from monitor.feeds.identity import found
    from monitor.feeds.parse import parse

    try:
        return found(parse(body, url=url, content_type=content_type, max_entries=max_entries))
    except FeedError as error:
        if error.kind == "html" and (links := offered_feeds(body, url, content_type)):
            named = ", ".join(link.url for link in links[:OFFERED_FEEDS])
            raise FeedError("html", f"{error} It names these: {named}") from None
        raise


def offered_feeds(body: bytes, url: str, content_type: str | None) -> "tuple[FeedLink, ...]":
    """Return the feeds that a page found at `url` names, the likeliest first."""
    from monitor.feeds.discover import find_feeds

    return find_feeds(body, url, content_type)


def understand(document: Document, known_boilerplate: frozenset[str]) -> Understood:
    """Analyse a document. Raises PageError."""
    from monitor import analysis
    from monitor.articles import duplicates, related
    from monitor.watch.words import normalise_document

    result = analysis.analyze_in_worker(document, known_boilerplate)
    if result.error is not None:
        raise PageError(*result.error.split(": ", 1))
    article = result.article
    return Understood(
        result,
        duplicates.bands(result.minhash),
        related.gist(
            article.title,
            article.text,
            countries=(tag.key for tag in result.tagging.countries if tag.role == "about"),
            published=article.published,
            language=article.language,
        ),
        normalise_document(article.title, article.text, article.language, article.byline),
    )
