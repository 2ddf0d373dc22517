"""Inflectional endings of languages that Snowball does not know: language -> layers, outermost first.

From each layer at most one ending is taken, the longest that fits. Endings are written folded, as
`words.fold` leaves them: Latin letters carry no accents (ş is s, ı is i). A sign before an ending says behind
what it may stand:

    +nin    a vowel                           -in    a consonant
    =nda    a possessive (a vowel behind a consonant)
    'ta     a voiceless consonant             ~ya    a vowel other than i: Rusiya has no dative
"""

from itertools import product
from typing import NamedTuple

_VOWELS = frozenset("aeiouyəаәеёиоөуұүыіэюяӣӯў")
_POSSESSIVE = frozenset("ыіиуүiuy")
_GLIDES = frozenset("уи")  # of Kazakh: сайлауы
_VOICELESS = frozenset("cfhkpqstxкқпстфхцчшщһ")


_SIGNS = "+-='~"


class Ending(NamedTuple):
    """An ending, and behind what it may stand: a sign of the module's docstring, or nothing."""

    text: str
    behind: str

    def ends(self, word: str) -> bool:
        """Whether `word` may be a stem and this ending."""
        if not word.endswith(self.text) or len(word) < len(self.text) + 2:
            return False
        last, before = word[-len(self.text) - 1], word[-len(self.text) - 2]
        match self.behind:
            case "+":
                return last in _VOWELS
            case "-":
                return last not in _VOWELS or last in _GLIDES
            case "~":
                return last in _VOWELS and last != "i"
            case "=":
                return last in _POSSESSIVE and before not in _VOWELS
            case "'":
                return last in _VOICELESS
            case _:
                return True


def _layer(*endings: str) -> tuple[Ending, ...]:
    """Return the endings of space-separated lists, the longest first."""
    single = {ending for group in endings for ending in group.split()}
    made = {Ending(ending.lstrip(_SIGNS), ending[0] if ending[0] in _SIGNS else "") for ending in single}
    return tuple(sorted(made, key=lambda ending: (-len(ending.text), ending)))


def _harmony(pattern: str, **classes: str) -> str:
    """Spell out a pattern in which a capital stands for any letter of its class."""
    spelled: list[str] = []
    for ending in pattern.split():
        options = [classes.get(letter, letter) for letter in ending]
        spelled.extend("".join(letters) for letters in product(*options))
    return " ".join(spelled)


_UKRAINIAN = (
    _layer("ся сь"),
    _layer(
        # adjectives and participles
        "ий ій ого ому им ім ої ою ими их і а я е є у ю яя юю єє ього ьому ій іми іх",
        # nouns
        "ами ями ах ях ам ям ові еві єві ом ем єм ою ею єю ів їв ей ь й о и і ї ю я у е а иєю ією ії ій"
        " ію ія сю іями іях іям іє ії ієм",
        # verbs
        "ть є ємо єте ють уть ать ять ить иш їш еш емо ете имо ите ав ала ало али ив ила или"
        " ило ує ують увати ував увала ували уючи ючи ачи",
    ),
)
_BELARUSIAN = (
    _layer("ся ца цца"),
    _layer(
        "ы і ага яга аму яму ым ім ай яй ую юю ыя ія ых іх ымі імі ая яя ае яе ою ею",
        "амі ямі ах ях ам ям оў аў яў еў ом ем ой ёй ей ь й о а я у ю е э ія іі ію іяй іям іях іямі сю",
        "ыя ыі ыю ый ыяй ыяю ыям ыях ыямі",
        "ць ці е уць юць аць яць іць ў ла ло лі ала алі іла ілі аў іў",
    ),
)

_KAZAKH = (
    _layer(
        _harmony("NIң", N="ндт", I="ыі"),
        _harmony("+нI дI 'тI дE 'тE дEн 'тEн нEн ғE гE 'қE 'кE =ндE =ндEн =нE =н", E="ае", I="ыі"),
        _harmony("Dағы Dегі =ндағы =ндегі", D="дт"),
        "мен бен пен менен",
    ),
    _layer("+сы +сі -ы -і"),
    _layer(_harmony("лEр дEр 'тEр", E="ае")),
    _layer(_harmony("лIқ лIк дIқ дIк 'тIқ 'тIк", I="ыі"), "ғы гі қы кі"),
)
_E = "аеоө"  # Kyrgyz vowels that follow harmony, open and closed
_I = "ыиуү"
_KYRGYZ = (
    _layer(
        _harmony("NIн", N="ндт", I=_I),
        _harmony("+нI дI 'тI дE 'тE дEн 'тEн гE 'кE =ндE =ндEн =нEн =нE =н", I=_I, E=_E),
        _harmony("DEгI =ндEгI", D="дт", I=_I, E=_E),
    ),
    _layer(_harmony("+сI -I", I=_I)),
    _layer(_harmony("лEр дEр 'тEр", E=_E)),
    _layer(_harmony("лIк дIк 'тIк", I=_I)),
)
# The last layer of these three: whether a vowel at the end is the stem's or a case's cannot be seen.
_TURKISH = (
    _layer(
        _harmony("+nIn -In +yI -I dE 'tE dEn 'tEn -E =nE =nI =ndE =ndEn +sI", I="iu", E="ae"),
        _harmony("+yle -lE dEki 'tEki =ndEki", E="ae"),
        "~ya ~ye",
    ),
    _layer("+si +su -i -u"),
    _layer("lar ler"),
    _layer(_harmony("lIk lIg", I="iu")),
    _layer("a e i u"),
)
_AZERBAIJANI = (
    _layer(
        _harmony("+nIn -In +nI -I dE dEn -E =nE =ndE =ndEn +sI", I="iu", E="aə"),
        _harmony("dEki =ndEki", E="aə"),
        "~ya ~yə",
    ),
    _layer("+si +su -i -u"),
    _layer("lar lər"),
    _layer(_harmony("lIq lIk lIg", I="iu")),
    _layer("a ə i u"),
)
_UZBEK = (
    _layer("ning ni ga ka qa da dan gacha dagi", "нинг ни га ка қа да дан гача даги"),
    _layer("si i", "си и"),
    _layer("lar", "лар"),
    _layer("lik lig", "лик лиг"),
)
_TURKMEN = (
    _layer(
        _harmony("+nIn -In +nI -I", I="yiu"),
        _harmony("dE dEn -E =nE =ndE =ndEn dEky dEki =ndEky =ndEki", E="ae"),
        "+sy +si",
    ),
    _layer("+sy +si -y -i -u"),
    _layer("lar ler"),
    _layer("lyk lik"),
    _layer("a e y i u"),
)
_TAJIK = (
    _layer("ро"),
    _layer("амон атон ашон ам ат аш"),
    _layer("и"),
    _layer("ҳо он"),
)
_GEORGIAN = (
    _layer("ისთვის სთვის ისგან სგან თვის გან დან იდან ში ზე თან ისთან სთან მდე"),
    _layer("ის ით ად მა ს ი ა"),
    _layer("ებ ნ"),
)

ENDINGS: dict[str, tuple[tuple[Ending, ...], ...]] = {
    "uk": _UKRAINIAN,
    "be": _BELARUSIAN,
    "kk": _KAZAKH,
    "ky": _KYRGYZ,
    "tr": _TURKISH,
    "az": _AZERBAIJANI,
    "uz": _UZBEK,
    "tk": _TURKMEN,
    "tg": _TAJIK,
    "ka": _GEORGIAN,
}

SHORTEST_STEM = {"tg": 4}  # letters; elsewhere 3

# Stems, by their ends, that look as if they had an ending.
WHOLE = (
    "стан", "stan", "ston", "тон",  # names of countries, which look like an ablative
    "білорус", "беларус", "молдов", "соғыс",
    "savas", "baris", "meclis", "polis", "gorus", "giris", "cikis", "satis",  # folded: ş is s
    "irəvan", "azərbaycan", "azerbaycan", "iran", "baskan", "insan", "qosun",  # no genitives
    "sowda",  # no locative
)  # fmt: skip
