"""Message -> SendOutcome through Apprise, for its hundred and more services.

Apprise opens its own connections, past the guard of `monitor.net`: only to the address that the owner
configured, never to one that an article names. It answers yes or no, without a reason.
"""

import asyncio
import importlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from monitor.channels.contract import DEADLINE_SECONDS, one_line
from monitor.config import AppriseChannel as AppriseConfig
from monitor.model import Message, SendFailed, SendOutcome, Sent
from monitor.text import storable


class AppriseChannel:
    """One Apprise URL. Raises ValueError where Apprise is not installed or does not know the URL."""

    def __init__(
        self, name: str, config: AppriseConfig, *, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self.name = name
        self._deadline_seconds = deadline_seconds
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="apprise")
        try:
            apprise: Any = importlib.import_module("apprise")
        except ImportError as error:
            raise ValueError(
                "Apprise is not installed: install this program with the extra `apprise`"
            ) from error
        self._apprise: Any = apprise.Apprise()
        if not self._apprise.add(config.url.get_secret_value()):
            raise ValueError("Apprise does not know this URL (not shown: it is a secret)")

    async def send(
        self, message: Message, *, recipients: Sequence[str] | None = None, thread: str | None = None
    ) -> SendOutcome:
        """Notify once. A failure has no reason to show; Apprise's own log names it."""
        body = f"{storable(message.text)}\n\nalert {one_line(message.identity)}"
        title = one_line(message.subject)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                taken = await asyncio.get_running_loop().run_in_executor(
                    self._threads, partial(self._apprise.notify, body=body, title=title)
                )
        except TimeoutError:
            return SendFailed(f"no answer within {self._deadline_seconds:g} s", unknown=True)
        except (OSError, TypeError, ValueError) as error:
            return SendFailed(f"Apprise failed: {type(error).__name__}")
        return Sent(receipt="taken") if taken else SendFailed("the service did not take it (through Apprise)")
