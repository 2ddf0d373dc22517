"""Fuzz the feed parser, the date reader, OPML and discovery: mutated seeds, guided by lines.

    python bench/fuzz_feeds.py [--minutes 10] [--seed 1] [--corpus tests/feeds/fuzz_corpus]

The corpus begins with files named `seed-`. An input is kept in it where it reaches a line of `monitor/feeds`
that none before it reached; the tests replay it. A crash is any exception but FeedError, an entry without a
guid of its own, or more than `SLOWEST_SECONDS` of CPU. Crashes are written into the corpus, and make
the exit status 1.
"""

import argparse
import hashlib
import json
import random
import resource
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from monitor.errors import FeedError
from monitor.feeds import discover, opml
from monitor.feeds.dates import read_date
from monitor.feeds.parse import parse, to_jsonable

SLOWEST_SECONDS = 5.0
MAX_BYTES = 20_000
DEFAULT_CORPUS = Path(__file__).parent.parent / "tests" / "feeds" / "fuzz_corpus"

TOKENS = (
    b'<', b'>', b'</', b'/>', b'&', b';', b'&#0;', b'&#x110000;', b'&#xd800;', b'&nbsp;', b'&a;', b']]>',
    b'<![CDATA[', b'<!--', b'-->', b'<!DOCTYPE x [', b"<!ENTITY a 'b'>", b']>', b'<?x?>', b'\x00',
    b'\xff\xfe', b'\xef\xbb\xbf', b'\xc2\x85', b'\xc3\x83\xc2\xa9', b'<item>', b'</item>', b'<entry>',
    b'<title>', b'</title>', b'<link>', b'<guid>', b'<id>', b'<description>', b'<summary>', b'<source>',
    b'<image>', b'<body>', b" type='html'", b" type='xhtml'", b" mode='base64'", b" xml:base='//['",
    b" xmlns='u'", b" href='http://[x'", b'http://', b'javascript:', b'//', b"1" * 30, b'-1', b'0000',
    b'9999', b'+9999', b'24:00', b'60', b' PM', b' GMT+', "ж".encode(), b'\xed\xa0\x80',
    b"encoding='utf-7'", b"encoding='hex'", b"encoding='idna'", b'"', b"'", b'=', b'{', b'}', b'[',
    b'\\ud800', b'1e999',
)  # fmt: skip


def mutated(generator: random.Random, corpus: list[bytes]) -> bytes:
    data = bytearray(generator.choice(corpus))
    for _ in range(generator.choice((1, 1, 2, 3, 6))):
        start = generator.randrange(len(data) + 1)
        end = min(len(data), start + generator.choice((0, 1, 2, 8, 40, 200)))
        how = generator.randrange(8)
        if how == 0:
            data[start:end] = b""
        elif how == 1:
            data[start:start] = data[start:end] * generator.choice((1, 2, 50))
        elif how == 2:
            data[start:end] = generator.choice(TOKENS)
        elif how == 3:
            data[start:start] = generator.choice(TOKENS) * generator.choice((1, 1, 1, 20, 300))
        elif how == 4 and data:
            data[start % len(data)] = generator.randrange(256)
        elif how == 5:
            other = generator.choice(corpus)
            place = generator.randrange(len(other) + 1)
            data[start:end] = other[place : place + generator.choice((5, 40, 300))]
        elif how == 6:
            del data[start:]
        else:
            for charset in ("utf-16", "utf-7", "koi8-r", "cp1251", "latin-1", "utf-32-be"):
                if generator.random() < 0.1:
                    data = bytearray(data.decode("utf-8", "replace").encode(charset, "replace"))
        del data[MAX_BYTES:]
    return bytes(data)


def exercise(data: bytes) -> None:
    """Everything in the room that reads bytes from outside; raises where one of them fails."""
    for reader in (parse_feed, read_opml):
        try:
            reader(data)
        except FeedError as error:
            assert error.kind and str(error)
    discover.find_feeds(data, "https://site.example/")
    if len(data) < 400:
        moment = read_date(data.decode("utf-8", "replace"))
        assert moment is None or moment.tzinfo is not None


def parse_feed(data: bytes) -> None:
    feed = parse(data, url="https://site.example/feed", content_type="text/xml")
    guids = [entry.guid for entry in feed.entries]
    assert all(guids) and len(set(guids)) == len(guids), "guids"
    assert all(entry.link is None or entry.link.startswith(("http", "HTTP")) for entry in feed.entries), (
        "links"
    )
    json.dumps(to_jsonable(feed), ensure_ascii=False).encode()


def read_opml(data: bytes) -> None:
    opml.read(opml.write(opml.read(data)) + b"<outline/>")


def traced(work: Callable[[bytes], None], data: bytes) -> set[tuple[str, int]]:
    """The lines of `monitor/feeds` that `work` reaches."""
    reached: set[tuple[str, int]] = set()

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        return local if "monitor/feeds/" in frame.f_code.co_filename else None

    sys.settrace(enter)
    try:
        work(data)
    finally:
        sys.settrace(None)
    return reached


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    generator = random.Random(arguments.seed)
    corpus = [path.read_bytes() for path in sorted(arguments.corpus.iterdir())]
    reached: set[tuple[str, int]] = set()
    for data in corpus:
        reached |= traced(exercise, data)
    crashes = kept = runs = 0
    slowest = 0.0
    ends = time.monotonic() + arguments.minutes * 60
    while time.monotonic() < ends:
        data = mutated(generator, corpus)
        runs += 1
        started = time.process_time()
        try:
            # Tracing slows a run down: one in eight looks for new lines.
            lines = traced(exercise, data) if runs % 8 == 0 else exercise(data) or set()
        except Exception:  # noqa: BLE001  (whatever it is, it is what we look for)
            crashes += 1
            (arguments.corpus / f"crash-{name_of(data)}").write_bytes(data)
            traceback.print_exc()
            continue
        seconds = time.process_time() - started
        slowest = max(slowest, seconds)
        if seconds > SLOWEST_SECONDS:
            crashes += 1
            (arguments.corpus / f"slow-{name_of(data)}").write_bytes(data)
        if not lines <= reached:
            reached |= lines
            kept += 1
            corpus.append(data)
            (arguments.corpus / f"{name_of(data)}.bin").write_bytes(data)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"seed {arguments.seed}: {runs} runs, {len(reached)} lines reached, {kept} inputs kept, "
        f"{crashes} crashes, slowest {slowest:.2f} s, peak {memory:.0f} MiB"
    )
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
