"""Fixtures of the network tests: a server, a TLS server, and an authority that vouches for it."""

import ssl
from collections.abc import AsyncIterator

import pytest
import trustme

from tests.net.servers import Server, serve


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serve() as running:
        yield running


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def tls_server(authority: trustme.CA) -> AsyncIterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1", "news.example").configure_cert(context)
    async with serve(context) as running:
        yield running


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client's context that trusts `authority` alone."""
    return ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
