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
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from tomllib import loads

from monitor.config import ThemeConfig
from monitor.model import Evidence, Role, Tag
from monitor.tagging.countries import Mention, Place, Places
from monitor.tagging.first_words import FirstWords
from monitor.tagging.sightings import CountriesBeside, Sightings, TermHit, place_factor
from monitor.tagging.terms import Term, compile_terms, shipped_themes
from monitor.tagging.text import Reading, fold_term
from monitor.tagging.vocabulary import Vocabularies

_OPENING_CHARS = 150
_MOST_SENTENCES = 20  # longer texts are judged as if they had so many
_MAX_EVIDENCE = 5
# Texts in these quote Russian, and are sometimes taken for it or it for them.
_BESIDE_RUSSIAN = frozenset({"uk", "be", "kk", "ky", "uz", "tg"})


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
    """The theme tags of a text, and of each theme its places in the text (not the title): first word, word
    behind."""

    tags: tuple[Tag, ...]
    places: Places


class ThemeTagger:
    """Finds themes in texts of any language. Built once; `extra` are the user's own themes, `keys` limits
    which are looked for (empty: all). Raises ConfigError that names every pattern that is wrong.
    """

    def __init__(
        self,
        extra: Sequence[ThemeConfig] = (),
        keys: Collection[str] = (),
        vocabularies: Vocabularies | None = None,
    ) -> None:
        shipped, guards = shipped_themes()
        self._guards = {guard.key for guard in guards}
        self._themes = {theme.key: theme for theme in (*guards, *shipped, *extra)}
        wanted = {key for key in self._themes if key in self._guards or not keys or key in keys}
        self._terms = compile_terms([self._themes[key] for key in self._themes if key in wanted])
        self._languages = {term.language for term in self._terms} - {"all"}
        self._starts: dict[str | None, FirstWords[Term]] = {}
        self._vocabularies = Vocabularies() if vocabularies is None else vocabularies
        self._about = shipped_about_weights()

    def read(
        self, body: Reading, title: Reading, language: str | None, mentions: Iterable[Mention] = ()
    ) -> ThemeReading:
        """Return the themes of a text and where they stand. `language` is ISO 639-1, None if not known.

        `mentions` are those of countries in the text: some terms count only beside a country.
        """
        scores = self._scores(body, title, language, CountriesBeside(mentions), with_refused=False)
        tags = [_tag(score, body) for score in scores if score.found]
        tags.sort(key=lambda tag: (-tag.salience, tag.key))
        places = {
            score.key: [(hit.first_word, hit.last_word) for hit in score.hits if hit.where == "text"]
            for score in scores
            if score.found
        }
        return ThemeReading(tuple(tags), places)

    def explain(
        self, body: Reading, title: Reading, language: str | None, mentions: Iterable[Mention] = ()
    ) -> tuple[ThemeScore, ...]:
        """Return how every theme that has any term in the text fared, refused terms included.

        The theme that came furthest stands first.
        """
        scores = self._scores(body, title, language, CountriesBeside(mentions), with_refused=True)
        return tuple(sorted(scores, key=lambda score: (-score.score / score.threshold, score.key)))

    def _starts_for(self, language: str | None) -> FirstWords[Term]:
        if language not in self._languages:
            language = None
        if language not in self._starts:
            if language is None:
                used = self._languages
            else:
                used = {language, "ru"} if language in _BESIDE_RUSSIAN else {language}
            terms = (term for term in self._terms if term.language == "all" or term.language in used)
            self._starts[language] = FirstWords(
                ((term.pattern, term) for term in terms), self._vocabularies[language]
            )
        return self._starts[language]

    def _scores(
        self,
        body: Reading,
        title: Reading,
        language: str | None,
        countries: CountriesBeside,
        *,
        with_refused: bool,
    ) -> list[ThemeScore]:
        starts = self._starts_for(language)
        places = (
            Sightings(title, "title", starts, countries, with_refused=with_refused),
            Sightings(body, "text", starts, countries, with_refused=with_refused),
        )
        keys = None if with_refused else self._hopeful(places)
        if keys is not None and not keys:
            return []
        by_theme: dict[str, list[TermHit]] = {}
        for hit in (*places[0].hits(keys, body), *places[1].hits(keys)):
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

    def _hopeful(self, places: Iterable[Sightings]) -> set[str]:
        """The themes that reach their thresholds if every term counts, and their guards. Whether a term
        counts is dear to find out."""
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
        return keys.union(*(self._themes[key].guards for key in keys))

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
            by_pattern.setdefault(hit.pattern, []).append(hit.weight * place_factor(hit.where, hit.start))
    total = 0.0
    for values in by_pattern.values():
        values.sort(key=abs, reverse=True)
        total += sum(value / rank for rank, value in enumerate(values, 1))
    return total


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
        key=lambda hit: (-hit.weight * place_factor(hit.where, hit.start), hit.where != "title", hit.start),
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
