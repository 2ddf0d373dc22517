"""Countries against labelled texts: precision, recall, F1, calibration and speed, with peers in the same run.

    python -m bench.tagging [--corpus DIR] [--half train|test] [--errors N]

Reads `DIR/tagging/*.jsonl.gz`. A set is split in halves by a hash of its texts' titles: what is learned
is learned on "train", what is reported is reported for both.
"""

import argparse
import gzip
import hashlib
import json
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from bench.corpus import rows as pages
from monitor.model import Tag
from monitor.tagging import Tagger
from monitor.tagging.attitudes import attitudes
from monitor.tagging.build import DATA
from monitor.tagging.countries import CountryFinder, by_country, places
from monitor.tagging.joint import joints
from monitor.tagging.lexicon import LANGUAGES, Lexicon, read_compiled
from monitor.tagging.salience import features, shipped_weights
from monitor.tagging.text import read
from monitor.tagging.themes import ThemeTagger
from monitor.tagging.vocabulary import Vocabularies

Row = dict[str, Any]
NAMES = {"name", "territory"}
PEOPLE = NAMES | {"adjective", "demonym"}
SPEED_SETS = ("reuters-train", "nerel-train-ru", "bsnlp-train-ru", "bsnlp-train-pl")
PARTS = ("words", "sentences", "mentions", "salience", "themes", "joints", "attitudes")
MENTIONED_SETS = ("nerel-train-ru", *(f"bsnlp-train-{code}" for code in ("ru", "uk", "pl", "cs", "bg")))


def half(row: Row) -> str:
    """ "train" or "test": texts with one title, or one beginning, fall on one side."""
    story = " ".join((row["title"] or row["text"][:60]).lower().split())
    return "train" if hashlib.sha256(story.encode()).digest()[0] % 2 else "test"


def load(corpus: Path, name: str) -> list[Row]:
    """The rows of a set."""
    with gzip.open(corpus / "tagging" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def tag(tagger: Tagger, row: Row) -> tuple[Tag, ...]:
    """The country tags of a row."""
    published = date.fromisoformat(row["published"]) if row["published"] else None
    return tagger.tag(
        row["text"], title=row["title"] or "", language=row["language"], published=published
    ).countries


class Scores:
    """Counts of right and wrong, by country."""

    def __init__(self) -> None:
        self.right: Counter[str] = Counter()
        self.extra: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.exact = self.texts = 0

    def add(self, found: set[str], gold: set[str]) -> None:
        """Count one text."""
        self.right.update(found & gold)
        self.extra.update(found - gold)
        self.missed.update(gold - found)
        self.exact += found == gold
        self.texts += 1

    def micro(self) -> tuple[float, float, float]:
        """Precision, recall, F1 over all."""
        right, extra, missed = (sum(c.values()) for c in (self.right, self.extra, self.missed))
        precision, recall = right / max(1, right + extra), right / max(1, right + missed)
        return precision, recall, 2 * right / max(1, 2 * right + extra + missed)

    def macro(self, least: int = 1) -> float:
        """Mean F1 of the countries that the gold names in at least `least` texts."""
        gold = self.right + self.missed
        values = [
            2 * self.right[code] / (2 * self.right[code] + self.extra[code] + self.missed[code])
            for code in gold
            if gold[code] >= least
        ]
        return sum(values) / max(1, len(values))

    def line(self, label: str) -> str:
        """One line of the table."""
        precision, recall, f1 = self.micro()
        return (
            f"{label:44} {self.texts:6} P {precision:.3f} R {recall:.3f} F1 {f1:.3f} "
            f"macro {self.macro():.3f} (>=5: {self.macro(5):.3f}) exact {self.exact / max(1, self.texts):.3f}"
        )


def of_types(tags: tuple[Tag, ...], types: set[str] | None) -> set[str]:
    """The ISO codes of the tags that have evidence of one of the types (None: of any)."""
    return {
        tag.key
        for tag in tags
        if len(tag.key) == 2
        and tag.key != "EU"
        and (types is None or any(evidence.rule.partition(":")[0] in types for evidence in tag.evidence))
    }


def mentioned(tagger: Tagger, corpus: Path, wanted: str, errors: int) -> None:
    """The tables of the sets that mark every country named."""
    for name in MENTIONED_SETS:
        rows = [row for row in load(corpus, name) if wanted in {"all", half(row)}]
        tables: dict[str, set[str] | None] = {
            "names": NAMES,
            "names, people": NAMES | {"demonym"},
            "names, adjectives, people": PEOPLE,
        }
        tables |= {"everything": None}
        scores = {label: Scores() for label in tables}
        extra: Counter[tuple[str, str]] = Counter()
        missed: list[str] = []
        for row in rows:
            tags, gold = tag(tagger, row), set(row["countries"])
            for label, types in tables.items():
                scores[label].add(of_types(tags, types), gold)
            for one in tags:
                if one.key not in gold and len(one.key) == 2:
                    extra[one.key, one.evidence[0].term] += 1
            missed += [f"{code} {row['id']}" for code in gold - of_types(tags, None)]
        for label in tables:
            print(scores[label].line(f"{name} {label}"))
        if errors:
            print("  extra:", extra.most_common(errors))
            print("  missed:", len(missed), missed[:errors])


def about(tagger: Tagger, corpus: Path, wanted: str, errors: int) -> None:
    """The tables of the sets that mark what a text is about, and the reliability of the salience.

    Reuters' news is told once more for its last week alone: the set is usually split by days, the later ones
    held out, and the peers' figures differ much between the two.
    """
    peers = dict(_peers())
    for name, since in (("reuters-train", ""), ("reuters-train", "1987-04-01"), ("plover", "")):
        rows = [
            row
            for row in load(corpus, name)
            if row["countries"] and wanted in {"all", half(row)} and (row["published"] or "") >= since
        ]
        scores = {label: Scores() for label in ("about", "top or about", *peers)}
        bins: list[list[float]] = [[] for _ in range(10)]
        hits: list[list[bool]] = [[] for _ in range(10)]
        for row in rows:
            tags, gold = tag(tagger, row), set(row["countries"])
            found = {one.key for one in tags if one.role == "about" and len(one.key) == 2 and one.key != "EU"}
            scores["about"].add(found, gold)
            scores["top or about"].add(found or {one.key for one in tags[:1]}, gold)
            for label, peer in peers.items():
                scores[label].add(peer(f"{row['title']}\n{row['text']}"), gold)
            for one in tags:
                bins[min(9, int(one.salience * 10))].append(one.salience)
                hits[min(9, int(one.salience * 10))].append(one.key in gold)
        for label, score in scores.items():
            print(score.line(f"{name} {since and f'from {since} '}{label}"))
        print("  reliability (salience: mean, share right, tags):")
        for number, (values, right) in enumerate(zip(bins, hits, strict=True)):
            if values:
                print(
                    f"    {number / 10:.1f}-{(number + 1) / 10:.1f}: {sum(values) / len(values):.2f} "
                    f"{sum(right) / len(right):.2f} {len(values)}"
                )
        if errors:
            score = scores["about"]
            print(
                "  missed:", score.missed.most_common(errors), "\n  extra:", score.extra.most_common(errors)
            )


def _peers() -> Iterator[tuple[str, Callable[[str], set[str]]]]:
    """Names only, by CLDR's English names as plain words; and geotext, where it is installed."""
    import re

    from babel import Locale

    names = {name: code for code, name in Locale("en").territories.items() if len(code) == 2}
    pattern = re.compile(r"\b(" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + r")\b")
    yield "peer: names only", lambda text: {names[name] for name in pattern.findall(text)}
    try:
        from geotext import GeoText  # type: ignore[import-untyped]
    except ImportError:
        return
    yield "peer: geotext", lambda text: set(GeoText(text).country_mentions)


def coverage() -> None:
    """What the lexicon knows in each language: forms, and countries by what names them."""
    types = ("name", "adjective", "demonym", "capital", "city", "leader")
    print("language   forms  countries with " + ", ".join(types))
    for language in LANGUAGES:
        text = (DATA / "compiled" / f"{language}.txt").read_text("utf-8")
        countries: dict[str, set[str]] = {type_: set() for type_ in types}
        for line in text.splitlines():
            if line.startswith("@"):
                country, type_ = line[1:].split(" ")[:2]
                countries.setdefault(type_, set()).add(country)
        matcher = read_compiled(text)
        print(f"{language:8} {len(matcher):7}  " + " ".join(f"{len(countries[type_]):4}" for type_ in types))


def speed(tagger: Tagger, corpus: Path) -> None:
    """Megabytes of UTF-8 a second on one core, whole and by part, beside the peers; and the lexicon's cost.

    Each figure is the median of nine rounds, with the fastest behind it; the parts and the peers are timed in
    the same rounds.
    """
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lexicon = Lexicon()
    lexicon.load()
    seconds, after = time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"whole lexicon: loads in {1000 * seconds:.0f} ms, {(after - before) / 1024:.1f} MB")
    peers = dict(_peers())
    for name, rows in _speed_rows(corpus):
        size = sum(len(f"{row['title'] or ''}{row['text']}".encode()) for row in rows) / 1e6
        parts = _Parts(rows[0]["language"])
        wholes: dict[str, Callable[[Row], object]] = {"all of tagging": partial(tag, tagger)}
        wholes |= {label: partial(_ask, peer) for label, peer in peers.items()}
        rounds: dict[str, list[float]] = {label: [] for label in ("all of tagging", *PARTS, *peers)}
        for _ in range(9):
            for label, whole in wholes.items():
                begun = time.process_time()
                for row in rows:
                    whole(row)
                rounds[label].append(time.process_time() - begun)
            parts.spent.clear()
            for row in rows:
                parts.tag(row)
            for label, seconds in parts.spent.items():
                rounds[label].append(seconds)
        print(f"{name}: {len(rows)} texts of {1e6 * size / len(rows):.0f} bytes")
        all_of_it = median(rounds["all of tagging"])
        for label, spent in rounds.items():
            print(
                f"    {label:18} {size / median(spent):6.2f} MB/s, at best {size / min(spent):6.2f} "
                f"{median(spent) / all_of_it:6.0%} of the time of all"
            )


def _speed_rows(corpus: Path) -> Iterator[tuple[str, list[Row]]]:
    """Yield labelled sets of short news, then whole articles of the sites in `pages/`."""
    for name in SPEED_SETS:
        yield name, load(corpus, name)[:2000]
    found = [page for name in ("aeb", "daniel-dev") for page in pages(name) if page.text]
    for language in ("en", "ru"):
        yield (
            f"whole articles, {language}",
            [
                {"title": page.title, "text": page.text, "language": language, "published": None}
                for page in found
                if page.language == language
            ],
        )


class _Parts:
    """The parts of tagging one after the other, as in `Tagger.tag`; `spent` adds up the seconds of each."""

    def __init__(self, language: str) -> None:
        vocabularies = Vocabularies()
        self._language = language
        self._finder = CountryFinder(Lexicon(vocabularies=vocabularies))
        self._themes, self._weights = ThemeTagger(vocabularies=vocabularies), shipped_weights()
        self.spent: Counter[str] = Counter()

    def tag(self, row: Row) -> None:
        """Tag one text."""
        laps = [time.process_time()]
        body, title = read(row["text"]), read(row["title"] or "")
        laps.append(time.process_time())
        _ = body.sentence_starts, title.sentence_starts  # worked out when first asked for
        laps.append(time.process_time())
        mentions = self._finder.find(body, title, self._language, None)
        laps.append(time.process_time())
        for values in features(by_country(mentions), body).values():
            self._weights.salience(values, len(body.words))
        laps.append(time.process_time())
        themes = self._themes.read(body, title, self._language, mentions)
        laps.append(time.process_time())
        spoken = places(mentions)
        joints(spoken, themes.places, body)
        laps.append(time.process_time())
        attitudes(body, spoken, self._language)
        laps.append(time.process_time())
        for label, (begun, ended) in zip(PARTS, pairwise(laps), strict=True):
            self.spent[label] += ended - begun


def _ask(peer: Callable[[str], set[str]], row: Row) -> set[str]:
    return peer(row["text"])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("MONITOR_CORPUS") or Path(__file__).parent.parent.parent / "shared" / "corpus"
    parser.add_argument("--corpus", type=Path, default=Path(default))
    parser.add_argument("--half", choices=("train", "test", "all"), default="test")
    parser.add_argument("--errors", type=int, default=0)
    parser.add_argument("--only", choices=("mentioned", "about", "speed", "coverage"))
    given = parser.parse_args()
    tagger = Tagger()
    if given.only in {None, "speed"}:
        speed(tagger, given.corpus)
    if given.only in {None, "coverage"}:
        coverage()
    if given.only in {None, "mentioned"}:
        mentioned(tagger, given.corpus, given.half, given.errors)
    if given.only in {None, "about"}:
        about(tagger, given.corpus, given.half, given.errors)


if __name__ == "__main__":
    main()
