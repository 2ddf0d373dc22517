"""Page -> Metadata: title, people, outlet, times, section, language hint, as the page says of itself."""

import re
from dataclasses import dataclass
from datetime import datetime

from monitor.articles.authors import author_lines
from monitor.articles.bylines import credited_body, people
from monitor.articles.canonical import canonical_url
from monitor.articles.page import Page, metas, string_of, types_of
from monitor.articles.times import published_time, updated_time
from monitor.text import fold_space

_ARTICLE_TYPES = (
    "newsarticle", "article", "opinionnewsarticle", "blogposting", "reportagenewsarticle",
    "analysisnewsarticle",
    "reviewnewsarticle", "askpublicnewsarticle", "backgroundnewsarticle", "liveblogposting",
    "scholarlyarticle",
    "techarticle", "report", "socialmediaposting", "medicalscholarlyarticle", "advertisercontentarticle",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself. Empty strings and None where it says nothing."""

    url: str | None
    title: str
    byline: tuple[str, ...]
    author_lines: tuple[str, ...]  # as written, agencies included
    outlet: str | None
    published: datetime | None
    updated: datetime | None
    section: str | None
    language: str | None
    paywalled: bool
    article_body: str  # JSON-LD articleBody
    types: tuple[str, ...]  # schema.org types, lower case


def read_metadata(page: Page, url: str | None) -> Metadata:
    """Return the metadata of `page`, fetched from `url`."""
    article = _article_object(page)
    outlet = _outlet(page, article)
    lines = tuple(author_lines(page, article))
    return Metadata(
        url=canonical_url(url, page.base, (page.canonical, *metas(page, "og:url"))),
        title=clean_title(_title(page, article), outlet),
        byline=people(lines, outlet) or credited_body(lines, outlet),
        author_lines=lines,
        outlet=outlet,
        published=published_time(page, article, url),
        updated=updated_time(page, article, url),
        section=_section(page, article),
        language=page.html_lang
        or next(iter(metas(page, "og:locale", "content-language", "dc.language")), "")
        or None,
        paywalled=_paywalled(article, page),
        article_body=string_of(article.get("articleBody")),
        types=tuple(types_of(article)),
    )


def _article_object(page: Page) -> dict[str, object]:
    for item in page.json_ld:
        if any(kind in _ARTICLE_TYPES for kind in types_of(item)):
            return item
    return next((i for i in page.json_ld if "datePublished" in i and ("headline" in i or "author" in i)), {})


# -- title -----------------------------------------------------------------------------------------

_SEPARATOR = re.compile(r"\s+[|·•»«—–:/-]+\s+|\s*\|\s*|\s+::\s+|\s*»\s+|\s*«\s+")


def _title(page: Page, article: dict[str, object]) -> str:
    """Return the headline as readers see it: the h1, or the line of the page that its title repeats.

    Titles made for search engines and social networks often say it in other words, or add the outlet.
    """
    document = fold_space(page.title)
    shared = next(
        (fold_space(v) for v in metas(page, "og:title", "twitter:title", "dc.title", "title") if v.strip()),
        "",
    )
    headline = fold_space(string_of(article.get("headline")))
    wanted = [title for title in (headline, shared, document) if title]
    return (
        _heading_like(page, wanted)
        or _line_like(page, [shared, document])
        or next((title for title in (shared, headline, document) if title), "")
    )


def _heading_like(page: Page, wanted: list[str]) -> str:
    """Return the h1 that shares most words with the page's titles; an only, long h1 needs no more."""
    headings = [h for h in dict.fromkeys(page.headings) if 8 <= len(h) <= 300]
    if not headings:
        return ""
    keys = [_key(title) for title in wanted]
    stems = {word[:5] for title in wanted for word in re.findall(r"\w+", title.casefold()) if len(word) > 3}

    def likeness(heading: str) -> float:
        key = _key(heading)
        # A heading that is a small part of the title is the outlet's name.
        if any(
            other in key or (key in other and len(key) * 2 > len(other)) for other in keys if len(other) > 7
        ):
            return 2.0
        own = {word[:5] for word in re.findall(r"\w+", heading.casefold()) if len(word) > 3}
        return len(own & stems) / len(own) if len(own) >= 3 else 0.0

    best = max(headings, key=likeness)
    return best if likeness(best) >= 0.25 else ""


def _line_like(page: Page, titles: list[str]) -> str:
    """Return the longest part of a title, cut at separators, that the page shows as a line of its own."""
    lines = {_key(block.text): block.text for block in page.blocks if len(block.text) <= 250}
    for title in titles:
        cuts = [0, *(cut.end() for cut in list(_SEPARATOR.finditer(title))[:8]), len(title) + 3]
        parts = {title[a:b].strip(" |·•»«—–:/-") for i, a in enumerate(cuts) for b in cuts[i + 1 :]}
        for part in sorted(parts, key=len, reverse=True):
            key = _key(part)
            if len(key) >= 10 and key in lines:
                return lines[key]
    return ""


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def clean_title(title: str, outlet: str | None) -> str:
    """Return `title` on one line without the outlet's name at its end or start."""
    title = fold_space(title)
    cuts = list(_SEPARATOR.finditer(title))
    if not cuts:
        return title
    own = _key(outlet or "")
    head, tail = title[: cuts[-1].start()], title[cuts[-1].end() :]
    if own and len(_key(tail)) >= 3 and (_key(tail) in own or own in _key(tail)) and len(head) >= 8:
        return clean_title(head, outlet)
    first, rest = title[: cuts[0].start()], title[cuts[0].end() :]
    if own and len(_key(first)) >= 3 and (_key(first) == own or own in _key(first)) and len(rest) >= 12:
        return rest
    if "|" in title[cuts[-1].start() : cuts[-1].end()] and len(tail.split()) <= 4 < len(head.split()):
        return head
    return title


# -- outlet -------------------------------------------------------------------------------


def _outlet(page: Page, article: dict[str, object]) -> str | None:
    for value in (
        *metas(page, "og:site_name", "application-name", "twitter:app:name:iphone"),
        string_of(article.get("publisher")),
    ):
        folded = fold_space(value)
        if folded and len(folded) <= 80:
            return folded
    return None


# -- the rest ----------------------------------------------------------------------------------------


def _section(page: Page, article: dict[str, object]) -> str | None:
    for value in (
        string_of(article.get("articleSection")),
        *metas(page, "article:section", "section", "parsely-section", "dc.subject", "category"),
    ):
        folded = fold_space(value)
        if folded and len(folded) <= 60:
            return folded
    crumb = page.tree.css(".breadcrumb a, .breadcrumbs a, [class*=rubric] a, .category a, .section a")
    names = [fold_space(node.text(deep=True)) for node in crumb[:6]]
    return next((name for name in reversed(names) if 2 < len(name) <= 40), None)


def _paywalled(article: dict[str, object], page: Page) -> bool:
    free = article.get("isAccessibleForFree")
    if isinstance(free, str):
        free = free.strip().lower() not in {"false", "no", "0"}
    tier = next(metas(page, "article:content_tier"), "")
    return free is False or tier in {"locked", "metered"}
