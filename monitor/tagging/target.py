"""A target in a sentence -> the attitude towards it, with the words that speak for it; or no answer.

A linear model over what stands around the target: words of our own lists (data/frames/words.*.txt) before or
behind it, near or far, negated or not; acts of the frames that it does or undergoes; the target's own form;
its neighbours. In English, where most words of a new text are in no list, every common word also says a
little: `values.en.txt` has six numbers a word, taken from word vectors, which are summed up by place.
bench/attitudes.py learned all of this from labelled news sentences, and measures it. The weights are
readable rows: feature, what it adds for negative and for positive, against neutral.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from monitor.tagging.first_words import FirstWords
from monitor.tagging.frames import LANGUAGES, find_frames, frames
from monitor.tagging.patterns import Pattern
from monitor.tagging.text import Reading, read, script

Label = Literal[-1, 0, 1]

_LABELS: tuple[Label, ...] = (-1, 0, 1)
_NEAR_WORDS = 5
_NEGATION_WORDS = 3
_ROLE_WORDS = 7
_VERB_WORDS = 8
_STEM_CHARS = 6
_MAX_REASONS = 5
# Below these probabilities there is no answer; bench/attitudes.py prints score and coverage for each.
_ANSWER_FROM = {"en": 0.5, "ru": 0.45}
_VERB = {
    "en": re.compile("(ed|ing|es|s)$"),
    "ru": re.compile("(ет|ит|ют|ят|ут|ат|ал|ил|ел|ул|ла|ли|ло|ть|сь|ся)$"),
}
_CLAUSE_ENDS = re.compile("[,;:()—.!?]| [-–] ")
_CLAUSE_WORDS = {
    "en": frozenset(
        "but while although though because whereas unless until after before when who which".split()
    ),
    "ru": frozenset("но хотя потому поскольку если когда пока который которая которые".split()),
}
_WORDS_COUNT = frozenset({"ru"})  # languages in which each word by itself is a feature
VALUES_COUNT = frozenset({"en"})  # languages with values of words
VALUES = 6  # numbers a word
_SUM_SCALE = 28  # keeps sums about as large as the features that are there or not


@dataclass(frozen=True, slots=True)
class TargetAttitude:
    """The attitude towards a target: None where it abstains. `score` is the probability of the likeliest
    label; `why` names the words that count most for it."""

    label: Label | None
    score: float
    why: tuple[str, ...]


@cache
def _words(language: str) -> FirstWords[tuple[str, str]]:
    """Word -> the (stem, mood) of the list that it belongs to; mood is "-", "+" or "0"."""
    rows = _rows(f"words.{language}.txt")
    stems = {stem: row[0] for row in rows if row[:2] in ("- ", "+ ", "0 ") for stem in row[2:].split()}
    return FirstWords((Pattern(stem, language), (stem, mood)) for stem, mood in stems.items())


def _rows(name: str) -> list[str]:
    text = files("monitor.tagging").joinpath(f"data/frames/{name}").read_text("utf-8")
    return [row for row in text.splitlines() if not row.startswith("#")]


@cache
def _weights(language: str) -> Mapping[str, tuple[float, float, float]]:
    """Feature -> what it adds for each of the labels."""
    cells = (row.split("\t") for row in _rows(f"weights.{language}.tsv"))
    return {name: (float(negative), 0.0, float(positive)) for name, negative, positive in cells}


@cache
def _values(language: str) -> Mapping[str, tuple[int, ...]]:
    """Word -> how much it counts (1 to 9), and its values."""
    cells = (row.split(" ") for row in _rows(f"values.{language}.txt"))
    return {cell[0]: tuple(map(int, cell[1:])) for cell in cells}


def attitude_of_target(text: str, start: int, end: int, language: str | None = None) -> TargetAttitude:
    """Return the attitude that `text`, a sentence or two, has towards its target `text[start:end]`.

    `language` is "en" or "ru"; None: told by the script. In other languages, and where the target is empty
    or outside the text, it abstains.
    """
    if language is None:
        language = {"Latn": "en", "Cyrl": "ru"}.get(script(text) or "")
    if language not in LANGUAGES or not 0 <= start < end <= len(text):
        return TargetAttitude(None, 0.0, ())
    weights = _weights(language)
    body = read(text)
    found = {name: 1.0 for name in target_features(body, start, end, language) if name in weights}
    if language in VALUES_COUNT:
        found |= word_sums(body, start, end, _values(language))
    sums = [sum(weights[name][label] * size for name, size in found.items()) for label in range(len(_LABELS))]
    top = max(sums)
    shares = [math.exp(value - top) for value in sums]
    best = max(range(len(_LABELS)), key=lambda label: shares[label])
    score = shares[best] / sum(shares)
    adds = {
        name: size * (weights[name][best] - sum(weights[name]) / len(_LABELS))
        for name, size in found.items()
        if name != "any"
    }
    why = tuple(name for name in sorted(adds, key=lambda name: -adds[name]) if adds[name] > 0)[:_MAX_REASONS]
    label = _LABELS[best] if score >= _ANSWER_FROM[language] else None
    return TargetAttitude(label, round(score, 4), why)


def target_words(body: Reading, start: int, end: int) -> tuple[int, int]:
    """Return the number of the target's first word, and of the one behind its last."""
    first = bisect_right(body.ends, start)
    return first, max(first + 1, bisect_right(body.starts, end - 1))


def places(number: int, first: int, last: int) -> tuple[str, ...]:
    """Return the places that word `number` is in, seen from the target, which is words `first` to `last`."""
    if first <= number < last:
        return ()
    side, distance = ("<", first - number) if number < first else (">", number - last + 1)
    if distance <= 2:
        return "all", side, f"{side}near", f"{side}next"
    return ("all", side, f"{side}near") if distance <= _NEAR_WORDS else ("all", side)


def word_sums(body: Reading, start: int, end: int, values: Mapping[str, tuple[int, ...]]) -> dict[str, float]:
    """Return the values of the words around the target, summed up by place: "sum <near 3" and the like."""
    if not body.words:
        return {}
    first, last = target_words(body, start, end)
    sums: dict[str, list[float]] = {}
    for number, word in enumerate(body.words):
        row = values.get(word)
        if row is None:
            continue
        for place in places(number, first, last):
            total = sums.setdefault(place, [0.0] * (VALUES + 1))
            total[0] += row[0]
            for dimension in range(1, VALUES + 1):
                total[dimension] += row[0] * row[dimension]
    return {
        f"sum {place} {dimension}": total[dimension] / math.sqrt(total[0]) / _SUM_SCALE
        for place, total in sums.items()
        for dimension in range(1, VALUES + 1)
    }


def target_features(body: Reading, start: int, end: int, language: str) -> list[str]:
    """Return what stands around the target, as the names of the rows of the weights; none twice."""
    return list(dict.fromkeys(_features(body, start, end, language)))


def _features(body: Reading, start: int, end: int, language: str) -> Iterator[str]:
    yield "any"
    if not body.words:
        return
    first, last = target_words(body, start, end)
    known = frames(language)
    negation = known.words["negation"] if known else frozenset[str]()
    listed = _words(language)
    begin, stop = _clause(body, first, last, language)
    for number, word in enumerate(body.words):
        if language in _WORDS_COUNT and not first <= number < last:
            yield from _word(word, number, first, last)
        candidates = listed.owners(word)
        if not candidates:
            continue
        (stem, mood), _ = max(candidates, key=lambda candidate: len(candidate[0][0]))
        if first <= number < last:
            yield f"= {stem}"
            yield f"= ({mood})"
            continue
        side, distance = ("<", first - number) if number < first else (">", number - last + 1)
        near = distance <= _NEAR_WORDS
        turned = any(word in negation for word in body.words[max(0, number - _NEGATION_WORDS) : number])
        sign = "not " if turned and mood != "0" else ""
        if mood == "0":
            if near:
                yield f"{side}{distance if distance <= 2 else ''} {stem}"
            continue
        yield f"{sign}{stem}"
        yield f"{side} {sign}{stem}"
        yield f"{side}{'near' if near else 'far'} {sign}({mood})"
        if begin <= number < stop:
            yield f"clause {side} {sign}({mood})"
    if language == "ru":  # the case tells who acts and who is acted on
        yield f"target -{body.words[min(last, len(body.words)) - 1][-2:]}"
    yield from _form(body, start, end, first, last)
    yield from _neighbours(body.words, first, last, _VERB[language])
    if known:
        yield from _roles(body, first, last, language)


def _clause(body: Reading, first: int, last: int, language: str) -> tuple[int, int]:
    """The first word of the target's clause, and the one behind its last."""
    words, joints = body.words, _CLAUSE_WORDS[language]
    while first > 0 and not _CLAUSE_ENDS.search(body.separator(first)) and words[first - 1] not in joints:
        first -= 1
    while last < len(words) and not _CLAUSE_ENDS.search(body.separator(last)) and words[last] not in joints:
        last += 1
    return first, last


def _word(word: str, number: int, first: int, last: int) -> Iterator[str]:
    """A word by itself: anywhere, on its side, near the target, next to it."""
    side, distance = ("<", first - number) if number < first else (">", number - last + 1)
    yield f"w {word}"
    yield f"w{side} {word}"
    if distance < _NEAR_WORDS:
        yield f"w{side}near {word}"
    if distance <= 2:
        yield f"w{side}{distance} {word}"


def _form(body: Reading, start: int, end: int, first: int, last: int) -> Iterator[str]:
    """How the target is written, where it stands, and what the sentence looks like."""
    text, words = body.text, body.words
    target = text[start:end]
    case = "capitals" if target.isupper() else "capital" if target[:1].isupper() else "small"
    yield f"form {case}"
    yield f"form {min(3, last - first)} words"
    yield f"form -{words[min(last, len(words)) - 1][-3:]}"
    place = "first" if first == 0 else "early" if first < 4 else "late" if first > 0.7 * len(words) else "mid"
    yield f"place {place}"
    yield f"length {min(5, len(words) // 8)}"
    yield "quotes" if any(mark in text for mark in '«"“') else "no quotes"
    if "?" in text:
        yield "question"
    names = sum(text[offset].isupper() for offset in body.starts[1:])
    yield f"names {min(4, names // 2)}"
    for place, number, marks in (("before", first, '(,"'), ("behind", last, '),."')):
        separator = body.separator(number) if number <= len(words) else ""
        for quote in "«»“”":
            separator = separator.replace(quote, '"')
        yield f"{place} {next((mark for mark in marks if mark in separator), '')}"


def _neighbours(words: list[str], first: int, last: int, verb: re.Pattern[str]) -> Iterator[str]:
    """The words next to the target, and the nearest that look like verbs."""
    before, behind = words[:first][::-1], words[last:]
    for side, near in (("<", before), (">", behind)):
        stems = [word[:_STEM_CHARS] for word in near[:2]]
        yield f"next{side} {stems[0] if stems else ''}"
        if len(stems) == 2:
            yield f"next{side} {stems[0]} {stems[1]}"
        acts = (word for word in near[:_VERB_WORDS] if len(word) > 3 and verb.search(word))
        if act := next(acts, ""):
            yield f"verb{side} {act[:_STEM_CHARS]}"
            yield f"verb{side} -{act[-3:]}"


def _roles(body: Reading, first: int, last: int, language: str) -> Iterator[str]:
    """Whether the target does one of the acts of the frames or has it done to it, in its clause or beyond."""
    known = frames(language)
    if known is None:
        return
    begin, stop = _clause(body, first, last, language)
    for hit in find_frames(body, known, known.first_words.candidates(body), 0, len(body.words)):
        before = 0 <= hit.first - last <= _ROLE_WORDS
        after = 0 <= first - hit.last <= _ROLE_WORDS
        if before or after:
            role = "does" if before != hit.passive else "undergoes"
            if not begin <= hit.first < stop:
                role = f"far {role}"
            yield f"{role} ({hit.stance:+d})"
            yield f"{role} {hit.frame.key} ({hit.stance:+d})"
