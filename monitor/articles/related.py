"""Two articles -> whether they tell of one event in different words. Conservative: precision before recall.

`gist` boils an article down; `profile` weighs its words by how rare they are among recent articles of its
language; `keys_of` names the few under which others find it; `relatedness` compares two profiles. Measured
by bench/related.py. Languages are not bridged: a report in another language is not found.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.articles.duplicates import fold_words
from monitor.model import Gist, Profile

WINDOW = timedelta(hours=72)
# On the labelled pairs: precision 0.96, recall 0.46 on the half it was chosen on; 0.96, 0.38 on the other.
THRESHOLD = 0.65
STEM_LETTERS = 5  # words are cut: a plain stemmer that serves every inflected language
MIN_NAMES = 3  # with fewer names there is too little to tell one event from another
MIN_DOCUMENTS = 50  # of a language: before, its common words are not known
KEYS = 16  # words under which an article is found
# Rarity is told on this scale whatever number of articles was counted, so that one threshold serves.
_SCALE = 500
_NAME = re.compile(r"(?<![.!?…\n]\s)(?<!^)\b[A-ZА-ЯЁІЇЄҐΑ-Ω][\w’-]{2,}")


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
    head = " ".join(text.split(None, max_words)[:max_words])
    counts = Counter(_cut(f"{title} {title} {title} {head}"))
    names = frozenset(_cut(" ".join(_NAME.findall(f"{title}. {head}"))))
    return Gist(dict(counts), names, frozenset(countries), published, language)


def _cut(text: str) -> list[str]:
    return [word[:STEM_LETTERS] for word in fold_words(text) if len(word) > 2]


def profile(of: Gist, document_frequency: Mapping[str, int], documents: int) -> Profile:
    """Return the gist with its words weighed by tf-idf and its names by idf.

    `document_frequency` maps a cut word to the number of the `documents` counted (articles of the same
    language) that hold it; a word that it lacks is in none.
    """
    scale = _SCALE / max(1, documents)

    def rarity(word: str) -> float:
        return max(0.0, math.log((1 + _SCALE) / (1 + document_frequency.get(word, 0) * scale)))

    return Profile(
        words={word: (1 + math.log(count)) * rarity(word) for word, count in of.words.items()},
        names={name: rarity(name) for name in of.names},
        countries=of.countries,
        published=of.published,
        language=of.language,
    )


def keys_of(weighed: Profile, document_frequency: Mapping[str, int], documents: int) -> tuple[str, ...]:
    """Return the words under which others find the article: the weightiest of the rare ones, names first.

    A word that one article in a hundred holds is no key: the list of articles under a key stays short.
    """
    most = max(2, documents // 100)
    rare = [word for word in weighed.words if document_frequency.get(word, 0) <= most]
    rare.sort(key=lambda word: (word not in weighed.names, -weighed.words[word], word))
    return tuple(rare[:KEYS])


def relatedness(a: Profile, b: Profile) -> float:
    """Return 0..1: the mean of the cosine of the words and of the weight of the names in common.

    It is 0 outside the `WINDOW`, in two languages, or where both have countries and none in common.
    """
    if a.published and b.published and abs(a.published - b.published) > WINDOW:
        return 0.0
    if a.language != b.language:
        return 0.0
    if a.countries and b.countries and not a.countries & b.countries:
        return 0.0
    norm = math.sqrt(sum(w * w for w in a.words.values()) * sum(w * w for w in b.words.values()))
    least = min(sum(a.names.values()), sum(b.names.values()))
    if not norm or not least or min(len(a.names), len(b.names)) < MIN_NAMES:
        return 0.0
    cosine = sum(weight * b.words[word] for word, weight in a.words.items() if word in b.words) / norm
    shared = sum(weight for name, weight in a.names.items() if name in b.names) / least
    return min(1.0, (cosine + shared) / 2)


def is_related(score: float) -> bool:
    """Return whether a score is high enough to link two articles of different outlets."""
    return score >= THRESHOLD
