"""Page -> Metadata: title, people, outlet, times, section, language hint, as the page says of itself."""

# ruff: noqa: E501

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborNode

from monitor.articles.bylines import people
from monitor.articles.canonical import canonical_url
from monitor.articles.dates import parse_date
from monitor.articles.page import Page
from monitor.text import fold_space

_ARTICLE_TYPES = (
    "newsarticle", "article", "opinionnewsarticle", "blogposting", "reportagenewsarticle", "analysisnewsarticle",
    "reviewnewsarticle", "askpublicnewsarticle", "backgroundnewsarticle", "liveblogposting", "scholarlyarticle",
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
    lines = tuple(_author_lines(page, article))
    return Metadata(
        url=canonical_url(url, page.base, (page.canonical, *_metas(page, "og:url"))),
        title=clean_title(_title(page, article), outlet),
        byline=people(lines, outlet),
        author_lines=lines,
        outlet=outlet,
        published=_published(page, article, url),
        updated=_updated(page, article),
        section=_section(page, article),
        language=page.html_lang
        or next(iter(_metas(page, "og:locale", "content-language", "dc.language")), "")
        or None,
        paywalled=_paywalled(article, page),
        article_body=_string(article.get("articleBody")),
        types=tuple(_types(article)),
    )


def _metas(page: Page, *names: str) -> Iterator[str]:
    for name in names:
        yield from page.metas.get(name, ())


def _types(item: dict[str, object]) -> list[str]:
    kind = item.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return [k.rsplit("/", 1)[-1].lower() for k in kinds if isinstance(k, str)]


def _article_object(page: Page) -> dict[str, object]:
    for item in page.json_ld:
        if any(kind in _ARTICLE_TYPES for kind in _types(item)):
            return item
    return next((i for i in page.json_ld if "datePublished" in i and ("headline" in i or "author" in i)), {})


def _string(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    return value.strip() if isinstance(value, str) else ""


# -- title -----------------------------------------------------------------------------------------

_SEPARATOR = re.compile(r"\s+[|·•»«—–:/-]+\s+|\s*\|\s*|\s+::\s+|\s*»\s+|\s*«\s+")


def _title(page: Page, article: dict[str, object]) -> str:
    document = fold_space(page.title)
    shared = next(
        (fold_space(v) for v in _metas(page, "og:title", "twitter:title", "dc.title", "title") if v.strip()),
        "",
    )
    heading = _main_heading(page, document or shared)
    if heading:
        return heading
    headline = fold_space(_string(article.get("headline")))
    return shared or headline or document


def _main_heading(page: Page, document: str) -> str:
    """Return the h1 that the page's title repeats: the headline as readers see it."""
    wanted = _key(document)
    best = ""
    for heading in page.headings:
        key = _key(heading)
        if len(key) >= 8 and (key in wanted or (wanted and wanted in key)) and len(heading) > len(best):
            best = heading
    return best


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


# -- people and outlet -------------------------------------------------------------------------------


def _outlet(page: Page, article: dict[str, object]) -> str | None:
    for value in (
        *_metas(page, "og:site_name", "application-name", "twitter:app:name:iphone"),
        _string(article.get("publisher")),
    ):
        folded = fold_space(value)
        if folded and len(folded) <= 80:
            return folded
    return None


_AUTHOR_METAS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
                 "byl", "byline", "authors", "article:author_name", "cxenseparse:author", "citation_author",
                 "twitter:data1", "dc.creator.personal", "og:article:author")  # fmt: skip
_AUTHOR_SELECTORS = (
    '[itemprop="author"] [itemprop="name"]', '[itemprop="author"]', '[rel="author"]', ".author-name", ".byline-author", ".byline a",
    ".author a", ".byline", ".article-author", ".post-author", ".entry-author", ".author", "#byline", ".by-line", ".author-title",
    ".contributor", ".writer", ".name-author", ".byl",
)  # fmt: skip


def _author_lines(page: Page, article: dict[str, object]) -> Iterator[str]:
    """Yield the author lines of the surest source that has people."""
    for source in (_ld_authors(article, page), _meta_authors(page), _marked_authors(page)):
        lines = list(source)
        if people(lines):
            yield from lines
            return


def _ld_authors(article: dict[str, object], page: Page) -> Iterator[str]:
    author = article.get("author") or article.get("creator")
    by_id = {item.get("@id"): item for item in page.json_ld if isinstance(item.get("@id"), str)}
    for one in author if isinstance(author, list) else [author]:
        if isinstance(one, dict):
            target = one if one.get("name") else by_id.get(one.get("@id"), one)
            if "organization" not in " ".join(_types(target)):
                name = target.get("name")
                yield from (n for n in (name if isinstance(name, list) else [name]) if isinstance(n, str))
        elif isinstance(one, str):
            yield one


def _meta_authors(page: Page) -> Iterator[str]:
    for name in _AUTHOR_METAS:
        values = [v for v in page.metas.get(name, ()) if not v.startswith(("http", "/", "@"))]
        if people(values):
            yield from values
            return


def _marked_authors(page: Page) -> Iterator[str]:
    for selector in _AUTHOR_SELECTORS:
        lines = [_author_text(node) for node in page.tree.css(selector)[:6]]
        lines = [line for line in lines if 0 < len(line) <= 200]
        if lines and people(lines):
            yield from lines[:3]
            return


def _author_text(node: LexborNode) -> str:
    return fold_space(node.text(deep=True, separator=" "))


# -- times -------------------------------------------------------------------------------------------

_PUBLISHED_METAS = (
    "article:published_time", "datepublished", "og:article:published_time", "parsely-pub-date", "sailthru.date", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created", "pubdate", "publishdate", "publish-date", "publication_date",
    "date", "article.published", "published", "article_date_original", "cxenseparse:recs:publishtime", "citation_publication_date",
    "og:published_time", "og:pubdate", "ptime", "displaydate", "rnews:datepublished", "article:post_date", "dcterms.date", "pub_date",
    "datecreated", "originalpublicationdate", "shareaholic:article_published_time", "eomportal-lastupdate", "last-modified-date", "doc_date",
)  # fmt: skip
_UPDATED_METAS = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "lastmod",
    "last-modified",
)
_DATE_SELECTORS = (
    '[itemprop="datePublished"]', "time[pubdate]", "article time[datetime]", "time[datetime]", ".published", ".entry-date", ".post-date",
    ".dateline", ".pubdate", ".article-date", ".date-published", ".publish-date", ".posted-on", ".timestamp", ".article__date", ".date", ".time", "#date",
)  # fmt: skip
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-]?(\d\d?)[/-]?(\d\d?)(?=[/_.-]|$)|/((?:19|20)\d\d)-(\d\d)-(\d\d)")


def _published(page: Page, article: dict[str, object], url: str | None) -> datetime | None:
    for value in (_string(article.get("datePublished")), *_metas(page, *_PUBLISHED_METAS)):
        found = parse_date(value) if value else None
        if found:
            return found
    for selector in _DATE_SELECTORS:
        for node in page.tree.css(selector)[:3]:
            attributes = node.attributes
            for written in (attributes.get("datetime"), attributes.get("content"), _author_text(node)[:120]):
                found = parse_date(written) if written else None
                if found:
                    return found
    if url and (match := _URL_DATE.search(url)):
        found = parse_date("-".join(g for g in match.groups() if g))
        if found:
            return found
    return _written_date(page)


def _written_date(page: Page) -> datetime | None:
    """Return the date of the first short line that has one, beside or below the headline."""
    for block in page.blocks[:120]:
        if len(block.text) <= 120 and (found := parse_date(block.text)):
            return found
    return None


def _updated(page: Page, article: dict[str, object]) -> datetime | None:
    for value in (_string(article.get("dateModified")), *_metas(page, *_UPDATED_METAS)):
        found = parse_date(value) if value else None
        if found:
            return found
    return None


# -- the rest ----------------------------------------------------------------------------------------


def _section(page: Page, article: dict[str, object]) -> str | None:
    for value in (
        _string(article.get("articleSection")),
        *_metas(page, "article:section", "section", "parsely-section", "dc.subject", "category"),
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
    tier = next(_metas(page, "article:content_tier"), "")
    return free is False or tier in {"locked", "metered"}
