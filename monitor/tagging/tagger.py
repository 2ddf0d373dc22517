"""text -> Tagging. Built once from the configuration, then asked for every article."""

from collections.abc import Collection, Sequence
from datetime import datetime

from monitor.config import ThemeConfig
from monitor.model import Tagging
from monitor.tagging.text import read


class Tagger:
    """Finds the countries and themes of a text, each with its proof.

    `extra_themes` and `extra_lexicon` are the user's own; `countries` and `themes` limit what is looked
    for (empty: all).
    """

    def __init__(
        self,
        *,
        extra_themes: Sequence[ThemeConfig] = (),
        countries: Collection[str] = (),
        themes: Collection[str] = (),
    ) -> None:
        self._countries = frozenset(countries)
        self._themes = frozenset(themes)
        self._extra_themes = tuple(extra_themes)

    def tag(
        self,
        text: str,
        *,
        title: str = "",
        language: str | None = None,
        published: datetime | None = None,
        body_end: int | None = None,
    ) -> Tagging:
        """Return what `text` and `title` are about.

        `published` decides which leader counts for which country. Nothing after offset `body_end` of
        `text` is evidence. Offsets in the evidence count code points into `text`, or into `title`.
        """
        read(text, end=body_end)
        read(title)
        return Tagging()
