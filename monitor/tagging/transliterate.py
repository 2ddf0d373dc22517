"""A Russian name -> its spelling in a language of another script. Used when the lexicon is built.

The tables are in `data/transliteration.toml`. They give what newspapers write of most names; names whose
spelling is older than the rules stand in the country tables.
"""

import re
from functools import cache
from importlib.resources import files
from tomllib import loads
from typing import Any

_VOWELS = "аеёиоуыэюяьъ"


@cache
def _tables() -> Any:
    return loads(
        (files(__package__) / "data/transliteration.toml").read_text("utf-8")
    )  # one table a language


@cache
def _pairs(listed: str) -> dict[str, str]:
    cells = listed.split()
    return {
        source: "" if target == "_" else target
        for source, target in zip(cells[0::2], cells[1::2], strict=True)
    }


def has_table(language: str) -> bool:
    """Whether names can be spelled in `language`."""
    return language in _tables()


def transliterate(name: str, language: str) -> str:
    """Return a Russian name as `language` spells it, word by word, with capitals where it has them."""
    return "".join(
        _word(part, language) if part.isalpha() else part for part in re.split(r"([^\W\d_]+)", name)
    )


def _word(word: str, language: str) -> str:
    table = _tables()[language]
    letters, start = _pairs(table["letters"]), _pairs(table.get("start", ""))
    longest = max(map(len, letters))
    lower, result, place = word.lower(), "", 0
    while place < len(lower):
        if lower[place] in start and (place == 0 or lower[place - 1] in _VOWELS):
            result += start[lower[place]]
            place += 1
            continue
        for length in range(longest, 0, -1):
            if lower[place : place + length] in letters:
                result += letters[lower[place : place + length]]
                place += length
                break
        else:
            result += lower[place]
            place += 1
    for ending, other in table.get("final", ()):
        if result.endswith(ending):
            result = result.removesuffix(ending) + other
            break
    if (
        "consonant" in table
        and lower[-1] not in _VOWELS.replace("ь", "").replace("ъ", "")
        and lower[-1] != "й"
    ):
        result += table["consonant"]
    if not word[:1].isupper() or language == "ka":
        return result
    return ("İ" if language == "az" and result[:1] == "i" else result[:1].upper()) + result[1:]
