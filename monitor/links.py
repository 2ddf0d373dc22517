"""Signed links: what a reader answers with one click, without a login.

    BASE/answer/TOKEN      TOKEN = base64url(claim) "." base64url(HMAC-SHA256 of the claim)

The claim says what is answered and until when it may be (RFC 2104 for the HMAC). Only who knows the secret
of `[web]`, which are the daemon and the web server, can make a token; whoever has one can give this one
answer and no other. An article is named by its number and by a print of its address: in a restored database
a number may have come to mean another article.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.config import WebConfig
from monitor.errors import LinkError
from monitor.text import storable

MAX_TOKEN = 4000  # characters
_PURPOSE = b"monitor answer link v1\0"  # the same secret may sign other things one day
_MAC_BYTES = 20


@dataclass(frozen=True, slots=True)
class VerdictClaim:
    """That a rule was right, or wrong, to find an article. `article` is its print."""

    article_id: int
    rule: str
    right: bool
    article: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MuteClaim:
    """That a rule may be muted."""

    rule: str
    expires_at: datetime


Claim = VerdictClaim | MuteClaim


def article_print(url: str | None, title: str) -> str:
    """Return what tells an article from another one under the same number."""
    return hashlib.sha256(storable(url or title).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of the answers to one message; all of them hold until `expires_at`."""

    signer: "Signer"
    expires_at: datetime

    def verdict(self, article_id: int, rule: str, *, right: bool, url: str | None, title: str) -> str:
        """Return where a rule's hit on an article is marked as right or wrong."""
        claim = VerdictClaim(article_id, rule, right, article_print(url, title), self.expires_at)
        return self.signer.url(claim)

    def mute(self, rule: str) -> str:
        """Return where a rule is muted."""
        return self.signer.url(MuteClaim(rule, self.expires_at))


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and reads tokens. `base_url` is where readers reach the web server."""

    base_url: str
    secret: str
    lifetime: timedelta

    def links(self, made_at: datetime) -> Links:
        """Return the links of a message that was caused at `made_at`: the same at every repeat of it."""
        return Links(self, made_at + self.lifetime)

    def url(self, claim: Claim) -> str:
        """Return the address at which a claim is answered."""
        return f"{self.base_url.rstrip('/')}/answer/{self.token(claim)}"

    def token(self, claim: Claim) -> str:
        """Return a claim, signed."""
        until = int(claim.expires_at.timestamp())
        match claim:
            case VerdictClaim():
                said = ["verdict", until, claim.article_id, claim.rule, claim.right, claim.article]
            case MuteClaim():
                said = ["mute", until, claim.rule]
        raw = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        return f"{_encoded(raw)}.{_encoded(self._mac(raw))}"

    def read(self, token: str, now: datetime) -> Claim:
        """Return what `token` claims; LinkError where it was not signed by us, or is no longer valid."""
        claimed, _, signed = token[:MAX_TOKEN].partition(".")
        try:
            raw, mac = _decoded(claimed), _decoded(signed)
        except (binascii.Error, ValueError):
            raise LinkError("damaged") from None
        # A token in any other spelling than our own is not ours either: one address for one answer.
        if not hmac.compare_digest(mac, self._mac(raw)) or token != f"{_encoded(raw)}.{_encoded(mac)}":
            raise LinkError("damaged")
        claim = _claim(json.loads(raw))
        if now >= claim.expires_at:
            raise LinkError("expired", claim.expires_at)
        return claim

    def _mac(self, raw: bytes) -> bytes:
        return hmac.digest(self.secret.encode(), _PURPOSE + raw, "sha256")[:_MAC_BYTES]


def signer_of(config: WebConfig) -> Signer | None:
    """Return what signs the links of messages; None where no web server is configured for them."""
    if config.secret is None:
        return None
    return Signer(config.base_url, config.secret.get_secret_value(), config.links_last)


def _claim(said: list[object]) -> Claim:
    """Return what a signed list says: one of the two forms that `Signer.token` writes."""
    match said:
        case ["verdict", int(until), int(article_id), str(rule), bool(right), str(article)]:
            return VerdictClaim(article_id, rule, right, article, datetime.fromtimestamp(until, UTC))
        case ["mute", int(until), str(rule)]:
            return MuteClaim(rule, datetime.fromtimestamp(until, UTC))
        case _:
            raise LinkError("damaged")  # signed by another version


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
