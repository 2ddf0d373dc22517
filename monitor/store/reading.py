"""Stored articles read back as the values they were stored from, in a few statements a batch."""

import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Row, func, literal, select
from sqlalchemy.orm import Session

from monitor.model import (
    Analysis,
    Attitude,
    Evidence,
    Extracted,
    Joint,
    Kind,
    KindLabel,
    PageWatch,
    Removed,
    Tag,
    Tagging,
)
from monitor.store import stories, tables
from monitor.store.stories import Event
from monitor.store.tables import Article, Outlet
from monitor.store.types import Json

_BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as it is stored, with its place among the others."""

    id: int
    story_id: int
    outlet: str  # domain
    outlet_name: str
    first_seen_at: datetime
    search_text: str
    event: Event
    analysis: Analysis

    @property
    def sources(self) -> int:
        """Independent sources of the event."""
        return self.event.sources


@dataclass(frozen=True, slots=True)
class Version:
    """A text that an edited one took the place of."""

    number: int
    replaced_at: datetime
    exact_hash: str
    title: str
    characters: int


@dataclass(frozen=True, slots=True)
class History:
    """What became of an article's page after it was first had."""

    versions: tuple[Version, ...]  # earlier ones, oldest first
    watch: PageWatch
    visit_at: datetime | None  # when its page is visited next


def history(session: Session, article_id: int) -> History | None:
    """Return an article's earlier versions and what visits to its page told; None where it is not stored."""
    row = session.execute(
        select(Article.visits, Article.missing_since, Article.gone_at).where(Article.id == article_id)
    ).first()
    if row is None:
        return None
    earlier = tables.ArticleVersion
    versions = session.execute(
        select(
            earlier.version, earlier.replaced_at, earlier.exact_hash, earlier.title, func.length(earlier.text)
        )
        .where(earlier.article_id == article_id)
        .order_by(earlier.version)
    )
    visit_at = session.scalar(
        select(func.min(tables.FeedEntry.next_try_at)).where(
            tables.FeedEntry.article_id == article_id, tables.FeedEntry.state == "watched"
        )
    )
    return History(tuple(Version(*version) for version in versions), PageWatch(*row), visit_at)


def stored_articles(
    session: Session, article_ids: Sequence[int], *, places: bool = True
) -> Iterator[StoredArticle]:
    """Yield the articles with these ids, in the order of the ids; ids that are not there are left out.

    Without `places` they come without text, evidence and attitudes, for queries that do not ask where in the
    text something stands (`watch.match.asks_places`): most of what is stored of an article is that.
    """
    for start in range(0, len(article_ids), _BATCH):
        yield from _batch(session, article_ids[start : start + _BATCH], places)


# Columns, not objects: a backtest reads a hundred thousand articles with their evidence.
_ARTICLE = (
    Article.id, Article.story_id, Article.url, Article.title, Article.language, Article.byline,
    Article.section, Article.kind, Article.kind_score, Article.kind_why, Article.published_at,
    Article.updated_at, Article.first_seen_at, Article.method, Article.quality, Article.partial,
    Article.partial_reason, Article.origin, Article.exact_hash, Article.search_text,
    Outlet.domain, Outlet.name, Outlet.country,
)  # fmt: skip
_PLACES = (Article.text, Article.removed, Article.minhash)
_NO_PLACES = (literal("").label("text"), literal([], Json).label("removed"), literal(b"").label("minhash"))


def _batch(session: Session, ids: Sequence[int], places: bool) -> Iterator[StoredArticle]:
    columns = (*_ARTICLE, *(_PLACES if places else _NO_PLACES))
    joined = select(*columns).join(Outlet, Outlet.id == Article.outlet_id).where(Article.id.in_(ids))
    rows = {row.id: row for row in session.execute(joined)}
    tags = _tags(session, ids, places)
    ties = select(
        tables.Joint.article_id, tables.Joint.country, tables.Joint.theme, tables.Joint.same_sentence,
        tables.Joint.words, tables.Joint.sentence,
    )  # fmt: skip
    joints: dict[int, list[Joint]] = defaultdict(list)
    for article_id, country, theme, together, words, sentence in session.execute(
        ties.where(tables.Joint.article_id.in_(ids))
    ):
        joints[article_id].append(Joint(country, theme, together, words, sentence))
    said = select(
        tables.Attitude.article_id, tables.Attitude.source, tables.Attitude.target, tables.Attitude.stance,
        tables.Attitude.quote,
    )  # fmt: skip
    attitudes: dict[int, list[Attitude]] = defaultdict(list)
    quoted = said.where(tables.Attitude.article_id.in_(ids)).order_by(tables.Attitude.id)
    for article_id, source, target, stance, quote in session.execute(quoted) if places else ():
        attitudes[article_id].append(Attitude(source, target, cast(Literal[-1, 0, 1], stance), quote))
    events = stories.events(session, {row.story_id for row in rows.values()})
    for article_id in ids:
        if article_id not in rows:
            continue
        row = rows[article_id]
        found = tags.get(article_id, [])
        tagging = Tagging(
            countries=tuple(tag for tag in found if tag.dimension == "country"),
            themes=tuple(tag for tag in found if tag.dimension == "theme"),
            joints=tuple(joints.get(article_id, ())),
            attitudes=tuple(attitudes.get(article_id, ())),
        )
        yield StoredArticle(
            id=row.id,
            story_id=row.story_id,
            outlet=row.domain,
            outlet_name=row.name,
            first_seen_at=row.first_seen_at,
            search_text=row.search_text,
            event=events[row.story_id],
            analysis=Analysis(
                id=str(row.id),
                article=_extracted(row),
                tagging=tagging,
                exact_hash=row.exact_hash,
                minhash=struct.unpack(f">{len(row.minhash) // 4}I", row.minhash),
                outlet_country=row.country,
            ),
        )


def _tags(session: Session, ids: Sequence[int], places: bool) -> dict[int, list[Tag]]:
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    proofs = (
        select(
            tables.Evidence.tag_id, tables.Evidence.start, tables.Evidence.end, tables.Evidence.term,
            tables.Evidence.sentence, tables.Evidence.rule, tables.Evidence.weight, tables.Evidence.in_title,
        )
        .where(tables.Evidence.tag_id.in_(select(tables.Tag.id).where(tables.Tag.article_id.in_(ids))))
        .order_by(tables.Evidence.tag_id, tables.Evidence.position)
    )  # fmt: skip
    found_in = session.execute(proofs) if places else ()
    for tag_id, start, end, term, sentence, rule, weight, in_title in found_in:
        where: Literal["title", "text"] = "title" if in_title else "text"
        evidence[tag_id].append(Evidence(start, end, term, sentence, rule, weight, where))
    found = (
        select(
            tables.Tag.id, tables.Tag.article_id, tables.Tag.dimension, tables.Tag.key, tables.Tag.role,
            tables.Tag.salience, tables.Tag.mentions,
        )
        .where(tables.Tag.article_id.in_(ids))
        .order_by(tables.Tag.salience.desc(), tables.Tag.id)
    )  # fmt: skip
    tags: dict[int, list[Tag]] = defaultdict(list)
    for tag_id, article_id, dimension, key, role, salience, mentions in session.execute(found):
        tags[article_id].append(
            Tag(
                "country" if dimension == "country" else "theme",
                key,
                "about" if role == "about" else "mentioned",
                salience,
                mentions,
                tuple(evidence.get(tag_id, ())),
            )
        )
    return tags


def _extracted(row: Row[Any]) -> Extracted:
    return Extracted(
        url=row.url,
        title=row.title,
        text=row.text,
        byline=tuple(row.byline),
        outlet=row.name,
        published=row.published_at,
        updated=row.updated_at,
        language=row.language,
        section=row.section,
        removed=tuple(Removed(block["reason"], block["text"]) for block in row.removed),
        kind=Kind(cast(KindLabel, row.kind), row.kind_score, tuple(row.kind_why)),
        method=row.method,
        quality=row.quality,
        partial=row.partial,
        partial_reason=row.partial_reason,
        origin=row.origin,
    )


def ids_between(session: Session, start: datetime, end: datetime) -> list[int]:
    """Return the ids of articles first seen in [start, end), oldest first."""
    return list(
        session.scalars(
            select(Article.id)
            .where(Article.first_seen_at >= start, Article.first_seen_at < end)
            .order_by(Article.first_seen_at, Article.id)
        )
    )
