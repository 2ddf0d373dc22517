"""What came instead of the article: paywall, consent wall, JavaScript shell, soft 404, error page, bot wall.

A page is one of these where a heading of it is nothing but such a message, or where most of its text is, and
where it holds no article: no paragraph of other matter, nobody who said something on some day. So an article
about cookies or about an error 404 stays an article. A paywall is told by its own short line behind the text,
or by the page's structured data.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from monitor.articles.language import detect_language
from monitor.articles.page import Page
from monitor.articles.signs import BITS
from monitor.articles.style import reports
from monitor.articles.wordlists import wording

PageState = Literal[
    "paywall", "consent", "javascript", "soft-404", "error-page", "bot-wall", "geo-block", "short"
]
# With more words than this the page holds its article, whatever notices stand around it.
FULL_TEXT_WORDS = 200
MIN_WORDS = 25
MESSAGE_WORDS = 30  # of a line of a message; a longer one is a paragraph
ARTICLE_WORDS = 40  # in paragraphs of other matter: there is an article
NOTICE_WORDS = 20  # of a paywall's line
_PARAGRAPH_WORDS = 12
_TAIL_LINES = 3
_BLOCKS_BEHIND = 8

_MESSAGES: tuple[tuple[PageState, str], ...] = (
    ("soft-404", "soft-404"),
    ("error-page", "error"),
    ("geo-block", "geo-block"),
    ("bot-wall", "bot-wall"),
    ("consent", "consent"),
)
# States of pages that hold nothing of their article.
MESSAGES: frozenset[PageState] = frozenset({*(state for state, _ in _MESSAGES), "javascript"})
_CHALLENGES = (
    'script[src*="challenge-platform"],script[src*="captcha-delivery"],#challenge-form,#cf-wrapper,#px-captcha,'
    'form[action*="captcha"],.g-recaptcha,.h-captcha'
)
_ROOTS = "#root:empty,#app:empty,#__next:empty,#__nuxt:empty,#main:empty,app-root:empty"
_ELSEWHERE = BITS["footer"] | BITS["nav"] | BITS["header"]


def page_state(
    lines: Sequence[str], title: str, page: Page, *, paywalled: bool = False, expected_words: int = 0
) -> PageState | None:
    """Return why `lines` are not the whole article, None where they are.

    `lines` were extracted from `page`, `title` is its headline, `paywalled` what its structured data say
    (`isAccessibleForFree`), `expected_words` how long the feed's own text is.
    """
    words = sum(len(line.split()) for line in lines)
    if words >= FULL_TEXT_WORDS:
        return "paywall" if paywalled and _has_notice(lines[-_TAIL_LINES:]) else None
    shown = [block.text for block in page.blocks[:60]]
    headings = [title, page.title, *page.headings[:3]]
    for state, key in _MESSAGES:
        if _is_message(key, headings, lines or shown) and not _is_article(key, lines):
            return state
    if words < ARTICLE_WORDS and not _is_article("bot-wall", lines) and page.tree.css_first(_CHALLENGES):
        return "bot-wall"
    if paywalled or _has_notice(lines[-_TAIL_LINES:]) or _has_notice(_behind(page, lines)):
        return "paywall"
    if words < MIN_WORDS and not _is_article("javascript", lines):
        if _is_shell(page, lines, shown):
            return "javascript"
        if expected_words > 2 * words:
            return "short"
    return None


def _is_message(key: str, headings: Iterable[str], lines: Sequence[str]) -> bool:
    """Return whether a heading is nothing but a message, and a line says more of it, or most lines do."""
    said = [line for line in lines if len(line.split()) <= 2 * MESSAGE_WORDS and _says(key, line)]
    alone = any(wording("pagestate", f"{key}-heading", r"\W*{}\W*").fullmatch(h) for h in headings if h)
    if alone and (said or not lines or max(len(line.split()) for line in lines) < _PARAGRAPH_WORDS):
        return True
    words = sum(len(line.split()) for line in lines)
    return len(said) >= 1 and sum(len(line.split()) for line in said) * 2 >= words


def _says(key: str, line: str) -> bool:
    return wording("pagestate", f"{key}-line").search(line) is not None


def _is_article(key: str, lines: Sequence[str]) -> bool:
    """Return whether there are paragraphs that are no part of the message, or news is told."""
    others = [line for line in lines if len(line.split()) >= _PARAGRAPH_WORDS and not _says(key, line)]
    if sum(len(line.split()) for line in others) >= ARTICLE_WORDS:
        return True
    text = "\n".join(lines)
    return bool(text) and reports(text, detect_language(text))


def _is_shell(page: Page, lines: Sequence[str], shown: Sequence[str]) -> bool:
    """Return whether scripts would draw the page: it says so, or there is next to nothing else."""
    unseen = [node.text(deep=True)[:300] for node in page.tree.css("noscript")[:5]]
    if any(_says("javascript", line) for line in (*lines, *shown, *unseen) if len(line) <= 300):
        return True
    scripts = len(page.tree.css("script"))
    words = sum(len(line.split()) for line in shown)
    return (scripts >= 3 and words < 2 * MIN_WORDS) or (
        scripts >= 1 and page.tree.css_first(_ROOTS) is not None
    )


def _has_notice(lines: Iterable[str]) -> bool:
    return any(len(line.split()) <= NOTICE_WORDS and _says("paywall", line) for line in lines)


def _behind(page: Page, lines: Sequence[str]) -> list[str]:
    """Return the lines of the page that follow its text, those of header, menus and footer left out."""
    if not lines:
        return []
    last = next((i for i in range(len(page.blocks) - 1, -1, -1) if page.blocks[i].text == lines[-1]), None)
    if last is None:
        return []
    behind = page.blocks[last + 1 : last + 1 + _BLOCKS_BEHIND]
    return [block.text for block in behind if not page.signs(block) & _ELSEWHERE]
