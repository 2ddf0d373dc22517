"""Stored articles read back as the values they were stored from, in a few statements a batch."""

import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.model import (
    Analysis,
    Attitude,
    Evidence,
    Extracted,
    Joint,
    Kind,
    KindLabel,
    Removed,
    Tag,
    Tagging,
)
from monitor.store import tables

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
    sources: int  # outlets that carried the story
    analysis: Analysis


def stored_articles(session: Session, article_ids: Sequence[int]) -> Iterator[StoredArticle]:
    """Yield the articles with these ids, in the order of the ids; ids that are not there are left out."""
    for start in range(0, len(article_ids), _BATCH):
        yield from _batch(session, article_ids[start : start + _BATCH])


def _batch(session: Session, ids: Sequence[int]) -> Iterator[StoredArticle]:
    rows = {
        article.id: (article, outlet)
        for article, outlet in session.execute(
            select(tables.Article, tables.Outlet)
            .join(tables.Outlet, tables.Outlet.id == tables.Article.outlet_id)
            .where(tables.Article.id.in_(ids))
        )
    }
    tags = _tags(session, ids)
    joints: dict[int, list[Joint]] = defaultdict(list)
    for joint in session.scalars(select(tables.Joint).where(tables.Joint.article_id.in_(ids))):
        joints[joint.article_id].append(
            Joint(joint.country, joint.theme, joint.same_sentence, joint.words, joint.sentence)
        )
    attitudes: dict[int, list[Attitude]] = defaultdict(list)
    for row in session.scalars(
        select(tables.Attitude).where(tables.Attitude.article_id.in_(ids)).order_by(tables.Attitude.id)
    ):
        attitudes[row.article_id].append(
            Attitude(row.source, row.target, cast(Literal[-1, 0, 1], row.stance), row.quote)
        )
    sources = dict(
        session.execute(
            select(tables.Article.story_id, func.count(tables.Article.outlet_id.distinct()))
            .where(tables.Article.story_id.in_({article.story_id for article, _ in rows.values()}))
            .group_by(tables.Article.story_id)
        ).all()
    )
    for article_id in ids:
        if article_id not in rows:
            continue
        article, outlet = rows[article_id]
        found = tags.get(article_id, [])
        tagging = Tagging(
            countries=tuple(tag for tag in found if tag.dimension == "country"),
            themes=tuple(tag for tag in found if tag.dimension == "theme"),
            joints=tuple(joints[article_id]),
            attitudes=tuple(attitudes[article_id]),
        )
        yield StoredArticle(
            id=article.id,
            story_id=article.story_id,
            outlet=outlet.domain,
            outlet_name=outlet.name,
            first_seen_at=article.first_seen_at,
            search_text=article.search_text,
            sources=sources[article.story_id],
            analysis=Analysis(
                id=str(article.id),
                article=_extracted(article, outlet.name),
                tagging=tagging,
                exact_hash=article.exact_hash,
                minhash=struct.unpack(f">{len(article.minhash) // 4}I", article.minhash),
            ),
        )


def _tags(session: Session, ids: Sequence[int]) -> dict[int, list[Tag]]:
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    of_these = select(tables.Tag.id).where(tables.Tag.article_id.in_(ids))
    for item in session.scalars(
        select(tables.Evidence)
        .where(tables.Evidence.tag_id.in_(of_these))
        .order_by(tables.Evidence.tag_id, tables.Evidence.position)
    ):
        evidence[item.tag_id].append(
            Evidence(
                item.start,
                item.end,
                item.term,
                item.sentence,
                item.rule,
                item.weight,
                "title" if item.in_title else "text",
            )
        )
    tags: dict[int, list[Tag]] = defaultdict(list)
    for tag in session.scalars(
        select(tables.Tag)
        .where(tables.Tag.article_id.in_(ids))
        .order_by(tables.Tag.salience.desc(), tables.Tag.id)
    ):
        tags[tag.article_id].append(
            Tag(
                "country" if tag.dimension == "country" else "theme",
                tag.key,
                "about" if tag.role == "about" else "mentioned",
                tag.salience,
                tag.mentions,
                tuple(evidence[tag.id]),
            )
        )
    return tags


def _extracted(article: tables.Article, outlet: str) -> Extracted:
    return Extracted(
        url=article.url,
        title=article.title,
        text=article.text,
        byline=tuple(article.byline),
        outlet=outlet,
        published=article.published_at,
        updated=article.updated_at,
        language=article.language,
        section=article.section,
        removed=tuple(Removed(block["reason"], block["text"]) for block in article.removed),
        kind=Kind(cast(KindLabel, article.kind), article.kind_score, tuple(article.kind_why)),
        method=article.method,
        quality=article.quality,
        partial=article.partial,
        partial_reason=article.partial_reason,
        origin=article.origin,
    )


def ids_between(session: Session, start: datetime, end: datetime) -> list[int]:
    """Return the ids of articles first seen in [start, end), oldest first."""
    return list(
        session.scalars(
            select(tables.Article.id)
            .where(tables.Article.first_seen_at >= start, tables.Article.first_seen_at < end)
            .order_by(tables.Article.first_seen_at, tables.Article.id)
        )
    )
