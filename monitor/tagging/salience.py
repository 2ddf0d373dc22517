"""Mentions -> how central each country is: the chance that the text is about it.

A logistic model over a few features. Its coefficients are learned by `bench/learn_salience.py` and kept in
`data/salience.toml`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from operator import mul
from tomllib import loads
from typing import NamedTuple

from monitor.tagging.countries import WEAK_TYPES, Mention
from monitor.tagging.text import Reading

_LEDE_SENTENCES = 2
_DATELINE_WORDS = 4
# The labelled news is short. In a long text a country that is spoken of far less often than the one most
# spoken of is there in passing, whatever the model says; both bounds are set by hand on columns.
_LONG_WORDS = 600
_LEAST_AGAINST_TOP = 0.28
# What it adds that the outlet is the country's own. The labelled news names no outlets, so this is set by
# hand and small: it moves a chance of 0.30 to 0.37, and no clear case.
OUTLET_LOG_ODDS = 0.3
_NAME_TYPES = frozenset({"name", "territory", "adjective", "demonym"})
_PLACE_TYPES = frozenset({"capital", "city", "region"})
_PLACE_OR_WEAK_TYPES = _PLACE_TYPES | WEAK_TYPES
_TYPE_POINTS = (
    dict.fromkeys(_NAME_TYPES, 1.0) | dict.fromkeys(_PLACE_TYPES, 0.7) | dict.fromkeys(WEAK_TYPES, 0.15)
)


class Features(NamedTuple):
    """What is known of one country's part in a text; flags are 0.0 or 1.0."""

    title: float
    only_in_title: float  # no other country is
    not_in_title: float  # but others are
    lede: float
    only_in_lede: float
    first_words: float  # how early it is first named
    dateline: float
    only_dateline: float
    share: float  # of all points
    against_top: float  # points, against those of the country with most
    log_mentions: float
    named: float  # by name, adjective or people
    name: float
    only_places: float
    only_weak: float
    weak: float
    leader: float
    opens_sentences: float
    sentences: float  # share of the sentences that speak of it
    rivals: float  # how many others are spoken of
    share_among_rivals: float  # in a list of many a small share is enough, a large one tells more
    density: float
    unrivalled_weak: float  # only money and firms, and no other country leads


@dataclass(frozen=True, slots=True)
class Weights:
    """The coefficients, and the chance from which a country is what the text is about."""

    bias: float
    coefficients: Features
    about_at: float

    def salience(self, features: Features, words: int, outlets_own: bool = False) -> float:
        """Return the chance, 0..1, for a country with `features` in a text of so many words.

        `outlets_own`: the text's publisher is at home there.
        """
        score = self.bias + sum(map(mul, features, self.coefficients))
        if outlets_own:
            score += OUTLET_LOG_ODDS
        chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
        portion = features.against_top / _LEAST_AGAINST_TOP
        if words > _LONG_WORDS and portion < 1:
            chance = min(chance, self.about_at * portion)
        return chance


def shipped_weights() -> Weights:
    """Read the coefficients that ship with the program."""
    table = loads((files(__package__) / "data/salience.toml").read_text("utf-8"))
    return Weights(table["bias"], Features(**table["coefficients"]), table["about_at"])


class _Part:
    """What is counted of one country."""

    __slots__ = ("first", "first_start", "opens", "points", "sentences", "strong", "title", "types", "weak")

    def __init__(self) -> None:
        self.points = 0.0
        self.strong = self.weak = self.opens = 0
        self.title = False
        self.first = self.first_start = -1  # word and offset of the first mention in the text
        self.types: set[str] = set()
        self.sentences: set[int] = set()


def features(by_country: Mapping[str, Sequence[Mention]], body: Reading) -> dict[str, Features]:
    """Return the features of each country, of its mentions in the order of title and text."""
    if not by_country:
        return {}
    parts = {country: _part(mentions, body) for country, mentions in by_country.items()}
    points = [part.points for part in parts.values()]
    total, top = sum(points) or 1.0, max(points) or 1.0
    rivals = sum([value >= 1.0 for value in points])
    in_title = sum([part.title for part in parts.values()])
    lede_end = body.sentences[:_LEDE_SENTENCES][-1][1] if body.sentences else 0
    in_lede = sum(0 <= part.first_start < lede_end for part in parts.values())
    words, sentences = max(1, len(body.words)), max(1, len(body.sentences))
    result = {}
    led = in_title + in_lede > 0
    for country, part in parts.items():
        lede = 0 <= part.first_start < lede_end
        first = part.first if part.first >= 0 else words
        dateline = first < _DATELINE_WORDS
        types = part.types
        others = math.log1p(rivals - (part.points >= 1.0))
        result[country] = Features(
            part.title,
            part.title and in_title == 1,
            in_title > 0 and not part.title,
            lede,
            lede and in_lede == 1,
            math.exp(-first / 40),
            dateline,
            dateline and part.strong == 1,
            part.points / total,
            part.points / top,
            math.log1p(part.strong),
            not _NAME_TYPES.isdisjoint(types),
            "name" in types,
            part.strong > 0 and types <= _PLACE_OR_WEAK_TYPES,
            part.strong == 0,
            math.log1p(part.weak),
            "leader" in types,
            math.log1p(part.opens),
            len(part.sentences) / sentences,
            others,
            others * part.points / total,
            math.log1p(100 * part.strong / words),
            part.strong == 0 and not led,
        )
    return result


def _part(mentions: Sequence[Mention], body: Reading) -> _Part:
    part = _Part()
    for mention in mentions:
        type_ = mention.entry.type
        is_title = mention.where == "title"
        part.types.add(type_)
        part.points += _TYPE_POINTS.get(type_, 0.8) * (2.0 if is_title else 1.0)
        if type_ in WEAK_TYPES:
            part.weak += 1
            continue
        part.strong += 1
        if is_title:
            part.title = True
            continue
        if part.first < 0:
            part.first, part.first_start = mention.word, mention.start
        part.sentences.add(mention.sentence)
        part.opens += _opens_sentence(mention, body)
    return part


def _opens_sentence(mention: Mention, body: Reading) -> bool:
    """Whether the mention is the first or second word of its sentence, as who acts often is."""
    return mention.word < 2 or body.starts[mention.word - 1] <= body.sentence_starts[mention.sentence]
