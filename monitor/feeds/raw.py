"""What both readers of XML feeds hand to `parse`: strings as the feed has them, nothing resolved."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class RawEntry:
    """One entry while it is being read. Mutable on purpose: it never leaves the parser."""

    guid: str = ""
    guid_is_link: bool = False  # RSS guid without isPermaLink="false", or an Atom id
    link: str = ""
    title: str = ""
    title_is_html: bool = False
    summary: str = ""
    contents: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    published: str = ""
    updated: str = ""
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RawFeed:
    """A feed while it is being read."""

    kind: str = ""  # rss | atom
    title: str = ""
    title_is_html: bool = False
    link: str = ""
    language: str = ""
    ttl: str = ""
    update_period: str = ""
    update_frequency: str = ""
    entries: list[RawEntry] = field(default_factory=list)
