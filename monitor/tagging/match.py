"""Reading -> matches: where the terms of a lexicon stand among the words of a text.

Terms are compared word by word against a dictionary, so a match always begins and ends at a word boundary:
at letters in alphabets, at every character in Chinese. The cost is one look-up a word, however many terms
there are, and that is shared with other indexes (vocabulary.py). Of terms that begin at the same word the
longest wins, and the words of a match are not read again: "Guinea-Bissau" never counts for Guinea.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from monitor.tagging.text import Reading, fold_term, split_words
from monitor.tagging.vocabulary import BEGINS, BEGINS_BEFORE_SOME, GOES_ON, Vocabulary

Payload = TypeVar("Payload")

_PREFIX_CHARS = 3  # prefix terms are found by their first letters; shorter prefixes are refused


# Words number `first` up to, not including, `last` of a reading are a term, which carries the payloads.
Match = tuple[int, int, tuple[Payload, ...]]


class _Node(Generic[Payload]):
    """What may follow the words read so far: word -> what stands before it -> node."""

    __slots__ = ("next", "payloads")

    def __init__(self) -> None:
        self.next: dict[str, dict[str, _Node[Payload]]] = {}
        self.payloads: tuple[Payload, ...] = ()


class Matcher(Generic[Payload]):
    """An index of terms. A term is one or more words, joined by a space, hyphen, apostrophe or full stop.

    A space in a term matches any white space within a paragraph. A term whose last word ends in `*` matches
    every word with that beginning (at least three letters). The `vocabulary` may be shared with other indexes
    of the language.
    """

    def __init__(
        self, terms: Iterable[tuple[str, Payload]] = (), vocabulary: Vocabulary | None = None
    ) -> None:
        self._words: dict[str, tuple[Payload, ...]] = {}
        # By their first words; None: not taken apart yet.
        self._phrases: dict[str, _Node[Payload] | None] = {}
        self._waiting: dict[str, str] = {}
        self._read: Callable[[str], Iterable[tuple[str, tuple[Payload, ...]]]] = lambda _: ()
        self._seconds: set[str] = set()  # words that come second in the phrases that were taken apart
        self._prefixes: dict[str, list[tuple[str, tuple[Payload, ...]]]] = {}
        self._vocabulary = vocabulary or Vocabulary()
        self._beginning_at = self._vocabulary.join(self._kind)
        for term, payload in terms:
            self.add(term, payload)

    def add(self, term: str, payload: Payload) -> None:
        """Add `term`; several payloads of one term are kept in the order of their adding."""
        term = fold_term(term)
        is_prefix = term.endswith("*")
        parts = split_words(term.removesuffix("*"))
        if is_prefix and len(parts) != 3:
            raise ValueError(f"only a single word can be a prefix: {term!r}")
        if len(parts) < 3:
            raise ValueError(f"a term needs a letter or digit: {term!r}")
        if is_prefix:
            self._add_prefix(parts[1], payload)
        else:
            self._add_parts(parts, payload)
        self._vocabulary.forget()

    @classmethod
    def compiled(
        cls,
        words: dict[str, tuple[Payload, ...]],
        phrases: dict[str, str],
        read: Callable[[str], Iterable[tuple[str, tuple[Payload, ...]]]],
        vocabulary: Vocabulary | None = None,
    ) -> "Matcher[Payload]":
        """Return an index of folded words, and of folded phrases by their first word.

        Phrases are given as `read` takes them, and are read when a text first has their first word: a lexicon
        has tens of thousands, of which a text meets a few.
        """
        matcher = cls(vocabulary=vocabulary)
        matcher._words = words
        matcher._phrases = dict.fromkeys(phrases)
        matcher._waiting, matcher._read = phrases, read
        return matcher

    def __len__(self) -> int:
        """How many terms there are, phrases that begin alike counted once."""
        return len(self._words.keys() | self._phrases.keys()) + sum(map(len, self._prefixes.values()))

    def _add_prefix(self, word: str, payload: Payload) -> None:
        if len(word) < _PREFIX_CHARS:
            raise ValueError(f"a prefix needs {_PREFIX_CHARS} letters: {word!r}")
        bucket = self._prefixes.setdefault(word[:_PREFIX_CHARS], [])
        for number, (known, payloads) in enumerate(bucket):
            if known == word:
                bucket[number] = (word, (*payloads, payload))
                return
        bucket.append((word, (payload,)))
        bucket.sort(key=lambda entry: -len(entry[0]))

    def find(self, reading: Reading) -> list[Match[Payload]]:
        """Return the matches in the order of the text; they do not overlap."""
        words, single, prefixes = reading.words, self._words, self._prefixes
        phrases, end = self._phrases, len(words) - 1
        found: list[Match[Payload]] = []
        free = 0
        for match in self._beginning_at.finditer(self._vocabulary.of(reading)):
            number = match.start()
            if number < free:
                continue
            word = words[number]
            node = phrases.get(word)  # taken apart when the word's kind was asked for
            if node is not None and number < end and words[number + 1] in node.next:
                phrase = self._longest_phrase(reading, number, node)
                if phrase is not None:
                    free = phrase[1]
                    found.append(phrase)
                    continue
            payloads = single.get(word) or (self._by_prefix(word) if prefixes else ())
            if payloads:
                found.append((number, number + 1, payloads))
        return found

    def alone(self, word: str) -> tuple[Payload, ...]:
        """What a single word carries that stands at the beginning of a phrase which does not count."""
        return self._words.get(word, ())

    def _kind(self, word: str) -> int:
        begins_phrases = word in self._phrases
        if begins_phrases and self._phrases[word] is None:
            self._take_apart(word)
        return (
            BEGINS * bool(self._words.get(word) or self._by_prefix(word))
            + BEGINS_BEFORE_SOME * begins_phrases
            + GOES_ON * (word in self._seconds)
        )

    def _take_apart(self, head: str) -> _Node[Payload]:
        """Return what can follow the first word of phrases, those that were compiled among them."""
        node: _Node[Payload] = _Node()
        self._phrases[head] = node
        if head in self._waiting:
            for phrase, payloads in self._read(self._waiting.pop(head)):
                parts = split_words(phrase)
                for payload in payloads:
                    self._add_parts(parts, payload)
        return node

    def _add_parts(self, parts: Sequence[str], payload: Payload) -> None:
        """Add a term that is cut into separators and words."""
        head = parts[1]
        if len(parts) == 3:
            self._words[head] = (*self._words.get(head, ()), payload)
            return
        self._seconds.add(parts[3])
        self._vocabulary.forget(parts[3])
        node = self._phrases.get(head) or self._take_apart(head)
        for separator, word in zip(parts[2:-1:2], parts[3::2], strict=True):
            node = node.next.setdefault(word, {}).setdefault(_joint(separator), _Node())
        node.payloads = (*node.payloads, payload)

    def _longest_phrase(self, reading: Reading, number: int, node: _Node[Payload]) -> Match[Payload] | None:
        """The longest phrase that begins with word `number`; `node` is what can follow it."""
        words, separator = reading.words, reading.separator
        found: Match[Payload] | None = None
        last = number + 1
        while last < len(words) and (before := node.next.get(words[last])):
            following = before.get(_joint(separator(last)))
            if following is None:
                break
            node = following
            last += 1
            if node.payloads:
                found = (number, last, node.payloads)
        return found

    def _by_prefix(self, word: str) -> tuple[Payload, ...]:
        for prefix, payloads in self._prefixes.get(word[:_PREFIX_CHARS], ()):
            if word.startswith(prefix):
                return payloads
        return ()


def _joint(separator: str) -> str:
    """What stands between two words, as far as terms tell it apart."""
    if separator == " " or (separator.isspace() and separator.count("\n") < 2):
        return " "
    return "." if separator == ". " else separator
