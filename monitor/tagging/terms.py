"""Configured themes -> their terms: patterns with weights and the company that they keep."""

import re
from collections.abc import Iterable
from functools import cached_property
from importlib.resources import files
from tomllib import loads

from monitor.config import TermConfig, ThemeConfig
from monitor.errors import ConfigError, Problem
from monitor.tagging.patterns import Pattern, any_of

_WEIGHT = re.compile(r" \^(\d+(?:\.\d+)?)$")


class Term:
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
        """Return why it does not count beside these words, each between spaces, and countries; empty where it
        does."""
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


def compile_terms(themes: Iterable[ThemeConfig]) -> list[Term]:
    """Return the terms of all themes. Raises ConfigError that names every pattern that is wrong."""
    terms: list[Term] = []
    problems: list[Problem] = []
    for theme in themes:
        for field, table, sign in (("terms", theme.terms, 1), ("negative", theme.negative, -1)):
            for language, given in table.items():
                for term in given:
                    try:
                        terms.append(Term(theme.key, language, term, sign))
                    except ValueError as error:
                        key = f"themes.{theme.key}.{field}.{language}"
                        problems.append(Problem("themes", key, None, str(error)))
    if problems:
        raise ConfigError(tuple(problems))
    return terms
