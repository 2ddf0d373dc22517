"""text -> Tagging. Built once from the configuration, then asked for every article."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.config import LexiconConfig, ThemeConfig
from monitor.model import Evidence, Tag, Tagging
from monitor.tagging.attitudes import attitudes
from monitor.tagging.countries import CountryFinder, Mention, Place, by_country, places, strong
from monitor.tagging.joint import joints
from monitor.tagging.language import guess
from monitor.tagging.lexicon import Lexicon
from monitor.tagging.salience import features, shipped_weights
from monitor.tagging.text import Reading, read
from monitor.tagging.themes import ThemeScore, ThemeTagger
from monitor.tagging.vocabulary import Vocabularies

MAX_EVIDENCE = 20  # a tag; `mentions` counts all
# How much a mention proves, by type: where evidence is ranked.
_PROOF = {"name": 1.0, "territory": 1.0, "demonym": 0.9, "adjective": 0.9, "leader": 0.8, "capital": 0.8}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a tagging leaves out."""

    themes: tuple[ThemeScore, ...]  # how near each came, terms that did not count included, the nearest first
    unwatched: tuple[str, ...]  # codes of countries that the text names, but nobody watches


class Tagger:
    """Finds the countries and themes of a text, each with its proof.

    `extra_themes` and `extra_lexicon` are the user's own; `countries` and `themes` limit what is looked
    for (empty: all).
    """

    def __init__(
        self,
        *,
        extra_themes: Sequence[ThemeConfig] = (),
        extra_lexicon: Sequence[LexiconConfig] = (),
        countries: Collection[str] = (),
        themes: Collection[str] = (),
    ) -> None:
        vocabularies = Vocabularies()
        self._lexicon = Lexicon(extra_lexicon, countries, vocabularies)
        self._finder = CountryFinder(self._lexicon)
        self._themes = ThemeTagger(extra_themes, themes, vocabularies)
        self._weights = shipped_weights()

    def tag(
        self,
        text: str,
        *,
        title: str = "",
        language: str | None = None,
        published: datetime | date | None = None,
        body_end: int | None = None,
        outlet_country: str = "",
    ) -> Tagging:
        """Return what `text` and `title` are about.

        `published` decides which leader counts for which country. Nothing after offset `body_end` of
        `text` is evidence. `outlet_country`, whoever published it, weighs a little where the text itself
        speaks of that country. Offsets in the evidence count code points into `text`, or into `title`.
        """
        body, heading = read(text, end=body_end), read(title)
        language = language or guess(body)
        mentions = self._finder.find(body, heading, language, _day(published))
        themes = self._themes.read(body, heading, language, mentions)
        if self._lexicon.limited:
            mentions = [mention for mention in mentions if self._lexicon.wanted(mention.country)]
        spoken = places(mentions)
        return Tagging(
            self._country_tags(mentions, body, heading, outlet_country),
            themes.tags,
            joints(spoken, themes.places, body),
            attitudes(body, spoken, language),
        )

    def explain(
        self,
        text: str,
        *,
        title: str = "",
        language: str | None = None,
        published: date | None = None,
        body_end: int | None = None,
    ) -> Explanation:
        """Return what `tag` leaves out of its answer."""
        body, heading = read(text, end=body_end), read(title)
        language = language or guess(body)
        mentions = self._finder.find(body, heading, language, _day(published))
        named = {mention.country for mention in strong(mentions)}
        return Explanation(
            self._themes.explain(body, heading, language, mentions),
            tuple(sorted(country for country in named if not self._lexicon.wanted(country))),
        )

    def _country_tags(
        self, mentions: Sequence[Mention], body: Reading, title: Reading, outlet_country: str
    ) -> tuple[Tag, ...]:
        grouped = by_country(mentions)
        tags = []
        for country, values in features(grouped, body).items():
            salience = self._weights.salience(values, len(body.words), country == outlet_country)
            is_about = salience >= self._weights.about_at
            found: Sequence[Mention] = grouped[country]
            if values.weak:
                found = list(strong(found))
                if not found and not is_about:
                    continue  # money and firms alone do not make a country mentioned
                found = found or grouped[country]
            tags.append(
                Tag(
                    "country",
                    country,
                    "about" if is_about else "mentioned",
                    round(salience, 4),
                    len(found),
                    _evidence(found, body, title),
                )
            )
        tags.sort(key=lambda tag: (-tag.salience, tag.key))
        return tuple(tags)


def _day(published: date | None) -> date | None:
    return published.date() if isinstance(published, datetime) else published


def _evidence(mentions: Sequence[Mention], body: Reading, title: Reading) -> tuple[Evidence, ...]:
    """The best mentions: those in the title, then names early in the text, one a sentence first."""
    ranked: list[tuple[float, int, Mention]] = []
    before: tuple[Place, int] | None = None  # mentions stand in order, so those of a sentence side by side
    for order, mention in enumerate(mentions):
        sentence, where = mention.sentence, mention.where
        weight = _PROOF.get(mention.entry.type, 0.6) / (1 + sentence / 10)
        if where == "title":
            weight += 1
        if before == (where, sentence):
            weight /= 2
        before = (where, sentence)
        ranked.append((-weight, order, mention))
    ranked.sort()
    found = []
    for weight, _, (_, entry, start, end, _, _, sentence, where) in ranked[:MAX_EVIDENCE]:
        reading = title if where == "title" else body
        text = reading.sentence_text(sentence, start, end)
        found.append(
            Evidence(start, end, reading.text[start:end], text, entry.rule, round(-weight, 4), where)
        )
    return tuple(found)
