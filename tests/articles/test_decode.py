"""Pages are read by what their bytes are: true declarations are followed, lies are not."""

from encodings.aliases import aliases

import pytest

from monitor.articles.decode import decode_page
from monitor.text import is_storable

RUSSIAN = "Парламент в Астане обсуждал закон о зерне и вернул его в комитет. " * 5
GERMAN = "Das Parlament prüfte das Gesetz für die Länder, und die Bürger hörten zu. " * 5
GREEK = "Το κοινοβούλιο συζήτησε τον νόμο για τα σιτηρά επί τρεις ώρες. " * 5
POLISH = "Parlament dyskutował o ustawie zbożowej przez trzy godziny, żeby ją odesłać. " * 5


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        *((RUSSIAN, charset) for charset in ("cp1251", "koi8-r", "cp866", "iso-8859-5", "utf-8")),
        *((GERMAN, charset) for charset in ("iso-8859-1", "utf-8")),
        *((GREEK, charset) for charset in ("iso-8859-7", "cp1253")),
        *((POLISH, charset) for charset in ("iso-8859-2", "cp1250")),
    ],
)  # fmt: skip
def test_a_true_declaration_is_followed(text: str, charset: str) -> None:
    page = f"<html><head><meta charset={charset}></head><p>{text}".encode(charset)
    assert text in decode_page(page)
    bare = f"<html><p>{text}".encode(charset)
    assert text in decode_page(bare, f"text/html; charset={charset}")


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        *((RUSSIAN, charset) for charset in ("cp1251", "koi8-r", "cp866", "iso-8859-5")),
        (GERMAN, "cp1252"),
        ("外交部发言人在北京说，中国和中亚国家的关系是好的，这一年来有了很大的发展。", "gb2312"),
        ("外交部發言人在北京說，中國和中亞國家的關係是好的，這一年來有了很大的發展。", "big5"),
        ("ロシアと中央アジアの国々との関係について話した。", "euc-jp"),
        ("ロシアと中央アジアの国々との関係について話した。", "shift_jis"),
        ("러시아와 중앙아시아는 이번 회담에서 협력하기로 했다고 말했다.", "euc-kr"),
    ],
)  # fmt: skip
def test_what_declares_nothing_is_told_by_what_is_common(text: str, charset: str) -> None:
    assert text in decode_page(f"<html><p>{text}".encode(charset))


@pytest.mark.parametrize(
    ("text", "charset", "lie"),
    [
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (RUSSIAN, "cp1251", "utf-8"),
        (RUSSIAN, "cp1251", "utf-16"),
        (RUSSIAN, "cp1251", "koi8-r"),
        (RUSSIAN, "koi8-r", "windows-1251"),
        (RUSSIAN, "koi8-r", "utf-8"),
        (RUSSIAN, "cp866", "x-klingon"),
        (RUSSIAN, "utf-8", "windows-1251"),
        (GERMAN, "iso-8859-1", "utf-8"),
        (GERMAN, "utf-8", "iso-8859-1"),
    ],
)
def test_a_lie_is_not(text: str, charset: str, lie: str) -> None:
    page = f"<html><head><meta charset={lie}></head><p>{text}".encode(charset)
    assert text in decode_page(page)


def test_a_byte_order_mark_of_other_bytes_is_no_mark() -> None:
    assert "Astana" in decode_page(b"\xff\xfe<p>Astana debated")
    assert "Astana" in decode_page("\ufeff<p>Astana debated".encode("utf-16"))


@pytest.mark.parametrize(
    "charset", sorted({*aliases.values(), "unicode_escape", "raw_unicode_escape", "undefined"})
)
def test_whatever_is_declared_the_text_can_be_stored(charset: str) -> None:
    page = b"<p>caf\xe9 +2AA- \\ud800 \xed\xa0\x80 \x00</p>"
    assert is_storable(decode_page(f'<meta charset="{charset}">'.encode() + page))
    assert is_storable(decode_page(page, f"text/html; charset={charset}"))


@pytest.mark.parametrize("charset", ["undefined", "none", "unicode-escape", "hex"])
def test_what_is_no_charset_is_passed_over(charset: str) -> None:
    page = f'<meta charset="{charset}"><p>{GERMAN}</p>'.encode("cp1252")
    assert GERMAN in decode_page(page, f"text/html; charset={charset}")
