"""The frozen values that the stages hand to each other.

    poll:    DueFeed -> FetchOutcome -> ParsedFeed -> FoundFeed -> (feeds.schedule) PollDecision
    ingest:  Document -> Extracted -> Analysis -> (watch.rules) RuleOutcome -> Alert
    deliver: Alert -> Message -> SendOutcome

Rules for all of them: frozen, picklable, no behaviour beyond what their own fields say. Times are
aware; what an article says keeps its zone, everything else is UTC. Offsets are code points into the text
named beside them, half open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

Role = Literal["about", "mentioned"]
KindLabel = Literal["opinion", "analysis", "news", "interview", "statement", "other"]
Severity = Literal["info", "normal", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "normal", "high", "critical")
KINDS: tuple[KindLabel, ...] = ("opinion", "analysis", "news", "interview", "statement", "other")


def utc(moment: datetime) -> datetime:
    """Return `moment` in UTC; raises ValueError where it is naive."""
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime {moment!r}: every time in this program carries its zone")
    return moment.astimezone(UTC)


# -- network ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response whose body was read within the caps. `url` is where the redirects ended."""

    requested_url: str
    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case; of repeated ones the values joined by ", "
    body: bytes
    elapsed_seconds: float
    permanent_url: str | None = None  # set where every hop of the redirect was permanent (301, 308)

    @property
    def not_modified(self) -> bool:
        """Whether the server said 304: `body` is then empty."""
        return self.status == 304


FailureKind = Literal[
    "dns", "refused", "timeout", "tls", "protocol", "too-large", "forbidden-address", "bad-url",
    "redirects", "http-4xx", "http-5xx", "gone", "rate-limited", "unavailable", "robots", "paused",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """Why there is no response to use. `detail` is one plain sentence for feed health."""

    requested_url: str
    kind: FailureKind
    detail: str
    status: int | None = None
    retry_after_seconds: float | None = None


FetchOutcome = Fetched | FetchFailed


# -- feeds -----------------------------------------------------------------------------------------


class FeedEntry(NamedTuple):
    """One entry of a feed. `guid` is never empty; times are null where they cannot be read.

    A named tuple, like `FoundEntry`: a poll makes dozens, and a dataclass takes longer.
    """

    guid: str
    link: str | None
    title: str  # plain text, white space folded
    summary: str  # HTML as the feed gave it
    content: str  # HTML as the feed gave it; empty where the feed carries only a summary
    author: str
    published: datetime | None
    updated: datetime | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed as parsed, newest-first order not implied."""

    title: str
    link: str | None
    language: str
    ttl_minutes: int | None  # RSS <ttl>
    update_period_seconds: int | None  # sy:updatePeriod / sy:updateFrequency
    entries: tuple[FeedEntry, ...]
    warnings: tuple[str, ...] = ()
    parser: str = "feedparser"


class FoundEntry(NamedTuple):
    """An entry as a poll stores it.

    Texts hold nothing that a database refuses. `published` is what the feed says, even of the future.
    """

    guid: str
    link: str | None
    domain: str  # registrable, of the link; empty without one
    title: str
    html: str | None  # content, or else summary
    author: str
    tags: tuple[str, ...]
    published: datetime | None  # or else updated
    content_hash: str  # changes when the entry is edited
    identity_hash: str  # of link and title: stays when only the guid changes


class FoundFeed(NamedTuple):
    """What a poll needs of a parsed feed. No two entries have the same guid."""

    title: str
    link: str | None
    hint_seconds: float  # <ttl> or sy:updatePeriod; 0 where the feed says nothing
    entries: tuple[FoundEntry, ...]
    warnings: tuple[str, ...] = ()


# -- articles --------------------------------------------------------------------------------------

# What reading one Document may cost. A page of news takes a hundredth; what takes more was made to hurt.
ANALYSIS_CPU_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Document:
    """What analysis receives: a page, or a text, with what the feed said about it."""

    id: str
    url: str | None = None
    html: bytes | str | None = None
    title: str | None = None
    text: str | None = None
    published: datetime | None = None
    language: str | None = None
    content_type: str | None = None  # of the response, for its charset
    feed_title: str | None = None  # the outlet's or feed's own name
    outlet_country: str = ""  # its own country, where the configuration says so
    feed_author: str | None = None
    feed_html: str | None = None  # the entry's content or summary: the fallback text
    feed_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A block cut from the page's text, kept because it is evidence for kind and author."""

    reason: str  # disclaimer, author-note, newsletter, related, share, credit, correction, boilerplate ...
    text: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Opinion or what else. `label` is `other` where the reasons do not carry (it abstains)."""

    label: KindLabel
    score: float  # 0..1
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageWatch:
    """What later visits told of an article's page.

    `missing_since` is when its server first said that it is not there, `gone_at` when that was confirmed.
    """

    visits: int = 0
    missing_since: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """A page as an article: its clean text and what is known about it."""

    url: str | None  # canonical
    title: str
    text: str  # paragraphs separated by "\n"
    byline: tuple[str, ...]
    outlet: str | None
    published: datetime | None
    updated: datetime | None
    language: str | None  # ISO 639-1
    section: str | None
    removed: tuple[Removed, ...]
    kind: Kind
    method: str  # which candidate won: "native", "trafilatura", "json-ld", "feed" ...
    quality: float  # 0..1, the chooser's own estimate
    partial: bool = False  # the page could not be had in full; `partial_reason` says why
    partial_reason: str | None = None  # paywall, consent, javascript, soft-404, error-page ...
    origin: str | None = None  # the agency credited: "Reuters", "TASS" ...


# -- tagging ---------------------------------------------------------------------------------------


class Evidence(NamedTuple):
    """Where and why: `text[start:end]` (or the title's) reads `term`, inside `sentence`.

    A named tuple: a text has dozens, and a dataclass takes longer.
    """

    start: int
    end: int
    term: str
    sentence: str
    rule: str  # what matched: "name:KZ", "leader:KZ:Tokayev", "theme:sanctions:embargo" ...
    weight: float = 1.0
    where: Literal["text", "title"] = "text"


@dataclass(frozen=True, slots=True)
class Tag:
    """A country (ISO 3166-1 alpha-2, EU, or a territory's code) or a theme key found in a text."""

    dimension: Literal["country", "theme"]
    key: str
    role: Role
    salience: float  # 0..1
    mentions: int
    evidence: tuple[Evidence, ...]  # best first


@dataclass(frozen=True, slots=True)
class Joint:
    """The nearest tie of a country and a theme. `words` is 0 where the terms touch."""

    country: str
    theme: str
    same_sentence: bool
    words: int
    sentence: str  # the one sentence that holds both, or the theme's


@dataclass(frozen=True, slots=True)
class Attitude:
    """Who says or does what to whom: countries `source` -> `target`."""

    source: str
    target: str
    stance: Literal[-1, 0, 1]
    quote: str


@dataclass(frozen=True, slots=True)
class Tagging:
    """All that tagging says of one text."""

    countries: tuple[Tag, ...] = ()
    themes: tuple[Tag, ...] = ()
    joints: tuple[Joint, ...] = ()
    attitudes: tuple[Attitude, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """Page -> article, tags, and the prints by which copies are found."""

    id: str
    article: Extracted
    tagging: Tagging
    exact_hash: str  # of the normalised text; copies share it
    minhash: tuple[int, ...] = ()  # empty where the text is too short to compare
    blocks: tuple[str, ...] = ()  # hashes of the page's text blocks, for site memory
    error: str | None = None
    outlet_country: str = ""  # the outlet's own: a weak prior for what it writes about, never evidence

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Countries first, then themes."""
        return self.tagging.countries + self.tagging.themes


@dataclass(frozen=True, slots=True)
class Gist:
    """What is compared to find reports of one event: cut words with counts, names, countries, time."""

    words: Mapping[str, int]
    names: frozenset[str]  # of the words, those that are names
    countries: frozenset[str]
    published: datetime | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A gist whose words are weighed by how rare they were when the article came."""

    words: Mapping[str, float]
    names: Mapping[str, float]
    countries: frozenset[str]
    published: datetime | None
    language: str | None


# -- watch -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """What is already known of the story that an article belongs to, as far as one rule cares."""

    story_id: int
    is_new: bool  # no earlier article of it is stored
    outlets: tuple[str, ...]  # domains that carry its text, this article's included
    origin: str | None
    alerted_at: datetime | None = None  # when this rule last alerted on it, or on a related story
    alerted_keys: frozenset[str] = frozenset()  # "country:KZ", "theme:csto" told so far
    alerted_severity: Severity | None = None
    alerted_outlets: frozenset[str] = frozenset()  # domains that carry what was told
    alert_identities: tuple[str, ...] = ()  # this rule's alerts on it, oldest first: the thread
    independent: bool = False  # this article tells of an event in words of its own, from its own source
    related_outlets: tuple[str, ...] = ()  # domains that tell of the event in other words


@dataclass(frozen=True, slots=True)
class Quote:
    """One matched sentence with the terms to mark, as offsets into `sentence`."""

    sentence: str
    marks: tuple[tuple[int, int], ...]
    keys: tuple[str, ...]  # "country:KZ", "theme:csto"


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule wants told about one story. Pure content: no channel, no rendering."""

    identity: str  # stable: the same alert has the same identity for ever
    rule: str
    severity: Severity
    article_id: int
    story_id: int
    title: str
    url: str | None
    outlet: str | None
    byline: tuple[str, ...]
    published: datetime | None
    language: str | None
    kind: Kind
    countries: tuple[Tag, ...]
    themes: tuple[Tag, ...]
    quotes: tuple[Quote, ...]
    copies: tuple[str, ...]  # other outlets with the same text
    origin: str | None
    why: str  # why this rule fired, one sentence
    update_of: str | None = None  # identity of the alert that this one continues
    related: tuple[str, ...] = ()  # other outlets that tell of the event in their own words
    news: str = ""  # what an update adds to what was told


# -- messages and delivery -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message, for any channel. `identity` is stable over all repeats."""

    identity: str
    subject: str  # one line, no control characters
    text: str
    html: str
    blocks: tuple[Mapping[str, object], ...] = ()  # Slack Block Kit
    data: Mapping[str, object] = field(default_factory=dict)  # for webhooks: JSON-able
    references: tuple[str, ...] = ()  # identities of earlier messages of the thread, oldest first


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel accepted the message. `receipt` is what it answered, for the ledger."""

    receipt: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SendFailed:
    """The channel did not accept it. `permanent`: a repeat cannot help (goes to the dead letters)."""

    detail: str
    permanent: bool = False
    retry_after_seconds: float | None = None
    unknown: bool = False  # it may have arrived (time-out after DATA)
    accepted: tuple[str, ...] = ()  # recipients that did take it: not to be asked again
    refused: tuple[str, ...] = ()  # recipients that refused it for good


SendOutcome = Sent | SendFailed
