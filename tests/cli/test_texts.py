"""analyze, attitude, parse-feed, eval, explain: one line for each input, everything found with its reason."""

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ARTICLE = (
    "Kazakhstan will not take part in the CSTO exercise this autumn, President Tokayev said on Monday. "
    "Astana also refused to help Moscow to evade the sanctions.\n"
    "The Kazakh government has kept its distance from the Kremlin since the invasion of Ukraine."
)


def write_lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_analyze_answers_each_line_in_order(cli: Cli, tmp_path: Path) -> None:
    one = write_lines(tmp_path / "a.jsonl", {"id": "a", "text": ARTICLE, "title": "Away"}, {"id": "b"})
    two = write_lines(tmp_path / "b.jsonl", {"id": "c", "text": f"{ARTICLE}\u2028"}, "no object")
    result = cli("analyze", one, two)
    assert result.code == 0, result.err
    first, wrong, copy, broken = result.lines
    assert [row["id"] for row in result.lines] == ["a", "b", "c", "4"]
    assert first["text"] == ARTICLE
    assert first["error"] is None
    kazakhstan = next(country for country in first["countries"] if country["code"] == "KZ")
    evidence = kazakhstan["evidence"][0]
    assert first["text"][evidence["start"] : evidence["end"]] == evidence["term"]
    assert "csto" in [theme["key"] for theme in first["themes"]]
    assert wrong["error"] and broken["error"]
    assert copy["story"] == "a"


def test_analyze_with_more_processes_says_the_same(cli: Cli, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.jsonl", *({"id": str(n), "text": ARTICLE * n} for n in range(1, 6)))
    assert cli("analyze", file, "--jobs", 2).out == cli("analyze", file).out


def test_analyze_takes_sites_and_words_from_a_configuration(cli: Cli, tmp_path: Path) -> None:
    page = f"<h1>Away</h1><div>{ARTICLE}</div><div class=x>Tengizchevroil cut its output again.</div>"
    file = write_lines(
        tmp_path / "a.jsonl", {"id": "a", "url": "https://news.steppe.example/a", "html": page}
    )
    config = tmp_path / "own.toml"
    config.write_text(
        '[sites."steppe.example"]\ncontent = "div.x"\n'
        '[[lexicon]]\nform = "Tengizchevroil"\nlanguage = "en"\ncountry = "KZ"\ntype = "institution"\n',
        "utf-8",
    )
    (row,) = cli("analyze", file, "--config", config).lines
    assert row["text"] == "Tengizchevroil cut its output again."
    assert [country["code"] for country in row["countries"]] == ["KZ"]
    (row,) = cli("analyze", file).lines
    assert "Astana also refused" in row["text"]
    wrong = cli("analyze", file, "--config", write_lines(tmp_path / "wrong.toml", "no toml"))
    assert wrong.code == 2 and "wrong.toml:1" in wrong.err


def test_parse_feed(cli: Cli, tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(
        '<rss version="2.0"><channel><title>News</title><link>https://example.org/</link><language>en</language>'
        "<ttl>30</ttl><item><guid>1</guid><title>A &amp; B</title><link>/a</link>"
        "<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item></channel></rss>",
        "utf-8",
    )
    result = cli("parse-feed", feed, "--url", "https://example.org/feed")
    head, entry = result.lines
    assert head["feed"] == {"title": "News", "link": "https://example.org/", "language": "en", "ttl": 30}
    assert (entry["guid"], entry["title"], entry["link"]) == ("1", "A & B", "https://example.org/a")
    assert entry["published"].startswith("2026-03-02T10:00:00")


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    text = json.dumps({"id": "a", "text": ARTICLE})
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert [row["id"] for row in cli("analyze", "-").lines] == ["a"]


@pytest.mark.parametrize("command", ["analyze", "attitude", "parse-feed", "eval"])
def test_a_file_that_is_not_there_is_wrong_usage(cli: Cli, command: str) -> None:
    result = cli(command, "absent")
    assert (result.code, "no file absent" in result.err) == (2, True)


def test_parse_feed_of_what_is_no_feed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("<html><body>No feed</body></html>")
    result = cli("parse-feed", tmp_path / "x")
    assert (result.code, result.out) == (1, "")
    assert "Traceback" not in result.err


@pytest.mark.parametrize("form", ["html", "txt"])
def test_explain_a_file(cli: Cli, configured: Path, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"article.{form}"
    page = (
        f"<html><head><title>Away</title></head><body><article><h1>Away</h1><p>{ARTICLE}</p></article></body>"
    )
    file.write_text(page if form == "html" else ARTICLE, "utf-8")
    result = cli("explain", file)
    assert result.code == 0, result.err
    assert "KZ Kazakhstan: about" in result.out
    assert "csto: " in result.out
    assert "Drift: yes: " in result.out
    found = cli("explain", file, "--json").json
    assert [(rule["name"], rule["matches"], rule["told"]) for rule in found["rules"]] == [
        ("Drift", True, None)
    ]
    assert "KZ" in [country["code"] for country in found["countries"]]


def test_explain_tells_how_far_each_theme_came(cli: Cli, configured: Path, tmp_path: Path) -> None:
    configured.write_text(
        configured.read_text("utf-8")
        + '[[themes]]\nkey = "distance"\nthreshold = 5.0\n[themes.terms]\nen = ["(distance|distances) ^2"]\n',
        "utf-8",
    )
    file = tmp_path / "article.txt"
    file.write_text(ARTICLE, "utf-8")
    result = cli("explain", file)
    assert result.code == 0, result.err
    told = result.out.partition("Themes: how far each came")[2]
    assert "distance: 3.00 of 5.00: 2.00 short" in told
    assert "does not count: without the company it needs" in told, "refused terms are told, too"
    scores = {score["key"]: score for score in cli("explain", file, "--json").json["theme_scores"]}
    assert (scores["csto"]["found"], scores["distance"]["found"]) == (True, False)
    [hit] = scores["distance"]["hits"]
    assert (hit["term"], hit["weight"], "kept its distance" in hit["sentence"]) == ("distance", 2.0, True)


def test_explain_tells_which_countries_are_not_on_the_watchlist(
    cli: Cli, configured: Path, tmp_path: Path
) -> None:
    configured.write_text(configured.read_text("utf-8") + '[watchlist]\ncountries = ["UA"]\n', "utf-8")
    file = tmp_path / "article.txt"
    file.write_text("Paris and Berlin agreed. France and Germany said so.", "utf-8")
    result = cli("explain", file)
    assert "Countries: none" in result.out
    assert "named, but not on the watchlist: DE Germany, FR France" in result.out
    assert cli("explain", file, "--json").json["unwatched_countries"] == ["DE", "FR"]


def test_explain_tells_what_each_rule_would_do(cli: Cli, configured: Path, tmp_path: Path) -> None:
    rules = (
        'name = "First"\nquery = "theme:csto"\nseverity = "high"\ninhibits = ["Second"]',
        'name = "Second"\nquery = "country:KZ"',
        'name = "Muted"\nquery = "country:KZ"\nmute_until = 2100-01-01',
        'name = "Weekly"\nquery = "country:KZ"\nnotify = "digest:week"',
        'name = "Elsewhere"\nquery = "country:GE"',
    )
    configured.write_text(
        '[channels.screen]\ntype = "console"\n[[digests]]\nname = "week"\ncron = "0 7 * * mon"\n'
        'channels = ["screen"]\n' + "".join(f'[[rules]]\n{rule}\nchannels = ["screen"]\n' for rule in rules),
        "utf-8",
    )
    file = tmp_path / "article.txt"
    file.write_text(ARTICLE, "utf-8")
    found = {rule["name"]: rule for rule in cli("explain", file, "--json").json["rules"]}
    assert {name: (rule["matches"], rule["decision"]) for name, rule in found.items()} == {
        "First": (True, "alert"),
        "Second": (True, "silent"),
        "Muted": (True, "silent"),
        "Weekly": (True, "digest"),
        "Elsewhere": (False, "silent"),
    }
    assert 'the rule "First" alerted' in found["Second"]["reason"]
    assert "muted until 2100-01-01" in found["Muted"]["reason"]
    assert "silent: the rule is muted until 2100-01-01" in cli("explain", file).out


def test_explain_what_is_not_there(cli: Cli, configured: Path) -> None:
    assert cli("explain", "absent.html").code == 1
    assert "no article 7" in cli("explain", "7").err
    result = cli("explain", "https://127.0.0.1/")
    assert result.code == 1
    assert "not allowed: loopback" in result.err


def test_attitude_answers_each_line(cli: Cli, tmp_path: Path) -> None:
    text = "The president praised Smith and thanked him for his courage."
    start = text.index("Smith")
    file = write_lines(
        tmp_path / "a.jsonl",
        {"id": "a", "text": text, "start": start, "end": start + 5},
        {"id": "b", "text": text, "start": "0", "end": 3},
        [1],
        {"id": "d", "text": text, "start": 500, "end": 501},
    )
    first, wrong, broken, outside = cli("attitude", file).lines
    assert first.keys() == {"id", "label", "score", "why"}
    assert first["label"] in (-1, 0, 1, None)
    assert (wrong["id"], wrong["label"], "error" in wrong) == ("b", None, True)
    assert (broken["id"], "error" in broken) == ("3", True)
    assert (outside["id"], outside["label"]) == ("d", None)


def test_eval_scores_labelled_texts(cli: Cli, tmp_path: Path) -> None:
    row = {"id": "1", "text": ARTICLE, "title": "Away", "countries": {"about": ["KZ"], "mentioned": []}}
    file = write_lines(tmp_path / "gold.jsonl", row)
    measures = {measure["name"]: measure for measure in cli("eval", file, "--json").json["measures"]}
    assert measures["countries"]["recall"] == 1
    assert "precision" in cli("eval", file).out
    result = cli("eval", write_lines(tmp_path / "bad.jsonl", {"id": "1", "text": "x", "countries": 5}))
    assert (result.code, "line 1" in result.err) == (1, True)


def test_eval_honours_the_users_themes_words_and_watchlist(cli: Cli, tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text(
        '[watchlist]\ncountries = ["AM"]\nthemes = ["water"]\n'
        '[[themes]]\nkey = "water"\nterms = { en = ["reservoir"] }\n'
        '[[lexicon]]\nform = "White Mountain"\nlanguage = "en"\ncountry = "AM"\n',
        "utf-8",
    )
    row = {
        "id": "1",
        "text": "White Mountain has built a reservoir, and Kazakhstan the sanctions.",
        "language": "en",
        "countries": ["AM", "KZ"],
        "themes": ["water", "sanctions"],
    }
    file = write_lines(tmp_path / "gold.jsonl", row)
    report = cli("eval", file, "--config", config, "--json").json
    assert {measure["name"]: measure["labels"].keys() for measure in report["measures"]} == {
        "countries": {"AM"},
        "themes": {"water"},
    }
    assert report["mistakes"] == []
    wrong = cli("eval", file, "--json")
    assert (wrong.code, "'water' is not known" in wrong.err) == (1, True)


def test_explain_knows_the_watchlist(cli: Cli, tmp_path: Path) -> None:
    config, text = tmp_path / "own.toml", tmp_path / "a.txt"
    config.write_text('[watchlist]\ncountries = ["KZ"]\nthemes = ["sanctions"]\n', "utf-8")
    text.write_text(ARTICLE, "utf-8")
    found = cli("explain", text, "--config", config, "--json").json
    assert [tag["code"] for tag in found["countries"]] == ["KZ"]
    assert [score["key"] for score in found["theme_scores"]] == ["sanctions"]
