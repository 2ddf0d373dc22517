"""One POST for the channels that speak HTTP: bounded in time and size, no redirects, no secrets in errors."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from monitor.channels.contract import detail
from monitor.clock import Clock
from monitor.errors import MonitorError
from monitor.model import SendFailed

_MAX_ANSWER_BYTES = 64 * 1024
_MAX_CONNECT_SECONDS = 15.0
_MAX_RETRY_AFTER_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `body` is its first 64 KiB."""

    status: int
    body: str
    retry_after_seconds: float | None


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds or a date; between 0 and a day, None where unreadable."""
    if not value:
        return None
    try:
        seconds = float(value) if value.strip().isdecimal() else _seconds_until(value, now)
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER_SECONDS)


def _seconds_until(date: str, now: datetime) -> float:
    moment = parsedate_to_datetime(date)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


async def post(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    clock: Clock,
    deadline_seconds: float,
    secrets: tuple[str, ...] = (),
) -> Answer | SendFailed:
    """POST `body` once. Returns the answer, whatever its status, or why there is none."""
    if session.closed:
        return SendFailed("the network is shut down")
    timeout = aiohttp.ClientTimeout(
        total=deadline_seconds, sock_connect=min(_MAX_CONNECT_SECONDS, deadline_seconds)
    )
    try:
        async with session.post(
            url, data=io.BytesIO(body), headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            raw = await response.content.read(_MAX_ANSWER_BYTES)
            return Answer(
                response.status,
                raw.decode("utf-8", "replace"),
                retry_after_seconds(response.headers.get("Retry-After"), clock()),
            )
    except aiohttp.InvalidURL:
        return SendFailed("the configured address is not a URL")
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return SendFailed(detail(f"cannot connect: {error}", *secrets))
    except TimeoutError:
        return SendFailed(f"no answer within {deadline_seconds:g} s", unknown=True)
    except MonitorError as error:
        return SendFailed(detail(str(error), *secrets))
    except (aiohttp.ClientError, OSError) as error:
        return SendFailed(
            detail(f"the connection broke: {error or type(error).__name__}", *secrets), unknown=True
        )
