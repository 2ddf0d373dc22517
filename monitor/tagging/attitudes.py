"""Sentences with two countries in them -> who says or does what to whom.

Acts and words that turn one country for or against another are in data/frames/, in English and Russian. The
country that acts stands before the verb in its clause, the one that is meant stands after it; a passive
turns them round. Where a sentence leaves open who acts, asks, or speaks of what may be, nothing is said:
these judgements are added up over many articles, so a missing one costs less than a wrong one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise
from tomllib import loads
from typing import Literal

from monitor.model import Attitude
from monitor.tagging.first_words import FirstWords
from monitor.tagging.patterns import Pattern
from monitor.tagging.text import Reading

Stance = Literal[-1, 0, 1]
Spans = Mapping[str, Sequence[tuple[int, int]]]
Place = tuple[int, int, str]  # start, end, country

LANGUAGES = ("en", "ru")
_REACH_WORDS = 9  # from the verb to the country that is meant
_NEGATION_WORDS = 3  # from "not" to the verb
_DESCRIBED_WORDS = 4  # from "the only" to the country
_ACTOR_WORDS = 3  # from "president" to "of Kazakhstan"
_MAX_QUOTE_CHARS = 600
_MAX_SENTENCE_WORDS = 120  # longer ones are lists and tables
_WINDOW_WORDS = 24  # longest stretch that one pattern can cover
_CLAUSE_ENDS = frozenset(",;:()-")
# Russian: endings of a country's name or adjective that cannot be who acts.
_PASSIVE_RU = ("ан", "ана", "ано", "аны", "ен", "ена", "ено", "ены", "ят", "ята", "яты")
_OBLIQUE_RU = ("ию", "ией", "ого", "ому", "ыми", "ими", "стану", "станом", "стане", "ую", "аном", "ану")
# A verb that may have no subject: "they", or "people".
_PLURAL_RU = ("ли", "лись", "ют", "ут", "ят", "ат", "ются", "утся", "ятся", "атся")


@dataclass(frozen=True, slots=True)
class Frame:
    """An act with its stance; in a `mutual` one its actors mean each other."""

    key: str
    stance: Stance
    mutual: bool


@dataclass(frozen=True)
class Frames:
    """The frames of one language, what stands for a country in them, and the words around them."""

    language: str
    patterns: tuple[tuple[Frame | str, Pattern], ...]  # what tells a frame, or a country
    words: Mapping[str, frozenset[str]]

    @cached_property
    def first_words(self) -> FirstWords[tuple[Frame | str, Pattern]]:
        """Word -> the frames, and the stand-ins for countries, that can begin with it."""
        return FirstWords((pattern, (meant, pattern)) for meant, pattern in self.patterns)


@cache
def frames(language: str) -> Frames | None:
    """Return the frames of a language, None where there are none for it."""
    if language not in LANGUAGES:
        return None
    table = loads(files("monitor.tagging").joinpath(f"data/frames/{language}.toml").read_text("utf-8"))
    meant: list[tuple[Frame | str, Sequence[str]]] = [
        (Frame(row["key"], row["stance"], row.get("mutual", False)), row["patterns"])
        for row in table["frames"]
    ]
    meant += [(row["country"], row["patterns"]) for row in table["proxies"]]
    return Frames(
        language,
        tuple((one, Pattern(source, language)) for one, sources in meant for source in sources),
        {name: frozenset(words.split()) for name, words in table["words"].items()},
    )


@dataclass(frozen=True, slots=True, order=True)
class _Mention:
    """A country at words `first` up to, not including, `last`. A proxy never acts."""

    first: int
    last: int
    country: str
    proxy: bool = False


@dataclass(frozen=True, slots=True)
class FrameHit:
    """A frame at words `first` up to, not including, `last`; its stance with negation reckoned in."""

    frame: Frame
    first: int
    last: int
    stance: Stance
    passive: bool


def attitudes(body: Reading, countries: Spans, language: str | None) -> tuple[Attitude, ...]:
    """Return the attitudes between countries in a text, in its order, one of a kind for each sentence.

    `countries` holds all places of every country, leaders' names included, as offsets into `body.text`.
    Only English and Russian are read; of other languages nothing is said.
    """
    known = frames(language or "")
    if known is None or not countries:
        return ()
    by_sentence: dict[int, list[Place]] = {}
    for country, places in countries.items():
        for start, end in places:
            by_sentence.setdefault(body.sentence_index(start), []).append((start, end, country))
    found: dict[tuple[str, str, Stance, str], Attitude] = {}
    for index, here in sorted(by_sentence.items()):
        start, end = body.sentences[index]
        first, last = body.word_index(start), body.word_index(max(start, end - 1)) + 1
        if last - first > _MAX_SENTENCE_WORDS:
            continue
        begun = known.first_words.candidates(body.words, first, last)
        if not begun:
            continue
        # Most sentences speak of one country only, and nobody in them can stand for another.
        if (
            (len(here) == 1 or len({country for _, _, country in here}) == 1)
            and (len(countries) == 1 or body.words[first] not in known.words["pronoun"])
            and not any(isinstance(meant, str) for _, owners in begun for (meant, _), _ in owners)
        ):
            continue
        quote = body.text[start : min(end, start + _MAX_QUOTE_CHARS)]
        sentence = _Sentence(body, known, index, by_sentence)
        for source, target, stance in sentence.relations():
            found.setdefault((source, target, stance, quote), Attitude(source, target, stance, quote))
    return tuple(found.values())


class _Sentence:
    """One sentence's words, countries and frames."""

    def __init__(
        self, body: Reading, known: Frames, index: int, by_sentence: Mapping[int, list[Place]]
    ) -> None:
        self._body = body
        self._known = known
        self._index = index
        self._by_sentence = by_sentence
        start, end = body.sentences[index]
        self._first = max(0, body.word_index(start))
        self._last = body.word_index(max(start, end - 1)) + 1
        self._open = body.text[start:end].rstrip("\"'»”’ ").endswith("?")
        mentions = sorted(
            _Mention(body.word_index(start), body.word_index(max(start, end - 1)) + 1, country)
            for start, end, country in by_sentence[index]
        )
        # A stand-in goes before: the "republic of Donetsk" is not Ukraine's side.
        proxies = list(self._proxies())
        taken = {word for proxy in proxies for word in range(proxy.first, proxy.last)}
        mentions = [mention for mention in mentions if mention.first not in taken]
        self._mentions = sorted([*mentions, *proxies])

    def relations(self) -> Iterator[tuple[str, str, Stance]]:
        """Yield (source, target, stance) for every frame whose two ends are clear."""
        if self._open or not self._may_relate():
            return
        before: FrameHit | None = None
        for hit in find_frames(self._body, self._known, self._first, self._last):
            if before is not None and self._is_complement(before, hit):
                continue
            before = hit
            if hit.frame.mutual:
                together = self._before(hit.first)
                for source in together:
                    yield from ((source, target, hit.stance) for target in together if source != target)
                continue
            if hit.passive:
                targets = self._before(hit.first)
                sources = self._agent(hit.last)
            else:
                sources = self._before(hit.first) or self._pronoun(hit.first)
                targets = self._after(hit.first + 1, hit.last)
            for source in sources:
                for target in targets:
                    if source != target:
                        yield source, target, hit.stance

    def _is_complement(self, before: FrameHit, hit: FrameHit) -> bool:
        """Whether the act is what the one before blames or praises: "accused Russia of arming Azerbaijan"."""
        words = self._body.words
        return any(
            words[number] in self._known.words["complement"] and words[number + 1].endswith("ing")
            for number in range(before.last - 1, hit.first)
        )

    def _may_relate(self) -> bool:
        countries = {mention.country for mention in self._mentions}
        return len(countries) > 1 or self._body.words[self._first] in self._known.words["pronoun"]

    def _proxies(self) -> Iterator[_Mention]:
        body = self._body
        for number, owners in self._known.first_words.candidates(body.words, self._first, self._last):
            for (country, pattern), capitals in owners:
                if not isinstance(country, str):
                    continue
                start = body.starts[number]
                if capitals and not body.text[start : start + capitals].isupper():
                    continue
                count = pattern.count_words(
                    " ".join(body.words[number : min(self._last, number + _WINDOW_WORDS)]) + " "
                )
                if count:
                    yield _Mention(number, number + count, country, proxy=True)

    def _clause_start(self, number: int) -> int:
        """The first word of the clause that holds word `number`."""
        while number > self._first and not _ends_clause(self._body.separator(number)):
            number -= 1
        return number

    def _before(self, verb: int) -> tuple[str, ...]:
        """Who acts: the nearest country before the verb in its clause, or, across an insertion between
        commas, in the clause that it interrupts."""
        begin = self._clause_start(verb)
        if self._urged(begin, verb):
            return ()
        here = [mention for mention in self._mentions if begin <= mention.first < verb]
        reported = self._body.words[begin] in self._known.words["saying"]
        if not here and begin > self._first and not reported:
            inserted = self._clause_start(begin - 1)
            start, end = (
                (self._clause_start(inserted - 1), inserted)
                if inserted > self._first
                else (self._first, begin)
            )
            here = [mention for mention in self._mentions if start <= mention.first < end]
        actors = [mention for mention in here if self._acts(mention) or self._is_seat(mention, begin, verb)]
        if not actors:
            return ()
        return self._with_coordinated(actors[-1], backwards=True)

    def _acts(self, mention: _Mention) -> bool:
        """Whether a country can be who acts: not after a preposition, unless its president is meant."""
        if mention.proxy:
            return False
        words, known = self._body.words, self._known.words
        if not known["private"].isdisjoint(words[max(self._first, mention.first - 1) : mention.last + 1]):
            return False  # "Sudanese rebels", "ethnic Turks"
        near = words[max(self._first, mention.first - _ACTOR_WORDS) : mention.first]
        headed = any(word in known["actor"] for word in near)
        if mention.first > self._first and words[mention.first - 1] in known["preposition"] and not headed:
            return False
        described = words[max(self._first, mention.first - _DESCRIBED_WORDS) : mention.first]
        if any(pair in known["predicate"] for pair in map("_".join, pairwise(described))):
            return False  # "Belarus was the only Soviet state to": not the state acts, but Belarus
        if self._known.language == "ru" and not headed:
            return not words[mention.last - 1].endswith(_OBLIQUE_RU)
        return True

    def _is_seat(self, mention: _Mention, begin: int, verb: int) -> bool:
        """Whether the place of those who act stands for them, in a sentence without a subject: "В Москве
        пригрозили", "In Moscow they threatened"."""
        words = self._body.words
        return (
            mention.last == verb
            and mention.first == begin + 1
            and words[begin] in self._known.words["seat"]
            and words[verb].endswith(_PLURAL_RU)
        )

    def _after(self, begin: int, last: int) -> tuple[str, ...]:
        """Whom it is meant for: the first country after the verb's first word, before anything that ends the
        clause; behind the victim of an attack only who is behind "by"."""
        words, known = self._body.words, self._known.words
        hostile = victim = False
        for number in range(begin, min(self._last, last + _REACH_WORDS)):
            for mention in self._mentions:
                if mention.first == number and (not victim or words[number - 1] in known["by"]):
                    return self._with_coordinated(mention, backwards=False)
            if number < last:
                continue
            word = words[number]
            if word in known["stop"] or (
                number > last and self._body.separator(number).strip() in (";", ":", "(")
            ):
                return ()
            if word in known["hostile"]:
                hostile = True
            elif hostile and word in known["toward"]:
                victim = True
        return ()

    def _agent(self, last: int) -> tuple[str, ...]:
        """Who acts in a passive: the country after "by"."""
        for number in range(last, min(self._last, last + _REACH_WORDS)):
            if self._body.words[number] in self._known.words["by"]:
                return self._after(number + 1, number + 1)
        return ()

    def _pronoun(self, verb: int) -> tuple[str, ...]:
        """Who "he" is at the sentence's beginning: the one who acts at the beginning of the sentence before,
        where only one country can."""
        if self._body.words[self._first] not in self._known.words["pronoun"] or not self._index:
            return ()
        if verb - self._first > _REACH_WORDS or self._index - 1 not in self._by_sentence:
            return ()
        start, end = self._body.sentences[self._index - 1]
        if end - start > _MAX_QUOTE_CHARS:
            return ()
        before = _Sentence(self._body, self._known, self._index - 1, self._by_sentence)
        actors = [mention for mention in before._mentions if before._acts(mention)]
        return (actors[0].country,) if actors and actors[0].first - before._first <= _ACTOR_WORDS else ()

    def _urged(self, begin: int, verb: int) -> bool:
        """Whether somebody is only asked to, or it is doubted: "urged China to condemn"."""
        if begin > self._first and self._body.words[begin] in self._known.words["that"]:
            begin = self._clause_start(begin - 1)
        return any(word in self._known.words["urging"] for word in self._body.words[begin:verb])

    def _with_coordinated(self, mention: _Mention, *, backwards: bool) -> tuple[str, ...]:
        """The mention's country and those joined to it: "Kazakhstan, Kyrgyzstan and Uzbekistan"."""
        ordered = self._mentions[::-1] if backwards else self._mentions
        chain = [mention]
        for other in ordered[ordered.index(mention) + 1 :]:
            left, right = (other, chain[-1]) if backwards else (chain[-1], other)
            between = self._body.words[left.last : right.first]
            if len(between) > 2 or not all(word in self._known.words["also"] for word in between):
                break
            if not between and "," not in self._body.separator(right.first):
                break  # "the Russian president Putin" is one
            chain.append(other)
        return tuple(dict.fromkeys(link.country for link in chain))


def _ends_clause(separator: str) -> bool:
    if separator == " ":  # nearly always
        return False
    return any(char in _CLAUSE_ENDS for char in separator) and separator != "-"


def find_frames(body: Reading, known: Frames, first: int, last: int) -> Iterator[FrameHit]:
    """Yield the frames among the words `first` up to `last`: the longest where several begin."""
    words = body.words
    free = first
    for number, owners in known.first_words.candidates(words, first, last):
        if number < free:
            continue
        window = ""
        best: tuple[int, Frame] | None = None
        for (frame, pattern), _ in owners:
            if isinstance(frame, str):
                continue
            window = window or " ".join(words[number : min(last, number + _WINDOW_WORDS)]) + " "
            count = pattern.count_words(window)
            if count and (best is None or count > best[0]):
                best = (count, frame)
        if best is None:
            continue
        hit = _judged(body, known, first, number, number + best[0], best[1])
        if hit is not None:
            free = hit.last
            yield hit


def _judged(body: Reading, known: Frames, begin: int, first: int, last: int, frame: Frame) -> FrameHit | None:
    """Reckon in what stands before the verb; None where it leaves the act open."""
    words = body.words
    near = words[max(begin, first - _NEGATION_WORDS) : first]
    if any(word in known.words["open"] for word in near):
        return None
    passive = any(word in known.words["passive"] for word in near[-2:]) and words[first].endswith(
        ("ed", "n", "d")
    )
    if known.language == "ru" and words[first].endswith(_PASSIVE_RU):
        return None  # who acts stands in the instrumental, if at all
    is_noun = bool(near) and near[-1] in known.words["noun"] and not passive
    if is_noun and last - first == 1:
        return None
    negated = any(word in known.words["negation"] for word in near)
    stance: Stance = frame.stance
    if negated:
        stance = -1 if frame.stance == 1 else 0
    return FrameHit(frame, first, last, stance, passive)
