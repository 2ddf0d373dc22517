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
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import compress, count, product
from tomllib import loads
from typing import Generic, Literal, TypeVar

from monitor.tagging.text import fold_term, split_words

Owner = TypeVar("Owner", bound=Hashable)
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


_MEMO_WORDS = 200_000
_STEM_KEY_CHARS = 3


class FirstWords(dict[str, tuple[tuple[Owner, int], ...]], Generic[Owner]):
    """Word of a text -> the owners of patterns that can begin with it, each with the number of letters
    that must be capitals.

    Filled as words are met: a language's common words are looked up once, not once an article.
    """

    # After a word that patterns begin with: which of them the next word can continue; None: all, always.
    _seconds: dict[str, "_Seconds[Owner] | None"]

    def __init__(self, patterns: Iterable[tuple[Pattern, Owner]]) -> None:
        super().__init__()
        self._seconds = {}
        self._by_stem: dict[str, list[tuple[Word, str, Owner, frozenset[Word] | None]]] = {}
        for pattern, owner in patterns:
            for word, following in pattern.beginnings():
                self._by_stem.setdefault(word.text, []).append((word, pattern.language, owner, following))
        lengths: dict[str, set[int]] = {}
        for stem in self._by_stem:
            lengths.setdefault(stem[:_STEM_KEY_CHARS], set()).add(len(stem))
        self._lengths = {key: tuple(sorted(found)) for key, found in lengths.items()}

    def __missing__(self, text: str) -> tuple[tuple[Owner, int], ...]:
        found: dict[Owner, int] = {}
        following_of: dict[Owner, list[tuple[frozenset[Word], str]] | None] = {}
        for length in self._stem_lengths(text):
            for word, language, owner, following in self._by_stem.get(text[:length], ()):
                if ending_fits(text[length:], word, language):
                    capitals = length if word.upper else 0
                    found[owner] = min(found.get(owner, capitals), capitals)
                    known = following_of.setdefault(owner, [])
                    if following is None:
                        following_of[owner] = None
                    elif known is not None:
                        known.append((following, language))
        if len(self) >= _MEMO_WORDS:
            self.clear()
            self._seconds.clear()
        result = tuple(found.items())
        if result:
            free = all(following is None for following in following_of.values())
            self._seconds[text] = None if free else _Seconds(result, following_of)
        self[text] = result
        return result

    def _stem_lengths(self, text: str) -> Iterator[int]:
        """The lengths of the stems that begin like `text`, the shortest first; for most words none."""
        for length in range(1, min(len(text), _STEM_KEY_CHARS) + 1):
            yield from self._lengths.get(text[:length], ())

    def candidates(
        self, words: list[str], first: int = 0, last: int | None = None
    ) -> list[tuple[int, tuple[tuple[Owner, int], ...]]]:
        """Return the numbers of those of `words[first:last]` where patterns can begin, with the owners of
        those whose second word fits as well: a later word may still not."""
        part = words if first == 0 and last is None else words[first:last]
        all_seconds, end = self._seconds, len(words) - 1
        found = []
        for number in compress(count(first), map(self.__getitem__, part)):
            word = words[number]
            seconds = all_seconds[word]
            if seconds is None:
                owners = self[word]
            elif number < end:
                owners = seconds[words[number + 1]]
            else:
                owners = seconds.alone
            if owners:
                found.append((number, owners))
        return found


class _Seconds(dict[str, tuple[tuple[Owner, int], ...]], Generic[Owner]):
    """Word of a text -> the owners of patterns whose second word it can be. Filled as words are met."""

    def __init__(
        self,
        owners: tuple[tuple[Owner, int], ...],
        following: Mapping[Owner, list[tuple[frozenset[Word], str]] | None],
    ) -> None:
        """`following`: what words can come next in each owner's patterns, with their language; None: any."""
        super().__init__()
        self._owners, self._following = owners, following
        self.alone = tuple(pair for pair in owners if following[pair[0]] is None)

    def __missing__(self, text: str) -> tuple[tuple[Owner, int], ...]:
        if len(self) >= _MEMO_WORDS:
            self.clear()
        found = tuple(pair for pair in self._owners if self._fits(text, self._following[pair[0]]))
        self[text] = found = self.alone if len(found) == len(self.alone) else found
        return found

    @staticmethod
    def _fits(text: str, following: list[tuple[frozenset[Word], str]] | None) -> bool:
        return (
            following is None
            or any(
                (text == "s" and language == "en")  # the first word's possessive
                or any(
                    text.startswith(word.text) and ending_fits(text[len(word.text) :], word, language)
                    for word in words
                )
                for words, language in following
            )
        )


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
    """Return one expression that finds any of these patterns in folded words, each followed by a space."""
    inner = "|".join(_sequence_regex(_Parser(source).parse(), language) for source in sources)
    return re.compile(f"(?<!\\S)(?:{inner})")
