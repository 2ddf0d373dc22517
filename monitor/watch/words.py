"""Words: text -> tokens, and token + language -> the normal form that its inflected forms share.

A query means the same on a text in memory and in the database because both compare these forms, and
nothing else. Three promises make that work, and property tests hold them:

* a token's normal form is the beginning of its folded form, or such a beginning and an "i"
  (countri-es, countr-y), so that a prefix search needs no second index;
* folded and normal forms hold letters and digits only, at most `MAX_WORD` of them;
* `normalise_document` gives one form for each token, in order, so that positions agree.

Stemmers: Snowball (https://snowballstem.org) for the languages it knows; for Ukrainian, Belarusian,
the Turkic languages, Tajik and Georgian short lists of inflectional endings, the longest first.
"""

import re
import threading
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

import snowballstemmer

from monitor.text import sentences
from monitor.watch.endings import ENDINGS, SHORTEST_STEM, WHOLE

MAX_WORD = 40
MAX_STREAM_BYTES = 500_000  # PostgreSQL takes at most 1 MB of words for one text
SENTENCE = "|"  # between two sentences of a stream
SECTION = "||"  # between title, text and bylines
AUTHOR = "＠"  # begins each word of a byline; no word of a text can hold it

_MARKS = "\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u200c\u200d\u2060"
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]"  # scripts without spaces: each sign is a word
    rf"|(?:[^\W_](?<![\u3040-\u30ff\u3400-\u9fff])[{_MARKS}]*"
    r"(?:(?<=[\u0400-\u04ff])['’ʼ](?=[\u0400-\u04ff])|(?<=[oOgG])[‘ʻ](?=[^\W\d_]))?)+"
)
_SNOWBALL = {
    "en": "english", "ru": "russian", "hy": "armenian", "de": "german", "fr": "french", "es": "spanish",
    "it": "italian", "pt": "portuguese", "ro": "romanian", "nl": "dutch", "sv": "swedish", "no": "norwegian",
    "nb": "norwegian", "da": "danish", "fi": "finnish", "hu": "hungarian", "lt": "lithuanian",
    "et": "estonian", "el": "greek", "ar": "arabic", "pl": "polish",
}  # fmt: skip
_SCRIPT_OF = {
    **dict.fromkeys(("ru", "uk", "be", "kk", "ky", "tg", "bg", "mk", "sr", "mn", "tt"), "cyrillic"),
    "hy": "armenian", "ka": "georgian", "el": "greek", "ar": "arabic", "fa": "arabic", "he": "hebrew",
}  # fmt: skip
_SCRIPT_DEFAULT = {
    "latin": "en", "cyrillic": "ru", "armenian": "hy", "georgian": "ka", "greek": "el", "arabic": "ar",
}  # fmt: skip
_MIN_STEM = 3
_MAX_RAW = 200  # characters, marks and hyphens included
_ALIKE = str.maketrans({"ё": "е", "ı": "i", "ʻ": None, "ʼ": None})
_TWO_SCRIPTS = {"uz"}  # whose endings are listed in Latin and Cyrillic
_LOCK = threading.Lock()  # a stemmer keeps its word in itself


class Token(NamedTuple):
    """A word where it stands: `text[start:end]`, half open, and its folded form."""

    start: int
    end: int
    folded: str


def fold(word: str) -> str:
    """Return `word` without case, accents on Latin letters, stress marks, apostrophes and soft hyphens."""
    return _fold(word[:_MAX_RAW])  # cut first: what is remembered must be small


@lru_cache(maxsize=1 << 16)
def _fold(word: str) -> str:
    if word.isascii():
        kept = word.lower()
        return (kept if kept.isalnum() else "".join(filter(str.isalnum, kept)))[:MAX_WORD]
    letters = []
    for letter in unicodedata.normalize("NFKC", word).casefold().translate(_ALIKE):
        if letter > "\u02ff" or letter.isascii():
            letters.append(letter)
        else:
            letters.extend(unicodedata.normalize("NFKD", letter))
    folded = "".join(letters)
    if not folded.isalnum() or any(map(unicodedata.combining, folded)):
        folded = "".join(filter(str.isalnum, folded))
    return folded[:MAX_WORD]


def tokens(text: str) -> list[Token]:
    """Return the words of `text` in order; those that fold to nothing are left out."""
    found = []
    for match in _TOKEN.finditer(text):
        folded = fold(match.group())
        if folded:
            found.append(Token(match.start(), match.end(), folded))
    return found


def _script(word: str) -> str:
    first = word[0]
    if first < "\u0250":
        return "latin"
    code = ord(first)
    for low, high, name in (
        (0x0400, 0x052F, "cyrillic"), (0x0530, 0x058F, "armenian"), (0x10A0, 0x10FF, "georgian"),
        (0x0370, 0x03FF, "greek"), (0x0590, 0x05FF, "hebrew"), (0x0600, 0x06FF, "arabic"),
        (0x1E00, 0x1EFF, "latin"),
    ):  # fmt: skip
        if low <= code <= high:
            return name
    return "other"


@cache
def _stem(language: str) -> Callable[[str], str]:
    stem: Callable[[str], str] = snowballstemmer.stemmer(_SNOWBALL[language]).stemWord
    return stem


@lru_cache(maxsize=1 << 17)
def normal_form(folded: str, language: str | None) -> str:
    """Return what all inflected forms of a folded word share in `language` (ISO 639-1).

    A word in another script than the language's is read in that script's most usual language.
    """
    if len(folded) <= _MIN_STEM or not folded.isalpha():
        return folded
    script = _script(folded)
    if language is None or (_SCRIPT_OF.get(language, "latin") != script and language not in _TWO_SCRIPTS):
        language = _SCRIPT_DEFAULT.get(script, "")
    if language in ENDINGS:
        return _strip(folded, language)
    if language in _SNOWBALL:
        with _LOCK:
            stem = _stem(language)(folded)
        return _begun(_mended(stem, folded, language), folded)
    return folded


def _without_ow(stem: str) -> str:
    """Take off what is left of the Polish "-ów", which Snowball only knows with its accent: protestów."""
    return stem.removesuffix("ow") if len(stem) > _MIN_STEM + 2 else stem


def _mended(stem: str, folded: str, language: str) -> str:
    """Mend what Snowball gets wrong for names and words of the beat, or sees only with accents."""
    match language:
        case "ru" if folded.startswith("беларус"):
            return "беларус"
        # The "н" of Казахстан, Ереван, ресторан is taken for a verb's.
        case "ru" if stem.endswith(("а", "я")) and folded.startswith(stem + "н"):
            return stem + "н"
        # protestów; Armenii
        case "pl" if stem.endswith(("ow", "i")) and len(stem) > _MIN_STEM + 2:
            return stem.removesuffix("ow").removesuffix("i")
        # Rusiei, Moldovei, războiul
        case "ro" if stem.endswith(("a", "e", "i")) and len(stem) > _MIN_STEM:
            return stem[:-1]
        case "hy":
            return stem.removesuffix("ությ")
        case _:
            return stem


def _strip(folded: str, language: str) -> str:
    """Take off at most one ending of each layer, outermost first, and leave a stem that still says much."""
    shortest = SHORTEST_STEM.get(language, 3)
    layers = ENDINGS[language]
    for ending in chain.from_iterable(layers):
        if folded.endswith(ending.text) and folded.endswith(WHOLE, 0, len(folded) - len(ending.text)):
            return folded[: len(folded) - len(ending.text)]
    for layer in layers:
        if folded.endswith(WHOLE):
            break
        for ending in layer:
            if len(folded) - len(ending.text) >= shortest and ending.ends(folded):
                folded = folded[: len(folded) - len(ending.text)]
                break
    return folded


def _begun(stem: str, folded: str) -> str:
    """Hold a stemmer to the promise: what it rewrote is cut back to where the word still agrees."""
    if folded.startswith(stem) or (stem.endswith("i") and folded.startswith(stem[:-1])):
        return stem if len(stem) >= 2 else folded
    length = next(i for i, letter in enumerate(stem + "\0") if not folded.startswith(letter, i))
    return folded[:length] if length >= _MIN_STEM else folded


def phrase_forms(folded: Sequence[str]) -> frozenset[str]:
    """Return the normal forms that folded words can have together, over all languages, joined by spaces."""
    languages = (None, "", *_SNOWBALL, *ENDINGS)
    return frozenset(" ".join(normal_form(word, language) for word in folded) for language in languages)


def prefix_forms(prefix: str) -> frozenset[str]:
    """Return the normal forms, shorter than the folded `prefix`, that a word beginning with it can have.

    All others begin with the prefix themselves.
    """
    cuts = {prefix[:length] for length in range(1, len(prefix))}
    return frozenset(cuts | {cut + "i" for cut in cuts})


# -- the stored form -------------------------------------------------------------------------------


def normalise_document(title: str, text: str, language: str | None, byline: Iterable[str] = ()) -> str:
    """Return the search text: normal forms separated by spaces, with marks between sentences and sections.

    The title is one sentence. A huge text is cut at `MAX_STREAM_BYTES`; what is beyond is not searched.
    """
    small = MAX_STREAM_BYTES // 10
    head = _fitting([normal_form(token.folded, language) for token in tokens(title)], small)
    names = [[AUTHOR + token.folded for token in tokens(name)] for name in byline]
    authors = _fitting(_between(filter(None, names)), small)
    parts = []
    left = MAX_STREAM_BYTES - 2 * small - 100
    for start, end in sentences(text):
        words = [normal_form(token.folded, language) for token in tokens(text[start:end])]
        left -= sum(len(word.encode()) + 1 for word in words) + 2
        if left < 0:
            break
        parts.append(words)
    return " ".join([*head, SECTION, *_between(parts), SECTION, *authors])


def _between(parts: Iterable[list[str]]) -> list[str]:
    """Join lists of words by marks of a sentence's end."""
    joined: list[str] = []
    for number, words in enumerate(parts):
        joined += [SENTENCE, *words] if number else words
    return joined


def _fitting(words: list[str], max_bytes: int) -> list[str]:
    """Return the first words that take at most `max_bytes`."""
    sizes = accumulate(len(word.encode()) + 1 for word in words)
    return words[: bisect_right(list(sizes), max_bytes)]
