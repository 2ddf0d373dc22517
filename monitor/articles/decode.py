"""Bytes of a page, with what its server said of the charset -> text.

Order of trust: byte-order mark, valid UTF-8, the page's own `<meta>`, the HTTP header, then a guess.
Valid UTF-8 goes before every declaration because bytes that are not UTF-8 hardly ever look like it, while
wrong declarations are common. Of these the commonest are told by their letters: Russian that is declared
as West European, or as another Cyrillic charset than its own.
"""

import codecs
import re

from monitor.text import CYRILLIC_CHARSETS, charset_of, common_letters, guess_charset, storable

_META = re.compile(rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# WHATWG Encoding Standard: what a page calls latin-1 is windows-1252, and so on.
_ALIASES = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "x-sjis": "cp932", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "iso-8859-9": "cp1254", "tis-620": "cp874", "x-mac-cyrillic": "mac-cyrillic",
    "windows-31j": "cp932", "cp-1251": "cp1251", "win-1251": "cp1251", "iso-8859-11": "cp874",
}  # fmt: skip


def decode_page(html: bytes | str, content_type: str | None = None) -> str:
    """Return the page as text. Never fails: bytes that fit no charset become U+FFFD."""
    if isinstance(html, str):
        return storable(html.removeprefix("\ufeff"))
    for mark, name in _BOMS:
        # A page in UTF-16 has a bracket and a NUL side by side; bytes that have none are in something else.
        if html.startswith(mark) and (name == "utf-8" or b"<\0" in html or b"\0<" in html):
            return _without_nul(html[len(mark) :].decode(name, "replace"))
    try:
        decoded = html.decode("utf-8")
    except UnicodeDecodeError as broken:
        damaged = broken
    else:
        return _without_nul(decoded) if b"\0" in html else decoded  # bytes are searched faster
    declared = [_META.search(html[:8192]), _HEADER.search(content_type or "")]
    names = [m[1].decode() if isinstance(m[1], bytes) else m[1] for m in declared if m]
    for name in names:
        codec = _codec(name)
        # A page that can be read for its <meta> is not in UTF-16, whatever it says.
        if codec is None or codec.startswith(("utf-16", "utf-32")):
            continue
        if codec != "utf-8":
            return _without_nul(html.decode(_unless_a_lie(codec, html), "replace"))
        # A few torn characters in a page that is UTF-8 otherwise: keep the rest readable.
        text = html.decode("utf-8", "replace")
        if text.count("\ufffd") * 50 <= len(text) or damaged.start > 4096:
            return _without_nul(text)
    return _without_nul(html.decode(guess_charset(html), "replace"))


def _without_nul(decoded: str) -> str:
    """Return what `storable` does: no charset of a page is decoded to a lone surrogate."""
    return decoded.replace("\0", "\ufffd")


def _codec(name: str) -> str | None:
    label = name.strip().lower()
    charset = charset_of(_ALIASES.get(label, label))
    return None if charset == "utf-7" else charset


def _unless_a_lie(codec: str, html: bytes) -> str:
    if codec not in {"cp1252", *CYRILLIC_CHARSETS}:
        return codec
    guessed = guess_charset(html)
    if guessed == codec or guessed == "cp1252":
        return codec
    return guessed if common_letters(html, guessed) > 2 * common_letters(html, codec) else codec
