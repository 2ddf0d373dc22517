"""Page -> Metadata: title, people, outlet, times, section, language hint, as the page says of itself."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor.articles.authors import read_authors
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
    title = clean_title(_title(page, article, outlet), outlet, *_site_names(page, url))
    authors = read_authors(page, article, outlet, title)
    return Metadata(
        url=canonical_url(url, page.base, (page.canonical, *metas(page, "og:url"))),
        title=title,
        byline=authors.names,
        author_lines=authors.lines,
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

_SEPARATOR = re.compile(r"\s+[|·•»«—–:/-]+\s+|\s*[|｜]\s*|\s+::\s+|\s*»\s+|\s*«\s+")
# Where words are written without spaces, so are the marks between them.
_CJK_LETTERS = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_CJK = re.compile(rf"[{_CJK_LETTERS}]")
_CJK_SEPARATOR = re.compile(
    rf"\s*[|｜_»«]+\s*|\s+[—–:/-]+\s+|(?<=[{_CJK_LETTERS}」』！？。）])[:：—–-](?=\S)"
)
_CJK_SITE = re.compile(r".{1,10}(?:网|網|新闻|新聞|报|報|社|ニュース|뉴스|일보|신문)")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,9}(?:\s[^<>]{0,60})?/?>")
_MIN_KEY = 10  # letters of a title that is found within another
_MAX_LABEL = 30  # letters of a label in front of a headline, such as "Sponsored by"


def _title(page: Page, article: dict[str, object], outlet: str | None) -> str:
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
    own = _key(outlet or "")
    return (
        _heading_like(page, wanted, own)
        or _line_like(page, [shared, document], own)
        or (_only_heading(page) if not shared and not headline and len(_key(document)) < _MIN_KEY else "")
        or next((title for title in (shared, headline, document) if title), "")
    )


def _heading_like(page: Page, wanted: list[str], own: str) -> str:
    """Return the h1 that shares most words with one of the page's titles; `own`, the site's name, is none."""
    headings = [h for h in dict.fromkeys(page.headings) if 8 <= len(h) <= 300 and _key(h) != own]
    if not headings:
        return ""
    keys = [_key(title) for title in wanted]
    stems = [_stems(title) for title in wanted]

    def likeness(heading: str) -> float:
        key = _key(heading)
        # A heading that is a small part of the title is the outlet's name.
        if any(
            other in key or (key in other and len(key) * 2 > len(other)) for other in keys if len(other) > 7
        ):
            return 2.0
        own = _stems(heading)
        if len(own) < 3:
            return 0.0
        return max((2 * len(own & others) / (len(own) + len(others)) for others in stems), default=0.0)

    best = max(headings, key=likeness)
    return _without_labels(best, wanted) if likeness(best) >= 0.25 else ""


def _only_heading(page: Page) -> str:
    """Return the h1 of a page that has one, for pages that say next to nothing in their title."""
    headings = {heading for heading in page.headings if heading}
    return headings.pop() if len(headings) == 1 else ""


def _stems(title: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w+", title.casefold()) if len(word) > 3}


def _without_labels(heading: str, titles: list[str]) -> str:
    """Take off what stands in the h1 beside the headline: a label in front of it, tags glued to its end."""
    folded = heading.casefold()
    for part in (part.casefold() for title in titles for part in _parts(title)):
        at = folded.find(part) if len(_key(part)) >= _MIN_KEY * 2 else -1
        label = heading[: max(at, 0)]
        ends = at > 0 and at + len(part) == len(folded)
        if ends and label[-1] == " " and label.rstrip()[-1:].isalnum() and len(_key(label)) <= _MAX_LABEL:
            return heading[at:]
        if at == 0 and folded[len(part) : len(part) + 1].isalpha():
            return heading[: len(part)]
    return heading


def _parts(title: str) -> list[str]:
    """Return the parts of a title between its separators, and those joined, longest first."""
    cuts = [0, *(cut.end() for cut in list(_SEPARATOR.finditer(title))[:8]), len(title) + 3]
    parts = {title[a:b].strip(" |·•»«—–:/-") for i, a in enumerate(cuts) for b in cuts[i + 1 :]}
    return sorted(parts, key=lambda part: (-len(part), part))


def _line_like(page: Page, titles: list[str], own: str) -> str:
    """Return the longest part of a title that the page shows as a line of its own, not the site's name."""
    lines = {_key(block.text): block.text for block in page.blocks if len(block.text) <= 250}
    for title in titles:
        for part in _parts(title):
            key = _key(part)
            if len(key) >= _MIN_KEY and key in lines and key != own:
                return lines[key]
    return ""


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _site_names(page: Page, url: str | None) -> list[str]:
    """Return names of the site beside its own: its domain, and headings that are no headline."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        host = ""
    labels = [label for label in host.split(".")[:-1] if len(label) > 3 and label != "www"]
    return [
        *labels[-1:],
        host.removeprefix("www."),
        *(heading for heading in page.headings[:4] if 3 <= len(heading) <= 30),
    ]


def clean_title(title: str, *names: str | None) -> str:
    """Return `title` on one line without the outlet's name, one of `names`, at its end or start."""
    title = fold_space(_TAG.sub(" ", title))
    keys = [_key(name or "") for name in names]
    separator = _CJK_SEPARATOR if _CJK.search(title) else _SEPARATOR
    for _ in range(4):
        cuts = list(separator.finditer(title))
        if not cuts:
            break
        head, tail = title[: cuts[-1].start()], title[cuts[-1].end() :]
        if len(head) < 8 or not (_names_site(_key(tail), keys) or _CJK_SITE.fullmatch(tail)):
            break
        title = head
    if not cuts:
        return title
    first, rest = title[: cuts[0].start()], title[cuts[0].end() :]
    if len(rest) >= 12 and keys and len(keys[0]) >= 3 and keys[0] in _key(first):
        return rest
    if separator is _CJK_SEPARATOR and "_" in title:
        return title.partition("_")[0] if len(title.partition("_")[0]) >= 8 else title
    if "|" in title[cuts[-1].start() : cuts[-1].end()] and len(tail.split()) <= 4 < len(head.split()):
        return head
    return title


def _names_site(tail: str, keys: list[str]) -> bool:
    """The first of `keys` is the outlet's name, which may be told in part; the others are guesses."""
    if len(tail) < 3:
        return False
    own, others = keys[0] if keys else "", keys[1:]
    return (
        (len(own) >= 3 and (tail in own or own in tail))
        or tail in others
        or any(len(other) >= _MIN_KEY and tail.startswith(other) for other in others)
    )


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
