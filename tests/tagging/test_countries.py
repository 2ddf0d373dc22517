"""Which countries a text speaks of, how central each is, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import LexiconConfig
from monitor.model import Tag
from monitor.tagging import Tagger
from monitor.tagging.tagger import MAX_EVIDENCE
from tests.corpus import corpus_dir


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


def codes(tags: tuple[Tag, ...]) -> set[str]:
    return {tag.key for tag in tags}


def about(tags: tuple[Tag, ...]) -> set[str]:
    return {tag.key for tag in tags if tag.role == "about"}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The Moscow-based firm left.", {"RU"}),
        ("en", "Sino-Russian drills and Franco-German talks.", {"CN", "RU", "FR", "DE"}),
        ("en", "Troops left El Fasher for Nampula; envoys met in Valletta.", {"SD", "MZ", "MT"}),
        ("ru", "В Марракеше, Свиноуйсце и Лапландии прошли встречи.", {"MA", "PL", "FI"}),
        ("en", "The University of Georgia and Turkey Point, Florida.", {"US"}),
        ("de", "Die Berliner Regierung und das Minsker Abkommen.", {"DE"}),
        ("en", "Franco died, and Greco-Roman wrestling went on.", set()),
        ("en", "The Moscow Times wrote of Torpedo Moscow.", set()),
        ("ru", "Армяно-азербайджанская граница, грузино-российские переговоры.", {"AM", "AZ", "GE", "RU"}),
        ("ru", "КРОМЕ ТОГО, ПРОШЁЛ ДОЖДЬ. Того требует закон.", set()),
        ("ru", "В Ломе, столице Того, прошли выборы.", {"TG"}),
        ("be", "На польска-ўкраінскай мяжы ціха.", {"PL", "UA"}),
        ("kk", "қазақ-ресей шекарасы", {"KZ", "RU"}),
        ("zh", "中俄两国元首会谈，其中韩国代表缺席。", {"CN", "RU", "KR"}),
        ("zh", "中吉乌铁路开工，美中不足的是价格。", {"CN", "KG", "UZ"}),
        ("en", "Members of the Warsaw Pact met in Prague.", {"CZ"}),
        ("en", "He ordered a salad with Russian dressing.", set()),
        ("en", "Troops left South Ossetia.", {"GE-SO"}),
        ("en", "Belfast is in Northern Ireland.", {"GB"}),
        ("en", "A fire burned in New Mexico.", {"US"}),
        ("en", "A coup in Guinea-Bissau failed.", {"GW"}),
        ("en", "Georgia Tech won.", set()),
        ("en", "The Republic of the Congo borders Gabon.", {"CG", "GA"}),
        ("en", "Congo said so.", {"CD"}),
        ("en", "Michael Jordan retired.", set()),
        ("en", "Jordan reopened its border.", {"JO"}),
        ("en", "Ask Chad, a barber, or Jack London.", {"TD"}),
        ("en", "Roast turkey and fine china.", set()),
        ("en", "Turkey Talks Resume in Geneva", {"TR", "CH"}),
        ("en", "The U.S. and the UK agreed.", {"US", "GB"}),
        ("en", "US and EU agree on sanctions.", {"US", "EU"}),
        ("en", "HELP US NOW", set()),
        ("en", "Tell us more.", set()),
        ("en", "MOSCOW, Feb 3 - Talks ended.", {"RU"}),
        ("en", "Georgia voted; Kemp won in Atlanta.", {"US"}),
        ("en", "Georgia voted; Saakashvili won in Tbilisi.", {"GE"}),
        ("en", "Brussels wants more. The EU said no.", {"EU"}),
        ("en", "BRUSSELS, March 3 - The EU said no.", {"EU", "BE"}),
        ("en", "A fair in Brussels opened.", {"BE"}),
        ("en", "Jersey cows graze.", set()),
        ("en", "They polish brass.", set()),
        ("en", "Chad Smith met Paris Hilton in Chad.", {"TD"}),
        ("en", "Car bombs in the CAR, and in Peoria, Ill.", {"CF", "US"}),
        ("en", "The senate of the Philippines met; Congress did not.", {"PH"}),
        ("fr", "Ici, ils ont parlé.", set()),
        ("uk", "Досі тихо. Сум на обличчях.", set()),
        ("fr", "Maurice a parlé.", set()),
        ("fr", "L'île Maurice a voté.", {"MU"}),
        ("tr", "Mali kriz sürüyor.", set()),
        ("en", "A plant in London, Ontario, closed.", {"CA"}),
        ("ru", "Антироссийские санкции.", {"RU"}),
        ("kk", "Мәскеуде өтті.", {"RU"}),
        ("en", "the russian army left", {"RU"}),
        ("tr", "Bankadan para çek.", set()),
        ("tr", "Çek lider geldi.", {"CZ"}),
        ("en", "Voters in Moscow, Idaho, and Dublin, Calif., went home.", {"US"}),
        ("en", "Delegates left Moscow, Minsk and Toronto, Ontario.", {"RU", "BY", "CA"}),
        ("ru", "Кроме того, переговоры прошли.", set()),
        ("ru", "Делегация Того прибыла.", {"TG"}),
        ("ru", "В Казахстане и Киргизии прошли казахстанско-российские учения.", {"KZ", "KG", "RU"}),
        ("ru", "Президент Республики Корея прибыл в Южную Осетию.", {"KR", "GE-SO"}),
        ("ru", "Страны Варшавского договора.", set()),
        ("ru", "Он говорит на английском языке.", set()),
        ("ru", "Дензел Вашингтон получил приз.", set()),
        ("ru", "Дом на улице Казахстанской.", set()),
        ("en", "Listed on the Luxembourg Stock Exchange.", set()),
        ("uk", "Президент України зустрівся з польськими послами у В'єтнамі.", {"UA", "PL", "VN"}),
        ("kk", "Қазақстанның Ресейге экспорты өсті.", {"KZ", "RU"}),
        ("uz", "O‘zbekistonning Rossiyaga eksporti.", {"UZ", "RU"}),
        ("uz", "Ўзбекистоннинг Россияга экспорти.", {"UZ", "RU"}),
        ("tr", "Türkiye’nin Rusya'ya ihracatı arttı.", {"TR", "RU"}),
        ("zh", "中国和哈萨克斯坦签署协议。", {"CN", "KZ"}),
        ("pl", "Prezydent Polski odwiedził Niemcy i Czechy.", {"PL", "DE", "CZ"}),
    ],
)
def test_countries_of_a_sentence(tagger: Tagger, language: str, text: str, expected: set[str]) -> None:
    assert codes(tagger.tag(text, language=language).countries) == expected


@pytest.mark.parametrize(
    ("year", "name", "expected"),
    [
        (2015, "Tusk", {"EU"}),
        (2010, "Tusk", {"PL"}),
        (2024, "Tusk", {"PL"}),
        (2012, "Zelensky", set()),
        (2022, "Zelensky", {"UA"}),
    ],
)
def test_a_leader_counts_for_the_country_led_on_the_day(
    tagger: Tagger, year: int, name: str, expected: set[str]
) -> None:
    published = datetime(year, 3, 1, tzinfo=UTC)
    assert codes(tagger.tag(f"{name} spoke.", language="en", published=published).countries) == expected


def test_evidence_says_where_and_why(tagger: Tagger) -> None:
    text = "Nobody came. Kazakh officials spoke to Tokayev in Almaty."
    (tag,) = tagger.tag(text, title="Kazakhstan speaks", language="en").countries
    assert (tag.key, tag.role, tag.mentions) == ("KZ", "about", 4)
    best = tag.evidence[0]
    assert (best.where, best.term, best.sentence, best.rule) == (
        "title",
        "Kazakhstan",
        "Kazakhstan speaks",
        "name:KZ",
    )
    assert {one.rule for one in tag.evidence[1:]} == {"adjective:KZ", "leader:KZ", "city:KZ"}
    assert all(text[one.start : one.end] == one.term for one in tag.evidence[1:])


def test_nothing_behind_the_end_of_the_body_is_evidence(tagger: Tagger) -> None:
    text = "Armenia voted. More: China grows."
    assert codes(tagger.tag(text, language="en", body_end=14).countries) == {"AM"}


def test_evidence_is_capped_and_mentions_are_counted(tagger: Tagger) -> None:
    (tag,) = tagger.tag("Armenia voted. " * 50, language="en").countries
    assert (tag.mentions, len(tag.evidence)) == (50, MAX_EVIDENCE)


def test_money_and_firms_alone_make_no_country_mentioned(tagger: Tagger) -> None:
    tags = tagger.tag(
        "The bakery pays in roubles. " + "Bread is baked every day. " * 20, language="en"
    ).countries
    assert not [tag for tag in tags if tag.role == "mentioned"]


def test_countries_that_were_asked_for() -> None:
    tagger = Tagger(countries=("KZ",))
    assert codes(tagger.tag("Kazakhstan and Russia spoke.", language="en").countries) == {"KZ"}


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (
            "Chad opens a bakery",
            "The baker Chad Winterbottom opened it on Monday. Chad sells rye bread.",
            set(),
        ),
        ("", "Her cousin, Jordan Applethwaite, sang. The judges liked Jordan best.", set()),
        ("", "Chad Winterbottom flew from Chad to Niger.", {"TD", "NE"}),
        ("", "Jordan Applethwaite lives in Amman and likes Jordan.", {"JO"}),
        ("", "Michael Jordan visited. The king of Jordan met him.", {"JO"}),
        ("Jordan closes the border", "Jordan closed its border on Friday.", {"JO"}),
        ("", "Jordan Valley farmers need water; Jordan has little.", {"JO"}),
        ("", "The Kenya Wildlife-Service counted lions, and Kenya paid.", {"KE"}),
    ],
)
def test_somebody_named_like_a_country(tagger: Tagger, title: str, text: str, expected: set[str]) -> None:
    assert codes(tagger.tag(text, title=title, language="en").countries) == expected


def test_rows_of_the_users_own() -> None:
    tagger = Tagger(
        extra_lexicon=(
            LexiconConfig(form="Tengizchevroil", language="en", country="KZ", type="institution"),
            LexiconConfig(form="White Mountain", language="all", country="AM", needs=("@AZ", "summit")),
            LexiconConfig(form="Polish Hotel", language="en", country=""),
        )
    )
    found = {
        text: codes(tagger.tag(text, language="en").countries)
        for text in (
            "Tengizchevroil cut output.",
            "The tengizchevroil cut output.",
            "Azerbaijan and the White Mountain agreed at the summit.",
            "The White Mountain is high.",
            "Delegates stayed at the Polish Hotel.",
        )
    }
    assert list(found.values()) == [{"KZ"}, set(), {"AZ", "AM"}, set(), set()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Президент Казахстана заявил, что это было не в России.", {"KZ", "RU"}),
        ("Президент України заявив, що це було не в Росії.", {"UA", "RU"}),
        ("Президент Республики и Қазақстанның жаңа заңы туралы және бойынша", {"KZ"}),
        ("Le président de la Russie est dans une réunion avec les ministres pour l'Ukraine.", {"RU", "UA"}),
        ("Der Präsident von Russland ist nicht in der Ukraine.", {"RU", "UA"}),
        ("საქართველოს პრეზიდენტი რუსეთში", {"GE", "RU"}),
    ],
)
def test_the_language_is_guessed_where_nobody_said_it(tagger: Tagger, text: str, expected: set[str]) -> None:
    assert codes(tagger.tag(text).countries) == expected


def test_a_country_in_passing_is_mentioned_not_what_the_text_is_about(tagger: Tagger) -> None:
    text = "Armenia voted on Sunday. Armenian observers praised the vote. Yerevan celebrated. " * 3
    text += "A similar vote was held in Portugal years ago."
    tags = tagger.tag(text, title="Armenia votes", language="en").countries
    assert about(tags) == {"AM"}
    assert codes(tags) == {"AM", "PT"}
    assert [tag.salience for tag in tags] == sorted((tag.salience for tag in tags), reverse=True)


_PIECES = st.sampled_from(
    ["Russia", "U.S.", "Росси\u00adи", "the EU", "Kyrgyz", "\n", "\u2028", ". ", ", ", " ", "«", "»", "中国",
     "Georgia", "Brussels", "Mr.", "О‘zbekiston", "İran", "é", "\ud800"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(_PIECES, max_size=40).map("".join) | st.text(),
    st.lists(_PIECES, max_size=8).map("".join),
    st.sampled_from(["en", "ru", "uz", "zh", None, "xx"]),
    st.integers(0, 60),
)
def test_evidence_is_what_the_text_says(
    tagger: Tagger, text: str, title: str, language: str | None, end: int
) -> None:
    for tag in tagger.tag(text, title=title, language=language, body_end=end).countries:
        assert 0 <= tag.salience <= 1
        assert tag.mentions >= len(tag.evidence) > 0
        for one in tag.evidence:
            source = title if one.where == "title" else text
            assert source[one.start : one.end] == one.term
            assert one.term in one.sentence
            assert one.where == "title" or one.end <= end + 1


def corpus_texts() -> Iterator[tuple[str, str, str | None]]:
    """Titles, texts and languages of every corpus at hand: some hundred of each set."""
    import gzip
    import json

    for path in sorted(corpus_dir("tagging").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in islice(lines, 0, 6000, 40):
                row = json.loads(line)
                yield row["title"] or "", row["text"], row["language"]
    for path in sorted(corpus_dir("pages").glob("*/gold.jsonl")):
        for line in path.read_text("utf-8").split("\n")[:-1:3]:
            row = json.loads(line)
            yield row["title"] or "", row["text"] or "", row["language"]
    with (corpus_dir("pairs") / "tgcontest_themes.jsonl").open(encoding="utf-8") as lines:
        for line in islice(lines, 0, None, 3):
            row = json.loads(line)
            yield row["title"], row["text"], row["language"]
    yield "", (corpus_dir("column") / "column.txt").read_text("utf-8"), "en"


@pytest.mark.corpus
def test_evidence_is_what_the_texts_of_the_corpora_say(tagger: Tagger) -> None:
    texts = 0
    for title, text, language in corpus_texts():
        texts += 1
        tagging = tagger.tag(text, title=title, language=language)
        for tag in (*tagging.countries, *tagging.themes):
            for one in tag.evidence:
                source = title if one.where == "title" else text
                assert 0 <= one.start < one.end <= len(source)
                assert source[one.start : one.end] == one.term
                assert one.term in one.sentence
                assert one.sentence in source
                assert one.rule.split(":")[1] == tag.key
    assert texts > 900


@pytest.mark.corpus
def test_the_column(tagger: Tagger) -> None:
    title, _, text = (corpus_dir("column") / "column.txt").read_text("utf-8").partition("\n")
    end = text.index("grows longer.") + len("grows longer.")
    tags = tagger.tag(text, title=title, language="en", body_end=end).countries
    assert about(tags) == {"RU", "TJ", "KZ"}
    assert codes(tags) >= {"UA", "KG", "UZ", "TM", "AM", "AZ", "BY", "CN"}
    assert "PL" not in codes(tags)
    terms = {one.term for tag in tags for one in tag.evidence}
    assert {"Bishkek", "Almaty", "Rahmon", "Putin", "Xi Jinping"} <= terms


@given(
    st.lists(st.sampled_from(["Berlin", "met", "Almaty", "grain", "Poland", "rose", "Kazakh", "the"])).map(
        " ".join
    ),
    st.sampled_from(["KZ", "FR"]),
)
def test_the_outlets_country_weighs_a_little_and_makes_no_mention(
    tagger: Tagger, text: str, country: str
) -> None:
    plain = tagger.tag(text, language="en")
    at_home = tagger.tag(text, language="en", outlet_country=country)
    assert codes(plain.countries) == codes(at_home.countries)
    without = {one.key: one for one in plain.countries}
    for one in at_home.countries:
        assert one.evidence == without[one.key].evidence
        assert 0 <= one.salience - without[one.key].salience <= (0.08 if one.key == country else 0)


@pytest.mark.corpus
def test_floors_on_labelled_texts(tagger: Tagger) -> None:
    from bench.tagging import NAMES, PEOPLE, Scores, half, load, of_types, tag

    people = NAMES | {"demonym"}
    root = corpus_dir("tagging").parent
    floors = {
        "nerel-train-ru": (PEOPLE, 0.95),
        "bsnlp-train-ru": (people, 0.95),
        "bsnlp-train-uk": (people, 0.95),
        "bsnlp-train-pl": (people, 0.95),
    }
    for name, (types, floor) in floors.items():
        scores = Scores()
        for row in [row for row in load(root, name) if half(row) == "test"][:120]:
            scores.add(of_types(tag(tagger, row), types), set(row["countries"]))
        assert scores.micro()[2] >= floor, scores.line(name)
    scores = Scores()
    rows = [row for row in load(root, "reuters-train") if row["countries"] and half(row) == "test"]
    for row in rows[::12]:
        found = {one.key for one in tag(tagger, row) if one.role == "about" and len(one.key) == 2}
        scores.add(found - {"EU"}, set(row["countries"]))
    assert scores.micro()[2] >= 0.9, scores.line("reuters")
