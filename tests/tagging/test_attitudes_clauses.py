"""Attitudes in sentences with a reason, a companion or a second verb: who acts, and who is meant."""

import pytest

from monitor.tagging.tagger import Tagger

# A reason names a third party, and whoever is with the one who acts is not meant either.
REASONS = [
    (
        "en",
        "Kazakh banks stopped accepting the cards for fear of sanctions imposed by the United States.",
        set(),
    ),
    (
        "en",
        "Turkish lenders halted transfers to exporters for fear of penalties from the United States.",
        set(),
    ),
    ("en", "Kyrgyzstan closed its exchange office because of pressure from the European Union.", set()),
    ("en", "Armenian shops stopped selling the drink due to a ban announced by Russia.", set()),
    ("en", "Serbia suspended deliveries to Ukraine under pressure from Russia.", {("RS", "UA", -1)}),
    ("en", "Georgia condemned the missile attack together with Poland.", set()),
    (
        "en",
        "Uzbekistan's largest bank stopped issuing the cards amid threats of sanctions from Washington.",
        set(),
    ),
    ("en", "Kazakhstan blocked the website at the request of Russia.", set()),
    ("en", "Tajikistan deported two men on orders from China.", set()),
    ("en", "Azerbaijan cancelled the visit despite an invitation from France.", set()),
    ("en", "Kazakhstan rejected sanctions imposed by the United States.", {("KZ", "US", -1)}),
    ("en", "Hungary blocked aid to Ukraine in exchange for gas from Russia.", {("HU", "UA", -1)}),
    ("ru", "Банки Киргизии прекратили принимать карты из-за санкций США.", set()),
    ("ru", "Казахстан закрыл обменные пункты под давлением Евросоюза.", set()),
    ("ru", "Сербия приостановила поставки на Украину под давлением России.", {("RS", "UA", -1)}),
    ("ru", "Узбекистан заблокировал счета, опасаясь ответа США.", set()),
    ("ru", "Таджикистан арестовал активистов по просьбе Китая.", set()),
    ("ru", "Армения отменила учения на фоне угроз Азербайджана.", set()),
    ("ru", "Турецкие банки перестали обслуживать клиентов из-за давления Вашингтона.", set()),
    ("ru", "Казахстан отверг санкции США.", {("KZ", "US", -1)}),
    ("en", "Emirati brokers stopped serving customers for fear of measures prepared by Washington.", set()),
    ("en", "Mongolia suspended the flights due to an airspace ban declared by Russia.", set()),
    ("en", "Armenia postponed the exercise under pressure from Russia.", set()),
    ("en", "Vietnam banned the film at the behest of China.", set()),
    ("en", "Lithuania expelled four envoys in solidarity along with Poland.", set()),
    ("en", "Tashkent froze the accounts owing to rules adopted by the United States.", set()),
    (
        "en",
        "Kyrgyzstan blocked transfers to Russia for fear of penalties from Washington.",
        {("KG", "RU", -1)},
    ),
    ("en", "Bulgaria halted the exports despite protests from Hungary.", set()),
    ("en", "Georgia shut the bridge amid unrest in Armenia.", set()),
    ("en", "Tajikistan condemned the tariffs imposed by the United States.", {("TJ", "US", -1)}),
    (
        "en",
        "Turkey refused to join sanctions against Russia because of its trade with China.",
        {("TR", "RU", 1)},
    ),
    ("en", "Kazakhstan arrested a blogger on behalf of Belarus.", set()),
    ("ru", "Китайские банки прекратили проводить платежи из-за угроз со стороны США.", set()),
    ("ru", "Киргизия приостановила рейсы под угрозой штрафов от Евросоюза.", set()),
    ("ru", "Казахстан задержал журналиста по требованию России.", set()),
    ("ru", "Монголия отменила парад ввиду протестов Китая.", set()),
    ("ru", "Узбекистан ограничил перевозки в Россию, опасаясь санкций США.", {("UZ", "RU", -1)}),
    ("ru", "Азербайджан отверг обвинения Франции.", {("AZ", "FR", -1)}),
    ("ru", "Беларусь запретила показ фильма в угоду Москве.", set()),
    ("ru", "Таджикистан закрыл рынок вопреки просьбам Ирана.", set()),
    ("ru", "Турция отказалась вводить санкции против России из-за торговли с Китаем.", {("TR", "RU", 1)}),
    ("ru", "Эстония выслала дипломатов вместе с Латвией.", set()),
]

# The subject of a second verb is that of the first, unless it has one of its own.
VERBS = [
    ("en", "Belarus backed Russia and thanked China.", {("BY", "RU", 1), ("BY", "CN", 1)}),
    ("en", "Tokayev met Putin in Sochi and later praised Uzbekistan.", {("KZ", "UZ", 1)}),
    (
        "en",
        "Armenia condemned Azerbaijan, accused Russia of inaction and thanked France.",
        {("AM", "AZ", -1), ("AM", "RU", -1), ("AM", "FR", 1)},
    ),
    ("en", "Kazakhstan supported Ukraine but criticised Poland.", {("KZ", "UA", 1), ("KZ", "PL", -1)}),
    ("en", "Georgia condemned Russia and Ukraine praised Moldova.", {("GE", "RU", -1), ("UA", "MD", 1)}),
    (
        "en",
        "Moldova and Romania met with Ukraine and condemned Russia.",
        {("MD", "RU", -1), ("RO", "RU", -1)},
    ),
    ("en", "Russia was condemned by Georgia and thanked China.", {("GE", "RU", -1), ("RU", "CN", 1)}),
    ("en", "Kazakhstan praised Russia, which attacked Ukraine.", {("KZ", "RU", 1), ("RU", "UA", -1)}),
    (
        "en",
        "Lukashenko called Putin a friend, praised China and threatened Poland.",
        {("BY", "RU", 1), ("BY", "CN", 1), ("BY", "PL", -1)},
    ),
    (
        "en",
        "Uzbekistan's support for Afghanistan and criticism of Iran surprised diplomats.",
        {("UZ", "AF", 1), ("UZ", "IR", -1)},
    ),
    ("ru", "Лукашенко поддержал Путина и поблагодарил Китай.", {("BY", "RU", 1), ("BY", "CN", 1)}),
    ("ru", "Токаев поздравил Си Цзиньпина и осудил Украину.", {("KZ", "CN", 1), ("KZ", "UA", -1)}),
    (
        "ru",
        "Армения осудила Азербайджан, обвинила Россию в бездействии и поблагодарила Францию.",
        {("AM", "AZ", -1), ("AM", "RU", -1), ("AM", "FR", 1)},
    ),
    ("ru", "Казахстан поддержал Украину, но раскритиковал Польшу.", {("KZ", "UA", 1), ("KZ", "PL", -1)}),
    ("ru", "Пашинян встретил Макрона и затем раскритиковал Россию.", {("AM", "RU", -1)}),
    ("ru", "Грузия осудила Россию, а Украина поблагодарила Молдавию.", {("GE", "RU", -1), ("UA", "MD", 1)}),
    (
        "ru",
        "Рахмон, выступая в Астане, поблагодарил Путина и упрекнул Кыргызстан.",
        {("TJ", "RU", 1), ("TJ", "KG", -1)},
    ),
    ("ru", "Президент Сербии принял посла Китая и поблагодарил Венгрию.", {("RS", "HU", 1)}),
    (
        "ru",
        "Узбекистан и Казахстан поддержали Таджикистан и осудили Афганистан.",
        {("UZ", "TJ", 1), ("KZ", "TJ", 1), ("UZ", "AF", -1), ("KZ", "AF", -1)},
    ),
    ("ru", "Путин похвалил Эрдогана и пригрозил Молдавии.", {("RU", "TR", 1), ("RU", "MD", -1)}),
    (
        "ru",
        "Зеленский поблагодарил Польшу, раскритиковал Венгрию и обвинил Россию.",
        {("UA", "PL", 1), ("UA", "HU", -1), ("UA", "RU", -1)},
    ),
    ("en", "Hungary criticised Ukraine and then welcomed China.", {("HU", "UA", -1), ("HU", "CN", 1)}),
    (
        "en",
        "Iran blamed Israel, threatened Azerbaijan and praised Russia.",
        {("IR", "IL", -1), ("IR", "AZ", -1), ("IR", "RU", 1)},
    ),
    (
        "en",
        "Mirziyoyev congratulated Putin but refused to support Belarus.",
        {("UZ", "RU", 1), ("UZ", "BY", -1)},
    ),
    (
        "en",
        "Poland and Lithuania thanked Ukraine and condemned Belarus.",
        {("PL", "UA", 1), ("LT", "UA", 1), ("PL", "BY", -1), ("LT", "BY", -1)},
    ),
    ("en", "Armenia blamed Azerbaijan and Turkey accused France.", {("AM", "AZ", -1), ("TR", "FR", -1)}),
    ("en", "Serbia was praised by China and criticised Croatia.", {("CN", "RS", 1), ("RS", "HR", -1)}),
    ("en", "Turkey welcomed Azerbaijan, which accused Armenia.", {("TR", "AZ", 1), ("AZ", "AM", -1)}),
    (
        "en",
        "Kazakhstan's praise for China and rejection of Russia pleased some.",
        {("KZ", "CN", 1), ("KZ", "RU", -1)},
    ),
    ("en", "Moldova, backed by Romania, accused Russia.", {("MD", "RU", -1), ("RO", "MD", 1)}),
    ("en", "Finland shut its border with Russia and thanked Norway.", {("FI", "RU", -1), ("FI", "NO", 1)}),
    (
        "ru",
        "Венгрия раскритиковала Украину и затем поблагодарила Китай.",
        {("HU", "UA", -1), ("HU", "CN", 1)},
    ),
    (
        "ru",
        "Иран обвинил Израиль, пригрозил Азербайджану и похвалил Россию.",
        {("IR", "IL", -1), ("IR", "AZ", -1), ("IR", "RU", 1)},
    ),
    (
        "ru",
        "Мирзиёев поздравил Путина, но отказался поддержать Беларусь.",
        {("UZ", "RU", 1), ("UZ", "BY", -1)},
    ),
    (
        "ru",
        "Польша и Литва поблагодарили Украину и осудили Белоруссию.",
        {("PL", "UA", 1), ("LT", "UA", 1), ("PL", "BY", -1), ("LT", "BY", -1)},
    ),
    ("ru", "Армения обвинила Азербайджан, а Турция осудила Францию.", {("AM", "AZ", -1), ("TR", "FR", -1)}),
    ("ru", "Лавров посетил Тбилиси и осудил Польшу.", {("RU", "PL", -1)}),
    ("ru", "Алиев позвонил Эрдогану и поблагодарил Израиль.", {("AZ", "IL", 1)}),
    ("ru", "Жапаров встретился с Путиным и упрекнул Таджикистан.", {("KG", "TJ", -1)}),
    (
        "ru",
        "Финляндия закрыла границу с Россией и поблагодарила Норвегию.",
        {("FI", "RU", -1), ("FI", "NO", 1)},
    ),
    (
        "ru",
        "Токаев, прилетев в Пекин, похвалил Си Цзиньпина и поддержал Узбекистан.",
        {("KZ", "CN", 1), ("KZ", "UZ", 1)},
    ),
    ("ru", "Моди обнял Путина и пригласил Зеленского.", {("IN", "UA", 1)}),
    (
        "ru",
        "Вучич поблагодарил Китай и Венгрию и обвинил Косово.",
        {("RS", "CN", 1), ("RS", "HU", 1), ("RS", "XK", -1)},
    ),
]

# As news writes.
NEWS = [
    (
        "en",
        "Kazakhstan would not recognise referendums held in occupied Ukrainian regions, it said.",
        {("KZ", "RU", -1)},
    ),
    (
        "en",
        "Pashinyan accused Russian peacekeepers of failing to protect Karabakh and thanked the EU.",
        {("AM", "RU", -1), ("AM", "EU", 1)},
    ),
    (
        "en",
        "After months of pressure from Washington, Uzbekistan tightened controls on exports to Russia.",
        set(),
    ),
    (
        "en",
        "Moldova's president welcomed the EU's decision and condemned what she called Russian blackmail.",
        {("MD", "EU", 1), ("MD", "RU", -1)},
    ),
    (
        "en",
        "Belarus and Russia held joint drills near the Polish border, prompting Warsaw to close a crossing.",
        set(),
    ),
    (
        "en",
        "Tajikistan summoned the Russian ambassador after migrants were beaten at a Moscow airport.",
        {("TJ", "RU", -1)},
    ),
    (
        "en",
        "Georgia's ruling party lashed out at the United States and praised Hungary for its support.",
        {("GE", "US", -1), ("GE", "HU", 1)},
    ),
    (
        "en",
        "Azerbaijan shut the Russian cultural centre in Baku because of missing papers, officials said.",
        {("AZ", "RU", -1)},
    ),
    (
        "en",
        "Turkey, which supplied drones to Ukraine, refused to join Western sanctions against Russia.",
        {("TR", "UA", 1), ("TR", "RU", 1)},
    ),
    (
        "en",
        "Serbia abstained, but Montenegro voted for the resolution condemning Russia.",
        {("ME", "RU", -1)},
    ),
    (
        "en",
        "Lukashenko, who has backed Putin throughout, threatened Lithuania and Latvia on Friday.",
        {("BY", "RU", 1), ("BY", "LT", -1), ("BY", "LV", -1)},
    ),
    (
        "en",
        "The Kremlin blamed Ukraine for the blast and warned Moldova against joining NATO.",
        {("RU", "UA", -1), ("RU", "MD", -1)},
    ),
    ("en", "Kyrgyzstan thanked Russia and China for vaccines.", {("KG", "RU", 1), ("KG", "CN", 1)}),
    (
        "en",
        "Estonia expelled two Russian diplomats in solidarity with the Czech Republic.",
        {("EE", "RU", -1), ("EE", "CZ", 1)},
    ),
    ("ru", "Министерство иностранных дел Казахстана отказалось комментировать заявление Москвы.", set()),
    (
        "ru",
        "Премьер Армении обвинил Россию в бездействии и поблагодарил Евросоюз за наблюдателей.",
        {("AM", "RU", -1), ("AM", "EU", 1)},
    ),
    ("ru", "Под давлением Вашингтона Узбекистан ужесточил контроль за экспортом в Россию.", set()),
    ("ru", "Таджикистан вручил послу России ноту протеста из-за избиения мигрантов.", {("TJ", "RU", -1)}),
    (
        "ru",
        "Власти Грузии раскритиковали США и похвалили Венгрию за поддержку.",
        {("GE", "US", -1), ("GE", "HU", 1)},
    ),
    ("ru", "Азербайджан закрыл Русский дом в Баку, сославшись на отсутствие документов.", {("AZ", "RU", -1)}),
    (
        "ru",
        "Лукашенко поддержал Россию и пригрозил Литве закрыть транзит.",
        {("BY", "RU", 1), ("BY", "LT", -1)},
    ),
    ("ru", "Кремль обвинил Украину во взрыве и предупредил Молдавию.", {("RU", "UA", -1), ("RU", "MD", -1)}),
    ("ru", "Киргизия поблагодарила Россию и Китай за вакцины.", {("KG", "RU", 1), ("KG", "CN", 1)}),
    ("ru", "Эстония выслала двух российских дипломатов вслед за Латвией.", {("EE", "RU", -1)}),
    ("ru", "Китай призвал Индию к сдержанности, а Пакистан обвинил Индию в провокации.", {("PK", "IN", -1)}),
]


# Who does not recognise what Russia took turns against Russia, not against Ukraine, whose towns are named.
RECOGNITION = [
    *(
        ("en", f"{text}.", {("KZ", "RU", -1)})
        for text in (
            "Tokayev told Putin that Kazakhstan would not recognise the so-called republics of Luhansk",
            "Astana would not recognise the results of the referendums in occupied Ukraine",
            "Kazakhstan will not recognise the referendums in occupied Ukrainian regions",
            "Kazakhstan said it would not recognise the independence of Donetsk and Luhansk",
            "Kazakhstan would not recognise the people's republics of Luhansk and Donetsk",
            "Kazakhstan would not recognise the Donetsk People's Republic",
            "Kazakhstan called referendums in Donetsk illegal",
            "Kazakhstan does not intend to recognise the DPR and LPR",
        )
    ),
    *(
        ("ru", f"{text}.", {("KZ", "RU", -1)})
        for text in (
            "Казахстан не признает результаты референдумов на оккупированных территориях Украины",
            "Казахстан не признал итоги референдумов в Донецке и Луганске",
            "Токаев сказал Путину, что Казахстан не признает так называемые народные республики",
            "Казахстан не признает независимость Донецка и Луганска",
            "Казахстан не признал псевдореферендумы на Украине",
        )
    ),
    ("en", "The EU condemned the sham referendums in Kherson and Zaporizhzhia.", {("EU", "RU", -1)}),
    ("en", "Syria recognised the independence of Donetsk and Luhansk.", {("SY", "RU", 1)}),
    ("en", "Russia recognised the independence of Donetsk and Luhansk.", set()),
    ("en", "Serbia does not recognise the annexation of Crimea.", {("RS", "RU", -1)}),
    ("ru", "Россия признала Донецкую и Луганскую народные республики.", set()),
]
TOLD = [
    ("en", "Tokayev reminded Putin that Kazakhstan supported Ukraine's integrity.", {("KZ", "UA", 1)}),
    ("en", "Pashinyan told us that Armenia had frozen its membership in the CSTO.", {("AM", "RU", -1)}),
    ("en", "Moscow told Tajikistan to stop protecting the opposition.", set()),
    ("en", "Georgia told Russia that it would never recognise Abkhazia.", set()),
    ("en", "Tokayev told Putin that his country would not support Lukashenko.", set()),
]
# The country named last is the field of the fight, or the victim, not who is meant.
NOT_MEANT = [
    ("en", "Uzbekistan banned its citizens from fighting in Ukraine.", set()),
    ("en", "Kazakhstan warned its citizens not to fight in Ukraine.", set()),
    ("en", "Kyrgyzstan condemned the recruitment of its citizens by Russia.", {("KG", "RU", -1)}),
    ("en", "Kazakhstan refused to send troops to Ukraine to fight for Russia.", set()),
    ("en", "Kazakhstan refused to send troops to help Russia in Ukraine.", {("KZ", "RU", -1)}),
    (
        "en",
        "Poland pledged to support Ukraine and refused to help Russia.",
        {("PL", "UA", 1), ("PL", "RU", -1)},
    ),
    ("ru", "Узбекистан запретил своим гражданам воевать на Украине.", set()),
    ("ru", "Узбекистан осудил вербовку своих граждан Россией.", {("UZ", "RU", -1)}),
    ("ru", "Казахстан отказался отправлять войска на Украину.", set()),
    ("ru", "Киргизия выступила против вторжения в Украину.", set()),
    ("ru", "Киргизия выступила против войны с Украиной.", set()),
    ("ru", "Токаев отклонил просьбу Путина направить войска на Украину.", {("KZ", "RU", -1)}),
    ("ru", "Казахстан осудил обстрелы Украины.", set()),
    ("ru", "Грузия осудила агрессию России.", {("GE", "RU", -1)}),
    ("ru", "Россия обстреляла Киев.", {("RU", "UA", -1)}),
    ("ru", "Турция закрыла небо для российских самолётов, летящих в Сирию.", {("TR", "RU", -1)}),
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.mark.parametrize(
    ("language", "text", "expected"), [*REASONS, *VERBS, *NEWS, *RECOGNITION, *TOLD, *NOT_MEANT]
)
def test_who_is_meant(tagger: Tagger, language: str, text: str, expected: set[tuple[str, str, int]]) -> None:
    told = tagger.tag(text, language=language).attitudes
    assert {(one.source, one.target, one.stance) for one in told if one.stance} == expected
