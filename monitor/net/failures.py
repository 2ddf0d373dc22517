"""An error or an unwelcome status -> FetchFailed with one plain sentence. Pure but for the clock."""

import errno
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
import httpx

from monitor.model import FailureKind, FetchFailed
from monitor.net.guard import ForbiddenAddress

MAX_RETRY_AFTER_SECONDS = 86400.0

_UNREACHABLE = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN))
_NO_SUCH_NAME = frozenset((socket.EAI_NONAME, socket.EAI_NODATA))


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date, measured against the server's own Date.

    Returns 0 to 86400 seconds; null where it is absent or cannot be read.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), MAX_RETRY_AFTER_SECONDS)
    until = _http_date(value)
    if until is None:
        return None
    seconds = (until - (_http_date(headers.get("Date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def failure_of_status(url: str, host: str, status: int, headers: Mapping[str, str]) -> FetchFailed:
    """Return the failure that a status other than 2xx, 304 and a usable redirect stands for."""
    kind: FailureKind
    if status == 410:
        kind = "gone"
    elif status == 429:
        kind = "rate-limited"
    elif status == 503:
        kind = "unavailable"
    elif 400 <= status < 500:
        kind = "http-4xx"
    elif 500 <= status < 600:
        kind = "http-5xx"
    elif 300 <= status < 400:
        kind = "redirects"
    else:
        kind = "protocol"
    detail = f"{host} answered {_phrase(status)}."
    if kind == "redirects":
        detail = f"{host} answered {_phrase(status)} without saying where to go."
    wait = retry_after_seconds(headers, datetime.now(UTC)) if status >= 400 else None
    return FetchFailed(url, kind, detail, status=status, retry_after_seconds=wait)


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def failure_of_error(url: str, host: str, error: Exception, timeout_seconds: float) -> FetchFailed:
    """Return the failure that an exception of a request stands for."""
    kind, detail = _kind_and_detail(host, error, timeout_seconds)
    return FetchFailed(url, kind, detail)


def _kind_and_detail(host: str, error: Exception, timeout_seconds: float) -> tuple[FailureKind, str]:
    if isinstance(error, httpx.TransportError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # aiohttp's own error says more: the transport folds several into one
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, ForbiddenAddress):
        return "forbidden-address", f"{host} may not be connected to: {cause}."
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "timeout", f"{host} did not accept a connection in time."
    if isinstance(error, TimeoutError):
        return "timeout", f"{host} did not answer in full within {timeout_seconds:g} seconds."
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        missing = isinstance(cause, socket.gaierror) and cause.errno in _NO_SUCH_NAME
        return "dns", f"The name {host} {'does not exist' if missing else 'cannot be looked up now'}."
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return (
            "tls",
            f"The certificate of {host} is not valid: {_certificate_reason(error.certificate_error)}.",
        )
    if isinstance(cause, ssl.SSLError):
        return "tls", f"No secure connection with {host}: {_certificate_reason(cause)}."
    if isinstance(error, aiohttp.ClientConnectorError):
        if error.os_error.errno in _UNREACHABLE:
            return "refused", f"{host} cannot be reached."
        if error.os_error.errno == errno.ECONNREFUSED:
            return "refused", f"{host} refused the connection."
        return "refused", f"{host} cannot be connected to: {error.os_error.strerror or 'unknown reason'}."
    if isinstance(error, (aiohttp.InvalidURL, httpx.InvalidURL, UnicodeError)):
        return "bad-url", "The address is not a valid URL."
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "protocol", f"{host} closed the connection without an answer."
    if isinstance(error, (aiohttp.ClientPayloadError, httpx.DecodingError)):
        return "protocol", f"The answer of {host} broke off or cannot be decoded."
    if isinstance(error, aiohttp.ClientResponseError):
        return "protocol", f"The answer of {host} is not valid HTTP."
    return "protocol", f"The connection with {host} broke."


def _certificate_reason(error: BaseException) -> str:
    """Return the library's short reason, such as "certificate has expired"."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return "unknown reason"
