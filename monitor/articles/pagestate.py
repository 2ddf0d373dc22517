"""What came instead of the article: paywall, consent wall, JavaScript shell, soft 404, error page."""

from typing import Literal

from monitor.articles.wordlists import wording

PageState = Literal["paywall", "consent", "javascript", "soft-404", "error-page", "bot-wall", "short"]
# With more words than this the page holds its article, whatever notices stand around it.
FULL_TEXT_WORDS = 200
MIN_WORDS = 25


def _says(key: str, text: str) -> bool:
    frame = r"(?:^|\b){}" if key in {"soft-404", "error"} else "{}"
    return wording("pagestate", key, frame).search(text) is not None


def page_state(
    text: str,
    page_text: str,
    title: str,
    *,
    paywalled: bool = False,
    scripts: int = 0,
    expected_words: int = 0,
) -> PageState | None:
    """Return why `text` is not the whole article, None where it is.

    `text` was extracted, `page_text` is all text of the page, `title` its title, `paywalled` what its
    structured data say (`isAccessibleForFree`), `expected_words` how long the feed's own text is.
    """
    words = len(text.split())
    around = page_text[:6000]
    if words < FULL_TEXT_WORDS:
        heading = f"{title}\n{text[:200]}"
        if _says("soft-404", title) or (words < 80 and _says("soft-404", heading)):
            return "soft-404"
        if _says("error", title) or (words < 80 and _says("error", heading)):
            return "error-page"
        if _says("bot", title) or (words < 80 and _says("bot", f"{heading}\n{around[:1500]}")):
            return "bot-wall"
        if paywalled or _says("paywall", text) or _says("paywall", page_text):
            return "paywall"
        if words < 100 and _says("consent", f"{title}\n{text}"):
            return "consent"
        if words < MIN_WORDS and (
            _says("javascript", page_text) or (scripts >= 3 and len(page_text.split()) < 60)
        ):
            return "javascript"
        if words < MIN_WORDS and _says("consent", around):
            return "consent"
    elif paywalled and _says("paywall", text[-600:]):
        return "paywall"
    if words < MIN_WORDS and expected_words > 2 * words:
        return "short"
    return None
