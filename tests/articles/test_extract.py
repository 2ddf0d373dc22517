"""Pages -> articles: text, metadata, the feed as fallback, hostile input."""

import pytest

from monitor.articles.boilerplate import block_hash, furniture_of
from monitor.articles.dates import is_bare_date
from monitor.articles.extract import _clean, extract
from monitor.errors import PageError
from monitor.model import Document, Removed
from tests.corpus import corpus_dir

PARAGRAPHS = [
    f"The parliament in Astana debated clause number {n} of the grain law for three hours, and the minister,"
    f" who had come late, said that exports through the northern border would rise by {n} percent this year."
    for n in range(3, 11)
]
PAGE = f"""<!doctype html><html lang="en"><head><title>Grain law divides Astana | The Steppe Post</title>
<meta name="viewport" content="width=device-width"><meta property="og:site_name" content="The Steppe Post">
<link rel="canonical" href="https://steppe.example/2026/03/grain-law?utm_source=x">
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Grain law divides Astana",
"datePublished": "2026-03-04T09:30:00+05:00", "author": {{"@type": "Person",
"name": "Aigerim Sadykova"}}}}</script>
</head><body><nav><ul><li><a href="/">Home</a></li><li><a href="/w">World</a></li></ul></nav>
<article><h1>Grain law divides Astana</h1><p class="byline">By Aigerim Sadykova</p>
{"".join(f"<p>{p}</p>" for p in PARAGRAPHS)}
<div>Advertisement</div><p>This column does not necessarily reflect the opinion of the editors.</p></article>
<aside><h3>Most read</h3><ul>
<li><a href="/a">Warsaw and Minsk trade accusations over fences</a></li></ul></aside>
<footer>© 2026 The Steppe Post. All rights reserved.</footer></body></html>"""


def test_a_page_gives_its_article_and_nothing_else() -> None:
    article, blocks = extract(Document("a", "https://www.steppe.example/2026/03/grain-law?fbclid=1", PAGE))
    assert article.text.split("\n")[-len(PARAGRAPHS) :] == PARAGRAPHS
    assert "Warsaw" not in article.text
    assert "rights reserved" not in article.text
    assert article.title == "Grain law divides Astana"
    assert article.byline == ("Aigerim Sadykova",)
    assert article.outlet == "The Steppe Post"
    assert article.published is not None
    assert article.published.isoformat() == "2026-03-04T09:30:00+05:00"
    assert article.url == "https://steppe.example/2026/03/grain-law"
    assert article.language == "en"
    assert ("disclaimer", "This column does not necessarily reflect the opinion of the editors.") in {
        (block.reason, block.text) for block in article.removed
    }
    assert len(blocks) > len(PARAGRAPHS)


def test_known_furniture_is_removed_and_kept_apart() -> None:
    notice = "Every morning at seven the editors of this paper choose ten stories of the steppe for you."
    page = PAGE.replace(PARAGRAPHS[1], f"{PARAGRAPHS[1]}</p><p>{notice}")
    known = furniture_of({block_hash(line): 9 for line in (notice, PARAGRAPHS[0])})
    first, _ = extract(Document("a", "https://steppe.example/x", page))
    again, _ = extract(Document("a", "https://steppe.example/x", page), boilerplate=known)
    assert notice in first.text
    assert again.text == first.text.replace(f"{notice}\n", "")  # what the minister said stays
    assert ("boilerplate", notice) in {(block.reason, block.text) for block in again.removed}


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("Last updated at 3:21 PM on 15th December 2011", True),
        ("пятница, 06.01.2012, 06:35", True),
        ("17 января 2012 г. (13:17)", True),
        ("Опубликовано: сегодня в 16:18 Прочитано: 51 раз", True),
        ("segunda-feira, 22 de janeiro de 2018 às 0:13", True),
        ("In March 2022 the war began.", False),
        ("Updated: the minister resigned on 4 March", False),
        ("May", False),
    ],
)
def test_a_date_above_the_text_is_no_text(line: str, bare: bool) -> None:
    page = PAGE.replace(PARAGRAPHS[0], f"{line}</p><p>{PARAGRAPHS[0]}")
    article, _ = extract(Document("a", "https://steppe.example/x", page))
    assert is_bare_date(line) == bare
    assert not (bare and line in article.text)
    assert PARAGRAPHS[0] in article.text


@pytest.mark.parametrize(
    ("line", "cut"),
    [
        ("By Aigerim Sadykova", True),
        ("Aigerim Sadykova", True),
        ("Автор: Aigerim Sadykova, политолог", True),
        ("Associated Press", True),
        ("Bo Ray", False),  # whom the page does not name
        ("Aigerim Sadykova was in Astana when the law was passed.", False),
    ],
)
def test_the_byline_above_the_text_is_no_text(line: str, cut: bool) -> None:
    kept, removed = _clean([line, *PARAGRAPHS], "Grain law", frozenset(), {}, ["Aigerim Sadykova"])
    assert (kept, removed) == (
        ([*PARAGRAPHS], (Removed("byline", line),)) if cut else ([line, *PARAGRAPHS], ())
    )


def test_a_site_rule_goes_before_everything() -> None:
    rules = {"steppe.example": "aside li"}
    article, _ = extract(Document("a", "https://news.steppe.example/x", PAGE), site_rules=rules)
    assert article.text == "Warsaw and Minsk trade accusations over fences"
    assert article.method == "site-rule"


FEED_TEXT = "<p>" + " ".join(PARAGRAPHS[:3]) + "</p>"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "<title>404 Not Found</title><h1>Page not found</h1><p>The page you requested is gone.</p>",
            "soft-404",
        ),
        ("<title>Error</title><h1>Internal Server Error</h1>", "error-page"),
        (
            "<title>Just a moment...</title><p>Checking your browser before accessing the site.</p>",
            "bot-wall",
        ),
        (
            "<title>News</title><p>The first lines of it. Subscribe to continue reading this article.</p>",
            "paywall",
        ),
        ("<title>News</title><p>We value your privacy. Accept all cookies to go on.</p>", "consent"),
        ("<title>App</title><p>Please enable JavaScript to run this app.</p><script></script>", "javascript"),
    ],
)
def test_the_feed_stands_in_for_a_page_that_is_no_article(body: str, reason: str) -> None:
    article, _ = extract(
        Document("a", "https://x.example/a", f"<html>{body}</html>", title="T", feed_html=FEED_TEXT)
    )
    assert (article.partial, article.partial_reason, article.method) == (True, reason, "feed")
    assert article.text == " ".join(PARAGRAPHS[:3])


def test_a_whole_article_that_mentions_cookies_is_whole() -> None:
    page = PAGE.replace(
        "<footer>", "<footer>We use cookies. Subscribe to continue reading. Enable JavaScript. "
    )
    article, _ = extract(Document("a", "https://steppe.example/x", page, feed_html=FEED_TEXT))
    assert not article.partial


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000 + "deep",
        "<p>" + "a" * 3_000_000,
        "<title>" + "a | " * 100_000 + "</title><p>x",
        b"<meta charset=utf-16><p>" + "Привет мир. ".encode("cp1251") * 40,
        b"<p>nul \x00 byte</p>",
        "<p>lone \ud800 surrogate \u202e bidi</p>" * 30,
        '<script type="application/ld+json">' + "[" * 50_000 + "</script><p>x</p>",
        '<link rel="canonical" href="http://[bad"><base href="http://[worse"><p>text</p>',
        "<!--" * 10_000,
        bytes(range(256)) * 100,
    ],
)
def test_hostile_pages_give_a_result_or_a_named_error(html: bytes | str) -> None:
    try:
        article, _ = extract(Document("a", "http://[::bad", html))
    except PageError as error:
        assert error.kind in {"too-deep", "too-large", "empty", "not-html"}
        return
    article.text.encode("utf-8")
    assert "\x00" not in article.text


def test_nothing_to_read_is_a_named_error() -> None:
    for document in (Document("a"), Document("a", html="  "), Document("a", text="\n")):
        with pytest.raises(PageError) as caught:
            extract(document)
        assert caught.value.kind == "empty"


@pytest.mark.corpus
def test_the_model_column_ends_with_its_last_sentence() -> None:
    from monitor.articles.trailing import body_end

    text = (corpus_dir("column") / "column.txt").read_text(encoding="utf-8")
    article, _ = extract(Document("c", text=text, title="Vladimir Putin’s Guide to Allied Alienation"))
    assert article.text == text
    assert text[: body_end(text)].endswith("The list of self-inflicted injuries only grows longer.")
    assert article.kind.label == "opinion"
    assert article.origin == "Bloomberg Opinion"
