"""Author lines -> people, and the desks and bodies that sign where no person does.

A line is cut at its separators; of each part what stands before a name ("By", "Автор:") and behind it (a
role, a place, a day) is taken off, and the rest is told by its form and by word lists: a person, a body, an
agency, or nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from monitor.articles.wordlists import word_table, wording

_EMAIL = re.compile(
    r"[(<\[]?\b[\w.+-]+(?:@|\[at\]|\(at\))[\w.-]+\.\w+\b[)>\]]?|\b(?:https?://|www\.)\S+|@\w+"
)
# Elements that stand side by side come out glued: "Meg JamesStaff Writer".
_GLUED = re.compile(
    r"(?<=[a-zà-ÿ])(?=(?:Staff|Senior|Business|Sports|Political|Reporter|Writer|Editor|Contributor|Columnist|Correspondent)\b)"
)
_SPLIT = re.compile(
    r"\s*(?:[,;|/&•·、，；|｜/／\n]|\s[–—-]{1,2}\s|\b(?:and|AND|und|UND|et|oraz|with|ve|og|och|en|și)\b"
    r"|(?<=\w)\s+(?:и|И|і|й|та|ТА|και|y|e|i|a|מ|و|да)\s+(?=[A-ZА-ЯЁІЇЄҐΑ-ΩΆ-ΏÀ-Þ])"
    r"|\s(?=(?:记者|記者|作者)\s*[:：]))\s*"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE_TAIL = re.compile(
    rf"\s+{_MONTH}\b\.? ?\d.*$|\s+\d{{1,2}}(?:st|nd|rd|th)?\.? {_MONTH}\b.*$", re.IGNORECASE
)
_DATE_LIKE = re.compile(rf"\d{{4}}|\d\d?[:/]\d\d|\b{_MONTH}\b\.? ?\d|^{_MONTH}$", re.IGNORECASE)
_PARENTHESIS = re.compile(r"\s*[(\[（【][^)\]）】]{0,60}[)\]）】]")
_INVERTED = re.compile(r"([^\W\d_][\w’'-]+), ([^\W\d_][\w’'-]+)")  # as libraries file it: "Doe, Jane"
_DOMAIN = re.compile(r"^(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}$", re.IGNORECASE)
_EDGES = " .,:;–—-|•·\"'“”«»„‘*~_\u200b\u200e\u200f\ufeff"
_CREDENTIAL = re.compile(
    r"(?:m\.?d|ph\.?\s?d|d\.?phil|m\.?s\.?c?|m\.?a|b\.?a|b\.?sc|r\.?d|r\.?n|m\.?p\.?h|m\.?b\.?a|esq|c\.?f\.?a|cpa|dr|prof"
    r"|d\.?d\.?s|do|jd|lmft|pharmd|к\.\s?\w\.\s?н|д\.\s?\w\.\s?н)\.?",
    re.IGNORECASE,
)
_SIGNED_BEHIND = re.compile(r"\S{2,12}(?:\s\S{1,8})?\s*(?:기자|特派員|記者)\s*")
_MAX_SIGNED_BEHIND = 30
_WRAPPED = re.compile(r"^[(（【\[]([^()（）]{2,40})[)）】\]]$")
_INITIAL = re.compile(r"(?:^|[\s.])[^\W\d_]$")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_CREDIT = re.compile(
    r"(?:^|\()\W*((?:reporting|writing)(?: and (?:reporting|writing))? by [^()]+)", re.IGNORECASE
)
_CREDITED = re.compile(
    r"\s*(?:reporting|writing)(?: and (?:reporting|writing))? by (.+?)"
    r"(?=,? (?:with (?:additional )?reporting|additional reporting|edit(?:ing|ed) by)\b|$)",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    "de da do dos das di du del della der den van von zu zur af al el bin ibn ben bint la le les los y e i"
    " ter ten te abu ould mac mc st san santa oğlu qızı ogly оглы кызы оғлы қызы улы уулу фон ван де ди да ла"
    " аль эль ибн und".split()
)
_ANY_AGENCY = frozenset({"agency", "agencies"})
_ARTICLES = frozenset("A An Die Der Das Ein Eine Le La Les Un Une El Los Las Lo".split())
_CASELESS = re.compile(r"[\u0530-\u058f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_WHOLE_WORD = r"(?<![\w’'-]){}(?![\w’'-])"
_KATAKANA = re.compile(r"[\u30a0-\u30ff]+")  # a foreign word more often than a name
MAX_NAME_WORDS = 6
MAX_NAME_CHARACTERS = 60
MAX_PEOPLE = 40
MAX_LINE_CHARACTERS = 4000

Sort = Literal["person", "account", "body", "agency", "nothing"]


@dataclass(frozen=True, slots=True)
class Signed:
    """What author lines name, each once, in order. `accounts` are lone words in lower case."""

    people: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.accounts or self.bodies or self.agencies)


def read_byline(lines: Iterable[str], outlet: str | None = None) -> Signed:
    """Return who the author lines name; `outlet`, the site's own name, signs nothing."""
    found: dict[Sort, dict[str, str]] = {}
    own = _folded(outlet or "")
    for line in lines:
        for name, sort in _read_line(line[:MAX_LINE_CHARACTERS], own):
            if len(found.setdefault(sort, {})) < MAX_PEOPLE:
                found[sort].setdefault(_folded(name), name)
    named = {sort: tuple(names.values()) for sort, names in found.items()}
    return Signed(*(named.get(sort, ()) for sort in ("person", "account", "body", "agency")))


@lru_cache(maxsize=2048)  # a page says the same in several places
def _read_line(line: str, own: str) -> tuple[tuple[str, Sort], ...]:
    told: list[tuple[str, Sort]] = []
    other = False  # behind "Illustration" on a line of its own
    for part in _parts(line):
        if other and not says_by(part):
            other = False
            continue
        other = wording("bylines", "other-role", r"\W*{}").fullmatch(f"{part} ") is not None
        name, sort = _told(part, own, behind_person=any(sort == "person" for _, sort in told))
        if sort != "nothing":
            told.append((name, sort))
    return tuple(told)


def people(lines: Iterable[str], outlet: str | None = None) -> tuple[str, ...]:
    """Return the people that the author lines name, in order, each once."""
    return read_byline(lines, outlet).people


def end_of_by(line: str) -> int:
    """Return where the name begins in a line that begins as a byline does ("By", "Автор:"), else 0."""
    match = _by().match(line)
    return match.end() if match is not None and match.end() < len(line) else 0


def says_by(line: str) -> bool:
    """Return whether the line begins as a byline does: "By", "Von", "Автор:", "文：", and a name's letter."""
    if end_of_by(line):
        return True
    return len(line) <= _MAX_SIGNED_BEHIND and _SIGNED_BEHIND.fullmatch(line) is not None


def credited(line: str) -> tuple[str, ...]:
    """Return whom a news agency's credit names, as at the end of its stories: "(Reporting by Ann Lee and Bo
    Ray; Editing by Carl Poe)". Editors and those who helped are no authors."""
    credit = _CREDIT.search(line) if "ing by " in line else None
    if credit is None:
        return ()
    return people(match[1] for clause in credit[1].split(";") if (match := _CREDITED.match(clause)))


@lru_cache(maxsize=1)
def _by() -> re.Pattern[str]:
    return wording("bylines", "by", r"^\W*{}")


def _parts(line: str) -> list[str]:
    """Cut a line at its separators, dates and addresses taken out."""
    line = _WRAPPED.sub(r"\1", " ".join(line.replace("\u3000", " ").split()))
    line = _GLUED.sub(" ", _EMAIL.sub(" ", _PARENTHESIS.sub(" ", line)))
    line = wording("bylines", "other-role-within", r"\s+(?={})").sub(" | ", line)
    line = _without_by(_DATE_TAIL.sub("", " ".join(line.split())))
    inverted = [_INVERTED.fullmatch(part.strip(_EDGES)) for part in line.split(";")]
    if all(one and not any(map(_is_no_name, one.groups())) for one in inverted):
        return [f"{one[2]} {one[1]}" for one in inverted if one]
    parts: list[str] = []
    for part in _SPLIT.split(line):
        if parts and _SUFFIX.fullmatch(part.strip(" .")):
            parts[-1] += f", {part.strip()}"
        elif part and part.strip():
            parts.append(part)
    return parts


def _without_by(text: str) -> str:
    for _ in range(3):
        shorter = _by().sub("", text, count=1)
        if shorter == text or not shorter.strip():
            return shorter
        text = shorter
    return text


def is_desk(name: str) -> bool:
    """Return whether a body is an outlet's desk ("AOL Staff", "Редакция"), not a firm or an institution."""
    return wording("bylines", "desk", _WHOLE_WORD).search(name) is not None


def _told(part: str, own: str, *, behind_person: bool) -> tuple[str, Sort]:
    """Return the name in one part of a line, and what it is."""
    if wording("bylines", "other-role", r"^\W*{}(?=.)").match(part) or wording(
        "bylines", "other-role-tail"
    ).search(part.strip(_EDGES)):
        return "", "nothing"
    name = _without_by(part).strip(_EDGES)
    for _ in range(2):
        cut = wording("bylines", "tail").sub("", name).strip(_EDGES)
        if len(cut) < 2:
            break
        name = cut
    words = name.split()
    if words and words[: len(words) // 2] == words[len(words) // 2 :]:  # beside its tooltip or its picture
        name = " ".join(words[: len(words) // 2])
    if own and name.casefold().endswith(f" {own}") and " " in (before := name[: -len(own)].strip(_EDGES)):
        name = before  # "Ann Lee Steppe Post"
    whole, name = name, _without_role(name)
    folded = _folded(name)
    if whole != name and (folded == own or folded in _employers()):
        return whole, "body"  # "Daily Mail Reporter"
    if not 2 <= len(name) <= MAX_NAME_CHARACTERS or not any(c.isalpha() for c in name):
        return "", "nothing"
    if folded in _agencies():
        return name, "agency"
    if folded in _names("nobody") or folded == own or _DATE_LIKE.search(name) or _CREDENTIAL.fullmatch(name):
        return "", "nothing"
    if _DOMAIN.match(name) or any(c in name for c in "{}<>[]=#%\\©!?:"):
        return "", "nothing"
    words = name.split()
    if wording("bylines", "body", _WHOLE_WORD).search(name) or words[0] in {"The", "the"}:
        short = len(words) <= MAX_NAME_WORDS and not words[0][0].islower()
        return (name, "body") if short and words[-1].lower() not in _PARTICLES else ("", "nothing")
    if wording("bylines", "no-name", _WHOLE_WORD).search(name):
        return "", "nothing"
    if any(c.isdigit() or c in "()" for c in name) or len(words) > MAX_NAME_WORDS:
        return "", "nothing"
    if all(is_role(word) or _is_modifier(word) for word in words):
        return "", "nothing"
    if not any(len(word.strip(".")) > 1 for word in words) or words[0] in _ARTICLES:
        return "", "nothing"
    if _CJK.search(name):
        if max(map(len, words)) > 12 or len(words) > 4:
            return "", "nothing"
        return name, "account" if _KATAKANA.fullmatch(name) else "person"
    if _CASELESS.search(name):
        return (name, "person") if 2 <= len(words) <= 5 else (name, "account")
    if behind_person and (len(words) == 1 or folded in _names("affiliations")):
        return "", "nothing"  # "Jane Doe, Futurism": for whom she writes
    if len(words) == 1:
        return name, "account"
    small = [
        word for word in words if word[0].islower() and word.lower() not in _PARTICLES and "’" not in word[:3]
    ]
    if small and not (len(words) == 2 and words[0][0].isupper()):
        return "", "nothing"
    if (_INITIAL.search(name) or _SUFFIX.fullmatch(words[-1])) and f"{name}." in part:
        name += "."  # "Иванов И.И.", "John Smith Jr."
    return _natural_case(name), "person"


def _without_role(name: str) -> str:
    """Take a role in a trade off a name: "Tom Gray News reporter", "Political editor Tom Gray"."""
    words = name.split()
    if len(words) > 2:
        before = next((i for i, word in enumerate(words) if not (is_role(word) or _is_modifier(word))), 0)
        if before and len(words) - before >= 2 and not _is_modifier(words[before - 1]):
            return " ".join(words[before:])
    if len(words) < 2 or _folded(name) in _employers():
        return name
    keep = len(words)
    for index in range(len(words) - 1, 0, -1):
        if not is_role(words[index]) and not (keep < len(words) and _is_modifier(words[index])):
            break
        keep = index
    if keep < len(words):
        return " ".join(words[:keep]).strip(_EDGES) if keep >= 2 else name
    if _CREDENTIAL.fullmatch(words[-1]) and len(words) > 2:
        return _without_role(" ".join(words[:-1]).strip(_EDGES))
    for size in (3, 2, 1):  # "Eric Tucker Associated Press"
        behind = _folded(" ".join(words[-size:]))
        if behind in _ANY_AGENCY:  # "European Space Agency"
            break
        if len(words) > size and behind in _employers() and words[0] not in {"The", "the"}:
            return " ".join(words[:-size]).strip(_EDGES)
    return name


def _is_no_name(part: str) -> bool:
    return _CREDENTIAL.fullmatch(part) is not None or is_role(part) or _folded(part) in _employers()


def is_role(word: str) -> bool:
    """Return whether a word is a role in the trade or in public life: "reporter", "политолог"."""
    word = word.strip(_EDGES)
    return any(wording("bylines", key).fullmatch(word) for key in ("role", "profession"))


def _is_modifier(word: str) -> bool:
    return wording("bylines", "role-modifier").fullmatch(word.strip(_EDGES)) is not None


@lru_cache(maxsize=1)
def _employers() -> frozenset[str]:
    return _agencies() | _names("affiliations")


@lru_cache(maxsize=1)
def _agencies() -> frozenset[str]:
    spellings = (spelling for written in word_table("agencies").values() for spelling in written)
    return _names("agencies") | frozenset(map(_folded, spellings))


@lru_cache(maxsize=4)
def _names(key: str) -> frozenset[str]:
    return frozenset(map(_folded, word_table("bylines")[key]))


def _folded(name: str) -> str:
    return " ".join(name.casefold().split()).strip(_EDGES)


def _natural_case(name: str) -> str:
    """ "JOHN SMITH" -> "John Smith"; short tokens (initials) stay."""
    if len(name) <= 4:
        return name
    words = name.split()
    if name.isupper():
        return " ".join(_capitalised(w) if len(w) > 2 or "." not in w else w for w in words)
    # "Иван ПЕТРОВ": the surname alone in capitals.
    return " ".join(_capitalised(w) if len(w) > 3 and w.isupper() and "." not in w else w for w in words)


def _capitalised(word: str) -> str:
    return "-".join(
        part.capitalize() if "'" not in part and "’" not in part else part.title() for part in word.split("-")
    )
