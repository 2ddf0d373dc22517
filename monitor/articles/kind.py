"""What a page says of itself -> Kind: opinion, analysis, news, interview, statement, other.

Reasons are weighed: structured data first, then the address and rubric, then disclaimer and author
note, then the words of the text (style.py). Where the best reasons do not carry, the answer is `other` with
a low score.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from monitor.articles.language import detect_language
from monitor.articles.style import style
from monitor.articles.wordlists import wording
from monitor.model import KINDS, Kind, KindLabel, Removed

# Weight that a label needs, and its lead over the next. One strong reason (schema type, rubric) carries.
THRESHOLD = 1.0
LEAD = 0.35

_TYPES: dict[str, KindLabel] = {
    "opinionnewsarticle": "opinion", "analysisnewsarticle": "analysis", "reportagenewsarticle": "news",
    "backgroundnewsarticle": "analysis", "askpublicnewsarticle": "news", "criticreview": "other",
    "recipe": "other",
    "reviewnewsarticle": "other", "advertisercontentarticle": "other",
}  # fmt: skip
_RUBRICS: tuple[tuple[KindLabel, str, float], ...] = (
    ("opinion", "rubric-opinion", 1.2),
    ("analysis", "rubric-analysis", 1.2),
    ("interview", "rubric-interview", 1.2),
    ("statement", "rubric-statement", 1.2),
    ("news", "rubric-news", 0.6),
    ("opinion", "rubric-blog", 0.5),
)
# Keys of the table in data/kind.toml, and what a title that reads so weighs.
_TITLES: tuple[tuple[KindLabel, str, float], ...] = (
    ("opinion", "title-opinion", 1.2),
    ("analysis", "title-analysis", 1.2),
    ("interview", "title-interview", 1.0),
    ("statement", "title-statement", 1.1),
    ("other", "title-review", 1.0),
    ("analysis", "title-analysis-hint", 0.5),
    ("opinion", "title-opinion-hint", 0.3),
)
_RUBRIC_LINES, _RUBRIC_WORDS = 3, 3
_REPORT_NOTE = re.compile(
    r"\b(?:reporting|writing|editing) by\b|\bcontributed to this report\b", re.IGNORECASE
)


@dataclass(slots=True)
class _Balance:
    weights: dict[KindLabel, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    why: list[tuple[KindLabel, float, str]] = field(default_factory=list)

    def add(self, label: KindLabel, weight: float, reason: str) -> None:
        self.weights[label] += weight
        self.why.append((label, weight, reason))


def decide_kind(
    title: str,
    text: str,
    *,
    url: str | None = None,
    section: str | None = None,
    types: Sequence[str] = (),
    feed_tags: Sequence[str] = (),
    removed: Sequence[Removed] = (),
    byline: Sequence[str] = (),
    language: str | None = None,
) -> Kind:
    """Return the kind of an article with the reasons that decided, heaviest first."""
    balance = _Balance()
    for kind in types:
        if kind in _TYPES:
            balance.add(_TYPES[kind], 1.6 if _TYPES[kind] != "news" else 0.8, f"schema.org type {kind}")
    _weigh_rubrics(balance, url, section, feed_tags, text)
    for label, key, weight in _TITLES:
        if wording("kind", key).search(title):
            balance.add(label, weight, f"title reads as {label}")
    noted = _weigh_notes(balance, removed)
    for sign in style(title, text, language or detect_language(text), signed=bool(byline), noted=noted):
        balance.add(sign.label, sign.weight, sign.reason)
    ranked = sorted(balance.weights.items(), key=lambda item: -item[1])
    (best, weight), (_, second) = ranked[0], ranked[1]
    reasons = tuple(text for label, _, text in sorted(balance.why, key=lambda r: -r[1]) if label == best)
    if best == "other" or weight < THRESHOLD or weight - second < LEAD:
        tried = tuple(f"{text} ({label})" for label, _, text in sorted(balance.why, key=lambda r: -r[1])[:4])
        return Kind("other", round(min(0.5, weight / 4), 2), tried or ("no sign of any kind",))
    return Kind(best, round(min(0.99, 0.5 + 0.5 * (weight - second * 0.5) / (1.0 + weight)), 2), reasons)


def _rubric(name: str) -> tuple[KindLabel, float] | None:
    """Return what kind a rubric names, and its weight."""
    folded = name.strip().strip("/").replace("_", "-").lower()
    for label, key, weight in _RUBRICS:
        if wording("kind", key).fullmatch(folded):
            return label, weight
    return None


def _weigh_rubrics(
    balance: _Balance, url: str | None, section: str | None, feed_tags: Sequence[str], text: str
) -> None:
    seen: set[KindLabel] = set()
    sources = [(f"section {section!r}", [section])] if section else []
    if url:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        steps = [unquote(step) for step in parts.path.split("/")[:-1] if step]
        sources.append(("address", [*steps[:4], (parts.hostname or "").split(".")[0]]))
    sources.append(("feed category", list(feed_tags)))
    top = [line.strip() for line in text[:400].split("\n") if line.strip()][:_RUBRIC_LINES]
    sources.append(("line", [line for line in top if len(line.split()) <= _RUBRIC_WORDS]))
    for where, names in sources:
        for name in names:
            found = _rubric(name)
            if found and found[0] not in seen:
                seen.add(found[0])
                shown = where if where.startswith("section") else f"{where} {name!r}"
                balance.add(*found, shown)


def _weigh_notes(balance: _Balance, removed: Sequence[Removed]) -> bool:
    """Weigh what stands behind the text; returns whether a note there says who wrote it."""
    noted = False
    for block in removed:
        if block.reason in {"disclaimer", "author-note", "correction"}:
            noted = noted or block.reason == "author-note"
            if wording("kind", "column-note").search(block.text):
                what = "disclaimer" if block.reason == "disclaimer" else "author note"
                weight = 1.0 if block.reason == "disclaimer" else 0.8
                balance.add("opinion", weight, f"{what}: {block.text[:80]!r}")
        elif block.reason == "agency-note" and _REPORT_NOTE.search(block.text):
            balance.add("news", 0.6, f"report note: {block.text[:60]!r}")
    return noted
