"""Attitudes between countries: who acts, on whom, and where nothing must be said."""

import re
from bisect import bisect_left

import pytest

from monitor.tagging.attitudes import attitudes
from monitor.tagging.tagger import Tagger
from monitor.tagging.text import read
from tests.corpus import corpus_dir

NAMES = {
    "AM": "Armenian?|Yerevan|Pashinyan|Армени[яию]|Армении|Еревана?",
    "AZ": "Azerbaijan|Baku|Азербайджана?|Баку",
    "BY": "Belarus|Minsk|Lukashenko|Беларусь|Белоруссия|Минск|Лукашенко",
    "CN": "China|Beijing|Chinese|Кита[йя]|Китаем|Пекин",
    "GE": "Georgian?|Tbilisi|Грузи[яию]|Тбилиси",
    "KG": "Kyrgyzstan|Bishkek|Кыргызстана?|Бишкек",
    "KZ": "Kazakhstan|Kazakh|Tokayev|Astana|Казахстан[ау]?|Токаев|Астана",
    "RU": "Russian?|Moscow|Putin|Росси[яиюей]+|российск\\w+|Москв[ауые]|Путина?",
    "TJ": "Tajikistan|Rahmon|Таджикистана?|Рахмон",
    "UA": "Ukrainian?|Ukraine|Kyiv|Украин[аыуе]|Киева?",
    "UZ": "Uzbekistan|Tashkent|Узбекистана?",
}


def found(text: str, language: str) -> set[tuple[str, str, int]]:
    body = read(text)
    countries = {
        code: [
            (bisect_left(body.starts, match.start()), bisect_left(body.starts, match.end()))
            for match in re.finditer(rf"\b(?:{names})\b", text)
        ]
        for code, names in NAMES.items()
    }
    result = attitudes(body, {code: places for code, places in countries.items() if places}, language)
    for attitude in result:
        assert attitude.quote in text
    return {(attitude.source, attitude.target, attitude.stance) for attitude in result}


SAID = [
    ("ru", "В Москве пригрозили Казахстану перекрыть трубу.", {("RU", "KZ", -1)}),
    ("ru", "В Москве Казахстан поддержал Армению.", {("KZ", "AM", 1)}),
    ("en", "Armenia condemned Azerbaijan on Monday.", {("AM", "AZ", -1)}),
    ("en", "Tokayev, speaking in Almaty, refused to support Russia in the vote.", {("KZ", "RU", -1)}),
    ("en", "Kazakhstan did not condemn Russia.", {("KZ", "RU", 0)}),
    ("en", "Russia was condemned by Georgia and Ukraine.", {("GE", "RU", -1), ("UA", "RU", -1)}),
    ("en", "Belarus backed Moscow once more.", {("BY", "RU", 1)}),
    ("en", "Belarus was the only Russian ally to back Moscow.", {("BY", "RU", 1)}),
    ("en", "Beijing praised Uzbekistan and Kyrgyzstan.", {("CN", "UZ", 1), ("CN", "KG", 1)}),
    ("en", "Kyrgyzstan cancelled joint exercises with Russia.", {("KG", "RU", -1)}),
    ("en", "Kyrgyzstan has called off the CSTO drill.", {("KG", "RU", -1)}),
    ("en", "Astana will not recognise the self-proclaimed republics.", {("KZ", "RU", -1)}),
    ("en", "Kazakhstan and Uzbekistan thanked China.", {("KZ", "CN", 1), ("UZ", "CN", 1)}),
    ("en", "The president of Tajikistan accused Kyrgyzstan of lying.", {("TJ", "KG", -1)}),
    ("en", "Uzbekistan signed a gas agreement with Russia.", {("UZ", "RU", 1)}),
    ("en", "Ukraine imposed sanctions on Belarus.", {("UA", "BY", -1)}),
    ("en", "Pashinyan flew home at once. He criticised Russia in a long speech.", {("AM", "RU", -1)}),
    ("en", "Georgia's support for Ukraine is old.", {("GE", "UA", 1)}),
    ("ru", "Армения осудила Азербайджан.", {("AM", "AZ", -1)}),
    ("ru", "Казахстан не поддержал Россию в этом споре.", {("KZ", "RU", -1)}),
    ("ru", "Лукашенко поддержал Путина.", {("BY", "RU", 1)}),
    ("ru", "Кыргызстан отменил учения ОДКБ на своей земле.", {("KG", "RU", -1)}),
    ("ru", "Президент Таджикистана потребовал уважения от России.", {("TJ", "RU", -1)}),
    ("ru", "Узбекистан подписал соглашение с Китаем.", {("UZ", "CN", 1)}),
    ("ru", "Власти Казахстана отказались признать самопровозглашенные республики.", {("KZ", "RU", -1)}),
    ("ru", "Украина ввела санкции против Беларуси, а Россия их отвергла.", set()),
    ("ru", "Казахстан с победой поздравил президент России.", {("RU", "KZ", 1)}),
    ("ru", "Казахстан не поддержал Россию, президент Токаев заявил об этом.", {("KZ", "RU", -1)}),
    ("ru", "Грузию похвалил российский премьер.", {("RU", "GE", 1)}),
    ("ru", "Казахстан признал выборы на Украине незаконными.", {("KZ", "UA", -1)}),
    ("en", "Ukraine boycotted the Olympics in Moscow because of Russia.", {("UA", "RU", -1)}),
    ("en", "Putin flew to Minsk, met no one, and condemned Ukraine.", {("RU", "UA", -1)}),
    ("en", "Armenia will not accept the outcome of the votes in Donetsk.", {("AM", "RU", -1)}),
    ("en", "Kazakhstan has not, however, condemned Russia.", {("KZ", "RU", 0)}),
    ("en", "The speaker of the Armenian parliament, Simonyan, warned Russia again.", {("AM", "RU", -1)}),
    ("en", "Oil rose after Russia refused to accept guarantees from Belarus.", {("RU", "BY", -1)}),
    ("en", "After talks with Kazakhstan and Uzbekistan, Russia criticised Georgia.", {("RU", "GE", -1)}),
]  # fmt: skip

LEFT_OPEN = [
    ("en", "Will Kazakhstan condemn Russia?"),
    ("en", "Kazakhstan could back Russia one day."),
    ("en", "Ukraine urged China to condemn Russia."),
    ("en", "China condemned the attack on Ukraine."),
    ("en", "In Kazakhstan, officials discussed trade while Russia watched."),
    ("en", "Kazakhstan lies between Russia and China."),
    ("en", "Armenia condemned the ruling, although Azerbaijan did not."),
    ("en", "Russia was condemned at length."),
    ("ru", "Осудит ли Казахстан Россию?"),
    ("ru", "Украина призвала Китай осудить Россию."),
    ("ru", "В Казахстане обсудили торговлю, пока Россия ждала."),
    ("ru", "Китай осудил нападение на Украину."),
    ("en", "Moscow, March 4 — The lenders' club said it would back Ukraine."),
    ("en", "Kazakhstan rolled back duties that Russia resented."),
    ("en", "Belarus will be back in action against Ukraine on Friday."),
    ("en", "Georgia praised the goalkeeper before the match with Ukraine."),
    ("en", "Georgia offered its ports protection against Russian drones."),
    ("en", "The bridge helps protect Ukraine's towns from Russia."),
    ("en", "Putin's embrace is not limited to China."),
    ("en", "Water supplies in northern Kazakhstan reach China."),
    ("en", "If China sanctions Russia, the yuan falls."),
    ("en", "Armenia and Georgia stayed calm, while the league condemned Russia."),
    ("en", "Kazakhstan's court tried to find out whether Belarus withheld aid to Ukraine."),
    ("en", "Georgia helped him enter Ukraine."),
    ("en", "China criticised the handling of the Ukraine crisis."),
    ("en", "Georgia armed the Russian rebels."),
    ("en", "In talks between China and Russia condemned prisoners were named."),
    ("ru", "Сборная Армении в этом матче защищала цвета Грузии."),
    ("ru", "Гражданин России отказался от помощи Украины."),
    ("ru", "Армения помогла отрядам, которых поддерживает Россия."),
    ("ru", "Казахстан поддержал его в споре с Россией."),
    ("ru", "Армения узнала: Путин покинул пост главы совета России и Грузии."),
    ("ru", "Украина осудила запрещенную в России партию."),
    ("ru", "В городе Баку поддержали Россию."),
]


@pytest.mark.parametrize(("language", "text", "expected"), SAID)
def test_who_turns_to_whom(language: str, text: str, expected: set[tuple[str, str, int]]) -> None:
    assert found(text, language) >= expected


@pytest.mark.parametrize(("language", "text"), LEFT_OPEN)
def test_what_is_left_open_is_not_said(language: str, text: str) -> None:
    assert found(text, language) == set()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Армения осудила Азербайджан, президент Грузии промолчал."),
        ("ru", "Армения осудила Азербайджан — премьер Грузии промолчал."),
    ],
)
def test_who_stands_behind_a_comma_does_not_act(language: str, text: str) -> None:
    assert found(text, language) <= {("AM", "AZ", -1)}


def test_a_language_without_frames_says_nothing() -> None:
    assert found("Armenia condemned Azerbaijan.", "de") == set()
    assert attitudes(read(""), {}, "en") == ()


COLUMN = """\
Old friends are hard to keep. At the lake summit last week, Tajikistan's ageing leader Rahmon
lectured the hosts, and Rahmon then criticised Moscow for its silence on water.

Kazakh president Tokayev, sitting beside Putin on the stage in Sochi, said he would never recognise
the breakaway republics. He blocked Russian trucks at the border for a week.

Uzbekistan, which depends on remittances, merely sighed. Of the six, only Belarus stood by Moscow
when the votes were counted, though Kyrgyzstan, after a long silence, called off the CSTO drills
planned for autumn.
"""


def test_a_column_on_drifting_allies() -> None:
    assert found(COLUMN.replace("\n\n", "\r").replace("\n", " "), "en") == {
        ("TJ", "RU", -1),
        ("KZ", "RU", -1),
        ("BY", "RU", 1),
        ("KG", "RU", -1),
    }


@pytest.mark.corpus
def test_the_column_s_attitudes() -> None:
    text = (corpus_dir("column") / "column.txt").read_text("utf-8")
    told = Tagger().tag(text, language="en", body_end=text.index("More from")).attitudes
    stances = {(attitude.source, attitude.target, attitude.stance) for attitude in told}
    assert {("TJ", "RU", -1), ("KZ", "RU", -1), ("KG", "RU", -1), ("BY", "RU", 1)} <= stances
    assert not {("TJ", "RU", 1), ("KZ", "RU", 1), ("KG", "RU", 1), ("BY", "RU", -1)} & stances
    assert all(attitude.quote in text for attitude in told)
