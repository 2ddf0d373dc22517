"""Addresses of an article -> the one it is known by.

Tracking parameters are dropped, AMP and mobile forms are folded, the host is lower case.
"""

import re
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"^(?:utm_.*|mtm_.*|pk_.*|hsa_.*|ga_.*|at_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid"
    r"|igshid|igsh|mc_cid|mc_eid|cmpid|cmp|icid|ncid|ocid|_ga|_gl|_hsenc|_hsmi|rss|ref|ref_src|ref_url|referrer"
    r"|source|src|smid|smtyp|partner|share|shared|feature|spm|s_cid|wt_mc|mbid|sref|cid|amp|outputtype|from|output)$",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"^(?:m|mobile|amp)\.(?=[^.]+\.[^.])")
_AMP_PATH = re.compile(r"/amp(?:\.html)?/?$|(?<=\.)amp(?=\.html?$)")
MAX_URL_CHARACTERS = 2000


def clean_url(url: str) -> str | None:
    """Return `url` without tracking parameters, fragment, AMP and mobile forms; None for no web address."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or len(url) > MAX_URL_CHARACTERS:
        return None
    host = _MOBILE.sub("", host)
    if port and port != {"http": 80, "https": 443}[parts.scheme.lower()]:
        host = f"{host}:{port}"
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)]
    path = _AMP_PATH.sub("", parts.path) or "/"
    path = quote(path, safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit((parts.scheme.lower(), host, path, urlencode(query), ""))


def canonical_url(page_url: str | None, base: str, candidates: tuple[str, ...]) -> str | None:
    """Return the article's address: the first of `candidates` (rel=canonical, og:url) that can be believed.

    A canonical link that leads to another site's or this site's front page is a template's mistake, and
    one to a different registrable name is believed only where the page came without an address.
    """
    own = clean_url(page_url) if page_url else None
    for candidate in candidates:
        if not candidate:
            continue
        try:
            absolute = urljoin(urljoin(page_url or "", base), candidate)
        except ValueError:
            continue
        found = clean_url(absolute)
        if found is None:
            continue
        if own is None:
            return found
        there, here = urlsplit(found), urlsplit(own)
        if _site(there.netloc) != _site(here.netloc):
            continue
        if there.path in {"", "/"} and not there.query and (here.path not in {"", "/"} or here.query):
            continue
        return found
    return own


def _site(host: str) -> str:
    return ".".join(host.split(":")[0].split(".")[-2:])
