"""The watch language: what parses, what it means, and what is said of mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.watch.parse import MAX_QUERY, Vocabulary, parse
from monitor.watch.query import (
    All,
    And,
    ByAuthor,
    InLanguage,
    Near,
    Not,
    OfKind,
    Or,
    Phrase,
    Prefix,
    Salience,
    Same,
    Sources,
    Tagged,
    Word,
)
from monitor.watch.show import show
from tests.watch.test_one_meaning import QUERIES

KZ = Tagged("country", "KZ")
CSTO = Tagged("theme", "csto")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("", All()),
        ("  ", All()),
        ("country:KZ theme:csto", And((KZ, CSTO))),
        ("country:kz AND theme:CSTO", And((KZ, CSTO))),
        ("a OR b c", Or((Word("a"), And((Word("b"), Word("c")))))),
        ("(a OR b) c", And((Or((Word("a"), Word("b"))), Word("c")))),
        ("NOT a b", And((Not(Word("a")), Word("b")))),
        ("NOT NOT a", Word("a")),
        ("NOT a SAME b", Not(Same(Word("a"), Word("b")))),
        ("a SAME b SAME c", Same(Same(Word("a"), Word("b")), Word("c"))),
        ("country:KZ NEAR/12 theme:csto d", And((Near(KZ, CSTO, 12), Word("d")))),
        ("a NEAR b", Near(Word("a"), Word("b"), 10)),
        ("country:KZ@about", Tagged("country", "KZ", "about")),
        ("salience>0.4", Salience(">", 0.4)),
        ("country:KZ salience>0.4", Tagged("country", "KZ", None, ((">", 0.4),))),
        ("salience >= 0.4 NOT country:KZ", And((Salience(">=", 0.4), Not(KZ)))),
        ("(country:KZ OR a) salience>0.4", Or((Tagged("country", "KZ", None, ((">", 0.4),)), Word("a")))),
        ("sources>=3", Sources(">=", 3)),
        ("kind:Opinion lang:RU", And((OfKind("opinion"), InLanguage("ru")))),
        ('author:"Айгерим Сатпаева"', ByAuthor(("айгерим", "сатпаева"))),
        ('"a phrase"', Phrase((Word("a"), Word("phrase")))),
        ("“умные” «кавычки»", And((Word("умные"), Word("кавычки")))),
        ("mother-in-law", Phrase((Word("mother"), Word("in"), Word("law")))),
        ("п'ять", Word("пять")),
        ("санкц*", Prefix("санкц")),
        ("ЕС ес Ес", And((Word("ес", acronym=True), Word("ес"), Word("ес")))),
        ("not and", And((Word("not"), Word("and")))),
        ('"NOT"', Word("not", acronym=True)),
        ("ANDROID", Word("android", acronym=True)),
        ("country: KZ", KZ),
        (r'"say \"no\""', Phrase((Word("say"), Word("no")))),
    ],
)
def test_parses(text: str, root: object) -> None:
    assert parse(text).root == root


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("country:Kazakstan", 8, "did you mean KZ (Kazakhstan)"),
        ("a country:KAZ", 10, "did you mean KZ"),
        ("theme:sanktions", 6, "did you mean sanctions"),
        ("them:csto", 0, "did you mean theme"),
        ("kind:opinon", 5, "did you mean opinion"),
        ("salence>0.4", 0, "did you mean salience"),
        ("country:KZ@abuot", 11, "did you mean about"),
        ("kind=opinion", 0, "with a colon: kind:opinion"),
        ("salience>2", 9, "from 0 to 1"),
        ("salience>nan", 9, "from 0 to 1"),
        ("published>2026-13-01", 10, "is no date"),
        ("published>9999-12-31", 10, "is no date"),
        ("sources>=²", 9, "a whole number"),
        ("outlet:https://example.org/a", 7, "no host name"),
        ("lang:russian", 5, "no language code"),
        ('author:"-"', 7, "no letter or digit"),
        ("a AND", 5, "ends where"),
        ("(a", 2, "not closed"),
        ("a)", 1, "closes nothing"),
        ("()", 1, "closes nothing"),
        ('"abc', 0, "quotation mark is not closed"),
        ("a OR OR b", 5, 'write "or"'),
        ("a SAME NOT b", 7, "cannot stand here"),
        ("a SAME kind:news", 2, "what stands in a sentence"),
        ("a NEAR/101 b", 2, "at most 100"),
        ("a*b", 0, "only at the end"),
        ("a*", 0, "at least 2 letters"),
        ("-word", 0, "NOT word"),
        ("-country:KZ", 0, "write NOT country:KZ"),
        ("a !b", 2, "write NOT b"),
        ("a & b", 2, 'for "&" write AND'),
        ("a || b", 2, 'for "||" write OR'),
        ("a|b", 0, "write a OR b"),
        ("a NEAR/x b", 2, "write NEAR/12"),
        ("a country:", 2, "needs a value"),
        ("country : KZ", 8, "directly between"),
        ("country:KZ,KG", 8, "write (country:KZ OR country:KG)"),
        ("country:KZ @about", 11, "country:KZ@about"),
        ("country:uk", 8, "did you mean GB (United Kingdom)"),
        ("a SAME (b c)", 2, "write A SAME B SAME C"),
        ("…", 0, "no letter or digit"),
        ("(" * 11 + "a" + ")" * 11, 10, "more than 10 parentheses"),
        ("a" + " SAME a" * 11, 72, "more than 10 SAME"),
        ("a" * (MAX_QUERY + 1), MAX_QUERY, "longer than"),
    ],
)
def test_mistakes_are_pointed_at(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert (caught.value.position, caught.value.query) == (position, text)


def test_the_character_is_pointed_at() -> None:
    with pytest.raises(QueryError) as caught:
        parse("a AND\tcountry:Kazakstan")
    assert caught.value.pointed() == (
        'a AND country:Kazakstan\n              ^ unknown country "Kazakstan": did you mean KZ (Kazakhstan)?'
    )
    with pytest.raises(QueryError) as caught:
        parse("a " * 500 + ")" + " b" * 500)
    line, mark = caught.value.pointed().split("\n")
    assert len(line) == 80 and line[mark.index("^")] == ")"


def test_users_own_themes_are_known() -> None:
    own = Vocabulary().with_themes(["water"])
    assert parse("theme:water", own).root == Tagged("theme", "water")
    with pytest.raises(QueryError):
        parse("theme:water")


@given(QUERIES)
def test_what_is_shown_parses_to_the_same(text: str) -> None:
    root = parse(text).root
    assert parse(show(root)).root == root


@given(st.text(st.sampled_from('ab:KZ<>="()*/\\ -ORANDSMENT01.@країна«\x00\U0001f600'), max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        parsed = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text)
    else:
        assert parse(show(parsed.root)).root == parsed.root


def test_long_queries_take_no_recursion() -> None:
    many = parse(" OR ".join(["word"] * 1200))
    assert isinstance(many.root, Or)
    assert isinstance(parse("NOT " * 2000 + "word").root, Word)
