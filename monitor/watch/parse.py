"""text -> `Query`; mistakes are `QueryError`s with the position and, where there is one, a suggestion."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import NoReturn, cast, get_args

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from monitor.config.codes import THEMES
from monitor.countries import COUNTRY_NAMES
from monitor.errors import QueryError
from monitor.model import KINDS, KindLabel, Role
from monitor.watch.query import (
    All,
    And,
    ByAuthor,
    Comparison,
    Dimension,
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
from monitor.watch.words import tokens

MAX_QUERY = 10_000  # characters
MAX_DEPTH = 10  # parentheses inside each other; SQLite's parsers overflow at some thirty
MAX_NEAR = 100  # words
MAX_JOINED = 10  # SAME and NEAR in one chain
DEFAULT_NEAR = 10
MIN_PREFIX = 2  # letters
FIELDS = ("country", "theme", "kind", "lang", "outlet", "author")
COMPARED = ("salience", "published", "sources")
_QUOTES = str.maketrans(dict.fromkeys("“”„«»＂", '"'))
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_HOST = re.compile(r"[^\s/@:*]+\.[^\s/@:*.]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_OTHER_SIGNS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "!": "NOT"}  # of other languages
_OTHER_CODES = {"UK": "GB", "EL": "GR"}
_POSITIONAL = (Word, Phrase, Prefix, Tagged, Same, Near)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a query may use: theme keys, and country code -> English name."""

    themes: frozenset[str] = frozenset(THEMES)
    countries: tuple[tuple[str, str], ...] = tuple(COUNTRY_NAMES.items())

    def with_themes(self, keys: Iterable[str]) -> "Vocabulary":
        """Return the vocabulary with the user's own themes."""
        return replace(self, themes=self.themes | frozenset(keys))


DEFAULT_VOCABULARY = Vocabulary()


@cache
def _parser() -> Lark:
    grammar = resources.files("monitor.watch").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False)


def parse(text: str, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Query:
    """Parse a query; the empty one means everything. Raises QueryError."""
    plain = text.translate(_QUOTES)
    if len(text) > MAX_QUERY:
        raise QueryError(f"the query is longer than {MAX_QUERY} characters", text, MAX_QUERY)
    if not plain.strip():
        return Query(text, All())
    _check_depth(text, plain)
    try:
        tree = _parser().parse(plain)
    except UnexpectedInput as error:
        _explain(error, text, plain)
    return Query(text, _Builder(text, vocabulary).either(cast(Tree[Token], tree.children[0])))


def _check_depth(text: str, plain: str) -> None:
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[()]', plain):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth > MAX_DEPTH:
            raise QueryError(f"more than {MAX_DEPTH} parentheses inside each other", text, match.start())


def _explain(error: UnexpectedInput, text: str, plain: str) -> NoReturn:
    """Say in plain words what the parser stumbled over."""
    if isinstance(error, UnexpectedCharacters):
        raise QueryError(
            'this quotation mark is not closed: write a second "', text, error.pos_in_stream or 0
        )
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        found = str(error.token)
        position = error.token.start_pos or 0
        if found == ")":
            raise QueryError('this ")" closes nothing, or there is nothing before it', text, position)
        raise QueryError(f'"{found}" cannot stand here: a word or a condition is missing before it; to search'
                         f' for the word itself, write "{found.lower()}"', text, position)  # fmt: skip
    if plain.count("(") > plain.count(")"):
        raise QueryError('a "(" is not closed: write a ")"', text, len(text))
    raise QueryError("the query ends where a word or a condition is missing", text, len(text))


class _Builder:
    """Parse tree -> nodes. One method for each rule of the grammar."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._fields: dict[str, Callable[[Token, str, int], Node]] = {
            "country": self._tagged,
            "theme": self._tagged,
            "kind": self._kind,
            "lang": self._language,
            "outlet": self._outlet,
            "author": self._author,
        }
        self._compared: dict[str, Callable[[Comparison, str, int], Node]] = {
            "salience": self._salience,
            "published": self._published,
            "sources": self._sources,
        }

    def either(self, tree: Tree[Token]) -> Node:
        parts = [self._both(cast(Tree[Token], child)) for child in tree.children]
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self, tree: Tree[Token]) -> Node:
        parts = [self._negated(cast(Tree[Token], child)) for child in tree.children]
        return parts[0] if len(parts) == 1 else _bind_salience(parts)

    def _negated(self, tree: Tree[Token]) -> Node:
        node = self._joined(cast(Tree[Token], tree.children[-1]))
        return Not(node) if len(tree.children) % 2 == 0 else node

    def _joined(self, tree: Tree[Token]) -> Node:
        node = self._atom(tree.children[0])
        if len(tree.children) // 2 > MAX_JOINED:
            last = cast(Token, tree.children[2 * MAX_JOINED + 1])
            self._fail(f"more than {MAX_JOINED} SAME and NEAR in one chain", last.start_pos)
        for operator, child in zip(tree.children[1::2], tree.children[2::2], strict=True):
            left, right = node, self._atom(child)
            assert isinstance(operator, Token)
            for side in (left, right):
                if not is_positional(side):
                    self._fail(
                        f"{operator} joins what stands in a sentence: words, phrases, country: and theme:, "
                        f"and OR between them; for several in one, write A {operator} B {operator} C",
                        operator.start_pos,
                    )
            if operator.type == "SAME":
                node = Same(left, right)
                continue
            words = int(operator.partition("/")[2] or DEFAULT_NEAR)
            if words > MAX_NEAR:
                self._fail(f"NEAR reaches at most {MAX_NEAR} words", operator.start_pos)
            node = Near(left, right, words)
        return node

    def _atom(self, child: Tree[Token] | Token) -> Node:
        if isinstance(child, Token):
            return self._phrase(child) if child.type == "PHRASE" else self._word(child)
        if child.data == "group":
            return self.either(cast(Tree[Token], child.children[0]))
        head, tail = cast(tuple[Token, Token], tuple(child.children))
        value = _unquoted(tail)
        position = tail.start_pos or 0
        if child.data == "field":
            name = head[:-1].lower()
            if name[:1] in "-!" and name[1:] in FIELDS:
                self._fail(f"to leave something out, write NOT {head[1:]}{value}", head.start_pos)
            if "," in value and name in FIELDS and name != "author":
                either = " OR ".join(f"{head}{part}" for part in value.split(",") if part)
                self._fail(f"one value for each {head} write ({either})", position)
            if name not in self._fields:
                self._unknown("field", name, (*FIELDS, *COMPARED), head.start_pos,
                              hint=f'; to search for the text itself, write "{head}{value}"')  # fmt: skip
            return self._fields[name](head, value, position)
        name = head.rstrip("<>=").strip().lower()
        if name not in self._compared:
            if name in FIELDS:
                self._fail(f"{name} is compared with a colon: {name}:{value}", head.start_pos)
            self._unknown("field", name, COMPARED, head.start_pos)
        sign = cast(Comparison, head[len(head.rstrip("<>=")) :])
        return self._compared[name](sign, value, position)

    # -- words -------------------------------------------------------------------------------------

    def _word(self, token: Token) -> Node:
        text = str(token)
        self._refuse_other_signs(text, token.start_pos)
        if text.endswith("*"):
            found = tokens(text[:-1])
            if len(found) != 1 or len(found[0].folded) < MIN_PREFIX or "*" in text[:-1]:
                self._fail(f"a * stands after one word of at least {MIN_PREFIX} letters", token.start_pos)
            return Prefix(found[0].folded)
        if "*" in text:
            self._fail("a * stands only at the end of a word", token.start_pos)
        if text.startswith("-") and tokens(text):
            self._fail(f"to leave something out, write NOT {text[1:]}", token.start_pos)
        return self._words(text, token.start_pos or 0)

    def _refuse_other_signs(self, text: str, position: int | None) -> None:
        """Say how to write what looks like an operator, and would be searched for as a word."""
        if text.startswith("NEAR/"):
            self._fail("NEAR/ takes a number of words: write NEAR/12", position)
        if text in _OTHER_SIGNS:
            self._fail(f'for "{text}" write {_OTHER_SIGNS[text]}', position)
        if text.startswith("!") and tokens(text):
            self._fail(f"to leave something out, write NOT {text[1:]}", position)
        if "|" in text.strip("|") and tokens(text):
            self._fail(f"write {' OR '.join(filter(None, text.split('|')))}", position)
        if text[1:] in get_args(Role) and text.startswith("@"):
            self._fail(f"{text} stands directly behind a country or theme: country:KZ{text}", position)
        if text.endswith(":") and text[:-1].lower() in FIELDS:
            self._fail(f"{text} needs a value directly behind it", position)
        if text == ":":
            self._fail("a colon stands directly between a field and its value: country:KZ", position)

    def _phrase(self, token: Token) -> Node:
        return self._words(_unquoted(token), token.start_pos or 0)

    def _words(self, text: str, position: int) -> Node:
        words = []
        for found in tokens(text):
            raw = text[found.start : found.end]
            words.append(Word(found.folded, acronym=len(found.folded) > 1 and raw.isupper()))
        if not words:
            self._fail("there is no letter or digit to search for", position)
        return words[0] if len(words) == 1 else Phrase(tuple(words))

    # -- fields ------------------------------------------------------------------------------------

    def _tagged(self, head: Token, value: str, position: int) -> Node:
        dimension = cast(Dimension, head[:-1].lower())
        key, at, role = value.partition("@")
        if at and role not in get_args(Role):
            self._unknown("role", role, get_args(Role), position + len(key) + 1)
        if dimension == "theme":
            key = key.lower()
            if key not in self._vocabulary.themes:
                self._unknown("theme", key, sorted(self._vocabulary.themes), position)
        else:
            names = dict(self._vocabulary.countries)
            if key.upper() not in names:
                self._unknown_country(key, names, position)
            key = key.upper()
        return Tagged(dimension, key, cast(Role, role) if at else None)

    def _unknown_country(self, key: str, names: dict[str, str], position: int) -> NoReturn:
        codes = {name.casefold(): code for code, name in names.items()}
        near_name = get_close_matches(key.casefold(), codes, n=1, cutoff=0.6)
        near_code = get_close_matches(key.upper(), names, n=1)
        guesses = [_OTHER_CODES.get(key.upper()), *(codes[name] for name in near_name), *near_code]
        code = next(filter(None, guesses), None)
        hint = f": did you mean {code} ({names[code]})?" if code else ": write its two-letter ISO code"
        self._fail(f'unknown country "{key}"{hint}', position)

    def _kind(self, head: Token, value: str, position: int) -> Node:
        if value.lower() not in KINDS:
            self._unknown("kind", value.lower(), KINDS, position)
        return OfKind(cast(KindLabel, value.lower()))

    def _language(self, head: Token, value: str, position: int) -> Node:
        if not _LANGUAGE.fullmatch(value.lower()):
            self._fail(f'"{value}" is no language code: write two letters, such as lang:ru', position)
        return InLanguage(value.lower())

    def _outlet(self, head: Token, value: str, position: int) -> Node:
        host = value.lower().removeprefix("www.").rstrip(".")
        if not _HOST.fullmatch(host):
            self._fail(f'"{value}" is no host name: write it without https:// and path, such as '
                       "outlet:example.org", position)  # fmt: skip
        return FromOutlet(host)

    def _author(self, head: Token, value: str, position: int) -> Node:
        words = tuple(token.folded for token in tokens(value))
        if not words:
            self._fail("there is no letter or digit to search for", position)
        return ByAuthor(words)

    # -- comparisons -------------------------------------------------------------------------------

    def _salience(self, sign: Comparison, value: str, position: int) -> Node:
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            self._fail(f'"{value}" is no salience: write a number from 0 to 1', position)
        return Salience(sign, number)

    def _sources(self, sign: Comparison, value: str, position: int) -> Node:
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            self._fail(f'"{value}" is no count: write a whole number', position)
        return Sources(sign, int(value))

    def _published(self, sign: Comparison, value: str, position: int) -> Node:
        try:
            if len(value) == 10:
                start = datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
                length = timedelta(days=1)
            else:
                moment = datetime.fromisoformat(value)
                start = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
                length = timedelta(microseconds=1)
            end = start + length
        except (ValueError, OverflowError):
            self._fail(f'"{value}" is no date: write it as 2026-01-31 or 2026-01-31T18:00Z', position)
        return {
            "<": Published(None, start),
            "<=": Published(None, end),
            "=": Published(start, end),
            ">=": Published(start, None),
            ">": Published(end, None),
        }[sign]

    # -- errors ------------------------------------------------------------------------------------

    def _unknown(
        self, what: str, word: str, known: Iterable[str], position: int | None, *, hint: str = ""
    ) -> NoReturn:
        names = list(known)
        close = get_close_matches(word, names, n=1)
        suggestion = f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"
        self._fail(f'unknown {what} "{word}": {suggestion}{hint}', position)

    def _fail(self, message: str, position: int | None) -> NoReturn:
        raise QueryError(message, self._text, position or 0)


def _unquoted(token: Token) -> str:
    return _ESCAPED.sub(r"\1", token[1:-1]) if token.type == "PHRASE" else str(token)


def is_positional(node: Node) -> bool:
    """Whether a node says where in the text it is fulfilled."""
    if isinstance(node, Or):
        return all(is_positional(part) for part in node.parts)
    return isinstance(node, _POSITIONAL)


def _bind_salience(parts: list[Node]) -> Node:
    """Join parts by AND; a salience among them is asked of the countries and themes beside it."""
    limits = tuple((part.comparison, part.value) for part in parts if isinstance(part, Salience))
    rest = [part for part in parts if not isinstance(part, Salience)]
    if limits and any(_names_tag(part) for part in rest):
        bound = [_with_salience(part, limits) for part in rest]
        return bound[0] if len(bound) == 1 else And(tuple(bound))
    return And(tuple(parts))


def _names_tag(node: Node) -> bool:
    match node:
        case Tagged():
            return True
        case And(parts) | Or(parts):
            return any(_names_tag(part) for part in parts)
        case Same(left, right) | Near(left, right):
            return _names_tag(left) or _names_tag(right)
        case _:
            return False


def _with_salience(node: Node, limits: tuple[tuple[Comparison, float], ...]) -> Node:
    match node:
        case Tagged():
            return replace(node, salience=node.salience + limits)
        case And(parts):
            return And(tuple(_with_salience(part, limits) for part in parts))
        case Or(parts):
            return Or(tuple(_with_salience(part, limits) for part in parts))
        case Same(left, right):
            return Same(_with_salience(left, limits), _with_salience(right, limits))
        case Near(left, right, words):
            return Near(_with_salience(left, limits), _with_salience(right, limits), words)
        case _:
            return node
