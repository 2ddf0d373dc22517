"""`analyze` and the batch behind `monitor analyze`, with a tiny tagger."""

import json
from datetime import datetime

import pytest

from monitor.analysis import analyze, analyze_in_worker, initialise_worker
from monitor.articles.contract import dump_line
from monitor.batch import analyze_batch
from monitor.config import LexiconConfig
from monitor.model import Document, Evidence, Tag, Tagging
from tests.analysis import deadly


class OneWordTagger:
    """Finds Kazakhstan, and respects `body_end`."""

    def tag(
        self,
        text: str,
        *,
        title: str = "",
        language: str | None = None,
        published: datetime | None = None,
        body_end: int | None = None,
        outlet_country: str = "",
    ) -> Tagging:
        start = text[:body_end].find("Kazakhstan")
        if start < 0:
            return Tagging()
        evidence = Evidence(start, start + 10, "Kazakhstan", text, "name:KZ")
        return Tagging(countries=(Tag("country", "KZ", "about", 0.9, 1, (evidence,)),))


STORY = " ".join(
    f"The parliament in Astana debated clause number {n} of the grain law for Kazakhstan." for n in range(9)
)


def batch(*rows: object) -> list[dict[str, object]]:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    return list(analyze_batch(lines, tagger=OneWordTagger()))


def test_text_is_kept_and_offsets_point_into_it() -> None:
    (out,) = batch({"id": "a", "text": "  Odd  spacing.\r\nKazakhstan \u2028waits.", "title": "T"})
    assert out["text"] == "  Odd  spacing.\r\nKazakhstan \u2028waits."
    countries = out["countries"]
    assert isinstance(countries, list)
    (evidence,) = countries[0]["evidence"]
    assert str(out["text"])[evidence["start"] : evidence["end"]] == evidence["term"] == "Kazakhstan"
    assert evidence["rule"] == "name:KZ"
    assert "\u2028" not in dump_line(out)
    assert json.loads(dump_line(out)) == out


def test_trailing_matter_of_a_given_text_is_no_evidence() -> None:
    text = STORY.replace("Kazakhstan", "Uruguay") + "\n\nMore from our desk:\n• Kazakhstan turns away"
    analysis = analyze(Document("a", text=text), OneWordTagger())
    assert analysis.article.text == text
    assert analysis.tagging.countries == ()
    assert [block.reason for block in analysis.article.removed] == ["related", "related"]


def test_bad_lines_give_an_error_line_in_their_place() -> None:
    rows = batch(
        {"id": "1", "text": STORY}, b"{not json", b"[]", {"id": "4"}, {"id": "5", "html_b64": "%%%"},
        {"id": "6", "text": 7}, {"id": "7", "html": ""}, {"text": STORY}, b"",
    )  # fmt: skip
    assert [bool(row["error"]) for row in rows] == [False, True, True, True, True, True, True, False, True]
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
    assert "needed" in str(rows[3]["error"])


def test_copies_share_the_first_text_as_story() -> None:
    reprint = STORY + " This last line is new."
    rows = batch(
        {"id": "a", "text": STORY},
        {"id": "b", "text": "Quite another story. " * 12},
        {"id": "c", "text": reprint},
    )
    assert [row["story"] for row in rows] == ["a", "b", "a"]


def page(number: int, *extra: str) -> dict[str, str]:
    # Words of their own for every page: pages that are alike count as copies of one story.
    paragraphs = [
        f"Farmer f{n}x{number} of village v{n * number} asked council c{number} about road r{n}y{number}, and"
        f" speaker s{n}z{number} promised p{number}q{n} before the frost of month m{number}."
        for n in range(2, 9)
    ]
    body = "".join(f"<p>{text}</p>" for text in (*paragraphs, *extra))
    return {
        "id": str(number),
        "url": f"https://steppe.example/{number}",
        "html": f"<h1>Day {number}</h1>{body}",
    }


FURNITURE = (
    "Every morning at seven the editors of this paper choose ten stories of the steppe for you to read."
)


def test_what_a_site_repeats_is_removed_within_the_batch() -> None:
    rows = batch(*(page(n, FURNITURE) for n in (1, 2, 3)), page(4))
    for row in rows[:3]:
        assert FURNITURE not in str(row["text"])
        assert {"reason": "boilerplate", "text": FURNITURE} in row["removed"]  # type: ignore[operator]
        assert "promised" in str(row["text"])


def test_a_story_printed_many_times_keeps_every_paragraph() -> None:
    quote = "The road will be mended before the frost, the governor promised the farmers of the village."
    copies = [page(1, quote) | {"id": str(n), "url": f"https://steppe.example/copy/{n}"} for n in range(6)]
    rows = batch(*copies)
    assert all(quote in str(row["text"]) for row in rows)
    assert {row["story"] for row in rows} == {"0"}


def test_two_processes_give_what_one_gives() -> None:
    lines = [json.dumps(page(n, FURNITURE)) for n in range(1, 5)]
    assert list(analyze_batch(lines, jobs=2)) == list(analyze_batch(lines, jobs=1))


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_process_does_not_survive_is_named_and_the_rest_goes_on(jobs: int) -> None:
    lines = [json.dumps(page(n) | {"id": name}) for n, name in enumerate(("1", "crash", "2", "slow", "3"), 1)]
    rows = list(analyze_batch(lines, jobs, setup=deadly.set_up, page_seconds=5.0))
    assert [row["id"] for row in rows] == ["1", "crash", "2", "slow", "3"]
    assert [str(row["error"] or "").partition(":")[0] for row in rows] == ["", "crash", "", "time", ""]
    assert all("promised" in str(row["text"]) for row in rows[::2])


def test_the_processes_apply_the_rules_of_sites() -> None:
    document = Document(
        "1", "https://www.steppe.example/1", html=page(1)["html"] + "<div id=x>Only this.</div>"
    )
    try:
        initialise_worker(site_rules={"steppe.example": "#x"})
        read = analyze_in_worker(document)
    finally:
        initialise_worker()
    assert (read.article.method, read.article.text) == ("site-rule", "Only this.")


def test_a_worker_knows_the_users_own_words() -> None:
    row = LexiconConfig(form="Tengizchevroil", language="en", country="KZ", type="institution")
    document = Document("a", text="Tengizchevroil cut its output again.", language="en")
    try:
        initialise_worker(extra_lexicon=[row])
        (tag,) = analyze_in_worker(document).tagging.countries
    finally:
        initialise_worker()
    assert (tag.key, tag.evidence[0].rule) == ("KZ", "institution:KZ")


@pytest.mark.parametrize(
    ("url", "told", "country"),
    [
        ("https://tengrinews.kz/1", "", "KZ"),
        ("https://tengrinews.kz/1", "US", "US"),
        ("https://meduza.io/1", "", ""),
        (None, "", ""),
    ],
)
def test_the_outlets_own_country_is_told_or_that_of_its_domain(
    url: str | None, told: str, country: str
) -> None:
    analysis = analyze(Document("a", url, text="Grain rose.", outlet_country=told), OneWordTagger())
    assert (analysis.outlet_country, analysis.tagging.countries) == (country, ())
