"""Alert, digest -> JSON-able values for webhooks and exports. Offsets are code points into `sentence`."""

from datetime import datetime

from monitor.countries import country_name
from monitor.messages.digest import Digest, DigestStory, SourceNote
from monitor.model import Alert, Quote, Tag
from monitor.text import storable


def _sound(data: dict[str, object]) -> dict[str, object]:
    """Return the values with texts that every receiver can decode."""
    return {key: _value(value) for key, value in data.items()}


def _value(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case list():
            return [_value(inner) for inner in value]
        case dict():
            return _sound(value)
        case _:
            return value


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def quote_data(quote: Quote) -> dict[str, object]:
    """Return a quote; each mark is [start, end]."""
    return {
        "sentence": quote.sentence,
        "marks": [list(mark) for mark in quote.marks],
        "keys": list(quote.keys),
    }


def _tag_data(tag: Tag) -> dict[str, object]:
    name = (
        {"code": tag.key, "name": country_name(tag.key)} if tag.dimension == "country" else {"key": tag.key}
    )
    return {**name, "role": tag.role, "salience": round(tag.salience, 4), "mentions": tag.mentions}


def alert_data(alert: Alert) -> dict[str, object]:
    """Return all that an alert says."""
    data: dict[str, object] = {
        "type": "alert",
        "identity": alert.identity,
        "update_of": alert.update_of,
        "news": alert.news,
        "rule": alert.rule,
        "severity": alert.severity,
        "article_id": alert.article_id,
        "story_id": alert.story_id,
        "title": alert.title,
        "url": alert.url,
        "outlet": alert.outlet,
        "byline": list(alert.byline),
        "published": _time(alert.published),
        "language": alert.language,
        "kind": {"label": alert.kind.label, "score": alert.kind.score, "why": list(alert.kind.why)},
        "countries": [_tag_data(tag) for tag in alert.countries],
        "themes": [_tag_data(tag) for tag in alert.themes],
        "quotes": [quote_data(quote) for quote in alert.quotes],
        "copies": list(alert.copies),
        "related": list(alert.related),
        "origin": alert.origin,
        "why": alert.why,
    }
    return _sound(data)


def story_data(story: DigestStory) -> dict[str, object]:
    """Return all that a digest says of a story."""
    return {
        "story_id": story.story_id,
        "article_id": story.article_id,
        "title": story.title,
        "url": story.url,
        "outlet": story.outlet,
        "byline": list(story.byline),
        "published": _time(story.published),
        "language": story.language,
        "kind": story.kind,
        "countries": [{"code": code, "salience": salience} for code, salience in story.countries],
        "themes": [{"key": key, "salience": salience} for key, salience in story.themes],
        "quotes": [quote_data(quote) for quote in story.quotes],
        "copies": list(story.copies),
        "origin": story.origin,
        "rules": list(story.rules),
        "reason": story.reason,
    }


def digest_data(digest: Digest) -> dict[str, object]:
    """Return all that a digest says."""
    coverage = digest.coverage

    def notes(items: tuple[SourceNote, ...]) -> list[dict[str, str]]:
        return [{"name": note.name, "detail": note.detail} for note in items]

    data: dict[str, object] = {
        "type": "digest",
        "identity": digest.identity,
        "name": digest.name,
        "title": digest.title,
        "note": digest.note,
        "period_start": _time(digest.period_start),
        "period_end": _time(digest.period_end),
        "timezone": digest.timezone,
        "query": digest.query,
        "groups": [
            {
                "country": group.country or None,
                "theme": group.theme or None,
                "count": group.count,
                "previous_count": group.previous_count,
                "stories": [story_data(story) for story in group.stories],
            }
            for group in digest.groups
        ],
        "turns": [
            {
                "source": turn.source,
                "target": turn.target,
                "before": turn.before,
                "after": turn.after,
                "quotes": [{"stance": said.stance, "quote": said.quote} for said in turn.attitudes],
            }
            for turn in digest.turns
        ],
        "coverage": {
            "sources": coverage.sources,
            "healthy": coverage.healthy,
            "articles": coverage.articles,
            "failing": notes(coverage.failing),
            "silent": notes(coverage.silent),
            "gaps": notes(coverage.gaps),
        },
    }
    return _sound(data)
