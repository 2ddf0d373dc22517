"""What came instead of the article: paywall, consent wall, JavaScript shell, soft 404, error page."""

# ruff: noqa: E501

import re
from typing import Literal

PageState = Literal["paywall", "consent", "javascript", "soft-404", "error-page", "bot-wall", "short"]
# With more words than this the page holds its article, whatever notices stand around it.
FULL_TEXT_WORDS = 200
MIN_WORDS = 25

_SOFT_404 = re.compile(
    r"(?:^|\b)(?:404|page (?:not|could not be|cannot be) found|page (?:you (?:were looking for|requested)|is) .{0,40}(?:not|no longer|doesn[’']t)"
    r"|not found$|no longer available|страница не найдена|страницы не существует|сторінк[ау] не знайден|материал (?:удал[её]н|не найден)"
    r"|strona nie (?:została znaleziona|istnieje)|nie znaleziono strony|η σελίδα δεν βρέθηκε|seite nicht gefunden|page introuvable|página no encontrada)",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"(?:^|\b)(?:internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|error establishing a database|50[0234]\b.{0,30}(?:error|gateway|unavailable)"
    r"|database error|site (?:is )?(?:under|down for) maintenance|technical difficulties|технические работы|ошибка сервера|технічні роботи|fatal error|account suspended)",
    re.IGNORECASE,
)
_BOT = re.compile(
    r"(?:just a moment|attention required|checking your browser|are you (?:a )?(?:human|robot)|verify (?:that )?you are (?:a )?human|access (?:to this page has been )?denied|ddos-guard|ddos protection"
    r"|unusual traffic|pardon our interruption|enable cookies and reload|request unsuccessful|проверка браузера|доступ (?:ограничен|запрещ)|captcha|ray id)",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"(?:before you continue|we (?:and our partners )?(?:value|respect|care about) your privacy|your privacy choices|accept (?:all )?cookies|cookie (?:consent|policy|settings)|we use cookies"
    r"|manage (?:your )?(?:consent|preferences)|gdpr|consent to|мы используем (?:файлы )?cookie|używ(?:a|amy).{0,20}cookie|datenschutz|zustimm)",
    re.IGNORECASE,
)
_JAVASCRIPT = re.compile(
    r"(?:(?:enable|requires?|turn on|activate|without|need(?:s)?)\b.{0,30}javascript|javascript\b.{0,40}(?:disabled|required|enabled|not (?:supported|available))|включ(?:ите|ить|ён)\b.{0,30}javascript|увімкн\w+\b.{0,30}javascript|włącz.{0,20}javascript)",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"(?:subscribe (?:now )?to (?:continue|read|unlock|keep)|(?:to )?(?:continue|keep) reading.{0,60}(?:subscri|log ?in|sign ?in|register|account)|subscribers? only|for subscribers|already a (?:subscriber|member)"
    r"|(?:this (?:article|content|story) is )(?:for|only|exclusive|reserved|available).{0,40}(?:subscri|member|premium)|you have (?:reached|used|read).{0,50}(?:limit|articles)|start your (?:free )?trial"
    r"|unlock (?:this|the) (?:article|story)|log in to (?:read|continue)|(?:чтобы|для того чтобы) (?:читать|прочитать|продолжить).{0,60}(?:подпи|войди|оформ)|доступно (?:только )?(?:по подписке|подписчикам)|полный текст доступен"
    r"|(?:материал|текст|стаття) (?:доступ\w+)?.{0,20}(?:лише |только )?(?:для )?(?:подписчик|передплатник)|dostęp (?:tylko )?dla (?:subskrybent|prenumerat)|artykuł (?:dostępny )?(?:tylko )?dla|réservé aux abonnés|nur für abonnenten)",
    re.IGNORECASE,
)


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
        if _SOFT_404.search(title) or (words < 80 and _SOFT_404.search(heading)):
            return "soft-404"
        if _ERROR.search(title) or (words < 80 and _ERROR.search(heading)):
            return "error-page"
        if _BOT.search(title) or (words < 80 and _BOT.search(f"{heading}\n{around[:1500]}")):
            return "bot-wall"
        if paywalled or _PAYWALL.search(text) or _PAYWALL.search(page_text):
            return "paywall"
        if words < 100 and _CONSENT.search(f"{title}\n{text}"):
            return "consent"
        if words < MIN_WORDS and (
            _JAVASCRIPT.search(page_text) or (scripts >= 3 and len(page_text.split()) < 60)
        ):
            return "javascript"
        if words < MIN_WORDS and _CONSENT.search(around):
            return "consent"
    elif paywalled and _PAYWALL.search(text[-600:]):
        return "paywall"
    if words < MIN_WORDS and expected_words > 2 * words:
        return "short"
    return None
