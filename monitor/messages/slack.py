"""Text -> Slack Block Kit within Slack's limits (https://docs.slack.dev/reference/block-kit/blocks).

Mrkdwn gives a meaning to `&<>` and, around words, to `*_~` and backticks: the first are escaped, so that
`<!channel>` calls nobody, and the others lose their meaning by a zero-width space before them.
"""

import re
from collections.abc import Mapping, Sequence

from monitor.messages.clean import Segment, cut

Block = Mapping[str, object]
MAX_BLOCKS = 49  # of 50; the channel adds one with the message's identity
MAX_SECTION = 3000
MAX_HEADER = 150
MAX_CONTEXT = 2000
_FORMATTING = re.compile(r"([*_~`])")


def escaped(text: str) -> str:
    """Return `text` so that Slack shows it as it is."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _FORMATTING.sub("\u200b\\1", safe)


def bold(text: str) -> str:
    """Return `text` in bold."""
    stripped = text.strip()
    return text.replace(stripped, f"*{escaped(stripped)}*") if stripped else text


def link(url: str | None, text: str) -> str:
    """Return a link, or the text alone where there is no address. `url` comes from `clean.web_url`."""
    shown = escaped(text)
    return f"<{url.replace('&', '&amp;')}|{shown.replace('|', '¦')}>" if url else shown


def quoted(pieces: Sequence[Segment]) -> str:
    """Return a sentence as a quotation, its marked terms in bold."""
    return "> " + "".join(bold(piece.text) if piece.marked else escaped(piece.text) for piece in pieces)


def header(text: str) -> Block:
    """Return a header. Its text is plain, and angle brackets are replaced all the same."""
    plain = cut(text, MAX_HEADER).replace("<", "‹").replace(">", "›")
    return {"type": "header", "text": {"type": "plain_text", "text": plain, "emoji": False}}


def section(lines: Sequence[str]) -> list[Block]:
    """Return lines of mrkdwn as sections, as many as they need; no line is cut within an entity."""
    blocks: list[Block] = []
    chunk = ""
    for line in lines:
        if chunk and len(chunk) + 1 + len(line) > MAX_SECTION:
            blocks.append(_mrkdwn(chunk))
            chunk = ""
        chunk = f"{chunk}\n{_fitted(line)}" if chunk else _fitted(line)
    if chunk.strip():
        blocks.append(_mrkdwn(chunk))
    return blocks


def context(text: str) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _fitted(text, MAX_CONTEXT)}]}


DIVIDER: Block = {"type": "divider"}


def _mrkdwn(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _fitted(line: str, max_chars: int = MAX_SECTION) -> str:
    if len(line) <= max_chars:
        return line
    return re.sub(r"(&[a-z]*|<[^>]*)$", "", line[: max_chars - 1]) + "…"
