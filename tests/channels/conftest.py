"""Fixtures of the channel tests."""

from collections.abc import AsyncIterator

import pytest

from monitor.model import Message
from tests.channels.servers import Authority, LoopbackTransport


@pytest.fixture
async def transport() -> AsyncIterator[LoopbackTransport]:
    made = LoopbackTransport()
    yield made
    await made.close()


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def message() -> Message:
    return Message(
        identity="a1b2c3d4",
        subject="Kazakhstan: who is drifting away?",
        text="Astana steps back.\nhttps://example.org/1",
        html="<p>Astana <mark>steps back</mark>.</p>",
        data={"type": "alert", "countries": ["KZ"]},
    )
