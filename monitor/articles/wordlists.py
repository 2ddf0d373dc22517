"""The word tables of this room: readable files in `data/`, each loaded once, when it is first asked for."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

# Letters that a name begins with, in a character class: Latin, Greek, Cyrillic, Armenian.
CAPITALS = "A-ZÀ-ÖØ-ÞĀ-ŽƏȘȚΆ-ΏΑ-ΫЀ-ЯҐҒҚҢҮҰҲҶҺӘӢӨӮԱ-Ֆ"


@lru_cache(maxsize=32)
def word_table(name: str) -> Mapping[str, Sequence[str]]:
    """Return `data/<name>.toml`: lists of words or of regular expressions by their key, in file order."""
    return _load(name)


@lru_cache(maxsize=32)
def word_tables(name: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return a `data/<name>.toml` that has a table for each language."""
    return _load(name)


def _load(name: str) -> dict[str, Any]:
    source = files("monitor.articles").joinpath(f"data/{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


@lru_cache(maxsize=128)
def wording(table: str, key: str, frame: str = "{}", flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """Return the list `key` of `table` as one pattern: its alternatives stand where `frame` has `{}`."""
    return re.compile(frame.replace("{}", f"(?:{'|'.join(word_table(table)[key])})"), flags)
