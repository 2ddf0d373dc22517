"""Digest -> a file's text: Markdown, HTML, JSON or CSV."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Literal

from monitor.countries import country_name
from monitor.messages.clean import clean, one_line, segments, web_url
from monitor.messages.data import digest_data
from monitor.messages.digest import Digest, DigestStory
from monitor.messages.digests import coverage_line, render_digest, why_empty
from monitor.messages.wording import at, group_counts, group_name, people, sources, when
from monitor.model import Quote

Format = Literal["markdown", "html", "json", "csv"]
MAX_CELL = 5000
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_LIST_START = re.compile(r"^(\s*)(\d+)([.)])|^(\s*)([-+=])")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CSV_COLUMNS = (
    "country", "theme", "story_id", "published", "outlet", "author", "kind", "language", "title", "url",
    "quote", "countries", "themes", "copies", "origin", "rules", "reason",
)  # fmt: skip


def export(digest: Digest, format: Format) -> str:
    """Return the digest, with all of its stories, as the text of a file."""
    writers: dict[Format, Callable[[Digest], str]] = {
        "markdown": markdown,
        "html": html,
        "json": as_json,
        "csv": as_csv,
    }
    return writers[format](digest)


def as_json(digest: Digest) -> str:
    """Return the digest as JSON, the same as webhooks get."""
    return json.dumps(digest_data(digest), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def html(digest: Digest) -> str:
    """Return the digest as a page of its own, all stories on it."""
    return render_digest(digest, max_stories=None).html


# -- CSV -------------------------------------------------------------------------------------------


def as_csv(digest: Digest) -> str:
    """Return one line for each story of each group (RFC 4180), safe to open in a spreadsheet.

    A cell that a spreadsheet would run as a formula starts with an apostrophe
    (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for group in digest.groups:
        for story in group.stories:
            cells = _cells(story)
            writer.writerow(map(cell, (group.country, group.theme, *cells)))
    return file.getvalue()


def _cells(story: DigestStory) -> tuple[str, ...]:
    return (
        str(story.story_id),
        story.published.isoformat() if story.published else "",
        story.outlet or "",
        ", ".join(story.byline),
        story.kind,
        story.language or "",
        story.title,
        story.url or "",
        story.quotes[0].sentence if story.quotes else "",
        " ".join(f"{code}:{salience:.2f}" for code, salience in story.countries),
        " ".join(f"{key}:{salience:.2f}" for key, salience in story.themes),
        ", ".join(story.copies),
        story.origin or "",
        ", ".join(story.rules),
        story.reason,
    )


def cell(text: str) -> str:
    """Return `text` on one line as a cell that no spreadsheet takes for a formula."""
    if text.lstrip(" \u00a0").startswith(_FORMULA):
        text = "'" + text
    line = one_line(text, MAX_CELL)
    # Cleaning may have brought a sign to the front that something invisible stood before.
    return f"'{line}" if line.startswith(_FORMULA) else line


# -- Markdown --------------------------------------------------------------------------------------


def escaped(text: str) -> str:
    """Return one line of text so that Markdown (CommonMark, GitHub's too) shows it as it is."""
    line = _MARKDOWN.sub(r"\\\1", clean(text))
    return _LIST_START.sub(lambda m: f"{m[1]}{m[2]}\\{m[3]}" if m[2] else f"{m[4]}\\{m[5]}", line)


def _quoted(quote: Quote) -> str:
    pieces = []
    for text, marked in segments(quote):
        inner = text.strip()
        pieces.append(text.replace(inner, f"**{escaped(inner)}**") if marked and inner else escaped(text))
    return "> " + "".join(pieces).strip()


def markdown(digest: Digest) -> str:
    """Return the digest as Markdown."""
    zone = digest.timezone
    lines = [
        f"# {escaped(one_line(digest.title))}",
        "",
        f"{at(digest.period_start, zone)} to {when(digest.period_end, zone)}. {coverage_line(digest)}.",
        "",
    ]
    for text in (one_line(digest.note, 400), why_empty(digest)):
        lines += [escaped(text), ""] if text else []
    for group in digest.groups:
        told = group_counts(group.count, len(group.stories), group.previous_count)
        lines += [f"## {escaped(group_name(group.country, group.theme))}: {told}", ""]
        for story in group.stories:
            lines += _story(story, zone)
    if digest.turns:
        lines += ["## Attitudes that turned", ""]
    for turn in digest.turns:
        names = f"{country_name(turn.source)} → {country_name(turn.target)}"
        lines += [f"**{escaped(names)}**: {turn.before:+.1f} before, {turn.after:+.1f} now", ""]
        for said in turn.attitudes[:3]:
            lines += [f"> {escaped(one_line(said.quote, 500))}", ""]
    lines += _coverage(digest)
    return "\n".join(lines).rstrip("\n") + "\n"


def _story(story: DigestStory, zone: str) -> list[str]:
    title = escaped(one_line(story.title, 300)) or "(no title)"
    url = web_url(story.url)
    lines = [f"### [{title}](<{url}>)" if url else f"### {title}", ""]
    facts = (
        story.kind,
        one_line(story.outlet or "", 80),
        people(story.byline),
        at(story.published, zone),
        sources(story.outlet, story.copies, story.origin),
        one_line(story.reason, 200),
    )
    lines += [escaped(" · ".join(filter(None, facts))), ""]
    for quote in story.quotes:
        lines += [_quoted(quote), ""]
    return lines


def _coverage(digest: Digest) -> list[str]:
    coverage = digest.coverage
    lines = ["## Coverage", "", f"{coverage_line(digest)}.", ""]
    notes = [("Failing", note) for note in coverage.failing]
    notes += [("Silent", note) for note in coverage.silent]
    notes += [("Gap", note) for note in coverage.gaps]
    for word, note in notes:
        name, detail = escaped(one_line(note.name, 80)), escaped(one_line(note.detail, 200))
        lines += [f"- {word}: {name} ({detail})"]
    return lines
