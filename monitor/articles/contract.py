"""The lines of `monitor analyze`: JSON in -> Document, Analysis -> JSON out (the shape is a contract)."""

import base64
import binascii
import json
from datetime import UTC, datetime

from monitor.articles.dates import parse_date
from monitor.errors import PageError
from monitor.model import Analysis, Document, Evidence, Tag
from monitor.text import storable

MAX_ID_CHARACTERS = 1000


def read_document(line: bytes | str, fallback_id: str = "") -> Document:
    """Return the Document that one JSON line describes. Raises PageError `bad-input`."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PageError("bad-input", f"the line is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise PageError("bad-input", "the line is not a JSON object")
    values: dict[str, str | None] = {}
    for key in ("url", "html", "html_b64", "title", "text", "published", "language"):
        value = row.get(key)
        if value is not None and not isinstance(value, str):
            raise PageError("bad-input", f"{key!r} must be a string")
        values[key] = value
    identity = row.get("id", fallback_id)
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        raise PageError("bad-input", "'id' must be a string")
    html: bytes | str | None = values["html"]
    if values["html_b64"] is not None:
        try:
            html = base64.b64decode(values["html_b64"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise PageError("bad-input", f"'html_b64' is not base64: {error}") from error
    if html is None and values["text"] is None:
        raise PageError("bad-input", "one of 'html', 'html_b64' and 'text' is needed")
    return Document(
        id=storable(str(identity)[:MAX_ID_CHARACTERS]),
        url=values["url"],
        html=html,
        title=storable(values["title"]) if values["title"] else None,
        text=values["text"] if html is None else None,
        published=_moment(values["published"]),
        language=values["language"],
    )


def line_id(line: bytes | str) -> str | None:
    """Return the `id` of a line that could not be read as a document, where it has one."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    identity = row.get("id") if isinstance(row, dict) else None
    return storable(str(identity)[:MAX_ID_CHARACTERS]) if isinstance(identity, str | int) else None


def _moment(written: str | None) -> datetime | None:
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return parse_date(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_jsonable(analysis: Analysis, story: str) -> dict[str, object]:
    """Return the output line of one analysis. `story` is the id of the first text it is a copy of."""
    article = analysis.article
    return {
        "id": analysis.id,
        "url": article.url,
        "title": article.title,
        "byline": list(article.byline),
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
        "text": article.text,
        "kind": {"label": article.kind.label, "score": article.kind.score, "why": list(article.kind.why)},
        "countries": [
            {"code": tag.key, **_tag(tag), "mentions": tag.mentions} for tag in analysis.tagging.countries
        ],
        "themes": [{"key": tag.key, **_tag(tag)} for tag in analysis.tagging.themes],
        "removed": [{"reason": block.reason, "text": block.text} for block in article.removed],
        "attitudes": [
            {"from": a.source, "to": a.target, "stance": a.stance, "quote": a.quote}
            for a in analysis.tagging.attitudes
        ],
        "story": story,
        "error": analysis.error,
    }


def _tag(tag: Tag) -> dict[str, object]:
    return {
        "role": tag.role,
        "salience": round(tag.salience, 4),
        "evidence": [_evidence(evidence) for evidence in tag.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, object]:
    shown: dict[str, object] = {
        "start": evidence.start,
        "end": evidence.end,
        "term": evidence.term,
        "sentence": evidence.sentence,
        "rule": evidence.rule,
    }
    return shown | {"in": "title"} if evidence.where == "title" else shown


def error_line(identity: str | None, message: str) -> dict[str, object]:
    """Return the output line of an input that could not be read."""
    return {
        "id": identity, "url": None, "title": "", "byline": [], "published": None, "language": None,
        "text": "",
        "kind": {"label": "other", "score": 0.0, "why": []}, "countries": [], "themes": [], "removed": [],
        "attitudes": [], "story": identity, "error": storable(message),
    }  # fmt: skip


def dump_line(row: dict[str, object]) -> str:
    """Return `row` as one JSON line without its end; line separators that are not \\n are escaped."""
    dumped = json.dumps(row, ensure_ascii=False)
    for separator in ("\u2028", "\u2029", "\x85"):
        dumped = dumped.replace(separator, f"\\u{ord(separator):04x}")
    return dumped
