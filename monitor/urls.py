"""Addresses: the registrable domain behind a URL, and one spelling for equal URLs. Pure, offline."""

import re
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_DEFAULT_PORTS = {"http": 80, "https": 443}


@cache
def _suffixes() -> "PublicSuffixList":
    """The Public Suffix List that comes with its package, private section included; nothing is downloaded."""
    from publicsuffixlist import PublicSuffixList  # commands that only compare hosts need none

    return PublicSuffixList(accept_unknown=False)


@lru_cache(maxsize=16384)
def _registrable_host(host: str) -> str | None:
    """Return the registrable part of a host name; null for addresses and names without a public suffix."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        pass
    else:
        return None
    labels = host.split(".")
    try:
        known = labels if host.isascii() else [label.encode("idna").decode() for label in labels]
    except UnicodeError:
        return None
    domain = _suffixes().privatesuffix(".".join(known))
    return ".".join(labels[-1 - domain.count(".") :]) if domain else None


# Nearly every address; what else there can be (userinfo, brackets, capitals) takes longer to read.
_PLAIN = re.compile(r"(https?)://([a-z0-9.-]*[a-z0-9-])(?::(\d{1,4}))?[/?#]")


@lru_cache(maxsize=1024)  # limiter, robots.txt and store ask several times for one address
def registrable_domain(url: str) -> str:
    """Receive an absolute URL; return its registrable domain (`example.co.uk`), in lower case.

    IP addresses, `localhost` and other names without a public suffix come back as `host:port`, since
    the port is then what tells two servers apart. Raises ValueError where the URL has no host.
    """
    if match := _PLAIN.match(url):
        scheme, host, digits = match.groups()
        return _registrable_host(host) or f"{host}:{int(digits or 0) or _DEFAULT_PORTS[scheme]}"
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise ValueError("the address has no host")
    domain = _registrable_host(host)
    if domain is not None:
        return domain
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if port else name


def normalise_url(url: str) -> str:
    """Receive an http(s) URL; return one spelling of it for comparison.

    Scheme and host in lower case (names of other alphabets in their ASCII form), no default port, no
    fragment, no white space around, "/" for an empty path. What it cannot read comes back stripped.
    """
    text = url.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:
        return text
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return text
    name = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        name = f"{name}:{port}"
    userinfo, at, _ = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, f"{userinfo}{at}{name}", parts.path or "/", parts.query, ""))


def site_of(url: str) -> str:
    """Return the outlet that an http(s) URL belongs to: its host without `www.`, with any unusual port.

    Subdomains stay apart, since they are often outlets of their own (`rus.example.org`). Raises
    ValueError where the URL has no host.
    """
    parts = urlsplit(normalise_url(url))
    host = (parts.hostname or "").removeprefix("www.")
    if not host:
        raise ValueError("the address has no host")
    return f"{host}:{parts.port}" if parts.port else host
