"""Mails as a browser shows them: they fit a phone, follow the colour scheme, and load nothing.

Needs Chromium, and skips without it.
"""

from pathlib import Path

import pytest

from monitor.messages.alerts import render_alerts
from monitor.messages.render import render
from tests.browser import CHROMIUM, browser
from tests.messages import sample
from tests.pictures import LINKS

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
LONG = "Непроизносимоедлинноеслово" * 8
ALERT = sample.alert(title=f"{LONG} и конец", update_of="first", news="new in the story: country:AM")
MAILS = {
    "alert": render(ALERT, LINKS).html,
    "without links": render(sample.alert(rule=LONG)).html,
    "batch": render_alerts([ALERT, sample.alert(rule="Other", story_id=2)] * 7, "b", LINKS).html,
    "digest": render(sample.digest(), LINKS).html,
}
GROUND = "getComputedStyle(document.querySelector('.card')).backgroundColor"


async def test_mails_in_a_browser(tmp_path: Path) -> None:
    async with browser() as tab:
        for name, html in MAILS.items():
            page = tmp_path / f"{name}.html"
            page.write_text(html, "utf-8")
            for width in (320, 375, 672):
                await tab.open(page.as_uri(), width=width)
                assert await tab.value("document.documentElement.scrollWidth") <= width, (name, width)
            assert await tab.value(GROUND) == "rgb(255, 255, 255)"
            await tab.open(page.as_uri(), dark=True)
            assert await tab.value(GROUND) == "rgb(30, 34, 38)"
        assert {address.partition(":")[0] for address in tab.loaded} == {"file"}
