"""Document -> Analysis: composes articles/ and tagging/. Pure; runs in worker processes.

`analyze` is the whole way of one document. `initialise_worker` and `analyze_in_worker` are the same for
a process pool, with one Tagger a process.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from monitor.articles.candidates import readability_lines, trafilatura_lines
from monitor.articles.duplicates import exact_hash, prints
from monitor.articles.extract import extract
from monitor.articles.language import detect_language
from monitor.articles.trailing import body_end
from monitor.config import LexiconConfig, ThemeConfig
from monitor.countries import country_of_site
from monitor.errors import PageError
from monitor.model import Analysis, Document, Extracted, Kind, Tagging
from monitor.urls import site_of


class Tagger(Protocol):
    """What analysis needs of `monitor.tagging.Tagger`."""

    def tag(
        self,
        text: str,
        *,
        title: str = "",
        language: str | None = None,
        published: datetime | None = None,
        body_end: int | None = None,
        outlet_country: str = "",
    ) -> Tagging:
        """Return countries, themes, ties and attitudes; evidence never comes from behind `body_end`."""


def analyze(
    document: Document,
    tagger: Tagger,
    *,
    boilerplate: frozenset[str] = frozenset(),
    site_rules: Mapping[str, str] = {},
) -> Analysis:
    """Return the analysis of `document`; a page that cannot be read gives one whose `error` says why.

    `boilerplate` holds the hashes of blocks known to recur on the document's site.
    """
    try:
        article, blocks = extract(document, boilerplate=boilerplate, site_rules=site_rules)
    except PageError as error:
        return failed(document, f"{error.kind}: {error}")
    end = tagged_end(article)
    outlet_country = document.outlet_country or _country_of(article.url)
    tagging = tagger.tag(
        article.text,
        title=article.title,
        language=article.language,
        published=article.published,
        body_end=end,
        outlet_country=outlet_country,
    )
    exact, near = prints(article.text[:end])
    return Analysis(document.id, article, tagging, exact, near, blocks, outlet_country=outlet_country)


def _country_of(url: str | None) -> str:
    """The country under whose domain an address is; empty where it says nothing."""
    try:
        return country_of_site(site_of(url)) if url else ""
    except ValueError:
        return ""


def tagged_end(article: Extracted) -> int | None:
    """Return where tagging stops: before trailing matter in what came as text; None where at the end."""
    return body_end(article.text) if article.method == "text" else None


def failed(document: Document, error: str) -> Analysis:
    """Return the analysis of a document that could not be read: no text, and `error`."""
    article = Extracted(
        url=document.url,
        title=document.title or "",
        text="",
        byline=(),
        outlet=document.feed_title,
        published=document.published,
        updated=None,
        language=document.language,
        section=None,
        removed=(),
        kind=Kind("other", 0.0, ()),
        method="none",
        quality=0.0,
        partial=True,
        partial_reason="unreadable",
    )
    return Analysis(document.id, article, Tagging(), exact_hash(""), error=error)


_worker_tagger: Tagger | None = None
_worker_site_rules: Mapping[str, str] = {}


# Read once before the workers fork: what loads at first use is then loaded in memory that they share.
_FIRST_PAGE = """<html lang="en"><head><title>Kazakhstan signs</title></head><body><article><p>
Kazakhstan and Russia signed a treaty in Astana on Monday, the ministry said, and sanctions were discussed.
</p><p>
Казахстан и Россия подписали договор в Астане, обсуждались санкции, сообщили в понедельник в министерстве.
</p></article></body></html>"""


def initialise_worker(
    extra_themes: Sequence[ThemeConfig] = (),
    countries: Sequence[str] = (),
    themes: Sequence[str] = (),
    extra_lexicon: Sequence[LexiconConfig] = (),
    site_rules: Mapping[str, str] = {},
) -> None:
    """Build this process's Tagger, and read a page with it: the initializer of a process pool.

    `site_rules` maps a host to the CSS selector of its article text.
    """
    # Imported here: building the lexicon costs memory that only workers should pay.
    from monitor.tagging import Tagger as LexiconTagger

    global _worker_tagger, _worker_site_rules
    _worker_site_rules = site_rules
    with ThreadPoolExecutor(1) as beside:  # unpacking the languages leaves the interpreter to others
        languages = beside.submit(detect_language, "Kazakhstan and Russia signed a treaty.")
        _worker_tagger = LexiconTagger(
            extra_themes=tuple(extra_themes),
            extra_lexicon=tuple(extra_lexicon),
            countries=tuple(countries),
            themes=tuple(themes),
        )
        for library in (trafilatura_lines, readability_lines):
            library(_FIRST_PAGE)
        languages.result()
    for language in ("en", "ru"):
        analyze(Document("first", html=_FIRST_PAGE, language=language), _worker_tagger)


def analyze_in_worker(document: Document, boilerplate: frozenset[str] = frozenset()) -> Analysis:
    """Return `analyze` with this process's Tagger, which is built where `initialise_worker` did not run."""
    if _worker_tagger is None:
        initialise_worker()
    assert _worker_tagger is not None
    return analyze(document, _worker_tagger, boilerplate=boilerplate, site_rules=_worker_site_rules)
