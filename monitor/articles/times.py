"""Page -> when it was published and updated, in the zone as written.

Structured data and meta elements first, then elements marked as dates, the address, lines beside the
headline, other lines, image addresses. A time without a zone is taken as of the site's country.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from urllib.parse import urlsplit

from monitor.articles.dates import parse_date
from monitor.articles.page import Page, metas, string_of
from monitor.text import fold_space

_PUBLISHED_METAS = (
    "article:published_time", "datepublished", "og:article:published_time", "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created", "pubdate",
    "publishdate",
    "publish-date", "publication_date", "date", "article.published", "published", "article_date_original",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "citation_publication_date",
    "og:published_time",
    "og:pubdate", "ptime", "displaydate", "rnews:datepublished", "article:post_date", "dcterms.date",
    "pub_date",
    "datecreated", "originalpublicationdate", "shareaholic:article_published_time", "article.created",
    "doc_date",
    "analyticsattributes.articledate", "og:release_date", "bt:pubdate", "dc.date.published", "release_date",
)  # fmt: skip
_UPDATED_METAS = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "lastmod",
    "last-modified",
    "article.updated", "eomportal-lastupdate", "last-modified-date", "dc.date.modified",
)  # fmt: skip
_SELECTORS = (
    '[itemprop="datePublished"]', "time[pubdate]", "article time[datetime]", "time[datetime]",
    "abbr.published",
    ".published", ".entry-date", ".post-date", ".dateline", ".pubdate", ".article-date", ".date-published",
    ".publish-date", ".posted-on", ".timestamp", ".article__date", ".date", "#date", '[class*="publish"]',
    '[class*="date"]', '[class*="Date"]', '[id*="date"]', "time", ".time", ".meta", '[class*="meta"]',
    ".byline",
)  # fmt: skip
# /2026/03/04/, /2026-03-04-, /2026-03/04/, /2026/0304/, /20260304.
_URL_DATE = re.compile(r"[/_-]((?:19|20)\d\d)(?:([/_-])(\d\d?)[/_-](\d\d?)|[/-]?(\d\d)(\d\d))(?=[/_.tT-]|$)")
_NOT_PUBLISHED = re.compile(
    r"updated|modified|обновл|aktualiz|ενημέρωση|geändert|aktualisiert", re.IGNORECASE
)
# A date inside one of these belongs to another story.
_ELSEWHERE = re.compile(r"teaser|related|sidebar|comment|footer|recommend|popular", re.IGNORECASE)
_ANNOUNCED = re.compile(
    r"^\W*(?:first )?(?:published|posted|created|veröffentlicht|erstellt|publié|pubblicato|publicado"
    r"|gepubliceerd"
    r"|опубликовано|размещено|опубліковано|жарияланды|opublikowano|dodano|δημοσιεύτηκε|δημοσίευση)\b\W{0,3}"
    r"(?:(?:on|am|le|il|el|op|at|дата)\b\W{0,3})?(?=[^\W_].{5,40})",
    re.IGNORECASE,
)
# Blogs close with "... was posted on 19 May 2010 at 23:03 in ...".
_FILED = re.compile(
    r"\b(?:was (?:posted|published|written)|wurde|geschrieben|posté|опубликован\w*)\b.{0,40}?\b(?:on|am|le"
    r"|в)?\b(?=.{0,12}\d)",
    re.IGNORECASE,
)
# Hours east of UTC where a country has one zone, or nearly so; summer time is left out.
_COUNTRY_HOURS = {
    "jp": 9, "kr": 9, "cn": 8, "kz": 5, "uz": 5, "tm": 5, "tj": 5, "kg": 6, "mn": 8, "ge": 4, "am": 4,
    "az": 4, "by": 3, "ru": 3, "su": 3, "ua": 2, "md": 2, "ro": 2, "gr": 2, "cy": 2, "fi": 2, "ee": 2,
    "lv": 2, "lt": 2, "tr": 3, "il": 2, "pl": 1, "de": 1, "at": 1, "ch": 1, "fr": 1, "it": 1, "es": 1,
    "nl": 1, "be": 1, "cz": 1, "sk": 1, "hu": 1, "se": 1,
}  # fmt: skip
_KANA = re.compile(r"[\u3040-\u30ff]")
_HEAD_LINES = 150


# The same by language, for sites under .com and the like, where nearly all who write it live in one zone.
_LANGUAGE_HOURS = {
    "ja": 9, "ko": 9, "kk": 5, "uz": 5, "tg": 5, "tk": 5, "ky": 6, "mn": 8, "ka": 4, "hy": 4, "az": 4,
    "be": 3, "tr": 3, "ru": 3, "uk": 2, "ro": 2, "el": 2, "fi": 2, "he": 2, "pl": 1, "cs": 1, "sk": 1,
    "hu": 1, "it": 1,
}  # fmt: skip


def site_zone(url: str | None, language: str = "") -> tzinfo:
    """Return the zone of a site's country by its top-level domain, else by its language, else UTC."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return UTC
    code = language.strip().lower().replace("_", "-").split("-")[0]
    hours = _COUNTRY_HOURS.get(host.rsplit(".", 1)[-1]) or _LANGUAGE_HOURS.get(code, 0)
    return timezone(timedelta(hours=hours)) if hours else UTC


def _zone_of(page: Page, url: str | None) -> tzinfo:
    language = page.html_lang or next(metas(page, "og:locale", "content-language"), "")
    return site_zone(url, language or ("ja" if _KANA.search(page.title) else ""))


def published_time(page: Page, article: dict[str, object], url: str | None) -> datetime | None:
    """Return when the page was first published, None where nothing on it says."""
    zone = _zone_of(page, url)
    for value in (string_of(article.get("datePublished")), *metas(page, *_PUBLISHED_METAS)):
        if value and (found := parse_date(value, zone=zone)):
            if len(value.strip()) <= len("2020-01-01"):
                return _to_the_minute(page, found, zone)
            return _on_the_day_of(_in_address(url, zone), found)
    return (
        _announced(page, zone)
        or _marked(page, zone)
        or _in_address(url, zone)
        or _written(page, zone)
        or _filed(page, zone)
        or _updated(page, article, zone)
    )


def _to_the_minute(page: Page, day: datetime, zone: tzinfo) -> datetime:
    """Return the time marked on the page where it is of `day` or the day before: print dates ahead."""
    marked = _marked(page, zone)
    if marked is None or (marked.hour, marked.minute) == (0, 0):
        return day
    return marked if timedelta(0) <= day.date() - marked.date() <= timedelta(days=1) else day


def _on_the_day_of(address: datetime | None, found: datetime) -> datetime:
    """Return `found` in the zone that the page's address keeps, where that names a day beside it.

    Sites give the time in UTC and file the page under their own day.
    """
    if address is None or found.utcoffset() != timedelta(0) or abs((address.date() - found.date()).days) != 1:
        return found
    later = address.date() > found.date()
    hours = 24 - found.hour if later else -found.hour - 1
    return found.astimezone(timezone(timedelta(hours=hours))) if abs(hours) <= 12 else found


def _announced(page: Page, zone: tzinfo) -> datetime | None:
    for block in page.blocks:
        match = _ANNOUNCED.match(block.text) if len(block.text) <= 160 else None
        if match and (found := parse_date(block.text[match.end() : match.end() + 40], zone=zone)):
            return found
    return None


def _filed(page: Page, zone: tzinfo) -> datetime | None:
    for block in page.blocks:
        match = _FILED.search(block.text) if len(block.text) <= 1000 else None
        if match and (found := parse_date(block.text[match.end() : match.end() + 60], zone=zone)):
            return found
    return None


def updated_time(page: Page, article: dict[str, object], url: str | None) -> datetime | None:
    """Return when the page says it was last changed."""
    return _updated(page, article, _zone_of(page, url))


def _updated(page: Page, article: dict[str, object], zone: tzinfo) -> datetime | None:
    for value in (string_of(article.get("dateModified")), *metas(page, *_UPDATED_METAS)):
        if value and (found := parse_date(value, zone=zone)):
            return found
    return None


def _marked(page: Page, zone: tzinfo) -> datetime | None:
    for selector in _SELECTORS:
        for node in page.tree.css(selector)[:4]:
            attributes = node.attributes
            if _ELSEWHERE.search(attributes.get("class") or ""):
                continue
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
    if match is None:
        return None
    year, _, month, day, *packed = match.groups()
    return parse_date("-".join((year, *((month, day) if month else packed))), zone=zone)


def _written(page: Page, zone: tzinfo) -> datetime | None:
    """Return the date of the first short line that has one, from the headline on, then from the top."""
    keys = {heading.casefold() for heading in page.headings}
    start = next((i for i, block in enumerate(page.blocks) if block.text.casefold() in keys), 0)
    for blocks in (page.blocks[start : start + _HEAD_LINES], page.blocks):
        for block in blocks:
            if len(block.text) <= 120 and (found := parse_date(block.text, zone=zone)):
                return found
    return None
