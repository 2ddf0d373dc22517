"""A query means the same on an article in memory and in the database, on both databases."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from monitor.store import articles, search
from monitor.store.database import Database
from monitor.store.reading import stored_articles
from monitor.store.tables import Article, Joint, Tag
from monitor.watch.match import asks_places, explain, matches
from monitor.watch.parse import parse
from monitor.watch.subject import subject_of
from tests.watch.sample import AUTHORS, KINDS, LANGUAGES, NOW, OUTLETS, analysis, random_analysis

ARTICLES = 80

_WORDS = sorted({word.lower() for words in LANGUAGES.values() for word in words} | {"ОДКБ", "US", "нигде"})


_PREFIXES = st.tuples(st.sampled_from(_WORDS), st.integers(2, 12)).map(lambda pair: pair[0][: pair[1]])
_DAYS = [f"published{sign}{NOW:%Y-%m}-{day}" for sign in ("<", "<=", "=", ">=", ">") for day in (10, 12)]
_ATOMS = st.one_of(
    st.sampled_from(_WORDS).map(lambda word: f'"{word}"'),
    st.lists(st.sampled_from(_WORDS), min_size=2, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    _PREFIXES.filter(lambda prefix: len(prefix) > 1).map(lambda prefix: f"{prefix}*"),
    st.sampled_from(["country:KZ", "country:AM@about", "country:KZ@mentioned", "theme:csto"]),
    st.sampled_from(["(country:KZ salience>0.4)", "salience<=0.4", "salience=0.9", "sources>=2"]),
    st.sampled_from([f"kind:{kind}" for kind in KINDS] + ["lang:ru", "lang:kk", "sources<2"]),
    st.sampled_from([f"outlet:{host}" for host in OUTLETS]),
    st.sampled_from([f'author:"{name}"' for name in (*AUTHORS, "Nare", "Hakobyan Nare")]),
    st.sampled_from(_DAYS),
)
_PLACES = (
    "country:KZ | country:AM@about | theme:csto | theme:sanctions | санкции | союз | troops | us | ка* |"
    ' "казахстан союза" | (country:KZ OR country:AM) | (theme:csto OR учения)'
)
_PLACED = st.sampled_from(_PLACES.split(" | "))
_JOINS = st.sampled_from(["SAME", "NEAR/0", "NEAR/3", "NEAR/40"])
_JOINED = st.tuples(_PLACED, _JOINS, _PLACED).map(" ".join)
_BOTH = st.sampled_from([" ", " AND ", " OR "])
QUERIES = st.recursive(
    st.one_of(_ATOMS, _JOINED),
    lambda inner: st.one_of(
        st.tuples(inner, _BOTH, inner).map(lambda parts: "({}){}({})".format(*parts)),
        inner.map(lambda text: f"NOT ({text})"),
    ),
    max_leaves=5,
)


@pytest.fixture
def filled(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database of random articles in which words repeat, asked for a few at a time."""
    monkeypatch.setattr(search, "FIRST_BATCH", 8)
    monkeypatch.setattr(search, "NEWEST", 20)
    draw = random.Random(20260314)
    with database.transaction() as session:
        stories: list[int] = []
        for number in range(ARTICLES):
            made, outlet = random_analysis(draw, number)
            outlet_id = articles.outlet(session, outlet, name=outlet)
            if not stories or draw.random() < 0.7:
                stories.append(
                    articles.new_story(session, title=made.article.title, first_seen_at=NOW, origin=None)
                )
            subject = subject_of(made, outlet=outlet)
            new = articles.NewArticle(made, made.article.url, outlet_id, NOW, (), subject.search_text)
            articles.insert_article(session, new, draw.choice(stories[-5:]), NOW)
    yield database


def _streamed(database: Database) -> Callable[[str], set[int]]:
    with database.session() as session:
        stored = list(stored_articles(session, range(1, ARTICLES + 1)))
    # Made from the analysis alone, as ingest does; nothing of the search text that the database holds.
    subjects = {
        item.id: subject_of(item.analysis, outlet=item.outlet, sources=item.sources) for item in stored
    }
    assert len(subjects) == ARTICLES
    return lambda text: {number for number, subject in subjects.items() if matches(parse(text), subject)}


def test_stream_and_database_agree(filled: Database) -> None:
    streamed = _streamed(filled)
    with filled.session() as session:
        light = list(stored_articles(session, range(1, ARTICLES + 1), places=False))
    assert not any(item.analysis.article.text for item in light)
    hits, without_places = [], []

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @example("NOT (санкции OR us)")
    @example("санкциялардың*")
    @example("NOT (author:nare)")
    @given(QUERIES)
    def agree(text: str) -> None:
        expected = streamed(text)
        with filled.session() as session:
            found = [item.article.id for item in search.search(session, parse(text))]
        assert found == sorted(expected, reverse=True)
        hits.append(len(expected))
        if not asks_places(parse(text).root):
            assert {item.id for item in light if matches(parse(text), search.subject(item))} == expected
            without_places.append(text)

    agree()
    assert len(without_places) > len(hits) / 5
    assert sum(0 < count < ARTICLES for count in hits) > len(hits) / 3  # the queries must be able to tell


def _search(database: Database, text: str) -> list[int]:
    with database.session() as session:
        return [found.article.id for found in search.search(session, parse(text))]


def test_the_index_follows_the_articles(filled: Database) -> None:
    before = _search(filled, "санкция")
    assert before
    with filled.transaction() as session:
        session.execute(update(Article).where(Article.id == before[0]).values(search_text="|| новость ||"))
        for table in (Tag, Joint):
            session.execute(delete(table).where(table.article_id == before[-1]))
        session.execute(delete(Article).where(Article.id == before[-1]))
    assert _search(filled, "санкция") == before[1:-1]
    assert _search(filled, "новость") == before[:1]


def test_reindexing_restores_the_words(filled: Database) -> None:
    before = _search(filled, "санкция")
    longer = "|| " + "слово " * 500 + "||"  # of a text that was longer once
    with filled.transaction() as session:
        session.execute(update(Article).values(search_text=""))
        cut = update(Article).where(Article.id == before[0])
        session.execute(cut.values(search_text=longer, text_cut=True))
        last: int | None = 0
        while last is not None:
            last = search.reindex(session, after=last, limit=30)
    assert _search(filled, "санкция") == before[1:]
    assert _search(filled, '"слово слово"') == before[:1]


def test_a_search_can_be_limited_to_new_articles(filled: Database) -> None:
    with filled.session() as session:
        assert list(search.search(session, parse(""), since=NOW + timedelta(seconds=1))) == []
        assert len(list(search.search(session, parse("санкция OR us"), since=NOW))) > 5


def test_a_huge_text_can_be_stored_and_found(database: Database) -> None:
    text = ". ".join(f"Слово{number} " + "ы" * 60 for number in range(30_000))
    made = analysis(text, title="т " * 50_000, byline=("автор " * 30_000,), url="https://a.example/")
    with database.transaction() as session:
        outlet_id = articles.outlet(session, "a.example", name="")
        story_id = articles.new_story(session, title="", first_seen_at=NOW, origin=None)
        stream = subject_of(made, outlet="a.example").search_text
        new = articles.NewArticle(made, made.article.url, outlet_id, NOW, (), stream)
        articles.insert_article(session, new, story_id, NOW)
    assert _search(database, "слово7 author:автор") == [1]
    assert _search(database, "слово29999") == []  # beyond what is searched


def test_the_longest_queries_can_be_searched(filled: Database) -> None:
    word = "санкция"
    expected = _search(filled, word)
    assert _search(filled, " ".join([word] * 1200)) == expected
    assert (
        _search(filled, " OR ".join(f"{word}{number}" for number in range(600)) + f" OR {word}") == expected
    )
    chain = " SAME ".join([word] * 11)
    for nested in (f"({{}} OR ({chain}))", "(NOT (NOT {}))", "({} AND (country:RU OR us OR {word}))"):
        text = word
        for _ in range(5):
            text = nested.replace("{}", text).replace("{word}", word)
        assert _search(filled, text) == expected


def test_without_quotes_the_answer_is_the_same() -> None:
    draw = random.Random(3)
    subjects = [
        subject_of(made, outlet=outlet) for made, outlet in (random_analysis(draw, n) for n in range(60))
    ]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(QUERIES)
    def agree(text: str) -> None:
        query = parse(text)
        for subject in subjects:
            whole, quick = explain(query, subject), explain(query, subject, quoted=False)
            assert (quick.matched, quick.why, quick.failed) == (whole.matched, whole.why, whole.failed)
            told = {key for key in whole.keys if not key.startswith("word:")}
            assert told == {key for key in quick.keys if not key.startswith("word:")}
            assert quick.quotes == ()

    agree()
