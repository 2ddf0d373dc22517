"""The watch language. text -> `Query`, or a `QueryError` that points at the character.

One language for rules, search, backtests and pages; `docs/watch-language.md` is its reference. The
tree is frozen and holds no behaviour: `monitor.watch.match` evaluates it on a `Subject`, and the
store turns the same tree into the candidates of a database search.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.model import KindLabel, Role

Comparison = Literal["<", "<=", "=", ">=", ">"]
Dimension = Literal["country", "theme"]


@dataclass(frozen=True, slots=True)
class All:
    """Everything: the empty query."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word in any inflected form; `acronym`: it was written in capitals and must stand in capitals."""

    word: str  # folded
    acronym: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side, each in any inflected form."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin with `stem` as they are written."""

    stem: str  # folded


@dataclass(frozen=True, slots=True)
class Tagged:
    """A country or theme found by tagging, with this role (any where None) and salience."""

    dimension: Dimension
    key: str
    role: Role | None = None
    salience: tuple[tuple[Comparison, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Salience:
    """Some country or theme was found with this salience."""

    comparison: Comparison
    value: float


@dataclass(frozen=True, slots=True)
class OfKind:
    """The article is of this kind."""

    kind: KindLabel


@dataclass(frozen=True, slots=True)
class InLanguage:
    """The article is in this language (ISO 639-1)."""

    language: str


@dataclass(frozen=True, slots=True)
class FromOutlet:
    """The article comes from this host or one below it."""

    host: str


@dataclass(frozen=True, slots=True)
class ByAuthor:
    """A byline holds these words side by side, as they are written."""

    words: tuple[str, ...]  # folded


@dataclass(frozen=True, slots=True)
class Published:
    """The article was published at or after `start`, and before `end`; None: no bound."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Sources:
    """So many outlets carry the story."""

    comparison: Comparison
    count: int


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not that."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Same:
    """Both in one sentence."""

    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Near:
    """Both in the title, or both in the text, with at most `words` words between them."""

    left: "Node"
    right: "Node"
    words: int


Node = (
    All | Word | Phrase | Prefix | Tagged | Salience | OfKind | InLanguage | FromOutlet | ByAuthor | Published
    | Sources | And | Or | Not | Same | Near
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query and the text that it came from."""

    text: str
    root: Node
