"""What a page says of itself -> Kind: opinion, analysis, news, interview, statement, other.

Reasons are weighed: structured data first, then the address and rubric, then disclaimer and author
note, then style. Where the best reasons do not carry, the answer is `other` with a low score.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from monitor.articles.wordlists import wording
from monitor.model import KINDS, Kind, KindLabel, Removed

# Weight that a label needs, and its lead over the next. One strong reason (schema type, rubric) carries.
THRESHOLD = 1.0
LEAD = 0.35
STYLE_CHARACTERS = 8000  # style shows in a thousand words; the rest costs time

_TYPES: dict[str, KindLabel] = {
    "opinionnewsarticle": "opinion", "analysisnewsarticle": "analysis", "reportagenewsarticle": "news",
    "backgroundnewsarticle": "analysis", "askpublicnewsarticle": "news", "criticreview": "other",
    "recipe": "other",
    "reviewnewsarticle": "other", "advertisercontentarticle": "other",
}  # fmt: skip
_RUBRICS: tuple[KindLabel, ...] = ("opinion", "analysis", "interview", "statement", "news")
# Keys of the table in data/kind.toml, and what a title that reads so weighs.
_TITLES: tuple[tuple[KindLabel, str, float], ...] = (
    ("opinion", "title-opinion", 1.2),
    ("analysis", "title-analysis", 1.2),
    ("interview", "title-interview", 1.0),
    ("statement", "title-statement", 1.1),
    ("analysis", "title-analysis-hint", 0.4),
    ("opinion", "title-opinion-hint", 0.3),
)
_REPORT_NOTE = re.compile(
    r"\b(?:reporting|writing|editing) by\b|\bcontributed to this report\b", re.IGNORECASE
)
_QUESTION_LINE = re.compile(
    r"^(?:[—–-]\s*|Q(?:uestion)?\s*[:.]|Вопрос\s*[:.]|[A-ZА-Я][\w.’' -]{1,30}:\s).{4,400}\?\s*$"
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
    _weigh_rubrics(balance, url, section, feed_tags)
    for label, key, weight in _TITLES:
        if wording("kind", key).search(title):
            balance.add(label, weight, f"title reads as {label}")
    _weigh_notes(balance, removed)
    _weigh_style(balance, title, text, bool(byline))
    ranked = sorted(balance.weights.items(), key=lambda item: -item[1])
    (best, weight), (_, second) = ranked[0], ranked[1]
    reasons = tuple(text for label, _, text in sorted(balance.why, key=lambda r: -r[1]) if label == best)
    if best == "other" or weight < THRESHOLD or weight - second < LEAD:
        tried = tuple(f"{text} ({label})" for label, _, text in sorted(balance.why, key=lambda r: -r[1])[:4])
        return Kind("other", round(min(0.5, weight / 4), 2), tried or ("no sign of any kind",))
    return Kind(best, round(min(0.99, 0.5 + 0.5 * (weight - second * 0.5) / (1.0 + weight)), 2), reasons)


def _rubric(name: str) -> KindLabel | None:
    folded = name.strip().strip("/").replace("_", "-").lower()
    for label in _RUBRICS:
        if wording("kind", f"rubric-{label}").fullmatch(folded):
            return label
    return None


def _weigh_rubrics(balance: _Balance, url: str | None, section: str | None, feed_tags: Sequence[str]) -> None:
    weights = {"news": 0.6}
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
    for where, names in sources:
        for name in names:
            label = _rubric(name)
            if label and label not in seen:
                seen.add(label)
                shown = where if where.startswith("section") else f"{where} {name!r}"
                balance.add(label, weights.get(label, 1.2), shown)


def _weigh_notes(balance: _Balance, removed: Sequence[Removed]) -> None:
    for block in removed:
        if block.reason in {"disclaimer", "author-note", "correction"} and wording(
            "kind", "column-note"
        ).search(block.text):
            what = "disclaimer" if block.reason == "disclaimer" else "author note"
            balance.add(
                "opinion", 1.0 if block.reason == "disclaimer" else 0.8, f"{what}: {block.text[:80]!r}"
            )
        elif block.reason == "agency-note" and _REPORT_NOTE.search(block.text):
            balance.add("news", 0.6, f"report note: {block.text[:60]!r}")


def _weigh_style(balance: _Balance, title: str, text: str, signed: bool) -> None:
    text = text[:STYLE_CHARACTERS]
    words = max(1, len(text.split()))
    if words < 60:
        return
    lines = [line for line in text.split("\n") if line.strip()]
    questions = sum(bool(_QUESTION_LINE.match(line)) for line in lines)
    if questions >= 4 and questions / len(lines) > 0.12:
        balance.add("interview", 1.1, f"{questions} questions, each its own line")
    official = len(wording("kind", "official", r"\b{}").findall(text))
    if official >= 2 and official * 250 > words and not wording("kind", "reported").search(text[:300]):
        balance.add("statement", 1.0, f"{official} official formulas")
    unquoted = re.sub(r"[“«\"][^”»\"]{0,600}[”»\"]", " ", text)
    per_thousand = 1000 / words
    first = len(wording("kind", "first-person", flags=re.NOFLAG).findall(unquoted)) * per_thousand
    judged = len(wording("kind", "judgement").findall(unquoted)) * per_thousand
    reported = len(wording("kind", "reported").findall(text)) * per_thousand
    if first > 4 and reported < 8 and not questions:
        balance.add("opinion", 0.5, f"first person, {first:.0f} in 1000 words")
    if judged > 5 and reported < 8:
        balance.add("opinion", 0.5, f"judging words, {judged:.0f} in 1000 words")
    if first > 4 and judged > 5 and reported < 5 and signed:
        balance.add("opinion", 0.2, "signed, judging, in the first person")
    if reported > 10 and first < 3 and judged < 5:
        balance.add("news", 0.8, f"reported speech, {reported:.0f} in 1000 words")
    if reported > 18 and first < 3:
        balance.add("news", 0.3, "dense reported speech")
