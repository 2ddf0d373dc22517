"""What every channel is, and what it may use of the network."""

import re
import socket
from collections.abc import Sequence
from typing import Protocol

import aiohttp

from monitor.config import Network
from monitor.model import Message, SendOutcome
from monitor.text import fold_space, storable

DEADLINE_SECONDS = 60.0
"""Longest time of one `send`; a lease on an outbox row must be longer."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DETAIL_LENGTH = 300


class Channel(Protocol):
    """One configured way to people. `name` is the key of its table in the configuration."""

    name: str

    async def send(
        self, message: Message, *, recipients: Sequence[str] | None = None, thread: str | None = None
    ) -> SendOutcome:
        """Offer `message` once; every expected failure is a `SendFailed`, never an exception.

        `recipients`: those still open, where the channel knows recipients (e-mail; its default is all of
        `to`). `thread`: the receipt of the first message of the thread on this channel, where there is one.
        """
        ...


class Transport(Protocol):
    """The guarded way to the network, owned by the daemon. Channels never close its sessions."""

    def session(self, allow_private: Sequence[Network] = ()) -> aiohttp.ClientSession:
        """Return a session that refuses private addresses outside `allow_private`."""
        ...

    async def open_connection(
        self, host: str, port: int, allow_private: Sequence[Network] = ()
    ) -> socket.socket:
        """Return a connected, non-blocking socket; refuses private addresses outside `allow_private`."""
        ...


def one_line(text: str) -> str:
    """Return `text` on one line, without control or text-direction characters."""
    return fold_space(_CONTROL.sub(" ", storable(text)))


def detail(text: str, *secrets: str) -> str:
    """Make what a server or library said fit for a log: one line, short, without the given secrets."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    text = one_line(text)
    return text if len(text) <= _DETAIL_LENGTH else text[: _DETAIL_LENGTH - 1] + "…"
