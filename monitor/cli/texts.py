"""analyze, attitude, parse-feed, eval: what the program makes of texts in files. No database."""

import codecs
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from monitor.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, load_config, tagger_of
from monitor.cli.output import note, paragraphs, print_json, progress
from monitor.errors import MonitorError
from monitor.text import storable

STDIN = Path("-")
FEED_MEMORY_BYTES = 1_000_000_000
FEED_SECONDS = 30


def _write(line: str) -> None:
    """Write one line to standard output."""
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")


def _existing(given: Path | list[Path] | None) -> Path | list[Path] | None:
    """Refuse files that are not there, before any work begins; `-` is standard input."""
    for path in given if isinstance(given, list) else [given]:
        if path is not None and path != STDIN and (path.is_dir() or not path.exists()):
            raise typer.BadParameter(f"there is no file {path}")
    return given


FILE = typer.Argument(callback=_existing, show_default=False)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the tree."""
    app.command()(analyze)
    app.command()(attitude)
    app.command("parse-feed")(parse_feed)
    app.command("eval")(evaluate)


def analyze(
    files: Annotated[list[Path] | None, FILE] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes.")] = 1,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Take watchlist, themes, lexicon and sites from this file."),
    ] = None,
) -> None:
    """Read documents as JSON lines (standard input without FILES), write the analysis of each as one."""
    from monitor.articles.contract import dump_line
    from monitor.batch import analyze_batch, set_up_analysis
    from monitor.jobs import settings_of

    setup = partial(set_up_analysis, *settings_of(load_config(config))) if config else set_up_analysis
    with progress("analysed", None) as step:
        for row in analyze_batch(_lines(files or [STDIN]), jobs, setup=setup):
            _write(dump_line(row))
            step()


def attitude(files: Annotated[list[Path] | None, FILE] = None) -> None:
    """Read targets in sentences as JSON lines, write the attitude towards each: -1, 0, 1, or null."""
    for number, line in enumerate(_lines(files or [STDIN]), 1):
        _write(json.dumps(_attitude(line, number), ensure_ascii=False))


def _attitude(line: bytes, number: int) -> dict[str, object]:
    from monitor.tagging.target import attitude_of_target

    identity: object = str(number)
    try:
        row = json.loads(line)
        identity = row.get("id", identity)
        text, start, end, language = row["text"], row["start"], row["end"], row.get("language")
        if not (
            isinstance(text, str) and type(start) is type(end) is int and isinstance(language, str | None)
        ):
            raise TypeError
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        error = 'a line is {"id", "text", "start", "end"}: a text and the place of its target in it'
        return {"id": identity, "label": None, "score": 0.0, "why": [], "error": error}
    found = attitude_of_target(storable(text), start, end, language)
    return {"id": identity, "label": found.label, "score": found.score, "why": list(found.why)}


def _lines(paths: Iterable[Path]) -> Iterator[bytes]:
    """Yield the lines of the files: a line ends with \\n only. Empty ones are left out."""
    with ExitStack() as stack:
        for path in paths:
            file: BinaryIO = sys.stdin.buffer if path == STDIN else stack.enter_context(path.open("rb"))
            for line in file:
                if line.strip():
                    yield line


def parse_feed(
    file: Annotated[Path, FILE],
    url: Annotated[str, typer.Option("--url", "-u", help="Address that the feed came from.")] = "",
) -> None:
    """Write a feed as JSON lines: one for the feed, then one for each entry."""
    from monitor.feeds.parse import parse, to_jsonable

    body = sys.stdin.buffer.read() if file == STDIN else file.read_bytes()
    with _limits(FEED_MEMORY_BYTES, FEED_SECONDS):
        rows = to_jsonable(parse(body, url=url))
    for row in rows:
        _write(json.dumps(row, ensure_ascii=False))


@contextmanager
def _limits(memory_bytes: int, seconds: int) -> Iterator[None]:
    """End what takes more memory or time with a MonitorError: a feed can be made to do that."""
    import resource
    import signal

    def too_long(_number: int, _frame: object) -> None:
        raise MonitorError(f"given up: reading it took more than {seconds} seconds")

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, hard))
    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    except MemoryError:
        raise MonitorError(f"given up: reading it took more than {memory_bytes / 1e6:.0f} MB") from None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def evaluate(
    gold: Annotated[Path, FILE],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Analyse labelled texts (JSON lines) and score the answers: precision, recall, F1, worst errors."""
    from monitor.analysis import analyze
    from monitor.config import THEMES
    from monitor.evaluate import GoldError, Labels, read_gold
    from monitor.evaluate import evaluate as score
    from monitor.tagging import Tagger

    # The shipped example's watchlist is nobody's choice: without a file of one's own all is scored.
    loaded = load_config(config) if config or DEFAULT_CONFIG.exists() else None
    tagger, labels = Tagger(), Labels()
    if loaded is not None:
        tagger = tagger_of(loaded)
        themes = (*THEMES, *(theme.key for theme in loaded.themes))
        labels = Labels(themes, loaded.watchlist.countries, loaded.watchlist.themes)
    content = sys.stdin.buffer.read() if gold == STDIN else gold.read_bytes()
    try:
        golds = read_gold(content.removeprefix(codecs.BOM_UTF8).split(b"\n"), labels)
    except GoldError as error:
        raise MonitorError("\n".join(f"{gold}: {line}" for line in str(error).splitlines())) from None
    with progress("analysed", len(golds)) as step:
        analyses = []
        for labelled in golds:
            analyses.append(analyze(labelled.document, tagger))
            step()
    report = score(golds, analyses)
    if as_json:
        print_json(report.to_jsonable())
        return
    if labels.watched_countries or labels.watched_themes:
        note("only what the watchlist names is scored")
    if not report.measures:
        raise MonitorError(f"{gold}: no line labels countries, themes, kind or attitudes")
    paragraphs(report.to_text().splitlines())
