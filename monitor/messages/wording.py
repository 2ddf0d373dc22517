"""Values -> the words in which all messages say them."""

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.countries import country_name
from monitor.messages.clean import one_line
from monitor.model import Tag

_THEMES = {"csto": "CSTO", "ukraine-war": "war in Ukraine"}
MAX_NAMES = 8


def theme_name(key: str) -> str:
    """Return a theme's key as words."""
    return _THEMES.get(key) or one_line(key.replace("-", " "), 60)


def when(moment: datetime | None, timezone: str = "UTC") -> str:
    """Return a time as readers read it, in a time zone (IANA); empty where it is unknown."""
    return f"{at(moment, timezone)} {timezone}" if moment else ""


def at(moment: datetime | None, timezone: str) -> str:
    """Return a time where its zone is said elsewhere."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%d %b %Y, %H:%M}".lstrip("0") if moment else ""


def people(names: Sequence[str]) -> str:
    """Return the authors on one line."""
    shown = [one_line(name, 80) for name in names[:MAX_NAMES]]
    return ", ".join(name for name in shown if name)


def tag_name(tag: Tag) -> str:
    """Return the name of a country or theme."""
    return country_name(tag.key) if tag.dimension == "country" else theme_name(tag.key)


def readable(why: str) -> str:
    """Return the reason of a match with the names of countries and themes for their keys."""
    why = re.sub(r"\bcountry:([A-Z]{2}(?:-[A-Z0-9]+)?)", lambda match: country_name(match[1]), why)
    return re.sub(r"\btheme:([\w-]+)", lambda match: theme_name(match[1]), why)


def ranked(tags: Sequence[Tag]) -> list[Tag]:
    """Return the tags that are worth telling, the most salient first."""
    return sorted(tags, key=lambda tag: (-tag.salience, tag.key))[:MAX_NAMES]


def sources(
    outlet: str | None, copies: Sequence[str], origin: str | None, related: Sequence[str] = ()
) -> str:
    """Return who tells of an event: `4 outlets, 1 origin (TASS); also at a, b, c; in other words at d`.

    `copies` carry the same text, `related` tell of the same event in their own words.
    """
    parts = []
    if copies or origin:
        said = f"{counted(len(set(copies) - {outlet}) + 1, 'outlet')}, 1 origin"
        parts.append(f"{said} ({one_line(origin, 80)})" if origin else said)
    if copies:
        parts.append(f"also at {_names(copies)}")
    if related:
        parts.append(f"in other words at {_names(related)}")
    return "; ".join(parts)


def _names(outlets: Sequence[str]) -> str:
    named = [one_line(name, 80) for name in outlets[:MAX_NAMES]]
    if len(outlets) > MAX_NAMES:
        named.append(f"{len(outlets) - MAX_NAMES} more")
    return ", ".join(named)


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return `1 story`, `2 stories`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def group_counts(count: int, listed: int, previous: int) -> str:
    """Return how many stories a group has, and had in the period before.

    `3 stories (1 under another heading), 2 before`: a story of several countries is listed once.
    """
    others = count - listed
    aside = (
        f" ({others} under {'another heading' if others == 1 else 'other headings'})" if others > 0 else ""
    )
    change = "as before" if count == previous else f"{previous or 'none'} before"
    return f"{counted(count, 'story', 'stories')}{aside}, {change}"


def group_name(country: str, theme: str) -> str:
    """Return the heading of a digest's group."""
    names = [country_name(country) if country else "", theme_name(theme) if theme else ""]
    return " × ".join(filter(None, names)) or "Other stories"
