"""How many inflected forms share a normal form: `python bench/inflection.py [--misses]`.

For nouns and adjectives of the beat, all forms that pymorphy3 knows are normalised; counted are those that
have the commonest normal form of their word. A form that has another one is not found by the others.
"""

import argparse
from collections import Counter

import pymorphy3

from monitor.watch.words import fold, normal_form

WORDS = {
    "ru": (
        "санкция мобилизация союз войско учение Казахстан Киргизия Россия Армения Ереван Беларусь"
        " Украина Таджикистан президент министр договор соглашение база граница миграция мигрант закон"
        " протест выборы газ нефть трубопровод коридор порт санкционный российский казахстанский"
        " военный политика экономика союзник безопасность организация страна народ власть"
        " правительство парламент депутат колонка мнение угроза удар атака переговоры мир война оружие"
        " дрон ракета экспорт импорт тенге рубль банк счет карта запрет обход торговля таможня паром"
        " дорога студент язык школа суд тюрьма арест обыск обвинение план орган Иран Азербайджан"
        " Узбекистан Туркмения Молдавия Приднестровье Грузия Абхазия Осетия"
    ),
    "uk": (
        "санкція мобілізація союз військо навчання Казахстан Киргизстан Росія Вірменія Єреван"
        " Білорусь Україна президент міністр договір угода база кордон міграція мігрант закон протест"
        " вибори газ нафта трубопровід коридор порт російський український військовий політика"
        " економіка союзник безпека організація країна народ влада уряд парламент депутат колонка"
        " думка загроза удар атака переговори мир війна зброя дрон ракета експорт імпорт банк рахунок"
        " заборона торгівля митниця студент мова школа суд арешт план Іран Грузія Молдова"
    ),
}
# Measured once, after the lists of endings were made with an eye on the words above.
HELD_OUT = {
    "ru": (
        "эмбарго ополченец полковник резервист призывник саммит посол посольство конвой перевозка"
        " нефтепровод терминал урожай зерно кредит долг бюджет инфляция забастовка митинг оппозиция"
        " партия кандидат избиратель наблюдатель перемирие беженец лагерь пограничник таджикский"
        " узбекский армянский белорусский китайский иностранный ядерный независимый внешний новый"
        " последний"
    ),
    "uk": (
        "полковник резервіст призовник саміт посол посольство конвой перевезення нафтопровід термінал"
        " врожай зерно кредит борг бюджет інфляція страйк мітинг опозиція партія кандидат виборець"
        " спостерігач перемир'я біженець табір прикордонник таджицький узбецький вірменський"
        " білоруський китайський іноземний ядерний незалежний зовнішній новий останній"
    ),
}


def main() -> None:
    """Print one line for each language."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--misses", action="store_true", help="list the words whose forms fall apart")
    misses = parser.parse_args().misses
    for name, language, words in (
        *((language, language, words) for language, words in WORDS.items()),
        *((f"{language}, held out", language, words) for language, words in HELD_OUT.items()),
    ):
        analyzer = pymorphy3.MorphAnalyzer(lang=language)
        forms = together = 0
        for word in words.split():
            parsed = analyzer.parse(word.lower())[0]
            found = {fold(form.word) for form in parsed.lexeme if form.tag.POS == parsed.tag.POS}
            counts = Counter(normal_form(form, language) for form in found)
            forms += len(found)
            together += max(counts.values())
            if misses and len(counts) > 1:
                print(f"  {word}: {dict(counts)}")
        print(f"{name}: {together} of {forms} forms of {len(words.split())} words ({together / forms:.1%})")


if __name__ == "__main__":
    main()
