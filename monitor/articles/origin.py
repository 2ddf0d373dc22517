"""Text -> the agency that it credits as its origin: "4 outlets, 1 origin" can then be said."""

import re
from functools import lru_cache

_AGENCIES: tuple[tuple[str, str], ...] = (
    ("Bloomberg Opinion", r"bloomberg (?:opinion|view)"),
    ("Bloomberg", r"bloomberg(?: news)?"),
    ("Reuters", r"(?:thomson )?reuters|рейтер|рейтерс"),
    ("AP", r"(?:the )?associated press|(?-i:AP)"),
    ("AFP", r"agence france[- ]presse|(?-i:AFP)|франс[ -]пресс"),
    ("TASS", r"(?:itar-)?tass|(?:итар-)?тасс"),
    ("Interfax-Ukraine", r"interfax-ukraine|интерфакс-украина|інтерфакс-україна"),
    ("Interfax", r"interfax|интерфакс"),
    ("RIA Novosti", r"ria novosti|риа\s?[«\"]?новости[»\"]?"),
    ("Ukrinform", r"ukrinform|укр[иі]нформ"),
    ("UNIAN", r"unian|ун[иі]ан"),
    ("dpa", r"(?-i:dpa|DPA)"),
    ("PAP", r"(?-i:PAP)"),
    ("Xinhua", r"xinhua|синьхуа"),
    ("Anadolu", r"anadolu(?: agency)?"),
    ("Kazinform", r"kazinform|казинформ"),
    ("AKIpress", r"akipress|акипресс"),
    ("RFE/RL", r"rfe/rl|radio free europe/radio liberty"),
    ("Project Syndicate", r"project syndicate"),
    ("The Conversation", r"the conversation"),
    ("Regnum", r"(?:иа )?regnum|иа регнум"),
    ("Belta", r"belta|белта"),
    ("Press Association", r"press association"),
    ("The Canadian Press", r"the canadian press"),
)  # fmt: skip
_FRAMES = (
    # (Reuters) - ...; BISHKEK, June 3 (AFP) -- ...; МОСКВА, 3 июня. /ТАСС/ ...; МОСКВА, 3 июн - РИА Новости
    r"^.{{0,70}}?[(/\[]\s*(?:{0})\s*[)/\]]",
    r"^[^.!?]{{0,60}}[—–-]\s*(?:{0})\s*[.,—–:-]",
    r"^[^.!?]{{0,50}},?\s+(?:{0})\s*[.—–-]\s",
    # at the end: (Reuters), Source: Reuters, © AFP
    r"(?:source|via|credit|distributed by|provided by|источник|джерело|źródło|πηγή|copyright|©)\s*(?:19"
    r"|20)?\d{{0,2}}\s*[:—–-]?\s*(?:by\s)?(?:{0})\b[^.]{{0,40}}$",
    r"[(/\[]\s*(?:{0})\s*[)/\]]\.?\s*$",
    r"[—–-]\s*(?:{0})\s*\.?\s*$",
)
_ANY = re.compile("|".join(names for _, names in _AGENCIES), re.IGNORECASE)
_REPORTED = re.compile(
    r"\b(?:сообща|переда[её]т|повідомля|передає|reports?\b|informuje|podaje)", re.IGNORECASE
)
_FOLLOW = re.compile(
    r"originally (?:appeared|published)|first (?:appeared|published)|more (?:from|stories)|available at"
    r"|is an? (?:\w+ ){0,2}(?:opinion )?columnist|впервые опубликован",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[str, tuple[re.Pattern[str], ...], re.Pattern[str]], ...]:
    """Return for each agency its name, the frames that credit it, and a pattern of its names."""
    return tuple(
        (
            name,
            tuple(re.compile(frame.format(names), re.IGNORECASE) for frame in _FRAMES),
            re.compile(rf"\b(?:{names})\b", re.IGNORECASE),
        )
        for name, names in _AGENCIES
    )


def origin_of(text: str, author_lines: tuple[str, ...] = (), removed: tuple[str, ...] = ()) -> str | None:
    """Return the agency or syndicate that the text, its author line or what was cut below it credits.

    A mention inside the story ("told Reuters") is no credit: only the dateline, the end, an author line
    and notes such as "More from Bloomberg Opinion" count.
    """
    for line in filter(_ANY.search, author_lines):
        for name, _, named in _rules():
            if named.search(line[:120]):
                return name
    lines = [line for line in text.split("\n") if line.strip()]
    ends = [line[:220] for line in lines[:2]] + [line[-160:] for line in lines[-2:]]
    ends = [line for line in ends if _ANY.search(line)]
    for name, frames, named in _rules() if ends else ():
        credited = [line for line in ends if named.search(line)]
        if any(frame.search(line) for frame in frames for line in credited):
            return name
    for note in filter(_ANY.search, removed):
        if _FOLLOW.search(note) or len(note.split()) <= 12:
            for name, _, named in _rules():
                if named.search(note[:300]):
                    return name
    for line in filter(_ANY.search, lines[:1]):
        if _REPORTED.search(line[-120:]):
            for name, _, named in _rules():
                if named.search(line[-120:]):
                    return name
    return None
