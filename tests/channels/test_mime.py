"""The bytes of a mail: no text can become a header, on any Python, and every reader reads the same."""

import email
import email.charset
import email.policy
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.channels.contract import one_line
from monitor.channels.mime import Mailbox, compose, mailbox, message_id
from monitor.model import Message

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SENDER = Mailbox("Monitor", "monitor", "example.org")
NAMES = [
    "Date", "From", "To", "Subject", "Message-ID", "List-Id", "Auto-Submitted", "X-Auto-Response-Suppress",
    "Content-Type", "MIME-Version",
]  # fmt: skip
INJECTIONS = [
    "=?UTF-8?Q?=0D=0A?=Bcc: x@example.net",
    "=?UTF-8?Q?a=0D=0ABcc:_x@example.net=0D=0A=0D=0Abody?=",
    "=?utf-8?q?=0A?= Bcc: x@example.net",
    "=?UTF-8?B?DQpCY2M6IHhAZXhhbXBsZS5uZXQ=?=",
    "=?UTF-8?Q?=0D?=\r\nBcc: x@example.net",
    "a\nBcc: x@example.net",
    "a\r\n\r\n<script>",
    "a\u2028Bcc: x@example.net\x85Bcc: y@example.net\x0bBcc: z@example.net\x1cBcc: w@example.net",
    "Тема\r\nBcc: x@example.net",
    "x" * 3000 + "\r\nBcc: x@example.net",
    "=?utf-7?Q?+AA0ACg-Bcc:?= x",
    "=?UTF-8?Q?=0D=0A_Bcc:_x@example.net?= =?UTF-8?Q?=0D=0A?=",
]


def mail(message: Message, to: Sequence[Mailbox] = (Mailbox("", "anna", "example.org"),)) -> bytes:
    return compose(message, sender=SENDER, to=to, sent_at=NOW)


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def subject(raw: bytes) -> str:
    """The subject as an older reader decodes it."""
    plain = email.message_from_bytes(raw)
    return " ".join(str(make_header(decode_header(plain["Subject"]))).split())


@pytest.mark.parametrize("hostile", INJECTIONS)
def test_no_text_becomes_a_header(hostile: str, message: Message) -> None:
    to = (Mailbox(one_line(hostile), "anna", "example.org"),)
    raw = mail(replace(message, subject=hostile, identity=hostile), to)
    assert read(raw).keys() == NAMES
    assert [part.strip() for part in re.findall(rb"(?m)^[A-Za-z-]+(?=:)", raw.split(b"\r\n\r\n")[0])] == [
        name.encode() for name in NAMES
    ]
    assert b"Bcc" not in [line[:3] for line in re.split(rb"[\r\n\x0b\x0c\x85]", raw)]
    assert subject(raw) == one_line(hostile[:400])
    assert len(read(raw)["To"].addresses) == 1


@given(st.text(), st.text(), st.text(min_size=1), st.lists(st.text(min_size=1), max_size=3))
def test_any_text_leaves_the_headers_alone(
    title: str, text: str, identity: str, references: list[str]
) -> None:
    message = Message(identity, title, text, f"<p>{text}</p>", references=tuple(references))
    raw = mail(message)
    assert raw == mail(message)  # a repeat is the same to the byte
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", raw)
    assert raw.isascii()
    names = read(raw).keys()
    assert [name for name in names if name not in {"In-Reply-To", "References"}] == NAMES
    assert subject(raw) == one_line(title[:400])


_OTHER_READERS = """
import email, email.policy, sys
for n, raw in enumerate(sys.stdin.buffer.read().split(b"\\x00")):
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    again = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    print(",".join(mail.keys()), len(mail["To"].addresses), mail["Bcc"], again.is_multipart())
"""


def _interpreters() -> list[Path]:
    roots = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions", Path("/usr/bin")]
    found = [p for root in roots for p in (*root.glob("3.1[1-9]*/bin/python"), *root.glob("python3.1[1-9]"))]
    return sorted({*found, Path(sys.executable)})


@pytest.mark.parametrize("python", _interpreters(), ids=str)
def test_every_python_at_hand_reads_the_same_headers(python: Path, message: Message) -> None:
    mails = [mail(replace(message, subject=hostile)) for hostile in INJECTIONS]
    done = subprocess.run(
        [python, "-c", _OTHER_READERS], input=b"\0".join(mails), capture_output=True, check=True, timeout=60
    )
    assert done.stdout.decode().splitlines() == [f"{','.join(NAMES)} 1 None True"] * len(INJECTIONS)


_OTHER_WRITERS = """
import hashlib, importlib, json, sys, types
from datetime import datetime

# The room's package imports the network; only the writing of mails is under test here.
package = types.ModuleType("monitor.channels")
package.__path__ = [sys.argv[1] + "/monitor/channels"]
sys.path += [sys.argv[1], sys.argv[2]]
sys.modules.update({
    "monitor.channels": package,
    "aiohttp": types.SimpleNamespace(ClientSession=None),
    "monitor.config": types.SimpleNamespace(Network=None),
})
mime = importlib.import_module("monitor.channels.mime")
Message = importlib.import_module("monitor.model").Message
sent_at = datetime.fromisoformat(sys.argv[3])
sender = mime.Mailbox("Monitor", "monitor", "example.org")
for hostile in json.load(sys.stdin):
    message = Message(hostile, hostile, hostile, hostile, references=(hostile,))
    to = [mime.Mailbox(hostile[:9], "a", "b.example")]
    raw = mime.compose(message, sender=sender, to=to, sent_at=sent_at)
    print(hashlib.sha256(raw).hexdigest())
"""


@pytest.mark.parametrize("python", _interpreters(), ids=str)
def test_every_python_at_hand_writes_the_same_bytes(python: Path) -> None:
    expected = []
    for hostile in INJECTIONS:
        message = Message(hostile, hostile, hostile, hostile, references=(hostile,))
        raw = mail(message, (Mailbox(hostile[:9], "a", "b.example"),))
        expected.append(hashlib.sha256(raw).hexdigest())
    root, packages = Path(__file__).parents[2], Path(idna.__file__).parents[1]
    done = subprocess.run(
        [python, "-c", _OTHER_WRITERS, root, packages, NOW.isoformat()],
        input=json.dumps(INJECTIONS).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().split() == expected


@given(st.text(), st.text(), st.sampled_from(["{}@{}", "x <{}@{}>", "{} <{}>", "{}{}"]))
def test_an_address_is_safe_on_the_wire_or_refused(one: str, two: str, form: str) -> None:
    try:
        box = mailbox(form.format(one, two))
    except ValueError:
        return
    assert not re.search(r'[\s<>",;:\x00-\x1f\x7f-\x9f]', box.address.removesuffix(box.domain))
    assert box.domain.isascii()
    assert not re.search(r"[\s<>]", box.domain)
    assert box.name == one_line(box.name)


def test_what_other_libraries_register_changes_nothing(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    russian = replace(message, subject="Кто следующий выйдет из ОДКБ", text="Кто следующий")
    before = mail(russian)
    monkeypatch.setitem(email.charset.CHARSETS, "utf-8", (email.charset.QP, email.charset.QP, "utf-8"))
    assert mail(russian) == before


def test_text_only(message: Message) -> None:
    got = read(mail(replace(message, html="", text="one\r\ntwo\rthree\nfour")))
    assert got.get_content_type() == "text/plain"
    assert got.get_content() == "one\r\ntwo\r\nthree\r\nfour"


def test_a_message_id_is_stable_and_safe() -> None:
    assert message_id("alert.7-KZ", "example.org") == "<alert.7-KZ@example.org>"
    odd = message_id("ідентичність\r\n>", "example.org")
    assert odd == message_id("ідентичність\r\n>", "example.org")
    assert re.fullmatch(r"<[0-9a-f]{40}@example\.org>", odd)
    assert odd != message_id("ідентичність\r\n", "example.org")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@example.org", Mailbox("", "a", "example.org")),
        ('"Desk, Europe" <a.b+c@example.org>', Mailbox("Desk, Europe", "a.b+c", "example.org")),
        ("Жанна <zh@пример.example>", Mailbox("Жанна", "zh", "xn--e1afmkfd.example")),
        ("root@localhost", Mailbox("", "root", "localhost")),
        ("root@[127.0.0.1]", Mailbox("", "root", "[127.0.0.1]")),
    ],
)
def test_addresses(text: str, expected: Mailbox) -> None:
    assert mailbox(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "a", "@example.org", "a@", "a b@example.org", "a@exa mple.org", "a@x\r\nRCPT TO:<b@c>",
     "a\r\n@x.org", "<a@x.org> SIZE=1 <", "a@b@c.org", "x <a@>", "a,b@example.org"],
)  # fmt: skip
def test_not_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        mailbox(text)
