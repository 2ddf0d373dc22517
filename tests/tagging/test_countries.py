"""Which countries a text speaks of, and why."""

import pytest

from monitor.model import Tag
from monitor.tagging import Tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


def codes(tags: tuple[Tag, ...]) -> set[str]:
    return {tag.key for tag in tags}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The Moscow-based firm left.", {"RU"}),
        ("en", "Members of the Warsaw Pact met in Prague.", {"CZ"}),
        ("en", "He ordered a salad with Russian dressing.", set()),
        ("en", "Troops left South Ossetia.", {"GE-SO"}),
        ("en", "Belfast is in Northern Ireland.", {"GB"}),
        ("en", "A fire burned in New Mexico.", {"US"}),
        ("en", "A coup in Guinea-Bissau failed.", {"GW"}),
        ("en", "Georgia Tech won.", set()),
        ("en", "The Republic of the Congo borders Gabon.", {"CG", "GA"}),
        ("en", "Michael Jordan retired.", set()),
        ("en", "Roast turkey and fine china.", set()),
        ("en", "The U.S. and the UK agreed.", {"US", "GB"}),
        ("en", "Tell us more.", set()),
        ("en", "MOSCOW, Feb 3 - Talks ended.", {"RU"}),
        ("ru", "Кроме того, переговоры прошли.", set()),
        ("ru", "В Казахстане и Киргизии прошли казахстанско-российские учения.", {"KZ", "KG", "RU"}),
        ("ru", "Президент Республики Корея прибыл в Южную Осетию.", {"KR", "GE-SO"}),
        ("ru", "Страны Варшавского договора.", set()),
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
