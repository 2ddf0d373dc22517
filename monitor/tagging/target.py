"""A target in a sentence -> the attitude towards it, with the words that speak for it; or no answer.

The words are ours (data/frames/words.*.txt); how much each says, before or behind the target, near or far,
was learned from labelled news sentences by bench/attitudes.py, which also measures it. The weights are
readable rows: feature, what it adds for negative, for neutral, for positive.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from monitor.tagging.attitudes import LANGUAGES, find_frames, frames
from monitor.tagging.patterns import FirstWords, Pattern
from monitor.tagging.text import Reading, read, script

Label = Literal[-1, 0, 1]

_LABELS: tuple[Label, ...] = (-1, 0, 1)
_NEAR_WORDS = 5
_NEGATION_WORDS = 3
_ROLE_WORDS = 7
_MAX_REASONS = 5
# Below these probabilities there is no answer; bench/attitudes.py prints score and coverage for each.
_ANSWER_FROM = {"en": 0.45, "ru": 0.45}


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
    rows = (
        files("monitor.tagging").joinpath(f"data/frames/words.{language}.txt").read_text("utf-8").splitlines()
    )
    stems = {stem: row[0] for row in rows if row[:2] in ("- ", "+ ", "0 ") for stem in row[2:].split()}
    return FirstWords((Pattern(stem, language), (stem, mood)) for stem, mood in stems.items())


@cache
def _weights(language: str) -> Mapping[str, tuple[float, float, float]]:
    rows = (
        files("monitor.tagging")
        .joinpath(f"data/frames/weights.{language}.tsv")
        .read_text("utf-8")
        .splitlines()
    )
    cells = (row.split("\t") for row in rows if not row.startswith("#"))
    return {cell[0]: (float(cell[1]), float(cell[2]), float(cell[3])) for cell in cells}


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
    found = [feature for feature in target_features(read(text), start, end, language) if feature in weights]
    sums = [sum(weights[feature][label] for feature in found) for label in range(len(_LABELS))]
    top = max(sums)
    shares = [math.exp(value - top) for value in sums]
    best = max(range(len(_LABELS)), key=lambda label: shares[label])
    score = shares[best] / sum(shares)
    reasons = sorted(found, key=lambda feature: -weights[feature][best])
    why = tuple(reason for reason in reasons if weights[reason][best] > 0 and reason != "any")[:_MAX_REASONS]
    label = _LABELS[best] if score >= _ANSWER_FROM[language] else None
    return TargetAttitude(label, round(score, 4), why)


def target_features(body: Reading, start: int, end: int, language: str) -> list[str]:
    """Return what stands around the target, as the names of the rows of the weights; none twice."""
    return list(dict.fromkeys(_features(body, start, end, language)))


def _features(body: Reading, start: int, end: int, language: str) -> Iterator[str]:
    yield "any"
    if not body.words:
        return
    first = bisect_right(body.ends, start)
    last = max(first + 1, bisect_right(body.starts, end - 1))
    known = frames(language)
    negation = known.words["negation"] if known else frozenset[str]()
    listed = _words(language)
    for number, word in enumerate(body.words):
        candidates = listed[word]
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
    if language == "ru":  # the case tells who acts and who is acted on
        yield f"target -{body.words[min(last, len(body.words)) - 1][-2:]}"
    if known:
        yield from _roles(body, first, last, language)


def _roles(body: Reading, first: int, last: int, language: str) -> Iterator[str]:
    """Whether the target does one of the acts of the frames, or has it done to it."""
    known = frames(language)
    if known is None:
        return
    for hit in find_frames(body, known, 0, len(body.words)):
        before = 0 <= hit.first - last <= _ROLE_WORDS
        after = 0 <= first - hit.last <= _ROLE_WORDS
        if before or after:
            role = "does" if before != hit.passive else "undergoes"
            yield f"{role} ({hit.stance:+d})"
            yield f"{role} {hit.frame.key} ({hit.stance:+d})"
