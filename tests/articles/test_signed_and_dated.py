"""Who signed a page and when: what its readers see beats what its head says for machines."""

from datetime import datetime

import pytest

from monitor.articles.extract import extract
from monitor.articles.metadata import Metadata, read_metadata
from monitor.articles.page import parse_page
from monitor.model import Document

URL = "https://gazette.example/bridge"


def _read(head: str, body: str, url: str = URL) -> Metadata:
    return read_metadata(
        parse_page(f"<html><head>{head}</head><body><h1>The bridge</h1>{body}</body></html>"), url
    )


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<meta name="author" content="Condé Nast">', '<p class="byline">By Ann Lee</p>', ("Ann Lee",)),
        ('<meta name="author" content="Ed Itor">', "<div>By Ann Lee</div>", ("Ann Lee",)),
        ('<meta name="author" content="Ann Lee">', "<div>By Ann Lee Valley Post</div>", ("Ann Lee",)),
        ('<meta name="author" content="Lee, Ann">', "", ("Ann Lee",)),
        ("", '<span class="byline">By by ANN LEE and BO RAY March 4, 2026, 4:19 PM</span>',
         ("Ann Lee", "Bo Ray")),
        ("", "<div>ByAnn Lee</div>", ("Ann Lee",)),
        ("", "<div>Partner Reports</div>", ()),
        ("", '<div class="author">The Valley Club</div><a href="/author/ann">Ann Lee</a>', ("Ann Lee",)),
        ("", '<a rel="author" href="/ann">annlee</a>', ("annlee",)),
        ("", '<span class="byline">Valley Staff</span>', ("Valley Staff",)),
        ("", '<div class="author">山田花子</div>', ("山田花子",)),
        ("", '<b class="author">Bob Roe says:</b><p class="byline-author">Ann Lee</p>', ("Ann Lee",)),
    ],
)  # fmt: skip
def test_who_signed(head: str, body: str, expected: tuple[str, ...]) -> None:
    assert _read(head, body).byline == expected


@pytest.mark.parametrize(
    ("head", "body", "url", "expected"),
    [
        # The site files under its own day what it stamps in UTC.
        ('<meta property="article:published_time" content="2025-12-31T23:11:59+00:00">', "",
         "https://gazette.example/2026/01/01/bridge/", "2026-01-01T00:11:59+01:00"),
        # The print edition is dated ahead; the page says the minute.
        ('<meta name="date" content="2026-03-05">', "<time>04.03.2026, 12:01</time>", URL,
         "2026-03-04T12:01:00+00:00"),
        ("", '<div>4 March 2026</div><span class="teaser__date">1 May 2025</span>', URL,
         "2026-03-04T00:00:00+00:00"),
        ("", "<time datetime='2026-03-09'></time><p>Published on 4 March 2026</p>", URL,
         "2026-03-04T00:00:00+00:00"),
        ("", f"<p>{'This entry, one of many, ' * 6}was posted on 4 March 2026 in Bridges.</p>", URL,
         "2026-03-04T00:00:00+00:00"),
    ],
)  # fmt: skip
def test_when_it_was_published(head: str, body: str, url: str, expected: str) -> None:
    found = _read(head, body, url).published
    assert found is not None
    assert found.isoformat() == expected


def test_the_feed_knows_better_than_a_guess() -> None:
    page = (
        "<html><body><h1>The bridge</h1><p>It opened.</p>"
        '<meta property="og:image" content="https://gazette.example/2026/03/04/a.jpg"></body></html>'
    )
    told, _ = extract(Document("1", URL, page, published=datetime.fromisoformat("2026-03-06T10:00:00+00:00")))
    assert told.published == datetime.fromisoformat("2026-03-06T10:00:00+00:00")
    guessed, _ = extract(Document("1", URL, page))
    assert guessed.published is not None
    assert guessed.published.date().isoformat() == "2026-03-04"
