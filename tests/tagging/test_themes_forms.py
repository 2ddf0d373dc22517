"""Theme terms in every inflected form, in every language, and their proofs over real texts."""

import gzip
import json
import time

import pymorphy3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import THEMES
from monitor.tagging.attitudes import attitudes
from monitor.tagging.first_words import FirstWords
from monitor.tagging.joint import joints
from monitor.tagging.patterns import Pattern
from monitor.tagging.target import attitude_of_target
from monitor.tagging.terms import shipped_themes
from monitor.tagging.text import read
from monitor.tagging.themes import ThemeTagger
from tests.corpus import corpus_dir

LEMMAS = {
    "ru": [
        ("sanctions", "санкция"),
        ("mobilization", "мобилизация"),
        ("mobilization", "военкомат"),
        ("migration", "мигрант"),
        ("migration", "беженец"),
        ("energy", "нефтепровод"),
        ("border-conflict", "делимитация"),
        ("military-cooperation", "миротворец"),
        ("protest", "забастовка"),
        ("elections", "референдум"),
        ("diplomacy", "саммит"),
        ("information", "пропаганда"),
        ("information", "цензура"),
    ],
    "uk": [
        ("sanctions", "санкція"),
        ("mobilization", "мобілізація"),
        ("migration", "біженець"),
        ("energy", "газопровід"),
        ("diplomacy", "переговори"),
        ("information", "пропаганда"),
    ],
}
_RARE = {"Abbr", "Infr", "Slng", "Arch", "Erro", "V-oy", "V-be", "voct"}


@pytest.fixture(scope="module")
def tagger() -> ThemeTagger:
    return ThemeTagger()


@pytest.mark.parametrize(
    ("language", "key", "lemma"), [(lang, *row) for lang, rows in LEMMAS.items() for row in rows]
)
def test_every_form_of_a_term_is_found(tagger: ThemeTagger, language: str, key: str, lemma: str) -> None:
    parsed = pymorphy3.MorphAnalyzer(lang=language).parse(lemma)[0]
    forms = {
        form.word for form in parsed.lexeme if not _RARE & set(str(form.tag).replace(" ", ",").split(","))
    }
    missed = []
    for form in sorted(forms):
        scores = tagger.explain(read(f"Слово {form} стоит здесь."), read(""), language)
        if not any(score.key == key and any(not hit.refused for hit in score.hits) for score in scores):
            missed.append(form)
    assert len(forms) >= 5
    assert not missed


CORE_LANGUAGES = {
    "en", "ru", "uk", "kk", "be", "ky", "uz", "tg", "tk", "az", "hy", "ka", "ro", "tr", "zh", "de", "fr",
    "es", "pl",
}  # fmt: skip


def test_every_theme_speaks_every_language() -> None:
    themes, guards = shipped_themes()
    assert {theme.key for theme in themes} == set(THEMES)
    for theme in themes:
        missing = CORE_LANGUAGES - set(theme.terms)
        assert not missing, (theme.key, missing)
        assert set(theme.guards) <= {guard.key for guard in guards}


SAMPLES = [
    ("uk", "sanctions", "Новий пакет санкцій запровадили вчора."),
    ("be", "sanctions", "Еўрапейскія санкцыі падоўжаныя."),
    ("kk", "csto", "ҰҚШҰ-ның отырысы өтті."),
    ("kk", "elections", "Сайлаушылар дауыс берді."),
    ("ky", "elections", "Шайлоодо бир нече талапкер бар, шайлоочулар келди."),
    ("uz", "migration", "Migrantlar uyga qaytmoqda."),
    ("uz", "migration", "Мигрантлар уйга қайтмоқда."),
    ("tg", "migration", "Муҳоҷирон ба хона баргаштанд."),
    ("tk", "elections", "Saýlawlar geçirildi."),
    ("az", "energy", "Qaz kəmərinin tikintisi başa çatdı."),
    ("hy", "border-conflict", "Սահմանազատման գործընթացը շարունակվում է։"),
    ("ka", "sanctions", "სანქციების ახალი პაკეტი ამოქმედდა."),
    ("ro", "elections", "Alegerile parlamentare au loc duminică."),
    ("tr", "energy", "Doğalgaz boru hattı açıldı."),
    ("zh", "sanctions", "美国宣布新的制裁措施。"),
    ("de", "ukraine-war", "Der Angriffskrieg dauert an."),
    ("fr", "protest", "Les manifestants ont bloqué la place."),
    ("es", "energy", "El gasoducto reanudó el suministro."),
    ("pl", "diplomacy", "Dyplomaci rozmawiali z ambasadorem o rozmowach."),
    (None, "sanctions", "Новый пакет санкций затронул банки."),
    ("cs", "csto", "Summit OVKS a ODKB se konal."),
]


@pytest.mark.parametrize(("language", "key", "text"), SAMPLES)
def test_a_theme_is_found_in_each_language(
    tagger: ThemeTagger, language: str | None, key: str, text: str
) -> None:
    assert key in {tag.key for tag in tagger.read(read(text), read(""), language).tags}


def test_one_organisation_has_many_names(tagger: ThemeTagger) -> None:
    for language, name in [("en", "CSTO"), ("ru", "ОДКБ"), ("kk", "ҰҚШҰ"), ("hy", "ՀԱՊԿ"), ("ky", "ЖККУ")]:
        text = f"{name} 2024."
        assert [tag.key for tag in tagger.read(read(text), read(""), language).tags] == ["csto"], name


@given(st.text(max_size=200), st.sampled_from([None, "en", "ru", "kk", "zh"]))
def test_every_proof_is_where_it_says(tagger: ThemeTagger, noise: str, language: str | None) -> None:
    text = f"{noise} Новые санкции и sanctions {noise} 制裁 ОДКБ"
    reading = tagger.read(read(text), read("Sanctions"), language)
    for tag in reading.tags:
        for evidence in tag.evidence:
            source = "Sanctions" if evidence.where == "title" else text
            assert source[evidence.start : evidence.end] == evidence.term
            assert evidence.term in evidence.sentence
    for places in reading.places.values():
        assert all(0 <= first < behind <= len(read(text).words) for first, behind in places)


@pytest.mark.corpus
def test_every_proof_holds_over_real_texts(tagger: ThemeTagger) -> None:
    folder = corpus_dir("tagging")
    checked = 0
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if number % 40:
                    continue
                row = json.loads(line)
                for tag in tagger.read(read(row["text"]), read(row["title"]), row["language"]).tags:
                    for evidence in tag.evidence:
                        source = row["title"] if evidence.where == "title" else row["text"]
                        assert source[evidence.start : evidence.end] == evidence.term
                        assert evidence.sentence in source
                        checked += 1
    assert checked > 200


@pytest.mark.corpus
def test_sport_and_shows_raise_no_alarm(tagger: ThemeTagger) -> None:
    path = corpus_dir("pairs") / "tgcontest_themes.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    alarms: dict[str, list[str]] = {"sports": [], "entertainment": []}
    texts = {"sports": 0, "entertainment": 0}
    for row in rows:
        if row["theme"] in alarms:
            texts[row["theme"]] += 1
            found = tagger.read(read(row["text"]), read(row["title"]), row["language"]).tags
            alarms[row["theme"]] += [tag.key for tag in found if tag.role == "about"]
    assert len(alarms["sports"]) <= 0.02 * texts["sports"], alarms
    assert len(alarms["entertainment"]) <= 0.05 * texts["entertainment"], alarms
    assert "mobilization" not in alarms["sports"]


@pytest.mark.corpus
def test_the_column_has_its_themes(tagger: ThemeTagger) -> None:
    text = (corpus_dir("column") / "column.txt").read_text("utf-8")
    title, body = text[: text.index("More from")].split("\n", 1)
    found = {tag.key: tag for tag in tagger.read(read(body), read(title), "en").tags}
    about = {key for key, tag in found.items() if tag.role == "about"}
    assert {"mobilization", "csto", "diplomacy", "ukraine-war"} <= about
    assert {
        "sanctions", "energy", "migration", "border-conflict", "trade-corridors", "military-cooperation",
        "information",
    } <= set(found)  # fmt: skip
    assert all(tag.evidence[0].sentence for tag in found.values())


# -- the notation ----------------------------------------------------------------------------------

MATCHES = [
    ("en", "embargo", "embargoes ", 1),
    ("en", "=embargo", "embargoes ", 0),
    ("en", "country", "country s ", 2),
    ("en", "impos~ ... sanction", "imposed a few new sanctions ", 5),
    ("en", "impos~ ... sanction", "imposed a few new and harsh sanctions ", 0),
    ("en", "(price|oil) cap", "oil cap ", 2),
    ("en", "(the)? draft", "draft ", 1),
    ("en", "defen(c|s)e", "defense ", 1),
    ("en", "anti-war", "anti war ", 2),
    ("ru", "спис(ок|к~)", "списками ", 1),
    ("ru", "спис(ок|к~)", "спискание ", 0),
    ("kk", "сайлау~", "сайлаушыларымыздан ", 1),
    ("zh", "制裁", "制 裁 ", 2),
]  # fmt: skip


@pytest.mark.parametrize(("language", "source", "window", "words"), MATCHES)
def test_the_notation(language: str, source: str, window: str, words: int) -> None:
    assert Pattern(source, language).count_words(window) == words


@pytest.mark.parametrize(
    "source", ["", "...", "(a", "a)", "a||b", "(a|)", "... a", "a~b", "a(b c)d", "()", "-", "*", "(a ^0.5|b)"]
)
def test_a_wrong_pattern_says_what_is_wrong(source: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        Pattern(source, "en")


@given(st.text(alphabet="ab(|)?~*=. ", max_size=20))
def test_a_pattern_is_read_or_refused(source: str) -> None:
    try:
        pattern = Pattern(source, "en")
    except ValueError:
        return
    assert pattern.count_words("a b ") >= 0
    assert list(pattern.beginnings())


@given(
    st.lists(st.text(alphabet="ab(|)?~*=.", max_size=8), min_size=1, max_size=4),
    st.lists(st.sampled_from(["a", "b", "ab", "s", "as", "abs"]), max_size=8),
)
def test_no_place_is_passed_by_where_a_pattern_begins(sources: list[str], words: list[str]) -> None:
    try:
        pattern = Pattern(" ".join(sources), "en")
    except ValueError:
        return
    starts = FirstWords([(pattern, "owner")])
    begins = {
        number
        for number, word in enumerate(words)
        if starts.owners(word) and pattern.count_words(" ".join(words[number:]) + " ")
    }
    assert begins <= {number for number, _ in starts.candidates(read(" ".join(words)))}


@pytest.mark.parametrize(
    "unit", ["sanction ", "impose new ", "Russia condemned Kazakhstan ", "the ", "(", "制裁"]
)
def test_a_text_without_full_stops_takes_time_in_proportion_to_its_length(
    tagger: ThemeTagger, unit: str
) -> None:
    def seconds(count: int) -> float:
        text = unit * count
        begin = time.process_time()
        body = read(text)
        spoken = {"RU": [(at, at + 1) for at, word in enumerate(body.words) if word == "russia"]}
        found = tagger.read(body, read(""), "en")
        joints(spoken, found.places, body)
        attitudes(body, spoken, "en")
        attitude_of_target(text, 0, 1, "en")
        return time.process_time() - begin

    seconds(100)
    assert seconds(20_000) < 10 * seconds(4_000) + 0.2
