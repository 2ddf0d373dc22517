"""Bytes of any charset -> UTF-8, by what the bytes are rather than by what they are said to be."""

import codecs
import re

from monitor.text import charset_of, guess_charset

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# Charsets whose texts are pure ASCII bytes: only these can be meant by valid UTF-8 without being it.
_SEVEN_BIT = {"utf-7", "iso-2022-jp", "iso-2022-kr", "hz"}
_BROADER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "ascii": "cp1252"}
_BEYOND_ASCII = bytes(range(128, 256))


def to_utf8(body: bytes, content_type: str | None = None) -> bytes:
    """Return `body` as UTF-8 without its byte-order mark; `content_type` is the response's. Never raises.

    Order: byte-order mark, the zeros of UTF-16, valid UTF-8, the charset declared in the document, the
    one in the header, Cyrillic charsets by letter frequency, Windows-1252. Bytes that are valid UTF-8
    beyond ASCII are UTF-8 whatever is declared: the chance of an accident is nil.
    """
    bom, charset = next((pair for pair in _BOMS if body.startswith(pair[0])), (b"", _without_bom(body)))
    body = body[len(bom) :]
    if charset != "utf-8":
        return _encoded(body.decode(charset, "replace"))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        pass
    else:
        if not text.isascii():
            return body
        seven_bit = next((name for name in _declared(body, content_type) if name in _SEVEN_BIT), None)
        return body if seven_bit is None else _encoded(body.decode(seven_bit, "replace"))
    for charset in _declared(body, content_type):
        if charset not in ("utf-8", "utf-16", "utf-32"):
            try:
                return _encoded(body.decode(charset))
            except UnicodeDecodeError:
                continue
    return _encoded(_guess(body))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _without_bom(body: bytes) -> str:
    """The charset that the zeros among the first bytes tell of: `<` stands there as one wide character."""
    head = body[:4]
    if len(head) < 4 or 0 not in head:
        return "utf-8"
    if head[0] == 0 and head[1] == 0:
        return "utf-32-be"
    if head[0] == 0:
        return "utf-16-be"
    if head[1] == 0:
        return "utf-32-le" if head[2] == 0 else "utf-16-le"
    return "utf-8"


def _declared(body: bytes, content_type: str | None) -> list[str]:
    names = []
    if match := _DECLARED.match(body):
        names.append(match[1].decode("ascii"))
    if content_type and (found := _CHARSET.search(content_type)):
        names.append(found[1])
    charsets = (charset for name in names if (charset := charset_of(name)))
    return [_BROADER.get(charset, charset) for charset in charsets]


def _guess(body: bytes) -> str:
    replaced = body.decode("utf-8", "replace")
    if replaced.count("\ufffd") * 20 < len(body) - len(body.translate(None, _BEYOND_ASCII)):
        return replaced  # UTF-8 with a few broken characters, or cut in the middle of one
    return body.decode(guess_charset(body), "replace")
