"""Inflectional endings of languages that Snowball does not know: language -> layers, outermost first.

From each layer at most one ending is taken, the longest that fits. Endings are written folded, as
`words.fold` leaves them: Latin letters carry no accents (ş is s, ı is i).
"""

from itertools import product


def _layer(*endings: str) -> tuple[str, ...]:
    """Return the endings of space-separated lists, the longest first."""
    single = {ending for group in endings for ending in group.split()}
    return tuple(sorted(single, key=lambda ending: (-len(ending), ending)))


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
        "ами ями ах ях ам ям ові еві єві ом ем єм ою ею єю ів їв ей ь й о и і ї ю я у е а иєю ією ії ій ію ія"
        " іями іях іям іє ії ієм",
        # verbs
        "ть є ємо єте ють уть ать ять ить иш їш еш емо ете имо ите ав ала ало али ив ила или"
        " ило ує ують увати ував увала ували уючи ючи ачи",
    ),
)
_BELARUSIAN = (
    _layer("ся ца цца"),
    _layer(
        "ы і ага яга аму яму ым ім ай яй ую юю ыя ія ых іх ымі імі ая яя ае яе ою ею",
        "амі ямі ах ях ам ям оў аў яў еў ом ем ой ёй ей ь й о а я у ю е э ія іі ію іяй іям іях іямі",
        "ць ці е уць юць аць яць іць ў ла ло лі ала алі іла ілі аў іў",
    ),
)

_E = "аеоө"  # Kazakh and Kyrgyz vowels that follow harmony, open and closed
_I = "ыіиуү"
_KAZAKH = (
    _layer(
        _harmony("NIң NI DE DEн GE QE LEн", N="ндт", I="ыі", D="дтн", E="ае", G="ғг", Q="қк", L="мбп"),
        _harmony("ндE ндEн нI нEн нE н E", E="ае", I="ыі"),
        "менен",
    ),
    _layer("сы сі ы і"),
    _layer(_harmony("LEр", L="лдт", E="ае")),
    _layer(_harmony("DEғI DEгI DIқ DIк LIқ LIк", D="дт", E="ае", I="ыі", L="лдт"), "ғы гі қы кі"),
)
_KYRGYZ = (
    _layer(_harmony("NIн NI DE DEн GE QE", N="ндт", I=_I, D="дт", E=_E, G="г", Q="к") + " " +
           _harmony("нEн ндE ндEн н нE", E=_E)),
    _layer(_harmony("I сI", I=_I) + " си и"),
    _layer(_harmony("LEр", L="лдт", E=_E)),
    _layer(_harmony("LIк DIк DEгI", L="лдт", D="дт", I=_I, E=_E)),
)  # fmt: skip
_TURKISH = (
    _layer(_harmony("nIn ndE ndEn nE nI yI yE yle ylE DE DEn In I E lE", I="iu", D="dt", E="ae") + " un on"),
    _layer("si su i u"),
    _layer("lar ler"),
    _layer(_harmony("lIk cI ki", I="iu")),
)
_AZERBAIJANI = (
    _layer(_harmony("nIn ndE ndEn nE nI yI yE DE DEn In I E lE", I="iu", D="d", E="aeə")),
    _layer("si su i u"),
    _layer("lar ler lər"),
    _layer(_harmony("lIq lIk", I="iu")),
)
_UZBEK = (
    _layer("ning ni ga ka qa da dan gacha dagi"),
    _layer("si i"),
    _layer("lar"),
    _layer("lik"),
)
_TURKMEN = (
    _layer("nin nun in un ny ni y i a e da de dan den nda nde ndan nden na ne"),
    _layer("sy si y i"),
    _layer("lar ler"),
    _layer("lyk lik"),
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

ENDINGS: dict[str, tuple[tuple[str, ...], ...]] = {
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

SHORTEST_STEM = {"uk": 3, "be": 3, "ka": 3}  # letters; elsewhere 4
