"""Articles with their tags and evidence, their stories, and site memory."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from monitor.model import Analysis, PageWatch, Tag
from monitor.store import tables
from monitor.store.sql import upsert_for
from monitor.store.tables import Article, ArticleBand, ArticleVersion, Block, Outlet, Story

CANDIDATES_MAX = 200  # near-copy candidates compared for one article
EXCERPT_LENGTH = 500  # characters
BLOCKS_FORGOTTEN_AFTER = timedelta(days=180)

# Built once: they run for every article, and building them costs as much as running them.
_PRINTS = select(Article.id, Article.story_id, Article.exact_hash, Article.minhash).where(
    Article.first_seen_at >= bindparam("since")
)
_SAME = _PRINTS.where(Article.exact_hash == bindparam("hash")).order_by(Article.id).limit(1)
_SHARING = (
    _PRINTS.where(
        Article.id.in_(
            select(ArticleBand.article_id)
            .where(ArticleBand.band.in_(bindparam("bands", expanding=True)))
            .distinct()
        )
    )
    .order_by(Article.id.desc())
    .limit(CANDIDATES_MAX)
)


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """What is stored of an article, as far as a new version of it cares."""

    id: int
    story_id: int
    exact_hash: str
    quality: float
    partial: bool
    method: str
    characters: int
    version: int
    watch: PageWatch


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may be a copy."""

    article_id: int
    story_id: int
    exact_hash: str
    minhash: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An analysed article, ready to be stored."""

    analysis: Analysis
    url: str | None
    outlet_id: int
    first_seen_at: datetime
    bands: tuple[int, ...]
    search_text: str


def outlet(session: Session, domain: str, *, name: str, country: str = "") -> int:
    """Return the id of the outlet with this domain, made where it is new; a `country` given is its own."""
    known = session.execute(select(Outlet.id, Outlet.country).where(Outlet.domain == domain)).first()
    if known is not None:
        if country and country != known.country:  # its owner said so since
            session.execute(update(Outlet).where(Outlet.id == known.id).values(country=country))
        return int(known.id)
    row = {"domain": domain, "name": name or domain, "country": country}
    return int(session.execute(insert(Outlet).values(**row).returning(Outlet.id)).scalar_one())


def known(session: Session, url: str | None, article_id: int | None) -> KnownArticle | None:
    """Return the stored article with this id, or else with this canonical URL."""
    query = select(
        Article.id, Article.story_id, Article.exact_hash, Article.quality, Article.partial, Article.method,
        func.length(Article.text).label("characters"), Article.version, Article.visits,
        Article.missing_since, Article.gone_at,
    )  # fmt: skip
    if article_id is not None:
        query = query.where(Article.id == article_id)
    elif url is not None:
        query = query.where(Article.url == url)
    else:
        return None
    row = session.execute(query).first()
    if row is None:
        return None
    return KnownArticle(
        id=row.id,
        story_id=row.story_id,
        exact_hash=row.exact_hash,
        quality=row.quality,
        partial=row.partial,
        method=row.method,
        characters=row.characters,
        version=row.version,
        watch=PageWatch(row.visits, row.missing_since, row.gone_at),
    )


def save_watch(session: Session, article_id: int, watch: PageWatch) -> None:
    """Keep what a visit told of an article's page."""
    session.execute(
        update(Article)
        .where(Article.id == article_id)
        .values(visits=watch.visits, missing_since=watch.missing_since, gone_at=watch.gone_at)
    )


def is_told(session: Session, article_id: int) -> bool:
    """Return whether an alert tells of the article."""
    return (
        session.scalar(
            select(exists().where(tables.Hit.article_id == article_id, tables.Hit.alert_id.is_not(None)))
        )
        or False
    )


def copies(session: Session, exact_hash: str, bands: Iterable[int], *, since: datetime) -> list[Candidate]:
    """Return articles that may carry the same text: those with this hash, then those that share a band."""
    found = list(map(_candidate, session.execute(_SAME, {"hash": exact_hash, "since": since})))
    keys = list(bands)
    if not found and keys:
        found = list(map(_candidate, session.execute(_SHARING, {"bands": keys, "since": since})))
    return found


def _candidate(row: Any) -> Candidate:
    return Candidate(row.id, row.story_id, row.exact_hash, _numbers(row.minhash))


def _packed(numbers: Sequence[int]) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


def _numbers(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(packed) // 4}I", packed)


def new_story(session: Session, *, title: str, first_seen_at: datetime, origin: str | None) -> int:
    """Open a story and return its id."""
    row = {"title": title, "first_seen_at": first_seen_at, "origin": origin}
    return int(session.execute(insert(Story).values(**row).returning(Story.id)).scalar_one())


def insert_article(session: Session, new: NewArticle, story_id: int, now: datetime) -> int:
    """Store an article of a story, with tags, evidence, joints and attitudes; returns its id."""
    row = _row(new, now) | {
        "url": new.url,
        "story_id": story_id,
        "outlet_id": new.outlet_id,
        "first_seen_at": new.first_seen_at,
    }
    article_id = int(session.execute(insert(Article).values(**row).returning(Article.id)).scalar_one())
    _store_parts(session, article_id, new)
    _credit_origin(session, story_id, new.analysis.article.origin)
    return article_id


def replace_article(session: Session, stored: KnownArticle, new: NewArticle, now: datetime) -> None:
    """Store a newer text of a known article; the one before is kept as a version."""
    before = session.execute(
        select(Article.exact_hash, Article.title, Article.text).where(Article.id == stored.id)
    ).one()
    if before.exact_hash != new.analysis.exact_hash:
        session.execute(
            insert(ArticleVersion).values(
                article_id=stored.id,
                version=stored.version,
                replaced_at=now,
                exact_hash=before.exact_hash,
                title=before.title,
                text=before.text,
            )
        )
        version = stored.version + 1
    else:
        version = stored.version
    session.execute(update(Article).where(Article.id == stored.id).values(version=version, **_row(new, now)))
    for table in (tables.Tag, tables.Joint, tables.Attitude, ArticleBand):
        session.execute(delete(table).where(table.article_id == stored.id))
    _store_parts(session, stored.id, new)
    _credit_origin(session, stored.story_id, new.analysis.article.origin)


def _row(new: NewArticle, now: datetime) -> dict[str, Any]:
    article = new.analysis.article
    return {
        "title": article.title,
        "text": article.text,
        "language": article.language,
        "byline": list(article.byline),
        "section": article.section,
        "kind": article.kind.label,
        "kind_score": article.kind.score,
        "kind_why": list(article.kind.why),
        "published_at": article.published,
        "updated_at": article.updated,
        "analysed_at": now,
        "method": article.method,
        "quality": article.quality,
        "partial": article.partial,
        "partial_reason": article.partial_reason,
        "origin": article.origin,
        "removed": [{"reason": block.reason, "text": block.text} for block in article.removed],
        "exact_hash": new.analysis.exact_hash,
        "minhash": _packed(new.analysis.minhash),
        "search_text": new.search_text,
        "text_cut": False,
    }


def _store_parts(session: Session, article_id: int, new: NewArticle) -> None:
    tagging = new.analysis.tagging
    for tag in new.analysis.tags:
        _store_tag(session, article_id, tag)
    if tagging.joints:
        session.execute(
            insert(tables.Joint),
            [
                {
                    "article_id": article_id,
                    "country": joint.country,
                    "theme": joint.theme,
                    "same_sentence": joint.same_sentence,
                    "words": joint.words,
                    "sentence": joint.sentence,
                }
                for joint in tagging.joints
            ],
        )
    if tagging.attitudes:
        session.execute(
            insert(tables.Attitude),
            [
                {
                    "article_id": article_id,
                    "source": attitude.source,
                    "target": attitude.target,
                    "stance": attitude.stance,
                    "quote": attitude.quote,
                }
                for attitude in tagging.attitudes
            ],
        )
    if new.bands:
        session.execute(insert(ArticleBand), [{"band": b, "article_id": article_id} for b in set(new.bands)])


def _store_tag(session: Session, article_id: int, tag: Tag) -> None:
    tag_id = session.execute(
        insert(tables.Tag)
        .values(
            article_id=article_id,
            dimension=tag.dimension,
            key=tag.key,
            role=tag.role,
            salience=tag.salience,
            mentions=tag.mentions,
        )
        .returning(tables.Tag.id)
    ).scalar_one()
    if tag.evidence:
        session.execute(
            insert(tables.Evidence),
            [
                {
                    "tag_id": tag_id,
                    "position": position,
                    "start": item.start,
                    "end": item.end,
                    "term": item.term,
                    "sentence": item.sentence,
                    "rule": item.rule,
                    "weight": item.weight,
                    "in_title": item.where == "title",
                }
                for position, item in enumerate(tag.evidence)
            ],
        )


def _credit_origin(session: Session, story_id: int, origin: str | None) -> None:
    if origin:
        session.execute(
            update(Story).where(Story.id == story_id, Story.origin.is_(None)).values(origin=origin)
        )


# -- retention -------------------------------------------------------------------------------------


def forget_bands(session: Session, before: datetime, *, limit: int = 500) -> int:
    """Delete the bands of articles first seen before a moment, at most `limit`; returns of how many.

    No copies are looked for among them any more: the table holds a window of articles, and a look-up costs
    the same in every year.
    """
    last = select(func.max(Article.id)).where(Article.first_seen_at < before).scalar_subquery()
    old = select(ArticleBand.article_id).where(ArticleBand.article_id <= last).distinct().limit(limit)
    aged = session.scalars(
        select(Article.id).where(Article.id.in_(old), Article.first_seen_at < before)
    ).all()
    session.execute(delete(ArticleBand).where(ArticleBand.article_id.in_(aged)))
    return len(aged)


def cut_texts(session: Session, before: datetime, *, limit: int = 500) -> int:
    """Cut texts first seen before a moment to an excerpt of `EXCERPT_LENGTH`; returns how many.

    Tags, evidence with its sentences, and the search text stay. Articles that an alert refers to are left
    whole, whatever their age.
    """
    told = select(tables.Alert.article_id)
    old = (
        select(Article.id)
        .where(Article.first_seen_at < before, Article.text_cut.is_(False), Article.id.not_in(told))
        .order_by(Article.id)
        .limit(limit)
    )
    ids = session.scalars(old).all()
    session.execute(
        update(Article)
        .where(Article.id.in_(ids))
        .values(text=func.substr(Article.text, 1, EXCERPT_LENGTH), text_cut=True)
    )
    session.execute(delete(ArticleVersion).where(ArticleVersion.article_id.in_(ids)))
    return len(ids)


# -- site memory -----------------------------------------------------------------------------------


def recurring_blocks(session: Session, site: str, *, at_least: int) -> dict[str, int]:
    """Return how many different stories of the site carried each block, for those of `at_least` stories."""
    query = select(Block.hash, Block.articles).where(Block.site == site, Block.articles >= at_least)
    return {row.hash: row.articles for row in session.execute(query)}


def remember_blocks(session: Session, site: str, blocks: Sequence[str], story_id: int, now: datetime) -> None:
    """Count a page's blocks, at most once for each story: copies and new versions of it count no more.

    A story counts only where it is newer than all that counted before it. So none counts twice, whatever
    the order in which stories that share a block are seen again; one that takes a block over late does not
    count at all.
    """
    if not blocks:
        return
    rows = [
        {"site": site, "hash": block, "articles": 1, "last_story_id": story_id, "last_seen_at": now}
        for block in sorted(set(blocks))
    ]
    statement = upsert_for(session, Block)
    statement = statement.on_conflict_do_update(
        index_elements=[Block.site, Block.hash],
        set_={
            "articles": Block.articles + 1,
            "last_story_id": statement.excluded.last_story_id,
            "last_seen_at": statement.excluded.last_seen_at,
        },
        where=Block.last_story_id < statement.excluded.last_story_id,
    )
    session.execute(statement, rows)


def forget_blocks(session: Session, now: datetime) -> int:
    """Delete blocks that no page has carried for half a year; returns how many."""
    gone = delete(Block).where(Block.last_seen_at < now - BLOCKS_FORGOTTEN_AFTER).returning(Block.hash)
    return len(session.execute(gone).all())
