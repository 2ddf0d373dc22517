"""`monitor eval`: labels in, counts and the worst errors out."""

import json

import pytest

from monitor.evaluate import GoldError, Labels, Report, evaluate, read_gold
from monitor.model import Analysis, Attitude, Evidence, Extracted, Kind, KindLabel, Tag, Tagging


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
    return json.dumps({"id": text_id, "text": "Nothing happened. Really.", **labels})


def scored(lines: list[str], analyses: list[Analysis]) -> Report:
    return evaluate(read_gold(lines), analyses)


def test_counts_of_about_and_of_all() -> None:
    lines = [
        gold("1", countries={"about": ["KZ"], "mentioned": ["RU"]}),
        gold("2", countries={"about": ["RU"], "mentioned": []}),
    ]
    report = scored(
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
    (measure,) = scored(
        [gold("1", themes=["csto"])], [analysis("1", tag("theme", "csto", "mentioned"))]
    ).measures
    assert measure.name == "themes"
    assert measure.micro.f1 == 1.0


def test_kind_is_scored_as_a_label() -> None:
    report = scored(
        [gold("1", kind="opinion"), gold("2", kind="news")], [analysis("1", kind="news"), analysis("2")]
    )
    (measure,) = report.measures
    assert measure.exact == 0.5
    assert measure.labels["news"].precision == 0.5


def test_the_worst_error_comes_first_with_the_sentence_that_misled() -> None:
    lines = [gold("1", themes=["csto"]), gold("2", themes=["energy"])]
    report = scored(
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
    report = scored([gold("1", kind="news"), gold("2", kind="news")], [analysis("1")])
    assert report.absent == {"2": "no analysis has this id"}
    assert "2: no analysis" in report.to_text()
    assert report.measures[0].texts == 1


def test_an_empty_file_has_no_measures() -> None:
    assert scored(["", "  "], []).measures == ()


def test_what_is_missing_is_shown_where_it_was_underrated_or_by_the_texts_beginning() -> None:
    found = analysis("1", tag("theme", "csto", "mentioned", sentence="The CSTO met."))
    report = scored([gold("1", themes={"about": ["csto", "energy"], "mentioned": []})], [found])
    assert report.mistakes[0].question == "themes about"
    assert report.mistakes[0].sentences == ("csto: The CSTO met.", "energy: text")


def test_attitudes_are_scored_where_they_are_for_or_against() -> None:
    said = (
        Attitude("KZ", "RU", -1, "Refused."),
        Attitude("KZ", "CN", 1, "Praised."),
        Attitude("UZ", "RU", 0, ""),
    )
    found = Analysis("1", analysis("1").article, Tagging(attitudes=said), "")
    wanted = [{"from": "KZ", "to": "RU", "stance": -1}, {"from": "UZ", "to": "RU", "stance": 0}]
    (measure,) = (report := scored([gold("1", attitudes=wanted)], [found])).measures
    assert (measure.name, measure.micro.right, measure.micro.found, measure.micro.wanted) == (
        "attitudes",
        1,
        2,
        1,
    )
    assert report.mistakes[0].sentences == ("KZ -> CN +: Praised.",)


def test_only_what_is_watched_is_scored() -> None:
    line = gold("1", countries={"about": ["KZ"], "mentioned": ["RU"]}, themes=["csto", "water"])
    labels = Labels(("csto", "water"), watched_countries=("RU", "BY"), watched_themes=("water",))
    (read,) = read_gold([line], labels)
    assert (read.countries_about, read.countries, read.themes) == (frozenset(), {"RU"}, {"water"})


def test_every_wrong_line_is_told() -> None:
    with pytest.raises(GoldError) as told:
        read_gold(
            [gold("1"), "{", "", gold("2", themes=["sanction"]), b"\xff", gold("1"), gold("3", kind="blog")]
        )
    lines = str(told.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["line 2", "line 4", "line 5", "line 6", "line 7"]
    assert "did you mean 'sanctions'" in lines[1]
    assert "stands twice" in lines[3]


@pytest.mark.parametrize(
    "lines",
    [
        ["{"],
        ["[]"],
        ['{"id": "3"}'],
        ['{"text": "x"}'],
        [gold("1", countries={"about": "KZ"})],
        [gold("1", countries=["KAZ"])],
        [gold("1", themes={"topic": []})],
        [gold("1", kind=[])],
        [gold("1", attitudes=[{"from": "KZ", "to": ["RU"], "stance": -1}])],
        [gold("1", attitudes=[{"from": "KZ", "stance": -1}])],
        [gold("1"), gold("1")],
    ],
)
def test_a_wrong_line_is_named_by_its_number(lines: list[str]) -> None:
    with pytest.raises(GoldError, match=f"line {len(lines)}"):
        read_gold(lines)
