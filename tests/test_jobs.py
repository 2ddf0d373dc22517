"""What worker processes run."""

import subprocess
import sys

import pytest

from monitor import jobs
from monitor.errors import FeedError

URL = "https://site.example/news/"
PAGE = b"""<!doctype html><html><head><link rel=alternate type=application/rss+xml href=/rss.xml></head>
<body><a href="/opinion/feed/">RSS</a></body></html>"""


def test_a_page_in_place_of_a_feed_is_told_with_the_feeds_that_it_names() -> None:
    with pytest.raises(FeedError) as caught:
        jobs.read_feed(PAGE, URL, "text/html", 10)
    assert caught.value.kind == "html"
    assert str(caught.value) == (
        "The address answers with an HTML page, not with a feed. It names these: "
        "https://site.example/rss.xml, https://site.example/opinion/feed/"
    )
    with pytest.raises(FeedError, match=r"not with a feed\.$"):
        jobs.read_feed(b"<!doctype html><html></html>", URL, "text/html", 10)


def heavy_modules_after(code: str) -> str:
    heavy = (
        "trafilatura",
        "numpy",
        "py3langid",
        "alembic",
        "bs4",
        "requests",
        "monitor.tagging",
        "monitor.articles.extract",
    )
    code = f"import sys; {code}; print([name for name in {heavy!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_the_daemon_needs_nothing_of_what_its_workers_import() -> None:
    code = "import monitor.daemon; assert 'lxml' not in sys.modules"
    assert heavy_modules_after(code) == "[]\n"


def test_what_reads_feeds_holds_neither_models_nor_lexicon() -> None:
    assert heavy_modules_after("from monitor import jobs; jobs.initialise_reader()") == "[]\n"
