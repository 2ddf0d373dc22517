"""Text extraction on the pages with gold, beside its peers, in one run.

    python -m bench.extraction [--sets aeb,daniel-dev] [--half dev|held] [--sample N] [--cross] [--peers]

`--cross` scores each half by forests trained on the sites of the other half alone (train_native.py says what
it needs); without it the shipped ones are used, which were trained on both halves, so that only `--cross`
says how pages of unseen sites fare. CPU times are of this process; trafilatura is timed in the same run.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from statistics import median

import trafilatura

from bench import train_native
from bench.corpus import Row, rows, score
from monitor.articles import native
from monitor.articles.candidates import readability_lines
from monitor.articles.decode import decode_page
from monitor.articles.extract import extract
from monitor.errors import PageError
from monitor.model import Document, Tagging
from monitor.tagging import Tagger


def ours(row: Row) -> tuple[str, str]:
    try:
        article, _ = extract(Document(row.id, row.url, row.html()))
    except PageError as error:
        return "", error.kind
    return article.text, article.method


def by_trafilatura(row: Row) -> tuple[str, str]:
    html = decode_page(row.html())
    found = trafilatura.bare_extraction(html, url=row.url, include_comments=False, with_metadata=True)
    assert not isinstance(found, dict)  # that is what it returns where a dict is asked for
    return (found.text or "" if found else ""), "trafilatura"


def by_trafilatura_precision(row: Row) -> tuple[str, str]:
    return trafilatura.extract(
        decode_page(row.html()), favor_precision=True, include_comments=False
    ) or "", ""


def by_readability(row: Row) -> tuple[str, str]:
    return "\n".join(readability_lines(decode_page(row.html()))), ""


def whole(tagger: Tagger) -> Callable[[Row], tuple[str, str]]:
    from monitor.analysis import analyze

    def run(row: Row) -> tuple[str, str]:
        analysis = analyze(Document(row.id, row.url, row.html()), tagger)
        assert isinstance(analysis.tagging, Tagging)
        return analysis.article.text, analysis.article.method

    return run


def table(name: str, chosen: list[Row], method: Callable[[Row], tuple[str, str]]) -> list[tuple[Row, str]]:
    """Print one line of the table; return the texts."""
    texts, times, methods = [], [], Counter[str]()
    for row in chosen:
        start = time.process_time()
        text, used = method(row)
        times.append((time.process_time() - start) * 1000)
        texts.append((row, text))
        methods[used] += 1
    figures = score([(row.text or "", text) for row, text in texts])
    times.sort()
    spread = f"ms {median(times):6.1f} p95 {times[int(len(times) * 0.95)]:6.1f} max {times[-1]:6.0f}"
    shown = " ".join(f"{k}:{n}" for k, n in methods.most_common()) if name.startswith("monitor") else ""
    print(
        f"{name:22} {len(chosen):4}  F1 {figures[0]:.4f}  P {figures[1]:.3f}  R {figures[2]:.3f}"
        f"  {spread}  {shown}"
    )
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default="aeb,daniel-dev")
    parser.add_argument("--half", choices=("dev", "held"))
    parser.add_argument("--sample", type=int, default=1, help="every Nth page")
    parser.add_argument("--cross", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--tags", action="store_true", help="time the whole analysis, tags included")
    arguments = parser.parse_args()
    names = arguments.sets.split(",")
    halves = [arguments.half] if arguments.half else ["dev", "held"]
    examples = train_native.load() if arguments.cross else []
    total: dict[str, list[tuple[Row, str]]] = {}
    for half in halves:
        if arguments.cross:
            forests = train_native.read(train_native.train(train_native.unseen_by(half, examples)))
            native._forests = lambda forests=forests: forests  # type: ignore[assignment]
        for name in names:
            chosen = [row for row in rows(name) if row.half == half and row.text][:: arguments.sample]
            print(f"-- {name}, {half}")
            texts = table("monitor", chosen, ours)
            total.setdefault(name, []).extend(texts)
            languages = sorted({row.language or "" for row in chosen})
            for language in languages if len(languages) > 1 else []:
                pairs = [(row.text or "", text) for row, text in texts if row.language == language]
                print(f"{'  ' + language:22} {len(pairs):4}  F1 %.4f  P %.3f  R %.3f" % score(pairs))
            if arguments.tags:
                table("monitor, with tags", chosen, whole(Tagger()))
            if arguments.peers:
                table("trafilatura", chosen, by_trafilatura)
                table("trafilatura precision", chosen, by_trafilatura_precision)
                table("readability-lxml", chosen, by_readability)
    for name, texts in total.items():
        print(
            f"{name}, both halves      {len(texts):4}  F1 %.4f  P %.3f  R %.3f"
            % score([(r.text or "", t) for r, t in texts])
        )
        for language in sorted({row.language or "" for row, _ in texts}):
            pairs = [(row.text or "", text) for row, text in texts if row.language == language]
            print(f"  {language:20} {len(pairs):4}  F1 %.4f  P %.3f  R %.3f" % score(pairs))


if __name__ == "__main__":
    main()
