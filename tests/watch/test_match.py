"""What a query says of an article, with the sentences that show it."""

import pickle
from datetime import timedelta

import pytest

from monitor.model import Joint, Quote
from monitor.watch.match import explain, matches
from monitor.watch.parse import parse
from monitor.watch.subject import Subject, subject_of
from tests.watch.sample import NOW, analysis, tag

TITLE = "Союз без союзников"
TEXT = (
    "Токаев заявил, что Казахстан не поддержит санкции. ОДКБ в учениях не участвует.\n"
    "В Ереване ждут перемен. The US sent us troops."
)


def subject(**changes: object) -> Subject:
    made = analysis(
        TEXT,
        title=TITLE,
        byline=("Айгерим Сатпаева", "Nare Hakobyan"),
        countries=(tag("country", "KZ", TEXT, "Казахстан", salience=0.8),
                   tag("country", "AM", TEXT, "Ереване", role="mentioned", salience=0.2)),
        themes=(tag("theme", "sanctions", TEXT, "санкции", salience=0.6),
                tag("theme", "csto", TEXT, "ОДКБ", salience=0.4)),
        **changes,  # type: ignore[arg-type]
    )  # fmt: skip
    return subject_of(made, outlet="News.Courier.example", sources=3)


@pytest.mark.parametrize(
    "query",
    [
        "", "санкция", "санкциями поддержит", '"без союзниками"', '"не поддержит санкции"', "союзник*",
        "country:KZ", "country:KZ@about", "country:AM@mentioned", "country:KZ theme:csto",
        "country:KZ SAME theme:sanctions", "country:KZ NEAR/2 theme:sanctions", "санкции NEAR/0 ОДКБ",
        "(country:AM OR country:KZ) SAME theme:sanctions", "Токаев SAME country:KZ SAME санкции",
        "(Токаев NEAR/2 country:KZ) NEAR/2 санкции", "союз SAME союзник", "US", "us", "US SAME us",
        "salience>0.7", "country:KZ salience>0.7", "(country:AM OR country:KZ) salience>0.7",
        "kind:opinion lang:ru", "outlet:courier.example", "outlet:news.courier.example", "author:сатпаева",
        'author:"nare hakobyan"', "published=2026-03-14", "published>2026-03-13 published<2026-03-15",
        "published>=2026-03-14T12:00Z", "sources>=3", "sources=3", "NOT country:RU",
        "NOT (санкции NOT казахстан)", "нет OR санкции",
    ],
)  # fmt: skip
def test_holds(query: str) -> None:
    parsed = parse(query)
    assert matches(parsed, subject())
    assert explain(parsed, subject()).matched


@pytest.mark.parametrize(
    ("query", "failed"),
    [
        ("войска", "войска was not found"),
        ('"санкции поддержит"', '"санкции поддержит" was not found'),
        ('"санкции одкб"', '"санкции одкб" was not found'),  # a phrase ends with its sentence
        ('"союзников токаев"', '"союзников токаев" was not found'),  # and with the title
        ("ОДКБ US одкб ЕРЕВАН", "ЕРЕВАН was not found"),
        ("country:RU", "country:RU was not found"),
        ("country:AM@about", "country:AM@about: found as mentioned with salience 0.20"),
        ("country:AM salience>0.7", "(country:AM AND salience>0.7): found as mentioned with salience 0.20"),
        ("country:KZ SAME theme:csto", "country:KZ and theme:csto are not within one sentence"),
        ("country:KZ NEAR/2 theme:csto", "country:KZ and theme:csto are not within 2 words"),
        ("country:RU SAME theme:csto", "country:RU was not found"),
        ("союзник NEAR/100 токаев", "союзник and токаев are not within 100 words"),  # title and text
        ("kind:news", "kind is opinion, not news"),
        ("lang:en", "language is ru, not en"),
        ("outlet:ourier.example", "outlet is news.courier.example, not ourier.example"),
        ('author:"Сатпаева Айгерим"', 'author:"сатпаева айгерим" was not found'),
        ("published>2026-03-14", "published>=2026-03-15: published 2026-03-14T12:00:00+00:00"),
        ("sources>3", "sources>3: there are 3"),
        ("NOT санкции", "it holds санкции"),
        ("country:KZ (country:RU OR войска)", "none of country:RU or войска"),
    ],
)
def test_fails_and_says_where(query: str, failed: str) -> None:
    assert not matches(parse(query), subject())
    assert explain(parse(query), subject()).failed == failed


def test_quotes_mark_the_terms() -> None:
    match = explain(parse("country:KZ SAME theme:sanctions OR theme:csto"), subject())
    best = match.quotes[0]
    assert best.sentence == "Токаев заявил, что Казахстан не поддержит санкции."
    assert [best.sentence[start:end] for start, end in best.marks] == ["Казахстан", "санкции"]
    assert best.keys == ("country:KZ", "theme:sanctions")
    assert [quote.sentence for quote in match.quotes[1:]] == ["ОДКБ в учениях не участвует."]
    assert match.keys == {"country:KZ", "theme:sanctions", "theme:csto"}
    assert match.why == "country:KZ and theme:sanctions in one sentence; theme:csto (about, salience 0.40)"


def test_a_title_is_quoted_too() -> None:
    assert explain(parse("союзник"), subject()).quotes == (Quote(TITLE, ((9, 18),), ("word:союзник",)),)


def test_ties_count_where_the_evidence_keeps_only_the_best() -> None:
    tied = subject(joints=(Joint("KZ", "csto", True, 7, "Казахстан и ОДКБ."),))
    match = explain(parse("country:KZ SAME theme:csto"), tied)
    assert match.matched and match.quotes[0].sentence == "Казахстан и ОДКБ."
    assert matches(parse("(country:KZ OR country:RU) NEAR/7 theme:csto"), tied)
    assert not matches(parse("country:KZ NEAR/2 theme:csto"), tied)
    assert not matches(parse("(country:KZ salience>0.9) SAME theme:csto"), tied)


def test_a_long_sentence_is_cut_around_its_marks() -> None:
    text = "слово " * 400 + "Казахстан " + "слово " * 400
    long = subject_of(analysis(text, countries=[tag("country", "KZ", text, "Казахстан")]), outlet="a.example")
    (quote,) = explain(parse("country:KZ"), long).quotes
    assert len(quote.sentence) < 520 and quote.sentence.startswith("… ") and quote.sentence.endswith(" …")
    ((start, end),) = quote.marks
    assert quote.sentence[start:end] == "Казахстан"


def test_reasons_are_plain() -> None:
    query = (
        "sources>=3 kind:opinion outlet:courier.example author:nare published>2026-01-01 country:AM@mentioned"
    )
    assert explain(parse(query), subject()).why == (
        "told by 3 sources; kind is opinion; outlet is news.courier.example; and 3 more"
    )
    rest = explain(parse('"казахстан не" author:nare lang:ru'), subject()).why
    assert rest == '"казахстан не" found; by Айгерим Сатпаева, Nare Hakobyan; lang:ru'


def test_reasons_are_few() -> None:
    match = explain(parse("токаев казахстан санкции одкб ереван us"), subject())
    assert match.why.endswith("; and 3 more") and len(match.quotes) == 4


def test_an_unknown_publishing_time_is_in_no_period() -> None:
    unknown = subject(published=None)
    assert not matches(parse("published>2000-01-01"), unknown)
    assert explain(parse("published>2000-01-01"), unknown).failed.endswith("at an unknown time")


def test_a_text_cut_by_retention_still_matches_by_its_search_text() -> None:
    whole = subject()
    cut = subject_of(analysis(TEXT[:20], title=TITLE), outlet="", search_text=whole.search_text)
    assert matches(parse("санкции"), cut)
    assert explain(parse("санкции NEAR/0 одкб"), cut).matched


def test_an_empty_article_matches_nothing_but_everything() -> None:
    empty = subject_of(analysis("", kind="other", published=NOW - timedelta(1)), outlet="")
    assert matches(parse(""), empty)
    assert explain(parse(""), empty).why == "every article matches"
    assert not any(matches(parse(text), empty) for text in ("слово", "сл*", '"а б"', "a SAME b", "a NEAR b"))


def test_queries_and_matches_travel_between_processes() -> None:
    parsed = parse("country:KZ SAME санкц* OR NOT author:nare")
    assert pickle.loads(pickle.dumps(parsed)) == parsed
    match = explain(parsed, subject())
    assert pickle.loads(pickle.dumps(match)) == match
