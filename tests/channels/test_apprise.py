"""What the Apprise channel says where it cannot work."""

import sys

import pytest
from pydantic import SecretStr

from monitor import channels
from monitor.config import AppriseChannel
from monitor.errors import ConfigError
from tests.channels.servers import LoopbackTransport

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def mistake(url: str) -> str:
    table = AppriseChannel(type="apprise", url=SecretStr(url))
    with pytest.raises(ConfigError) as caught:
        channels.build({"phone": table}, transport=LoopbackTransport())
    return str(caught.value)


def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    told = mistake("json://hunter2@example.org")
    assert "extra `apprise`" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("url", ["nonsense://hunter2@example.org", "hunter2"])
def test_an_address_that_apprise_does_not_know(
    url: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("apprise")
    told = mistake(url)
    assert "does not know" in told
    out, err = capfd.readouterr()
    assert "hunter2" not in told + out + err
