"""Places of countries and of themes in one text -> the nearest tie of every country with every theme."""

from collections import defaultdict

from monitor.model import Joint
from monitor.tagging.countries import Places
from monitor.tagging.text import Reading


def joints(countries: Places, themes: Places, body: Reading) -> tuple[Joint, ...]:
    """Return one Joint for each country and theme that both stand in the text, titles left out.

    The places are all of each: the number of the first word, and of the one behind the last. `words` counts
    the words between the two nearest places, `same_sentence` says whether any two places share a sentence.
    """
    if not countries or not themes:
        return ()
    marks = sorted(
        [
            (first, behind - 1, key, is_theme)
            for each, is_theme in ((countries, False), (themes, True))
            for key, places in each.items()
            for first, behind in places
        ]
    )
    nearest: dict[tuple[str, str], tuple[int, int]] = {}  # (country, theme) -> words, word of the theme
    together: dict[tuple[str, str], tuple[int, int]] = {}  # the same, within one sentence
    last_seen: tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]] = ({}, {})
    sentences: defaultdict[int, int] = defaultdict(int)
    for first, last, _, _ in marks:
        for word in (first, last):
            sentences[word] = body.sentence_index(body.starts[word]) if body.starts else 0
    for first, last, key, is_theme in marks:
        for other, (other_first, other_last) in last_seen[not is_theme].items():
            pair = (other, key) if is_theme else (key, other)
            distance = max(0, first - other_last - 1)
            found = (distance, first if is_theme else other_first)
            if pair not in nearest or distance < nearest[pair][0]:
                nearest[pair] = found
            shared = sentences[other_last] == sentences[first]
            if shared and (pair not in together or distance < together[pair][0]):
                together[pair] = found
        seen = last_seen[is_theme].get(key)
        if seen is None or last >= seen[1]:
            last_seen[is_theme][key] = (first, last)
    return tuple(
        Joint(
            country, theme, (country, theme) in together, words, _sentence(body, together.get(pair, found)[1])
        )
        for pair, found in sorted(nearest.items())
        for (country, theme), words in [(pair, found[0])]
    )


def _sentence(body: Reading, word: int) -> str:
    return body.sentence_at(body.starts[word]) if body.starts else ""
