"""Backtest: stored articles -> the deciders that run live -> what a rule would have told, and when.

The articles are replayed in the order in which they were first seen, each with `now` at that moment, and
what the rules have told so far is kept in memory: the stored alerts play no part. A new version of a rule
is compared with the old one story by story. Two things are as they are known today: which stories tell of
one event, and how many sources it has.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from monitor.model import SEVERITIES, Severity, StoryFacts
from monitor.store import digests, hits
from monitor.store.reading import StoredArticle, stored_articles
from monitor.store.search import all_candidates, subject
from monitor.watch.match import asks_places
from monitor.watch.rules import STORM_WINDOW, Fire, Hold, Rule, RuleFacts, Silent, decide


@dataclass(frozen=True, slots=True)
class Told:
    """One decision of a rule about one article. `decision` is alerted, digest or silent."""

    article_id: int
    story_id: int
    title: str
    at: datetime
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Precision:
    """How a rule fares against people's verdicts on its hits; None where there are none to count."""

    judged: int
    precision: float | None  # of the judged hits that it still tells, the share marked right
    recall: float | None  # of the hits marked right, the share that it still tells


@dataclass(frozen=True, slots=True)
class Replay:
    """What one rule would have told."""

    rule: str
    since: datetime
    until: datetime
    articles: int  # candidates that were replayed
    matches: tuple[Told, ...]
    verdicts: Precision

    @property
    def alerts(self) -> tuple[Told, ...]:
        """The matches that would have been sent at once or in a batch."""
        return tuple(told for told in self.matches if told.decision == "alerted")

    def by_day(self) -> list[tuple[date, int]]:
        """Return the number of alerts of each day of the period, days without any included."""
        counts = Counter(told.at.date() for told in self.alerts)
        days = (self.until.date() - self.since.date()).days + 1
        return [(day, counts[day]) for day in (self.since.date() + timedelta(days=n) for n in range(days))]


@dataclass(frozen=True, slots=True)
class Change:
    """A story that one version of a rule tells and the other does not, and why not."""

    story_id: int
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a rule over the same articles."""

    old: Replay
    new: Replay
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Alerted:
    """An alert that a rule raised in the replay."""

    at: datetime
    identity: str
    begun_by: str  # identity of the alert that began its thread
    keys: frozenset[str]
    severity: Severity
    outlets: frozenset[str]


@dataclass(slots=True)
class _Memory:
    """What one rule has told in the replay."""

    alerts: dict[int, list[_Alerted]] = field(default_factory=lambda: defaultdict(list))  # by story
    recent: deque[datetime] = field(default_factory=deque)
    window_until: datetime | None = None
    told: list[Told] = field(default_factory=list)
    silent: dict[int, str] = field(default_factory=dict)  # article id -> why it did not match


def replay(session: Session, rules: Sequence[Rule], *, since: datetime, until: datetime) -> dict[str, Replay]:
    """Return what each rule would have told of the articles first seen in [since, until).

    All rules run side by side, as they do live, since one may inhibit another. The period does not begin
    before the first feed was added, so that alerts a day are those of days on which there was something.
    """
    since = _begun(session, since)
    ids = all_candidates(session, [rule.query for rule in rules], since=since)
    memories, count = _run(session, rules, ids, since, until)
    return {rule.name: _replay_of(session, rule, memories[rule.name], since, until, count) for rule in rules}


def compare(
    session: Session,
    name: str,
    old: Sequence[Rule],
    new: Sequence[Rule],
    *,
    since: datetime,
    until: datetime,
) -> Comparison:
    """Return how the rule `name` differs between two configurations; both must have it."""
    old, new = with_silencers(old, name), with_silencers(new, name)
    since = _begun(session, since)
    # Both see what either may match, so that each can say why it does not.
    ids = all_candidates(session, [rule.query for rule in (*old, *new)], since=since)
    runs = []
    for rules in (old, new):
        rule = next(rule for rule in rules if rule.name == name)
        memories, count = _run(session, rules, ids, since, until)
        memory = memories[name]
        runs.append((_replay_of(session, rule, memory, since, until, count), memory))
    (before, old_memory), (after, new_memory) = runs
    return Comparison(
        before,
        after,
        gained=_changes(after, before, old_memory),
        lost=_changes(before, after, new_memory),
    )


def _begun(session: Session, since: datetime) -> datetime:
    began = digests.first_feed_at(session)
    return max(since, began) if began else since


def with_silencers(rules: Sequence[Rule], name: str) -> tuple[Rule, ...]:
    """Return the rule `name` and those that may silence it, directly or through others, in their order."""
    by_name = {rule.name: rule for rule in rules}
    wanted: set[str] = set()
    ahead = {name}
    while ahead:
        wanted |= ahead
        ahead = {other for found in ahead for other in by_name[found].inhibited_by} - wanted
    return tuple(rule for rule in rules if rule.name in wanted)


def _run(
    session: Session, rules: Sequence[Rule], ids: Sequence[int], since: datetime, until: datetime
) -> tuple[dict[str, _Memory], int]:
    memories = {rule.name: _Memory() for rule in rules}
    carried: dict[int, dict[str, None]] = defaultdict(dict)  # story -> outlets so far, in order
    count = 0
    places = any(asks_places(rule.query.root) for rule in rules)
    for article in stored_articles(session, ids, places=places):
        if not since <= article.first_seen_at < until:
            continue
        count += 1
        opens = article.story_id not in carried
        carried[article.story_id][article.outlet] = None
        _ask(rules, memories, carried, article, opens)
    return memories, count


def _ask(
    rules: Iterable[Rule],
    memories: dict[str, _Memory],
    carried: Mapping[int, Iterable[str]],
    article: StoredArticle,
    opens: bool,
) -> None:
    """Let every rule decide about one article, and remember what it told."""
    now = article.first_seen_at
    asked = subject(article)
    seen = {story: carried[story] for story in article.event.origins if story in carried}
    known = {name: _facts(memory, seen, article, opens) for name, memory in memories.items()}
    alerted = {name for name, facts in known.items() if facts.alerted_at is not None}
    for rule in rules:
        memory, facts = memories[rule.name], known[rule.name]
        while memory.recent and memory.recent[0] < now - STORM_WINDOW:
            memory.recent.popleft()
        about = RuleFacts(len(memory.recent), frozenset(alerted), memory.window_until)
        outcome = decide(rule, asked, facts, about, article_id=article.id, now=now, quoted=False)
        if isinstance(outcome, Silent) and not outcome.match.matched:
            memory.silent[article.id] = outcome.reason
            continue
        decision = {Fire: "alerted", Hold: "digest", Silent: "silent"}[type(outcome)]
        title = article.analysis.article.title
        memory.told.append(Told(article.id, article.story_id, title, now, decision, outcome.reason))
        if isinstance(outcome, Fire):
            memory.recent.append(now)
            memory.window_until = outcome.deliver_after
            alerted.add(rule.name)
            memory.alerts[article.story_id].append(
                _Alerted(
                    at=now,
                    identity=outcome.alert.identity,
                    begun_by=outcome.alert.update_of or outcome.alert.identity,
                    keys=frozenset(f"{tag.dimension}:{tag.key}" for tag in article.analysis.tags),
                    severity=rule.severity,
                    outlets=frozenset(facts.outlets),
                )
            )


def _facts(
    memory: _Memory, carried: Mapping[int, Iterable[str]], article: StoredArticle, opens: bool
) -> StoryFacts:
    """Return what a rule knows of an article's event: as `store.hits.story_facts`, of the replay.

    `carried`: the event's stories that were seen so far, this article's included, and their outlets.
    """
    told = {story: memory.alerts[story] for story in carried if story in memory.alerts}
    alerts = sorted((alert for found in told.values() for alert in found), key=lambda alert: alert.at)
    origins = article.event.origins
    origin = article.analysis.article.origin
    own = tuple(carried[article.story_id])
    others = (name for story in sorted(carried) for name in carried[story] if name not in own)
    identities = dict.fromkeys(alert.identity for alert in alerts)
    if alerts:
        identities = {alerts[0].begun_by: None} | identities
    return StoryFacts(
        story_id=article.story_id,
        is_new=opens,
        outlets=own,
        origin=origins.get(article.story_id),
        alerted_at=alerts[-1].at if alerts else None,
        alerted_keys=frozenset().union(*(alert.keys for alert in alerts)),
        alerted_severity=max((alert.severity for alert in alerts), key=SEVERITIES.index, default=None),
        alerted_outlets=frozenset().union(
            *(alert.outlets for alert in alerts), *(carried[story] for story in told)
        ),
        alert_identities=tuple(identities),
        independent=opens and (origin is None or origin not in {origins.get(story) for story in told}),
        related_outlets=tuple(dict.fromkeys(others)),
    )


def _replay_of(
    session: Session, rule: Rule, memory: _Memory, since: datetime, until: datetime, count: int
) -> Replay:
    verdicts = hits.verdicts(session, rule.name)
    matched = {told.article_id for told in memory.told}
    right = {article_id for article_id, verdict in verdicts.items() if verdict}
    judged = matched & set(verdicts)
    quality = Precision(
        judged=len(verdicts),
        precision=len(judged & right) / len(judged) if judged else None,
        recall=len(matched & right) / len(right) if right else None,
    )
    return Replay(rule.name, since, until, count, tuple(memory.told), quality)


def _changes(having: Replay, lacking: Replay, memory: _Memory) -> tuple[Change, ...]:
    """Return the stories that `having` tells and `lacking` does not; `memory` is of the latter."""
    told = {item.story_id for item in lacking.matches if item.decision != "silent"}
    reasons = {item.article_id: item.reason for item in lacking.matches}
    changes: dict[int, Change] = {}
    for item in having.matches:
        if item.decision != "silent" and item.story_id not in told and item.story_id not in changes:
            reason = reasons.get(item.article_id) or memory.silent.get(item.article_id, "")
            changes[item.story_id] = Change(item.story_id, item.title, reason)
    return tuple(changes.values())
