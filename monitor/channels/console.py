"""Message -> SendOutcome by printing it: for trying rules out, and for services whose log is read."""

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TextIO

from monitor.channels.contract import DEADLINE_SECONDS, detail, one_line
from monitor.model import Message, SendFailed, SendOutcome, Sent
from monitor.text import storable

# Untrusted text on a terminal: escape sequences could rewrite what is on the screen.
_NOT_PRINTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class ConsoleChannel:
    """Prints to `stream`. Characters that its encoding lacks are printed as `?`."""

    def __init__(self, name: str, stream: TextIO, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self.name = name
        self._stream = stream
        self._deadline_seconds = deadline_seconds
        # A thread of its own: a pipe whose reader has stopped would hold the loop, or, in the shared pool,
        # what the database needs.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="console")

    async def send(
        self, message: Message, *, recipients: Sequence[str] | None = None, thread: str | None = None
    ) -> SendOutcome:
        """Print one message; a closed or full stream is a failure that is tried again."""
        body = _NOT_PRINTED.sub(" ", storable(message.text)).strip()
        text = f"== {one_line(message.subject)} [{one_line(message.identity)}]\n{body}\n\n"
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        text = text.encode(encoding, "replace").decode(encoding)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await asyncio.get_running_loop().run_in_executor(self._thread, self._print, text)
        except TimeoutError:
            return SendFailed(f"nobody reads what is printed, for {self._deadline_seconds:g} s", unknown=True)
        except (OSError, ValueError) as error:
            return SendFailed(detail(f"cannot print: {error}"))
        return Sent(receipt="printed")

    def _print(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
