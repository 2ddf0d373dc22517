"""The bundled files -> articles and outlets, as values.

An article is `newsroom/OUTLET/SLUG.md`: TOML between `+++` lines, then paragraphs separated by empty lines.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "newsroom"


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented outlet; `feed` and `layout` name files in `layouts/`."""

    key: str
    name: str
    lang: str
    folder: str
    feed: str  # rss | atom | rdf | json | broken | gone
    feed_path: str
    layout: str
    page_path: str
    menu: tuple[str, ...]
    disclaimer: str
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Expected:
    """What analysis is to find, by a person who read the text: not more and not less honest than that."""

    countries: tuple[str, ...] = ()  # each is found
    themes: tuple[str, ...] = ()  # each is found
    never: tuple[str, ...] = ()  # "theme:energy", "country:GE": these words do not mean that


@dataclass(frozen=True, slots=True)
class Article:
    """One article as written. `hours_ago` is its age when the newsroom opens."""

    outlet: str
    slug: str
    title: str
    byline: tuple[str, ...]
    lang: str
    kind: str
    section: str
    hours_ago: float
    summary: str
    paragraphs: tuple[str, ...]
    expected: Expected
    author_note: str = ""
    reprint_of: str = ""  # slug
    reprint_note: str = ""


def _tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


@cache
def outlets() -> Mapping[str, Outlet]:
    """Return the outlets by key, in the order of the file."""
    tables = tomllib.loads((FOLDER / "outlets.toml").read_text("utf-8"))
    return {key: Outlet(key=key, **_tuples(table)) for key, table in tables.items()}


@cache
def words() -> Mapping[str, Mapping[str, Any]]:
    """Return what the sites say around their articles, by language."""
    return tomllib.loads((FOLDER / "words.toml").read_text("utf-8"))


def _read(path: Path) -> Article:
    _, head, body = path.read_text("utf-8").split("+++\n", 2)
    table = _tuples(tomllib.loads(head))
    return Article(
        **{
            **table,
            "outlet": path.parent.name,
            "slug": path.stem,
            "expected": Expected(**_tuples(table["expected"])),
            "paragraphs": tuple(filter(None, map(str.strip, body.split("\n\n")))),
        }
    )


@cache
def articles() -> Mapping[str, Article]:
    """Return the articles by slug, newest first; a reprint has its original's paragraphs."""
    found = sorted(map(_read, FOLDER.glob("*/*.md")), key=lambda article: article.hours_ago)
    return {article.slug: article for article in found}


def paragraphs(article: Article) -> tuple[str, ...]:
    """Return the text of an article, a reprint's from its original."""
    return articles()[article.reprint_of].paragraphs if article.reprint_of else article.paragraphs
