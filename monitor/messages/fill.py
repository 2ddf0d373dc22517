"""Values + a template -> text or HTML: what alerts, digests and notices share."""

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.countries import country_name
from monitor.messages import slack
from monitor.messages.clean import Segment, one_line
from monitor.messages.wording import counted, group_counts, group_name
from monitor.model import KindLabel

MAX_TITLE = 300
KINDS: dict[KindLabel, str] = {
    "opinion": "Opinion",
    "analysis": "Analysis",
    "news": "News",
    "interview": "Interview",
    "statement": "Statement",
    "other": "Kind unclear",
}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("monitor.messages"),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        counted=counted,
        group_counts=group_counts,
        country_name=country_name,
        group_name=group_name,
        one_line=one_line,
    )
    environment.filters["marked"] = marked
    return environment


def fill(template: str, **values: object) -> str:
    """Return a template of this package with its values; a value that is missing is an error."""
    return _templates().get_template(template).render(**values)


def marked(pieces: Sequence[Segment]) -> str:
    """Return a quoted sentence as plain text, its marked terms between asterisks."""
    return "".join(f"*{piece.text}*" if piece.marked else piece.text for piece in pieces).strip()


def known(*facts: str) -> list[str]:
    """Return the facts that there are."""
    return [fact for fact in facts if fact]


def limited(blocks: list[slack.Block]) -> tuple[slack.Block, ...]:
    """Keep to Slack's number of blocks, and say so where something is left out."""
    if len(blocks) <= slack.MAX_BLOCKS:
        return tuple(blocks)
    return (*blocks[: slack.MAX_BLOCKS - 1], slack.context("More than fits into one Slack message."))
