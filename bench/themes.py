"""Measure themes: the labelled texts of the beat by halves, false alarms on other desks, and speed.

    python bench/themes.py

False alarms and speed need the corpus (tests/corpus.py). Speed is told in MB of UTF-8 text a second of
processor time, beside that of cutting the same texts into words and sentences.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from monitor.evaluate import Score
from monitor.tagging.text import read
from monitor.tagging.themes import ThemeTagger
from tests.corpus import ROOT

GOLD = Path(__file__).parent.parent / "tests" / "gold" / "beat.jsonl"


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def beat(tagger: ThemeTagger) -> None:
    """Print micro-averaged figures on both halves of the labelled texts."""
    for half, name in ((0, "looked at"), (1, "held out")):
        for roles in (("about",), ("about", "mentioned")):
            right = found = wanted = 0
            for row in rows_of(GOLD)[half::2]:
                tags = tagger.read(read(row["text"]), read(row["title"]), row["language"]).tags
                told = {tag.key for tag in tags if tag.role in roles}
                gold = {key for role in roles for key in row["themes"][role]}
                right, found, wanted = right + len(told & gold), found + len(told), wanted + len(gold)
            score = Score(right, found, wanted)
            figures = f"precision {score.precision:.3f} recall {score.recall:.3f} F1 {score.f1:.3f}"
            print(f"{name:10} {' and '.join(roles):20} {figures}")


def alarms(tagger: ThemeTagger, rows: list[dict[str, Any]]) -> None:
    """Print, by desk, how many pages were given a theme."""
    texts: Counter[str] = Counter()
    about: Counter[str] = Counter()
    for row in rows:
        texts[row["theme"]] += 1
        tags = tagger.read(read(row["text"]), read(row["title"]), row["language"]).tags
        about[row["theme"]] += any(tag.role == "about" for tag in tags)
    for desk, count in texts.most_common():
        print(f"about a theme: {desk:14} {about[desk]:3} of {count}")


def speed(tagger: ThemeTagger, rows: list[dict[str, Any]]) -> None:
    """Print MB a second for themes and for reading, the second time over the texts."""
    size = sum(len(row["text"].encode()) for row in rows) / 1e6
    for last in (False, True):
        begin = time.process_time()
        readings = [(read(row["text"]), read(row["title"]), row["language"]) for row in rows]
        for body, _, _ in readings:
            assert body.sentences is not None
        middle = time.process_time()
        for body, title, language in readings:
            tagger.read(body, title, language)
        end = time.process_time()
        if last:
            print(f"reading {size / (middle - begin):.1f} MB/s, themes {size / (end - middle):.1f} MB/s")


def main() -> None:
    """Print all figures."""
    begin = time.process_time()
    tagger = ThemeTagger()
    print(f"built in {time.process_time() - begin:.3f} s")
    beat(tagger)
    path = ROOT / "pairs" / "tgcontest_themes.jsonl"
    if path.is_file():
        rows = rows_of(path)
        alarms(tagger, rows)
        speed(tagger, rows)


if __name__ == "__main__":
    main()
