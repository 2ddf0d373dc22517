"""Configuration: one TOML file and its secrets -> a frozen `Config`.

`load()` reports every mistake in one run, each with file, key path, line and what to do. Built once,
passed in; nothing else in the program reads the environment. The field descriptions here are the
documentation: `docs/configuration.md` and the test of `config.example.toml` are made from them.
"""

from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from monitor.model import KindLabel, Severity


class Table(BaseModel):
    """Base of all configuration tables: frozen, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_duration(value: object) -> timedelta:
    """Read `"90s"`, `"5m"`, `"6h"`, `"30d"`, `"2w"`; raises ValueError with the accepted forms."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and value[-1:] in _UNITS:
        try:
            return timedelta(seconds=float(value[:-1]) * _UNITS[value[-1]])
        except (ValueError, OverflowError):
            pass
    raise ValueError('not a duration: write a number and a unit, such as "90s", "5m", "6h" or "30d"')


def _not_negative(value: timedelta) -> timedelta:
    if value < timedelta(0):
        raise ValueError("a duration cannot be negative")
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_not_negative)]
Network = IPv4Network | IPv6Network


class DatabaseConfig(Table):
    url: str = Field(
        default="sqlite:///data/monitor.db", description="SQLAlchemy URL; SQLite or postgresql+psycopg."
    )


class PollingConfig(Table):
    min_interval: Duration = Field(
        default=timedelta(minutes=5), description="A feed is never polled more often."
    )
    max_interval: Duration = Field(
        timedelta(hours=6), description="A healthy feed is never polled less often."
    )
    concurrency: int = Field(
        default=32, ge=1, le=1000, description="Requests under way at once, over all hosts."
    )
    workers: int = Field(default=2, ge=1, le=64, description="Worker processes for parsing and analysis.")
    max_entries: int = Field(
        default=2000, ge=1, description="Entries read from one feed; the newest are kept."
    )


class HostConfig(Table):
    delay: Duration = Field(
        default=timedelta(seconds=1), description="Least time between two requests to the host."
    )
    concurrency: int = Field(default=1, ge=1, le=100, description="Requests to the host at once.")


class NetworkConfig(Table):
    contact: str = Field(
        "", description="Address or URL in the User-Agent, so that site owners can reach you."
    )
    timeout: Duration = Field(
        timedelta(seconds=30), description="Total time for one request, redirects included."
    )
    ports: tuple[int, ...] = Field(default=(80, 443), description="Ports that may be connected to.")
    allow_private: tuple[Network, ...] = Field(
        (), description='Private networks to allow, e.g. "10.1.2.0/24".'
    )
    max_feed_mb: float = Field(default=5, gt=0, description="Largest feed body, decompressed, in megabytes.")
    max_page_mb: float = Field(default=10, gt=0, description="Largest page body, decompressed, in megabytes.")
    respect_robots: bool = Field(default=True, description="Obey robots.txt for article pages.")
    default_host: HostConfig = Field(
        default=HostConfig(), description="Politeness towards each registrable domain."
    )
    hosts: dict[str, HostConfig] = Field(default={}, description="Exceptions, by registrable domain.")


class FeedConfig(Table):
    url: str = Field(description="Address of the feed.")
    title: str = Field(default="", description="Name shown instead of the feed's own.")
    folder: str = Field(default="", description="Folder in lists and OPML.")
    interval: Duration | None = Field(
        default=None, description="Fixed poll interval instead of the adaptive one."
    )
    country: str = Field(
        default="", description="The outlet's own country, ISO 3166-1 alpha-2; never evidence."
    )
    language: str = Field(default="", description="Language of the outlet, ISO 639-1, where it has one.")
    opinion: bool = Field(default=False, description="The feed carries opinion pieces only.")


class WatchlistConfig(Table):
    countries: tuple[str, ...] = Field(
        default=(), description="Countries to tag, ISO 3166-1 alpha-2; empty: all."
    )
    themes: tuple[str, ...] = Field(default=(), description="Theme keys to tag; empty: all.")


class ThemeConfig(Table):
    """A theme of the user's own; the same fields as the shipped theme files."""

    key: str
    title: str = ""
    threshold: float = Field(default=1.0, gt=0)
    terms: dict[str, tuple[str, ...]] = Field(
        default={}, description="Language -> terms, see docs/themes.md."
    )
    negative: dict[str, tuple[str, ...]] = Field(
        default={}, description="Language -> terms that speak against it."
    )


class QuietHours(Table):
    start: str = Field(description='Local time, "22:00".')
    end: str = Field(description='Local time, "07:00".')
    timezone: str = Field(default="UTC", description="IANA time zone.")


class RuleConfig(Table):
    name: str
    query: str = Field(default="", description="In the watch language; joined by AND with the lists below.")
    countries: tuple[str, ...] = Field(
        (), description="Any of these countries (as joint evidence with themes)."
    )
    themes: tuple[str, ...] = Field(default=(), description="Any of these themes.")
    kinds: tuple[KindLabel, ...] = Field(default=(), description="Any of these kinds; empty: all.")
    severity: Severity = "normal"
    channels: tuple[str, ...] = Field(
        default=(), description="Names of channels; needed where notify is now."
    )
    notify: str = Field(default="now", description='"now", or "digest:NAME".')
    quiet_hours: QuietHours | None = None
    mute_until: date | None = None
    expires: date | None = None
    inhibits: tuple[str, ...] = Field(
        (), description="Rules that stay silent on a story this one alerted on."
    )
    group_window: Duration = Field(
        timedelta(0), description="Wait this long and tell all that came as one message."
    )


class Secret(Table):
    """Where a secret is: exactly one of the two."""

    env: str | None = None
    file: Path | None = None


class EmailChannel(Table):
    type: Literal["email"]
    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr | None = Field(default=None, description='{ env = "NAME" } or { file = "PATH" }.')
    sender: str
    to: tuple[str, ...]
    allow_private: tuple[Network, ...] = ()
    per_minute: int = Field(default=60, ge=1, description="Most messages a minute.")


class SlackChannel(Table):
    type: Literal["slack"]
    webhook_url: SecretStr | None = Field(
        default=None, description="An incoming webhook's address (a secret)."
    )
    bot_token: SecretStr | None = Field(
        None, description="With `channel`: replies thread under the first alert."
    )
    channel: str = ""
    allow_private: tuple[Network, ...] = ()
    per_minute: int = Field(default=60, ge=1, description="Most messages a minute.")


class WebhookChannel(Table):
    type: Literal["webhook"]
    url: str
    secret: SecretStr = Field(description="Standard Webhooks signing secret (whsec_...).")
    allow_private: tuple[Network, ...] = ()
    per_minute: int = Field(default=60, ge=1, description="Most messages a minute.")


class ConsoleChannel(Table):
    type: Literal["console"]
    per_minute: int = Field(default=600, ge=1, description="Most messages a minute.")


class AppriseChannel(Table):
    type: Literal["apprise"]
    url: SecretStr = Field(description="An Apprise URL (a secret).")
    per_minute: int = Field(default=60, ge=1, description="Most messages a minute.")


Channel = Annotated[
    EmailChannel | SlackChannel | WebhookChannel | ConsoleChannel | AppriseChannel,
    Field(discriminator="type"),
]


class DigestConfig(Table):
    name: str
    cron: str = Field(description='Five fields, such as "0 7 * * mon-fri".')
    timezone: str = Field(default="UTC", description="IANA time zone of `cron`.")
    query: str = Field(default="", description="In the watch language; empty: all articles with a tag.")
    channels: tuple[str, ...] = ()


class RetentionConfig(Table):
    text_days: int = Field(
        0, ge=0, description="Texts older than this are cut to an excerpt; 0: kept for ever."
    )


class LoggingConfig(Table):
    format: Literal["auto", "json", "pretty"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Table):
    """The whole configuration. `path` is the file that it came from."""

    database: DatabaseConfig = DatabaseConfig()
    polling: PollingConfig = PollingConfig()
    network: NetworkConfig = NetworkConfig()
    opml: tuple[Path, ...] = Field(default=(), description="OPML files whose feeds are added.")
    feeds: tuple[FeedConfig, ...] = ()
    watchlist: WatchlistConfig = WatchlistConfig()
    themes: tuple[ThemeConfig, ...] = ()
    rules: tuple[RuleConfig, ...] = ()
    channels: dict[str, Channel] = {}
    digests: tuple[DigestConfig, ...] = ()
    retention: RetentionConfig = RetentionConfig()
    logging: LoggingConfig = LoggingConfig()
    path: Path | None = Field(default=None, exclude=True)
