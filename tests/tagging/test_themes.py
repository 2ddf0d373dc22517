"""Themes: terms in the forms they take, the company they keep, scores and proofs."""

from pathlib import Path
from tomllib import loads

import pytest
from pydantic import ValidationError

from monitor.config import TermConfig, ThemeConfig
from monitor.errors import ConfigError
from monitor.model import Tag
from monitor.tagging.tagger import Tagger
from monitor.tagging.text import read
from monitor.tagging.themes import ThemeTagger, shipped_about_weights


@pytest.fixture(scope="module")
def tagger() -> ThemeTagger:
    return ThemeTagger()


def themes(tagger: ThemeTagger, text: str, *, title: str = "", language: str | None = "en") -> dict[str, Tag]:
    return {tag.key: tag for tag in tagger.read(read(text), read(title), language).tags}


FOUND = [
    ("en", "sanctions", "Brussels agreed on a new package of economic sanctions on Thursday."),
    ("en", "sanctions", "The tankers belong to a shadow fleet that dodges the embargo."),
    ("en", "mobilization", "Thousands left to escape conscription after the call-up notices came."),
    ("en", "mobilization", "The decree on partial mobilisation was signed in September."),
    ("en", "csto", "The CSTO did not send troops, its members said."),
    ("en", "eurasian-integration", "The Eurasian Economic Union met in Minsk."),
    ("en", "migration", "Remittances fell as migrant workers went home."),
    ("en", "energy", "The pipeline carries crude oil to the Black Sea."),
    ("en", "trade-corridors", "The Middle Corridor avoids both neighbours."),
    ("en", "border-conflict", "Border clashes left nine guards dead."),
    ("en", "military-cooperation", "The two armies began joint military exercises."),
    ("en", "ukraine-war", "The invasion of Ukraine changed all that."),
    ("en", "protest", "Protesters filled the square for a third night."),
    ("en", "elections", "Turnout in the parliamentary election was low."),
    ("en", "diplomacy", "The foreign ministers held bilateral talks at the summit."),
    ("en", "information", "State media repeated the disinformation."),
    ("ru", "sanctions", "Новый пакет санкций затронул банки."),
    ("ru", "mobilization", "Военкоматы рассылают повестки, говорят призывники."),
    ("ru", "csto", "В ОДКБ заявили, что наблюдают за событиями."),
    ("ru", "csto", "Страны Организации Договора о коллективной безопасности собрались вновь."),
    ("ru", "eurasian-integration", "Члены ЕАЭС договорились о тарифах."),
    ("ru", "migration", "Трудовых мигрантов стало меньше."),
    ("ru", "energy", "Экспорт газа по новому трубопроводу вырос."),
    ("ru", "trade-corridors", "По Срединному коридору пошли контейнерные поезда."),
    ("ru", "border-conflict", "Делимитация границы завершена."),
    ("ru", "military-cooperation", "Начались совместные учения двух армий."),
    ("ru", "ukraine-war", "Вторжение в Украину продолжается."),
    ("ru", "protest", "Протестующие вышли на площадь."),
    ("ru", "elections", "Явка избирателей на выборах была низкой."),
    ("ru", "diplomacy", "Главы МИД провели переговоры на саммите."),
    ("ru", "information", "Пропагандисты повторяют дезинформацию."),
    ("en", "sanctions", "The UN Security Council sanctions were extended for a year."),
    ("en", "sanctions", "Brussels sanctions a shipping company and two banks."),
    ("en", "mobilization", "The Kremlin denied that a full mobilization was planned."),
    ("ru", "sanctions", "Санкции на импорт стали вступили в силу."),
    ("ru", "energy", "Энергетики восстановили подстанцию, свет вернулся."),
]


@pytest.mark.parametrize(
    ("language", "key", "text"), FOUND, ids=[f"{k}-{i}" for i, (_, k, _) in enumerate(FOUND)]
)
def test_a_theme_is_found_by_its_terms(tagger: ThemeTagger, language: str, key: str, text: str) -> None:
    found = themes(tagger, text, language=language)
    assert key in found
    for evidence in found[key].evidence:
        assert text[evidence.start : evidence.end] == evidence.term
        assert evidence.sentence == text
        assert evidence.rule.startswith(f"theme:{key}:")


NOT_FOUND = [
    ("en", "sanctions", "The court gave its sanction to the merger without sanction of the board."),
    ("en", "sanctions", "The race is sanctioned by the cycling federation."),
    ("en", "mobilization", "The charity helps towns mobilize volunteers for the harvest."),
    ("en", "mobilization", "Domestic resource mobilization remains weak, the bank said."),
    ("en", "mobilization", "He was drafted by Denver in the first round of the NBA draft."),
    ("en", "mobilization", "A first draft of the agreement was read in parliament."),
    ("en", "energy", "She drank an energy drink and was full of energy."),
    ("en", "energy", "Add two tablespoons of olive oil to the salad."),
    ("en", "border-conflict", "The two clubs clash in the cup final on Saturday."),
    ("en", "protest", "The missile strike hit a depot, and a drone strike followed."),
    ("en", "elections", "The club president won the election, and the club board resigned."),
    ("en", "migration", "The migration of birds begins in March."),
    ("ru", "sanctions", "Арест произведен с санкции прокурора."),
    ("ru", "energy", "Подростки пьют энергетические напитки в магазине."),
    ("ru", "elections", "В магазине большой выбор товаров."),
    ("ru", "mobilization", "Мобилизация ресурсов на местах идет медленно."),
    ("en", "sanctions", "The parish council sanctioned the sale of the old mill."),
    ("en", "sanctions", "With the sanction of the committee, work on the swimming pool began."),
    ("en", "mobilization", "The manager asked for a full mobilization of the squad on Sunday."),
    ("ru", "sanctions", "Начальник депо дал санкцию на ремонт трамвая."),
    ("ru", "energy", "Продажу энергетиков несовершеннолетним запретят."),
    ("ru", "energy", "Студент выпил два энергетика перед экзаменом."),
    ("ru", "csto", "Он сказал, что одкбшный жаргон ему чужд."),
]


@pytest.mark.parametrize(
    ("language", "key", "text"), NOT_FOUND, ids=[f"{k}-{i}" for i, (_, k, _) in enumerate(NOT_FOUND)]
)
def test_a_word_in_other_company_is_not_the_theme(
    tagger: ThemeTagger, language: str, key: str, text: str
) -> None:
    assert key not in themes(tagger, text, language=language)


def test_a_sports_page_is_about_no_strike_and_no_clash(tagger: ThemeTagger) -> None:
    text = (
        "The midfielder was called up to the squad before the World Cup. The coach said the clash with the "
        "champions would be a war. The striker scored two goals in the second half of the match. "
        "Football fans protested against the referee, and the club accepted the sanction."
    )
    assert set(themes(tagger, text, title="Champions League: a clash of giants")) == set()


def test_the_title_makes_a_text_about_its_theme(tagger: ThemeTagger) -> None:
    text = "The talks went on for hours. " * 3 + "Nobody spoke of sanctions. " + "The evening was long. " * 12
    assert themes(tagger, text)["sanctions"].role == "mentioned"
    told = themes(tagger, text, title="New sanctions loom")["sanctions"]
    assert told.role == "about"
    assert told.evidence[0].where == "title"
    assert told.evidence[0].sentence == "New sanctions loom"


def test_an_acronym_matches_only_capitals(tagger: ThemeTagger) -> None:
    assert "ukraine-war" in themes(tagger, "Участники СВО вернулись домой.", language="ru")
    assert "ukraine-war" not in themes(tagger, "Они взяли сво и ушли.", language="ru")


def test_a_text_without_words_has_no_theme(tagger: ThemeTagger) -> None:
    assert themes(tagger, "") == {}
    assert themes(tagger, "... !!! ---", title="?") == {}


def test_only_the_themes_asked_for_are_found() -> None:
    tagger = ThemeTagger(keys=["energy"])
    assert set(themes(tagger, "Sanctions on the pipeline and its crude oil were discussed.")) == {"energy"}


def test_a_theme_of_ones_own_has_the_power_of_the_shipped_ones() -> None:
    water = ThemeConfig(
        key="water",
        threshold=1.0,
        terms={
            "en": (
                "(dam|reservoir)",
                "water (sharing|dispute) ^0.6",
                TermConfig(term="canal", needs=("irrigation",)),
            ),
            "ru": ("водохранилищ~", "плотин~"),
        },
        negative={"en": ("root canal",)},
        guards=("sport",),
    )
    tagger = ThemeTagger(extra=[water])
    assert "water" in themes(tagger, "The dams upstream are empty.")
    assert "water" in themes(tagger, "Irrigation depends on one canal.")
    assert "water" not in themes(tagger, "The canal in Venice was calm.")
    assert "water" in themes(tagger, "Из водохранилища спустили воду.", language="ru")


def test_a_wrong_pattern_is_named_with_its_place() -> None:
    broken = ThemeConfig(key="water", terms={"en": ("(dam|reservoir", "dam (", "fine")})
    with pytest.raises(ConfigError) as caught:
        ThemeTagger(extra=[broken])
    assert len(caught.value.problems) == 2
    assert "themes.water.terms.en" in str(caught.value)
    assert "parenthesis" in str(caught.value)


def test_explain_tells_what_counted_what_did_not_and_how_far_it_was(tagger: ThemeTagger) -> None:
    text = "He drank an energy drink. The energy of the deal lay elsewhere."
    scores = {score.key: score for score in tagger.explain(read(text), read(""), "en")}
    energy = scores["energy"]
    assert not energy.found
    assert 0 < energy.score < energy.threshold <= energy.about_at
    refused = [hit for hit in energy.hits if hit.refused]
    assert [text[hit.start : hit.end] for hit in refused] == ["energy"]
    assert "energy drink" in refused[0].refused


def test_explain_names_the_guard_that_silenced_a_theme(tagger: ThemeTagger) -> None:
    text = "The striker and the goalkeeper of the football team began a strike of unpaid workers."
    scores = tagger.explain(read(text), read("Premier League season"), "en")
    assert [score.silenced_by for score in scores if score.key == "protest"] == ["sport"]
    assert not any(score.found for score in scores)


def test_the_example_in_the_documentation_works() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "themes.md").read_text("utf-8")
    (table,) = loads(page.split("```toml")[1].split("```")[0])["themes"]
    tagger = ThemeTagger(extra=[ThemeConfig.model_validate(table)])
    assert "water" in themes(tagger, "The dams upstream are empty, and irrigation has stopped.")
    assert "water" not in themes(tagger, "A beaver dam was found.")


def test_a_term_can_need_a_country_in_its_sentence_watched_or_not() -> None:
    table = {
        "key": "floods",
        "terms": {"en": [{"term": "flood", "needs": ["@UZ", "@TJ"], "unless": ["@RU"]}]},
    }
    theme = ThemeConfig.model_validate(table)
    tagger = Tagger(extra_themes=[theme], countries=["RU"], themes=["floods"])

    def found(text: str, title: str = "") -> list[str]:
        return [tag.key for tag in tagger.tag(text, title=title, language="en").themes]

    assert found("A flood has hit Tashkent.") == ["floods"]
    assert found("A flood has hit the town. It is far from Tashkent.") == []
    assert found("A flood has hit Tashkent and Moscow.") == []
    assert found("Tashkent is under water.", title="The flood") == ["floods"]
    refused = [
        hit.refused for score in tagger.explain("Floods in Oslo.", language="en").themes for hit in score.hits
    ]
    assert refused == ["without the company it needs"]
    with pytest.raises(ValidationError, match="country code"):
        TermConfig(term="flood", needs=("@XX",))


def test_salience_is_a_chance_that_grows_with_the_score_and_shrinks_with_length() -> None:
    weights = shipped_about_weights()
    chances = [weights.salience(ratio, 10, opens=False) for ratio in (1, 2, 4, 8)]
    assert chances == sorted(chances)
    assert all(0 < chance < 1 for chance in chances)
    assert weights.salience(2, 20, opens=True) < weights.salience(2, 5, opens=True)
    assert weights.salience(2, 500, opens=True) == weights.salience(2, 20, opens=True)
    assert weights.salience(2, 10, opens=True) > weights.salience(2, 10, opens=False)
    for opens in (True, False):
        needed = weights.ratio(20, opens)
        assert abs(weights.salience(needed, 20, opens) - weights.about_at) < 1e-9
    assert weights.salience(0, 1, opens=True) == 0
