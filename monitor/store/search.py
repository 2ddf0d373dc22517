"""Query -> stored articles, newest first. The database finds candidates, the predicate has the last word.

`_Bounds` turns a query into SQL that every match fulfils, and, where it can be said in SQL, into SQL that
only matches fulfil (a NOT turns the two around). Whatever SQL cannot say (sentences, distances, capitals)
is decided by `monitor.watch.match` on the candidates, so that a search means what a rule means.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    column,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import table as light_table
from sqlalchemy.orm import Session

from monitor.store import stories
from monitor.store.reading import StoredArticle, stored_articles
from monitor.store.tables import Article, Outlet, Tag
from monitor.watch.match import COMPARE, Match, explain
from monitor.watch.query import (
    All,
    And,
    ByAuthor,
    FromOutlet,
    InLanguage,
    Near,
    Node,
    Not,
    OfKind,
    Or,
    Phrase,
    Prefix,
    Published,
    Query,
    Salience,
    Same,
    Sources,
    Tagged,
    Word,
)
from monitor.watch.subject import Subject, subject_of
from monitor.watch.words import AUTHOR, normalise_document, phrase_forms, prefix_forms

FIRST_BATCH = 50
LAST_BATCH = 500
NEWEST = 4_000  # articles; a word of which these hold a batch need not be listed by the index
REINDEX_BATCH = 500


@dataclass(frozen=True, slots=True)
class Found:
    """An article for which a query holds, and why."""

    article: StoredArticle
    match: Match


def search(session: Session, query: Query, *, since: datetime | None = None) -> Iterator[Found]:
    """Yield the stored articles for which `query` holds, the last stored first; take as many as are wanted.

    `since`: none that was first seen before it.
    """
    batch, before = FIRST_BATCH, None
    while True:
        ids = candidates(session, query, since=since, before=before, limit=batch)
        for article in stored_articles(session, ids):
            match = explain(query, subject(article))
            if match.matched:
                yield Found(article, match)
        if len(ids) < batch:
            return
        before = ids[-1]
        batch = min(batch * 2, LAST_BATCH)


def subject(article: StoredArticle) -> Subject:
    """Return a stored article as the subject of a query."""
    return subject_of(
        article.analysis,
        outlet=article.outlet,
        outlet_name=article.outlet_name,
        sources=article.sources,
        search_text=article.search_text,
    )


def candidates(
    session: Session,
    query: Query,
    *,
    since: datetime | None = None,
    before: int | None = None,
    limit: int = FIRST_BATCH,
) -> list[int]:
    """Return the newest ids, smaller than `before`, of articles that may match; no match is missing."""
    sqlite = _is_sqlite(session)
    if sqlite or _Bounds(sqlite).split(query.root)[0] is None:
        return list(session.scalars(statement(query, sqlite, since, before).limit(limit)))
    # PostgreSQL's planner does not know how common a word is, and reading backwards for a rare one reads all:
    # so a common word is looked for in the newest articles, and any other is listed by the index.
    end = before if before is not None else (session.scalar(select(func.max(_SEARCH.c.article_id))) or 0) + 1
    newest = statement(query, sqlite, since, end).where(_SEARCH.c.article_id >= end - NEWEST).limit(limit)
    found = list(session.scalars(newest))
    if len(found) == limit or end <= NEWEST:
        return found
    by_index = statement(query, sqlite, since, before).order_by(None)
    return list(session.scalars(by_index.order_by((_SEARCH.c.article_id + 0).desc()).limit(limit)))


def all_candidates(session: Session, queries: Iterable[Query], *, since: datetime) -> list[int]:
    """Return the ids of all articles that may match any of the queries, oldest first; no match is missing."""
    sqlite = _is_sqlite(session)
    found: set[int] = set()
    for query in queries:
        found.update(session.scalars(statement(query, sqlite, since)))
    return sorted(found)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def statement(
    query: Query, sqlite: bool, since: datetime | None = None, before: int | None = None
) -> Select[int]:
    """Return the SELECT of the candidates' ids, newest first."""
    bounds = _Bounds(sqlite)
    words, rest = bounds.split(query.root)
    if words is None:
        key: ColumnElement[int] = Article.id.expression
        found = select(Article.id).where(rest)
    else:
        # The index leads and is read backwards, so that a common word need not be listed in full.
        key = _SEARCH.c.rowid if sqlite else _SEARCH.c.article_id
        found = select(key).select_from(_SEARCH).where(bounds.found(words))
        if rest is not _ANY or since is not None:
            found = found.join(Article, Article.id == key).where(rest)
    if since is not None:
        found = found.where(Article.first_seen_at >= since)
    if before is not None:
        found = found.where(key < before)
    return found.order_by(key.desc())


def to_reindex(session: Session) -> int:
    """Return how many articles `reindex` goes through."""
    whole = select(func.count(Article.id)).where(Article.text_cut.is_(False))
    return session.scalar(whole) or 0


def reindex(session: Session, *, after: int = 0, limit: int = REINDEX_BATCH) -> int | None:
    """Write the search text of the next articles after an id anew; returns the last id, None at the end.

    Needed where a new version changes normal forms. A text that retention has cut keeps its old words.
    """
    columns = (
        Article.id, Article.title, Article.text, Article.language, Article.byline, Article.search_text
    )  # fmt: skip
    whole = select(*columns).where(Article.id > after, Article.text_cut.is_(False))
    rows = session.execute(whole.order_by(Article.id).limit(limit)).all()
    for row in rows:
        made = normalise_document(row.title, row.text, row.language, row.byline)
        if made != row.search_text:
            session.execute(update(Article).where(Article.id == row.id).values(search_text=made))
    return rows[-1].id if rows else None


# -- query -> SQL ----------------------------------------------------------------------------------

_SEARCH = light_table(
    "article_search", column("rowid"), column("article_search"), column("article_id"), column("words")
)
_ANY: ColumnElement[bool] = true()
_NONE: ColumnElement[bool] = false()
_MAX_NESTED = 8  # parentheses in a query of the index; FTS5 overflows at some fifty


class _Bounds:
    """Turns nodes into conditions on `article`, and words into the index's own query language."""

    def __init__(self, sqlite: bool) -> None:
        self._sqlite = sqlite
        self._and, self._or = (" AND ", " OR ") if sqlite else (" & ", " | ")

    def split(self, root: Node) -> tuple[str | None, ColumnElement[bool]]:
        """Return what the index must hold, and the rest of what every match fulfils."""
        parts = root.parts if isinstance(root, And) else (root,)
        words = [part for part in map(self.words, parts) if part is not None]
        rest = [self._rest(part) for part in parts]
        return (self._all(words) if words else None), _joined(rest)

    def _rest(self, node: Node) -> ColumnElement[bool]:
        """Return what SQL must ask of a node besides its words."""
        if self.words(node) is None:
            return self.upper(node)
        return self._side_by_side(node) if isinstance(node, Phrase) else _ANY

    def found(self, words: str) -> ColumnElement[bool]:
        """Return the condition that the index holds `words`."""
        if self._sqlite:
            return _SEARCH.c.article_search.op("MATCH")(words)
        return func.article_search_key(_SEARCH.c.words).op("@@")(
            literal(words).op("::")(column("tsquery", is_literal=True))
        )

    # -- every match fulfils it --------------------------------------------------------------------

    def upper(self, node: Node) -> ColumnElement[bool]:
        """Return a condition that every match of a node fulfils."""
        words = self.words(node)
        if words is not None:
            return and_(self._in_index(words), self._rest(node))
        match node:
            case And():
                inner, rest = self.split(node)
                return rest if inner is None else and_(self._in_index(inner), rest)
            case Or(parts):
                return or_(*map(self.upper, parts))
            case Not(part):
                return _negated(self.lower(part))
            case Same(left, right) | Near(left, right):
                return self.upper(And((left, right)))
            case _:
                return self._exact(node)

    def _in_index(self, words: str) -> ColumnElement[bool]:
        key = _SEARCH.c.rowid if self._sqlite else _SEARCH.c.article_id
        return Article.id.in_(select(key).select_from(_SEARCH).where(self.found(words)))

    # -- only matches fulfil it --------------------------------------------------------------------

    def lower(self, node: Node) -> ColumnElement[bool]:
        """Return a condition that only matches of a node fulfil."""
        match node:
            case And(parts):
                return _joined(map(self.lower, parts))
            case Or(parts):
                return or_(_NONE, *map(self.lower, parts))
            case Not(part):
                return _negated(self.upper(part))
            case Word() | Phrase() | Prefix() | ByAuthor() | Same() | Near():
                return _NONE
            case _:
                return self._exact(node)

    def _exact(self, node: Node) -> ColumnElement[bool]:
        """Return the condition that says in SQL what a node means. NULL never comes out of it."""
        match node:
            case Tagged(dimension, key, role, salience):
                limits = [COMPARE[comparison](Tag.salience, value) for comparison, value in salience]
                asked = [Tag.dimension == dimension, Tag.key == key, *limits]
                if role is not None:
                    asked.append(Tag.role == role)
                return Article.id.in_(select(Tag.article_id).where(*asked))
            case Salience(comparison, value):
                return Article.id.in_(select(Tag.article_id).where(COMPARE[comparison](Tag.salience, value)))
            case OfKind(kind):
                return Article.kind == kind
            case InLanguage(language):
                return and_(Article.language.is_not(None), Article.language == language)
            case FromOutlet(host):
                below = Outlet.domain.endswith("." + host, autoescape=True)
                return Article.outlet_id.in_(select(Outlet.id).where(or_(Outlet.domain == host, below)))
            case Published(start, end):
                limits = [Article.published_at.is_not(None)]
                limits += [Article.published_at >= start] if start else []
                limits += [Article.published_at < end] if end else []
                return and_(*limits)
            case Sources(comparison, count):
                enough: ColumnElement[bool] = COMPARE[comparison](stories.sources_of_article(), count)
                return enough
            case All():
                return _ANY
            case _:
                raise TypeError(f"{type(node).__name__} is no condition of its own")

    # -- words -------------------------------------------------------------------------------------

    def words(self, node: Node, depth: int = 0) -> str | None:
        """Return what the index must hold where a node matches; None where it is not about words alone."""
        if depth > _MAX_NESTED:
            return None
        match node:
            case Word(word):
                return self._any(map(self._word, phrase_forms((word,))))
            case Phrase(words):
                return self._all(part for part in map(self.words, words) if part)
            case Prefix(stem):
                return self._any([self._beginning(stem), *map(self._word, prefix_forms(stem))])
            case ByAuthor(words):
                return self._all(self._word(AUTHOR + word) for word in words)
            case Or(parts) | And(parts):
                inner = [self.words(part, depth + 1) for part in parts]
                if None in inner:
                    return None
                join = self._any if isinstance(node, Or) else self._all
                return join(part for part in inner if part)
            case Same(left, right) | Near(left, right):
                return self.words(And((left, right)), depth)
            case _:
                return None

    def _side_by_side(self, phrase: Phrase) -> ColumnElement[bool]:
        stream = literal(" ").concat(Article.search_text).concat(" ")
        position = func.instr if self._sqlite else func.strpos
        forms = phrase_forms(tuple(word.word for word in phrase.words))
        return or_(*(position(stream, f" {form} ") > 0 for form in sorted(forms)))

    def _word(self, form: str) -> str:
        return f'"{form}"' if self._sqlite else f"'{form}'"

    def _beginning(self, stem: str) -> str:
        return f'"{stem}"*' if self._sqlite else f"'{stem}':*"

    def _all(self, parts: Iterable[str]) -> str:
        return "(" + self._and.join(sorted(set(parts))) + ")"

    def _any(self, parts: Iterable[str]) -> str:
        return "(" + self._or.join(sorted(set(parts))) + ")"


def _joined(parts: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Join conditions by AND; `_ANY` itself where nothing is asked."""
    asked = [part for part in parts if part is not _ANY]
    return and_(*asked) if asked else _ANY


def _negated(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    if condition is _ANY or condition is _NONE:
        return _NONE if condition is _ANY else _ANY
    return not_(condition)
