"""Reading -> its language, where nobody said it: by script, telling letters and small words."""

from collections import Counter

from monitor.tagging.text import Reading, script

# Words that are frequent in one language and rare in its neighbours, folded.
_SMALL_WORDS = {
    "en": "the of and to in is was for that with on his are have has said from but",
    "de": "der die und das ist nicht mit von den ein eine auf für dem auch sich wird nach",
    "fr": "le la les des et est une dans pour que qui sur par pas avec au du ont été",
    "es": "el los las del que en una por con para su es se al como más pero fue",
    "pl": "się nie jest na do że to jak po przez od ale który oraz dla będzie także w",
    "cs": "se je že na který jsem pro jako by byl podle také jsou ale však už při v",
    "ro": "și în de la cu pe care nu este din să pentru că mai sunt fost lui au",
    "tr": "ve bir bu için ile da de olarak daha çok olan gibi sonra kadar ancak dedi göre",
    "az": "və bir bu üçün ilə da də olan edib deyib ki ona onun kimi sonra isə bildirib",
    "uz": "va bilan uchun bu bir ham deb edi kerak bo'lgan haqida yil bo'yicha qilish o'z",
    "tk": "we bilen bu üçin bir hem boýunça ýaly diýip onuň bolan türkmenistanyň edip",
    "ru": "и в не на что по это как из за его от но для был также он года которые",
    "uk": "і та що не на до у з як це за його від але для був також він року які про",
    "be": "і ў што не на да з як гэта за яго ад але для быў таксама ён года якія",
    "bg": "на и в се да за от са че със по не като това при ще който но беше",
    "kk": "және мен бұл үшін бір деп болған бойынша туралы жылы осы екі қазақстан да де",
    "ky": "жана менен бул үчүн бир деп болгон боюнча тууралуу жылы ошол эки кыргызстан да",
    "tg": "ва дар ба аз ки ин барои бо бо он аст буд шуд мешавад тоҷикистон ҳам",
}
_SETS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_UZBEK_CYRILLIC = frozenset("ва билан учун бу бир ҳам деб эди керак бўлган ҳақида йил бўйича ўз".split())
_BY_SCRIPT = {"Armn": "hy", "Geor": "ka", "Hani": "zh"}
_SAMPLE_WORDS = 500


def guess(reading: Reading) -> str | None:
    """Return the ISO 639-1 code of the language that the reading seems to be in, or None."""
    code = script(reading.text)
    if code in _BY_SCRIPT:
        return _BY_SCRIPT[code]
    counts = Counter(reading.words[:_SAMPLE_WORDS])
    scores = {language: sum(counts[word] for word in words) for language, words in _SETS.items()}
    scores["uz"] = max(scores["uz"], sum(counts[word] for word in _UZBEK_CYRILLIC))
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] else ("ru" if code == "Cyrl" else None)
