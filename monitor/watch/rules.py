"""Rules: Subject + what is known of the story -> `RuleOutcome`: an alert, or the reason why not.

Pure: everything that a decision depends on, `now` included, is given. docs/rules.md says it in words.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.config import Config, RuleConfig
from monitor.errors import ConfigError, Problem
from monitor.model import SEVERITIES, Alert, Severity, StoryFacts
from monitor.watch.match import Match, explain
from monitor.watch.parse import DEFAULT_VOCABULARY, Vocabulary, parse
from monitor.watch.query import And, Query
from monitor.watch.subject import Subject

BACKLOG = "backlog"  # the digest of what came too late or too much at once
STORM_ALERTS = 20
STORM_WINDOW = timedelta(minutes=10)
OLD_AFTER = timedelta(hours=48)
TIE_WORDS = 40  # a rule's country and theme belong together within so many words, or in one sentence


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, in a time zone, in which only critical alerts are delivered."""

    start: time
    end: time
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to be asked. `digest` is the digest's name where it tells there, else None."""

    name: str
    query: Query
    severity: Severity
    channels: tuple[str, ...]
    digest: str | None
    quiet: Quiet | None
    muted_until: datetime | None
    expires_at: datetime | None
    group_window: timedelta
    inhibited_by: frozenset[str]  # names of the rules that silence this one on their stories


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What the decider must know besides the story."""

    recent_alerts: int = 0  # alerts of this rule in the `STORM_WINDOW` before now
    alerted_rules: frozenset[str] = frozenset()  # rules that alerted on the story, now or earlier
    window_until: datetime | None = None  # when the alerts of this rule that still wait will go out
    muted_until: datetime | None = None  # by a person, beside what the rule itself says


@dataclass(frozen=True, slots=True)
class Fire:
    """Tell it through the rule's channels: at once, or at `deliver_after` with the others of its batch."""

    alert: Alert
    match: Match
    deliver_after: datetime | None
    reason: str
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """It matched, and is told in a digest (the rule's own, or `BACKLOG`) instead of in a message."""

    alert: Alert
    match: Match
    digest: str
    reason: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing is told. `match.matched` tells a silenced hit from an article that does not match."""

    match: Match
    reason: str


RuleOutcome = Fire | Hold | Silent


# -- compiling -------------------------------------------------------------------------------------


def vocabulary_of(config: Config) -> Vocabulary:
    """Return the names that a query may use with this configuration."""
    return DEFAULT_VOCABULARY.with_themes(theme.key for theme in config.themes)


def rule_query(config: RuleConfig, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Query:
    """Return what a rule asks, its lists included, as one query. Raises QueryError.

    Countries and themes together mean: any of the ones tied to any of the others, in one sentence or
    within `TIE_WORDS` words.
    """
    countries = " OR ".join(f"country:{code}" for code in config.countries)
    themes = " OR ".join(f"theme:{key}" for key in config.themes)
    lists = []
    if countries and themes:
        lists.append(f"({countries}) SAME ({themes}) OR ({countries}) NEAR/{TIE_WORDS} ({themes})")
    else:
        lists += filter(None, (countries, themes))
    if config.kinds:
        lists.append(" OR ".join(f"kind:{kind}" for kind in config.kinds))
    own = parse(config.query, vocabulary)
    if not lists:
        return own
    asked = [own] if config.query.strip() else []
    asked += [parse(text, vocabulary) for text in lists]
    if len(asked) == 1:
        return asked[0]
    text = " AND ".join(f"({query.text})" for query in asked)
    return Query(text, And(tuple(query.root for query in asked)))


def compile_rule(
    config: RuleConfig,
    *,
    vocabulary: Vocabulary = DEFAULT_VOCABULARY,
    inhibited_by: frozenset[str] = frozenset(),
) -> Rule:
    """Return the rule that a configuration describes. Raises QueryError."""
    hours = config.quiet_hours
    return Rule(
        name=config.name,
        query=rule_query(config, vocabulary),
        severity=config.severity,
        channels=config.channels,
        digest=config.notify.removeprefix("digest:") if config.notify != "now" else None,
        quiet=Quiet(time.fromisoformat(hours.start), time.fromisoformat(hours.end), ZoneInfo(hours.timezone))
        if hours
        else None,
        muted_until=_midnight(config.mute_until),
        expires_at=_midnight(config.expires),
        group_window=config.group_window,
        inhibited_by=inhibited_by,
    )


def compile_rules(
    configs: Iterable[RuleConfig], *, vocabulary: Vocabulary = DEFAULT_VOCABULARY
) -> tuple[Rule, ...]:
    """Return the rules in the order in which they are asked: each after those that inhibit it, else the
    most severe first.

    Raises QueryError, and ConfigError where rules inhibit each other in a circle.
    """
    waiting = sorted(configs, key=lambda config: -SEVERITIES.index(config.severity))
    inhibitors = {
        config.name: {other.name for other in waiting if config.name in other.inhibits} for config in waiting
    }
    compiled: dict[str, Rule] = {}
    while waiting:
        free = next((config for config in waiting if inhibitors[config.name] <= compiled.keys()), None)
        if free is None:
            names = ", ".join(sorted(config.name for config in waiting))
            message = f"these rules silence each other in a circle, or depend on such rules: {names}"
            raise ConfigError((Problem("", "rules.inhibits", None, message),))
        waiting.remove(free)
        compiled[free.name] = compile_rule(
            free, vocabulary=vocabulary, inhibited_by=frozenset(inhibitors[free.name])
        )
    return tuple(compiled.values())


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(0), UTC) if day else None


# -- quiet hours -----------------------------------------------------------------------------------


def quiet_until(quiet: Quiet | None, now: datetime) -> datetime | None:
    """Return when the quiet hours that hold at `now` end (UTC), or None outside of them.

    Local times are turned into moments before they are compared, so that hours which a clock change
    repeats or skips count as they pass: a start that the clock skips begins at the change, and an end
    that it repeats is the second one.
    """
    if quiet is None:
        return None
    today = now.astimezone(quiet.zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if quiet.start < quiet.end else day + timedelta(days=1)
        start = datetime.combine(day, quiet.start, quiet.zone).astimezone(UTC)
        end = datetime.combine(last, quiet.end.replace(fold=1), quiet.zone).astimezone(UTC)
        if start <= now < end:
            return end
    return None


# -- deciding --------------------------------------------------------------------------------------


def decide(
    rule: Rule,
    subject: Subject,
    story: StoryFacts,
    facts: RuleFacts,
    *,
    article_id: int,
    now: datetime,
    quoted: bool = True,
) -> RuleOutcome:
    """Return what `rule` does about an article of a story; the first reason for silence counts.

    Without `quoted` the decision is the same, and the alert holds no sentences.
    """
    match = explain(rule.query, subject, quoted=quoted)
    if not match.matched:
        return Silent(match, match.failed)
    if rule.expires_at is not None and now >= rule.expires_at:
        return Silent(match, f"the rule expired on {rule.expires_at:%Y-%m-%d}")
    if rule.muted_until is not None and now < rule.muted_until:
        return Silent(match, f"the rule is muted until {rule.muted_until:%Y-%m-%d}")
    if facts.muted_until is not None and now < facts.muted_until:
        return Silent(match, f"the rule was muted by hand until {facts.muted_until:%Y-%m-%d %H:%M} UTC")
    news = _news(rule, match, story)
    if not news:
        return Silent(match, "the story was told already, and this article adds nothing new to it")
    silencers = sorted(rule.inhibited_by & facts.alerted_rules)
    if silencers:
        return Silent(match, f'the rule "{silencers[0]}" alerted on the same story')
    alert = _alert(rule, subject, story, match, article_id, news)
    if rule.digest is not None:
        return Hold(alert, match, rule.digest, f'the rule tells in the digest "{rule.digest}"')
    if subject.published is not None and now - subject.published > OLD_AFTER:
        hours = OLD_AFTER // timedelta(hours=1)
        return Hold(alert, match, BACKLOG, f"the article is older than {hours} hours")
    if facts.recent_alerts >= STORM_ALERTS:
        minutes = STORM_WINDOW // timedelta(minutes=1)
        reason = f"the rule has raised {facts.recent_alerts} alerts within {minutes} minutes"
        return Hold(alert, match, BACKLOG, reason)
    return _timed(rule, facts, alert, match, news, now)


def _timed(rule: Rule, facts: RuleFacts, alert: Alert, match: Match, news: str, now: datetime) -> Fire:
    """Return the alert with the moment from which it may be delivered."""
    quiet_end = None if rule.severity == "critical" else quiet_until(rule.quiet, now)
    window = facts.window_until
    if window is None or window <= now:
        window = now + rule.group_window
    after = max(quiet_end or now, window if rule.group_window else now)
    if after <= now:
        return Fire(alert, match, None, news)
    # What the night has held back, of whatever rule, is one message on each channel in the morning.
    held = quiet_end == after
    why, batch = ("quiet hours", "quiet") if held else ("the group window", rule.name)
    reason = f"{news}; {why} until {after:%Y-%m-%d %H:%M} UTC"
    return Fire(alert, match, after, reason, f"{batch}@{after.isoformat()}")


def _news(rule: Rule, match: Match, story: StoryFacts) -> str:
    """Return what the article adds to what the rule has told of the story; empty where nothing."""
    if story.alerted_at is None:
        return "the story is new to this rule"
    told = story.alerted_severity
    if told is not None and SEVERITIES.index(rule.severity) > SEVERITIES.index(told):
        return f"the severity rose from {told} to {rule.severity}"
    keys = sorted(key for key in match.keys - story.alerted_keys if key.startswith(("country:", "theme:")))
    if keys:
        return f"new in the story: {', '.join(keys)}"
    sources = sorted(set(story.outlets) - story.alerted_outlets)
    if story.independent and sources:
        return f"a new independent source: {', '.join(sources)}"
    return ""


def _alert(
    rule: Rule, subject: Subject, story: StoryFacts, match: Match, article_id: int, news: str
) -> Alert:
    return Alert(
        identity=identity_of(rule.name, story, subject.url or subject.title),
        rule=rule.name,
        severity=rule.severity,
        article_id=article_id,
        story_id=story.story_id,
        title=subject.title,
        url=subject.url,
        outlet=subject.outlet_name or subject.outlet or None,
        byline=subject.byline,
        published=subject.published,
        language=subject.language,
        kind=subject.kind,
        countries=subject.countries,
        themes=subject.themes,
        quotes=match.quotes,
        copies=tuple(name for name in story.outlets if name != subject.outlet),
        origin=story.origin,
        why=match.why,
        update_of=story.alert_identities[0] if story.alert_identities else None,
        related=tuple(name for name in story.related_outlets if name != subject.outlet),
        news=news if story.alert_identities else "",
    )


def identity_of(rule: str, story: StoryFacts, article: str) -> str:
    """Return the identity of a rule's next alert on a story: 24 hexadecimal digits.

    It is made of the rule, the story, how often the rule has told of it, and the article's address, so
    that a crash repeats it and a restored database, which counts stories anew, does not.
    """
    parts = (rule, str(story.story_id), str(len(story.alert_identities)), article)
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:24]
