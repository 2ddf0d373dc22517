"""Message -> the bytes of one e-mail (RFC 5322, RFC 2045, RFC 6532).

The header lines are written here, one by one, and not by `email.message`: its folding decodes encoded
words found in a value and has, in several Python releases, written the decoded line breaks out as new
headers. Here a text is either plain ASCII without `=?`, or one encoded word that a reader decodes back to
exactly this text; and no line leaves that holds a line break of its own.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.charset import BASE64, SHORTEST, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime

import idna

from monitor.channels.contract import one_line
from monitor.model import Message
from monitor.text import storable

_POLICY = compat32.clone(linesep="\r\n")
_MAX_SUBJECT = 400  # code points; readers show fewer
_LINE_BREAKS = re.compile("\r\n|\r|\n|\u2028|\u2029|\x85|\x0b|\x0c")
_LOCAL_PART = re.compile(r'[^\s<>",;:\\()\[\]@\x00-\x1f\x7f-\x9f]+')
_IP_LITERAL = re.compile(r"\[[0-9A-Fa-f.:]+\]|\[IPv6:[0-9A-Fa-f.:]+\]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 '_-]+")
_ID_LEFT = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_LONGEST_PLAIN_WORD = 60


def _utf8() -> Charset:
    """Return UTF-8 with fixed encodings: Apprise changes the registry that the whole process shares."""
    charset = Charset("utf-8")
    charset.header_encoding = SHORTEST
    charset.body_encoding = BASE64
    return charset


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address, ready for the wire: `domain` is ASCII; `local` may need SMTPUTF8."""

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """The bare address."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether the address can only travel by SMTPUTF8 (RFC 6531)."""
        return not self.local.isascii()


def mailbox(text: str) -> Mailbox:
    """Read `a@b` or `Name <a@b>`, with an internationalised domain or local part; else ValueError."""
    if any(map(str.isspace, text.replace(" ", ""))) or text != storable(text):
        raise ValueError(f"not an e-mail address: {one_line(text)!r}")
    name, spec = "", text.strip()
    if spec.endswith(">"):
        name, _, spec = spec[:-1].rpartition("<")
    local, _, domain = spec.rpartition("@")
    if not _LOCAL_PART.fullmatch(local):
        raise ValueError(f"not an e-mail address: {one_line(text)!r}")
    if not _IP_LITERAL.fullmatch(domain):
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"not an e-mail address: {one_line(text)!r}: {error}") from error
    return Mailbox(one_line(name).strip('" '), local, domain)


def message_id(identity: str, domain: str) -> str:
    """Return the Message-ID of an identity: the same for ever; unsafe identities are hashed."""
    if not (_ID_LEFT.fullmatch(identity) and len(identity) <= 128):
        identity = hashlib.sha256(storable(identity).encode()).hexdigest()[:40]
    return f"<{identity}@{domain}>"


def _text(value: str, name: str) -> str:
    """Encode unstructured text for the header `name`, folded."""
    value = one_line(value)
    if (
        value.isascii()
        and "=?" not in value
        and max(map(len, value.split()), default=0) <= _LONGEST_PLAIN_WORD
    ):
        return Header(value, "us-ascii", header_name=name).encode(linesep="\r\n")
    return Header(value, _utf8(), header_name=name).encode(linesep="\r\n")


def _address(box: Mailbox) -> str:
    if not box.name:
        return f"<{box.address}>" if box.needs_utf8 else box.address
    phrase = box.name if _PLAIN_NAME.fullmatch(box.name) else Header(box.name, _utf8()).encode(linesep="\r\n")
    return f"{phrase} <{box.address}>"


def _line(name: str, value: str) -> bytes:
    """Return one header, ended; raises ValueError where a line break would start another header."""
    line = f"{name}: {value}"
    if re.search("[\r\n\x00]", line.replace("\r\n ", "")):
        raise ValueError(f"the header {name} would hold a line break")
    return line.encode() + b"\r\n"


def _part(text: str, subtype: str) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, policy=_POLICY, charset="utf-8")
    part.set_payload("\r\n".join(_LINE_BREAKS.split(storable(text))), _utf8())
    return part


def compose(message: Message, *, sender: Mailbox, to: Sequence[Mailbox], sent_at: datetime) -> bytes:
    """Return the whole mail with CRLF line ends: text and HTML, base64, 7 bit unless an address needs UTF-8.

    Everything but `Date` and `To` is the same at every repeat of one identity.
    """
    if message.html:
        body: MIMEMultipart | MIMENonMultipart = MIMEMultipart(
            "alternative",
            # base64 lines cannot hold "=_", so the boundary cannot occur in a part
            boundary="=_" + hashlib.sha256(storable(message.identity).encode()).hexdigest()[:32],
            policy=_POLICY,
        )
        body.attach(_part(message.text, "plain"))
        body.attach(_part(message.html, "html"))
    else:
        body = _part(message.text, "plain")
    headers = [
        ("Date", format_datetime(sent_at)),
        ("From", _address(sender)),
        ("To", ",\r\n ".join(map(_address, to))),
        ("Subject", _text(message.subject[:_MAX_SUBJECT], "Subject")),
        ("Message-ID", message_id(message.identity, sender.domain)),
        ("List-Id", f"monitor alerts <alerts.{sender.domain.strip('[]')}>"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    if message.references:
        chain = [message_id(identity, sender.domain) for identity in message.references]
        headers += [("In-Reply-To", chain[-1]), ("References", "\r\n ".join(chain))]
    return b"".join(_line(name, value) for name, value in headers) + body.as_bytes()
