"""Configuration: one TOML file and its secrets -> a frozen `Config`.

`load()` reports every mistake in one run, each with file, key path, line and what to do. Built once,
passed in; nothing else in the program reads the environment.
"""

from monitor.config.codes import COUNTRIES, THEMES
from monitor.config.load import feed_identity, load
from monitor.config.schema import (
    AppriseChannel,
    Channel,
    Config,
    ConsoleChannel,
    DatabaseConfig,
    DigestConfig,
    EmailChannel,
    FeedConfig,
    HostConfig,
    LexiconConfig,
    LoggingConfig,
    NetworkConfig,
    NoticesConfig,
    PollingConfig,
    QuietHours,
    RetentionConfig,
    RuleConfig,
    SlackChannel,
    Table,
    TermConfig,
    ThemeConfig,
    WatchlistConfig,
    WebhookChannel,
)
from monitor.config.types import Duration, Network, Secret, format_duration, parse_duration

__all__ = [
    "COUNTRIES",
    "THEMES",
    "AppriseChannel",
    "Channel",
    "Config",
    "ConsoleChannel",
    "DatabaseConfig",
    "DigestConfig",
    "Duration",
    "EmailChannel",
    "FeedConfig",
    "HostConfig",
    "LexiconConfig",
    "LoggingConfig",
    "Network",
    "NetworkConfig",
    "NoticesConfig",
    "PollingConfig",
    "QuietHours",
    "RetentionConfig",
    "RuleConfig",
    "Secret",
    "SlackChannel",
    "Table",
    "TermConfig",
    "ThemeConfig",
    "WatchlistConfig",
    "WebhookChannel",
    "feed_identity",
    "format_duration",
    "load",
    "parse_duration",
]
