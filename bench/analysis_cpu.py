"""CPU of a page's whole analysis, from its bytes to its tags, by stage, beside trafilatura.

    python -m bench.analysis_cpu [--sets aeb,daniel-dev] [--sample N] [--rounds 3]

Trafilatura extracts text and metadata of the same page right after, in the same process. Beside the whole
stands what `monitor analyze` spends on its JSON lines: `read_document` (base64 of the page) and `write`.
Figures are CPU milliseconds a page (median, 95th percentile, most; of `--rounds` rounds the least for each
page). Stages are timed inside the whole, so that what is nested counts twice: the libraries are part of
`choose`. Then: how many pages needed each candidate.
"""

import argparse
import base64
import json
import time
from collections import Counter
from collections.abc import Callable
from statistics import median
from typing import Any

from bench.corpus import Row, rows
from bench.extraction import by_trafilatura
from monitor import analysis
from monitor.articles import choose, extract
from monitor.articles.contract import dump_line, read_document, to_jsonable
from monitor.tagging import Tagger

# Where the stages are called: (module or object, its name there).
STAGES: tuple[tuple[Any, str], ...] = (
    (extract, "decode_page"), (extract, "parse_page"), (extract, "read_metadata"), (extract, "guessed_date"),
    (extract, "block_hashes"), (extract, "choose"), (choose, "judge"), (choose, "trafilatura_lines"),
    (choose, "readability_lines"), (extract, "box_lines"), (extract, "cut_trailing"), (extract, "page_state"),
    (extract, "detect_language"), (extract, "decide_kind"), (extract, "origin_of"), (analysis, "prints"),
)  # fmt: skip


class Clock:
    """Sums the CPU time of the stages of one page."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    def around(self, owner: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            start = time.process_time()
            try:
                return real(*arguments, **options)
            finally:
                self.spent[name] += time.process_time() - start

        setattr(owner, name, timed)


def spread(name: str, seconds: list[float]) -> str:
    """Return one line of the table."""
    times = sorted(1000 * value for value in seconds)
    used = sum(value > 0 for value in times)
    return (
        f"{name:20} {used:5}  median {median(times):7.2f}  p95 {times[int(len(times) * 0.95)]:7.1f}"
        f"  max {times[-1]:7.0f}  mean {sum(times) / len(times):7.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default="aeb,daniel-dev")
    parser.add_argument("--sample", type=int, default=1, help="every Nth page")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    tagger = Tagger()
    clock = Clock()
    for owner, name in STAGES:
        clock.around(owner, name)
    clock.around(tagger, "tag")
    analysis.analyze(read_document(_line(next(rows("aeb")))), tagger)  # what loads at first use
    for name in arguments.sets.split(","):
        chosen = [row for row in rows(name) if row.text][:: arguments.sample]
        best: list[Counter[str]] = [Counter() for _ in chosen]
        methods: Counter[str] = Counter()
        for turn in range(arguments.rounds):
            for index, row in enumerate(chosen):
                spent, method = _read(row, tagger, clock)
                if turn == 0:
                    methods[method] += 1
                best[index] = spent if turn == 0 or spent["whole"] < best[index]["whole"] else best[index]
        print(f"-- {name}: {len(chosen)} pages, CPU ms a page; the first number is how many pages came there")
        stages = sorted({s for one in best for s in one}, key=lambda s: -sum(one[s] for one in best))
        for stage in ("whole", "trafilatura", *(s for s in stages if s not in {"whole", "trafilatura"})):
            print(spread(stage, [one[stage] for one in best]))
        whole, peer = (median(one[s] for one in best) for s in ("whole", "trafilatura"))
        print(f"ratio of medians, whole analysis to trafilatura: {whole / peer:.2f}")
        print("answered by: " + " ".join(f"{k}:{n}" for k, n in methods.most_common()))


def _line(row: Row) -> bytes:
    page = base64.b64encode(row.html()).decode()
    return json.dumps({"id": row.id, "url": row.url, "html_b64": page}).encode()


def _read(row: Row, tagger: Tagger, clock: Clock) -> tuple[Counter[str], str]:
    line = _line(row)
    clock.spent = Counter()
    start = time.process_time()
    document = read_document(line)
    read = time.process_time()
    found = analysis.analyze(document, tagger)
    tagged = time.process_time()
    dump_line(to_jsonable(found, found.id))
    done = time.process_time()
    clock.spent |= {"read_document": read - start, "whole": tagged - read, "write": done - tagged}
    by_trafilatura(row)
    clock.spent["trafilatura"] = time.process_time() - done
    return clock.spent, found.article.method


if __name__ == "__main__":
    main()
