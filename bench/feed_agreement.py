"""Compare `monitor.feeds.parse` with feedparser on a folder of feeds: agreement, time and memory in one run.

    python bench/feed_agreement.py [FOLDER] [--differences]

Entry by entry: link, title (without markup and white space), guid, published and updated instants, content.
feedparser gets bytes with sanitize_html and resolve_relative_uris off, and no address; its links are resolved
against the feed's address before they are compared. Each difference is put under a reason (`reason`); what
has none is unexplained. Memory is the growth of the peak in a process forked for each feed.
"""

import argparse
import html
import io
import os
import re
import resource
import tarfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser

from monitor.errors import FeedError
from monitor.feeds.parse import parse
from monitor.model import FeedEntry

URL = "https://site.example/feed"
FIELDS = ("link", "title", "guid", "published", "updated", "content")
CORE = ("link", "title", "guid", "published")


@dataclass
class Tally:
    """What a comparison found. `entries` are those that feedparser gives too."""

    feeds: int = 0
    entries: int = 0
    agreeing: int = 0  # in all of CORE
    differences: Counter[tuple[str, str]] = field(default_factory=Counter)  # by field and reason
    unexplained: list[str] = field(default_factory=list)
    extra: Counter[str] = field(default_factory=Counter)  # feeds whose number of entries differs, by reason
    parsers: Counter[str] = field(default_factory=Counter)
    ours_seconds: float = 0.0
    feedparser_seconds: float = 0.0
    fast_seconds: float = 0.0  # ours and feedparser's on the feeds that the fast reader took
    fast_feedparser_seconds: float = 0.0

    @property
    def share(self) -> float:
        return self.agreeing / self.entries if self.entries else 1.0

    @property
    def explained_share(self) -> float:
        """Counting those that differ for a known reason as right."""
        return 1 - len(self.unexplained) / self.entries if self.entries else 1.0


def documents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the folder; of archives too."""
    for path in sorted(folder.rglob("*")):
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                for member in archive:
                    stream = archive.extractfile(member) if member.isfile() else None
                    if stream and member.name.endswith(".xml"):
                        yield member.name, stream.read()
        elif path.is_file() and path.suffix != ".md":
            yield str(path.relative_to(folder)), path.read_bytes()


def reference(body: bytes) -> Any:
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def compare(name: str, body: bytes, tally: Tally) -> None:
    started = time.process_time()
    expected = reference(body)
    between = time.process_time()
    try:
        feed = parse(body, url=URL)
    except FeedError as error:
        if expected.entries:
            tally.extra[f"{name}: {error.kind}, feedparser gives {len(expected.entries)}"] += 1
        return
    ended = time.process_time()
    tally.feeds += 1
    tally.parsers[feed.parser] += 1
    tally.feedparser_seconds += between - started
    tally.ours_seconds += ended - between
    if feed.parser == "quick":
        tally.fast_feedparser_seconds += between - started
        tally.fast_seconds += ended - between
    if len(feed.entries) != len(expected.entries):
        tally.extra[f"{name}: {len(feed.entries)} entries, feedparser gives {len(expected.entries)}"] += 1
        return
    for position, (entry, other) in enumerate(zip(feed.entries, expected.entries, strict=True)):
        mine, theirs = ours_of(entry), reference_of(other)
        tally.entries += 1
        wrong = [key for key in FIELDS if mine[key] != theirs[key]]
        tally.agreeing += not set(wrong) & set(CORE)
        reasons = {key: SINGLE.get(name) or reason(key, mine[key], theirs[key], other) for key in wrong}
        for key, why in reasons.items():
            tally.differences[key, why or "unexplained"] += 1
        if any(why is None and key in CORE for key, why in reasons.items()):
            shown = "; ".join(f"{key} {mine[key]!s:.60} | {theirs[key]!s:.60}" for key in wrong)
            tally.unexplained.append(f"{name} [{position}] {shown}")


def ours_of(entry: FeedEntry) -> dict[str, Any]:
    return {
        "link": entry.link,
        "title": entry.title,
        "guid": entry.guid,
        "published": entry.published,
        "updated": entry.updated,
        "content": text_of(entry.content or entry.summary),
    }


def reference_of(entry: Any) -> dict[str, Any]:
    link = entry.get("link")
    contents = [part.value for part in entry.get("content", []) if part.value]
    title = entry.get("title", "")
    if (entry.get("title_detail") or {}).get("type") != "text/plain":
        title = text_of(title)
    return {
        "link": urljoin(URL, link) if link else None,
        "title": " ".join(title.split()),
        "guid": dict.get(entry, "id") or None,
        "published": instant(dict.get(entry, "published_parsed")),
        "updated": instant(dict.get(entry, "updated_parsed")),
        "content": text_of(contents[0] if contents else entry.get("summary", "")),
    }


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"</?[A-Za-z!][^<>]*>", "", markup)).split())


def instant(parts: Any) -> datetime | None:
    try:
        return datetime(*parts[:6], tzinfo=UTC) if parts else None
    except ValueError:
        return None


SINGLE = {"illformed/chardet/gb2312.xml": "one line of a charset that is not declared"}


def reason(key: str, mine: Any, theirs: Any, entry: Any) -> str | None:
    """Why ours differs on purpose, or None where no reason is known."""
    raw = str(dict.get(entry, key, ""))
    if key in ("published", "updated"):
        if theirs is None:
            return "a date that feedparser does not read"
        if mine is None:
            return "an offset or date that does not exist" if re.search(r"[+-](?:[2-9]\d)\d\d", raw) else None
        if re.search(r"[A-Za-z]{3,4}$", raw.strip()):
            return "a zone name that feedparser takes for UTC"
        if re.search(r"\b[AP]M\b", raw):
            return "a twelve-hour clock that feedparser takes for a zone"
        return "an epoch number" if raw.strip().isdigit() else None
    if key == "link":
        if mine is None and not str(dict.get(entry, "link", "")).startswith(("http", "/")):
            return "an id or address that is not for the web"
        return "an xml:base that feedparser leaks or resolves twice" if "base" in str(entry) else None
    if key in ("title", "content") and "<!-" in theirs:
        return "broken markup, which the reference's text is not freed of"
    if key == "content" and len(mine) > len(theirs):
        return "the longer text, where feedparser has a caption or teaser as content"
    if key == "guid":
        if theirs is None:
            return "no guid: the link or a hash"
        if str(mine).startswith(f"{theirs}#"):
            return "a guid that several entries share"
        return "an id resolved against a leaked xml:base" if str(theirs).endswith(str(mine)) else None
    return None


def growth_mib(work: Callable[[bytes], object], body: bytes) -> float:
    """Growth of the peak memory while `work(body)` runs, in a process of its own."""
    receiver, sender = os.pipe()
    if os.fork() == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with suppress(FeedError):
            work(body)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        os.write(sender, f"{grown / 1024:.3f}".encode())
        os._exit(0)
    os.close(sender)
    os.wait()
    with os.fdopen(receiver) as stream:
        return float(stream.read())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    default = Path(__file__).parent.parent.parent / "shared" / "corpus" / "feeds"
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--differences", action="store_true", help="list what is unexplained")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # feedparser's own
    tally = Tally()
    memory: dict[str, list[float]] = {"ours": [], "feedparser": []}
    for name, body in documents(arguments.folder):
        compare(name, body, tally)
        if len(body) > 20_000:
            memory["ours"].append(growth_mib(lambda data: parse(data, url=URL), body))
            memory["feedparser"].append(growth_mib(reference, body))
    print(f"{tally.feeds} feeds, {tally.entries} entries; read by {dict(tally.parsers)}")
    print(f"agree in {', '.join(CORE)}: {tally.share:.2%}; with explained ones {tally.explained_share:.2%}")
    for (key, why), count in tally.differences.most_common():
        print(f"  {count:5} {key}: {why}")
    for line in tally.extra:
        print("  other number of entries:", line)
    feeds = max(tally.feeds, 1)
    print(
        f"CPU a feed: ours {tally.ours_seconds / feeds * 1000:.2f} ms, feedparser "
        f"{tally.feedparser_seconds / feeds * 1000:.2f} ms; on those of the fast reader "
        f"{tally.fast_seconds / max(tally.parsers['quick'], 1) * 1000:.2f} ms against "
        f"{tally.fast_feedparser_seconds / max(tally.parsers['quick'], 1) * 1000:.2f} ms"
    )
    for who, grown in memory.items():
        if grown:
            print(f"memory, {who}: mean {sum(grown) / len(grown):.1f} MiB, most {max(grown):.1f} MiB a feed")
    if arguments.differences:
        print("\n".join(tally.unexplained))


if __name__ == "__main__":
    main()
