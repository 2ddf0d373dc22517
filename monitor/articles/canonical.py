"""Addresses of an article -> the one it is known by.

Tracking parameters are dropped, AMP and mobile forms and AMP caches are folded, the host is lower case. Two
articles must never get one address: what may be an article's number stays.
"""

import re
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from monitor.articles.wordlists import wording
from monitor.urls import registrable_domain

_TRACKING = re.compile(
    r"utm_.*|mtm_.*|pk_.*|hsa_.*|ga_.*|at_(?:medium|campaign|link.*|format|ptr.*|bbc.*)|fbclid|gclid|dclid|gbraid|wbraid"
    r"|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid|cmpid|ncid|ocid|_ga|_gl|_hsenc|_hsmi|ref_src|ref_url"
    r"|smid|smtyp|spm|s_cid|wt_mc|wt\.mc_id|mbid|sref|amp|outputtype|xtor|tpcc|src_?link|rsf|feed_id|guccounter|guce_.*",
    re.IGNORECASE,
)
# The same, unless the value is a number: then it may say which article it is.
_PERHAPS_TRACKING = re.compile(
    r"cid|cmp|icid|rss|ref|referr?er|source|src|from|partner|share|shared|feature|output|via|origin|print",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{2,}")
_MOBILE = re.compile(r"^(?:m|mobile|amp|wap|pda|touch|lite)\.(?=[^.]+\.[^.])")
_AMP_PATH = re.compile(r"/amp(?:\.html)?/?$|\.amp(?=\.html?$)|^/amp(?=/.)|\.amp$")
_AMP_CACHE = re.compile(
    r"^https?://(?:[\w-]+\.cdn\.ampproject\.org/(?:[cvwr]/)?|(?:www\.)?google\.[a-z.]+/amp/)(s/)?(?=[\w-]+\.)",
    re.IGNORECASE,
)
MAX_URL_CHARACTERS = 2000


def clean_url(url: str) -> str | None:
    """Return `url` without tracking parameters, fragment, AMP and mobile forms; None for no web address."""
    if len(url) > MAX_URL_CHARACTERS:
        return None
    url = _AMP_CACHE.sub(lambda match: "https://" if match[1] else "http://", url.strip())
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    host = _MOBILE.sub("", host)
    if port and port != {"http": 80, "https": 443}[parts.scheme.lower()]:
        host = f"{host}:{port}"
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _is_tracking(*pair)]
    path = _AMP_PATH.sub("", parts.path) or "/"
    path = quote(path, safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit((parts.scheme.lower(), host, path, urlencode(query), ""))


def _is_tracking(name: str, value: str) -> bool:
    if _TRACKING.fullmatch(name):
        return True
    return _PERHAPS_TRACKING.fullmatch(name) is not None and not _NUMBER.search(value)


def canonical_url(page_url: str | None, base: str, candidates: tuple[str, ...]) -> str | None:
    """Return the article's address: the first of `candidates` (rel=canonical, og:url) that can be believed.

    A canonical link that leads to another site, to this site's front page, or to the page's own address
    without the query that tells its articles apart is a template's mistake.
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
        if there.netloc != here.netloc and not _are_of_one_site(found, own):
            continue
        if not there.query and (here.query if there.path == here.path else there.path in {"", "/"}):
            continue
        return found
    return own


def _are_of_one_site(one: str, other: str) -> bool:
    try:
        domains = {registrable_domain(url.replace("://www.", "://")) for url in (one, other)}
    except ValueError:
        return False
    return len(domains) == 1


def led_astray(asked: str, got: str) -> bool:
    """Return whether the address of an article led to a site's front page or to its page of errors."""
    try:
        wanted, found = urlsplit(asked).path.rstrip("/"), urlsplit(got).path.rstrip("/")
    except ValueError:
        return False
    if wanted == found:
        return False
    front = wording("pagestate", "address-of-front", "/{}").fullmatch(found)
    errors = wording("pagestate", "address-of-errors", "(?:/.*)?/{}").fullmatch(found)
    return not found or front is not None or errors is not None
