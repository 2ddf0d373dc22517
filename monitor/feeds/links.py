"""Addresses in feeds: joining, and what an entry is known by."""

import re
from urllib.parse import urljoin

_EXTRA_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)/+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)


def join(base: str, address: str) -> str:
    """Return `address` resolved against `base`, as feedparser does; "" where it is no address at all."""
    address = _EXTRA_SLASHES.sub(r"\1", address)
    try:
        return urljoin(base, address)
    except ValueError:  # an unclosed IPv6 bracket
        return ""


def is_web(address: str) -> bool:
    """Whether `address` is an absolute http or https address."""
    return _WEB.match(address) is not None


def web_address(address: str, *bases: str) -> str | None:
    """Return `address` made absolute on the first base that is; None where it is not for the web.

    Without any base a relative address stays as it is.
    """
    if not address:
        return None
    if is_web(address) and "[" not in address:
        return address
    base = next((base for base in bases if is_web(base)), "")
    joined = join(base, address)
    if is_web(joined) or (joined and not base and not _SCHEME.match(joined)):
        return joined
    return None
