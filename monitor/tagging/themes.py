"""Reading of a text and its title -> theme tags, each with its proof.

A theme is a file of weighted patterns (data/themes/, docs/themes.md). Its score is the sum of its terms'
weights: a term counts half as much again in the title and in the lede, and its second, third ...
sighting adds a half, a third ... of the first. From the threshold on the text has the theme. Its salience is
the chance that the text is about it, by how far beyond the threshold the score is, by the text's length, and
by whether the theme opens the text: coefficients in data/theme_salience.toml, learned by bench/themes.py. A
guard (sport, food ...) that outweighs a theme silences it: "the club clashed with its striker" is about no
strike and no clash.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from tomllib import loads
from typing import NamedTuple

from monitor.config import LEADER, TermConfig, ThemeConfig
from monitor.errors import ConfigError, Problem
from monitor.model import Evidence, Role, Tag
from monitor.tagging.countries import Mention, Place, strong
from monitor.tagging.patterns import FirstWords, Pattern, any_of
from monitor.tagging.text import Reading, fold_term

# Settled on half of tests/gold/beat.jsonl; bench/themes.py prints what they give on both halves.
_TITLE_FACTOR = 1.5
_LEDE_FACTOR = 1.5
_LEDE_CHARS = 300
_OPENING_CHARS = 150
_MOST_SENTENCES = 20  # longer texts are judged as if they had so many

_MAX_EVIDENCE = 5
_WINDOW_WORDS = 24  # longest stretch of text that one pattern can cover
_STRETCH_WORDS = 150  # a list or a table without full stops is judged in pieces of so many words
_WEIGHT = re.compile(r" \^(\d+(?:\.\d+)?)$")
# Texts in these quote Russian, and are sometimes taken for it or it for them.
_BESIDE_RUSSIAN = frozenset({"uk", "be", "kk", "ky", "uz", "tg"})


class TermHit(NamedTuple):
    """One sighting of a theme's term. `refused` says why it does not count; empty where it does."""

    theme: str
    pattern: str
    weight: float  # negative where the term speaks against the theme
    start: int
    end: int
    term: str
    sentence: str
    where: Place
    first_word: int
    last_word: int  # not included
    refused: str = ""


@dataclass(frozen=True, slots=True)
class AboutWeights:
    """Coefficients of the log-odds that a text is about a theme, and the chance from which it is."""

    bias: float
    log_ratio: float  # of the score to the threshold
    log_sentences: float
    opening: float  # 1 where a term stands in the title or the first words
    about_at: float

    def salience(self, ratio: float, sentences: int, opens: bool) -> float:
        """Return the chance, 0 to 1, for a score of `ratio` thresholds in a text of so many sentences."""
        if ratio <= 0:
            return 0.0
        return 1 / (1 + math.exp(-self._rest(sentences, opens) - self.log_ratio * math.log(ratio)))

    def ratio(self, sentences: int, opens: bool) -> float:
        """Return how many thresholds make a text about a theme, at least one."""
        odds = math.log(self.about_at / (1 - self.about_at))
        return max(1.0, math.exp((odds - self._rest(sentences, opens)) / self.log_ratio))

    def _rest(self, sentences: int, opens: bool) -> float:
        length = math.log(min(_MOST_SENTENCES, max(1, sentences)))
        return self.bias + self.log_sentences * length + self.opening * opens


def shipped_about_weights() -> AboutWeights:
    """Read the coefficients that ship with the program."""
    table = loads(files("monitor.tagging").joinpath("data/theme_salience.toml").read_text("utf-8"))
    return AboutWeights(**table)


@dataclass(frozen=True, slots=True)
class ThemeScore:
    """How a theme fared: `score` against `threshold`, and against `about_at`, from which it is about."""

    key: str
    score: float
    threshold: float
    about_at: float
    salience: float
    role: Role
    silenced_by: str  # the guard that outweighs it; empty where none does
    hits: tuple[TermHit, ...]

    @property
    def found(self) -> bool:
        """Whether the text has the theme."""
        return self.score >= self.threshold and not self.silenced_by


@dataclass(frozen=True, slots=True)
class ThemeReading:
    """The theme tags of a text, and of each theme every place in the text (not the title)."""

    tags: tuple[Tag, ...]
    spans: Mapping[str, tuple[tuple[int, int], ...]]


class _Term:
    """A pattern with its weight and the company it keeps."""

    def __init__(self, theme: str, language: str, given: str | TermConfig, sign: int) -> None:
        term = given if isinstance(given, TermConfig) else TermConfig(term=given)
        source, weight = term.term, term.weight
        if boost := _WEIGHT.search(source):
            source, weight = source[: boost.start()], float(boost.group(1))
        self.theme = theme
        self.pattern = Pattern(source, language)
        self.language = language
        self.weight = sign * weight
        self.is_word = self.pattern.is_word
        self._needs, self._needs_countries = _company(term.needs, language)
        self._unless, self._unless_countries = _company(term.unless, language)
        self.has_company = bool(term.needs or term.unless)
        self.countries = (
            self._needs_countries if not self._needs else frozenset[str]()
        )  # nothing else will do

    @cached_property
    def _words(self) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        needs = any_of(self._needs, self.language) if self._needs else None
        unless = any_of(self._unless, self.language) if self._unless else None
        return needs, unless

    def refusal(self, sentence_words: str, countries: frozenset[str]) -> str:
        """Return why it does not count beside these words and countries; empty where it does."""
        needs, unless = self._words
        if unless and (found := unless.search(sentence_words)):
            return f"beside {found.group().strip()!r}"
        if beside := countries & self._unless_countries:
            return f"beside {', '.join(sorted(beside))}"
        if (needs or self._needs_countries) and not (
            countries & self._needs_countries or (needs and needs.search(sentence_words))
        ):
            return "without the company it needs"
        return ""


def _company(given: Iterable[str], language: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Part patterns from countries ("@UA"). Raises ValueError where one cannot be read."""
    patterns = tuple(source for source in given if not source.startswith("@"))
    countries = frozenset(source[1:] for source in given if source.startswith("@"))
    for source in patterns:
        Pattern(source, language)
    return patterns, countries


class _Countries:
    """Which countries are spoken of in which sentence, and whether a leader is ("leader")."""

    def __init__(self, mentions: Iterable[Mention]) -> None:
        self._mentions = mentions

    @cached_property
    def _found(self) -> dict[tuple[Place, int], set[str]]:
        result: dict[tuple[Place, int], set[str]] = {}
        for mention in strong(self._mentions):
            found = result.setdefault((mention.where, mention.sentence), set())
            found.add(mention.country)
            if mention.entry.type == LEADER:
                found.add(LEADER)
        return result

    @cached_property
    def everywhere(self) -> frozenset[str]:
        """The countries of title and text."""
        return frozenset[str]().union(*self._found.values())

    def beside(self, where: Place, sentence: int) -> frozenset[str]:
        """The countries of a sentence; of a title also those of the text's first one, as with words."""
        found = frozenset(self._found.get((where, sentence), ()))
        return found | frozenset(self._found.get(("text", 0), ())) if where == "title" else found


class ThemeTagger:
    """Finds themes in texts of any language. Built once; `extra` are the user's own themes, `keys` limits
    which are looked for (empty: all). Raises ConfigError that names every pattern that is wrong.
    """

    def __init__(self, extra: Sequence[ThemeConfig] = (), keys: Collection[str] = ()) -> None:
        shipped, guards = shipped_themes()
        self._guards = {guard.key for guard in guards}
        self._themes = {theme.key: theme for theme in (*guards, *shipped, *extra)}
        wanted = {key for key in self._themes if key in self._guards or not keys or key in keys}
        self._terms = _compile([self._themes[key] for key in self._themes if key in wanted])
        self._languages = {term.language for term in self._terms} - {"all"}
        self._starts: dict[str | None, FirstWords[_Term]] = {}
        self._about = shipped_about_weights()

    def read(
        self, body: Reading, title: Reading, language: str | None, mentions: Iterable[Mention] = ()
    ) -> ThemeReading:
        """Return the themes of a text and where they stand. `language` is ISO 639-1, None if not known.

        `mentions` are those of countries in the text: some terms count only beside a country.
        """
        scores = self._scores(body, title, language, _Countries(mentions), with_refused=False)
        tags = [_tag(score, body) for score in scores if score.found]
        tags.sort(key=lambda tag: (-tag.salience, tag.key))
        spans = {
            score.key: tuple(sorted((hit.start, hit.end) for hit in score.hits if hit.where == "text"))
            for score in scores
            if score.found
        }
        return ThemeReading(tuple(tags), spans)

    def explain(
        self, body: Reading, title: Reading, language: str | None, mentions: Iterable[Mention] = ()
    ) -> tuple[ThemeScore, ...]:
        """Return how every theme that has any term in the text fared, refused terms included.

        The theme that came furthest stands first.
        """
        scores = self._scores(body, title, language, _Countries(mentions), with_refused=True)
        return tuple(sorted(scores, key=lambda score: (-score.score / score.threshold, score.key)))

    def _starts_for(self, language: str | None) -> FirstWords[_Term]:
        if language not in self._languages:
            language = None
        if language not in self._starts:
            if language is None:
                used = self._languages
            else:
                used = {language, "ru"} if language in _BESIDE_RUSSIAN else {language}
            self._starts[language] = FirstWords(
                (term.pattern, term)
                for term in self._terms
                if term.language == "all" or term.language in used
            )
        return self._starts[language]

    def _scores(
        self,
        body: Reading,
        title: Reading,
        language: str | None,
        countries: _Countries,
        *,
        with_refused: bool,
    ) -> list[ThemeScore]:
        starts = self._starts_for(language)
        spoken_of = None if with_refused else countries.everywhere
        places = (_Places(title, "title", starts, spoken_of), _Places(body, "text", starts, spoken_of))
        keys = None if with_refused else self._hopeful(places)
        by_theme: dict[str, list[TermHit]] = {}
        if keys is None or keys:
            for hit in (*places[0].hits(keys, countries, body), *places[1].hits(keys, countries)):
                if with_refused or not hit.refused:
                    by_theme.setdefault(hit.theme, []).append(hit)
        settled = {key: _settle(hits) for key, hits in by_theme.items()}
        sums = {key: _score(hits) for key, hits in settled.items()}
        guards = {key: sums[key] / self._themes[key].threshold for key in settled if key in self._guards}
        return [
            self._theme_score(key, hits, sums[key], len(body.sentences), guards)
            for key, hits in settled.items()
            if key not in self._guards
        ]

    def _hopeful(self, places: "tuple[_Places, ...]") -> set[str]:
        """The themes that reach their thresholds if every term counts, and the guards; of a text without any
        such theme nothing. Whether a term counts is dear to find out."""
        best: dict[str, float] = {}
        for place in places:
            for term, factor in place.weighed():
                if term.weight > 0:
                    best[term.theme] = best.get(term.theme, 0.0) + term.weight * factor
        keys = {
            key
            for key, score in best.items()
            if key not in self._guards and score >= self._themes[key].threshold
        }
        return keys | self._guards if keys else keys

    def _theme_score(
        self, key: str, hits: list[TermHit], score: float, sentences: int, guards: Mapping[str, float]
    ) -> ThemeScore:
        theme = self._themes[key]
        ratio = max(0.0, score / theme.threshold)
        silenced_by = next((guard for guard in theme.guards if guards.get(guard, 0.0) >= max(1.0, ratio)), "")
        opens = opens_text(hits)
        needed = self._about.ratio(sentences, opens)
        return ThemeScore(
            key,
            score,
            theme.threshold,
            needed * theme.threshold,
            self._about.salience(ratio, sentences, opens),
            "about" if ratio >= needed else "mentioned",
            silenced_by,
            tuple(hits),
        )


def shipped_themes() -> tuple[tuple[ThemeConfig, ...], tuple[ThemeConfig, ...]]:
    """Return the themes and the guards of data/themes/, in the order of their names."""
    themes: list[ThemeConfig] = []
    guards: list[ThemeConfig] = []
    folder = files("monitor.tagging").joinpath("data/themes")
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            table = loads(path.read_text("utf-8"))
            chosen = guards if table.pop("guard", False) else themes
            chosen.append(ThemeConfig.model_validate(table))
    return tuple(themes), tuple(guards)


def _compile(themes: Iterable[ThemeConfig]) -> list[_Term]:
    terms: list[_Term] = []
    problems: list[Problem] = []
    for theme in themes:
        for field, table, sign in (("terms", theme.terms, 1), ("negative", theme.negative, -1)):
            for language, given in table.items():
                for term in given:
                    try:
                        terms.append(_Term(theme.key, language, term, sign))
                    except ValueError as error:
                        key = f"themes.{theme.key}.{field}.{language}"
                        problems.append(Problem("themes", key, None, str(error)))
    if problems:
        raise ConfigError(tuple(problems))
    return terms


# -- finding ---------------------------------------------------------------------------------------


class _Places:
    """Where terms stand in a text or title: term, number of its first word, number of words.

    Terms that need a country are left out where it is not among `spoken_of` (None: nothing is left out).
    """

    def __init__(
        self, reading: Reading, where: Place, starts: FirstWords[_Term], spoken_of: frozenset[str] | None
    ) -> None:
        self._reading, self._where = reading, where
        self._sentence = sentence = _SentenceWords(reading)
        self._found: list[tuple[_Term, int, int]] = []
        words = reading.words
        for number, terms in starts.candidates(words):
            window = ""
            for term, capitals in terms:
                if spoken_of is not None and term.countries and term.countries.isdisjoint(spoken_of):
                    continue
                if capitals:
                    start = reading.starts[number]
                    if not reading.text[start : start + capitals].isupper():
                        continue
                count = 1
                if not term.is_word:
                    # Most candidates fail, so they are tried before anybody asks where the sentence ends.
                    window = window or " ".join(words[number : number + _WINDOW_WORDS]) + " "
                    count = term.pattern.count_words(window)
                    if count and number + count > sentence.end(number):
                        count = term.pattern.count_words(sentence.window(number))
                if count:
                    self._found.append((term, number, count))

    def weighed(self) -> Iterator[tuple[_Term, float]]:
        """Yield each term seen and the factor of its place."""
        for term, number, _ in self._found:
            yield term, _place_factor(self._where, self._reading.starts[number])

    def hits(
        self, keys: Collection[str] | None, countries: _Countries, body: Reading | None = None
    ) -> Iterator[TermHit]:
        """Yield every sighting of every term of the themes `keys` (None: of all), overlapping ones too.

        A title is short: the first sentence of its `body` is company for its words as well.
        """
        reading, where, sentence = self._reading, self._where, self._sentence
        beside = _SentenceWords(body).all(0) if self._found and body is not None and body.words else ""
        for term, number, count in self._found:
            if keys is not None and term.theme not in keys:
                continue
            start, end = reading.starts[number], reading.ends[number + count - 1]
            refused = ""
            if term.has_company:
                near = countries.beside(where, reading.sentence_index(start))
                refused = term.refusal(beside + sentence.all(number), near)
            yield TermHit(
                theme=term.theme,
                pattern=term.pattern.source,
                weight=term.weight,
                start=start,
                end=end,
                term=reading.text[start:end],
                sentence=reading.text if where == "title" else reading.sentence_at(start),
                where=where,
                first_word=number,
                last_word=number + count,
                refused=refused,
            )


class _SentenceWords:
    """The words around a word, as patterns read them: each followed by one space."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._index = -1
        self._first = self._last = 0
        self._joined = ""

    def _seek(self, number: int) -> None:
        """Go to the sentence of word `number`; of one without end, to the stretch around the word."""
        if self._first <= number < self._last:
            return
        reading = self._reading
        start, end = reading.sentences[reading.sentence_index(reading.starts[number])]
        first = min(number, bisect_left(reading.starts, start))
        last = max(number + 1, bisect_left(reading.starts, end))
        stretch = first + (number - first) // _STRETCH_WORDS * _STRETCH_WORDS
        self._first, self._last = stretch, min(last, stretch + _STRETCH_WORDS)
        self._joined = ""

    def end(self, number: int) -> int:
        """The number of the word behind the sentence that holds word `number`."""
        self._seek(number)
        return self._last

    def window(self, number: int) -> str:
        """The words from `number` to the end of its sentence."""
        return " ".join(self._reading.words[number : self.end(number)]) + " "

    def all(self, number: int) -> str:
        """All words of the sentence that holds word `number`."""
        self._seek(number)
        if not self._joined:
            self._joined = " ".join(self._reading.words[self._first : self._last]) + " "
        return self._joined


# -- scoring ---------------------------------------------------------------------------------------


def _settle(hits: list[TermHit]) -> list[TermHit]:
    """Of sightings that overlap keep the strongest, then the longest; refused ones stay for the record."""
    kept: list[TermHit] = []
    taken: set[tuple[Place, int]] = set()
    for hit in sorted(hits, key=lambda hit: (-abs(hit.weight), hit.first_word - hit.last_word)):
        places = {(hit.where, word) for word in range(hit.first_word, hit.last_word)}
        if hit.refused:
            kept.append(hit)
        elif not places & taken:
            taken |= places
            kept.append(hit)
    return kept


def _score(hits: Iterable[TermHit]) -> float:
    """Sum the weights: by place, and each further sighting of one pattern for less."""
    by_pattern: dict[str, list[float]] = {}
    for hit in hits:
        if not hit.refused:
            by_pattern.setdefault(hit.pattern, []).append(hit.weight * _place_factor(hit.where, hit.start))
    total = 0.0
    for values in by_pattern.values():
        values.sort(key=abs, reverse=True)
        total += sum(value / rank for rank, value in enumerate(values, 1))
    return total


def _place_factor(where: Place, start: int) -> float:
    if where == "title":
        return _TITLE_FACTOR
    return _LEDE_FACTOR if start < _LEDE_CHARS else 1.0


def opens_text(hits: Iterable[TermHit]) -> bool:
    """Whether any of the terms that count stands in the title or in the text's first words."""
    return any(
        hit.where == "title" or hit.start < _OPENING_CHARS
        for hit in hits
        if hit.weight > 0 and not hit.refused
    )


def _tag(score: ThemeScore, body: Reading) -> Tag:
    counted = [hit for hit in score.hits if hit.weight > 0]
    return Tag("theme", score.key, score.role, round(score.salience, 4), len(counted), _best(counted, body))


def _best(hits: list[TermHit], body: Reading) -> tuple[Evidence, ...]:
    """The strongest sightings, one of each sentence first."""
    ranked = sorted(
        hits,
        key=lambda hit: (-hit.weight * _place_factor(hit.where, hit.start), hit.where != "title", hit.start),
    )
    seen: set[str] = set()
    first: list[TermHit] = []
    rest: list[TermHit] = []
    for hit in ranked:
        (rest if hit.sentence in seen else first).append(hit)
        seen.add(hit.sentence)
    return tuple(
        Evidence(
            hit.start,
            hit.end,
            hit.term,
            hit.sentence,
            f"theme:{hit.theme}:{fold_term(hit.term)}",
            hit.weight,
            hit.where,
        )
        for hit in (*first, *rest)[:_MAX_EVIDENCE]
    )
