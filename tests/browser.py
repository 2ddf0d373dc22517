"""A headless Chromium, driven over its DevTools protocol: pages as readers see them.

https://chromedevtools.github.io/devtools-protocol/
"""

import asyncio
import base64
import itertools
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_QUIET = (
    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars",
    "--remote-debugging-port=0", "--font-render-hinting=none",
)  # fmt: skip
_WAIT_SECONDS = 30


class Tab:
    """One page. `loaded` are the addresses that it asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.loaded: list[str] = []
        self._finished: set[str] = set()  # loader ids of documents that are whole

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            said = await self._next()
            if said.get("id") == number:
                assert "error" not in said, (method, said["error"])
                result: dict[str, Any] = said["result"]
                return result

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(_WAIT_SECONDS):
            said: dict[str, Any] = json.loads((await self._socket.receive()).data)
        if said.get("method") == "Network.requestWillBeSent":
            self.loaded.append(said["params"]["request"]["url"])
        if said.get("method") == "Page.lifecycleEvent" and said["params"]["name"] == "load":
            self._finished.add(said["params"]["loaderId"])
        return said

    async def open(self, url: str, *, width: int = 672, dark: bool = False, scale: float = 1.0) -> None:
        """Load a page on a screen of `width` CSS pixels, light or dark."""
        await self.call("Page.enable")
        await self.call("Page.setLifecycleEventsEnabled", enabled=True)
        await self.call("Network.enable")
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=200, deviceScaleFactor=scale, mobile=width < 500,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        # By its loader: a page that the last click has led to may still be loading, and end before this one.
        loader = (await self.call("Page.navigate", url=url))["loaderId"]
        while loader not in self._finished:
            await self._next()

    async def value(self, expression: str) -> Any:
        """Return what a JavaScript expression gives."""
        result = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def picture(self) -> bytes:
        """Return the whole page as PNG."""
        size = (await self.call("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = await self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


@asynccontextmanager
async def browser() -> AsyncIterator[Tab]:
    """Run Chromium with a profile of its own and yield a tab."""
    assert CHROMIUM is not None, "install chromium"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        process = await asyncio.create_subprocess_exec(
            CHROMIUM, *_QUIET, *root, f"--user-data-dir={profile}", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            port = await _port(process)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    [page] = [tab for tab in await answer.json() if tab["type"] == "page"]
                address = page["webSocketDebuggerUrl"]
                async with session.ws_connect(address, max_msg_size=64_000_000) as socket:
                    yield Tab(socket)
        finally:
            process.terminate()
            await process.communicate()


async def _port(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None
    async with asyncio.timeout(_WAIT_SECONDS):
        async for line in process.stderr:
            if found := re.search(rb"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line):
                return int(found[1])
    raise AssertionError("Chromium did not start")
