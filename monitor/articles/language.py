"""Text -> its language: by function words, else py3langid's guess, checked against script and letters."""

import re
from collections import Counter
from functools import lru_cache
from typing import Protocol

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

SAMPLE_CHARACTERS = 600

# Letters that decide between languages of one script; each set occurs in running text within a few words.
_LETTERS: tuple[tuple[str, str], ...] = (
    ("uk", "іїєґ"), ("be", "ўі"), ("kk", "әғқңөұүһі"), ("ky", "ңөү"), ("tg", "ғӣқӯҳҷ"), ("uz", "ўқғҳ"),
    ("tt", "әөүҗңһ"), ("mn", "өү"), ("sr", "ђјљњћџ"), ("mk", "ѓќѕјљњџ"), ("ru", "ыэёъ"), ("bg", "ъ"),
)  # fmt: skip
_CYRILLIC = frozenset(code for code, _ in _LETTERS) | {"ba", "os", "ab", "ce", "cv"}
_SCRIPT_LANGUAGES: dict[str, frozenset[str]] = {
    "cyrillic": _CYRILLIC,
    "greek": frozenset({"el"}),
    "georgian": frozenset({"ka"}),
    "armenian": frozenset({"hy"}),
    "arabic": frozenset({"ar", "fa", "ur", "ps", "ku", "ug"}),
    "hebrew": frozenset({"he", "yi"}),
    "hangul": frozenset({"ko"}),
    "kana": frozenset({"ja"}),
    "han": frozenset({"zh", "ja"}),
    "devanagari": frozenset({"hi", "mr", "ne"}),
    "thai": frozenset({"th"}),
}
# Languages that are never written in a script of many, such as Latin.
_OF_OTHER_SCRIPTS = frozenset().union(*_SCRIPT_LANGUAGES.values()) - {"sr", "uz", "ku", "tt", "kk"}
_SCRIPTS = {
    "latin": re.compile(r"[A-Za-zÀ-ɏ]"),
    "cyrillic": re.compile(r"[Ѐ-ԯ]"),
    "greek": re.compile(r"[Ͱ-Ͽἀ-῿]"),
    "georgian": re.compile(r"[Ⴀ-ჿ]"),
    "armenian": re.compile(r"[Ա-֏]"),
    "arabic": re.compile(r"[؀-ۿ]"),
    "hebrew": re.compile(r"[֐-׿]"),
    "hangul": re.compile(r"[가-힣]"),
    "kana": re.compile(r"[぀-ヿ]"),
    "han": re.compile(r"[一-鿿]"),
    "devanagari": re.compile(r"[ऀ-ॿ]"),
    "thai": re.compile(r"[฀-๿]"),
}

# In the two languages that are read most, function words settle it, in a tenth of the time of a guess.
_FUNCTION_WORDS = {
    "latin": ("en", frozenset(
        "the of and to a in is that for on was with as it by at be are his has have this from he not an had"
        " which but were their they will who or been would said its".split()
    )),
    "cyrillic": ("ru", frozenset(
        "и в не на что с по как из к о за для от это его а но так же был было были или все она они мы уже то"
        " только если при чтобы также со до после который которые".split()
    )),
}  # fmt: skip
_FUNCTION_SHARE, _LEAST_WORDS = 0.15, 25
_NOT_RUSSIAN = frozenset("".join(letters for code, letters in _LETTERS if code not in {"ru", "bg"}) + "ӑӗ")


class _Identifier(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]: ...


@lru_cache(maxsize=1)
def _identifier() -> _Identifier:
    identifier: _Identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return identifier


def script_of(text: str) -> str | None:
    """Return the script of most letters of `text`: "latin", "cyrillic" ...; None where it has none."""
    letters = "".join(filter(str.isalpha, text))
    if len(letters.encode("ascii", "ignore")) * 2 > len(letters):  # as in most texts: nothing else to count
        return "latin"
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else None


def detect_language(text: str, declared: str | None = None) -> str | None:
    """Return the ISO 639-1 code of `text`, None where it cannot be told.

    `declared` (the page's `lang`, the feed's) counts only where the text is too short or the guess is
    unsure, and never against the script: sites declare "en" on Russian pages.
    """
    hint = (declared or "").strip().lower().replace("_", "-").split("-")[0]
    sample = text[:SAMPLE_CHARACTERS].strip()
    script = script_of(sample)
    if script is None:
        return hint if len(hint) == 2 else None
    fitting = _SCRIPT_LANGUAGES.get(script)
    if fitting is not None and len(fitting) == 1:
        return next(iter(fitting))
    if told := _by_function_words(sample, script):
        return told
    ranked = [
        (code, score)
        for code, score in _identifier().rank(sample.lower() if sample.isupper() else sample)
        if len(code) == 2 and (code in fitting if fitting is not None else code not in _OF_OTHER_SCRIPTS)
    ]
    if not ranked:
        return hint if len(hint) == 2 else None
    if script == "cyrillic":
        chosen = _by_letters(sample, ranked)
        if chosen:
            return chosen
    total = sum(score for _, score in ranked) or 1.0
    best, score = ranked[0]
    unsure = score / total < 0.9 or len(sample) < 60
    if unsure and any(code == hint for code, _ in ranked):
        return hint
    return best


def _by_function_words(sample: str, script: str) -> str | None:
    """Return the language of which so many words are function words, and what others never write is there."""
    language, known = _FUNCTION_WORDS.get(script, ("", frozenset()))
    lower = sample.lower()
    words = lower.split()
    if len(words) < _LEAST_WORDS or sum(word in known for word in words) < _FUNCTION_SHARE * len(words):
        return None
    if script == "latin":
        return language if "the" in words else None
    return language if "ы" in lower and _NOT_RUSSIAN.isdisjoint(lower) else None


def _by_letters(sample: str, ranked: list[tuple[str, float]]) -> str | None:
    """Overrule the guess where letters that its language lacks are frequent, or its own never occur."""
    counts = Counter(sample.lower())
    letters = sum(n for c, n in counts.items() if "Ѐ" <= c <= "ԯ")
    best = ranked[0][0]
    shares = {code: sum(counts[c] for c in own) / letters for code, own in _LETTERS}
    russian = sum(counts[c] for c in "ыэё") / letters
    turkic = sum(counts[c] for c in "әғқңөұүһӣӯҳҷ") / letters
    if best in {"ru", "bg"} and turkic < 0.005 and shares["uk"] < 0.01:
        return "ru" if russian > 0.002 or letters < 60 else best
    if letters >= 60 and best in shares and shares[best] == 0 and best not in {"ru", "bg"}:
        return "ru" if russian > 0.01 else None
    return None
