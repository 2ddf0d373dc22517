"""`monitor eval`: labels in, counts and the worst errors out."""

import json

import pytest

from monitor.evaluate import GoldError, evaluate, read_gold
from monitor.model import Analysis, Evidence, Extracted, Kind, KindLabel, Tag, Tagging


def tag(dimension: str, key: str, role: str = "about", sentence: str = "") -> Tag:
    evidence = (Evidence(0, 1, "x", sentence, "rule"),) if sentence else ()
    return Tag(dimension, key, role, 0.5, 1, evidence)  # type: ignore[arg-type]


def analysis(text_id: str, *tags: Tag, kind: KindLabel = "news") -> Analysis:
    article = Extracted(
        None, "", "text", (), None, None, None, None, None, (), Kind(kind, 1.0, ()), "native", 1.0
    )
    tagging = Tagging(
        tuple(t for t in tags if t.dimension == "country"), tuple(t for t in tags if t.dimension == "theme")
    )
    return Analysis(text_id, article, tagging, "")


def gold(text_id: str, **labels: object) -> str:
    return json.dumps({"id": text_id, **labels})


def test_counts_of_about_and_of_all() -> None:
    lines = [
        gold("1", countries={"about": ["KZ"], "mentioned": ["RU"]}),
        gold("2", countries={"about": ["RU"], "mentioned": []}),
    ]
    report = evaluate(
        lines,
        [
            analysis("1", tag("country", "KZ"), tag("country", "RU", "mentioned"), tag("country", "CN")),
            analysis("2", tag("country", "RU", "mentioned")),
        ],
    )
    about, anything = report.measures
    assert (about.name, anything.name) == ("countries about", "countries")
    assert (about.micro.right, about.micro.found, about.micro.wanted) == (1, 2, 2)
    assert about.micro.f1 == 0.5
    assert about.macro_f1 == 0.5  # KZ 1, RU 0; CN is not asked for
    assert about.exact == 0.0
    assert anything.micro.recall == 1.0
    assert anything.exact == 0.5


def test_a_plain_list_labels_what_is_found_without_roles() -> None:
    (measure,) = evaluate(
        [gold("1", themes=["csto"])], [analysis("1", tag("theme", "csto", "mentioned"))]
    ).measures
    assert measure.name == "themes"
    assert measure.micro.f1 == 1.0


def test_kind_is_scored_as_a_label() -> None:
    report = evaluate(
        [gold("1", kind="opinion"), gold("2", kind="news")], [analysis("1", kind="news"), analysis("2")]
    )
    (measure,) = report.measures
    assert measure.exact == 0.5
    assert measure.labels["news"].precision == 0.5


def test_the_worst_error_comes_first_with_the_sentence_that_misled() -> None:
    lines = [gold("1", themes=["csto"]), gold("2", themes=["energy"])]
    report = evaluate(
        lines,
        [
            analysis("1", tag("theme", "csto"), tag("theme", "protest", sentence="He led a protest.")),
            analysis("2", tag("theme", "migration"), tag("theme", "sanctions")),
        ],
    )
    assert [mistake.id for mistake in report.mistakes] == ["2", "1"]
    assert report.mistakes[0].missing == ("energy",)
    assert report.mistakes[1].sentences == ("protest: He led a protest.",)
    text = report.to_text()
    assert "He led a protest." in text
    assert text.index("2: themes") < text.index("1: themes")
    assert json.loads(json.dumps(report.to_jsonable()))["mistakes"][0]["id"] == "2"


def test_what_was_not_analysed_is_named() -> None:
    report = evaluate([gold("1", kind="news"), gold("2", kind="news")], [analysis("1")])
    assert report.absent == ("2",)
    assert "2" in report.to_text()
    assert report.measures[0].texts == 1


def test_an_empty_file_has_no_measures() -> None:
    assert evaluate(["", "  "], []).measures == ()


@pytest.mark.parametrize(
    "lines",
    [
        ["{"],
        ["[]"],
        ['{"id": 3}'],
        ['{"id": "1", "countries": {"about": "KZ"}}'],
        ['{"id": "1", "themes": {"topic": []}}'],
        ['{"id": "1", "kind": []}'],
        ['{"id": "1"}', '{"id": "1"}'],
    ],
)
def test_a_wrong_line_is_named_by_its_number(lines: list[str]) -> None:
    with pytest.raises(GoldError, match=f"line {len(lines)}"):
        read_gold(lines)
