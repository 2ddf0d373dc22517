"""Text -> the agency that it credits as its origin: "4 outlets, 1 origin" can then be said.

A credit is the author line, the dateline, the end, a note below the text, or who is said to report it in the
first paragraphs. A mention inside the story ("told Reuters") is none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from monitor.articles.wordlists import word_table

_HEAD_LINES, _HEAD_CHARACTERS, _TAIL_LINES, _TAIL_CHARACTERS = 2, 700, 2, 160
_DATELINE_CHARACTERS = 220
_NOTE_WORDS = 12
_MAX_MENTIONS = 4
_MARK = "\ue000"  # stands for an agency's name in a line
_LOOSE_ENDING = 6  # letters from which on a spelling is inflected

_DATELINES = (
    # (Reuters) - ...; BISHKEK, June 3 (AFP) -- ...; МОСКВА, 3 июня. /ТАСС/ ...; МОСКВА, 3 июн - РИА Новости
    r"^.{0,70}?[(（/\[【]\s*(?:корр?\.\s)?{}\s*[)）/\]】]",
    r"^[^.!?]{0,60}[—–-]\s*{}\s*[.,—–:-]",
    r"^[^.!?]{0,50},?\s+{}\s*[.—–-]\s",
    r"^(?-i:[A-ZА-ЯІЇЄҐҚӘӨ])[^.!?]{1,25}\.\s+(?:\d{1,2}\s[^\W\d]+\.\s+)?{}(?:\.RU|\.KZ|\.BY)?\s*[.—–-]\s",
    r"^\W*{}, \d{1,2} [^\W\d]+\.",
    r"^\W*{}\s?(?:[\u4e00-\u9fff]{2,6}\d{1,2}月\d{1,2}日)?[电讯訊電]",
)
# What stands for SOURCE, SAYS, CITING and WHICH is in data/credits.toml.
_ENDS = (
    # at the end: (Reuters), Source: Reuters, © AFP
    r"SOURCE\s*(?:19|20)?\d{0,2}\s*[:：—–-]?\s*(?:by\s)?{}(?!\w)[^.]{0,40}$",
    r"[(（/\[]\s*{}\s*[)）/\]]\.?\s*$",
    r"[—–-]\s*{}\s*\.?\s*$",
)
_REPORTED = (
    # "сообщает агентство Интерфакс", "со ссылкой на Reuters", "Reuters reports", "Kazinform хабарлайды"
    r"\b(?:SAYS|CITING)(?:\s+WHICH){0,3}\s*[«\"“„]?{}",
    r"{}[»\"”]?(?:\s+(?:агентлиги|агентства|agentliyi|ajansı|agency)\w{0,3})?\s*SAYS\b",
)
_FRAMES: Mapping[str, tuple[str, ...]] = {
    "named": ("{}",), "dateline": _DATELINES, "end": _ENDS, "reported": _REPORTED,
}  # fmt: skip
_FOLLOW = re.compile(
    r"originally (?:appeared|published)|first (?:appeared|published)|more (?:from|stories)|available at"
    r"|is an? (?:\w+ ){0,2}(?:opinion )?columnist|впервые опубликован",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_IDEOGRAPH_OR_HANGUL = re.compile("[\u3400-\ud7a3]")


def origin_of(text: str, author_lines: tuple[str, ...] = (), removed: tuple[str, ...] = ()) -> str | None:
    """Return the agency or syndicate that the text, its author line or what was cut below it credits.

    The surest place decides: author line, dateline, end, notes such as "More from Bloomberg Opinion", and
    whom the first two paragraphs say they have it from. Within one, who is named first.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    head = [line[:_HEAD_CHARACTERS] for line in lines[:_HEAD_LINES]]
    datelines = [line[:_DATELINE_CHARACTERS] for line in head]
    tail = [line[-_TAIL_CHARACTERS:] for line in lines[-_TAIL_LINES:]]
    notes = [note[:300] for note in removed if len(note.split()) <= _NOTE_WORDS or _FOLLOW.search(note)]
    return (
        _first([line[:120] for line in author_lines], "named")
        or _first(datelines, "dateline")
        or _first(tail, "end")
        or _first(notes, "named")
        or _first(head, "reported")
    )


def _first(lines: Iterable[str], key: str) -> str | None:
    """Return the agency that is named first, in a frame of `key`, in the first line where one is."""
    for line in lines:
        mentions = sorted(
            (match.start(), -match.end(), name)
            for name in _named(line)
            for match in _spelled(name).finditer(line)
        )
        for start, end, name in mentions[:_MAX_MENTIONS]:
            marked = f"{line[:start]}{_MARK}{line[-end:]}"
            if any(frame.search(marked) for frame in _frames(key)):
                return name
    return None


def _named(line: str) -> Iterator[str]:
    """Yield the agencies of which a spelling may stand in `line`: its letters do, at the start of a word."""
    beginnings, folded = _beginnings(), line.casefold()
    words = {word[:3] for word in _WORD.findall(folded)} & beginnings.keys()
    spelled = (one for word in words for one in beginnings[word])
    yield from dict.fromkeys(name for name, spelling in spelled if spelling in folded)
    yield from _unspaced(line)


def _unspaced(line: str) -> Iterator[str]:
    """Chinese and Korean names stand among other characters without a space."""
    if _IDEOGRAPH_OR_HANGUL.search(line):
        for name, spellings in word_table("agencies").items():
            if any(spelling in line for spelling in spellings if spelling[0] >= "\u3400"):
                yield name


@lru_cache(maxsize=1)
def _beginnings() -> dict[str, list[tuple[str, str]]]:
    """Return the agencies with each spelling, case folded, by the first three letters of its first word."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, spellings in word_table("agencies").items():
        for spelling in map(str.casefold, spellings):
            found.setdefault(_WORD.findall(spelling)[0][:3], []).append((name, spelling))
    return found


@lru_cache(maxsize=8)
def _frames(key: str) -> tuple[re.Pattern[str], ...]:
    """Return the frames of `key`; in each a mark stands for the agency."""
    compiled = []
    for frame in _FRAMES[key]:
        for what, words in word_table("credits").items():
            frame = frame.replace(what.upper(), f"(?:{'|'.join(words)})")
        compiled.append(re.compile(frame.replace("{}", _MARK), re.IGNORECASE))
    return tuple(compiled)


@lru_cache(maxsize=256)
def _spelled(name: str) -> re.Pattern[str]:
    spellings = sorted(word_table("agencies")[name], key=len, reverse=True)
    return re.compile("|".join(map(_spelling, spellings)), re.IGNORECASE)


def _spelling(written: str) -> str:
    escaped = re.escape(written)
    if written[0] >= "\u3400":
        return escaped
    ending = r"\w{0,3}" if len(written) >= _LOOSE_ENDING and written[-1].isalpha() else ""
    bounded = rf"(?<!\w){escaped}{ending}(?!\w)"
    return bounded if not (written.isupper() or written[0].islower()) else f"(?-i:{bounded})"
