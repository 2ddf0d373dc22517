"""Boxes between paragraphs go, with their reason; what is a paragraph stays, whatever stands around it."""

import pytest

from monitor.articles.boxes import box_lines
from monitor.articles.extract import extract
from monitor.articles.page import parse_page
from monitor.model import Document

BEFORE = (
    "The two governments said on Monday that they would reopen the bridge, which had been shut since the"
    " floods of last spring, and that lorries would pay no toll until the end of the year."
)
AFTER = (
    "Traders on both banks welcomed the news, though several of them, asked at the market, said that they"
    " would believe it when the first lorry had crossed, and not an hour earlier."
)


def _read(between: str) -> tuple[str, dict[str, str]]:
    page = f"""<html><head><title>The bridge reopens at last</title></head><body><article>
        <h1>The bridge reopens at last</h1><p>{BEFORE}</p><p>{AFTER}</p>{between}
        <p>{AFTER.replace("Traders", "Ferrymen")}</p><p>{BEFORE.replace("Monday", "Tuesday")}</p></article>
        </body></html>"""
    article, _ = extract(Document("1", "https://gazette.example/bridge", page))
    return article.text, {block.text: block.reason for block in article.removed}


@pytest.mark.parametrize(
    ("between", "line", "reason"),
    [
        (
            '<div class="inline-related"><strong>Read also:</strong> <a href="/x">Serbia leaves</a></div>',
            "Read also: Serbia leaves",
            "related",
        ),
        ('<p>Read also: <a href="/x">Serbia leaves</a></p>', None, "related"),
        ('<p><b>Читайте также:</b> <a href="/x">Сербия выходит из договора</a></p>', None, "related"),
        ('<p><a href="/x">Тағы оқыңыз: Сербия келісімнен шықты</a></p>', None, "related"),
        ('<p>Читайте також: <a href="/x">Сербія виходить з договору</a></p>', None, "related"),
        (
            '<div class="newsletter-box"><p>The best of the week, every Friday, in one letter.</p></div>',
            "The best of the week, every Friday, in one letter.",
            "newsletter",
        ),
        ("<p>Sign up for our newsletter and get the week in your inbox.</p>", None, "newsletter"),
        ('<ul class="share-bar"><li>Share</li><li>Tweet</li></ul>', "Tweet", "share"),
        ('<div class="promo-teaser"><a href="/x">Serbia leaves</a></div>', None, "related"),
    ],
)
def test_a_box_is_cut_and_named(between: str, line: str | None, reason: str) -> None:
    page = parse_page(f"<body>{between}</body>")
    lines = [block.text for block in page.blocks]
    found = box_lines(page)
    assert set(found.values()) == {reason}
    text, removed = _read(between)
    for one in lines:
        assert one not in text.split("\n")
    if line is not None and line in removed:
        assert removed[line] == reason
    assert BEFORE in text
    assert text.endswith(BEFORE.replace("Monday", "Tuesday"))


@pytest.mark.parametrize(
    "paragraph",
    [
        "<p>Read more than one of these reports and you will see that the figures never agree.</p>",
        "<p>Related industries, such as shipping, have lost a tenth of their workers since the spring.</p>",
        "<p>Читайте больше, говорил он студентам, и пишите меньше, пока вам не исполнится тридцать.</p>",
    ],
)
def test_a_paragraph_is_no_box(paragraph: str) -> None:
    assert box_lines(parse_page(f"<body>{paragraph}</body>")) == {}
    text, _ = _read(paragraph)
    assert parse_page(paragraph).blocks[0].text in text


def test_a_line_that_also_stands_in_the_text_is_kept() -> None:
    page = parse_page(
        '<body><p>Serbia leaves</p><div class="related"><a href="/x">Serbia leaves</a></div></body>'
    )
    assert box_lines(page) == {}


def test_the_links_under_a_pointer_go_with_it() -> None:
    page = parse_page(
        '<body><p>See also:</p><p><a href="/x">Serbia leaves</a></p><p><a href="/y">Why it left</a></p>'
        f'<p>{BEFORE}</p><p><a href="/z">A line of its own</a></p></body>'
    )
    assert sorted(box_lines(page)) == ["seealso", "serbialeaves", "whyitleft"]
