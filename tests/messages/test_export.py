"""Digests as files."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.messages.digest import Digest
from monitor.messages.digests import MAX_STORIES
from monitor.messages.export import CSV_COLUMNS, cell, export
from tests.messages import sample
from tests.messages.test_render import ATTACKS, Page


def one_story(**changes: object) -> Digest:
    group = replace(sample.digest().groups[0], stories=(sample.story(**changes),))
    return sample.digest(groups=(group,))


def test_markdown_reads_well() -> None:
    text = export(sample.digest(), "markdown")
    assert text.startswith("# Morning digest\n\n13 Mar 2026, 07:00 to ")
    assert "## Armenia × CSTO: 3 stories (1 under another heading), 1 before\n" in text
    assert "### [A seat kept warm](<https://valley-herald.example/a/2>)\n" in text
    assert "> **Armenia** has frozen its seat in the **CSTO** in all but name.\n" in text
    assert "**Armenia → Russia**: +0.2 before, -0.6 now" in text
    assert "- Silent: Lake Times (no new entry for 9 days)" in text


def test_markdown_escapes() -> None:
    text = export(
        one_story(title="1. # *a* [b](c) <d> `e`\n# f", outlet="- x", url="https://a.example/<)"), "markdown"
    )
    assert r"### [1\. \# \*a\* \[b\](c) \<d\> \`e\` \# f](<https://a.example/%3C)>)" in text
    assert "\n# f" not in text


def test_html_is_a_page_with_all_stories() -> None:
    stories = tuple(sample.story(number, title=f"Story {number}") for number in range(MAX_STORIES + 5))
    digest = sample.digest(groups=(replace(sample.digest().groups[0], stories=stories),))
    page = Page(export(digest, "html"))
    assert f"Story {MAX_STORIES + 4}" in page.text


def test_json_is_what_webhooks_get() -> None:
    loaded = json.loads(export(sample.digest(), "json"))
    assert loaded["coverage"]["healthy"] == 143
    assert loaded["groups"][0]["stories"][0]["quotes"][0]["marks"] == [[0, 7], [35, 39]]


def test_csv_has_a_line_for_each_story() -> None:
    rows = list(csv.DictReader(io.StringIO(export(sample.digest(), "csv"), newline="")))
    assert [row["title"] for row in rows][2] == "Банки считают тихо"
    assert tuple(rows[0]) == CSV_COLUMNS
    assert rows[0]["countries"] == "AM:0.90 RU:0.50"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("  =1", "' =1"),
        ("\u200b=1", "'=1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("a\nb", "a b"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text: str, safe: str) -> None:
    assert cell(text) == safe


@given(st.text(st.one_of(st.characters(), st.sampled_from("=+-@\t\r\n \u200b\u202e\x00")), max_size=30))
def test_any_cell_is_safe(text: str) -> None:
    made = cell(text)
    assert not made.lstrip().startswith(("=", "+", "-", "@")) and not set(made) & set("\t\r\n\x00")


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("form", ["markdown", "html", "json", "csv"])
def test_strangers_text_stays_text(attack: str, form: str) -> None:
    digest = one_story(
        title=attack, outlet=attack, byline=(attack,), copies=(attack,), url=attack, reason=attack
    )
    text = export(digest, form)  # type: ignore[arg-type]
    text.encode()
    if form in ("markdown", "html"):
        assert "<script>" not in text and "<!channel>" not in text
    if form == "csv":
        assert len(list(csv.reader(io.StringIO(text, newline="")))) == 2


def test_an_empty_digest_says_why() -> None:
    empty = sample.digest(groups=(), turns=())
    assert "Nothing found among 2,310 articles" in export(empty, "markdown")
    assert export(empty, "csv") == ",".join(CSV_COLUMNS) + "\r\n"
