"""Measure themes: labelled texts of the beat by halves, ledes in all languages, false alarms on other desks.

    python bench/themes.py

False alarms need the corpus (tests/corpus.py). Speed: python -m bench.tagging --only speed.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from monitor.evaluate import Score
from monitor.tagging.tagger import Tagger
from tests.corpus import ROOT
from tests.gold.ledes import lede_counts

GOLD = Path(__file__).parent.parent / "tests" / "gold" / "beat.jsonl"


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def beat(tagger: Tagger) -> None:
    """Print micro-averaged figures on both halves of the labelled texts."""
    for half, name in ((0, "looked at"), (1, "held out")):
        for roles in (("about",), ("about", "mentioned")):
            right = found = wanted = 0
            for row in rows_of(GOLD)[half::2]:
                tags = tagger.tag(row["text"], title=row["title"], language=row["language"]).themes
                told = {tag.key for tag in tags if tag.role in roles}
                gold = {key for role in roles for key in row["themes"][role]}
                right, found, wanted = right + len(told & gold), found + len(told), wanted + len(gold)
            score = Score(right, found, wanted)
            figures = f"precision {score.precision:.3f} recall {score.recall:.3f} F1 {score.f1:.3f}"
            print(f"{name:10} {' and '.join(roles):20} {figures}")


def ledes(tagger: Tagger) -> None:
    """Print, by language, how many themes of one-sentence ledes are found, and how many wrong ones."""
    for language, count in sorted(lede_counts(tagger).items()):
        share = f"{count.found / count.wanted:.2f}" if count.wanted else "-"
        found = f"found {count.found} of {count.wanted} ({share})"
        print(f"ledes {language}: {found}, wrong {count.wrong} in {count.texts}")


def alarms(tagger: Tagger, rows: list[dict[str, Any]]) -> None:
    """Print, by desk, how many pages were given a theme."""
    texts: Counter[str] = Counter()
    about: Counter[str] = Counter()
    for row in rows:
        texts[row["theme"]] += 1
        tags = tagger.tag(row["text"], title=row["title"], language=row["language"]).themes
        about[row["theme"]] += any(tag.role == "about" for tag in tags)
    for desk, count in texts.most_common():
        print(f"about a theme: {desk:14} {about[desk]:3} of {count}")


def main() -> None:
    """Print all figures."""
    tagger = Tagger()
    beat(tagger)
    ledes(tagger)
    path = ROOT / "pairs" / "tgcontest_themes.jsonl"
    if path.is_file():
        rows = rows_of(path)
        alarms(tagger, rows)


if __name__ == "__main__":
    main()
