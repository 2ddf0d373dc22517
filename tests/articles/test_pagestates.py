"""What came instead of an article, in many languages; and articles about such things, which are articles."""

import json
from pathlib import Path

import pytest

from monitor.articles.canonical import led_astray
from monitor.articles.extract import extract
from monitor.model import Document, Extracted

ROWS = [
    json.loads(line) for line in Path(__file__).with_name("pagestates.jsonl").read_text("utf-8").splitlines()
]
FEED = "<p>" + "The feed's own summary tells a little of the story in two sentences. " * 3 + "</p>"


def _read(row: dict[str, str]) -> Extracted:
    document = Document(
        "1", "https://steppe.example/a/1", row["html"], title=row["title"], feed_html=FEED,
        language=row["language"],
    )  # fmt: skip
    return extract(document)[0]


@pytest.mark.parametrize("row", [row for row in ROWS if row["state"]], ids=lambda row: row["title"])
def test_what_is_no_article_is_told_and_the_feeds_text_is_used(row: dict[str, str]) -> None:
    article = _read(row)
    assert article.partial_reason == row["state"]
    # A paywall's first lines may be longer than the feed's summary.
    assert article.method == "feed" or row["state"] == "paywall"


@pytest.mark.parametrize("row", [row for row in ROWS if not row["state"]], ids=lambda row: row["title"])
def test_articles_about_cookies_errors_and_paywalls_are_articles(row: dict[str, str]) -> None:
    article = _read(row)
    assert (article.partial, article.method) == (False, "native")


def test_of_a_page_of_errors_nothing_is_kept() -> None:
    html = (
        '<html><head><title>404</title><link rel="canonical" href="https://steppe.example/404">'
        '<meta name="author" content="Bo Ray"></head><body><h1>404</h1><p>Page not found</p></body></html>'
    )
    article, _ = extract(Document("1", "https://steppe.example/a/1", html, title="Grain", feed_html=FEED))
    assert (article.url, article.byline, article.title) == ("https://steppe.example/a/1", (), "Grain")


@pytest.mark.parametrize(
    ("asked", "got", "expected"),
    [
        ("https://steppe.example/a/1", "https://steppe.example/", True),
        ("https://steppe.example/a/1", "https://www.steppe.example/ru/", True),
        ("https://steppe.example/a/1", "https://steppe.example/error/404.html", True),
        ("http://steppe.example/a/1", "https://steppe.example/a/1/", False),
        ("https://t.example/x", "https://steppe.example/2026/03/grain-law", False),
        ("https://t.example/x", "https://steppe.example/2026/03/grain-law/index.html", False),
        ("https://steppe.example/a/1", "https://steppe.example/a/1/ru", False),
        ("https://steppe.example/", "https://steppe.example/", False),
    ],
)
def test_a_redirect_to_the_front_page_leads_to_no_article(asked: str, got: str, expected: bool) -> None:
    assert led_astray(asked, got) is expected


def test_the_cases_cover_what_they_should() -> None:
    hard = [row for row in ROWS if not row["state"]]
    assert len(hard) >= len(ROWS) / 4
    assert len({row["language"] for row in ROWS}) >= 10
