"""Two articles -> whether they tell of one event in different words. Conservative: precision before recall."""

# ruff: noqa: E501

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.articles.duplicates import fold_words

WINDOW = timedelta(hours=72)
THRESHOLD = 0.8
STEM_LETTERS = 5  # words are cut: a plain stemmer that serves every inflected language
_NAME = re.compile(r"(?<![.!?…\n]\s)(?<!^)\b[A-ZА-ЯЁІЇЄҐΑ-Ω][\w’-]{2,}")


@dataclass(frozen=True, slots=True)
class Gist:
    """What is compared: cut words with counts, names, countries, time."""

    words: Mapping[str, float]
    names: frozenset[str]
    countries: frozenset[str]
    published: datetime | None
    language: str | None


def gist(
    title: str,
    text: str,
    *,
    countries: Iterable[str] = (),
    published: datetime | None = None,
    language: str | None = None,
    max_words: int = 300,
) -> Gist:
    """Return the gist of an article. The title counts three times; news tells its event first."""
    head = " ".join(text.split()[:max_words])
    counts = Counter(
        word[:STEM_LETTERS] for word in fold_words(f"{title} {title} {title} {head}") if len(word) > 2
    )
    names = frozenset(word.casefold()[:6] for word in _NAME.findall(f"{title}. {head}"))
    return Gist(dict(counts), names, frozenset(countries), published, language)


def relatedness(a: Gist, b: Gist, document_frequency: Mapping[str, float], documents: int) -> float:
    """Return 0..1: the mean of the cosine of tf-idf and of the share of names in common; 0 outside the window.

    `document_frequency` maps a cut word to the number of `documents` (recent articles) that hold it.
    """
    if a.published and b.published and abs(a.published - b.published) > WINDOW:
        return 0.0
    if a.language and b.language and a.language != b.language:
        return 0.0
    if a.countries and b.countries and not a.countries & b.countries:
        return 0.0

    def weight(word: str, count: float) -> float:
        return (1 + math.log(count)) * math.log((1 + documents) / (1 + document_frequency.get(word, 0)))

    first = {word: weight(word, count) for word, count in a.words.items()}
    second = {word: weight(word, count) for word, count in b.words.items()}
    norm = math.sqrt(sum(w * w for w in first.values()) * sum(w * w for w in second.values()))
    if not norm:
        return 0.0
    cosine = sum(w * second[word] for word, w in first.items() if word in second) / norm
    return (cosine + _overlap(a.names, b.names)) / 2


def is_related(score: float) -> bool:
    """Return whether a score is high enough to link two articles."""
    return score >= THRESHOLD


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / min(len(a), len(b)) if len(a) > 2 and len(b) > 2 else 0.0
