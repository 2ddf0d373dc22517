"""Lemma -> its forms. Used when the lexicon is built, never when a text is read.

Russian and Ukrainian are inflected by pymorphy3's dictionaries, the other languages by the endings listed in
`data/inflection.toml`. The rules allow a few forms too many: a form that nobody writes costs nothing.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from tomllib import loads
from typing import Any, Literal

# A place's name; a person's own name; an adjective; a noun for one of a people.
WordClass = Literal["name", "personal", "adjective", "person"]

_CASES = {  # after the nominative, in pymorphy3's names; the second locative is "в Крыму"
    "ru": ("gent", "datv", "accs", "ablt", "loct", "loc2"),
    "uk": ("gent", "datv", "accs", "ablt", "loct", "voct"),
}
_JOINTS = re.compile(r"(\s+и\s+|\s+і\s+|\s+й\s+|\s+—\s+|\s+-\s+)")


def forms(lemma: str, language: str, word_class: WordClass) -> set[str]:
    """Return the inflected forms of `lemma` in `language`, itself included."""
    if language in {"ru", "uk"}:
        return {lemma} | _slavic_forms(lemma, language, word_class)
    return {lemma} | set(_by_rule(lemma, language, word_class))


# -- Russian and Ukrainian -------------------------------------------------------------------------


@cache
def _analyzer(language: str) -> Any:
    import pymorphy3  # type: ignore[import-untyped]  # a development dependency

    return pymorphy3.MorphAnalyzer(lang=language)


def _slavic_forms(lemma: str, language: str, word_class: WordClass) -> set[str]:
    if word_class == "adjective":
        return _lexeme(lemma, language, {"ADJF"}) | _adjective_endings(lemma, language)
    if word_class == "person":
        found = _lexeme(lemma, language, {"NOUN", "ADJF"})
        woman = _woman(lemma, language)
        return found | _lexeme(woman, language, {"NOUN"}) if woman else found
    if lemma.isupper():  # СНГ, США: not inflected
        return {lemma}
    pieces = _JOINTS.split(lemma)
    if len(pieces) > 1:
        found = set()
        inflected = [_phrase_cases(piece, language, personal=False) for piece in pieces[0::2]]
        for case in ("nomn", *_CASES[language]):
            joined = "".join(
                part
                for number, cases in enumerate(inflected)
                for part in (cases.get(case, cases["nomn"]), "".join(pieces[2 * number + 1 : 2 * number + 2]))
            )
            found.add(joined)
        return found
    return set(_phrase_cases(lemma, language, personal=word_class == "personal").values())


def _lexeme(lemma: str, language: str, classes: set[str]) -> set[str]:
    """All forms of a single word; of a hyphenated or longer one, of its last word."""
    head, space, last = lemma.rpartition(" ")
    parses = [parse for parse in _analyzer(language).parse(last) if parse.normal_form == last.lower()]
    parses = [parse for parse in parses if str(parse.tag.POS) in classes]
    if not parses:
        return {lemma}
    # "Поляк" is a surname as well; what it is here, no dictionary knows, and most forms are the same.
    found = {form.word for parse in parses for form in parse.lexeme if str(form.tag.POS) in classes}
    return {f"{head}{space}{form}" for form in found}


def _woman(lemma: str, language: str) -> str | None:
    """The word for a woman of a people, where the dictionary knows it."""
    rule = _rules()[language]["feminine"]
    ending, other = next(pair for pair in rule["replace"] if lemma.endswith(pair[0]))
    woman = lemma.removesuffix(ending) + str(other)
    known = _analyzer(language).word_is_known(woman.lower()) and woman not in rule["not"].split()
    return woman if known and lemma[-1] not in "аяй" else None


def _adjective_endings(lemma: str, language: str) -> set[str]:
    """Endings by rule for adjectives unknown to the dictionary, and the first part of a compound."""
    if language == "ru" and lemma.endswith("ий"):
        stem = lemma[:-2]
        endings = "ий ого ому им ом ая ой ую ое ие их ими ою"
        return {stem + ending for ending in endings.split()} | {stem + "о"}
    if language == "uk" and lemma.endswith("ий"):
        stem = lemma[:-2]
        endings = "ий ого ому им ім а ої ій у ою е і их ими"
        return {stem + ending for ending in endings.split()} | {stem + "о"}
    return {lemma}


def _phrase_cases(phrase: str, language: str, *, personal: bool) -> dict[str, str]:
    """The phrase in each case.

    Of a place's name, the words up to its first noun agree with it and what follows stays as it is
    ("Республика Корея"); of a person's, every word is declined.
    """
    words = phrase.split()
    parses = [_nominative(word, language, personal=personal) for word in words]
    nouns = [number for number, parse in enumerate(parses) if parse is not None and _is_noun(parse)]
    head = parses[nouns[0]] if nouns else None
    last = nouns[0] + 1 if nouns and not personal else len(words)
    result = {"nomn": phrase}
    for case in _CASES[language]:
        inflected = []
        for number, (word, parse) in enumerate(zip(words, parses, strict=True)):
            changed = None
            if parse is not None and number < last:
                changed = _form(parse, case, parse if head is None or _is_noun(parse) else head)
            elif parse is None and personal:
                changed = _surname_form(word, case, language)
            inflected.append(word if changed is None else changed)
        result[case] = " ".join(inflected)
    return result


def _form(parse: Any, case: str, model: Any) -> str | None:
    """The form of `parse` in `case` that agrees with `model`."""
    wanted = {case}
    plural = "plur" in model.tag.grammemes
    if model.tag.gender and not plural:
        wanted.add(str(model.tag.gender))
    found = [
        form
        for form in parse.lexeme
        if wanted <= form.tag.grammemes and ("plur" in form.tag.grammemes) == plural
    ]
    animacy = str(model.tag.animacy)
    agreeing = [form for form in found if animacy in form.tag.grammemes] or found
    return str(agreeing[0].word) if agreeing else None


def _surname_form(word: str, case: str, language: str) -> str:
    """A surname that the dictionaries do not know, in `case`."""
    place = _CASES[language].index(case)
    for ending, endings in _rules()[language]["surname"]["replace"]:
        if word.endswith(ending):
            return word.removesuffix(ending) + str(endings.split()[place])
    return word


def _is_noun(parse: Any) -> bool:
    return bool(parse.tag.POS == "NOUN")


def _nominative(word: str, language: str, *, personal: bool) -> Any | None:
    """The reading of `word` as a name in the nominative, or None where it has none."""
    parses = [parse for parse in _analyzer(language).parse(word) if "nomn" in parse.tag]
    marks = ("Surn", "Name") if personal else ("Geox",)
    for mark in marks:
        for parse in parses:
            if mark in parse.tag.grammemes:
                return parse
    return next(iter(parses), None)


# -- languages with rules --------------------------------------------------------------------------


@cache
def _rules() -> Any:
    return loads((files(__package__) / "data/inflection.toml").read_text("utf-8"))


def _by_rule(lemma: str, language: str, word_class: WordClass) -> Iterable[str]:
    """The forms that `data/inflection.toml` gives: of the last word, where there are several."""
    if language == "uz" and lemma[-1] > "\u0400":
        language = "uz_Cyrl"
    classes = _rules().get(language, {})
    rule = classes.get(word_class) or classes.get("name")
    if rule is None:
        return [lemma]
    head, space, last = lemma.rpartition(" ")
    return [head + space + form for form in _apply(rule, last)]


def _apply(rule: Any, word: str) -> Iterable[str]:
    if "replace" in rule:
        for ending, endings in rule["replace"]:
            if word.endswith(ending):
                stem = word.removesuffix(ending)
                return [stem + new.removesuffix("_") for new in endings.split()]
        return [word]
    suffixes = rule["suffixes"].split()
    if "fronted" in rule:
        front = [suffix.translate(str.maketrans(rule["fronted"])) for suffix in suffixes]
        last_vowel = next(
            (letter for letter in reversed(word.lower()) if letter in rule["back"] + rule["front"]), None
        )
        if last_vowel is None:
            suffixes += front
        elif last_vowel in rule["front"]:
            suffixes = front
    return [word + suffix for suffix in suffixes]
