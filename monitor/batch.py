"""JSON lines -> JSON lines: the analysis of many documents, which teach each other what their sites repeat.

The work is done in processes with a time and a memory limit; here the order is kept, and what spans the
batch: site memory and stories.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.articles.boilerplate import MIN_ARTICLES, block_hash, furniture, site_of
from monitor.articles.contract import error_line, line_id, read_document, to_jsonable
from monitor.articles.stories import StoryIndex
from monitor.errors import PageError, WorkerDied
from monitor.model import ANALYSIS_CPU_SECONDS
from monitor.workers import Workers

# The analysis itself is imported where it runs: here it would double the time until the first page is read.
if TYPE_CHECKING:
    from monitor.analysis import Tagger
    from monitor.model import Analysis, Document

WINDOW_DOCUMENTS = 500  # held in memory at once; site memory and stories span the whole batch
PAGE_SECONDS = 30.0  # a second's work can last long on a busy machine

Line = tuple[int, bytes | str]  # its number in the batch, from 1
Setup = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Read:
    """What became of one line: the output line, and what the rest of the batch needs to know of it."""

    row: dict[str, object]  # its story is yet to be found
    site: str | None = None
    exact_hash: str = ""
    minhash: tuple[int, ...] = ()
    page: tuple[str, ...] = ()  # hashes of the page's blocks
    text: tuple[str, ...] = ()  # hashes of the lines of the text that was found in it
    failed: bool = False  # not even an analysis that says why


Task = tuple[Line, frozenset[str]]
Run = Callable[[list[Task]], list[_Read]]


def set_up_analysis(*settings: Any) -> None:
    """Make a process ready to analyse: the default `setup` of `analyze_batch`.

    `settings` are those of `analysis.initialise_worker`; without them it works with what is shipped.
    """
    from monitor.analysis import initialise_worker

    initialise_worker(*settings)


def analyze_batch(
    lines: Iterable[bytes | str],
    jobs: int = 1,
    *,
    tagger: "Tagger | None" = None,
    setup: Setup = set_up_analysis,
    page_seconds: float = PAGE_SECONDS,
) -> Iterator[dict[str, object]]:
    """Yield one output line (see articles/contract.py) for each input line, in order.

    Pages of one site teach each other their furniture (site memory), copies share a story. A line that
    cannot be read or analysed gives a line with `error`, and so does a page that takes more than
    `ANALYSIS_CPU_SECONDS` of work, `page_seconds` by the clock, too much memory, or its process with it.
    `jobs` processes work, each after `setup`; `tagger` replaces them: it is asked in this process, without
    limits.
    """
    memory: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    copies, stories = StoryIndex(), StoryIndex()
    with _here(tagger) if tagger is not None else _in_workers(jobs, setup, page_seconds) as run:
        numbered = enumerate(lines, 1)
        while window := list(itertools.islice(numbered, WINDOW_DOCUMENTS)):
            read = run([(line, frozenset()) for line in window])
            for one in _with_site_memory(window, read, run, memory, copies):
                if not one.failed:
                    one.row["story"] = stories.add(str(one.row["id"]), one.exact_hash, one.minhash)
                yield one.row


def _with_site_memory(
    window: list[Line],
    read: list[_Read],
    run: Run,
    memory: dict[str, list[tuple[str, tuple[str, ...]]]],
    copies: StoryIndex,
) -> list[_Read]:
    """Learn the furniture of every site seen, and do again the pages whose text holds some."""
    for one in read:
        if one.site and one.page:
            # Copies count once: a story that a site prints again must not make its text recur.
            story = copies.add(str(one.row["id"]), one.exact_hash, one.minhash)
            memory.setdefault(one.site, []).append((story, one.page))
    known = {
        site: furniture(memory[site])
        for site in {one.site for one in read if one.site}
        if len(memory.get(site, ())) >= MIN_ARTICLES
    }
    again = [
        index
        for index, one in enumerate(read)
        if not known.get(one.site or "", frozenset()).isdisjoint(one.text)
    ]
    redone = run([(window[index], known[read[index].site or ""]) for index in again])
    result = list(read)
    for index, one in zip(again, redone, strict=True):
        result[index] = one
    return result


def _read_line(
    line: Line, boilerplate: frozenset[str], run: "Callable[[Document, frozenset[str]], Analysis]"
) -> _Read:
    number, written = line
    try:
        document = read_document(written, fallback_id=str(number))
    except PageError as error:
        return _unread(line, str(error))
    analysis = run(document, boilerplate)
    text = analysis.article.text.split("\n") if analysis.blocks else ()
    return _Read(
        to_jsonable(analysis, analysis.id),
        site_of(document.url),
        analysis.exact_hash,
        analysis.minhash,
        analysis.blocks,
        tuple(map(block_hash, text)),
    )


def _unread(line: Line, why: str) -> _Read:
    number, written = line
    return _Read(error_line(line_id(written) or str(number), why), failed=True)


# -- where the work is done ------------------------------------------------------------------------


@contextmanager
def _here(tagger: "Tagger") -> Iterator[Run]:
    from monitor.analysis import analyze

    def one(document: "Document", boilerplate: frozenset[str]) -> "Analysis":
        return analyze(document, tagger, boilerplate=boilerplate)

    yield lambda tasks: [_read_line(line, boilerplate, one) for line, boilerplate in tasks]


def _read_in_worker(line: Line, boilerplate: frozenset[str]) -> _Read:
    from monitor.analysis import analyze_in_worker

    return _read_line(line, boilerplate, analyze_in_worker)


@contextmanager
def _in_workers(jobs: int, setup: Setup, page_seconds: float) -> Iterator[Run]:
    """Give a function that does many lines in `jobs` processes; a line that one does not survive is named."""
    workers = Workers(jobs, initializer=setup, preload=("monitor.batch",))

    async def one(line: Line, boilerplate: frozenset[str]) -> _Read:
        try:
            return await workers.run(
                _read_in_worker,
                line,
                boilerplate,
                timeout_seconds=page_seconds,
                cpu_seconds=ANALYSIS_CPU_SECONDS,
            )
        except WorkerDied as death:
            return _unread(line, f"{death.kind}: {death}")

    async def all_of(tasks: list[Task]) -> list[_Read]:
        return await asyncio.gather(*(one(line, boilerplate) for line, boilerplate in tasks))

    with asyncio.Runner() as runner:
        try:
            yield lambda tasks: runner.run(all_of(tasks))
        finally:
            runner.run(workers.aclose())
