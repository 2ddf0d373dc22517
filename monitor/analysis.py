"""Document -> Analysis: composes articles/ and tagging/. Pure; runs in worker processes.

`analyze` is the whole way of one document. `initialise_worker` and `analyze_in_worker` are the same for
a process pool, with one Tagger a process.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from monitor.articles.boilerplate import MIN_ARTICLES, block_hash, furniture, site_of
from monitor.articles.contract import error_line, line_id, read_document, to_jsonable
from monitor.articles.duplicates import exact_hash, minhash
from monitor.articles.extract import extract
from monitor.articles.stories import StoryIndex
from monitor.articles.trailing import body_end
from monitor.config import LexiconConfig, ThemeConfig
from monitor.errors import PageError
from monitor.model import Analysis, Document, Extracted, Kind, Tagging


class Tagger(Protocol):
    """What analysis needs of `monitor.tagging.Tagger`."""

    def tag(
        self,
        text: str,
        *,
        title: str = "",
        language: str | None = None,
        published: datetime | None = None,
        body_end: int | None = None,
    ) -> Tagging:
        """Return countries, themes, ties and attitudes; evidence never comes from behind `body_end`."""


def analyze(
    document: Document,
    tagger: Tagger,
    *,
    boilerplate: frozenset[str] = frozenset(),
    site_rules: Mapping[str, str] = {},
) -> Analysis:
    """Return the analysis of `document`; a page that cannot be read gives one whose `error` says why.

    `boilerplate` holds the hashes of blocks known to recur on the document's site.
    """
    try:
        article, blocks = extract(document, boilerplate=boilerplate, site_rules=site_rules)
    except PageError as error:
        return failed(document, f"{error.kind}: {error}")
    end = body_end(article.text) if article.method == "text" else None
    tagging = tagger.tag(
        article.text,
        title=article.title,
        language=article.language,
        published=article.published,
        body_end=end,
    )
    body = article.text[:end]
    return Analysis(document.id, article, tagging, exact_hash(body), minhash(body), blocks)


def failed(document: Document, error: str) -> Analysis:
    """Return the analysis of a document that could not be read: no text, and `error`."""
    article = Extracted(
        url=document.url,
        title=document.title or "",
        text="",
        byline=(),
        outlet=document.feed_title,
        published=document.published,
        updated=None,
        language=document.language,
        section=None,
        removed=(),
        kind=Kind("other", 0.0, ()),
        method="none",
        quality=0.0,
        partial=True,
        partial_reason="unreadable",
    )
    return Analysis(document.id, article, Tagging(), exact_hash(""), error=error)


_worker_tagger: Tagger | None = None


# Read once before the workers fork: what loads at first use is then loaded in memory that they share.
_FIRST_PAGE = """<html lang="en"><head><title>Kazakhstan signs</title></head><body><article><p>
Kazakhstan and Russia signed a treaty in Astana on Monday, the ministry said, and sanctions were discussed.
</p><p>
Казахстан и Россия подписали договор в Астане, обсуждались санкции, сообщили в понедельник в министерстве.
</p></article></body></html>"""


def initialise_worker(
    extra_themes: Sequence[ThemeConfig] = (),
    countries: Sequence[str] = (),
    themes: Sequence[str] = (),
    extra_lexicon: Sequence[LexiconConfig] = (),
) -> None:
    """Build this process's Tagger, and read a page with it: the initializer of a process pool."""
    # Imported here: building the lexicon costs memory that only workers should pay.
    from monitor.tagging import Tagger as LexiconTagger

    global _worker_tagger
    _worker_tagger = LexiconTagger(
        extra_themes=tuple(extra_themes),
        extra_lexicon=tuple(extra_lexicon),
        countries=tuple(countries),
        themes=tuple(themes),
    )
    for language in ("en", "ru"):
        analyze(Document("first", html=_FIRST_PAGE, language=language), _worker_tagger)


def analyze_in_worker(document: Document, boilerplate: frozenset[str] = frozenset()) -> Analysis:
    """Return `analyze` with this process's Tagger, which is built where `initialise_worker` did not run."""
    if _worker_tagger is None:
        initialise_worker()
    assert _worker_tagger is not None
    return analyze(document, _worker_tagger, boilerplate=boilerplate)


# -- batches ---------------------------------------------------------------------------------------

WINDOW_DOCUMENTS = 500  # held in memory at once; site memory and stories span the whole batch


def analyze_batch(
    lines: Iterable[bytes | str], jobs: int = 1, *, tagger: Tagger | None = None
) -> Iterator[dict[str, object]]:
    """Yield one output line (see articles/contract.py) for each input line, in order.

    Pages of one site teach each other their furniture (site memory), copies share a story. A line that
    cannot be read or analysed gives a line with `error`; nothing here raises for the sake of one line.
    `jobs` processes work where it is above 1; `tagger` replaces the shipped one in this process.
    """
    memory: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    copies, stories = StoryIndex(), StoryIndex()
    with _runner(jobs, tagger) as run:
        numbered = enumerate(lines, 1)
        while window := list(itertools.islice(numbered, WINDOW_DOCUMENTS)):
            yield from _analyze_window(window, run, memory, copies, stories)


Run = Callable[[list[tuple[Document, frozenset[str]]]], list[Analysis]]


def _analyze_window(
    window: list[tuple[int, bytes | str]],
    run: Run,
    memory: dict[str, list[tuple[str, tuple[str, ...]]]],
    copies: StoryIndex,
    stories: StoryIndex,
) -> Iterator[dict[str, object]]:
    outcomes: list[Document | dict[str, object]] = []
    for number, line in window:
        try:
            outcomes.append(read_document(line, fallback_id=str(number)))
        except PageError as error:
            outcomes.append(error_line(line_id(line) or str(number), str(error)))
    documents = [item for item in outcomes if isinstance(item, Document)]
    analyses = run([(document, frozenset()) for document in documents])
    analyses = _with_site_memory(documents, analyses, run, memory, copies)
    ready = iter(analyses)
    for outcome in outcomes:
        if isinstance(outcome, Document):
            analysis = next(ready)
            yield to_jsonable(analysis, stories.add(analysis.id, analysis.exact_hash, analysis.minhash))
        else:
            yield outcome


def _with_site_memory(
    documents: list[Document],
    analyses: list[Analysis],
    run: Run,
    memory: dict[str, list[tuple[str, tuple[str, ...]]]],
    copies: StoryIndex,
) -> list[Analysis]:
    """Learn the furniture of every site seen, and do again the pages whose text holds some."""
    for document, analysis in zip(documents, analyses, strict=True):
        if analysis.blocks and (site := site_of(document.url)):
            # Copies count once: a story that a site prints again must not make its text recur.
            story = copies.add(analysis.id, analysis.exact_hash, analysis.minhash)
            memory.setdefault(site, []).append((story, analysis.blocks))
    known: dict[str, frozenset[str]] = {}
    again: list[int] = []
    for index, (document, analysis) in enumerate(zip(documents, analyses, strict=True)):
        site = site_of(document.url)
        if not analysis.blocks or site is None or len(memory[site]) < MIN_ARTICLES:
            continue
        if site not in known:
            known[site] = furniture(memory[site])
        if known[site] and any(block_hash(line) in known[site] for line in analysis.article.text.split("\n")):
            again.append(index)
    redone = run([(documents[i], known[site_of(documents[i].url) or ""]) for i in again])
    result = list(analyses)
    for index, analysis in zip(again, redone, strict=True):
        result[index] = analysis
    return result


@contextmanager
def _runner(jobs: int, tagger: Tagger | None) -> Iterator[Run]:
    """Give a function that analyses many documents, in this process or in `jobs` others."""
    if jobs <= 1 or tagger is not None:
        if tagger is None:
            initialise_worker()
        own = tagger or _worker_tagger
        assert own is not None

        def run_here(tasks: list[tuple[Document, frozenset[str]]]) -> list[Analysis]:
            return [analyze(document, own, boilerplate=known) for document, known in tasks]

        yield run_here
        return
    pool = ProcessPoolExecutor(jobs, initializer=initialise_worker)
    try:

        def run_in_pool(tasks: list[tuple[Document, frozenset[str]]]) -> list[Analysis]:
            nonlocal pool
            try:
                return list(pool.map(_analyze_task, tasks, chunksize=8))
            except BrokenProcessPool:  # some document killed its worker: find it, and go on
                pool.shutdown()
                pool = ProcessPoolExecutor(jobs, initializer=initialise_worker)
                return list(_one_by_one(tasks))

        yield run_in_pool
    finally:
        pool.shutdown(cancel_futures=True)


def _one_by_one(tasks: list[tuple[Document, frozenset[str]]]) -> Iterator[Analysis]:
    """Analyse each document in a process of its own standing; one that kills it gets an error."""
    single = ProcessPoolExecutor(1, initializer=initialise_worker)
    try:
        for task in tasks:
            try:
                yield single.submit(_analyze_task, task).result()
            except BrokenProcessPool:
                single.shutdown()
                single = ProcessPoolExecutor(1, initializer=initialise_worker)
                yield failed(task[0], "crash: the page ended the process that read it")
    finally:
        single.shutdown()


def _analyze_task(task: tuple[Document, frozenset[str]]) -> Analysis:
    return analyze_in_worker(*task)
