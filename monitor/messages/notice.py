"""What the service says of itself: a feed that broke, a dead letter, a bad reload."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing told once. `identity` is stable, `lines` are plain sentences."""

    identity: str
    subject: str
    lines: tuple[str, ...]
