"""The pages with gold, their split into halves, and the text score (see the corpus's own README)."""

import gzip
import hashlib
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from urllib.parse import urlsplit

ROOT = Path(os.environ.get("MONITOR_CORPUS", Path(__file__).parent.parent.parent / "shared" / "corpus"))
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One page with its gold. `half` is "dev" or "held", by a hash of the host: no site is in both."""

    id: str
    set: str
    language: str | None
    url: str
    title: str | None
    authors: tuple[str, ...]
    published: str | None
    text: str | None
    page: Path

    @property
    def half(self) -> str:
        return "dev" if hashlib.sha256((urlsplit(self.url).netloc).encode()).digest()[5] % 2 == 0 else "held"

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def html(self) -> bytes:
        return gzip.decompress(self.page.read_bytes())


def rows(name: str) -> Iterator[Row]:
    """Yield the pages of one set, such as "aeb"."""
    folder = ROOT / "pages" / name
    for line in (folder / "gold.jsonl").read_bytes().splitlines():
        row = json.loads(line)
        yield Row(
            row["id"], name, row["language"], row["url"], row["title"], tuple(row["authors"] or ()),
            row["published"], row["text"], folder / row["page"],
        )  # fmt: skip


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", _INVISIBLE.sub("", text or "")))


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the 4-word shingles of `text` with their counts."""
    found = words(text)
    return Counter(tuple(found[i : i + 4]) for i in range(max(1, len(found) - 3))) if found else Counter()


def score(pairs: Sequence[tuple[str, str]]) -> tuple[float, float, float]:
    """Return F1, precision and recall of (gold, predicted) texts: F1 is of the two means."""
    precisions, recalls = [], []
    for gold, predicted in pairs:
        want, got = shingles(gold), shingles(predicted)
        right = (want & got).total()
        if got:
            precisions.append(right / got.total())
        recalls.append(right / want.total())
    precision, recall = mean(precisions or [0.0]), mean(recalls or [0.0])
    return 2 * precision * recall / max(1e-9, precision + recall), precision, recall
