"""Mentions -> how central each country is: the chance that the text is about it.

A logistic model over a few features. Its coefficients are learned by `bench/learn_salience.py` and kept in
`data/salience.toml`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from tomllib import loads

from monitor.tagging.countries import WEAK_TYPES, Mention
from monitor.tagging.text import Reading

_LEDE_SENTENCES = 2
_DATELINE_WORDS = 4
# The labelled news is short. In a long text a country that is spoken of far less often than the one most
# spoken of is there in passing, whatever the model says; both bounds are set by hand on columns.
_LONG_WORDS = 400
_LEAST_AGAINST_TOP = 0.28
_NAME_TYPES = frozenset({"name", "territory", "adjective", "demonym"})
_PLACE_TYPES = frozenset({"capital", "city", "region"})
_PLACE_OR_WEAK_TYPES = _PLACE_TYPES | WEAK_TYPES
_TYPE_POINTS = (
    dict.fromkeys(_NAME_TYPES, 1.0) | dict.fromkeys(_PLACE_TYPES, 0.7) | dict.fromkeys(WEAK_TYPES, 0.15)
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The coefficients by feature, and the chance from which a country is what the text is about."""

    bias: float
    coefficients: Mapping[str, float]
    about_at: float

    def salience(self, features: Mapping[str, float], words: int) -> float:
        """Return the chance, 0..1, for a country with `features` in a text of so many words."""
        score = self.bias + sum(features[name] * value for name, value in self.coefficients.items())
        chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
        portion = features["against_top"] / _LEAST_AGAINST_TOP
        if words > _LONG_WORDS and portion < 1:
            chance = min(chance, self.about_at * portion)
        return chance


def shipped_weights() -> Weights:
    """Read the coefficients that ship with the program."""
    table = loads((files(__package__) / "data/salience.toml").read_text("utf-8"))
    return Weights(table["bias"], table["coefficients"], table["about_at"])


def features(mentions: Sequence[Mention], body: Reading) -> dict[str, dict[str, float]]:
    """Return the features of each country that `mentions`, in the order of title and text, speak of."""
    by_country: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_country.setdefault(mention.country, []).append(mention)
    points = {country: sum(map(_points, found)) for country, found in by_country.items()}
    total = sum(points.values()) or 1.0
    top = max(points.values(), default=1.0) or 1.0
    rivals = sum(value >= 1.0 for value in points.values())
    strong = {
        country: [m for m in found if m.entry.type not in WEAK_TYPES] for country, found in by_country.items()
    }
    in_title = {country for country, found in strong.items() if found and found[0].where == "title"}
    lede_end = body.sentences[:_LEDE_SENTENCES][-1][1] if body.sentences else 0
    in_text = {country: [m for m in found if m.where == "text"] for country, found in strong.items()}
    in_lede = {country for country, found in in_text.items() if found and found[0].start < lede_end}
    words, sentences = max(1, len(body.words)), max(1, len(body.sentences))
    result = {}
    for country, found in by_country.items():
        placed = in_text[country]
        first = placed[0].word if placed else words
        strong_count = len(strong[country])
        kinds = {mention.entry.type for mention in found}
        result[country] = {
            "title": float(country in in_title),
            "only_in_title": float(country in in_title and len(in_title) == 1),
            "not_in_title": float(bool(in_title) and country not in in_title),
            "lede": float(country in in_lede),
            "only_in_lede": float(country in in_lede and len(in_lede) == 1),
            "first_words": math.exp(-first / 40),
            "dateline": float(first < _DATELINE_WORDS),
            "only_dateline": float(first < _DATELINE_WORDS and strong_count == 1),
            "share": points[country] / total,
            "against_top": points[country] / top,
            "log_mentions": math.log1p(strong_count),
            "named": float(not kinds.isdisjoint(_NAME_TYPES)),
            "name": float("name" in kinds),
            "only_places": float(strong_count > 0 and kinds <= _PLACE_OR_WEAK_TYPES),
            "only_weak": float(strong_count == 0),
            "weak": math.log1p(len(found) - strong_count),
            "leader": float("leader" in kinds),
            "opens_sentences": math.log1p(sum(_opens_sentence(mention, body) for mention in placed)),
            "sentences": len({mention.sentence for mention in placed}) / sentences,
            "rivals": math.log1p(rivals - (points[country] >= 1.0)),
            "density": math.log1p(100 * strong_count / words),
        }
    return result


def _opens_sentence(mention: Mention, body: Reading) -> bool:
    """Whether the mention is the first or second word of its sentence, as who acts often is."""
    return mention.word < 2 or body.starts[mention.word - 1] <= body.sentences[mention.sentence][0]


def _points(mention: Mention) -> float:
    """What a mention adds to its country's share: names and peoples most, money and firms least."""
    return _TYPE_POINTS.get(mention.entry.type, 0.8) * (2.0 if mention.where == "title" else 1.0)
