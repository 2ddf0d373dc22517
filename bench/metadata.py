"""Title, authors and date on the pages with gold, beside trafilatura and htmldate, in one run.

python -m bench.metadata [--half dev|held] [--misses] [--peers]

"author" asks for the same set of names; "named" leaves out what the gold keeps beside them (an address, an
outlet): one stands in the other.
"""

import argparse
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import trafilatura
from htmldate import find_date

from bench.corpus import Row, rows
from monitor.articles.candidates import guessed_date
from monitor.articles.decode import decode_page
from monitor.articles.metadata import read_metadata
from monitor.articles.page import parse_page

Found = tuple[str, tuple[str, ...], datetime | date | None]


def ours(row: Row) -> Found:
    html = decode_page(row.html())
    metadata = read_metadata(parse_page(html), row.url)
    return metadata.title, metadata.byline, metadata.published or guessed_date(html, row.url)


def by_trafilatura(row: Row) -> Found:
    found = trafilatura.extract_metadata(decode_page(row.html()), default_url=row.url)
    day = datetime.fromisoformat(found.date).date() if found and found.date else None
    authors = tuple((found.author or "").split("; ")) if found else ()
    return (found.title or "" if found else ""), authors, day


def by_htmldate(row: Row) -> Found:
    found = find_date(decode_page(row.html()), url=row.url, original_date=True)
    return "", (), datetime.fromisoformat(found).date() if found else None


def names(values: tuple[str, ...]) -> set[str]:
    """Return names case folded, split at commas and "and"."""
    return {
        name.strip().casefold() for value in values for name in re.split(r",|\band\b", value) if name.strip()
    }


def named(gold: tuple[str, ...], found: tuple[str, ...]) -> bool:
    """Whether the names found, at least one, stand in the gold, or the gold in them."""
    wanted, given = (re.sub(r"[\W_]+", " ", " ".join(one).casefold()).strip() for one in (gold, found))
    each = [re.sub(r"[\W_]+", " ", name.casefold()).strip() for name in found if name]
    return bool(each) and (wanted in given or all(name in wanted for name in each))


def right_day(written: str, found: datetime | date | None) -> bool:
    """The same day as both are written, or the same day in UTC."""
    if found is None:
        return False
    if isinstance(found, datetime) and len(written) > 10:
        moment = datetime.fromisoformat(written)
        gold = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if found.astimezone(UTC).date() == gold.date():
            return True
    return found.isoformat()[:10] == written[:10]


def table(name: str, chosen: list[Row], method: Callable[[Row], Found], misses: bool) -> None:
    counts = {"title": [0, 0], "author": [0, 0], "named": [0, 0], "date": [0, 0]}
    for row in chosen:
        title, authors, day = method(row)
        checks: list[tuple[str, bool, object, object]] = []
        if row.title:
            checks.append(("title", " ".join(row.title.split()) == " ".join(title.split()), row.title, title))
        if row.authors:
            checks.append(("author", names(row.authors) == names(authors), row.authors, authors))
            checks.append(("named", named(row.authors, authors), row.authors, authors))
        if row.published:
            checks.append(("date", right_day(row.published, day), row.published, day))
        for what, right, want, got in checks:
            counts[what][0] += right
            counts[what][1] += 1
            if misses and not right:
                print(f"   {what:6} {row.id[:44]:44} want {want!r} got {got!r}")
    shown = "  ".join(
        f"{what} {right / all_:.3f} of {all_}" for what, (right, all_) in counts.items() if all_
    )
    print(f"{name:14} {shown}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("dev", "held"))
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    for name in ("postlight", "htmldate-dev", "daniel-dev"):
        for half in [arguments.half] if arguments.half else ["dev", "held"]:
            chosen = [row for row in rows(name) if row.half == half]
            print(f"-- {name}, {half}")
            table("monitor", chosen, ours, arguments.misses)
            if arguments.peers:
                table("trafilatura", chosen, by_trafilatura, False)
                table("htmldate", chosen, by_htmldate, False)


if __name__ == "__main__":
    main()
