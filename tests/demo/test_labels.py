"""What analysis makes of the newsroom's pages, against what a person who read them expects."""

from collections.abc import Mapping

import pytest

from monitor.demo.articles import articles, paragraphs, words
from monitor.model import Analysis

SLUGS = sorted(articles())
# Kinds that a reader must be able to rely on; of news it may say "other": it abstains without reasons.
TOLD_APART = {"opinion", "analysis", "interview", "statement"}


@pytest.mark.parametrize("slug", SLUGS)
def test_countries_and_themes(slug: str, analyses: Mapping[str, Analysis]) -> None:
    tags = analyses[slug].tags
    expected = articles()[slug].expected
    found = {f"{tag.dimension}:{tag.key}" for tag in tags}
    wanted = {f"country:{key}" for key in expected.countries} | {f"theme:{key}" for key in expected.themes}
    wrong = sorted(wanted - found), sorted(found & set(expected.never))
    assert wrong == ([], [])
    for tag in tags:
        for evidence in tag.evidence:
            text = analyses[slug].article.title if evidence.where == "title" else analyses[slug].article.text
            assert text[evidence.start : evidence.end] == evidence.term


@pytest.mark.parametrize("slug", SLUGS)
def test_kind(slug: str, analyses: Mapping[str, Analysis]) -> None:
    label = analyses[slug].article.kind.label
    kind = articles()[slug].kind
    assert label in ({kind} if kind in TOLD_APART else {kind, "other"})


@pytest.mark.parametrize("slug", SLUGS)
def test_the_text_is_the_article_and_nothing_around_it(slug: str, analyses: Mapping[str, Analysis]) -> None:
    article, read = articles()[slug], analyses[slug].article
    assert read.title == article.title
    assert read.byline == article.byline
    assert read.language == article.lang
    for paragraph in paragraphs(article):
        assert " ".join(paragraph.split()) in " ".join(read.text.split())
    around = words()[article.lang]
    others = {a.title for a in articles().values() if a.outlet == article.outlet} - {article.title}
    left = [
        phrase for phrase in (*around.values(), *others) if isinstance(phrase, str) and phrase in read.text
    ]
    assert left == []


def test_reprints_are_copies(analyses: Mapping[str, Analysis]) -> None:
    reprints = [article for article in articles().values() if article.reprint_of]
    assert len(reprints) == 2
    for article in reprints:
        one, other = analyses[article.slug].minhash, analyses[article.reprint_of].minhash
        alike = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
        assert alike > 0.8
