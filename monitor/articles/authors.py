"""Page -> who signed it: what its head says for machines, weighed against what its readers see.

Structured data and meta elements name authors in so many words, and often wrongly: the publisher, an editor,
a web agency. What the page shows as a byline near its headline is the check, and the answer where the head
says nothing (see signatures.py). A bare text has its first and last lines only.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from monitor.articles.bylines import credited, is_desk, is_role, read_byline, says_by
from monitor.articles.page import Page, metas, string_of, types_of
from monitor.articles.signatures import (
    MAX_LINE_CHARACTERS,
    SURE_WEIGHT,
    Seen,
    beside_date,
    is_full_name,
    marked,
    written,
)
from monitor.articles.trailing import tells_news
from monitor.articles.wordlists import CAPITALS, wording

# The first serve as a site's own name, too; the others are of systems that keep authors.
_LOOSE_METAS = ("author", "article:author", "dc.creator", "dcterms.creator", "creator", "dc.contributor")
_METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "byline", "authors", "article:author_name", "article.author", "cxenseparse:author", "citation_author",
    "analyticsattributes.author", "branch:deeplink:authorname1", "dc.creator.personal", "og:article:author",
    "dc.contributor", "author_name", "article_author", "shareaholic:article_author_name", "vk:author",
    "creator",
)  # fmt: skip
# What others call such an element: "mediator_author", "news:author", "Search.Byline"; not "photo:author".
_ANY_META = re.compile(
    r"(?!.*(?:photo|image|video|picture|banner|web))(?:.*[.:_-])?(?:authors?|byline)(?:[.:_-]?name)?"
)
_LABELS = re.compile(
    r"written|author|\bby\b|verfasst|autor|écrit|auteur|escrito|автор|написано|scritto|napisane",
    re.IGNORECASE,
)
_STRING = r"""["']([^"'{}<>\\]{3,120})["']"""
_DATA_LAYER = re.compile(
    r"""["'](?:authors?|author_?names?|articleAuthors?|page_?authors?|byline)["']\s*[:=]\s*(?:"""
    rf"""(?P<list>\[?\s*{_STRING}(?:\s*,\s*{_STRING})*)"""
    rf"""|\[?\s*\{{[^{{}}]{{0,200}}?["'](?:full_?|display_?)?name["']\s*:\s*(?P<name>{_STRING}))""",
    re.IGNORECASE,
)
_STRINGS = re.compile(_STRING)
_MANY = 5
_HEAD_LINES, _TAIL_LINES, _NOTE_LINES = 4, 12, 4
# A name and then what it does: "Ann Lee, diplomat", "Ann Lee is ...", "Анна Ли — политолог".
_NAME_FIRST = (
    rf"^\W*((?:[{CAPITALS}][\w’'.-]*\s+){{1,3}}[{CAPITALS}][\w’'-]+)"
    r"(?:\s*\([^)]{1,40}\))?\s*(?:,|[—–-]\s|\b{}\b)"
)
_SAYS_WHO = re.compile(r":|\b(?:von|by|par|por|γράφει|rozmawiał\w*|rozmawia)\b", re.IGNORECASE)
_QUOTE = re.compile(r"[«“„\"]")
_MAX_SCRIPTS, _MAX_SCRIPT_CHARACTERS = 40, 200_000


@dataclass(frozen=True, slots=True)
class Authors:
    """Who signed, and the author lines as written, agencies included."""

    names: tuple[str, ...]
    lines: tuple[str, ...]


def read_authors(page: Page, article: dict[str, object], outlet: str | None, title: str) -> Authors:
    """Return who signed `page`; `article` is its JSON-LD object, `title` its headline.

    People; where nobody signs, the account or the desk that does. News agencies never: they are the origin.
    """
    structured = [*_structured(article, page)]
    meta, meta_is_sure = _meta(page, outlet)
    told, from_meta = read_byline(structured, outlet), read_byline(meta, outlet)
    if (from_meta.people and _folded(from_meta.people) >= _folded(told.people)) or not told:
        told = from_meta
    seen = written(page, title, outlet)
    if not seen.signed.people or _folded(seen.signed.people) != _folded(told.people):
        seen = max(seen, marked(page, title, outlet, told), key=lambda one: one.weight)
    if not seen.signed and not told.people:
        seen = beside_date(page, title, outlet)
    lines = (*structured, *meta, *seen.lines)
    people = _agreed(told.people, seen) or _any_meta(page, outlet)
    people = people or _credited(block.text for block in page.blocks)
    if people or seen.signed.agencies or told.agencies:
        return Authors(people, lines)
    bodies = read_byline(_structured(article, page, bodies=True), outlet).bodies
    desks = from_meta.bodies if meta_is_sure else tuple(filter(is_desk, from_meta.bodies))
    for names in (seen.signed.accounts, told.accounts, seen.signed.bodies, bodies, desks):
        if names:
            return Authors(names[:1], lines)
    return Authors(() if seen.signed else _data_layer(page, outlet), lines)


def text_authors(lines: Sequence[str], notes: Sequence[str]) -> tuple[str, ...]:
    """Return who signed a text that came without its page: a byline at its head, else a note at its end.

    `lines` are its lines in order, `notes` those of `author_notes` and what else is known to stand behind it.
    """
    for line in lines[:_HEAD_LINES]:
        if len(line) <= MAX_LINE_CHARACTERS and says_by(line) and (people := read_byline([line]).people):
            return people
    for line in lines[:_HEAD_LINES]:
        people = read_byline([line]).people if len(line) <= 60 else ()
        alone = len(people) == 1 and people[0].casefold() == line.strip(" .").casefold()
        # Whom the text speaks of did not write it: the line is a caption.
        if alone and is_full_name(people[0]) and not _speaks_of(people[0], line, lines, notes):
            return people
    if people := _credited((*notes, *lines[-_TAIL_LINES:])):
        return people
    for line in (*notes, *lines[-_TAIL_LINES:]):
        named = len(line) <= MAX_LINE_CHARACTERS and _SAYS_WHO.search(line[:40]) and says_by(line)
        if named and (people := read_byline([line]).people):
            return people
    found: dict[str, None] = {}
    for note in notes:
        match = _name_first().match(note)
        people = read_byline([match[1]]).people if match else ()
        # Of whom the text speaks, it tells who that is; who wrote it has a line of his own.
        found.update(dict.fromkeys(name for name in people if not _speaks_of(name, note, lines, notes)))
    return tuple(found)


def _credited(lines: Iterable[str]) -> tuple[str, ...]:
    return next(filter(None, map(credited, lines)), ())


@lru_cache(maxsize=1)
def _name_first() -> re.Pattern[str]:
    return wording("trailing", "presents", _NAME_FIRST, re.NOFLAG)


def _speaks_of(name: str, line: str, lines: Sequence[str], notes: Sequence[str]) -> bool:
    surname = name.split()[-1].casefold()[:6]
    return any(surname in other.casefold() for other in lines if other != line and other not in notes)


def author_notes(lines: Sequence[str]) -> tuple[str, ...]:
    """Return those of a text's last lines that say who its author is: "Ann Lee is a fellow at ..."."""
    notes: list[str] = []
    for line in reversed(lines[-_NOTE_LINES:] if len(lines) > _NOTE_LINES else lines[1:]):
        match = _name_first().match(line)
        words = len(line.split())
        by_role = match and words <= 60 and any(is_role(word) for word in line[match.end() :].split()[:14])
        short = match and words <= 12 and not line.rstrip().endswith((":", "?", "!"))
        quotes = words > 12 and _QUOTE.search(line) is not None
        if quotes or tells_news(line) or not (by_role or short or (words <= 12 and says_by(line))):
            break
        notes.append(line)
    return tuple(reversed(notes))


def _folded(names: Sequence[str]) -> set[str]:
    return {name.casefold() for name in names}


def _agreed(told: tuple[str, ...], seen: Seen) -> tuple[str, ...]:
    """Return the fuller of two lists that agree, and what readers plainly see where they do not."""
    shown = seen.signed.people
    if not told or not shown or seen.weight < SURE_WEIGHT:
        return told or shown
    if _folded(told) >= _folded(shown):
        # A long list in the head credits all who had a hand in it; readers see who wrote.
        credits = len(told) >= _MANY and 3 * len(shown) <= len(told)
        return shown if credits else told
    text = " ".join(seen.lines).casefold()
    return (
        told if all(name in text for name in _folded(told)) and not _folded(shown) > _folded(told) else shown
    )


def _structured(article: dict[str, object], page: Page, *, bodies: bool = False) -> Iterator[str]:
    """Yield the names of JSON-LD's authors: those of people, or those of `bodies`."""
    author = article.get("author") or article.get("creator")
    publisher = string_of(article.get("publisher")).casefold()
    by_id = {item.get("@id"): item for item in page.json_ld if isinstance(item.get("@id"), str)}
    for one in author if isinstance(author, list) else [author]:
        if isinstance(one, dict):
            identity = one.get("@id")
            known = by_id.get(identity if isinstance(identity, str) else None, one)
            target = one if one.get("name") else known
            if ("organization" in " ".join(types_of(target))) != bodies:
                continue
            name = target.get("name") or _full_name(target)
            names = name if isinstance(name, list) else [name]
            yield from (unescape(n) for n in names if isinstance(n, str) and n.casefold() != publisher)
        elif isinstance(one, str) and one.casefold() != publisher and not one.startswith("http"):
            yield unescape(one)


def _full_name(person: dict[str, object]) -> str:
    return " ".join(filter(None, (string_of(person.get(key)) for key in ("givenName", "familyName"))))


def _meta(page: Page, outlet: str | None) -> tuple[list[str], bool]:
    """Return the values of the first meta element that names people, else of the first that says anything.

    Second, whether that element is one that only names who wrote.
    """
    first: tuple[list[str], bool] = ([], False)
    for name in _METAS:
        values = [v for v in page.metas.get(name, ()) if not v.startswith(("http", "/", "@"))]
        if values:
            found = values, name not in _LOOSE_METAS
            if read_byline(values, outlet).people:
                return found
            first = first if first[0] else found
    for number in (1, 2):
        if _LABELS.search(next(metas(page, f"twitter:label{number}"), "")):
            return list(metas(page, f"twitter:data{number}")), True
    return first


def _any_meta(page: Page, outlet: str | None) -> tuple[str, ...]:
    """Return whom a meta element names that only its name's end marks as one of authors."""
    found = (read_byline(page.metas[name], outlet).people for name in page.metas if _ANY_META.fullmatch(name))
    return next(filter(None, found), ())


def _data_layer(page: Page, outlet: str | None) -> tuple[str, ...]:
    """Return whom a script's data name as the author: pages drawn by scripts have no other place for it."""
    for node in page.tree.css("script:not([src])")[:_MAX_SCRIPTS]:
        source = node.text(deep=True)[:_MAX_SCRIPT_CHARACTERS]
        for match in _DATA_LAYER.finditer(source) if "uthor" in source else ():
            if people := read_byline(_STRINGS.findall(match["list"] or match["name"]), outlet).people:
                return people
    return ()
