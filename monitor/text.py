"""Small functions on text that several rooms share."""

import codecs
import re
from collections.abc import Sequence

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Replace NULs and lone surrogates by U+FFFD, one for one, so that offsets hold."""
    return text if is_storable(text) else _UNSTORABLE.sub("\ufffd", text)


def is_storable(text: str) -> bool:
    """Whether `text` holds neither NULs nor lone surrogates; much faster than the pattern."""
    if "\x00" in text:
        return False
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True


def fold_space(text: str) -> str:
    """Return `text` on one line: runs of white space become one space, ends are stripped."""
    return " ".join(text.split())


# -- charsets --------------------------------------------------------------------------------------

# Python calls these encodings of text. "undefined", always failing, is what scripts write for want of any.
_NO_CHARSETS = {"undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape"}
CYRILLIC_CHARSETS = ("cp1251", "koi8-r", "iso8859-5", "cp866")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_COMMON_RUSSIAN = re.compile("[оеаинтсрвл]")
_SAMPLE_BYTES = 100_000
# Charsets of East Asia, with characters that make up a tenth and more of what is written in them.
_EAST_ASIAN = (
    ("euc_jp", re.compile("[のにはをたがでとしれるい]")),
    ("cp932", re.compile("[のにはをたがでとしれるい]")),
    ("cp949", re.compile("[이다는에의를은가고하한지기로]")),
    ("gb18030", re.compile("[的一是不了在人有国中年大这和上为]")),
    ("big5", re.compile("[的一是不了在人有國中年大這和上為]")),
)
_EAST_ASIAN_SHARE, _EAST_ASIAN_LEAST = 0.07, 3


def charset_of(label: str) -> str | None:
    """Return Python's name of the charset that a page, a feed or a server declares; null for what is none."""
    try:
        codec = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    # Codecs such as "hex" or "rot13" do not read text: they have no business here.
    is_charset = codec._is_text_encoding and codec.name.replace("_", "-") not in _NO_CHARSETS
    return codec.name if is_charset else None


def guess_charset(body: bytes) -> str:
    """Return the likeliest charset of bytes that are not UTF-8, by what is common in its languages: one of
    East Asia, a Cyrillic one, or windows-1252."""
    body = body[:_SAMPLE_BYTES]
    if found := _east_asian(body):
        return found
    runs = _BEYOND_ASCII.findall(body)
    # Cyrillic words are runs of such bytes; accents stand alone between ASCII letters.
    if sum(len(run) for run in runs if len(run) > 2) * 2 <= sum(map(len, runs)):
        return "cp1252"
    return max(CYRILLIC_CHARSETS, key=lambda charset: common_letters(body, charset))


def _east_asian(body: bytes) -> str | None:
    """Return the charset in which `body` can be read whole, and is full of what is common there."""
    best, found = _EAST_ASIAN_SHARE, None
    for charset, common in _EAST_ASIAN:
        try:
            text = codecs.getincrementaldecoder(charset)().decode(body)
        except UnicodeDecodeError:
            continue
        hits, written = len(common.findall(text)), sum(character > "\x7f" for character in text)
        if hits >= _EAST_ASIAN_LEAST and hits > best * written:
            best, found = hits / written, charset
    return found


def common_letters(body: bytes, charset: str) -> int:
    """Return how many of the commonest Russian letters the start of `body` holds, read as `charset`."""
    return len(_COMMON_RUSSIAN.findall(body[:_SAMPLE_BYTES].decode(charset, "replace")))


# -- lines -----------------------------------------------------------------------------------------

# The plainest letters stand first: of one set, what is named one by one is looked up before any class.
_NO_WORD = re.compile(r" *[^a-z0-9\w\n ][^a-z0-9\w\n]*")


def fold_lines(lines: Sequence[str]) -> list[str]:
    """Return the words of each line: case folded, one space between them, no marks.

    A line holds no \\n, and its white space is folded (`fold_space`). One pass over all, because pages have
    hundreds.
    """
    if not lines:
        return []
    folded = _NO_WORD.sub(" ", "\n".join(lines).casefold())
    return [line.strip() for line in folded.split("\n")]


# -- sentences -------------------------------------------------------------------------------------

# A stop that another character follows ("3.5", "example.org") ends nothing: the pattern passes it by. Its
# first character is one set, which the engine looks for fast; a run of stops is tried from its first only,
# and takes the end of its line with it.
_STOP = re.compile(
    "[.!?…。！？։\n\r\u2028\u2029\u0085]"
    "(?:(?<=[.!?…])(?<![.!?…]{2})[.!?…]*+[\"'»”’)\\]]*+(?!\\S)[\n\r\u2028\u2029\u0085]*"
    "|(?<=[\n\r\u2028\u2029\u0085])[\n\r\u2028\u2029\u0085]*"
    "|(?<=[。！？])[。！？]*[」』”’）]*"
    "|(?<=։))"
)
_BREAKS = frozenset("\n\r\u2028\u2029\u0085")
# Words that end in a full stop without ending the sentence, in lower case.
_ABBREVIATIONS = frozenset(
    (
        "mr mrs ms dr prof gen col lt sgt capt maj adm gov sen rep st hon rev jr sr vs etc nos vol fig "
        "inc corp co ltd bros jan feb mar apr jun jul aug sept oct nov dec dept est approx г гг в вв ул "
        "просп пр д обл р руб коп тыс млн млрд трлн им т п др см стр рис ред изд акад проф доц ген полк "
        "св гр тов гос напр м вул буд грн тис ім hr fr bzw usw str nr ca bsp abs mme mlle cf art sra dra "
        "ee uu av pág núm np tzw ul al im inż mgr tys mln mld zł dl dna bkz sn doç "
    ).split()
)


def _continues(text: str, start: int, end: int) -> bool:
    """Whether the stop at `text[start:end]`, which does not end the text, does not end its sentence."""
    following = text[end + 1 : end + 2] if text[end] == " " else ""
    if not following or following.isspace():
        following = text[end : end + 50].lstrip(" \u00a0\t")[:1]
    if following.islower():
        # A letter right behind an ideographic or Armenian full stop begins a sentence.
        return not text[end].isalpha()
    if end - start != 1 or text[start] != ".":
        return False
    limit = max(0, start - 10)
    word = text[max(limit, text.rfind(" ", limit, start) + 1) : start]
    if not word.isalpha():
        begin = start
        while begin > limit and text[begin - 1].isalpha():
            begin -= 1
        word = text[begin:start]
    if len(word) == 1:
        return word != "I"  # an initial, or the end of U.S.
    return word.lower() in _ABBREVIATIONS


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the sentences of `text` as (start, end), in order, without the white space around them.

    A line is never longer than a paragraph: line and paragraph separators always end a sentence. Takes time
    linear in the length of the text, whatever it holds.
    """
    found: list[tuple[int, int]] = []
    begin, length = 0, len(text)
    for stop in _STOP.finditer(text):
        start, end = stop.span()
        if text[end - 1] in _BREAKS:
            _append_trimmed(found, text, begin, end)
        elif end < length and _continues(text, start, end):
            continue
        elif text[begin].isspace():
            _append_trimmed(found, text, begin, end)
        else:
            found.append((begin, end))
        begin = end
        if end < length and text[end] == " ":
            begin += 1
    _append_trimmed(found, text, begin, length)
    return found


def _append_trimmed(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        found.append((start, end))
