"""The words of a text -> signs of its kind, each with a weight and a reason.

What the text itself shows where nobody says what it is: questions and answers; an institution that speaks
of itself in the present; who said what, and when; a first person that judges and demands. Quoted speech is
not the author's and is taken out where the author's own voice is listened for. Counts are scaled down to a
page of 300 words. The words are in data/style.toml, by language; a text in another has no style here.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from monitor.articles.wordlists import word_tables
from monitor.model import KindLabel

MAX_CHARACTERS = 5000  # style shows in some hundred words; the rest costs time
MAX_WORDS = 200_000  # remembered, of one language
MIN_WORDS = 20
HEAD_CHARACTERS = 500
_PAGE_WORDS = 300

_WORD = re.compile(r"\w++(?:['-]\w++)*+")
_APOSTROPHES = "’ʼʻ‘`"
_QUOTED = re.compile(r"«[^»]{0,2000}»|“[^”]{0,2000}”|„[^“”]{0,2000}[“”]|\"[^\"\n]{0,2000}\"")
_SPEECH_LINE = re.compile(r"^\s*[—–-]\s.*$", re.MULTILINE)
_QUESTION = re.compile(r"(?<![^.!?…\n])[^.!?…\n]{6,}+\?")
_QUESTION_LINE = re.compile(r"(?:[—–-]\s*|\d{1,2}[.)]\s*)?[^\n]{4,400}\?\W*")
_LABEL = re.compile(r"([^\W\d_][^:?!.\n]{0,40}|«[^»]{2,30}»):\s+\S")
_QUOTED_TITLE = re.compile(r"\W*[«“„\"]|.*:\s*[«“„\"]")
_DATELINE = re.compile(
    r"[A-ZА-ЯЁІЇЄҐ][A-ZА-ЯЁІЇЄҐ .'’/-]{2,40},\s[^\n]{0,40}?(?:[(/][^)/\n]{2,30}[)/]|[—–-]\s)"
    r"|[^\n]{0,60}\((?:Reuters|AP|AFP)\)"
)


@dataclass(frozen=True, slots=True)
class Sign:
    """What speaks for a kind, and how much."""

    label: KindLabel
    weight: float
    reason: str


def style(
    title: str, text: str, language: str | None, *, signed: bool = False, noted: bool = False
) -> Iterator[Sign]:
    """Yield the signs that title and text give. `signed`: a person signed; `noted`: a note says who wrote."""
    text = _plain_apostrophes(text[:MAX_CHARACTERS])
    words = len(text.split())
    if words < MIN_WORDS or language not in word_tables("style"):
        return
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    reading = _Reading(_plain_apostrophes(title), text, lines, _vocabulary(language))
    if sign := _interview(reading):
        yield sign
        return
    if sign := _statement(reading):
        yield sign
    if reading.vocabulary.begins("letter", text):
        yield Sign("opinion", 0.6, "an open letter")
    yield from _report_or_argument(reading, words, signed=signed, noted=noted)


def reports(text: str, language: str | None) -> bool:
    """Return whether the first lines tell who said something, and when: it is news, whatever it is about."""
    if language not in word_tables("style"):
        return False
    told = _vocabulary(language).count(_plain_apostrophes(text[:HEAD_CHARACTERS]))
    return told["reported"] > 0 and told["time"] > 0


def _plain_apostrophes(text: str) -> str:
    for apostrophe in _APOSTROPHES:
        text = text.replace(apostrophe, "'")
    return text


# -- words -------------------------------------------------------------------------------------------


class _Vocabulary:
    """The words of one language; what a word stands for is looked up once."""

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        self._table = table
        self._words: dict[str, set[str]] = {}
        self._stems: list[tuple[str, str]] = []
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._looked_up: set[str] = set()
        self._meanings: dict[str, set[str]] = {}  # of the words looked up that have any
        for key, entries in table.items():
            for entry in entries:
                first, *rest = entry.split()
                if rest:
                    self._phrases.setdefault(first, []).append((tuple(rest), key))
                elif first.endswith("*"):
                    self._stems.append((first[:-1], key))
                else:
                    self._words.setdefault(first, set()).add(key)
        self._seconds = {  # how the second words of the phrases begin, by their first words
            first: tuple(rest[0].rstrip("*") for rest, _ in phrases)
            for first, phrases in self._phrases.items()
        }

    def count(self, text: str) -> Counter[str]:
        """Return how often each key's words and phrases stand in `text`."""
        counts: Counter[str] = Counter()
        words = _WORD.findall(text.lower())
        different = Counter(words)
        if len(self._looked_up) > MAX_WORDS:
            self._looked_up.clear()
            self._meanings.clear()
        for word in different.keys() - self._looked_up:
            self._look_up(word)
        for word in different.keys() & self._meanings.keys():
            for key in self._meanings[word]:
                counts[key] += different[word]
        begun = {first: self._seconds[first] for first in self._phrases.keys() & different.keys()}
        for index in [at for at, word in enumerate(words[:-1]) if word in begun]:
            if not words[index + 1].startswith(begun[words[index]]):
                continue
            for rest, key in self._phrases[words[index]]:
                behind = words[index + 1 : index + 1 + len(rest)]
                if len(behind) == len(rest) and all(map(_fits, rest, behind)):
                    counts[key] += 1
        return counts

    def begins(self, key: str, text: str) -> bool:
        """Return whether `text` begins with an entry of `key`."""
        head = " ".join(_WORD.findall(text[:80].lower())) + " "
        return any(head.startswith(f"{entry} ") for entry in self._table.get(key, ()))

    def _look_up(self, word: str) -> None:
        self._looked_up.add(word)
        keys = {key for stem, key in self._stems if word.startswith(stem)} | self._words.get(word, set())
        if keys:
            self._meanings[word] = keys


def _fits(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


@lru_cache(maxsize=32)
def _vocabulary(language: str) -> _Vocabulary:
    return _Vocabulary(word_tables("style")[language])


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text with what is needed to read it."""

    title: str
    text: str
    lines: list[str]
    vocabulary: _Vocabulary

    @property
    def head(self) -> str:
        return self.text[:HEAD_CHARACTERS]


# -- questions and answers -----------------------------------------------------------------------------


def _interview(reading: _Reading) -> Sign | None:
    lines, count = reading.lines, reading.vocabulary.count
    if "?" not in reading.text:
        return None
    asks = ["?" in line and _QUESTION_LINE.fullmatch(line) is not None for line in lines]
    answered = sum(one and not two for one, two in pairwise(asks))
    asked = [line for line, is_question in zip(lines, asks, strict=True) if is_question]
    introduced = count(f"{reading.title}\n{reading.head}")["speaks"] > 0
    quoted = _QUOTED_TITLE.match(reading.title) is not None
    to_someone = sum(count(line)["asked"] > 0 for line in asked)
    # Explainers have questions for headings, but they put them to nobody.
    known = introduced or quoted or 3 * to_someone >= len(asked)
    if known and answered >= 3 and answered > 0.12 * len(lines) and to_someone + 2 * quoted >= 2:
        return Sign("interview", 1.2, f"{len(asked)} questions on lines of their own, with answers")
    labelled = [(match[1].casefold(), line) for line in lines if (match := _LABEL.match(line))]
    labels = Counter(label for label, _ in labelled)
    speakers = {label for label, times in labels.items() if times >= 2}
    turns = [line for label, line in labelled if label in speakers]
    asks_there = sum("?" in line for line in turns)
    if 2 <= len(speakers) <= 5 and len(turns) >= max(4, len(lines) // 3) and asks_there >= 2:
        return Sign("interview", 1.2, f"{len(turns)} lines of {len(speakers)} speakers")
    questions = [question[-300:] for question in _QUESTION.findall(_QUOTED.sub(" ", reading.text))]
    put = sum(count(question)["asked"] > 0 for question in questions)
    if (put >= 2 and (introduced or quoted)) or (len(questions) >= 3 and introduced and quoted):
        return Sign("interview", 1.1, f"{len(questions)} questions put to someone")
    if put and introduced and quoted:
        return Sign("interview", 1.0, "a question put to someone, under a quoted title")
    return None


# -- institutions --------------------------------------------------------------------------------------


def _statement(reading: _Reading) -> Sign | None:
    count = reading.vocabulary.count
    if reading.vocabulary.begins("solemn", reading.text):
        return Sign("statement", 1.1, f"opens as an address: {reading.text.strip()[:40]!r}")
    first = count(reading.lines[0][:300])
    if not first["institution"] and not count(reading.title)["institution"]:
        return None
    if count(_QUOTED.sub(" ", reading.head))["reported"]:
        return None
    formulas = count(reading.text)["performs"]
    if first["institution"] and first["performs"] and formulas >= 2:
        return Sign("statement", 1.1, f"an institution speaks of itself: {formulas} formulas")
    return Sign("statement", 0.8, f"{formulas} official formulas") if formulas >= 2 else None


# -- news, opinion, analysis ---------------------------------------------------------------------------


def _report_or_argument(reading: _Reading, words: int, *, signed: bool, noted: bool) -> Iterator[Sign]:
    own = reading.vocabulary.count(_SPEECH_LINE.sub(" ", _QUOTED.sub(" ", reading.text)))
    early = reading.vocabulary.count(reading.head)
    public = own["public"] + reading.vocabulary.count(reading.title)["public"]
    scale = min(1.0, _PAGE_WORDS / words)
    dateline = _DATELINE.match(reading.text) is not None
    dated = early["time"] > 0
    if own["first"] * scale < 1.5:
        yield from _news(own, early, words, public=public, dateline=dateline)
    if public * scale < 2:
        return
    reports = dated and (own["reported"] * scale >= 2 or early["reported"] > 0)
    yield from _opinion(own, scale, reports=reports, signed=signed, noted=noted)
    told = dateline or own["reported"] * scale > 1 or (dated and early["reported"])
    if not own["first"] and not told:
        yield from _analysis(own["analytic"] * scale, (own["judge"] + own["demand"]) * scale)


def _news(
    own: Counter[str], early: Counter[str], words: int, *, public: int, dateline: bool
) -> Iterator[Sign]:
    scale = min(1.0, _PAGE_WORDS / words)
    plain = not own["first"] and (own["judge"] + own["demand"]) * scale < 1.5
    if dateline:
        yield Sign("news", 0.9, "a dateline")
    if early["reported"] and early["time"]:
        yield Sign("news", 1.0 if plain else 0.8, "the first lines tell who said it and when")
    elif plain and early["reported"] + early["time"] and public >= 2 and own["analytic"] * scale < 1.5:
        yield Sign("news", 1.0, "a plain report")
    reported = own["reported"] * _PAGE_WORDS / max(words, 100)
    if own["reported"] >= 2 and reported >= 1.5:
        yield Sign("news", min(0.7, 0.2 * reported), f"reported speech, {reported:.0f} times a page")


def _opinion(own: Counter[str], scale: float, *, reports: bool, signed: bool, noted: bool) -> Iterator[Sign]:
    weight = 0.0
    told = []
    for key, one, many, what in (
        ("first", 0.5, 0.3, "first person"),
        ("judge", 0.3, 0.25, "judging words"),
        ("demand", 0.25, 0.2, "demands"),
    ):
        count = own[key] * scale
        if count >= 0.8:
            weight += one + many * (count >= 2.5)
            told.append(f"{what} {count:.0f}")
    if not told:
        return
    weight += 0.2 * signed + 0.2 * noted - 0.5 * reports - 0.2 * (own["first"] * scale < 0.8)
    if own["demand"] * scale < 0.8 and own["judge"] * scale < 1.5:
        weight -= 0.3  # who only tells of himself argues nothing
    if weight > 0:
        yield Sign("opinion", min(1.4, weight), f"the author's own voice: {', '.join(told)} times a page")


def _analysis(analytic: float, judged: float) -> Iterator[Sign]:
    if analytic >= 2 and judged <= analytic:
        weight = min(1.1, 0.2 + 0.15 * analytic)
        yield Sign("analysis", weight, f"weighing words, {analytic:.0f} times a page")
