"""A real Postfix from the system's package, in a folder of its own: TLS, logins, and mailboxes to read."""

import email
import email.policy
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.channels.servers import PASSWORD, USER, Authority

DOMAIN = "example.org"
_NEEDED = ("postfix", "saslpasswd2")
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # where they are, and no plain user's PATH leads

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.{domain}
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = texthash:{folder}/boxes
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/chain.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_local_domain = {domain}
cyrus_sasl_config_path = {folder}/etc/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_delay_reject = yes
smtputf8_enable = yes
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
virtual unix - n n - - virtual
"""
_SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: {folder}/users.db
"""


@dataclass(frozen=True)
class Postfix:
    """A running server: its port, and the folder that holds mailboxes and log."""

    port: int
    folder: Path

    def mails(self, user: str, count: int, timeout_seconds: float = 15) -> list[EmailMessage]:
        """Return the delivered mails of a user, parsed, once there are `count` of them."""
        until = time.monotonic() + timeout_seconds
        while True:
            found = sorted((self.folder / "mail" / user / "new").glob("*"))
            if len(found) >= count:
                return [
                    email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found
                ]
            assert time.monotonic() < until, f"{len(found)} of {count} mails for {user}:\n{self.log()}"
            time.sleep(0.05)

    def log(self) -> str:
        """Return what the server says of itself."""
        path = self.folder / "log"
        return path.read_text() if path.exists() else "(no log)"


def _run(command: list[str], **options: object) -> None:
    environment = {"PATH": _PATH, "LC_ALL": "C"}
    subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment, **options)  # type: ignore[call-overload]


def require_postfix() -> None:
    """Skip the test where Postfix cannot run; in CI its absence is an error."""
    missing = [name for name in _NEEDED if shutil.which(name, path=_PATH) is None]
    if missing:
        reason = f"no {', '.join(missing)}: install postfix, sasl2-bin and libsasl2-modules"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    if os.getuid() != 0:
        pytest.skip("Postfix can only be started by root")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postfix(authority: Authority, users: tuple[str, ...]) -> Iterator[Postfix]:
    """Run Postfix for mailboxes `users`@example.org and the one login of these tests."""
    require_postfix()
    # not pytest's own folder: only root may enter that, and Postfix gives up being root
    folder = Path(tempfile.mkdtemp(prefix="monitor-postfix-"))
    server = Postfix(_free_port(), folder)
    try:
        folder.chmod(0o755)
        _write(server, authority, users)
        running = subprocess.Popen(
            ["postfix", "-c", str(folder / "etc"), "start-fg"],
            env={"PATH": _PATH, "LC_ALL": "C"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(server, running)
            yield server
        finally:
            _run(["postfix", "-c", str(folder / "etc"), "stop"])
            running.communicate(timeout=20)
    finally:
        shutil.rmtree(folder)


def _write(server: Postfix, authority: Authority, users: tuple[str, ...]) -> None:
    folder = server.folder
    account = pwd.getpwnam("postfix")
    for name in ("etc", "etc/sasl", "mail", "queue", "data"):
        (folder / name).mkdir(mode=0o755)
    for name in ("mail", "data"):
        shutil.chown(folder / name, "postfix")
    names = {
        "folder": folder, "domain": DOMAIN, "port": server.port,
        "uid": account.pw_uid, "gid": account.pw_gid,
    }  # fmt: skip
    (folder / "etc" / "main.cf").write_text(_MAIN.format(**names))
    (folder / "etc" / "master.cf").write_text(_MASTER.format(**names))
    (folder / "boxes").write_text("".join(f"{user}@{DOMAIN} {user}/\n" for user in users))
    (folder / "etc" / "sasl" / "smtpd.conf").write_text(_SASL.format(**names))
    database = folder / "users.db"
    _run(["saslpasswd2", "-p", "-c", "-u", DOMAIN, "-f", str(database), USER], input=PASSWORD.encode())
    shutil.chown(database, "postfix")
    authority.write("localhost", chain=folder / "chain.pem", key=folder / "key.pem")


def _wait(server: Postfix, running: "subprocess.Popen[bytes]", timeout_seconds: float = 20) -> None:
    until = time.monotonic() + timeout_seconds
    while True:
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as probe:
                if probe.recv(3) == b"220":
                    return
        except OSError:
            pass
        if running.poll() is not None or time.monotonic() > until:
            said = running.stdout.read().decode() if running.stdout and running.poll() is not None else ""
            pytest.fail(f"Postfix does not start: {said}\n{server.log()}")
        time.sleep(0.05)
