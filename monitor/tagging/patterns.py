"""Pattern text -> Pattern: what a term of a theme or an attitude frame matches, over folded words.

The notation (see docs/themes.md), words apart by spaces:

    word        the word; in English also its plural and possessive
    =word       exactly the word
    stem~       the stem with any ending of the language's inflection (data/endings.toml)
    stem*       the stem with anything after it
    ...         up to three words of any kind
    (a|b c)     one of these; (a|b)? or none of them
    defen(c|s)e alternatives inside a word; at its end each with its own mark: спис(ок|к~)
    CSTO        in capitals: matches only capitals

Hyphens and apostrophes part words, in the pattern as in the text, so `anti-war` and `anti war` are one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import product
from tomllib import loads
from typing import Literal

from monitor.tagging.text import fold_term, split_words

Mark = Literal["", "=", "~", "*"]
_GAP_WORDS = 3
_MAX_ALTERNATIVES = 500
_LETTERS = re.compile(r"[^ |()~*=]+")
_FOLDED = re.compile("[a-zа-я]+")
_POSSESSIVE = "(?: s)?"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a pattern, folded. `upper`: it is an acronym and must stand in capitals."""

    text: str
    mark: Mark
    upper: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to three words of any kind."""


@dataclass(frozen=True, slots=True)
class Group:
    """One of the alternatives, or, where optional, none."""

    alternatives: tuple["Sequence", ...]
    optional: bool


Sequence = tuple[Word | Gap | Group, ...]


@cache
def endings() -> Mapping[str, frozenset[str] | int]:
    """Return what `~` allows, by language: the endings, or the most letters."""
    raw = loads(files("monitor.tagging").joinpath("data/endings.toml").read_text("utf-8"))["endings"]
    return {
        language: value if isinstance(value, int) else frozenset(value.split())
        for language, value in raw.items()
    }


# -- the parser ------------------------------------------------------------------------------------


class _Parser:
    """Recursive descent over one pattern. Raises ValueError that says what is wrong, and where."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def parse(self) -> Sequence:
        sequence = self._sequence()
        if self._at < len(self._source):
            raise self._error("a closing parenthesis without an opening one")
        if not any(isinstance(item, Word | Group) for item in sequence):
            raise self._error("no word in it")
        if isinstance(sequence[0], Gap):
            raise self._error("it must begin with a word")
        return sequence

    def _error(self, message: str) -> ValueError:
        return ValueError(f"pattern {self._source!r}, character {self._at + 1}: {message}")

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _sequence(self) -> Sequence:
        items: list[Word | Gap | Group] = []
        while self._peek() not in ("", "|", ")"):
            if self._peek() == " ":
                self._at += 1
            elif self._source.startswith("...", self._at):
                self._at += 3
                items.append(Gap())
            else:
                items.extend(self._item())
        return tuple(items)

    def _item(self) -> Sequence:
        """A word, a group, or a word with groups inside it."""
        chunks: list[tuple[str, ...] | Group] = []
        mark: Mark = ""
        while (char := self._peek()) not in ("", " ", "|", ")"):
            if char == "(":
                chunks.append(self._group())
            elif char in "~*":
                mark = "~" if char == "~" else "*"
                self._at += 1
                break
            elif char == "=" and not chunks:
                mark = "="
                self._at += 1
            else:
                letters = _LETTERS.match(self._source, self._at)
                if letters is None or "^" in letters.group():
                    raise self._error(f"unexpected {char!r}")
                self._at = letters.end()
                chunks.append((letters.group(),))
        if self._peek() not in ("", " ", "|", ")"):
            raise self._error("a space must follow here")
        if len(chunks) == 1 and isinstance(chunks[0], Group) and not mark:
            return (chunks[0],)
        return self._joined(chunks, mark)

    def _group(self) -> Group:
        self._at += 1
        alternatives = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            alternatives.append(self._sequence())
        if self._peek() != ")":
            raise self._error("a parenthesis is not closed")
        self._at += 1
        optional = self._peek() == "?"
        self._at += optional
        if not all(alternatives):
            raise self._error("an empty alternative: write (a|b)? instead")
        return Group(tuple(alternatives), optional)

    def _joined(self, chunks: list[tuple[str, ...] | Group], mark: Mark) -> Sequence:
        """Multiply out the groups inside a word: `defen(c|s)e` -> (defence|defense)."""
        if not chunks:
            raise self._error("a mark without a word")
        options = [
            self._letters(chunk, mark, last=chunk is chunks[-1])
            if isinstance(chunk, Group)
            else tuple((letters, mark) for letters in chunk)
            for chunk in chunks
        ]
        spellings = list(product(*options))
        if not spellings or len(spellings) > _MAX_ALTERNATIVES:
            raise self._error("too many alternatives inside one word")
        sequences = tuple(
            _words("".join(letters for letters, _ in parts), parts[-1][1]) for parts in spellings
        )
        if not all(sequences):
            raise self._error("a word needs a letter or digit")
        return sequences[0] if len(sequences) == 1 else (Group(sequences, optional=False),)

    def _letters(self, group: Group, mark: Mark, *, last: bool) -> tuple[tuple[str, Mark], ...]:
        """The spellings of a group inside a word; in the last one each may have its own mark."""
        letters: list[tuple[str, Mark]] = [("", mark)] if group.optional else []
        for alternative in group.alternatives:
            word = alternative[0]
            if len(alternative) != 1 or not isinstance(word, Word) or (word.mark and not last):
                raise self._error("a group inside a word holds letters only")
            letters.append((word.text, word.mark or mark))
        return tuple(letters)


def _words(spelling: str, mark: Mark) -> Sequence:
    """Cut one spelling into the words that the reader of texts would make of it."""
    if _FOLDED.fullmatch(spelling):  # most are, and there are many
        return (Word(spelling, mark, upper=False),)
    words = split_words(fold_term(spelling))[1::2]
    upper = len(spelling) > 1 and spelling.isupper()
    return tuple(
        Word(word, mark if number == len(words) - 1 else "=", upper) for number, word in enumerate(words)
    )


# -- the pattern -----------------------------------------------------------------------------------


def ending_fits(rest: str, word: Word, language: str) -> bool:
    """Whether a text's word that begins with `word.text` and goes on with `rest` is meant by `word`."""
    if not rest or word.mark == "*":
        return True
    if word.mark == "~":
        allowed = endings().get(language, 0)
        return len(rest) <= allowed if isinstance(allowed, int) else rest in allowed
    return word.mark == "" and language == "en" and not word.upper and rest in ("s", "es")


def listed_forms(word: Word, language: str) -> frozenset[str]:
    """Return all words that `word` means. Raises ValueError where nobody can list them."""
    allowed = endings().get(language, 0) if word.mark == "~" else frozenset(("s", "es"))
    if word.mark == "*" or isinstance(allowed, int):
        raise ValueError(f"{word.text}{word.mark} has more forms than can be listed")
    return frozenset(word.text + rest for rest in ("", *allowed) if ending_fits(rest, word, language))


def _word_regex(word: Word, language: str) -> str:
    text = re.escape(word.text)
    if word.mark == "*":
        return text + r"\S*"
    if word.mark == "~":
        allowed = endings().get(language, 0)
        if isinstance(allowed, int):
            return f"{text}\\S{{0,{allowed}}}"
        possessive = _POSSESSIVE if language == "en" else ""
        return f"{text}(?:{'|'.join(sorted(allowed, key=len, reverse=True))})?{possessive}"
    if word.mark == "" and language == "en":
        return f"{text}{'' if word.upper else '(?:e?s)?'}{_POSSESSIVE}"
    return text


def _sequence_regex(sequence: Sequence, language: str) -> str:
    """Every item ends with a space, so that the words of an alternative need no separators."""
    parts: list[str] = []
    for item in sequence:
        if isinstance(item, Word):
            parts.append(_word_regex(item, language) + " ")
        elif isinstance(item, Gap):
            parts.append(f"(?:\\S+ ){{0,{_GAP_WORDS}}}?")
        else:
            inner = "|".join(_sequence_regex(option, language) for option in item.alternatives)
            parts.append(f"(?:{inner}){'?' if item.optional else ''}")
    return "".join(parts)


class Pattern:
    """One pattern of a language ("all": acronyms that every language uses)."""

    def __init__(self, source: str, language: str) -> None:
        """Raises ValueError where `source` is not in the notation."""
        self.source = source
        self.language = language
        self.sequence = _Parser(source).parse()

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Matches folded words, each followed by one space. Made on first use: most are never needed."""
        return re.compile(_sequence_regex(self.sequence, self.language))

    @property
    def is_word(self) -> bool:
        """Whether finding its first word is finding all of it."""
        return all(len(option) == 1 for option in _options(self.sequence))

    def beginnings(self) -> Iterator[tuple[Word, frozenset[Word] | None]]:
        """Yield the words that it can begin with, each with those that can come next (None: any, or none)."""
        return _beginnings(self.sequence)

    def count_words(self, window: str) -> int:
        """Return how many words at the beginning of `window` it matches; 0 where it does not."""
        match = self.regex.match(window)
        return window.count(" ", 0, match.end()) if match else 0


def _options(sequence: Sequence) -> Iterator[Sequence]:
    """The sequences that a pattern stands for, as far as its outermost group goes."""
    if len(sequence) == 1 and isinstance(sequence[0], Group):
        for option in sequence[0].alternatives:
            yield from _options(option)
    else:
        yield sequence


def _beginnings(sequence: Sequence) -> Iterator[tuple[Word, frozenset[Word] | None]]:
    if not sequence:
        return
    head, tail = sequence[0], sequence[1:]
    if isinstance(head, Word):
        yield head, _seconds(tail)
        return
    if isinstance(head, Group):
        for option in head.alternatives:
            yield from _beginnings(option + tail)
    if isinstance(head, Gap) or head.optional:
        yield from _beginnings(tail)


def _seconds(sequence: Sequence) -> frozenset[Word] | None:
    """The words that `sequence` can begin with; None where it is empty or begins with any word."""
    if not sequence or isinstance(sequence[0], Gap):
        return None
    head, tail = sequence[0], sequence[1:]
    if isinstance(head, Word):
        return frozenset((head,))
    options = [_seconds(option + tail) for option in head.alternatives]
    if head.optional:
        options.append(_seconds(tail))
    found: set[Word] = set()
    for option in options:
        if option is None:
            return None
        found |= option
    return frozenset(found)


def any_of(sources: tuple[str, ...], language: str) -> re.Pattern[str]:
    """Return one expression that finds any of these patterns in folded words, each between spaces.

    It begins with a space, which is looked for much faster than any place where a word may begin.
    """
    inner = "|".join(_sequence_regex(_Parser(source).parse(), language) for source in sources)
    return re.compile(f" (?:{inner})")
