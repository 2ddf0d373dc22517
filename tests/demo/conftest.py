"""The newsroom, and the analysis of everything in it, once for all tests here."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from monitor.analysis import analyze
from monitor.demo.articles import articles, outlets
from monitor.demo.newsroom import Newsroom
from monitor.model import Analysis, Document
from monitor.tagging import Tagger

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def analyses() -> Mapping[str, Analysis]:
    """Every page as served, analysed without any word from the feed; by slug."""
    newsroom = Newsroom(NOW)
    newsroom.assign_ports(range(40001, 40100))
    tagger = Tagger()
    return {
        slug: analyze(
            Document(
                id=slug,
                url=newsroom.url(slug),
                html=newsroom.page(slug),
                content_type=f"text/html; charset={outlets()[article.outlet].charset}",
            ),
            tagger,
        )
        for slug, article in articles().items()
    }
