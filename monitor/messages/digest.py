"""What a digest says. Plain values: `render` makes mails of them and `export` makes files."""

from dataclasses import dataclass
from datetime import datetime

from monitor.model import Attitude, KindLabel, Quote


@dataclass(frozen=True, slots=True)
class DigestStory:
    """One story of the period, its copies folded into it."""

    story_id: int
    article_id: int
    title: str
    url: str | None
    outlet: str | None
    byline: tuple[str, ...]
    published: datetime | None
    language: str | None
    kind: KindLabel
    countries: tuple[tuple[str, float], ...]  # code, salience; most salient first
    themes: tuple[tuple[str, float], ...]
    quotes: tuple[Quote, ...]  # best first
    copies: tuple[str, ...] = ()  # other outlets with the same text
    origin: str | None = None
    rules: tuple[str, ...] = ()  # rules that matched it or a copy
    hit_rules: tuple[str, ...] = ()  # rules that matched this very article: it can be said of them if rightly
    reason: str = ""  # why it is told here and not in a message: "older than 48 hours" ...


@dataclass(frozen=True, slots=True)
class DigestGroup:
    """The stories of one country and theme, counted against the previous period of the same length.

    A story stands in the group of its most salient country and theme only; the counts are of all
    stories that have both.
    """

    country: str  # code; empty where the story has none
    theme: str  # key; empty where the story has none
    count: int
    previous_count: int
    stories: tuple[DigestStory, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """An attitude of one country to another that turned since the previous period."""

    source: str
    target: str
    before: float  # mean stance, -1..1
    after: float
    attitudes: tuple[Attitude, ...]  # of this period, best first


@dataclass(frozen=True, slots=True)
class SourceNote:
    """A feed that was silent or has a gap, and what is known of it."""

    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the digest rests on."""

    sources: int
    healthy: int
    articles: int  # stored in the period, matching or not
    failing: tuple[SourceNote, ...] = ()
    silent: tuple[SourceNote, ...] = ()
    gaps: tuple[SourceNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """All that one digest tells about one period."""

    identity: str  # stable: the digest of one name and slot has one identity
    name: str
    title: str
    period_start: datetime
    period_end: datetime
    timezone: str  # IANA; in which times are shown
    query: str  # in the watch language; empty: all articles with a tag
    groups: tuple[DigestGroup, ...]
    turns: tuple[Turn, ...]
    coverage: Coverage
    note: str = ""  # why this digest exists, where it is not a planned one: a storm, a restored backup
