"""channels: Message -> SendOutcome. One class for each kind of channel, all under one contract.

    contract.py   Channel, and the Transport that the daemon hands in
    email.py      SMTP; mime.py writes the bytes
    slack.py, webhook.py   over http.py
    console.py, apprise.py

Channels try once. When to try again, and whom to ask again, is decided by who calls them.
"""

import ssl
import sys
from collections.abc import Mapping
from typing import TextIO, assert_never

from monitor import config
from monitor.channels.apprise import AppriseChannel
from monitor.channels.console import ConsoleChannel
from monitor.channels.contract import DEADLINE_SECONDS, Channel, Transport
from monitor.channels.email import EmailChannel
from monitor.channels.slack import SlackChannel
from monitor.channels.webhook import WebhookChannel
from monitor.clock import Clock, utc_now
from monitor.errors import ConfigError, Problem

__all__ = ["DEADLINE_SECONDS", "Channel", "Transport", "build"]


def build(
    channels: Mapping[str, config.Channel],
    *,
    transport: Transport,
    clock: Clock = utc_now,
    tls: ssl.SSLContext | None = None,
    console: TextIO | None = None,
) -> dict[str, Channel]:
    """Return every configured channel by name; opens no connection.

    `tls` is the trust for mail servers (default: the system's), `console` the stream to print to (default:
    standard output). Raises ConfigError with everything that is wrong.
    """
    built: dict[str, Channel] = {}
    problems = []
    for name, table in channels.items():
        try:
            built[name] = _build(name, table, transport, clock, tls, console or sys.stdout)
        except ValueError as error:
            problems.append(Problem("configuration", f"channels.{name}", None, str(error)))
    if problems:
        raise ConfigError(tuple(problems))
    return built


def _build(
    name: str,
    table: config.Channel,
    transport: Transport,
    clock: Clock,
    tls: ssl.SSLContext | None,
    console: TextIO,
) -> Channel:
    match table:
        case config.EmailChannel():
            return EmailChannel(name, table, transport, clock=clock, tls=tls)
        case config.SlackChannel():
            return SlackChannel(name, table, transport, clock=clock)
        case config.WebhookChannel():
            return WebhookChannel(name, table, transport, clock=clock)
        case config.ConsoleChannel():
            return ConsoleChannel(name, console)
        case config.AppriseChannel():
            return AppriseChannel(name, table)
        case _:
            assert_never(table)
