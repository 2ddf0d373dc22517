"""What holds for all tests: no socket leaves the machine."""

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import (  # noqa: F401
    database,
    database_url,
    empty_urls,
    postgres_template,
    sqlite_template,
    sqlite_url,
)
from tests.postgres import postgres_server  # noqa: F401

# How fast an example runs says more of the machine than of the code; what must be fast has a bench.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


def _local(address: object) -> bool:
    if not isinstance(address, tuple):  # unix sockets
        return True
    try:
        return ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
    except ValueError:
        return address[0] in ("localhost", "")


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections and datagrams to anything but loopback, and name lookups beyond `localhost`."""

    def guarded(name: str) -> None:
        original = getattr(socket.socket, name)

        def checked(self: socket.socket, *args: Any) -> Any:
            address = args[0] if name.startswith("connect") else args[-1]
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _local(address):
                raise AssertionError(f"a test tried to reach {address!r}")
            return original(self, *args)

        monkeypatch.setattr(socket.socket, name, checked)

    for name in ("connect", "connect_ex", "sendto"):
        guarded(name)

    lookup = socket.getaddrinfo

    def offline_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is None or _local((name,)):
            return lookup(host, *args, **kwargs)
        try:
            ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, f"no name lookups in tests: {name}") from None
        return lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", offline_lookup)
