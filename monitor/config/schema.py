"""The tables of the configuration file. The descriptions here are the documentation.

`docs/configuration.md` is made from them (`monitor.config.reference`), and a test holds
`config.example.toml` to the defaults.
"""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from monitor.config.codes import COUNTRIES
from monitor.config.types import (
    ClockTime,
    CountryCode,
    CountryCodeOrEmpty,
    Cron,
    Duration,
    FilePath,
    HostName,
    LanguageCode,
    LanguageCodeOrEmpty,
    Line,
    Network,
    Notify,
    Secret,
    Selector,
    TimeZone,
    WebAddress,
    WebAddressOrEmpty,
)
from monitor.errors import Problem
from monitor.model import KindLabel, Severity


class Table(BaseModel):
    """Base of all configuration tables: frozen, and unknown keys are mistakes."""

    # hide_input_in_errors: the input may hold a secret, and errors are shown and logged
    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )


class DatabaseConfig(Table):
    """Where everything is stored."""

    url: str = Field(
        default="sqlite:///data/monitor.db",
        description="SQLAlchemy URL; `sqlite:///PATH` or `postgresql+psycopg://...`. A relative path starts "
        "in the directory that the program runs in. Keep a password out of it: PostgreSQL's own `PGPASSWORD` "
        "and `~/.pgpass` work.",
    )


class PollingConfig(Table):
    """How often feeds are asked, and with how much at once."""

    min_interval: Duration = Field(
        default=timedelta(minutes=5), description="A feed is never polled more often."
    )
    max_interval: Duration = Field(
        default=timedelta(hours=6), description="A healthy feed is never polled less often."
    )
    concurrency: int = Field(
        default=64, ge=1, le=1000, description="Requests under way at once, over all hosts."
    )
    workers: int = Field(
        default=2, ge=1, le=64, description="Processes that read feeds, and as many that analyse articles."
    )
    max_entries: int = Field(
        default=2000, ge=1, description="Entries read from one feed; the newest are kept."
    )

    @model_validator(mode="after")
    def _ordered(self) -> "PollingConfig":
        if self.min_interval > self.max_interval:
            raise ValueError("min_interval is longer than max_interval")
        return self


class HostConfig(Table):
    """Politeness towards one registrable domain (`example.org` with all its subdomains)."""

    delay: Duration = Field(
        default=timedelta(seconds=1), description="Least time between two requests to the host."
    )
    concurrency: int = Field(default=1, ge=1, le=100, description="Requests to the host at once.")


class NetworkConfig(Table):
    """The way to the network: limits, politeness, and which addresses may be reached."""

    contact: str = Field(
        default="", description="Address or URL in the User-Agent, so that site owners can reach you."
    )
    timeout: Duration = Field(
        default=timedelta(seconds=30), description="Total time for one request, redirects included."
    )
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(
        default=(80, 443), description="Ports that may be connected to."
    )
    allow_private: tuple[Network, ...] = Field(
        default=(), description='Private networks to allow, e.g. `"10.1.2.0/24"`.'
    )
    max_feed_mb: float = Field(default=5, gt=0, description="Largest feed body, decompressed, in megabytes.")
    max_page_mb: float = Field(default=10, gt=0, description="Largest page body, decompressed, in megabytes.")
    respect_robots: bool = Field(default=True, description="Obey robots.txt for article pages.")
    default_host: HostConfig = Field(
        default=HostConfig(), description="Politeness towards each registrable domain."
    )
    hosts: dict[str, HostConfig] = Field(default={}, description="Exceptions, by registrable domain.")


class SiteConfig(Table):
    """How to read one site's article pages: NAME is its host, `"example.org"` with all its subdomains."""

    content: Selector = Field(
        description="CSS selector of the elements that hold the article's text. Only what they hold is the "
        "text; a page without such an element is read as if there were no rule."
    )


class FeedConfig(Table):
    """One feed. Feeds also come from OPML files and from `monitor feeds add`."""

    url: WebAddress = Field(description="Address of the feed.")
    title: str = Field(default="", description="Name shown instead of the feed's own.")
    folder: str = Field(default="", description="Folder in lists and OPML.")
    interval: Duration | None = Field(
        default=None, description="Fixed poll interval instead of the adaptive one."
    )
    country: CountryCodeOrEmpty = Field(
        default="",
        description="The outlet's own country, ISO 3166-1 alpha-2; never evidence. Empty: by its domain.",
    )
    language: LanguageCodeOrEmpty = Field(
        default="", description="Language of the outlet, ISO 639-1, where it has one."
    )
    opinion: bool = Field(default=False, description="The feed carries opinion pieces only.")


class WatchlistConfig(Table):
    """What is tagged at all. Articles are stored whether tagged or not."""

    countries: tuple[CountryCode, ...] = Field(
        default=(), description="Countries to tag, ISO 3166-1 alpha-2; empty: all."
    )
    themes: tuple[str, ...] = Field(default=(), description="Theme keys to tag; empty: all.")


LEADER = "leader"  # "@leader" in a term's company: a leader or foreign minister of any country


def _known_countries(company: tuple[str, ...], *others: str) -> tuple[str, ...]:
    """Refuse "@" before what is neither a country code nor one of `others`."""
    for word in company:
        if word.startswith("@") and word[1:] not in COUNTRIES and word[1:] not in others:
            raise ValueError(f'"{word}" is not "@" and a country code')
    return company


class TermConfig(Table):
    """One term of a theme that counts only in some company; a plain string is the short form."""

    term: Line = Field(description="A pattern, see `docs/themes.md`.")
    weight: float = Field(default=1.0, gt=0, description="What one sighting adds to the theme's score.")
    needs: tuple[Line, ...] = Field(
        default=(),
        description="Patterns of which at least one must stand in the same sentence; `@UA`: or the country, "
        "`@leader`: or any country's leader or foreign minister.",
    )
    unless: tuple[Line, ...] = Field(
        default=(), description="Patterns, or `@` and a country, of which none may be in the same sentence."
    )

    @field_validator("needs", "unless")
    @classmethod
    def _countries_are_known(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return _known_countries(given, LEADER)


# In Chinese every character is a word of its own, and none can be a beginning.
_PREFIX = re.compile(r"[^\W_\u3400-\u9fff\uf900-\ufaff]{3,}\*")
LexiconType = Literal[
    "name", "territory", "adjective", "demonym", "capital", "city", "region", "leader", "institution",
    "currency", "company",
]  # fmt: skip
Terms = dict[LanguageCode | Literal["all"], tuple[str | TermConfig, ...]]


class ThemeConfig(Table):
    """A theme of your own; the same fields as the shipped theme files."""

    key: Line = Field(description="Short name in rules and queries, such as `water`.")
    title: str = Field(default="", description="Name shown to readers.")
    threshold: float = Field(
        default=1.0, gt=0, description="Sum of the weights of its terms from which a text has the theme."
    )
    terms: Terms = Field(
        default={}, description='Language, or "all" -> terms: patterns with `^weight`, or tables.'
    )
    negative: Terms = Field(default={}, description="Language -> terms whose weight counts against it.")
    guards: tuple[str, ...] = Field(
        default=(),
        description="Guards that silence the theme where they outweigh it: sport, food, nature, "
        "entertainment.",
    )


class LexiconConfig(Table):
    """A word or phrase of your own that speaks of a country; it is taken as it stands, not inflected."""

    form: Line = Field(description="The words; `*` at the end of a single word takes any ending.")
    language: LanguageCode | Literal["all"] = Field(description='ISO 639-1, or "all".')
    country: CountryCodeOrEmpty = Field(
        description="The country it speaks of; empty: nobody's, so that names inside the form count for none."
    )
    type: LexiconType = Field(default="name", description="What the words are.")
    case: Literal["any", "capital", "small", "upper", "acronym", "stop", "inner", "joined"] | None = Field(
        default=None,
        description="How it must be written: `any`; `capital`, with a capital; `small`, with one only "
        "where a sentence begins; `upper`, all in capitals; `acronym`, in capitals in a sentence that is "
        "not; `stop`, with a full stop behind; `inner`, with a capital where no sentence begins; `joined`, "
        "with a hyphen beside. Without it: `any` for adjectives, demonyms, currencies and "
        "companies, `capital` for all others.",
    )
    since: date | None = Field(default=None, description="Counts in texts from this day on.")
    until: date | None = Field(default=None, description="Counts in texts up to this day.")
    needs: tuple[Line, ...] = Field(
        default=(),
        description="Counts only where one of these words stands in the text; `@EU`: where the text speaks "
        "of that country elsewhere.",
    )
    excludes: tuple[Line, ...] = Field(
        default=(), description="Does not count where one of these words stands in the text."
    )
    person: bool = Field(
        default=False, description="Also a person's name: does not count beside a first name or a surname."
    )

    @field_validator("form")
    @classmethod
    def _can_be_found(cls, form: str) -> str:
        if "*" in form and not _PREFIX.fullmatch(form):
            raise ValueError("only a single word of three letters or more can end in *")
        if not any(map(str.isalnum, form)):
            raise ValueError("a form needs a letter or digit")
        return form

    @field_validator("needs")
    @classmethod
    def _countries_are_known(cls, needs: tuple[str, ...]) -> tuple[str, ...]:
        return _known_countries(needs)

    @model_validator(mode="after")
    def _ordered(self) -> "LexiconConfig":
        if self.since and self.until and self.since > self.until:
            raise ValueError("since is later than until")
        return self


class QuietHours(Table):
    """Hours in which a rule holds back its alerts until they end; critical ones are sent."""

    start: ClockTime = Field(description='Local time, `"22:00"`.')
    end: ClockTime = Field(description='Local time, `"07:00"`.')
    timezone: TimeZone = Field(default="UTC", description="IANA time zone.")


class RuleConfig(Table):
    """What to alert on, and through which channels."""

    name: Line = Field(description="Name in alerts, lists and queries; each only once.")
    query: str = Field(default="", description="In the watch language; joined by AND with the lists below.")
    countries: tuple[CountryCode, ...] = Field(
        default=(), description="Any of these countries (as joint evidence with themes)."
    )
    themes: tuple[str, ...] = Field(default=(), description="Any of these themes.")
    kinds: tuple[KindLabel, ...] = Field(default=(), description="Any of these kinds; empty: all.")
    severity: Severity = Field(default="normal", description="Shown in the alert; higher ones come first.")
    channels: tuple[str, ...] = Field(
        default=(), description="Names of channels; needed where `notify` is `now`."
    )
    notify: Notify = Field(default="now", description="`now`, or `digest:NAME`.")
    quiet_hours: QuietHours | None = Field(default=None, description="Hours in which alerts wait.")
    mute_until: date | None = Field(default=None, description="No alerts before this day.")
    expires: date | None = Field(default=None, description="The rule ends on this day.")
    inhibits: tuple[str, ...] = Field(
        default=(), description="Rules that stay silent on a story this one alerted on."
    )
    group_window: Duration = Field(
        default=timedelta(0), description="Wait this long and tell all that came as one message."
    )


class EmailChannel(Table):
    """Mail through an SMTP server."""

    type: Literal["email"] = Field(description="`email`.")
    host: Line = Field(description="The SMTP server's name.")
    port: int = Field(default=587, ge=1, le=65535, description="The SMTP server's port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls` (port 587), `tls` (port 465), or `none` for a server on this machine.",
    )
    username: str = Field(default="", description="User name; empty: no login.")
    password: Secret | None = Field(default=None, description="The password (a secret).")
    sender: Line = Field(description="Address in From.")
    to: tuple[Line, ...] = Field(min_length=1, description="Addresses of the readers.")
    allow_private: tuple[Network, ...] = Field(
        default=(), description="Private networks the server may be in."
    )
    per_minute: int = Field(default=60, ge=1, description="Most messages a minute.")

    @model_validator(mode="after")
    def _login_is_whole(self) -> "EmailChannel":
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password go together")
        return self


class SlackChannel(Table):
    """Slack, through an incoming webhook or as a bot."""

    type: Literal["slack"] = Field(description="`slack`.")
    webhook_url: Secret | None = Field(default=None, description="An incoming webhook's address (a secret).")
    bot_token: Secret | None = Field(
        default=None,
        description="A bot's token (a secret), with `channel`: replies thread under the first alert.",
    )
    channel: str = Field(default="", description="The bot's channel id, such as `C0123456789`.")
    allow_private: tuple[Network, ...] = Field(
        default=(), description="Private networks that may be posted to."
    )
    per_minute: int = Field(default=60, ge=1, description="Most messages a minute.")

    @model_validator(mode="after")
    def _one_way(self) -> "SlackChannel":
        if (self.webhook_url is None) == (self.bot_token is None):
            raise ValueError("give either webhook_url, or bot_token with channel")
        if self.bot_token is not None and not self.channel:
            raise ValueError("bot_token needs channel")
        return self


class WebhookChannel(Table):
    """An HTTP POST signed after Standard Webhooks."""

    type: Literal["webhook"] = Field(description="`webhook`.")
    url: WebAddress = Field(description="Where to post.")
    secret: Secret = Field(description="The signing secret, `whsec_...` (a secret).")
    allow_private: tuple[Network, ...] = Field(
        default=(), description="Private networks that may be posted to."
    )
    per_minute: int = Field(default=60, ge=1, description="Most messages a minute.")


class ConsoleChannel(Table):
    """The standard output of the program."""

    type: Literal["console"] = Field(description="`console`.")
    per_minute: int = Field(default=600, ge=1, description="Most messages a minute.")


class AppriseChannel(Table):
    """Any service that Apprise knows; needs the `apprise` extra."""

    type: Literal["apprise"] = Field(description="`apprise`.")
    url: Secret = Field(description="An Apprise URL (a secret).")
    per_minute: int = Field(default=60, ge=1, description="Most messages a minute.")


Channel = Annotated[
    EmailChannel | SlackChannel | WebhookChannel | ConsoleChannel | AppriseChannel,
    Field(discriminator="type"),
]


class DigestConfig(Table):
    """A summary at fixed times."""

    name: Line = Field(description="Name; rules refer to it as `digest:NAME`.")
    cron: Cron = Field(description='Five fields, such as `"0 7 * * mon-fri"`; weekdays by name.')
    timezone: TimeZone = Field(default="UTC", description="IANA time zone of `cron`.")
    query: str = Field(default="", description="In the watch language; empty: all articles with a tag.")
    channels: tuple[str, ...] = Field(default=(), description="Names of channels.")


class NoticesConfig(Table):
    """What the service says of itself: feeds that broke or recovered, dead letters, a bad reload."""

    channels: tuple[str, ...] = Field(default=(), description="Names of channels; empty: only the log.")


class RetentionConfig(Table):
    """How long texts are kept. Tags, evidence and alerts are always kept."""

    text_days: int = Field(
        default=0, ge=0, description="Texts older than this are cut to an excerpt; 0: kept for ever."
    )


class WebConfig(Table):
    """Links in messages that mark a hit as right or wrong, or mute a rule; `monitor web` answers them."""

    base_url: WebAddressOrEmpty = Field(
        default="",
        description="Where readers reach `monitor web`, such as `https://monitor.example.org`; empty: "
        "messages carry no links.",
    )
    secret: Secret | None = Field(
        default=None,
        description="What the links are signed with (a secret), 32 characters or more, as from "
        "`openssl rand -hex 32`. A new one makes all links in old messages worthless.",
    )
    links_last: Duration = Field(
        default=timedelta(days=90), description="How long the links in a message can be used."
    )
    host: str = Field(
        default="127.0.0.1",
        description="The address on which `monitor web` listens; leave it on this machine, and put a server "
        "with TLS before it.",
    )
    port: int = Field(default=8080, ge=1, le=65535, description="The port on which it listens.")

    @model_validator(mode="after")
    def _signed(self) -> "WebConfig":
        if bool(self.base_url) != (self.secret is not None):
            raise ValueError("base_url and secret go together")
        if self.secret is not None and len(self.secret.get_secret_value()) < 32:
            raise ValueError("the secret is too short: 32 characters or more, as from `openssl rand -hex 32`")
        return self


class LoggingConfig(Table):
    """What the program says of itself, on standard error."""

    format: Literal["auto", "json", "pretty"] = Field(
        default="auto", description="`json`, `pretty`, or `auto`: pretty on a terminal, JSON elsewhere."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important lines that are written."
    )


class Config(Table):
    """The whole configuration. `path` is the file that it came from, `warnings` what is unsafe in it."""

    database: DatabaseConfig = DatabaseConfig()
    polling: PollingConfig = PollingConfig()
    network: NetworkConfig = NetworkConfig()
    opml: tuple[FilePath, ...] = Field(
        default=(), description="OPML files whose feeds are added; a relative path starts beside this file."
    )
    feeds: tuple[FeedConfig, ...] = ()
    sites: dict[HostName, SiteConfig] = {}
    watchlist: WatchlistConfig = WatchlistConfig()
    themes: tuple[ThemeConfig, ...] = ()
    lexicon: tuple[LexiconConfig, ...] = ()
    rules: tuple[RuleConfig, ...] = ()
    channels: dict[str, Channel] = {}
    digests: tuple[DigestConfig, ...] = ()
    notices: NoticesConfig = NoticesConfig()
    retention: RetentionConfig = RetentionConfig()
    web: WebConfig = WebConfig()
    logging: LoggingConfig = LoggingConfig()
    path: Path | None = Field(default=None, exclude=True)
    warnings: tuple[Problem, ...] = Field(default=(), exclude=True)
