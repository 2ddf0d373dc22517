"""Sentences with two countries in them -> who says or does what to whom.

Acts and words that turn one country for or against another are in data/frames/, in English and Russian. The
country that acts stands before the verb in its clause, the one that is meant stands after it; a passive
turns them round. Where a sentence leaves open who acts, asks, or speaks of what may be, nothing is said:
these judgements are added up over many articles, so a missing one costs less than a wrong one.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from monitor.model import Attitude
from monitor.tagging.countries import Places
from monitor.tagging.frames import WINDOW_WORDS, FrameHit, Frames, Stance, find_frames, frames
from monitor.tagging.text import Reading

_REACH_WORDS = 9  # from the verb to the country that is meant
_DESCRIBED_WORDS = 4  # from "the only" to the country
_ACTOR_WORDS = 3  # from "president" to "of Kazakhstan"
_JOINT_WORDS = 2  # from "and" to the verb
_AUXILIARY_WORDS = 2  # "has since", between an insertion and the verb
_MAX_QUOTE_CHARS = 600
_MAX_SENTENCE_WORDS = 120  # longer ones are lists and tables
_CLAUSE_ENDS = frozenset(",;:()-—")
# Russian: endings of a country's name or adjective that cannot be who acts.
_OBLIQUE_RU = ("ию", "ией", "ого", "ому", "ыми", "ими", "стану", "станом", "стане", "ую", "аном", "ану")
# A verb that may have no subject: "they", or "people".
_PLURAL_RU = ("ли", "лись", "ют", "ут", "ят", "ат", "ются", "утся", "ятся", "атся")


class _Mention(NamedTuple):
    """A country at words `first` up to, not including, `last`. A proxy never acts."""

    first: int
    last: int
    country: str
    proxy: bool = False


def attitudes(body: Reading, countries: Places, language: str | None) -> tuple[Attitude, ...]:
    """Return the attitudes between countries in a text, in its order, one of a kind for each sentence.

    `countries` holds all places of every country, leaders' names included: the number of the first word, and
    of the one behind the last.
    Only English and Russian are read; of other languages nothing is said.
    """
    known = frames(language or "")
    if known is None or not countries:
        return ()
    by_sentence: dict[int, list[_Mention]] = {}
    for country, places in countries.items():
        for first, behind in places:
            index = body.sentence_index(body.starts[first])
            by_sentence.setdefault(index, []).append(_Mention(first, behind, country))
    found: dict[tuple[str, str, Stance, str], Attitude] = {}
    for index, here in sorted(by_sentence.items()):
        first, last = body.sentence_words(index)
        # Most sentences speak of one country only, and have no word that can stand for another.
        if (
            (len(here) == 1 or len({mention.country for mention in here}) == 1)
            and (len(countries) == 1 or body.words[first] not in known.words["pronoun"])
            and known.first_words_of_proxies.isdisjoint(body.words[first:last])
        ):
            continue
        if last - first > _MAX_SENTENCE_WORDS:
            continue
        sentence = _Sentence(body, known, index, by_sentence)
        if not sentence.beginnings:
            continue
        start, end = body.sentences[index]
        quote = body.text[start : min(end, start + _MAX_QUOTE_CHARS)]
        for source, target, stance in sentence.relations():
            found.setdefault((source, target, stance, quote), Attitude(source, target, stance, quote))
    return tuple(found.values())


class _Sentence:
    """One sentence's words, countries and frames."""

    def __init__(
        self, body: Reading, known: Frames, index: int, by_sentence: Mapping[int, list[_Mention]]
    ) -> None:
        self._body = body
        self._known = known
        self._index = index
        self._by_sentence = by_sentence
        self._first, self._last = body.sentence_words(index)
        # Where frames, and stand-ins for countries, can begin.
        self.beginnings = known.first_words.candidates(body, self._first, self._last)

    @cached_property
    def _mentions(self) -> list[_Mention]:
        # A stand-in goes before: the "republic of Donetsk" is not Ukraine's side.
        proxies = list(self._proxies())
        taken = {word for proxy in proxies for word in range(proxy.first, proxy.last)}
        mentions = [mention for mention in self._by_sentence[self._index] if mention.first not in taken]
        return sorted([*mentions, *proxies])

    @cached_property
    def _hits(self) -> list[FrameHit]:
        return list(find_frames(self._body, self._known, self.beginnings, self._first, self._last))

    def _asks(self) -> bool:
        start, end = self._body.sentences[self._index]
        return self._body.text[start:end].rstrip("\"'»”’ ").endswith("?")

    def relations(self) -> Iterator[tuple[str, str, Stance]]:
        """Yield (source, target, stance) for every frame whose two ends are clear."""
        if not self._may_relate() or self._asks() or self._is_sport():
            return
        before: FrameHit | None = None
        subject: tuple[str, ...] = ()
        for hit in self._hits:
            if before is not None and self._is_complement(before, hit):
                continue
            if before is None or not self._goes_on(before, hit):
                subject = self._before(hit.first) or (() if hit.passive else self._pronoun(hit.first))
            before = hit
            if hit.frame.mutual:
                sources = targets = subject
            elif self._subject_follows(hit):
                sources, targets = self._after(hit.first + 1, hit), self._object_before(hit.first)
            elif hit.passive:
                sources, targets = self._agent(hit), subject
            else:
                sources, targets = subject, self._after(hit.first + 1, hit)
            for source in sources:
                yield from ((source, target, hit.stance) for target in targets if source != target)

    def _goes_on(self, before: FrameHit, hit: FrameHit) -> bool:
        """Whether an act has the subject of the one before: "X backed Y, praised Z and then thanked W"."""
        words = self._body.words
        if self._body.separator(hit.first).strip() == ",":
            return self._clause_start(hit.first - 1) <= before.first
        for number in range(hit.first - 1, max(before.last - 1, hit.first - _JOINT_WORDS - 1), -1):
            if any(mention.first <= number < mention.last for mention in self._mentions):
                return False
            if words[number] in self._known.words["joint"]:
                return True
        return False

    def _is_complement(self, before: FrameHit, hit: FrameHit) -> bool:
        """Whether the act is what the one before blames or praises: "accused Russia of arming Azerbaijan"."""
        words = self._body.words
        if words[hit.first - 1] in self._known.words["joint"] and not words[hit.first].endswith("ing"):
            return False  # "accused X of lying and thanked Y"
        if words[hit.first - 1] == "to" and before.stance == -1:
            return True  # "refused to send troops to help Y"
        return any(
            words[number] in self._known.words["complement"] and words[number + 1].endswith("ing")
            for number in range(before.last - 1, hit.first)
        )

    def _may_relate(self) -> bool:
        countries = {mention.country for mention in self._mentions}
        return len(countries) > 1 or self._body.words[self._first] in self._known.words["pronoun"]

    def _proxies(self) -> Iterator[_Mention]:
        body = self._body
        for number, owners in self.beginnings:
            for (country, pattern), capitals in owners:
                if not isinstance(country, str):
                    continue
                start = body.starts[number]
                if capitals and not body.text[start : start + capitals].isupper():
                    continue
                count = pattern.count_words(
                    " ".join(body.words[number : min(self._last, number + WINDOW_WORDS)]) + " "
                )
                if count:
                    yield _Mention(number, number + count, country, proxy=True)

    def _is_sport(self) -> bool:
        """Whether teams play: those who beat and defend there are no states."""
        return not self._known.words["sport"].isdisjoint(self._body.words[self._first : self._last])

    def _subject_follows(self, hit: FrameHit) -> bool:
        """Whether who acts stands behind the verb: "Мадуро поздравил президент России"."""
        behind = next((mention.last for mention in self._mentions if mention.first == hit.last), hit.last)
        return (
            behind < self._last
            and self._body.words[behind] in self._known.words["subject"]
            and self._clause_start(behind) <= hit.first
        )

    def _object_before(self, verb: int) -> tuple[str, ...]:
        """Whom an act is meant for where that stands before the verb: the nearest country in the clause."""
        begin = self._clause_start(verb)
        here = [mention for mention in self._mentions if begin <= mention.first < verb]
        return (here[-1].country,) if here and not self._is_governed(here[-1]) else ()

    def _clause_start(self, number: int) -> int:
        """The first word of the clause that holds word `number`."""
        while number > self._first and not _ends_clause(self._body.separator(number)):
            number -= 1
        return number

    def _before(self, verb: int) -> tuple[str, ...]:
        """Who acts: the nearest country before the verb in its clause, or, across an insertion between
        commas, in the clause that it interrupts."""
        begin = self._clause_start(verb)
        told = self._told(begin, verb)
        begin = begin if told is None else told
        words, known = self._body.words, self._known.words
        if self._urged(begin, verb) or words[begin] in known["condition"] or words[verb - 1] in known["whom"]:
            return ()
        here = [mention for mention in self._mentions if begin <= mention.first < verb]
        reported = told is not None or words[begin] in known["saying"]
        # The clause holds no subject of its own: "Tokayev, speaking in Almaty, has since refused".
        if not here and begin > self._first and not reported and verb - begin <= _AUXILIARY_WORDS:
            inserted = self._clause_start(begin - 1)
            start, end = (
                (self._clause_start(inserted - 1), inserted)
                if inserted > self._first
                else (self._first, begin)
            )
            here = [mention for mention in self._mentions if start <= mention.first < end]
        actors = [mention for mention in here if self._acts(mention) or self._is_seat(mention, begin, verb)]
        if not actors or any(self._is("reason", number) for number in range(actors[-1].last, verb)):
            return ()
        if words[verb - 1] in known["joint"]:  # "X met Y and thanked Z"
            return self._with_coordinated(actors[0], backwards=False)
        return self._with_coordinated(actors[-1], backwards=True)

    def _acts(self, mention: _Mention) -> bool:
        """Whether a country can be who acts: not after a preposition, unless its president is meant."""
        if mention.proxy:
            return False
        words, known = self._body.words, self._known.words
        if not known["private"].isdisjoint(words[max(self._first, mention.first - 1) : mention.last + 1]):
            return False  # "Sudanese rebels", "ethnic Turks"
        if self._is_topic(mention):
            return False
        near = words[max(self._first, mention.first - _ACTOR_WORDS) : mention.first]
        headed = any(word in known["actor"] for word in near)
        if not headed and self._is_governed(mention):
            return False
        described = words[max(self._first, mention.first - _DESCRIBED_WORDS) : mention.first]
        if any(pair in known["predicate"] for pair in map("_".join, pairwise(described))):
            return False  # "Belarus was the only Soviet state to": not the state acts, but Belarus
        if self._known.language == "ru" and not headed:
            return not words[mention.last - 1].endswith(_OBLIQUE_RU)
        return True

    def _is_topic(self, mention: _Mention) -> bool:
        """Whether the country only says which affair is meant, or whose foes: "the Iran scandal"."""
        behind = mention.last
        return behind < self._last and self._body.words[behind] in self._known.words["topic"]

    def _is_governed(self, mention: _Mention) -> bool:
        """Whether a preposition stands before the mention, or before one that it is joined to: "in northern
        Iraq", "of Iran and Iraq"."""
        words, known = self._body.words, self._known.words
        number = mention.first - 1
        while number > self._first and words[number] in known["before_place"]:
            number -= 1
        if number < self._first:
            return False
        if words[number] in known["preposition"]:
            return True
        joined = words[number] in known["also"] and "," not in self._body.separator(number)
        return joined and any(other.last == number and self._is_governed(other) for other in self._mentions)

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

    def _after(self, begin: int, hit: FrameHit) -> tuple[str, ...]:
        """Whom an act is meant for: the first country behind `begin`, before anything that ends the clause;
        behind the victim of an attack only who is behind "by"."""
        words, known, last = self._body.words, self._known.words, max(begin, hit.last)
        hostile = victim = False
        if any(self._is("own", number) for number in range(last, min(self._last, last + 2))):
            return ()  # "banned its citizens from fighting in"
        for number in range(begin, min(self._last, last + _REACH_WORDS)):
            for mention in self._mentions:
                if mention.first == number and (not victim or words[number - 1] in known["by"]):
                    return () if self._is_topic(mention) else self._with_coordinated(mention, backwards=False)
            if number < last:
                continue
            word = words[number]
            if (
                self._is("stop", number)
                or self._is("reason", number)
                or (hit.stance > 0 and word in known["away"])  # "protect from", "help against"
                or (word.endswith("ing") and any(hit.first == number for hit in self._hits))
                or (number > last and self._body.separator(number).strip() in (";", ":", "("))
            ):
                return ()
            if word in known["harm"]:
                victim = True
            elif word in known["hostile"]:
                hostile = True
            elif hostile and word in known["toward"]:
                victim = True
        return ()

    def _agent(self, hit: FrameHit) -> tuple[str, ...]:
        """Who acts in a passive: the country after "by"."""
        for number in range(hit.last, min(self._last, hit.last + _REACH_WORDS)):
            if self._body.words[number] in self._known.words["by"]:
                return self._after(number + 1, hit)
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

    def _told(self, begin: int, verb: int) -> int | None:
        """Where what somebody is told begins, "told Putin that Kazakhstan would not"; else None."""
        words, known = self._body.words, self._known.words
        told = next((number for number in range(begin, verb) if words[number] in known["told"]), verb)
        return next((number + 1 for number in range(told, verb) if words[number] in known["that"]), None)

    def _is(self, kind: str, number: int) -> bool:
        """Whether word `number`, or the pair that it ends, is among the words of a kind."""
        words, listed = self._body.words, self._known.words[kind]
        return words[number] in listed or f"{words[number - 1]}_{words[number]}" in listed

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
            if any(hit.last == left.first for hit in self._hits) and any(
                hit.first == right.last for hit in self._hits
            ):
                break  # "X condemned Y and Z praised W"
            chain.append(other)
        return tuple(dict.fromkeys(link.country for link in chain))


def _ends_clause(separator: str) -> bool:
    if separator == " ":  # nearly always
        return False
    return any(char in _CLAUSE_ENDS for char in separator) and separator != "-"
