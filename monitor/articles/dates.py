"""Written dates -> aware datetimes.

Reads ISO 8601, RFC 5322, Unix stamps, and days written in English, Russian, Ukrainian, Polish, German,
French, Spanish, Italian, Portuguese, Dutch and Greek. Without a zone the time is taken as UTC.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

_ISO = re.compile(
    r"(?<!\d)((?:19|20)\d\d)-(\d\d?)-(\d\d?)(?:[T\s]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?(?!\d)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?!\d)")
_MONTH_WORDS: tuple[tuple[str, ...], ...] = (
    ("jan", "янв", "січ", "sty", "jän", "ene", "gen", "ιαν"),
    ("feb", "фев", "лют", "lut", "fév", "fev", "φεβ", "fevr"),
    ("mar", "мар", "бер", "mär", "mrz", "maa", "μαρ", "μάρ"),
    ("apr", "апр", "кві", "kwi", "avr", "abr", "απρ"),
    ("may", "мая", "май", "тра", "maj", "mai", "mei", "mag", "μαΐ", "μαι", "μάι"),
    ("jun", "июн", "чер", "cze", "juin", "giu", "ιουν", "ιούν"),
    ("jul", "июл", "лип", "lip", "juil", "lug", "ιουλ", "ιούλ"),
    ("aug", "авг", "сер", "sie", "aoû", "aou", "ago", "αυγ", "αύγ"),
    ("sep", "сен", "вер", "wrz", "set", "σεπ"),
    ("oct", "окт", "жов", "paź", "okt", "out", "ott", "οκτ"),
    ("nov", "ноя", "лис", "lis", "νοε", "νοέ"),
    ("dec", "дек", "гру", "gru", "dez", "dic", "déc", "δεκ"),
)
_MONTHS = {prefix: number for number, words in enumerate(_MONTH_WORDS, 1) for prefix in words}
_LONGEST_FIRST = sorted(_MONTHS, key=len, reverse=True)
_MONTH = "(" + "|".join(_LONGEST_FIRST) + r")[^\W\d_]*\.?"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d\d?)(?:st|nd|rd|th|º|\.)?(?:\s+(?:de|of))?[\s\xa0,/-]*{_MONTH}(?:\s+(?:de|of))?[\s\xa0,/-]*((?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"(?<![^\W_]){_MONTH}[\s\xa0]*(\d\d?)(?:st|nd|rd|th)?[\s\xa0,]+((?:19|20)\d\d)(?!\d)", re.IGNORECASE
)
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*[/.年]\s*(\d\d?)\s*[/.月]\s*(\d\d?)\s*日?(?!\d)")
_NUMERIC = re.compile(r"(?<![\d.])(\d\d?)\s?([./-])\s?(\d\d?)\s?\2\s?((?:19|20)\d\d|\d\d)(?![\d])")
_CLOCK = re.compile(
    r"(?<!\d)([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)?\s*([ap]\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|E[SD]T|C[SD]T|P[SD]T|BST|CEST|CET|MSK|МСК|EEST|EET|ET)?(?!\d)",
    re.IGNORECASE,
)
_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "ET": -5, "CST": -6, "CDT": -5, "PST": -8, "PDT": -7,
    "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "МСК": 3,
}  # fmt: skip
_EARLIEST_YEAR = 1995
# Weekdays by their beginnings, and what stands beside a date on a line of its own.
_WEEKDAY = (
    r"(?:mon|tue|wed|thu|fri|sat|sun|пон|втор|сред|четв|пят|субб|воскр|вівт|сере|четв|п[’']?ятн|неділ|пн|вт|ср|чт|пт|сб|вс|нд"
    r"|montag|dienst|mittw|donner|freit|samst|sonnt|lundi|mardi|mercr|jeudi|vendr|samed|dimanch|lunes|martes|mi[ée]rc|jueves"
    r"|viern|s[áa]bado|doming|segunda|terça|quarta|quinta|sexta|feira|ponied|wtor|środ|czwar|pi[ąa]t|sobot|niedz|δευτ|τρίτ"
    r"|τετάρ|πέμπ|παρασκ|σάββ|κυριακ)[^\W\d_]*"
)
_BESIDE_DATE = (
    r"(?:last|first|updated?|published|posted|modified|created|date|at|on|am|pm|gmt|utc|[bce]st|[ep][ds]t|msk|мск|o|г|год[а]?|р|року|в|у|о|час|uhr"
    r"|stand|de|of|the|st|nd|rd|th|às|às|h|опубликовано|обновлено|дата|сегодня|вчера|размещено|добавлено|опубліковано|оновлено|сьогодні"
    r"|dodano|opublikowano|aktualizacja|publi[ée]|publicado|veröffentlicht|le|el|a|r|прочитано|просмотров|просмотры|раз|переглядів|views?)"
)
_DATE_WORD = re.compile(rf"{_MONTH}|{_WEEKDAY}|{_BESIDE_DATE}", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")


def is_bare_date(line: str) -> bool:
    """Return whether a line says nothing but when: "Last updated at 3:21 PM on 15th December 2011"."""
    if len(line) > 80 or not any(map(str.isdigit, line)):
        return False
    words = _LETTERS.findall(line)
    return bool(words or parse_date(line)) and all(map(_DATE_WORD.fullmatch, words))


def parse_date(written: str, *, month_first: bool = False, zone: tzinfo = UTC) -> datetime | None:
    """Return the first date in `written`, in the zone as written, None where there is none from 1995 to 2099.

    `month_first` reads 3/4/2020 as of March (American sites); `zone` is of dates that name none.
    """
    written = written.strip()[:200]
    if not written:
        return None
    if written.isdigit() and len(written) in {10, 13}:
        return _checked(datetime.fromtimestamp(int(written[:10]), UTC))
    if match := _ISO.search(written):
        year, month, day, hour, minute, second, offset = match.groups()
        return _build(year, month, day, hour, minute, second, _zone_of(offset, zone))
    if written[:3].isalpha() and re.search(r"\d\d:\d\d:\d\d", written):
        try:
            parsed = parsedate_to_datetime(written)
        except (ValueError, TypeError, IndexError):
            parsed = None
        if parsed is not None:
            return _checked(parsed if parsed.tzinfo else parsed.replace(tzinfo=zone))
    for pattern, order in ((_DAY_MONTH, "dmy"), (_MONTH_DAY, "mdy"), (_YEAR_FIRST, "ymd")):
        if match := pattern.search(written):
            fields = dict(zip(order, match.groups(), strict=True))
            month = fields["m"]
            number = month if month.isdigit() else str(_MONTHS[_prefix(month)])
            rest = written[: match.start()] + " " + written[match.end() :]
            return _with_clock(fields["y"], number, fields["d"], rest, zone)
    if match := _NUMERIC.search(written):
        first, separator, second, year = match.groups()
        if len(year) == 2:
            year = f"20{year}"
        american = (month_first and separator == "/") or int(second) > 12
        day, month = (second, first) if american and int(first) <= 12 else (first, second)
        return _with_clock(year, month, day, written[match.end() :], zone)
    if match := _COMPACT.search(written):
        year, month, day, hour, minute, second = match.groups()
        return _build(year, month, day, hour, minute, second, zone)
    return None


def _prefix(word: str) -> str:
    lowered = word.lower()
    return next(prefix for prefix in _LONGEST_FIRST if lowered.startswith(prefix))


def _with_clock(year: str, month: str, day: str, rest: str, zone: tzinfo) -> datetime | None:
    clock = _CLOCK.search(rest)
    if clock is None:
        return _build(year, month, day, None, None, None, zone)
    hour, half = int(clock[1]), (clock[3] or "").lower()
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    return _build(year, month, day, str(hour), clock[2], None, _zone_of(clock[4], zone))


def _build(
    year: str, month: str, day: str, hour: str | None, minute: str | None, second: str | None, zone: tzinfo
) -> datetime | None:
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            min(int(second or 0), 59),
            tzinfo=zone,
        )
    except (ValueError, OverflowError):
        return None
    return _checked(moment)


def _zone_of(written: str | None, default: tzinfo) -> tzinfo:
    if not written:
        return default
    if written.upper() in _ZONES:
        hours = _ZONES[written.upper()]
        return timezone(timedelta(hours=hours)) if hours else UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if size >= timedelta(hours=24):
        return default
    return timezone(size if written[0] == "+" else -size) if size else UTC


def _checked(moment: datetime) -> datetime | None:
    return moment if _EARLIEST_YEAR <= moment.year < 2100 else None
