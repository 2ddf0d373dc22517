"""Query + Subject -> `Match`: whether it holds, the sentences that show it, or the part that failed."""

from dataclasses import dataclass

from monitor.model import Quote


@dataclass(frozen=True, slots=True)
class Match:
    """The answer. `quotes` show why it matched; `failed` says which part did not, where it did not."""

    matched: bool
    quotes: tuple[Quote, ...] = ()
    keys: frozenset[str] = frozenset()  # "country:KZ", "theme:csto", "word:embargo" that satisfied it
    why: str = ""
    failed: str = ""
