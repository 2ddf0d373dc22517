"""Words -> acts: what one country does to another or says of it, by the frames of a language.

A frame is an act with its stance and the patterns that tell it (data/frames/, in English and Russian). Where
what stands before the verb leaves open whether the act happens, there is none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from tomllib import loads
from typing import Literal

from monitor.tagging.first_words import FirstWords, Owners
from monitor.tagging.patterns import Pattern, listed_forms
from monitor.tagging.text import Reading

Stance = Literal[-1, 0, 1]

LANGUAGES = ("en", "ru")
WINDOW_WORDS = 24  # longest stretch that one pattern can cover
_NEGATION_WORDS = 3  # from "not" to the verb
# Endings of passive verbs in Russian.
_PASSIVE_RU = ("ан", "ана", "ано", "аны", "ен", "ена", "ено", "ены", "ят", "ята", "яты")


@dataclass(frozen=True, slots=True)
class Frame:
    """An act with its stance; in a `mutual` one its actors mean each other."""

    key: str
    stance: Stance
    mutual: bool


# What reads like an act and is none: "rolled back", "water supplies".
NOTHING = Frame("nothing", 0, mutual=False)
Meant = tuple[Frame | str, Pattern]  # a frame, or a country, and what tells it


@dataclass(frozen=True)
class Frames:
    """The frames of one language, what stands for a country in them, and the words around them."""

    language: str
    patterns: tuple[Meant, ...]
    words: Mapping[str, frozenset[str]]

    @cached_property
    def first_words(self) -> FirstWords[Meant]:
        """Word -> the frames, and the stand-ins for countries, that can begin with it."""
        return FirstWords((pattern, (meant, pattern)) for meant, pattern in self.patterns)

    @cached_property
    def first_words_of_proxies(self) -> frozenset[str]:
        """All words that the stand-ins for countries can begin with."""
        proxies = (pattern for meant, pattern in self.patterns if isinstance(meant, str))
        return frozenset[str]().union(
            *(listed_forms(word, self.language) for pattern in proxies for word, _ in pattern.beginnings())
        )


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
    meant.append((NOTHING, table["nothing"]["patterns"]))
    return Frames(
        language,
        tuple((one, Pattern(source, language)) for one, sources in meant for source in sources),
        {name: frozenset(words.split()) for name, words in table["words"].items()},
    )


@dataclass(frozen=True, slots=True)
class FrameHit:
    """A frame at words `first` up to, not including, `last`; its stance with negation reckoned in."""

    frame: Frame
    first: int
    last: int
    stance: Stance
    passive: bool


def find_frames(
    body: Reading, known: Frames, beginnings: Iterable[tuple[int, Owners[Meant]]], first: int, last: int
) -> Iterator[FrameHit]:
    """Yield the frames among the words `first` up to `last`: the longest where several begin.

    `beginnings` is where they can begin: `known.first_words.candidates` of these words.
    """
    words = body.words
    free = first
    for number, owners in beginnings:
        if number < free:
            continue
        window = ""
        best: tuple[int, Frame] | None = None
        for (frame, pattern), _ in owners:
            if isinstance(frame, str):
                continue
            window = window or " ".join(words[number : min(last, number + WINDOW_WORDS)]) + " "
            count = pattern.count_words(window)
            if count and (best is None or count > best[0]):
                best = (count, frame)
        if best is None:
            continue
        free = number + best[0]  # whatever it is, no other act begins inside it
        hit = _judged(body, known, first, number, free, best[1])
        if hit is not None and best[1] is not NOTHING:
            yield hit


def _judged(body: Reading, known: Frames, begin: int, first: int, last: int, frame: Frame) -> FrameHit | None:
    """Reckon in what stands before the verb; None where it leaves the act open."""
    words = body.words
    start = max(begin, first - _NEGATION_WORDS)
    for number in range(first - 1, start, -1):
        if words[number] in known.words["joint"] and "," in body.separator(number):
            start = number  # "met no one, and condemned": another verb's
            break
    near = words[start:first]
    if any(word in known.words["open"] for word in near):
        return None
    passive = words[first].endswith(("ed", "n", "d")) and (
        any(word in known.words["passive"] for word in near[-2:]) or words[last : last + 1] == ["by"]
    )
    if known.language == "ru" and words[first].endswith(_PASSIVE_RU):
        return None  # who acts stands in the instrumental, if at all
    if last - first == 1 and not passive:
        if near and near[-1] in known.words["noun"]:
            return None
        if last < len(words) and words[last] in known.words["behind_noun"]:
            return None  # "his embrace is not limited to"
    negated = any(word in known.words["negation"] for word in near)
    stance: Stance = frame.stance
    if negated:
        stance = -1 if frame.stance == 1 else 0
    return FrameHit(frame, first, last, stance, passive)
