"""Stories that tell of one event: how they are found, how they are linked, who tells of it.

A new story is found under a few rare words (`StoryKey`) and compared by its profile (`StoryGist`); both
are kept only as long as a link may come of them, so that the cost stays flat however much is stored.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ScalarSelect,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from monitor.model import Profile
from monitor.store.sql import upsert_for
from monitor.store.tables import Article, Outlet, Story, StoryGist, StoryKey, StoryLink, WordCount

CANDIDATES_MAX = 6  # stories compared with a new one
SHARED_MIN = 2  # keys; of the links in bench/related.py 96 % share as many
COUNTED_FULLY = 500  # of each language; from then on the words of one story in `COUNTED_SHARE` count
COUNTED_SHARE = 8
COUNTED_MAX = 5_000  # then the counts are halved, so that old news fades
_TOTAL = ""  # the row of `WordCount` that holds the number of stories counted

# Built once: these run for every new story, and building them costs more than running them.
_COUNTS = select(WordCount.word, WordCount.stories).where(
    WordCount.language == bindparam("language"), WordCount.word.in_(bindparam("words", expanding=True))
)
_SHARED = (
    select(StoryKey.story_id, func.count().label("common"))
    .where(
        StoryKey.language == bindparam("language"),
        StoryKey.word.in_(bindparam("words", expanding=True)),
        StoryKey.seen_at.between(bindparam("since"), bindparam("until")),
    )
    .group_by(StoryKey.story_id)
    .having(func.count() >= SHARED_MIN)
    .subquery()
)
_NEAR = (
    select(StoryGist.story_id, StoryGist.words, StoryGist.names, StoryGist.countries, StoryGist.published_at)
    .join(_SHARED, _SHARED.c.story_id == StoryGist.story_id)
    .where(StoryGist.outlet_id != bindparam("not_of"))
    .order_by(_SHARED.c.common.desc(), StoryGist.story_id.desc())
    .limit(CANDIDATES_MAX)
)


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How many of the `stories` counted hold each word; a word that is missing is in none."""

    words: Mapping[str, int]
    stories: int


@dataclass(frozen=True, slots=True)
class NearStory:
    """A recent story that shares a key with a new one."""

    story_id: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class Event:
    """A story with those that tell of the same event: the related ones, and the ones related to these."""

    story_id: int
    origins: Mapping[int, str | None]  # story -> the agency that it credits
    outlets: Mapping[int, tuple[str, ...]]  # story -> domains that carry it, in the order in which they did

    @property
    def related_outlets(self) -> tuple[str, ...]:
        """Domains that tell of the event in other words than the story, oldest story first."""
        own = self.outlets.get(self.story_id, ())
        others = (name for story in sorted(self.outlets) for name in self.outlets[story] if name not in own)
        return tuple(dict.fromkeys(others))

    @property
    def sources(self) -> int:
        """Independent sources: outlets, and agencies in the place of the outlets that carry their texts."""
        return len({self.origins[story] or name for story, names in self.outlets.items() for name in names})


# -- words -----------------------------------------------------------------------------------------


def word_counts(session: Session, language: str, words: Iterable[str]) -> WordCounts:
    """Return in how many stories of a language the words were counted."""
    rows = session.execute(_COUNTS, {"language": language, "words": [_TOTAL, *words]})
    counts: dict[str, int] = dict(rows.all())
    return WordCounts(counts, counts.pop(_TOTAL, 0))


def count_words(
    session: Session, language: str, words: Iterable[str], *, story_id: int, counted: int
) -> bool:
    """Count a story's words, unless enough are `counted` and this one is not of the sample."""
    if counted >= COUNTED_FULLY and story_id % COUNTED_SHARE:
        return False
    rows = [{"language": language, "word": word, "stories": 1} for word in sorted({_TOTAL, *words})]
    statement = upsert_for(session, WordCount)
    statement = statement.on_conflict_do_update(
        index_elements=[WordCount.language, WordCount.word], set_={"stories": WordCount.stories + 1}
    )
    session.execute(statement, rows)
    return True


# -- finding and linking ---------------------------------------------------------------------------


def remember(
    session: Session,
    story_id: int,
    profile: Profile,
    keys: Iterable[str],
    *,
    outlet_id: int,
    seen_at: datetime,
) -> None:
    """Keep what later stories are compared with. `profile.language` is known."""
    session.execute(
        insert(StoryGist).values(
            story_id=story_id,
            outlet_id=outlet_id,
            seen_at=seen_at,
            language=profile.language,
            published_at=profile.published,
            countries=sorted(profile.countries),
            words={word: round(weight, 2) for word, weight in profile.words.items()},
            names={name: round(weight, 2) for name, weight in profile.names.items()},
        )
    )
    rows = [
        {"language": profile.language, "word": word, "seen_at": seen_at, "story_id": story_id}
        for word in keys
    ]
    if rows:
        session.execute(insert(StoryKey), rows)


def near(
    session: Session, language: str, keys: Collection[str], *, not_of: int, since: datetime, until: datetime
) -> list[NearStory]:
    """Return the stories seen in [since, until] that share most keys, `SHARED_MIN` at least.

    Those of the outlet `not_of` are left out.
    """
    if not keys:
        return []
    rows = session.execute(
        _NEAR, {"language": language, "words": list(keys), "not_of": not_of, "since": since, "until": until}
    )
    return [
        NearStory(
            row.story_id, Profile(row.words, row.names, frozenset(row.countries), row.published_at, language)
        )
        for row in rows
    ]


def link(session: Session, story_id: int, scores: Mapping[int, float]) -> None:
    """Link a new story to the stories that it is related to."""
    rows = [
        {"story_id": story_id, "related_id": related, "score": score} for related, score in scores.items()
    ]
    if rows:
        session.execute(insert(StoryLink), rows)


# -- events ----------------------------------------------------------------------------------------


def _neighbours(session: Session, story_ids: Collection[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        select(StoryLink.story_id, StoryLink.related_id).where(
            or_(StoryLink.story_id.in_(story_ids), StoryLink.related_id.in_(story_ids))
        )
    )
    for one, other in rows:
        found[one].add(other)
        found[other].add(one)
    return found


def events(session: Session, story_ids: Collection[int]) -> dict[int, Event]:
    """Return the event of each of these stories.

    Two steps and no more: whoever is linked to one that is linked. A report of a much covered event is
    linked to some of the others only; a longer chain would join the days of a long affair.
    """
    near_by = _neighbours(session, story_ids)
    more = set(near_by) - set(story_ids)
    further = _neighbours(session, more) if more else {}
    members = {
        story: {story}.union(
            near_by.get(story, ()), *(further.get(n) or near_by[n] for n in near_by.get(story, ()))
        )
        for story in story_ids
    }
    everyone = set().union(*members.values())
    rows = session.execute(select(Story.id, Story.origin).where(Story.id.in_(everyone)))
    origins: dict[int, str | None] = dict(rows.all())
    carried: dict[int, list[str]] = defaultdict(list)
    carriers = session.execute(
        select(Article.story_id, Outlet.domain, func.min(Article.first_seen_at).label("first"))
        .join(Outlet, Outlet.id == Article.outlet_id)
        .where(Article.story_id.in_(everyone))
        .group_by(Article.story_id, Outlet.domain)
        .order_by("first", Outlet.domain)
    )
    for row in carriers:
        carried[row.story_id].append(row.domain)
    return {
        story: Event(
            story,
            {one: origins.get(one) for one in group},
            {one: tuple(carried[one]) for one in sorted(group) if one in carried},
        )
        for story, group in members.items()
    }


def sources_of_article() -> ScalarSelect[int]:
    """Return the SQL of `Event.sources` for the story of the `Article` that the query around it reads."""
    own = aliased(Story)
    first = [aliased(StoryLink) for _ in range(2)]
    second = [aliased(StoryLink) for _ in range(2)]
    mine = Article.story_id
    before = select(first[0].related_id).where(first[0].story_id == mine).correlate(Article)
    after = select(first[1].story_id).where(first[1].related_id == mine).correlate(Article)
    near_by = union_all(before, after)
    members = union(
        select(own.id).where(own.id == mine).correlate(Article),
        before,
        after,
        select(second[0].related_id).where(second[0].story_id.in_(near_by)),
        select(second[1].story_id).where(second[1].related_id.in_(near_by)),
    )
    carrier, told, outlet = aliased(Article), aliased(Story), aliased(Outlet)
    return (
        select(func.count(func.coalesce(told.origin, outlet.domain).distinct()))
        .select_from(carrier)
        .join(told, told.id == carrier.story_id)
        .join(outlet, outlet.id == carrier.outlet_id)
        .where(carrier.story_id.in_(members))
        .scalar_subquery()
    )


def event(session: Session, story_id: int) -> Event:
    """Return the event that a story tells of."""
    return events(session, [story_id])[story_id]


# -- upkeep ----------------------------------------------------------------------------------------


def forget(session: Session, now: datetime, *, after: timedelta) -> int:
    """Delete profiles and keys that nothing can be linked to any more, and let old word counts fade.

    Returns how many stories are no longer compared. Links stay.
    """
    before = now - after
    session.execute(delete(StoryKey).where(StoryKey.seen_at < before))
    gone = session.execute(delete(StoryGist).where(StoryGist.seen_at < before).returning(StoryGist.story_id))
    full = session.scalars(
        select(WordCount.language).where(WordCount.word == _TOTAL, WordCount.stories > COUNTED_MAX)
    ).all()
    session.execute(
        update(WordCount).where(WordCount.language.in_(full)).values(stories=WordCount.stories // 2)
    )
    session.execute(delete(WordCount).where(WordCount.language.in_(full), WordCount.stories == 0))
    return len(gone.all())
