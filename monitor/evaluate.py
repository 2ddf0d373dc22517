"""Labelled texts and the program's analyses of them -> precision, recall, F1, and the worst errors.

A labelled text is one JSON line as `monitor analyze` takes it, with the labels beside it:

    {"id": "1", "title": "...", "text": "...", "language": "en",
     "countries": {"about": ["KZ"], "mentioned": ["RU"]}, "themes": {"about": ["csto"], "mentioned": []},
     "kind": "opinion"}

What a line does not label is not scored. A plain list, `"countries": ["KZ", "RU"]`, labels what is found
without telling about from mentioned.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeGuard

from monitor.model import Analysis, Tag

_MAX_ERRORS = 10  # of each question
_MAX_QUOTE_CHARS = 240


class GoldError(ValueError):
    """A line of the labelled file cannot be used; `str()` says which and why."""


@dataclass(frozen=True, slots=True)
class Gold:
    """The labels of one text. None: not labelled. `about` is None where roles are not told apart."""

    id: str
    countries_about: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    themes_about: frozenset[str] | None = None
    themes: frozenset[str] | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one label, or of all together, and what follows from them (0 where nothing was asked)."""

    right: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """The share of what was wanted that was found."""
        return self.right / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.found + self.wanted
        return 2 * self.right / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    """How one question was answered over all texts that label it."""

    name: str  # "countries about", "countries", "themes about", "themes", "kind"
    texts: int
    micro: Score
    macro_f1: float  # mean F1 over the labels that the gold has
    exact: float  # share of texts whose whole set of labels is right
    labels: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One text that was judged wrongly, with the sentences that misled."""

    id: str
    question: str
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    sentences: tuple[str, ...]  # the evidence of what is wrong, best first


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of an evaluation. `absent`: ids that were labelled but not analysed."""

    measures: tuple[Measure, ...]
    mistakes: tuple[Mistake, ...]  # by question, worst first
    absent: tuple[str, ...] = ()

    def to_jsonable(self) -> dict[str, object]:
        """Return the report as plain values for JSON."""
        return {
            "measures": [
                {
                    "name": measure.name,
                    "texts": measure.texts,
                    **_rounded(measure.micro),
                    "macro_f1": round(measure.macro_f1, 4),
                    "exact": round(measure.exact, 4),
                    "labels": {label: _rounded(score) for label, score in measure.labels.items()},
                }
                for measure in self.measures
            ],
            "mistakes": [asdict(mistake) for mistake in self.mistakes],
            "absent": list(self.absent),
        }

    def to_text(self) -> str:
        """Return the report as plain text, one table and then the worst errors."""
        lines = [f"{'':18}{'texts':>6}{'precision':>11}{'recall':>8}{'F1':>7}{'macro F1':>10}{'exact':>7}"]
        lines += [
            f"{measure.name:18}{measure.texts:6}{measure.micro.precision:11.3f}{measure.micro.recall:8.3f}"
            f"{measure.micro.f1:7.3f}{measure.macro_f1:10.3f}{measure.exact:7.3f}"
            for measure in self.measures
        ]
        if self.absent:
            lines += ["", f"Labelled but not analysed: {', '.join(self.absent)}"]
        if self.mistakes:
            lines += ["", "Worst errors:"]
        for mistake in self.mistakes:
            parts = [f"missing {', '.join(mistake.missing)}"] if mistake.missing else []
            parts += [f"wrong {', '.join(mistake.wrong)}"] if mistake.wrong else []
            lines.append(f"  {mistake.id}: {mistake.question}: {'; '.join(parts)}")
            lines += [f"      {sentence}" for sentence in mistake.sentences]
        return "\n".join(lines) + "\n"


def _rounded(score: Score) -> dict[str, float]:
    return {
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "f1": round(score.f1, 4),
        "right": score.right,
        "found": score.found,
        "wanted": score.wanted,
    }


# -- reading the labels ----------------------------------------------------------------------------


def read_gold(lines: Iterable[str]) -> tuple[Gold, ...]:
    """Return the labels of a labelled file, blank lines skipped. Raises GoldError with the line's number."""
    found: dict[str, Gold] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise GoldError(f"line {number}: not JSON: {error}") from None
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise GoldError(f"line {number}: a labelled text needs a string `id`")
        if row["id"] in found:
            raise GoldError(f"line {number}: the id {row['id']!r} stands twice")
        countries_about, countries = _labels(row, "countries", number)
        themes_about, themes = _labels(row, "themes", number)
        kind = row.get("kind")
        if kind is not None and not isinstance(kind, str):
            raise GoldError(f"line {number}: `kind` is a string")
        found[row["id"]] = Gold(row["id"], countries_about, countries, themes_about, themes, kind)
    return tuple(found.values())


def _labels(
    row: Mapping[str, object], key: str, number: int
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Return (about, all) of one dimension, None where the line does not label it."""
    given = row.get(key)
    if given is None:
        return None, None
    if isinstance(given, dict) and set(given) <= {"about", "mentioned"}:
        about, mentioned = given.get("about", []), given.get("mentioned", [])
        if _strings(about) and _strings(mentioned):
            return frozenset(about), frozenset(about) | frozenset(mentioned)
    elif _strings(given):
        return None, frozenset(given)
    raise GoldError(f'line {number}: `{key}` is a list, or {{"about": [...], "mentioned": [...]}}')


def _strings(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


# -- scoring ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Question:
    """One thing asked of every text: what is wanted, what was found, and which tags prove it."""

    name: str
    wanted: Callable[[Gold], frozenset[str] | None]
    found: Callable[[Analysis], frozenset[str]]
    tags: Callable[[Analysis], Sequence[Tag]]


def _keys(tags: Sequence[Tag], *, about: bool) -> frozenset[str]:
    return frozenset(tag.key for tag in tags if tag.role == "about" or not about)


_QUESTIONS = (
    _Question(
        "countries about",
        lambda gold: gold.countries_about,
        lambda analysis: _keys(analysis.tagging.countries, about=True),
        lambda analysis: analysis.tagging.countries,
    ),
    _Question(
        "countries",
        lambda gold: gold.countries,
        lambda analysis: _keys(analysis.tagging.countries, about=False),
        lambda analysis: analysis.tagging.countries,
    ),
    _Question(
        "themes about",
        lambda gold: gold.themes_about,
        lambda analysis: _keys(analysis.tagging.themes, about=True),
        lambda analysis: analysis.tagging.themes,
    ),
    _Question(
        "themes",
        lambda gold: gold.themes,
        lambda analysis: _keys(analysis.tagging.themes, about=False),
        lambda analysis: analysis.tagging.themes,
    ),
    _Question(
        "kind",
        lambda gold: None if gold.kind is None else frozenset({gold.kind}),
        lambda analysis: frozenset({analysis.article.kind.label}),
        lambda _: (),
    ),
)


@dataclass(slots=True)
class _Counts:
    """Running counts of one question."""

    texts: int = 0
    exact: int = 0
    right: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    wanted: dict[str, int] = field(default_factory=dict)

    def add(self, wanted: frozenset[str], found: frozenset[str]) -> None:
        self.texts += 1
        self.exact += wanted == found
        for counts, keys in ((self.right, wanted & found), (self.found, found), (self.wanted, wanted)):
            for key in keys:
                counts[key] = counts.get(key, 0) + 1

    def measure(self, name: str) -> Measure:
        labels = {
            key: Score(self.right.get(key, 0), self.found.get(key, 0), self.wanted.get(key, 0))
            for key in sorted(self.found.keys() | self.wanted.keys())
        }
        asked = [score.f1 for score in labels.values() if score.wanted]
        micro = Score(sum(self.right.values()), sum(self.found.values()), sum(self.wanted.values()))
        macro = sum(asked) / len(asked) if asked else 0.0
        return Measure(name, self.texts, micro, macro, self.exact / self.texts, labels)


def evaluate(gold_lines: Iterable[str], analyses: Iterable[Analysis]) -> Report:
    """Score the analyses against a labelled file's lines; keep the worst errors of every question.

    Raises GoldError where a line cannot be used.
    """
    by_id = {analysis.id: analysis for analysis in analyses}
    golds = read_gold(gold_lines)
    mistakes: list[Mistake] = []
    measures: list[Measure] = []
    for question in _QUESTIONS:
        counts = _Counts()
        wrong: list[Mistake] = []
        for gold in golds:
            wanted, analysis = question.wanted(gold), by_id.get(gold.id)
            if wanted is None or analysis is None:
                continue
            found = question.found(analysis)
            counts.add(wanted, found)
            if wanted != found:
                wrong.append(_mistake(gold.id, question, wanted, found, analysis))
        if counts.texts:
            measures.append(counts.measure(question.name))
        wrong.sort(key=lambda mistake: (-len(mistake.missing) - len(mistake.wrong), mistake.id))
        mistakes += wrong[:_MAX_ERRORS]
    absent = tuple(gold.id for gold in golds if gold.id not in by_id)
    return Report(tuple(measures), tuple(mistakes), absent)


def _mistake(
    text_id: str, question: _Question, wanted: frozenset[str], found: frozenset[str], analysis: Analysis
) -> Mistake:
    wrong = tuple(sorted(found - wanted))
    sentences = tuple(
        f"{tag.key}: {evidence.sentence[:_MAX_QUOTE_CHARS]}"
        for tag in question.tags(analysis)
        if tag.key in wrong
        for evidence in tag.evidence[:1]
    )
    return Mistake(text_id, question.name, tuple(sorted(wanted - found)), wrong, sentences)
