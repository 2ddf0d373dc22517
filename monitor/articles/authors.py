"""Page -> the lines that name its authors, from the surest source that names people.

Structured data, then meta elements, then what the page marks or writes as a byline near its headline.
"""

import re
from collections.abc import Iterator

from monitor.articles.bylines import people
from monitor.articles.page import Page, string_of, types_of
from monitor.text import fold_space

_METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "byline", "authors", "article:author_name", "article.author", "cxenseparse:author", "citation_author",
    "analyticsattributes.author", "branch:deeplink:authorname1", "dc.creator.personal", "og:article:author",
    "twitter:data1",
)  # fmt: skip
# Sure marks first. The broad ones serve sites that name classes in their own way.
_SELECTORS = (
    '[itemprop="author"] [itemprop="name"]', '[itemprop="author"]', '[rel="author"]', ".author-name",
    ".byline-author",
    ".byline a", ".byline-name", ".author a", ".byline", ".article-author", ".post-author",
    ".entry-author", ".author",
    "#byline", ".by-line", '[class*="byline"] a', '[class*="byline"]', '[class*="Byline"]',
    '[class*="author-name"]',
    '[class*="authorName"]', '[class*="authors"]', '[class*="author"] a', '[class*="author"]',
    'a[href*="/author/"]',
    'a[href*="/authors/"]', 'a[href*="/staff/"]', 'a[href*="/editors/"]', 'a[href*="/writer/"]',
    'a[href*="/contributors/"]', ".contributor", ".writer", ".name-author", ".byl",
)  # fmt: skip
_BY = re.compile(
    r"^(?:(?:by|von|par)\s+\S|(?-i:By(?=[A-ZÀ-Þ]))|(?:автор(?:ы)?|текст)\s*[:—-]\s*\S|written by\s"
    r"|autor(?:zy)?\s*:\s*\S)",
    re.IGNORECASE,
)
_SPEAKS = re.compile(r"(?:\bsays|:)\s*$")  # of a comment
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{2,}")  # names written without a space
_LINES_NEAR_HEADLINE = 25
MAX_LINE_CHARACTERS = 160


def author_lines(page: Page, article: dict[str, object]) -> Iterator[str]:
    """Yield the author lines as written; `article` is the page's JSON-LD object of the article."""
    bodies: list[str] = []
    for source in (_structured(article, page), _meta(page)):
        lines = list(source)
        if named := people(lines):
            # What readers see signed near the headline beats the page's head, which may name its editor.
            signed = [line for line in _written(page) if people([line])]
            known = any(name.casefold() in line.casefold() for name in named for line in signed)
            yield from lines if known or not signed else signed
            return
        bodies += lines
    for source in (_written(page), _marked(page), _accounts(page)):
        lines = list(source)
        if people(lines):
            yield from lines
            return
        bodies += lines
    yield from (*bodies[:2], *_desks(page))


def _structured(article: dict[str, object], page: Page) -> Iterator[str]:
    author = article.get("author") or article.get("creator")
    publisher = string_of(article.get("publisher")).casefold()
    by_id = {item.get("@id"): item for item in page.json_ld if isinstance(item.get("@id"), str)}
    for one in author if isinstance(author, list) else [author]:
        if isinstance(one, dict):
            identity = one.get("@id")
            target = (
                one if one.get("name") else by_id.get(identity if isinstance(identity, str) else None, one)
            )
            if "organization" not in " ".join(types_of(target)):
                name = target.get("name")
                names = name if isinstance(name, list) else [name]
                yield from (n for n in names if isinstance(n, str) and n.casefold() != publisher)
        elif isinstance(one, str) and one.casefold() != publisher:
            yield one


def _meta(page: Page) -> Iterator[str]:
    bodies: list[str] = []
    for name in _METAS:
        values = [v for v in page.metas.get(name, ()) if not v.startswith(("http", "/", "@"))]
        found = people(values)
        # A lone lower-case word is an account name; the byline on the page is better.
        if (found and not (len(found) == 1 and found[0].islower())) or (values and not bodies):
            bodies = values
        if found and not (len(found) == 1 and found[0].islower()):
            break
    yield from bodies


def _marked(page: Page) -> Iterator[str]:
    for selector in _SELECTORS:
        lines = []
        for node in page.tree.css(selector)[:8]:
            line = fold_space(node.text(deep=True, separator=" ")[: MAX_LINE_CHARACTERS * 3])
            if 0 < len(line) <= MAX_LINE_CHARACTERS:
                lines.append(line)
        if not lines:
            continue
        named = [
            line
            for line in lines
            if not _SPEAKS.search(line) and any(" " in name or _CJK.search(name) for name in people([line]))
        ]
        if named:
            # The article's own byline comes first; later ones belong to other stories.
            yield named[0]
            same = [line for line in named[1:3] if selector.endswith((" a", '"]')) and len(named) <= 3]
            yield from (line for line in same if line != named[0])
            return


def _accounts(page: Page) -> Iterator[str]:
    """Yield the one word by which a blog's author signs."""
    for node in page.tree.css('[rel="author"]')[:2]:
        line = fold_space(node.text(deep=True)[:MAX_LINE_CHARACTERS])
        if line and " " not in line:
            yield line
            return


def _desks(page: Page) -> Iterator[str]:
    for node in page.tree.css('.byline, .author, [rel="author"], [class*="byline"]')[:3]:
        line = fold_space(node.text(deep=True, separator=" ")[:MAX_LINE_CHARACTERS])
        if 0 < len(line.split()) <= 5:
            yield line


def _written(page: Page) -> Iterator[str]:
    """Yield the line near the headline that says "By ..."."""
    keys = {heading.casefold() for heading in page.headings}
    start = next((i for i, block in enumerate(page.blocks) if block.text.casefold() in keys), 0)
    for block in page.blocks[start : start + _LINES_NEAR_HEADLINE]:
        if len(block.text) <= MAX_LINE_CHARACTERS and _BY.match(block.text):
            yield block.text
            return
