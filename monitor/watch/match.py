"""Query + Subject -> `Match`: whether it holds, the sentences that show it, or the part that failed.

`matches` is the quick answer; `explain` gives the same one with its reasons. Both walk the tree with
`_Evaluation`, which knows two questions: does a node hold, and where is it fulfilled.
"""

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from monitor.model import Joint, Quote, Tag
from monitor.watch.parse import is_positional
from monitor.watch.query import (
    All,
    And,
    ByAuthor,
    Comparison,
    FromOutlet,
    InLanguage,
    Near,
    Node,
    Not,
    OfKind,
    Or,
    Phrase,
    Prefix,
    Published,
    Query,
    Salience,
    Same,
    Sources,
    Tagged,
    Word,
)
from monitor.watch.quotes import Mark, own_quotes, quotes_of
from monitor.watch.show import show
from monitor.watch.subject import Subject
from monitor.watch.words import normal_form, tokens

MAX_REASONS = 4

COMPARE: dict[Comparison, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Match:
    """The answer. `quotes` show why it matched; `failed` says which part did not, where it did not."""

    matched: bool
    quotes: tuple[Quote, ...] = ()
    keys: frozenset[str] = frozenset()  # "country:KZ", "theme:csto", "word:embargo" that satisfied it
    why: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class _Span:
    """Words `first` to `last` (both included) fulfil a node; `marks` are the terms in them."""

    first: int
    last: int
    marks: tuple[Mark, ...]


def matches(query: Query, subject: Subject) -> bool:
    """Whether the query holds for the subject."""
    return _Evaluation(subject).holds(query.root)


def explain(query: Query, subject: Subject, *, quoted: bool = True) -> Match:
    """Return whether the query holds, with the sentences that show it, or with the part that failed.

    Without `quoted` there are no sentences, and no words among the keys: most of the work is finding them.
    """
    evaluation = _Evaluation(subject)
    if not evaluation.holds(query.root):
        return Match(False, failed=evaluation.failure(query.root))
    marks: list[Mark] = []
    ties: list[Joint] = []
    keys: set[str] = set()
    reasons: dict[str, None] = {}
    evaluation.collect(query.root, marks if quoted else None, ties, keys, reasons)
    quotes = (quotes_of(subject, marks, ties) or own_quotes(subject)) if quoted else ()
    told = list(reasons)
    if len(told) > MAX_REASONS:
        told = [*told[: MAX_REASONS - 1], f"and {len(told) - MAX_REASONS + 1} more"]
    return Match(True, quotes, frozenset(keys), "; ".join(told) or "every article matches")


def asks_places(node: Node, *, joined: bool = False) -> bool:
    """Whether a node asks where in the text something stands, or how it is written there.

    All else is decided by the search text, the tags and what is known of the article. `joined`: inside a SAME
    or NEAR, where countries and themes have places, too.
    """
    match node:
        case And(parts) | Or(parts):
            return any(asks_places(part, joined=joined) for part in parts)
        case Not(part):
            return asks_places(part, joined=joined)
        case Same(left, right) | Near(left, right):
            return asks_places(left, joined=True) or asks_places(right, joined=True)
        case Phrase(words):
            return any(word.acronym for word in words)
        case Word(acronym=acronym):
            return acronym
        case Tagged():
            return joined
        case _:
            return isinstance(node, Prefix)


class _Evaluation:
    """One subject, asked node by node."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._tags: dict[tuple[str, str], Tag] = {
            (tag.dimension, tag.key): tag for tag in subject.countries + subject.themes
        }
        self._spans: dict[Node, list[_Span]] = {}

    # -- does it hold ------------------------------------------------------------------------------

    def holds(self, node: Node) -> bool:
        """Whether a node holds for the subject."""
        subject = self._subject
        match node:
            case And(parts):
                return all(self.holds(part) for part in parts)
            case Or(parts):
                return any(self.holds(part) for part in parts)
            case Not(part):
                return not self.holds(part)
            case Tagged():
                return self._tag(node) is not None
            case OfKind(kind):
                return subject.kind.label == kind
            case InLanguage(language):
                return subject.language == language
            case FromOutlet(host):
                return subject.outlet == host or subject.outlet.endswith("." + host)
            case Published(start, end):
                at = subject.published
                return at is not None and (start is None or at >= start) and (end is None or at < end)
            case Sources(comparison, count):
                return bool(COMPARE[comparison](subject.sources, count))
            case Salience(comparison, value):
                return any(COMPARE[comparison](tag.salience, value) for tag in self._tags.values())
            case ByAuthor(words):
                return any(_has_run(name, words) for name in subject.byline)
            case Same(left, right) | Near(left, right):
                if not (self.holds(left) and self.holds(right)):  # spares most texts from being cut up
                    return False
                return bool(self.ties(node)) or bool(self.spans(node))
            case Word(word, acronym=False):
                return f" {normal_form(word, subject.language)} " in f" {subject.words.stream} "
            case Word() | Phrase() | Prefix():
                return bool(self.spans(node))
            case All():
                return True

    def _tag(self, node: Tagged) -> Tag | None:
        tag = self._tags.get((node.dimension, node.key))
        if tag is None or (node.role is not None and tag.role != node.role):
            return None
        if all(COMPARE[comparison](tag.salience, value) for comparison, value in node.salience):
            return tag
        return None

    # -- where it is fulfilled ---------------------------------------------------------------------

    def spans(self, node: Node) -> list[_Span]:
        """Return where a positional node is fulfilled, in the order of the text."""
        if node not in self._spans:
            self._spans[node] = sorted(set(self._find(node)), key=lambda span: (span.first, span.last))
        return self._spans[node]

    def _find(self, node: Node) -> Iterable[_Span]:
        match node:
            case Word():
                return self._word(node)
            case Phrase(words):
                return self._phrase(words)
            case Prefix(stem):
                return [
                    _span(number, number, f"word:{stem}*")
                    for number, token in enumerate(self._subject.words.surface)
                    if token.folded.startswith(stem)
                ]
            case Tagged():
                return self._evidence(node)
            case Or(parts):
                return [span for part in parts for span in self.spans(part)]
            case Same(left, right):
                return self._same(self.spans(left), self.spans(right))
            case Near(left, right, words):
                return self._near(self.spans(left), self.spans(right), words)
            case _:
                return ()

    def _numbers(self, word: Word) -> list[int]:
        """Return the numbers of the words that are `word`."""
        words = self._subject.words
        numbers = words.index.get(normal_form(word.word, self._subject.language), [])
        if not word.acronym:
            return numbers
        return [number for number in numbers if words.in_capitals(number)]

    def _word(self, word: Word) -> Iterable[_Span]:
        return (_span(number, number, f"word:{word.word}") for number in self._numbers(word))

    def _phrase(self, words: tuple[Word, ...]) -> Iterable[_Span]:
        starts = set(self._numbers(words[0]))
        for offset, word in enumerate(words[1:], 1):
            starts &= {number - offset for number in self._numbers(word)}
        sentence = self._subject.words.sentence_numbers
        key = "word:" + " ".join(word.word for word in words)
        last = len(words) - 1
        return (
            _span(start, start + last, key) for start in starts if sentence[start] == sentence[start + last]
        )

    def _evidence(self, node: Tagged) -> Iterable[_Span]:
        tag = self._tag(node)
        for evidence in tag.evidence if tag else ():
            place = self._subject.words.of(evidence)
            if place is not None:
                yield _span(*place, f"{node.dimension}:{node.key}")

    def _same(self, left: list[_Span], right: list[_Span]) -> Iterable[_Span]:
        number = self._subject.words.sentence_numbers
        shared = {number[span.first] for span in left} & {number[span.first] for span in right}
        return (span for span in (*left, *right) if number[span.first] in shared)

    def _near(self, left: list[_Span], right: list[_Span], words: int) -> Iterable[_Span]:
        border = self._subject.words.title_count
        firsts = [span.first for span in right]
        reach = max((span.last - span.first for span in right), default=0)
        for span in left:
            low = bisect_left(firsts, span.first - words - 1 - reach)
            high = bisect_right(firsts, span.last + words + 1)
            for other in right[low:high]:
                if (other.first < border) != (span.first < border) or span.first - other.last - 1 > words:
                    continue
                first, last = min(span.first, other.first), max(span.last, other.last)
                yield _Span(first, last, tuple(sorted({*span.marks, *other.marks})))

    def ties(self, node: Same | Near) -> list[Joint]:
        """Return the ties, as tagging measured them, of a country and a theme that fulfil a node.

        Tagging measures over all mentions, of which the evidence may keep only the best.
        """
        sides = [self._tagged_keys(node.left), self._tagged_keys(node.right)]
        return [
            joint
            for joint in self._subject.joints
            if (joint.same_sentence if isinstance(node, Same) else joint.words <= node.words)
            and any(
                ("country", joint.country) in one and ("theme", joint.theme) in other
                for one, other in (sides, sides[::-1])
            )
        ]

    def _tagged_keys(self, node: Node) -> set[tuple[str, str]]:
        match node:
            case Tagged(dimension, key) if self._tag(node):
                return {(dimension, key)}
            case Or(parts):
                return set().union(*(self._tagged_keys(part) for part in parts))
            case _:
                return set()

    # -- why ---------------------------------------------------------------------------------------

    def collect(
        self,
        node: Node,
        marks: list[Mark] | None,
        ties: list[Joint],
        keys: set[str],
        reasons: dict[str, None],
    ) -> None:
        """Gather what shows that a node holds: marks (where a list is given), ties, keys and reasons."""
        match node:
            case And(parts):
                for part in parts:
                    self.collect(part, marks, ties, keys, reasons)
                return
            case Or(parts):
                holding = [part for part in parts if self.holds(part)]
                said = {(part.left, part.right) for part in holding if isinstance(part, Same)}
                for part in holding:
                    # One sentence says more than a distance does.
                    if not (isinstance(part, Near) and (part.left, part.right) in said):
                        self.collect(part, marks, ties, keys, reasons)
                return
            case _:
                pass
        tie = isinstance(node, Same | Near)
        located = is_positional(node) and (tie or marks is not None)
        found = [mark for span in self.spans(node) for mark in span.marks] if located else []
        if marks is not None:
            marks.extend(found)
        keys.update(mark.key for mark in found)
        if isinstance(node, Same | Near):
            tied = self.ties(node)
            ties.extend(tied)
            keys.update(f"country:{joint.country}" for joint in tied)
            keys.update(f"theme:{joint.theme}" for joint in tied)
        elif isinstance(node, Tagged):
            keys.add(f"{node.dimension}:{node.key}")
        reasons[self._reason(node, found)] = None

    def _reason(self, node: Node, found: list[Mark]) -> str:
        subject = self._subject
        match node:
            case Tagged(dimension, key):
                tag = self._tags[dimension, key]
                return f"{dimension}:{key} ({tag.role}, salience {tag.salience:.2f})"
            case Same() | Near():
                keys = dict.fromkeys(mark.key.removeprefix("word:") for mark in found)
                for joint in self.ties(node):
                    keys |= dict.fromkeys((f"country:{joint.country}", f"theme:{joint.theme}"))
                where = "in one sentence" if isinstance(node, Same) else f"within {node.words} words"
                return f"{_listed(sorted(keys))} {where}"
            case Word(word) | Prefix(word):
                return f'"{word}" found'
            case Phrase(words):
                return f'"{" ".join(word.word for word in words)}" found'
            case OfKind(kind):
                return f"kind is {kind}"
            case FromOutlet():
                return f"outlet is {subject.outlet}"
            case ByAuthor():
                return f"by {', '.join(subject.byline)}"
            case Sources():
                return f"told by {subject.sources} source{'s' if subject.sources != 1 else ''}"
            case All():
                return "every article matches"
            case _:
                return show(node)

    def failure(self, node: Node) -> str:
        """Return which part of a node does not hold, in words."""
        match node:
            case And(parts):
                return next(self.failure(part) for part in parts if not self.holds(part))
            case Or(parts):
                shown = [show(part) for part in parts]
                return "none of " + _listed(shown if len(shown) <= 6 else [*shown[:5], "more"], "or")
            case Not(part):
                return f"it holds {show(part)}"
            case Tagged(dimension, key):
                tag = self._tags.get((dimension, key))
                if tag is None:
                    return f"{dimension}:{key} was not found"
                return f"{show(node)}: found as {tag.role} with salience {tag.salience:.2f}"
            case Same(left, right) | Near(left, right):
                for side in (left, right):
                    if not self.holds(side):
                        return self.failure(side)
                where = "one sentence" if isinstance(node, Same) else f"{node.words} words"
                return f"{show(left)} and {show(right)} are not within {where}"
            case OfKind(kind):
                return f"kind is {self._subject.kind.label}, not {kind}"
            case InLanguage(language):
                return f"language is {self._subject.language or 'unknown'}, not {language}"
            case FromOutlet(host):
                return f"outlet is {self._subject.outlet or 'unknown'}, not {host}"
            case Sources(comparison, count):
                return f"sources{comparison}{count}: there are {self._subject.sources}"
            case Published():
                at = self._subject.published
                return f"{show(node)}: published {at.isoformat() if at else 'at an unknown time'}"
            case _:
                return f"{show(node)} was not found"


def _span(first: int, last: int, key: str) -> _Span:
    return _Span(first, last, (Mark(first, last, key),))


def _has_run(name: str, words: tuple[str, ...]) -> bool:
    found = tuple(token.folded for token in tokens(name))
    return any(found[i : i + len(words)] == words for i in range(len(found) - len(words) + 1))


def _listed(names: list[str], word: str = "and") -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
