"""Ledes labelled with their themes (ledes.tsv), and what a tagger makes of them, by language."""

from dataclasses import dataclass
from pathlib import Path

from monitor.tagging.tagger import Tagger


@dataclass(slots=True)
class Count:
    """What was found in the ledes of one language."""

    texts: int = 0
    wanted: int = 0
    found: int = 0
    wrong: int = 0


def lede_rows() -> list[tuple[str, set[str], set[str], str]]:
    """Return (language, themes, themes that may be told as well, text) of every lede."""
    rows = []
    for line in (Path(__file__).parent / "ledes.tsv").read_text("utf-8").splitlines()[1:]:
        language, labels, text = line.split("\t")
        named = set(labels.split()) - {"-"}
        allowed = {label for label in named if label.startswith("(")}
        rows.append((language, named - allowed, {label.strip("()") for label in allowed}, text))
    return rows


def lede_counts(tagger: Tagger) -> dict[str, Count]:
    """Return the counts by language."""
    counts: dict[str, Count] = {}
    for language, wanted, allowed, text in lede_rows():
        told = {tag.key for tag in tagger.tag(text, language=language).themes}
        count = counts.setdefault(language, Count())
        count.texts += 1
        count.wanted += len(wanted)
        count.found += len(wanted & told)
        count.wrong += len(told - wanted - allowed)
    return counts
