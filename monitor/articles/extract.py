"""Document -> Extracted and the hashes of the page's blocks.

Cheap path first: the native extractor answers alone where it is sure; the libraries run only where it
looks doubtful. `method` names the candidate that won and `quality` is the chooser's own estimate.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.articles.authors import author_notes, text_authors
from monitor.articles.boilerplate import block_hashes, cut_furniture
from monitor.articles.boxes import box_lines, box_reasons
from monitor.articles.bylines import people, read_byline, says_by
from monitor.articles.candidates import guessed_date, html_lines, lines_of
from monitor.articles.canonical import clean_url
from monitor.articles.choose import choose
from monitor.articles.dates import is_bare_date
from monitor.articles.decode import decode_page
from monitor.articles.kind import decide_kind
from monitor.articles.language import detect_language
from monitor.articles.metadata import Metadata, clean_title, read_metadata
from monitor.articles.origin import origin_of
from monitor.articles.page import parse_page
from monitor.articles.pagestate import MESSAGES, page_state
from monitor.articles.trailing import body_end, cut_trailing
from monitor.errors import PageError
from monitor.model import Document, Extracted, Kind, Removed
from monitor.text import storable

MAX_TEXT_CHARACTERS = 400_000  # sixty thousand words: what is longer is no article

_HEAD_LINES = 3  # among these stand the title once more, the date and the byline
_BYLINE_CHARACTERS = 80
_NO_PAGES = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"{\\rtf")


def extract(
    document: Document,
    *,
    boilerplate: frozenset[str] = frozenset(),
    site_rules: Mapping[str, str] = {},
) -> tuple[Extracted, tuple[str, ...]]:
    """Return the article of `document` and the block hashes of its page, for site memory.

    `boilerplate` holds the hashes of blocks known to recur on the page's site (see boilerplate.py).
    `site_rules` maps a host to the CSS selector of its article text. Raises PageError (`empty`,
    `too-large`, `not-html`).
    """
    if document.text is not None:
        return _from_text(document, document.text), ()
    if document.html is None:
        if document.feed_html:
            return _from_feed(document, "no-page", None), ()
        raise PageError("empty", "the document has neither page nor text")
    if isinstance(document.html, bytes) and document.html.startswith(_NO_PAGES):
        raise PageError("not-html", "this is a document or a picture, not a page")
    html = decode_page(document.html, document.content_type)
    page = parse_page(html)
    metadata = read_metadata(page, document.url)
    if metadata.published is None and document.published is None:  # the feed knows better than a guess
        metadata = replace(metadata, published=guessed_date(html, document.url))
    hashes = block_hashes(page.folded)
    choice = choose(html, page, metadata, document.url, site_rules)
    title = _title(document, metadata)
    lines, removed = _clean(choice.lines, title, boilerplate, box_lines(page), metadata.byline)
    feed_lines = html_lines(document.feed_html) if document.feed_html else []
    state = page_state(
        lines,
        title,
        page,
        paywalled=metadata.paywalled,
        expected_words=len(" ".join(feed_lines).split()),
    )
    if state in MESSAGES and feed_lines:  # nothing on such a page is the article's, its address neither
        return _from_feed(document, state, None), hashes
    if state is not None and len(" ".join(feed_lines)) > len(" ".join(lines)):
        return _from_feed(document, state, metadata), hashes
    text = "\n".join(lines)[:MAX_TEXT_CHARACTERS]
    return _assemble(document, metadata, title, text, removed, choice.method, choice.quality, state), hashes


def _clean(
    lines: list[str],
    title: str,
    boilerplate: frozenset[str],
    boxes: Mapping[str, str],
    authors: Sequence[str] = (),
) -> tuple[list[str], tuple[Removed, ...]]:
    """Take out the headline, the site's furniture, the boxes and the trailing matter."""
    kept: list[str] = []
    lines, furniture = cut_furniture(lines, boilerplate)
    removed = [Removed("boilerplate", line) for line in furniture]
    for line, reason in zip(lines, box_reasons(lines, boxes), strict=True):
        if _is_interjection(line):
            removed.append(Removed("advertisement" if len(line) < 40 else "related", line))
        elif len(kept) < _HEAD_LINES and is_bare_date(line):
            removed.append(Removed("date", line))
        elif len(kept) < _HEAD_LINES and _is_byline(line, authors):
            removed.append(Removed("byline", line))
        elif reason:
            removed.append(Removed(reason, line))
        elif not (len(kept) < _HEAD_LINES and line.casefold() == title.casefold()):
            kept.append(line)
    kept, trailing = cut_trailing(kept, authors)
    return kept, (*removed, *trailing)


def _is_byline(line: str, authors: Sequence[str]) -> bool:
    """A line above the text that only says who wrote it: "By Ann Lee", "Associated Press"."""
    if len(line) > _BYLINE_CHARACTERS:
        return False
    signed = read_byline([line])
    if not signed.people:
        return bool(signed.agencies) and not signed.bodies and not signed.accounts
    alone = len(line) <= len(" ".join(signed.people)) + 3 * len(signed.people)
    return {*map(str.casefold, signed.people)} <= {*map(str.casefold, authors)} and (alone or says_by(line))


_INTERJECTION = re.compile(
    r"(?:advertisement|advertising|ad|реклама|reklama|διαφήμιση|publicidade"
    r"|story continues below(?: advertisement)?"
    r"|article continues (?:below|after).*|continue reading(?: the main story)?|loading\.*"
    r"|share this on whatsapp"
    r"|(?:photo|image) gallery|video|фото|видео)\W*",
    re.IGNORECASE,
)


def _is_interjection(line: str) -> bool:
    """A line that a page puts between paragraphs and that is no part of them."""
    return len(line) <= 60 and _INTERJECTION.fullmatch(line) is not None


def _title(document: Document, metadata: Metadata) -> str:
    return metadata.title or clean_title(document.title or "", document.feed_title)


def _from_text(document: Document, text: str) -> Extracted:
    """A document that came as text keeps it as it is; what trails is only read as evidence."""
    if not text.strip():
        raise PageError("empty", "the text is empty")
    text = storable(text)
    lines = lines_of(text)
    kept, trailing = cut_trailing(lines)
    # What trails may say who wrote it and what it is; notes that are not cut are only read.
    notes = tuple(Removed("author-note", note) for note in author_notes(kept))
    byline = text_authors(lines, [block.text for block in (*notes, *trailing)])
    return _assemble(
        document, None, document.title or "", text, trailing, "text", 1.0, None, byline=byline, notes=notes
    )


def _from_feed(document: Document, reason: str, metadata: Metadata | None) -> Extracted:
    """The page could not be had: the feed's own text stands in for it, marked partial."""
    title = clean_title(document.title or "", document.feed_title) or (metadata.title if metadata else "")
    lines, removed = _clean(html_lines(document.feed_html or ""), title, frozenset(), {})
    text = "\n".join(lines)[:MAX_TEXT_CHARACTERS]
    return _assemble(document, metadata, title, text, removed, "feed", 0.4, reason)


def _assemble(
    document: Document,
    metadata: Metadata | None,
    title: str,
    text: str,
    removed: tuple[Removed, ...],
    method: str,
    quality: float,
    partial_reason: str | None,
    *,
    byline: tuple[str, ...] = (),
    notes: tuple[Removed, ...] = (),
) -> Extracted:
    feed_byline = people([document.feed_author], document.feed_title) if document.feed_author else ()
    byline = byline or (metadata.byline if metadata else ()) or feed_byline
    url = metadata.url if metadata else (clean_url(document.url) if document.url else None)
    language = detect_language(text or title, document.language or (metadata.language if metadata else None))
    kind = (
        decide_kind(
            title,
            text[: body_end(text)] if method == "text" else text,
            url=url or document.url,
            section=metadata.section if metadata else None,
            types=metadata.types if metadata else (),
            feed_tags=document.feed_tags,
            removed=(*notes, *removed),
            byline=byline,
            language=language,
        )
        if text
        else Kind("other", 0.0, ("there is no text",))
    )
    author_lines = (*(metadata.author_lines if metadata else ()), document.feed_author or "")
    return Extracted(
        url=url,
        title=storable(title),
        text=text,
        byline=byline,
        outlet=(metadata.outlet if metadata else None) or document.feed_title,
        published=(metadata.published if metadata else None) or document.published,
        updated=metadata.updated if metadata else None,
        language=language,
        section=metadata.section if metadata else None,
        removed=removed,
        kind=kind,
        method=method,
        quality=quality,
        partial=partial_reason is not None,
        partial_reason=partial_reason,
        origin=origin_of(text, author_lines, tuple(block.text for block in removed)),
    )
