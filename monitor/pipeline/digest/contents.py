"""What a digest says: period -> query over what is stored -> Digest.

Stories are told once each, under the country and theme that one of their sentences ties.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from monitor.config import DigestConfig
from monitor.messages.digest import Coverage, Digest, DigestGroup, DigestStory, SourceNote, Turn
from monitor.model import Quote
from monitor.pipeline.digest.slots import Slot
from monitor.store import digests
from monitor.store.digests import SourceHealth, WaitingHit
from monitor.store.reading import StoredArticle, ids_between, stored_articles
from monitor.store.search import subject
from monitor.watch.match import Match, explain
from monitor.watch.parse import Vocabulary, parse
from monitor.watch.query import Query, Same, Tagged
from monitor.watch.rules import BACKLOG

TURN_MIN = 0.75  # least change of a mean stance, -1..1, that is told
TURN_ATTITUDES = 2  # least number of attitudes in each period behind it
QUOTES_MAX = 3


@dataclass(frozen=True, slots=True)
class _Found:
    article: StoredArticle
    match: Match
    quoted_by_rule: bool = False
    reason: str = ""


def compose(
    session: Session,
    config: DigestConfig,
    vocabulary: Vocabulary,
    slot: Slot,
    start: datetime,
    now: datetime,
) -> tuple[Digest, list[WaitingHit]]:
    """Return the digest of [start, slot), and the waiting hits that it tells. Raises QueryError."""
    query = parse(config.query, vocabulary)
    waiting = digests.waiting_hits(session, config.name)
    ids = ids_between(session, start, slot.at)
    found = list(_matching(session, ids, query, needs_tag=not config.query))
    have = {item.article.id for item in found}
    found += _told(session, [hit for hit in waiting if hit.article_id not in have])
    before = start - (slot.at - start)
    past = ids_between(session, before, start)
    previous = list(_matching(session, past, query, needs_tag=not config.query))
    known = {item.article.id for item in previous}
    told = digests.articles_told(session, config.name, before, start)
    previous += _plain(session, [article_id for article_id in told if article_id not in known])
    digest = Digest(
        identity=f"digest-{config.name}-{slot.name}",
        name=config.name,
        title=config.name,
        period_start=start,
        period_end=slot.at,
        timezone=config.timezone,
        query=config.query,
        groups=_groups(session, found, _counts(previous)),
        turns=_turns(session, before, start, slot.at, found),
        coverage=_coverage(digests.health(session, start, now), len(ids)),
    )
    return digest, waiting


def compose_backlog(
    session: Session,
    waiting: Sequence[WaitingHit],
    slot: Slot,
    start: datetime,
    now: datetime,
) -> Digest:
    """Return the one digest of alerts that were too many or too late to be told singly."""
    found = list(_told(session, waiting))
    rules = ", ".join(sorted({hit.rule for hit in waiting}))
    return Digest(
        identity=f"digest-{BACKLOG}-{slot.name}",
        name=BACKLOG,
        title=f"Backlog of {rules}",
        period_start=start,
        period_end=slot.at,
        timezone="UTC",
        query="",
        groups=_groups(session, found, {}),
        turns=(),
        coverage=_coverage(digests.health(session, start, now), len(found)),
        note="Told together, since they came late or all at once: "
        + "; ".join(sorted({hit.reason for hit in waiting})),
    )


def _matching(session: Session, ids: Sequence[int], query: Query, *, needs_tag: bool) -> Iterator[_Found]:
    for article in stored_articles(session, ids):
        if needs_tag and not article.analysis.tags:
            continue
        match = explain(query, subject(article))
        if match.matched:
            yield _Found(article, match)


def _plain(session: Session, ids: Sequence[int]) -> Iterator[_Found]:
    everything = parse("")
    for article in stored_articles(session, ids):
        yield _Found(article, explain(everything, subject(article)))


def _told(session: Session, waiting: Sequence[WaitingHit]) -> Iterator[_Found]:
    """Yield the articles that rules leave to a digest, quoted by what the rules found in them."""
    hits: dict[int, list[WaitingHit]] = defaultdict(list)
    for hit in waiting:
        hits[hit.article_id].append(hit)
    for item in _plain(session, list(hits)):
        own = hits[item.article.id]
        quotes = {quote.sentence: quote for hit in own for quote in hit.quotes}
        match = replace(item.match, quotes=tuple(quotes.values()) or item.match.quotes)
        yield replace(item, match=match, quoted_by_rule=bool(quotes), reason=own[-1].reason)


def _pairs(article: StoredArticle) -> set[tuple[str, str]]:
    """Return the (country, theme) pairs of an article; either may be empty where it has none."""
    tagging = article.analysis.tagging
    joints = {(joint.country, joint.theme) for joint in tagging.joints}
    if joints:
        return joints
    countries = [tag.key for tag in tagging.countries] or [""]
    themes = [tag.key for tag in tagging.themes] or [""]
    return {(countries[0], themes[0])}


def _main_pair(found: _Found) -> tuple[str, str]:
    """Return the (country, theme) that an article is told under: of the pairs that its sentences tie one
    that was asked for, the most central one."""
    tagging = found.article.analysis.tagging
    asked = {key for quote in found.match.quotes for key in quote.keys}
    countries = {tag.key: tag.salience for tag in tagging.countries}
    themes = {tag.key: tag.salience for tag in tagging.themes}
    tied = [
        (
            {f"country:{joint.country}", f"theme:{joint.theme}"} <= asked,
            countries[joint.country] * themes[joint.theme],
            joint,
        )
        for joint in tagging.joints
        if joint.same_sentence and joint.country in countries and joint.theme in themes
    ]
    if tied:
        _, _, joint = max(tied, key=lambda one: one[:2])
        return joint.country, joint.theme
    return next(iter(countries), ""), next(iter(themes), "")


def _counts(found: Sequence[_Found]) -> Counter[tuple[str, str]]:
    """Return pair -> number of stories that have it."""
    seen: dict[tuple[str, str], set[int]] = defaultdict(set)
    for item in found:
        for pair in _pairs(item.article):
            seen[pair].add(item.article.story_id)
    return Counter({pair: len(stories) for pair, stories in seen.items()})


def _groups(
    session: Session, found: Sequence[_Found], previous: Mapping[tuple[str, str], int]
) -> tuple[DigestGroup, ...]:
    rules = digests.rules_matched(session, [item.article.id for item in found])
    counts = _counts(found)
    by_story: dict[int, list[_Found]] = defaultdict(list)
    for item in found:
        by_story[item.article.story_id].append(item)
    grouped: dict[tuple[str, str], list[DigestStory]] = defaultdict(list)
    for copies in by_story.values():
        pair, story = _story(copies, rules)
        grouped[pair].append(story)
    groups = [
        DigestGroup(
            country=country,
            theme=theme,
            count=max(counts[country, theme], len(stories)),
            previous_count=previous.get((country, theme), 0),
            stories=tuple(sorted(stories, key=lambda story: (-len(story.copies), story.story_id))),
        )
        for (country, theme), stories in grouped.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-group.count, group.country, group.theme)))


def _quotes(found: _Found, pair: tuple[str, str]) -> Iterator[Quote]:
    """Yield a sentence that ties the pair, unless a rule chose what to quote, and then what was asked for."""
    country, theme = pair
    told: set[str] = set()
    if country and theme and not found.quoted_by_rule:
        # Not parsed: the article may have a theme that the configuration no longer knows.
        both = Same(Tagged("country", country), Tagged("theme", theme))
        tied = explain(Query("", both), subject(found.article))
        for quote in tied.quotes[:1]:
            told.add(quote.sentence)
            yield quote
    yield from (quote for quote in found.match.quotes if quote.sentence not in told)


def _story(
    copies: Sequence[_Found], rules: Mapping[int, tuple[str, ...]]
) -> tuple[tuple[str, str], DigestStory]:
    """Fold the copies of one story into the one that was there first; return its pair with it."""
    first = min(copies, key=lambda item: (item.article.first_seen_at, item.article.id))
    article = first.article.analysis.article
    tagging = first.article.analysis.tagging
    others = {item.article.outlet for item in copies} - {first.article.outlet}
    pair = _main_pair(first)
    return pair, DigestStory(
        story_id=first.article.story_id,
        article_id=first.article.id,
        title=article.title,
        url=article.url,
        outlet=first.article.outlet_name,
        byline=article.byline,
        published=article.published,
        language=article.language,
        kind=article.kind.label,
        countries=tuple((tag.key, tag.salience) for tag in tagging.countries),
        themes=tuple((tag.key, tag.salience) for tag in tagging.themes),
        quotes=tuple(islice(_quotes(first, pair), QUOTES_MAX)),
        copies=tuple(sorted(others)),
        origin=next(
            (c.article.analysis.article.origin for c in copies if c.article.analysis.article.origin), None
        ),
        rules=tuple(sorted({rule for item in copies for rule in rules.get(item.article.id, ())})),
        hit_rules=rules.get(first.article.id, ()),
        reason=first.reason,
    )


def _turns(
    session: Session, before: datetime, start: datetime, end: datetime, found: Sequence[_Found]
) -> tuple[Turn, ...]:
    """Return the attitudes between countries whose mean turned since the period before."""
    earlier = digests.attitude_means(session, before, start)
    turns = []
    for (source, target), (after, count) in digests.attitude_means(session, start, end).items():
        mean, number = earlier.get((source, target), (0.0, 0))
        if min(count, number) >= TURN_ATTITUDES and abs(after - mean) >= TURN_MIN:
            attitudes = tuple(
                attitude
                for item in found
                for attitude in item.article.analysis.tagging.attitudes
                if (attitude.source, attitude.target) == (source, target) and attitude.stance
            )
            turns.append(Turn(source, target, mean, after, attitudes[:QUOTES_MAX]))
    return tuple(sorted(turns, key=lambda turn: -abs(turn.after - turn.before)))


def _coverage(health: Sequence[SourceHealth], articles: int) -> Coverage:
    def of(state: str) -> tuple[SourceNote, ...]:
        return tuple(SourceNote(item.name, item.detail) for item in health if item.state == state)

    return Coverage(
        sources=len(health),
        healthy=len(of("healthy")),
        articles=articles,
        failing=of("failing"),
        silent=of("silent"),
        gaps=of("gap"),
    )
