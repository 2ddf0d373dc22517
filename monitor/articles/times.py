"""Page -> when it was published and updated, in the zone as written.

Structured data and meta elements first, then elements marked as dates, the address, lines beside the
headline, other lines, image addresses. A time without a zone is taken as of the site's country.
"""

# ruff: noqa: E501

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from urllib.parse import urlsplit

from monitor.articles.dates import parse_date
from monitor.articles.page import Page, metas, string_of
from monitor.text import fold_space

_PUBLISHED_METAS = (
    "article:published_time", "datepublished", "og:article:published_time", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created", "pubdate", "publishdate",
    "publish-date", "publication_date", "date", "article.published", "published", "article_date_original",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "citation_publication_date", "og:published_time",
    "og:pubdate", "ptime", "displaydate", "rnews:datepublished", "article:post_date", "dcterms.date", "pub_date",
    "datecreated", "originalpublicationdate", "shareaholic:article_published_time", "article.created", "doc_date",
    "analyticsattributes.articledate", "og:release_date", "bt:pubdate", "dc.date.published", "release_date",
)  # fmt: skip
_UPDATED_METAS = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "lastmod", "last-modified",
    "article.updated", "eomportal-lastupdate", "last-modified-date", "dc.date.modified",
)  # fmt: skip
_SELECTORS = (
    '[itemprop="datePublished"]', "time[pubdate]", "article time[datetime]", "time[datetime]", "abbr.published",
    ".published", ".entry-date", ".post-date", ".dateline", ".pubdate", ".article-date", ".date-published",
    ".publish-date", ".posted-on", ".timestamp", ".article__date", ".date", "#date", '[class*="publish"]',
    '[class*="date"]', '[class*="Date"]', '[id*="date"]', "time", ".time", ".meta", '[class*="meta"]', ".byline",
)  # fmt: skip
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-]?(\d\d?)[/-]?(\d\d?)(?=[/_.-]|$)")
_NOT_PUBLISHED = re.compile(
    r"updated|modified|обновл|aktualiz|ενημέρωση|geändert|aktualisiert", re.IGNORECASE
)
# Hours east of UTC where a country has one zone, or nearly so; summer time is left out.
_COUNTRY_HOURS = {
    "jp": 9, "kr": 9, "cn": 8, "kz": 5, "uz": 5, "tm": 5, "tj": 5, "kg": 6, "mn": 8, "ge": 4, "am": 4, "az": 4, "by": 3,
    "ru": 3, "su": 3, "ua": 2, "md": 2, "ro": 2, "gr": 2, "cy": 2, "fi": 2, "ee": 2, "lv": 2, "lt": 2, "tr": 3, "il": 2,
    "pl": 1, "de": 1, "at": 1, "ch": 1, "fr": 1, "it": 1, "es": 1, "nl": 1, "be": 1, "cz": 1, "sk": 1, "hu": 1, "se": 1,
}  # fmt: skip
_HEAD_LINES = 150


def site_zone(url: str | None) -> tzinfo:
    """Return the zone of a site's country by its top-level domain; UTC where that does not say."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return UTC
    hours = _COUNTRY_HOURS.get(host.rsplit(".", 1)[-1], 0)
    return timezone(timedelta(hours=hours)) if hours else UTC


def published_time(page: Page, article: dict[str, object], url: str | None) -> datetime | None:
    """Return when the page was first published, None where nothing on it says."""
    zone = site_zone(url)
    for value in (string_of(article.get("datePublished")), *metas(page, *_PUBLISHED_METAS)):
        if value and (found := parse_date(value, zone=zone)):
            return found
    return (
        _marked(page, zone) or _in_address(url, zone) or _written(page, zone) or _updated(page, article, zone)
    )


def updated_time(page: Page, article: dict[str, object], url: str | None) -> datetime | None:
    """Return when the page says it was last changed."""
    return _updated(page, article, site_zone(url))


def _updated(page: Page, article: dict[str, object], zone: tzinfo) -> datetime | None:
    for value in (string_of(article.get("dateModified")), *metas(page, *_UPDATED_METAS)):
        if value and (found := parse_date(value, zone=zone)):
            return found
    return None


def _marked(page: Page, zone: tzinfo) -> datetime | None:
    for selector in _SELECTORS:
        for node in page.tree.css(selector)[:4]:
            attributes = node.attributes
            shown = fold_space(node.text(deep=True, separator=" ")[:400])
            if _NOT_PUBLISHED.match(shown):
                continue
            for written in (
                attributes.get("datetime"),
                attributes.get("content"),
                attributes.get("title"),
                shown,
            ):
                if written and len(written) <= 200 and (found := parse_date(written, zone=zone)):
                    return found
    return None


def _in_address(url: str | None, zone: tzinfo) -> datetime | None:
    match = _URL_DATE.search(url or "")
    return parse_date("-".join(match.groups()), zone=zone) if match else None


def _written(page: Page, zone: tzinfo) -> datetime | None:
    """Return the date of the first short line that has one, from the headline on, then from the top."""
    keys = {heading.casefold() for heading in page.headings}
    start = next((i for i, block in enumerate(page.blocks) if block.text.casefold() in keys), 0)
    for blocks in (page.blocks[start : start + _HEAD_LINES], page.blocks):
        for block in blocks:
            if len(block.text) <= 120 and (found := parse_date(block.text, zone=zone)):
                return found
    return None
