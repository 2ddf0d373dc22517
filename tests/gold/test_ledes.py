"""Floors for themes in one-sentence ledes, in every language that themes have terms in."""

import pytest

from monitor.config import THEMES
from monitor.tagging.tagger import Tagger
from tests.gold.ledes import Count, lede_counts, lede_rows

LANGUAGES = sorted({row[0] for row in lede_rows()})


@pytest.fixture(scope="module")
def counts() -> dict[str, Count]:
    return lede_counts(Tagger())


@pytest.mark.parametrize("language", LANGUAGES)
def test_nearly_every_lede_gets_its_theme_and_hardly_any_a_wrong_one(
    counts: dict[str, Count], language: str
) -> None:
    count = counts[language]
    assert count.found >= 0.9 * count.wanted
    assert count.wrong <= max(1, 0.02 * count.texts)


def test_every_theme_has_ledes_in_every_language_and_labels_are_known() -> None:
    themes = {language: set() for language in LANGUAGES}
    for language, wanted, allowed, _ in lede_rows():
        assert wanted | allowed <= set(THEMES)
        themes[language] |= wanted
    assert len(LANGUAGES) == 19
    assert all(found == set(THEMES) for found in themes.values())
