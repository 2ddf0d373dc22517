"""Node -> the watch language: what was understood, in the form in which it can be written again."""

from datetime import datetime, timedelta

from monitor.watch.query import (
    All,
    And,
    ByAuthor,
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
    Salience,
    Same,
    Sources,
    Tagged,
    Word,
)

_LOOSENESS = {Or: 3, And: 2, Not: 1, Same: 1, Near: 1}


def show(node: Node) -> str:
    """Return a query text that parses to `node`."""
    match node:
        case All():
            return ""
        case Word():
            return _word(node)
        case Phrase(words):
            return '"' + " ".join(_letters(word) for word in words) + '"'
        case Prefix(stem):
            return f"{stem}*"
        case Tagged(dimension, key, role, salience):
            limits = "".join(f" AND salience{sign}{value!r}" for sign, value in salience)
            text = f"{dimension}:{key}" + (f"@{role}" if role else "")
            return f"({text}{limits})" if limits else text
        case Salience(sign, value):
            return f"salience{sign}{value!r}"
        case OfKind(kind):
            return f"kind:{kind}"
        case InLanguage(language):
            return f"lang:{language}"
        case FromOutlet(host):
            return f"outlet:{host}"
        case ByAuthor(names):
            return f'author:"{" ".join(names)}"'
        case Published(start, end):
            return _published(start, end)
        case Sources(sign, count):
            return f"sources{sign}{count}"
        case And(parts):
            return " AND ".join(_inner(part, 1) for part in parts)
        case Or(parts):
            return " OR ".join(_inner(part, 2) for part in parts)
        case Not(part):
            return f"NOT ({show(part)})" if isinstance(part, Not) else f"NOT {_inner(part, 1)}"
        case Same(left, right):
            return f"{_inner(left, 1)} SAME {_inner(right, 0)}"
        case Near(left, right, words):
            return f"{_inner(left, 1)} NEAR/{words} {_inner(right, 0)}"


def _inner(node: Node, loosest: int) -> str:
    """Show a node inside another, in parentheses where it binds more loosely than `loosest`."""
    text = show(node)
    looseness = _LOOSENESS.get(type(node), 0)
    if isinstance(node, Published) and " AND " in text:
        looseness = _LOOSENESS[And]
    return text if looseness <= loosest else f"({text})"


def _letters(word: Word) -> str:
    return word.word.upper() if word.acronym else word.word


def _word(word: Word) -> str:
    return (
        _letters(word)
        if _letters(word) not in ("AND", "OR", "NOT", "SAME", "NEAR")
        else f'"{_letters(word)}"'
    )


def _published(start: datetime | None, end: datetime | None) -> str:
    limits = []
    if (
        start is not None
        and end is not None
        and end - start in (timedelta(days=1), timedelta(microseconds=1))
    ):
        return f"published={_moment(start)}"
    if start is not None:
        limits.append(f"published>={_moment(start)}")
    if end is not None:
        limits.append(f"published<{_moment(end)}")
    return " AND ".join(limits)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d") if at.timetz().isoformat() == "00:00:00+00:00" else at.isoformat()
