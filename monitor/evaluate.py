"""Labelled texts and the program's analyses of them -> precision, recall, F1, and the worst errors.

A labelled text is one JSON line as `monitor analyze` takes it, with the labels beside it:

    {"id": "1", "title": "...", "text": "...", "language": "en",
     "countries": {"about": ["KZ"], "mentioned": ["RU"]}, "themes": {"about": ["csto"], "mentioned": []},
     "kind": "opinion", "attitudes": [{"from": "KZ", "to": "RU", "stance": -1}]}

What a line does not label is not scored. A plain list, `"countries": ["KZ", "RU"]`, labels what is found
without telling about from mentioned. Attitudes count where they are for or against, not where they are 0.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import TypeGuard

from monitor.articles.contract import read_document
from monitor.config import COUNTRIES, THEMES
from monitor.errors import MonitorError, PageError
from monitor.model import KINDS, Analysis, Document, Tag
from monitor.text import sentences

_MAX_ERRORS = 10  # of each question
_MAX_PROBLEMS = 20  # of a file that cannot be used
_MAX_QUOTE_CHARS = 240
_MAX_LABELS = 20  # of each question, in the text report


class GoldError(MonitorError):
    """Lines of the labelled file cannot be used; `str()` says which and why, one a line."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels that a file may use, and, where only some are watched, those that are scored."""

    themes: Collection[str] = THEMES
    watched_countries: Collection[str] = ()  # empty: all
    watched_themes: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """A labelled text. None: not labelled. `..._about` is None where roles are not told apart."""

    id: str
    document: Document
    countries_about: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    themes_about: frozenset[str] | None = None
    themes: frozenset[str] | None = None
    kind: str | None = None
    attitudes: frozenset[str] | None = None


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

    name: str  # "countries about", "countries", "themes about", "themes", "kind", "attitudes"
    texts: int
    micro: Score
    macro_f1: float  # mean F1 over the labels that the gold has
    exact: float  # share of texts whose whole set of labels is right
    labels: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One text that was judged wrongly, with the sentences that misled, or that were not understood."""

    id: str
    question: str
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    sentences: tuple[str, ...]  # one a label; of a label without any evidence the text's first


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of an evaluation. `absent`: id -> why the labelled text was not analysed."""

    measures: tuple[Measure, ...]
    mistakes: tuple[Mistake, ...]  # by question, worst first
    absent: Mapping[str, str] = field(default_factory=dict)

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
            "absent": dict(self.absent),
        }

    def to_text(self) -> str:
        """Return the report as plain text: all questions, each question's labels, the worst errors."""
        lines = [f"{'':18}{'texts':>6}{'precision':>11}{'recall':>8}{'F1':>7}{'macro F1':>10}{'exact':>7}"]
        lines += [
            f"{measure.name:18}{measure.texts:6}{measure.micro.precision:11.3f}{measure.micro.recall:8.3f}"
            f"{measure.micro.f1:7.3f}{measure.macro_f1:10.3f}{measure.exact:7.3f}"
            for measure in self.measures
        ]
        for measure in self.measures:
            lines += ["", *_label_lines(measure)]
        if self.absent:
            lines += ["", "Not analysed:", *(f"  {key}: {why}" for key, why in self.absent.items())]
        if self.mistakes:
            lines += ["", "Worst errors:"]
        for mistake in self.mistakes:
            parts = [f"missing {', '.join(mistake.missing)}"] if mistake.missing else []
            parts += [f"wrong {', '.join(mistake.wrong)}"] if mistake.wrong else []
            lines.append(f"  {mistake.id}: {mistake.question}: {'; '.join(parts)}")
            lines += [f"      {sentence}" for sentence in mistake.sentences]
        return "\n".join(lines) + "\n"


def _label_lines(measure: Measure) -> list[str]:
    """The labels of a question in a table, those with most errors first."""
    ranked = sorted(
        measure.labels.items(), key=lambda pair: (2 * pair[1].right - pair[1].found - pair[1].wanted, pair[0])
    )
    lines = [f"{measure.name:25}{'wanted':>7}{'found':>7}{'precision':>11}{'recall':>8}{'F1':>7}"]
    lines += [
        f"  {label:23}{score.wanted:7}{score.found:7}{score.precision:11.3f}{score.recall:8.3f}"
        f"{score.f1:7.3f}"
        for label, score in islice(ranked, _MAX_LABELS)
    ]
    if len(ranked) > _MAX_LABELS:
        lines.append(f"  and {len(ranked) - _MAX_LABELS} more with fewer errors")
    return lines


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


def read_gold(lines: Iterable[bytes | str], labels: Labels = Labels()) -> tuple[Gold, ...]:
    """Return the labelled texts of a file, blank lines skipped.

    Labels that are not watched are left out. Raises GoldError that names every line that cannot be used.
    """
    found: dict[str, Gold] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            gold = _gold(line, labels)
            if gold.id in found:
                raise ValueError(f"the id {gold.id!r} stands twice")
        except (ValueError, PageError) as error:
            problems.append(f"line {number}: {error}")
        else:
            found[gold.id] = gold
    if problems:
        more = [f"and {len(problems) - _MAX_PROBLEMS} more"] if len(problems) > _MAX_PROBLEMS else []
        raise GoldError("\n".join([*problems[:_MAX_PROBLEMS], *more]))
    return tuple(found.values())


def _gold(line: bytes | str, labels: Labels) -> Gold:
    """Read one line. Raises ValueError or PageError."""
    document = read_document(line)
    if not document.id:
        raise ValueError("a labelled text needs an `id`")
    row: dict[str, object] = json.loads(line)
    countries_about, countries = _roles(row, "countries", COUNTRIES, labels.watched_countries)
    themes_about, themes = _roles(row, "themes", labels.themes, labels.watched_themes)
    kind = row.get("kind")
    if kind is not None and kind not in KINDS:
        raise ValueError(f"`kind` is one of {', '.join(KINDS)}, not {kind!r}")
    return Gold(
        document.id,
        document,
        countries_about,
        countries,
        themes_about,
        themes,
        str(kind) if kind is not None else None,
        _attitudes(row.get("attitudes"), labels.watched_countries),
    )


def _roles(
    row: Mapping[str, object], key: str, known: Collection[str], watched: Collection[str]
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Return (about, all) of one dimension, None where the line does not label it."""
    given = row.get(key)
    if given is None:
        return None, None
    roles: dict[str, object] = given if isinstance(given, dict) else {"": given}
    named = {role: frozenset(keys) for role, keys in roles.items() if _strings(keys)}
    if len(named) < len(roles) or not set(roles) <= {"about", "mentioned", ""}:
        raise ValueError(f'`{key}` is a list, or {{"about": [...], "mentioned": [...]}}')
    everything = frozenset[str]().union(*named.values())
    for label in sorted(everything.difference(known)):
        close = get_close_matches(label, known, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"`{key}`: {label!r} is not known{hint}")
    if watched:
        everything = everything.intersection(watched)
    about = None if "" in named else everything & named.get("about", frozenset())
    return about, everything


def _strings(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _attitudes(given: object, watched: Collection[str]) -> frozenset[str] | None:
    if given is None:
        return None
    found = []
    rows: list[object] = given if isinstance(given, list) else [given]
    for row in rows:
        match row:
            case {"from": str(source), "to": str(target), "stance": -1 | 0 | 1 as stance} if (
                source in COUNTRIES and target in COUNTRIES
            ):
                if stance and (not watched or {source, target} <= set(watched)):
                    found.append(_attitude_label(source, target, stance))
            case _:
                raise ValueError('`attitudes` is a list of {"from": "KZ", "to": "RU", "stance": -1, 0 or 1}')
    return frozenset(found)


def _attitude_label(source: str, target: str, stance: int) -> str:
    return f"{source} -> {target} {'+' if stance > 0 else '-'}"


# -- scoring ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Question:
    """One thing asked of every text: what is wanted, what was found, and which tags prove it."""

    name: str
    wanted: Callable[[Gold], frozenset[str] | None]
    found: Callable[[Analysis], frozenset[str]]
    proof: Callable[[Analysis], Mapping[str, str]]  # label -> the sentence that speaks for it


def _proof(tags: Sequence[Tag]) -> Mapping[str, str]:
    return {tag.key: tag.evidence[0].sentence for tag in tags if tag.evidence}


def _attitudes_found(analysis: Analysis) -> Mapping[str, str]:
    return {
        _attitude_label(attitude.source, attitude.target, attitude.stance): attitude.quote
        for attitude in analysis.tagging.attitudes
        if attitude.stance
    }


def _keys(tags: Sequence[Tag], *, about: bool) -> frozenset[str]:
    return frozenset(tag.key for tag in tags if tag.role == "about" or not about)


_QUESTIONS = (
    _Question(
        "countries about",
        lambda gold: gold.countries_about,
        lambda analysis: _keys(analysis.tagging.countries, about=True),
        lambda analysis: _proof(analysis.tagging.countries),
    ),
    _Question(
        "countries",
        lambda gold: gold.countries,
        lambda analysis: _keys(analysis.tagging.countries, about=False),
        lambda analysis: _proof(analysis.tagging.countries),
    ),
    _Question(
        "themes about",
        lambda gold: gold.themes_about,
        lambda analysis: _keys(analysis.tagging.themes, about=True),
        lambda analysis: _proof(analysis.tagging.themes),
    ),
    _Question(
        "themes",
        lambda gold: gold.themes,
        lambda analysis: _keys(analysis.tagging.themes, about=False),
        lambda analysis: _proof(analysis.tagging.themes),
    ),
    _Question(
        "kind",
        lambda gold: None if gold.kind is None else frozenset({gold.kind}),
        lambda analysis: frozenset({analysis.article.kind.label}),
        lambda analysis: {analysis.article.kind.label: "; ".join(analysis.article.kind.why)},
    ),
    _Question(
        "attitudes",
        lambda gold: gold.attitudes,
        lambda analysis: frozenset(_attitudes_found(analysis)),
        _attitudes_found,
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


def evaluate(golds: Sequence[Gold], analyses: Iterable[Analysis]) -> Report:
    """Score the analyses against the labelled texts; keep the worst errors of every question."""
    by_id = {analysis.id: analysis for analysis in analyses}
    absent = {
        gold.id: by_id[gold.id].error or "" if gold.id in by_id else "no analysis has this id"
        for gold in golds
        if gold.id not in by_id or by_id[gold.id].error
    }
    mistakes: list[Mistake] = []
    measures: list[Measure] = []
    for question in _QUESTIONS:
        counts = _Counts()
        wrong: list[Mistake] = []
        for gold in golds:
            wanted = question.wanted(gold)
            if wanted is None or gold.id in absent:
                continue
            analysis = by_id[gold.id]
            found = question.found(analysis)
            counts.add(wanted, found)
            if wanted != found:
                wrong.append(_mistake(gold.id, question, wanted, found, analysis))
        if counts.texts:
            measures.append(counts.measure(question.name))
        wrong.sort(key=lambda mistake: (-len(mistake.missing) - len(mistake.wrong), mistake.id))
        mistakes += wrong[:_MAX_ERRORS]
    return Report(tuple(measures), tuple(mistakes), absent)


def _mistake(
    text_id: str, question: _Question, wanted: frozenset[str], found: frozenset[str], analysis: Analysis
) -> Mistake:
    missing, wrong = tuple(sorted(wanted - found)), tuple(sorted(found - wanted))
    proof, text = question.proof(analysis), analysis.article.text
    first = " ".join(text[start:end] for start, end in sentences(text)[:1])
    told = {label: proof.get(label, first) for label in (*wrong, *missing)}
    quotes = (f"{label}: {sentence[:_MAX_QUOTE_CHARS]}" for label, sentence in told.items() if sentence)
    return Mistake(text_id, question.name, missing, wrong, tuple(quotes))
