"""Page -> the byline that its readers see, with a weight that says how sure it is one.

Three ways: a line near the headline that says "By ..."; elements marked by their names, `itemprop`, `rel` or
address, ranked by how sure the mark is and how near to the headline they stand in the tree; a name alone on a
line beside the date. What belongs to comments, forms and lists of other stories is passed by.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, zip_longest

from selectolax.lexbor import LexborNode

from monitor.articles.bylines import Signed, end_of_by, read_byline, says_by
from monitor.articles.dates import parse_date
from monitor.articles.page import Page
from monitor.articles.signs import BITS

MAX_LINE_CHARACTERS = 200
MAX_NODES = 120  # marked elements looked at
_MAX_INSIDE = 400  # elements of one marked element
_MAX_STEPS = 60  # up the tree
_MIN_WEIGHT = 1.0
SURE_WEIGHT = 3.0  # of a byline that overrules the page's head
_WRITTEN, _WRITTEN_BELOW, _BESIDE_DATE = 4.0, 2.0, 1.5
_LABEL_CHARACTERS, _NAME_CHARACTERS = 30, 80
_MICRODATA, _BY_ADDRESS = 4.5, 3.0
_LINES_BEFORE, _LINES_AFTER, _LINES_BESIDE = 6, 25, 8
_ASIDE = BITS["comment"] | BITS["related"] | BITS["footer"] | BITS["nav"]

# The cost of a query grows with its selectors: the second is asked only where the first finds nothing sure.
_COMMON = (
    'h1,[itemprop*="author"],[rel~="author"],[class*="uthor"],[class*="yline"],[id*="uthor"],'
    'a[href*="/author"]'
)
_RARE = ",".join(
    (
        'h1,[itemprop="creator"],[property="author"],[data-testid*="uthor"],[data-testid*="yline"],[id*="yline"],[id*="utor"]',
        *(f'[class*="{word}"]' for word in (
            "y-line", "utor", "vtor", "riter", "ontributor", "eporter", "ournalist", "redakt", "columnist",
            "signature", "provider-name", "creator", "user", "source", "publisher", "owner",
        )),
        *(f'a[href*="/{word}"]' for word in (
            "autor", "auteur", "avtor", "staff/", "people/", "profile/", "persons/", "by/", "columnists/",
            "contributor", "journalist", "reporter", "writer", "redakt", "editors/", "expert", "team/",
            "user", "bio/", "correspondent", "signat",
        )),
    )
)  # fmt: skip

_WHO = r"(?:by-?line|author|autor|avtor|auteur|writer|contributor|reporter|journalist|columnist|redakteur)s?"
_NAME_OF_ONE = re.compile(
    r"(?:author|byline|autor|writer|contributor|provider)s?[_-]*(?:full)?-?name", re.IGNORECASE
)
_SURE = re.compile(
    rf"(?:^|[\s_-]){_WHO}(?:[\s_-]{{0,2}}(?:name|link|full-?name|title|item|text|list|info|wrap(?:per)?"
    r"|content|container|block|row))*(?=$|\s)",
    re.IGNORECASE,
)
_LOOSE = re.compile(rf"{_WHO}|redakt|signature|provider-name", re.IGNORECASE)
_FAINT = re.compile(
    r"(?:^|[\s_-])(?:user(?:[\s_-]?(?:name|link|info))?|(?:publisher|owner|source)(?:[\s_-]?name)?)(?=$|\s)",
    re.IGNORECASE,
)
# What surrounds an author: a face, a biography, a button; and words that hold the letters of a mark.
_BESIDE = re.compile(
    r"bio(?:graph)?(?![a-z])|desc|about|avatar|image|img|photo|pic(?:ture)?(?![a-z])|social|follow|twitter"
    r"|e-?mail|more|job|position|role|date|time|count|credit|source|tutor|storybook|authori[zst]|authen"
    r"|editor-tools|underwriter|typewriter|auto(?:refresh|mat|re?play)|recreat|vector|factor",
    re.IGNORECASE,
)
_NEVER = re.compile(r"comment|respond(?:$|\s)|reply|disqus|caption|gallery", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"related|recommend|teaser|popular|trending|most-?(?:read|view)|latest|recent|widget_|sidebar|promo|carousel"
    r"|newsletter|(?:^|[\s_-])(?:nav|menu|footer|card|tease|feed|rail)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"/(?:authors?|autor(?:en|es|i|zy)?|auteurs?|avtor[iy]?|staff|people|profiles?|persons|by|columnists"
    r"|contributors?|journalists?|reporters?|writers?|redakt(?:eur|sjon|ion)?\w*|editors|experts?|[\w-]*team|users?|bio"
    r"|correspondents?|signat(?:ures?|aires?))/[^/?]*[^\W\d_]{2}",
    re.IGNORECASE,
)
_LOOSE_ADDRESS = re.compile(
    r"/(?:people|profiles?|persons|staff|by|editors|experts?|[\w-]*team|users?|bio)/", re.IGNORECASE
)
# Elements that stand on lines of their own: what is in two of them is not one name.
_APART = frozenset({"div", "p", "li", "dt", "dd", "td", "tr", "br", "h2", "h3", "h4", "h5", "h6"})
_SPEAKS = re.compile(r"(?:\bsays|\bsagt|:)\s*$")  # of a comment
_DAY = re.compile(r"\d[\d.:/-]*")
_SLUG_WORD = re.compile(r"[a-z]+")
_NOT_WORDS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Seen:
    """A byline that readers see: how much it weighs, its lines, and whom they name."""

    weight: float
    lines: tuple[str, ...]
    signed: Signed


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An element that may be the byline."""

    node: LexborNode
    weight: float
    signed: Signed
    line: str


NOTHING = Seen(0.0, (), Signed())


# -- lines -----------------------------------------------------------------------------------------


def written(page: Page, title: str, outlet: str | None) -> Seen:
    """Return the line near the headline that says "By ...", or one further down that says "Author: ..."."""
    start = _headline_block(page, title) or 0
    near = [block.text for block in page.blocks[max(0, start - _LINES_BEFORE) : start + _LINES_AFTER]]
    for text, following in zip_longest(near, near[1:], fillvalue=""):
        line = _labelled(text, following) or text
        if len(line) <= MAX_LINE_CHARACTERS and says_by(line):
            signed = read_byline([line], outlet)
            if signed.people or signed.bodies or signed.agencies:
                return Seen(_WRITTEN, (line,), signed)
    for block in page.blocks[start + _LINES_AFTER :]:
        if len(block.text) <= 80 and ":" in block.text[:25] and says_by(block.text):
            signed = read_byline([block.text], outlet)
            if signed.people and not page.signs(block) & _ASIDE:
                return Seen(_WRITTEN_BELOW, (block.text,), signed)
    return NOTHING


def _labelled(text: str, following: str) -> str:
    """Return "By Ann Lee" where a block is nothing but "By", and the next a full name; else nothing."""
    if len(text) > _LABEL_CHARACTERS or len(following) > _NAME_CHARACTERS:
        return ""
    line = f"{text} {following}"
    people = read_byline([following]).people if end_of_by(line) == len(text) + 1 else ()
    return line if len(people) == 1 and is_full_name(people[0]) and _is_all(following, people[0]) else ""


def beside_date(page: Page, title: str, outlet: str | None) -> Seen:
    """Return the line between headline and text that is a full name, and has the date beside it."""
    start = _headline_block(page, title)
    if start is None:
        return NOTHING
    near = page.blocks[start + 1 : start + 1 + _LINES_BESIDE]
    for index, block in enumerate(near):
        text = block.text
        if len(text) > MAX_LINE_CHARACTERS or block.tag in {"td", "th", "li"} or page.signs(block) & _ASIDE:
            break
        people = read_byline([text], outlet).people if len(text) <= _NAME_CHARACTERS else ()
        if len(people) == 1 and is_full_name(people[0]) and _is_all(text, people[0]):
            beside = near[max(0, index - 1) : index + 2]
            if any(len(one.text) <= 60 and parse_date(one.text) for one in beside):
                return Seen(_BESIDE_DATE, (text,), Signed(people))
    return NOTHING


def is_full_name(name: str) -> bool:
    """Return whether a name is sure enough to need no mark: two to four words, each with a capital."""
    words = name.split()
    return 2 <= len(words) <= 4 and all(word[0].isupper() for word in words)


def _is_all(text: str, name: str) -> bool:
    """Return whether a line holds little but the name: a day, a mark between them."""
    rest = _DAY.sub(" ", re.sub(re.escape(name), " ", text, flags=re.IGNORECASE))
    return sum(c.isalpha() for c in rest) <= 12


def _headline_block(page: Page, title: str) -> int | None:
    keys = {" ".join(heading.split()).casefold() for heading in (*page.headings, title) if heading}
    return next((i for i, block in enumerate(page.blocks) if block.text.casefold() in keys), None)


# -- marked elements -------------------------------------------------------------------------------


def marked(page: Page, title: str, outlet: str | None, told: Signed) -> Seen:
    """Return the best of the elements that are marked as a byline, with the authors named beside it.

    `told` is what the page's head says: an element that names the same is surer.
    """
    best = NOTHING
    for query in (_COMMON, _RARE):
        found = _best_of(page.tree.css(query)[: 2 * MAX_NODES], title, outlet, told)
        best = max(best, found, key=lambda one: one.weight)
        if best.weight >= SURE_WEIGHT:
            break
    return best


def _best_of(nodes: list[LexborNode], title: str, outlet: str | None, told: Signed) -> Seen:
    nodes = list({node.mem_id: node for node in nodes}.values())[:MAX_NODES]
    headline = _headline(nodes, title)
    above = _chain(headline) if headline is not None else {}
    known = {name.casefold() for name in (*told.people, *told.accounts)}
    candidates: list[_Candidate] = []
    after = False
    for node in nodes:
        if headline is not None and node.mem_id == headline.mem_id:
            after = True
            continue
        weight = _weight_of(node)
        line = _line_of(node) if weight > 0 else ""
        if not line or _SPEAKS.search(line):
            continue
        signed = read_byline([line], outlet)
        away = _distance(node, above) if signed else None
        if away is None or not _fits_address(node, weight, signed):
            continue
        agrees = any(name.casefold() in known for name in (*signed.people, *signed.accounts))
        sure = signed.people or weight >= _MICRODATA or _is_account_link(node, signed.accounts)
        weight += 0.2 * after - away + (1.5 if agrees else 0.0 if sure else -1.5)
        candidates.append(_Candidate(node, weight, signed, line))
    best = max(candidates, key=lambda one: one.weight, default=None)
    if best is None or best.weight < _MIN_WEIGHT:
        return NOTHING
    return _whole(best, candidates, above, outlet)


def _whole(best: _Candidate, candidates: list[_Candidate], above: dict[int, int], outlet: str | None) -> Seen:
    """Add who is named beside `best`: each in an element of his own, or in the line around them."""
    if not best.signed.people:
        return Seen(best.weight, (best.line,), best.signed)
    peers = [one for one in candidates if one.weight >= best.weight - 1.5 and one.signed.people]
    group, inside = best.node, [best]
    node = best.node.parent
    if node is not None and node.mem_id in above:  # beside the headline: so are the others
        inside = [one for one in peers if one is best or _stand_alike(one.node, best.node)]
    for _ in range(5):
        if node is None or node.mem_id in above or not (line := _line_of(node)):
            break
        below = {one.mem_id for one in islice(node.traverse(), _MAX_INSIDE)}
        within = [one for one in peers if one.node.mem_id in below]
        if len(within) > len(inside) or _weight_of(node) > 0 or says_by(line):
            group, inside = node, within
        node = node.parent
    names: dict[str, str] = {}
    for one in sorted(inside, key=lambda one: len(one.line)):
        for name in one.signed.people:
            key = name.casefold()
            if not any(key in known or known in key for known in names):
                names[key] = name
    shown = _line_of(group) if group is not best.node else " | ".join(one.line for one in inside)
    around = read_byline([shown], outlet)
    if {name.casefold() for name in around.people} > set(names):
        told = around.people
    else:
        told = tuple(sorted(names.values(), key=lambda name: shown.casefold().find(name.casefold())))
    return Seen(best.weight, (shown, *(one.line for one in inside)), Signed(told, agencies=around.agencies))


def _stand_alike(one: LexborNode, other: LexborNode) -> bool:
    """Return whether two elements have one parent, one tag and equally sure marks."""
    around, others = one.parent, other.parent
    beside = around is not None and others is not None and around.mem_id == others.mem_id
    return beside and one.tag == other.tag and _weight_of(one) == _weight_of(other)


def _line_of(node: LexborNode) -> str:
    """Return an element's text on one line, or nothing where it is too long for a byline."""
    if node.tag == "meta":
        line = node.attributes.get("content") or ""
        return " ".join(line.split()) if len(line) <= MAX_LINE_CHARACTERS else ""
    parts: list[str] = []
    size, apart = 0, False
    for one in islice(node.traverse(include_text=True), _MAX_INSIDE):
        if one.tag == "-text" and (text := " ".join((one.text_content or "").split())):
            size += len(text) + 1
            if size > MAX_LINE_CHARACTERS:
                return ""
            if apart and parts:
                parts.append("|")
            apart = False
            parts.append(text)
        elif one.tag in _APART:
            apart = True
        elif one.attributes.get("itemprop") == "name":
            if one.tag in {"meta", "link"}:  # microdata that readers do not see
                parts.append(" ".join((one.attributes.get("content") or "").split())[:MAX_LINE_CHARACTERS])
            elif parts and one.tag == "span":
                parts.append("|")  # one name each
    return " ".join(parts)


def _weight_of(node: LexborNode) -> float:
    """Return how sure the mark of an element is that it names the author; 0 where it is none."""
    attributes = node.attributes
    by_names = _weight_of_names(" ".join(filter(None, map(attributes.get, ("class", "id", "data-testid")))))
    if by_names is None:
        return 0.0
    weight, beside = by_names
    if (attributes.get("itemprop") or attributes.get("property") or "").lower() in {"author", "creator"}:
        weight = _MICRODATA
    elif "author" in (attributes.get("rel") or "").lower().split():
        weight = max(weight, 4.2)
    elif not weight and node.tag == "a" and _ADDRESS.search(attributes.get("href") or ""):
        weight = _BY_ADDRESS
    return weight - 2.0 if beside else weight


@lru_cache(maxsize=4096)
def _weight_of_names(names: str) -> tuple[float, bool] | None:
    """Return how sure class and id are, and whether they name what stands beside an author."""
    if _NEVER.search(names):
        return None
    marks = ((_NAME_OF_ONE, 4.4), (_SURE, 4.0), (_LOOSE, 2.4), (_FAINT, 1.7))
    weight = next((weight for pattern, weight in marks if pattern.search(names)), 0.0)
    return weight, _BESIDE.search(names) is not None


def _is_account_link(node: LexborNode, accounts: tuple[str, ...]) -> bool:
    """Return whether the first link in an element leads to the account that it names: "/u/nick"."""
    link = node if node.tag == "a" else node.css_first("a[href]")
    address = (link.attributes.get("href") or "" if link is not None else "").rstrip("/").casefold()
    return any(address.endswith(f"/{account.casefold()}") for account in accounts)


def _fits_address(node: LexborNode, weight: float, signed: Signed) -> bool:
    """A link to "/people/..." leads to a person only where the end of its address is the name."""
    address = (node.attributes.get("href") or "").lower()
    if weight != _BY_ADDRESS or not _LOOSE_ADDRESS.search(address):
        return True
    slug = {word for word in _SLUG_WORD.findall(address.rstrip("/").rsplit("/", 1)[-1]) if len(word) > 2}
    return bool(slug) and slug <= {*" ".join(signed.people).lower().split()}


def _headline(nodes: Iterable[LexborNode], title: str) -> LexborNode | None:
    """Return the h1 that is the page's title, else the first."""
    first = None
    key = _NOT_WORDS.sub("", title).casefold()
    for node in nodes:
        if node.tag == "h1":
            first = first or node
            text = _NOT_WORDS.sub("", _line_of(node)).casefold()
            if key and text and (key in text or text in key):
                return node
    return first


def _chain(node: LexborNode) -> dict[int, int]:
    """Return the elements around `node`, by how many steps up each is."""
    chain: dict[int, int] = {}
    current: LexborNode | None = node
    while current is not None and len(chain) < _MAX_STEPS:
        chain[current.mem_id] = len(chain)
        current = current.parent
    return chain


def _distance(node: LexborNode, above: dict[int, int]) -> float | None:
    """Return what an element's place takes off its weight; None where it cannot be the article's byline.

    The steps from the headline up to the element that holds both, and what stands on the way down from it.
    """
    penalty = 0.0
    current: LexborNode | None = node
    for steps in range(_MAX_STEPS):
        if current is None:
            break
        if (up := above.get(current.mem_id)) is not None:
            return penalty + 0.12 * up + 0.05 * steps
        attributes = current.attributes
        off = _off_for(current.tag or "", f"{attributes.get('class') or ''} {attributes.get('id') or ''}")
        if off is None:
            return None
        penalty += off
        current = current.parent
    return penalty + 0.5


@lru_cache(maxsize=4096)
def _off_for(tag: str, names: str) -> float | None:
    """Return what an element around takes off; None where nothing inside it is the article's byline."""
    if tag == "form" or _NEVER.search(names):
        return None
    return 0.8 * (tag in {"footer", "nav", "aside"}) + 1.2 * (_ELSEWHERE.search(names) is not None)
