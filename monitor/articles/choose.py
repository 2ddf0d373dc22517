"""Page -> its text as lines, by the cheapest way that can be trusted, and which way that was.

1. a site rule (CSS selector of the configuration), where there is one;
2. the native extractor alone, where it is sure of its words;
3. else a vote: the candidate that agrees most with the others. On pages built for phones (they name a
   viewport) a near tie goes to trafilatura, which is strong there; on older layouts to the native
   extractor, which is strong there.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import SelectolaxError

from monitor.articles.candidates import html_lines, readability_lines, trafilatura_lines
from monitor.articles.metadata import Metadata
from monitor.articles.native import judge
from monitor.articles.page import Page

# Measured on the development half: more doubt than this, and the vote is better than native alone.
MAX_DOUBT = 0.16
MIN_WORDS = 40
TIE = 0.1
GOOD_AGREEMENT = 0.8
SAME_TEXT = 0.9
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Choice:
    """The lines of the article, the way they were found, and 0..1 how far that can be trusted."""

    lines: list[str]
    method: str
    quality: float


def choose(
    html: str, page: Page, metadata: Metadata, url: str | None, site_rules: Mapping[str, str]
) -> Choice:
    """Return the text of `page`, which was parsed from `html`."""
    ruled = _by_rule(page, url, site_rules)
    if ruled:
        return Choice(ruled, "site-rule", 1.0)
    verdict = judge(page, metadata.title)
    native = [page.blocks[index].text for index in verdict.chosen]
    if verdict.words >= MIN_WORDS and verdict.doubt <= MAX_DOUBT:
        return Choice(native, "native", round(1 - verdict.doubt, 3))
    candidates = {"native": native, "trafilatura": trafilatura_lines(html)}
    if _agreement(candidates) < SAME_TEXT:  # else a third voice changes nothing, and it is the dearest
        candidates["readability"] = readability_lines(html)
    choice = _vote(candidates, modern="viewport" in page.metas)
    body = html_lines(metadata.article_body) if metadata.article_body else []
    if _words(body) >= MIN_WORDS and _words(choice.lines) * 2 < _words(body):
        return Choice(body, "json-ld", 0.7)
    return choice


def _vote(candidates: Mapping[str, list[str]], *, modern: bool) -> Choice:
    prints = {name: _shingles(lines) for name, lines in candidates.items()}
    names = list(candidates)
    agreement = {(a, b): _likeness(prints[a], prints[b]) for i, a in enumerate(names) for b in names[i + 1 :]}
    votes = {name: sum(value for pair, value in agreement.items() if name in pair) for name in names}
    own = max(value for pair, value in agreement.items() if "native" in pair)
    if not modern and own > GOOD_AGREEMENT:
        return Choice(candidates["native"], "native", round(own, 3))
    favourite = "trafilatura" if modern else "native"
    best = max(names, key=lambda name: votes[name] + (TIE if name == favourite else 0.0))
    return Choice(candidates[best], best, round(votes[best] / (len(names) - 1), 3))


def _agreement(candidates: Mapping[str, list[str]]) -> float:
    return _likeness(_shingles(candidates["native"]), _shingles(candidates["trafilatura"]))


def _by_rule(page: Page, url: str | None, rules: Mapping[str, str]) -> list[str]:
    selector = _rule_of(url, rules)
    if not selector:
        return []
    try:
        nodes = page.tree.css(selector)
    except SelectolaxError:  # the configuration refuses such a selector; other callers may not
        return []
    return [line for node in nodes for line in html_lines(node.html or "")]


def _rule_of(url: str | None, rules: Mapping[str, str]) -> str | None:
    if not url or not rules:
        return None
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return None
    while host:
        if host in rules:
            return rules[host]
        host = host.partition(".")[2]
    return None


def _words(lines: list[str]) -> int:
    return sum(len(line.split()) for line in lines)


def _shingles(lines: list[str]) -> Counter[tuple[str, ...]]:
    words = _WORD.findall("\n".join(lines)[:200_000])
    return Counter(zip(words, words[1:], words[2:], words[3:], strict=False))


def _likeness(a: Counter[tuple[str, ...]], b: Counter[tuple[str, ...]]) -> float:
    return 2 * (a & b).total() / max(1, a.total() + b.total())
