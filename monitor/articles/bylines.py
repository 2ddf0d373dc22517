"""Author lines -> people: no "By", no agencies, no e-mail, no dates."""

import re
from collections.abc import Iterable

from monitor.articles.wordlists import word_table, wording

_EMAIL = re.compile(r"[(<\[]?\b[\w.+-]+@[\w.-]+\.\w+\b[)>\]]?|\bhttps?://\S+|@\w+")
_SPLIT = re.compile(
    r"\s*(?:,|;|\||/|&|\s[–—•·]\s|\s-\s|\band\b|\bund\b|\bet\b|\boraz\b|\n|(?<=\w)\s+(?:и|і|та|και|y|e)\s+(?=[A-ZА-ЯΑ-ΩÀ-Ý]))\s*"
)
_DATE_LIKE = re.compile(
    r"\d{4}|\d\d?[:/]\d\d|\b(?:january|february|march|april|june|july|august|september|october|november"
    r"|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.? ?\d",
    re.IGNORECASE,
)
_DATE_TAIL = re.compile(
    r"\s+(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug"
    r"|sept?|oct|nov|dec)\b\.? \d.*$|\s+(?:published|posted|updated) (?:in|on|at)\b.*$",
    re.IGNORECASE,
)
_ROLE_PAREN = re.compile(r"\s*[(\[].{0,60}?[)\]]")
_INVERTED = re.compile(r"([^\W\d_][\w’'-]+), ([^\W\d_][\w’'-]+)")  # as libraries file it: "Doe, Jane"
MAX_NAME_WORDS = 6
MAX_PEOPLE = 40


def people(lines: Iterable[str], outlet: str | None = None) -> tuple[str, ...]:
    """Return the people that the author lines name, in order, each once."""
    found: list[str] = []
    seen: set[str] = set()
    own = (outlet or "").casefold().strip()
    for line in lines:
        cleaned = _EMAIL.sub(" ", _ROLE_PAREN.sub(" ", line[:400]))
        cleaned = (
            wording("bylines", "by")
            .sub("", wording("bylines", "by").sub("", _DATE_TAIL.sub("", " ".join(cleaned.split()))))
            .strip()
        )
        if inverted := _INVERTED.fullmatch(cleaned):
            cleaned = f"{inverted[2]} {inverted[1]}"
        for part in _SPLIT.split(cleaned):
            name = wording("bylines", "by").sub("", (part or "").strip(" .,:;–—-|•·\"'“”«»")).strip()
            if not is_person(name) or name.casefold() == own:
                continue
            name = _natural_case(name)
            if name.casefold() not in seen:
                seen.add(name.casefold())
                found.append(name)
            if len(found) >= MAX_PEOPLE:
                return tuple(found)
    return tuple(found)


def credited_body(lines: Iterable[str], outlet: str | None = None) -> tuple[str, ...]:
    """Return the desk or body that signs where no person does ("AOL Staff", "The Editorial Board").

    News agencies, the outlet itself and account names such as "admin" sign nothing.
    """
    own = (outlet or "").casefold().strip()
    for line in lines:
        name = (
            wording("bylines", "by").sub("", " ".join(_EMAIL.sub(" ", line[:200]).split())).strip(" .,:;–—-|")
        )
        folded = name.casefold()
        if not 2 <= len(name) <= 50 or len(name.split()) > 5 or folded == own or _DATE_LIKE.search(name):
            continue
        if folded in word_table("bylines")["agencies"] and folded not in word_table("bylines")["bodies"]:
            continue
        return (name,)
    return ()


def is_person(name: str) -> bool:
    """Return whether `name` can be a person's: not an agency, a desk, a date or a sentence."""
    words = name.split()
    if not 1 <= len(words) <= MAX_NAME_WORDS or not 2 <= len(name) <= 60:
        return False
    if (
        name.casefold() in word_table("bylines")["agencies"]
        or wording("bylines", "company", r"\b{}\b\.?$").search(name)
        or name.startswith(("The ", "the "))
        or _DATE_LIKE.search(name)
        or wording("bylines", "title-tail", r"\b{}\b").search(name)
    ):
        return False
    if (
        not any(c.isalpha() for c in name)
        or any(c.isdigit() for c in name)
        or any(c in name for c in "{}<>[]=#%_\\")
    ):
        return False
    return not (len(words) > 1 and words[0][0].islower() and words[-1][0].islower())


def _natural_case(name: str) -> str:
    """ "JOHN SMITH" -> "John Smith"; short tokens (initials) stay."""
    if not name.isupper() or len(name) <= 4:
        return name
    return " ".join(w.title() if len(w) > 2 or "." not in w else w for w in name.split())
