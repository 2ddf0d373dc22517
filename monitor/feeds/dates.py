"""Dates as feeds write them: text -> aware UTC datetime, or None where it cannot be read.

Nothing here asks what time it is: an unreadable date is null, never "now". Zone names stand for their
offsets of today; a date without a zone, or with a name nobody knows, is read as UTC, as feedparser does.
"""

import re
from datetime import UTC, datetime, timedelta

_MAX_CHARS = 100

# Beginnings of month names, January first; the longest that fits wins, so inflected forms need no entry.
_MONTH_NAMES = (
    # English, Russian (and Kyrgyz, Tajik, Uzbek in Cyrillic), Ukrainian, Belarusian, Kazakh
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "- - - - май - - - - - нояб -",
    "січ лют бер кві тра чер лип сер вер жов лис гру",
    "сту лют сак кра тра чэр ліп жні вер кас ліс сне",
    "қаң ақп нау сәу мам мау шіл там қыр қаз қар жел",
    # Uzbek and Azerbaijani, Turkmen, Kazakh in Latin letters, Turkish
    "yan fev mart apr may iyun iyul avg sent okt noy dek",
    "ýan few mart apr maý iýun iýul awg sen okt noý dek",
    "qań aqp nau sáý mam maý shil tam qyr qaz qar jel",
    "oca şub mar nis may haz tem ağu eyl eki kas ara",
    # Portuguese, Spanish, French, German, Italian, Romanian, Polish
    "jan fev mar abr mai jun jul ago set out nov dez",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "janv fév mars avr mai juin juil aoû sept oct nov déc",
    "jän feb mär apr mai jun jul aug sep okt nov dez",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "ian feb mar apr mai iun iul aug sep oct noi dec",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    # Georgian, Armenian, Greek, Hungarian
    "იან თებ მარ აპრ მაი ივნ ივლ აგვ სექ ოქტ ნოე დეკ",
    "հունվ փետ մար ապր մայ հունի հուլ օգո սեպ հոկ նոյ դեկ",
    "ιαν φεβ μαρ απρ μαι ιουν ιουλ αυγ σεπ οκτ νοε δεκ",
    "- - μάρ - μάι ιούν ιούλ αύγ - - νοέ -",
    "- - μαρ - μαϊ - - - - - - -",
    "január február márc ápr máj jún júl aug szept okt nov dec",
)
_MONTHS = {
    name: number
    for line in _MONTH_NAMES
    for number, name in enumerate(line.split(), 1)
    if name != "-" and not (name == "maý" and number == 6)  # Turkmen May, also a Kazakh June
}
_LONGEST, _SHORTEST = max(map(len, _MONTHS)), 3

_HOURS = {
    # RFC 822, with its military letters as feedparser reads them
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "a": -1, "n": 1, "m": -12, "y": 12,
    "adt": -3, "ast": -4, "at": -4, "edt": -4, "est": -5, "et": -5, "cdt": -5, "cst": -6, "ct": -6,
    "mdt": -6, "mst": -7, "mt": -7, "pdt": -7, "pst": -8, "pt": -8, "akst": -9, "akdt": -8, "hst": -10,
    # Europe
    "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2, "mez": 1, "mesz": 2,
    "eet": 2, "eest": 3, "trt": 3, "fet": 3,
    # Russia and the countries around it
    "msk": 3, "мск": 3, "msd": 4, "samt": 4, "yekt": 5, "omst": 6, "novt": 7, "krat": 7, "irkt": 8,
    "yakt": 9, "vlat": 10, "sakt": 11, "magt": 11, "sret": 11, "pett": 12, "anat": 12,
    "almt": 5, "aqtt": 5, "aqt": 5, "orat": 5, "qyzt": 5, "kgt": 6, "tjt": 5, "uzt": 5, "tmt": 5,
    "azt": 4, "amt": 4, "get": 4,
    # Asia, Oceania, Latin America
    "pkt": 5, "ist": 5.5, "irst": 3.5, "aft": 4.5, "npt": 5.75, "gst": 4, "ict": 7, "wib": 7, "hkt": 8,
    "sgt": 8, "myt": 8, "pht": 8, "ulat": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "acst": 9.5,
    "awst": 8, "nzst": 12, "nzdt": 13, "brt": -3, "brst": -2, "art": -3, "clt": -4, "cot": -5, "pet": -5,
}  # fmt: skip

_ENGLISH = {name.capitalize(): f"{number:02}" for number, name in enumerate(_MONTH_NAMES[0].split(), 1)}
_ZERO_ZONES = {"GMT", "UTC", "Z"}

_ISO = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:T|\s+)(\d\d?)(?::(\d\d?)(?::(\d\d?)(?:[.,]\d*)?)?)?(?P<rest>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d):?(\d\d):?(\d\d)?(?P<rest>.*))?", re.IGNORECASE)
_YEAR_MONTH = re.compile(r"(\d{4})(?:-(\d\d?))?")
_EPOCH = re.compile(r"-?(\d{9,10}|\d{13}|\d{16})(?:\.\d*)?")
_NUMERIC = re.compile(r"(?<![\d:])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<![\d:])(\d{4})([./])(\d{1,2})\2(\d{1,2})(?!\d)")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?(?![\d.])\s*(am|pm|a\.m\.|p\.m\.|오전|오후)?"
)
_OFFSET = re.compile(r"(?:^|[^\d+-])([+-])\s?(\d{1,2})(?::?(\d\d))?(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")


def read_date(text: str) -> datetime | None:
    """Return the instant that `text` names, in UTC, or None. Never raises; never looks at the clock."""
    if not text or len(text) > _MAX_CHARS:
        return None
    try:
        if (moment := _rfc_822(text)) is not None:  # nearly every RSS feed
            return moment
        text = text.strip().strip("\u200e\u200f\u200b\"'")
        if match := _EPOCH.fullmatch(text):
            scale = {13: 1e3, 16: 1e6}.get(len(match[1]), 1.0)
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(text) // scale)
        if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
            return _iso(match)
        if match := _YEAR_MONTH.fullmatch(text):
            return _moment(int(match[1]), int(match[2] or 1), 1, 0, 0, 0, 0)
        return _words(text.lower())
    except (ValueError, OverflowError):  # 31 February, hour 61
        return None


def _rfc_822(text: str) -> datetime | None:
    """Read "Mon, 01 Jun 2026 10:00:00 +0300" and no other form, at a third of what a pattern takes."""
    words = text.split(" ")
    if len(words) != 6 or words[0][-1:] != ",":
        return None
    _, day, name, year, time, zone = words
    month = _ENGLISH.get(name)
    if month is None or len(time) != 8:
        return None
    offset = "Z" if zone in _ZERO_ZONES else zone
    try:
        moment = datetime.fromisoformat(f"{year}-{month}-{day:0>2}T{time}{offset}")
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # leap seconds, the ends of the calendar
        return None


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, offset: float) -> datetime:
    days, hour = (1, 0) if (hour, minute, second) == (24, 0, 0) else (0, hour)
    local = datetime(year, month, day, hour, minute, min(second, 59) if second == 60 else second, tzinfo=UTC)
    if not offset and not days:
        return local
    try:
        return local + timedelta(days=days, seconds=-offset)
    except OverflowError:  # in the first or last hours of the calendar: the nearest instant that exists
        return datetime.min.replace(tzinfo=UTC) if year == 1 else datetime.max.replace(tzinfo=UTC)


def _offset_seconds(sign: str, hours: str, minutes: str | None) -> int:
    seconds = int(hours) * 3600 + int(minutes or 0) * 60
    if seconds >= 86400:
        raise ValueError("no such offset")
    return -seconds if sign == "-" else seconds


def _zone_seconds(text: str) -> float:
    """Offset in what follows the time: `+0300`, `GMT+9`, `UTC-05:00`, `MSK`, `(MSK)`; 0 where unknown."""
    if match := _OFFSET.search(text):
        return _offset_seconds(match[1], match[2], match[3])
    for word in _WORD.findall(text):
        if word in _HOURS:
            return _HOURS[word] * 3600
    return 0.0


def _iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(group or 0) for group in match.groups()[:6])
    rest = (match["rest"] or "").strip().lower()
    return _moment(year, month, day, hour, minute, second, _zone_seconds(rest) if rest else 0)


def _words(text: str) -> datetime | None:
    """Day, month name, year and time in any order: RFC 822 and its many relatives."""
    hour = minute = second = 0
    rest = text
    date: tuple[int, int, int] | None = None
    if match := _NUMERIC.search(text):
        first, mark, other, year = int(match[1]), match[2], int(match[3]), int(match[4])
        if first <= 12 and other <= 12 and first != other and mark == "/":
            return None  # 03/04/2026 is March in one country and April in another
        date = (year, other, first) if other <= 12 else (year, first, other)
        text = text[: match.start()] + " " + text[match.end() :]
    elif match := _YEAR_FIRST.search(text):
        date = (int(match[1]), int(match[3]), int(match[4]))
        text = text[: match.start()] + " " + text[match.end() :]
    rest = text
    if match := _TIME.search(text):
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if match[4] and hour <= 12:
            hour = hour % 12 + (12 if match[4] in ("pm", "p.m.", "오후") else 0)
        elif match[4] is None and "오후" in text and hour < 12:
            hour += 12
        rest = text[match.end() :]
        text = text[: match.start()]
    if date is None:
        # In asctime's order the year stands behind the time.
        date = _named(text) or _named(f"{text} {_year(rest)}")
        if date is None:
            return None
    return _moment(*date, hour, minute, second, _zone_seconds(rest))


def _year(text: str) -> str:
    return next((number for number in _NUMBER.findall(text) if len(number) == 4), "")


def _named(text: str) -> tuple[int, int, int] | None:
    month = next((found for word in _WORD.findall(text) if (found := _month(word))), None)
    numbers = _NUMBER.findall(text)
    if month is None or len(numbers) < 2:
        return None
    first, second = numbers[0], numbers[1]
    if len(first) == 4:
        first, second = second, first
    if len(first) > 2 or len(second) not in (2, 4):
        return None
    year = int(second)
    if len(second) == 2:
        year += 1900 if year >= 90 else 2000  # as feedparser reads them
    return year, month, int(first)


def _month(word: str) -> int | None:
    for length in range(min(_LONGEST, len(word)), _SHORTEST - 1, -1):
        if number := _MONTHS.get(word[:length]):
            return number
    return None
