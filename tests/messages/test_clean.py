"""Nothing of a stranger's text steers what shows it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.messages.clean import clean, cut, one_line, segments, web_url
from monitor.model import Quote

CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
NASTY = st.text(
    st.one_of(st.characters(), st.sampled_from("\r\n\x00\u202e\u2066\u200f\u2028=?UTF-8Qb0DA\ud800 ")),
    max_size=300,
)


@given(NASTY)
def test_one_line_is_one_clean_line(text: str) -> None:
    line = one_line(text)
    assert not CONTROL.search(line) and len(line) <= 200
    assert "=?" not in line and "?=" not in line
    assert line == line.strip()
    line.encode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Tariff\r\nBcc: all@example.org", "Tariff Bcc: all@example.org"),
        ("=?UTF-8?Q?=0D=0A?=Bcc: x", "= ?UTF-8?Q? =0D=0A? =Bcc: x"),
        ("=?UTF-8?B?DQo=?= x", "= ?UTF-8?B?DQo= ? = x"),
        ("a\u202egnp.exe\u202c", "agnp.exe"),
        ("سلام\u200cها", "سلام\u200cها"),
        ("x\u0300\u0301\u0302\u0303\u0304\u0305", "x\u0300\u0301\u0302"),
        ("tab\there\x00", "tab here\ufffd"),
        ("😀\u200d👍 ok", "😀\u200d👍 ok"),
    ],
)
def test_known_tricks_come_to_nothing(text: str, line: str) -> None:
    assert one_line(text) == line


def test_long_titles_are_cut_at_a_word() -> None:
    assert one_line("слово " * 2000, 30) == "слово слово слово слово…"
    assert one_line("х" * 10_000, 100) == "х" * 99 + "…"
    assert cut("short", 10) == "short"


@given(NASTY, st.lists(st.tuples(st.integers(-5, 320), st.integers(-5, 320)), max_size=5))
def test_segments_hold_the_whole_sentence(sentence: str, marks: list[tuple[int, int]]) -> None:
    pieces = segments(Quote(sentence, tuple(marks), ()))
    joined = "".join(piece.text for piece in pieces)
    assert not CONTROL.search(joined)
    assert "".join(joined.split()) == "".join(clean(sentence).split())


def test_segments_mark_what_is_marked() -> None:
    pieces = segments(Quote("a\u202ebc\ndef", ((2, 4), (5, 8)), ()))
    assert [(piece.text, piece.marked) for piece in pieces] == [
        ("a", False), ("bc", True), (" ", False), ("def", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a?b=c&d=1", "https://example.org/a?b=c&d=1"),
        ("http://example.org/статья", "http://example.org/%D1%81%D1%82%D0%B0%D1%82%D1%8C%D1%8F"),
        ("https://example.org/a|b>c<d\"e", "https://example.org/a%7Cb%3Ec%3Cd%22e"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https://bank.example@evil.example/", None),
        ("https://example.org/a\nb", None),
        ("https://example.org/\u202egpj", None),
        ("https://[broken", None),
        ("//example.org/a", None),
        ("https://example.org/" + "a" * 3000, None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str | None, safe: str | None) -> None:
    assert web_url(url) == safe
