"""The tables. ORM classes stay inside `store/`; other rooms see frozen values.

Ids are never reused, so that an id that a person has seen keeps its meaning. Everything that must
survive a crash is here and nowhere else: what is due, what is leased, what was told.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, MetaData, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from monitor.store.types import Json, Text, UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite only gives a never-reused rowid to INTEGER PRIMARY KEY AUTOINCREMENT.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's declared form)
        str: Text(),
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


def _id() -> Mapped[int]:
    return mapped_column(Id, primary_key=True, autoincrement=True)


def _ref(target: str, *, index: bool = True, null: bool = False, on_delete: str = "CASCADE") -> Mapped[Any]:
    return mapped_column(Id, ForeignKey(target, ondelete=on_delete), index=index, nullable=null)


_AUTO = {"sqlite_autoincrement": True}


class Feed(Base):
    """A feed and all that is remembered for its next poll (`feeds.schedule.FeedState`)."""

    __tablename__ = "feed"
    id: Mapped[int] = _id()
    url: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(default="")
    folder: Mapped[str] = mapped_column(default="")
    site_url: Mapped[str | None]
    country: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    opinion: Mapped[bool] = mapped_column(default=False)
    interval_override_seconds: Mapped[float | None]
    origin: Mapped[str] = mapped_column(default="config")  # config | cli
    domain: Mapped[str] = mapped_column(default="")  # registrable; spreads a due batch over hosts
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    next_poll_at: Mapped[datetime]
    last_polled_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    retired: Mapped[bool] = mapped_column(default=False)
    gap_at: Mapped[datetime | None]  # when entries were last missed
    interval_seconds: Mapped[float | None]  # the last one chosen
    entries_per_day: Mapped[float | None]  # as learned from the times of its entries
    state: Mapped[dict[str, Any]]  # the rest of FeedState, which only the decider reads
    rhythm: Mapped[dict[str, Any]] = mapped_column(default=dict)  # FeedState.rhythm, which most polls leave

    __table_args__ = (Index(None, "next_poll_at"), _AUTO)


class Poll(Base):
    """One poll and how it went; pruned after 30 days."""

    __tablename__ = "poll"
    id: Mapped[int] = _id()
    feed_id: Mapped[int] = _ref("feed.id")
    at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str]  # new | known | not-modified | same-body | a failure kind
    status: Mapped[int | None]
    entries: Mapped[int] = mapped_column(default=0)
    new_entries: Mapped[int] = mapped_column(default=0)
    body_bytes: Mapped[int] = mapped_column(default=0)
    elapsed_seconds: Mapped[float] = mapped_column(default=0.0)
    gap: Mapped[bool] = mapped_column(default=False)
    detail: Mapped[str] = mapped_column(default="")

    __table_args__ = (_AUTO,)


class FeedEntry(Base):
    """An entry as its feed gave it: the queue of ingest, and the memory of what is known."""

    __tablename__ = "feed_entry"
    id: Mapped[int] = _id()
    feed_id: Mapped[int] = _ref("feed.id", index=False)
    guid: Mapped[str]
    link: Mapped[str | None]
    domain: Mapped[str] = mapped_column(default="")  # of the link; spreads a due batch over hosts
    title: Mapped[str]
    html: Mapped[str | None]  # content or summary: the fallback text, dropped once the page is had
    author: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[Any]] = mapped_column(default=list)
    published_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    content_hash: Mapped[str]  # of title, link and html: tells an edited entry
    identity_hash: Mapped[str]  # of link and title: knows an entry again whose guid changed
    # watched: done, and its page is visited again at `next_try_at`
    state: Mapped[str] = mapped_column(default="pending")  # pending | watched | done | quarantined
    attempts: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    article_id: Mapped[int | None] = _ref("article.id", null=True, on_delete="SET NULL")

    __table_args__ = (
        UniqueConstraint("feed_id", "guid"),
        Index(None, "feed_id", "identity_hash"),
        Index("ix_feed_entry_due", "next_try_at", sqlite_where=text("next_try_at IS NOT NULL"),
              postgresql_where=text("next_try_at IS NOT NULL")),
        _AUTO,
    )  # fmt: skip


class Outlet(Base):
    """Who published: one registrable domain, or the host where that says more."""

    __tablename__ = "outlet"
    id: Mapped[int] = _id()
    domain: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str] = mapped_column(default="")

    __table_args__ = (_AUTO,)


class Story(Base):
    """One text and its copies."""

    __tablename__ = "story"
    id: Mapped[int] = _id()
    title: Mapped[str]
    first_seen_at: Mapped[datetime] = mapped_column(index=True)
    origin: Mapped[str | None]

    __table_args__ = (_AUTO,)


class Article(Base):
    """A page as it was understood."""

    __tablename__ = "article"
    id: Mapped[int] = _id()
    story_id: Mapped[int] = _ref("story.id", on_delete="RESTRICT")
    outlet_id: Mapped[int] = _ref("outlet.id", on_delete="RESTRICT")
    url: Mapped[str | None] = mapped_column(unique=True)
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str | None]
    byline: Mapped[list[Any]]
    section: Mapped[str | None]
    kind: Mapped[str]
    kind_score: Mapped[float]
    kind_why: Mapped[list[Any]]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    updated_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime] = mapped_column(index=True)
    analysed_at: Mapped[datetime]
    method: Mapped[str]
    quality: Mapped[float]
    partial: Mapped[bool]
    partial_reason: Mapped[str | None]
    origin: Mapped[str | None]
    removed: Mapped[list[Any]]
    exact_hash: Mapped[str] = mapped_column(index=True)
    minhash: Mapped[bytes]  # 32-bit numbers, big endian
    version: Mapped[int] = mapped_column(default=1)
    text_cut: Mapped[bool] = mapped_column(default=False)  # retention left an excerpt
    search_text: Mapped[str] = mapped_column(default="")  # normalised words, for full-text search
    visits: Mapped[int] = mapped_column(default=0)  # of its page, after the article was told
    missing_since: Mapped[datetime | None]  # when its server first said that the page is not there
    gone_at: Mapped[datetime | None]  # when that was confirmed

    __table_args__ = (_AUTO,)


class ArticleVersion(Base):
    """A text that was replaced by an edited one."""

    __tablename__ = "article_version"
    id: Mapped[int] = _id()
    article_id: Mapped[int] = _ref("article.id", index=False)
    version: Mapped[int]
    replaced_at: Mapped[datetime]
    exact_hash: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]

    __table_args__ = (UniqueConstraint("article_id", "version"), _AUTO)


class ArticleBand(Base):
    """MinHash bands: articles that share one are candidates for the same story."""

    __tablename__ = "article_band"
    band: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    article_id: Mapped[int] = mapped_column(
        Id, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class StoryGist(Base):
    """What a recent story is compared by, to find reports of one event; pruned once none can be linked."""

    __tablename__ = "story_gist"
    story_id: Mapped[int] = mapped_column(Id, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    outlet_id: Mapped[int] = _ref("outlet.id", index=False)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    language: Mapped[str]
    published_at: Mapped[datetime | None]
    countries: Mapped[list[Any]]
    words: Mapped[dict[str, Any]]  # cut word -> weight
    names: Mapped[dict[str, Any]]


class StoryKey(Base):
    """A rare word under which a recent story is found; the columns are in the order of the look-up."""

    __tablename__ = "story_key"
    language: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(Id, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)


class StoryLink(Base):
    """Two stories that tell of one event; `related_id` is the one that was stored first."""

    __tablename__ = "story_link"
    story_id: Mapped[int] = mapped_column(Id, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True)
    related_id: Mapped[int] = mapped_column(
        Id, ForeignKey("story.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    score: Mapped[float]


class WordCount(Base):
    """In how many of a language's counted stories a cut word stands; the empty word counts the stories."""

    __tablename__ = "word_count"
    language: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    stories: Mapped[int]


class Block(Base):
    """Site memory: a block of text and how many different articles of the site carried it."""

    __tablename__ = "block"
    site: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True)
    articles: Mapped[int]
    last_story_id: Mapped[int] = mapped_column(BigInteger)  # the newest that counted: none counts twice
    last_seen_at: Mapped[datetime] = mapped_column(index=True)


class Tag(Base):
    """A country or theme of an article."""

    __tablename__ = "tag"
    id: Mapped[int] = _id()
    article_id: Mapped[int] = _ref("article.id", index=False)
    dimension: Mapped[str]  # country | theme
    key: Mapped[str]
    role: Mapped[str]
    salience: Mapped[float]
    mentions: Mapped[int]

    __table_args__ = (
        UniqueConstraint("article_id", "dimension", "key"),
        Index(None, "dimension", "key", "article_id"),
        _AUTO,
    )


class Evidence(Base):
    """Where a tag's term stands, as offsets into the article's text or title; best first."""

    __tablename__ = "evidence"
    tag_id: Mapped[int] = mapped_column(Id, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    start: Mapped[int]
    end: Mapped[int]
    term: Mapped[str]
    sentence: Mapped[str]
    rule: Mapped[str]
    weight: Mapped[float]
    in_title: Mapped[bool]


class Joint(Base):
    """The nearest tie of a country and a theme in an article."""

    __tablename__ = "joint"
    article_id: Mapped[int] = mapped_column(
        Id, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    country: Mapped[str] = mapped_column(primary_key=True)
    theme: Mapped[str] = mapped_column(primary_key=True)
    same_sentence: Mapped[bool]
    words: Mapped[int]
    sentence: Mapped[str]

    __table_args__ = (Index(None, "country", "theme"),)


class Attitude(Base):
    """Who says or does what to whom: -1, 0, +1 with the quote."""

    __tablename__ = "attitude"
    id: Mapped[int] = _id()
    article_id: Mapped[int] = _ref("article.id")
    source: Mapped[str]
    target: Mapped[str]
    stance: Mapped[int]
    quote: Mapped[str]

    __table_args__ = (Index(None, "source", "target"), _AUTO)


class Hit(Base):
    """An article that matches a rule, and what was decided about it."""

    __tablename__ = "hit"
    id: Mapped[int] = _id()
    article_id: Mapped[int] = _ref("article.id", index=False, on_delete="RESTRICT")
    story_id: Mapped[int] = _ref("story.id", on_delete="RESTRICT")
    rule: Mapped[str]
    severity: Mapped[str]
    decision: Mapped[str]  # alerted | held | digest | silent
    reason: Mapped[str]
    why: Mapped[str]  # why the rule matched
    digest: Mapped[str | None]  # the digest that is to tell it
    digest_id: Mapped[int | None] = _ref("digest.id", null=True, on_delete="SET NULL")  # the one that did
    quotes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    alert_id: Mapped[int | None] = _ref("alert.id", null=True, on_delete="RESTRICT")

    __table_args__ = (
        UniqueConstraint("article_id", "rule"),
        Index(None, "rule", "created_at"),
        Index(None, "created_at"),
        _AUTO,
    )


class Alert(Base):
    """One thing told about one story by one rule."""

    __tablename__ = "alert"
    id: Mapped[int] = _id()
    identity: Mapped[str] = mapped_column(unique=True)
    rule: Mapped[str]
    story_id: Mapped[int] = _ref("story.id", on_delete="RESTRICT")
    article_id: Mapped[int] = _ref("article.id", on_delete="RESTRICT")
    severity: Mapped[str]
    created_at: Mapped[datetime]
    update_of: Mapped[str | None]
    keys: Mapped[list[Any]]  # "country:KZ", "theme:csto" told
    outlets: Mapped[list[Any]]  # told so far

    __table_args__ = (Index(None, "rule", "story_id"), Index(None, "rule", "created_at"), _AUTO)


class Delivery(Base):
    """The outbox: one message for one channel, from its cause's transaction until it is accepted."""

    __tablename__ = "delivery"
    id: Mapped[int] = _id()
    identity: Mapped[str]  # of the message: every repeat carries it
    channel: Mapped[str]
    kind: Mapped[str]  # alert | digest | notice
    alert_id: Mapped[int | None] = _ref("alert.id", null=True, on_delete="RESTRICT")
    batch: Mapped[str | None]  # alerts of one batch and channel go out as one message
    payload: Mapped[dict[str, Any]]  # what to tell (Alert, Digest or Notice); rendered when it is sent
    created_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(default="pending")  # pending | sent | dead
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    receipt: Mapped[str | None]
    accepted: Mapped[list[Any]] = mapped_column(default=list)  # recipients that took it
    refused: Mapped[list[Any]] = mapped_column(default=list)  # recipients that never will

    __table_args__ = (
        UniqueConstraint("identity", "channel"),
        Index("ix_delivery_due", "next_try_at", sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
        _AUTO,
    )  # fmt: skip


class Digest(Base):
    """A digest that was made. `slot` is its local wall-clock time, so that a DST change cannot repeat it."""

    __tablename__ = "digest"
    id: Mapped[int] = _id()
    name: Mapped[str]
    slot: Mapped[str]
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    created_at: Mapped[datetime]
    stories: Mapped[int]

    __table_args__ = (UniqueConstraint("name", "slot"), _AUTO)


class Verdict(Base):
    """A person's yes or no on a hit; the newest counts."""

    __tablename__ = "verdict"
    id: Mapped[int] = _id()
    hit_id: Mapped[int] = _ref("hit.id")
    right: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]

    __table_args__ = (_AUTO,)


class RuleMute(Base):
    """A rule that a person has muted until a moment."""

    __tablename__ = "rule_mute"
    rule: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    at: Mapped[datetime]
