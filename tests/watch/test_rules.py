"""What rules decide: one alert a story, and the reason for every silence."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import RuleConfig
from monitor.errors import ConfigError, QueryError
from monitor.model import StoryFacts
from monitor.watch.rules import (
    BACKLOG,
    STORM_ALERTS,
    Fire,
    Hold,
    Quiet,
    Rule,
    RuleFacts,
    RuleOutcome,
    Silent,
    compile_rule,
    compile_rules,
    decide,
    quiet_until,
    rule_query,
)
from monitor.watch.subject import Subject, subject_of
from tests.watch.sample import NOW, analysis, tag

TEXT = "Казахстан не участвует в учениях ОДКБ."
BERLIN = ZoneInfo("Europe/Berlin")
FIRST = StoryFacts(7, is_new=True, outlets=("courier.example",), origin="TASS")
TOLD = replace(
    FIRST,
    is_new=False,
    alerted_at=NOW - timedelta(hours=1),
    alerted_keys=frozenset({"country:KZ", "theme:csto"}),
    alerted_severity="normal",
    alerted_outlets=frozenset({"courier.example"}),
    alert_identities=("first",),
)


def config(**changes: object) -> RuleConfig:
    values = {"name": "drift", "countries": ("KZ",), "themes": ("csto",), "channels": ("desk",)}
    return RuleConfig.model_validate(values | changes)


def subject(text: str = TEXT, published: datetime | None = NOW) -> Subject:
    made = analysis(
        text,
        title="Заголовок",
        published=published,
        url="https://courier.example/1",
        countries=[tag("country", "KZ", text, "Казахстан")],
        themes=[tag("theme", "csto", text, "ОДКБ")],
    )
    return subject_of(made, outlet="courier.example")


def outcome(
    rule: Rule | None = None,
    story: StoryFacts = FIRST,
    facts: RuleFacts = RuleFacts(),  # noqa: B008  (frozen)
    now: datetime = NOW,
    of: Subject | None = None,
) -> RuleOutcome:
    return decide(rule or compile_rule(config()), of or subject(), story, facts, article_id=3, now=now)


def test_the_first_article_of_a_story_alerts() -> None:
    fired = outcome()
    assert isinstance(fired, Fire) and fired.deliver_after is None
    alert = fired.alert
    assert (alert.rule, alert.story_id, alert.article_id) == ("drift", 7, 3)
    assert alert.quotes[0].sentence == TEXT and alert.origin == "TASS" and alert.update_of is None
    assert alert.why == "country:KZ and theme:csto in one sentence"
    assert fired.reason == "the story is new to this rule"


def test_what_does_not_match_is_silent_and_says_why() -> None:
    silent = outcome(of=subject("Казахстан." + " слово." * 50 + " ОДКБ."))
    assert isinstance(silent, Silent) and not silent.match.matched
    assert silent.reason.startswith("none of country:KZ SAME theme:csto")


@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({}, "country:KZ SAME theme:csto OR country:KZ NEAR/40 theme:csto"),
        ({"themes": ()}, "country:KZ"),
        ({"countries": (), "themes": ("csto", "energy")}, "theme:csto OR theme:energy"),
        ({"countries": (), "themes": (), "query": "слово", "kinds": ("opinion", "news")},
         "слово AND (kind:opinion OR kind:news)"),
        ({"countries": (), "themes": ()}, ""),
    ],
)  # fmt: skip
def test_lists_mean_a_query(changes: dict[str, object], query: str) -> None:
    from monitor.watch.parse import parse
    from monitor.watch.show import show

    asked = rule_query(config(**changes))
    assert show(asked.root) == query
    assert parse(asked.text).root == asked.root


def test_a_wrong_query_is_refused() -> None:
    with pytest.raises(QueryError):
        compile_rule(config(query="country:KZ AND"))
    with pytest.raises(QueryError):
        compile_rule(config(themes=("unknown",)))


# -- one alert a story -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "reason"),
    [
        (replace(TOLD, alerted_keys=frozenset({"country:KZ"})), "new in the story: theme:csto"),
        (replace(TOLD, alerted_severity="info"), "the severity rose from info to normal"),
        (replace(TOLD, outlets=("courier.example", "b.example"), independent=True),
         "a new independent source: b.example"),
    ],
)  # fmt: skip
def test_something_new_updates(story: StoryFacts, reason: str) -> None:
    fired = outcome(story=story)
    assert isinstance(fired, Fire)
    assert (fired.reason, fired.alert.update_of) == (reason, "first")


@pytest.mark.parametrize(
    "story",
    [
        TOLD,
        replace(TOLD, alerted_severity="critical"),
        replace(TOLD, outlets=("courier.example", "b.example")),  # a reprint
        replace(TOLD, independent=True),  # an outlet that was told
    ],
)
def test_nothing_new_is_silent(story: StoryFacts) -> None:
    silent = outcome(story=story)
    assert isinstance(silent, Silent) and silent.match.matched
    assert "nothing new" in silent.reason


def test_identity_is_stable_and_its_own() -> None:
    def identity(story: StoryFacts = FIRST, name: str = "drift") -> str:
        fired = outcome(compile_rule(config(name=name)), story=story)
        assert isinstance(fired, Fire)
        return fired.alert.identity

    update = replace(TOLD, alerted_severity="info")
    assert identity() == "3ad8b31e40a14076f3a1e9ce"
    others = {identity(name="other"), identity(replace(FIRST, story_id=8)), identity(update)}
    assert len(others | {identity()}) == 4


# -- silence, digests, times -----------------------------------------------------------------------


def test_expiry_and_muting_go_by_days() -> None:
    day = date(2026, 3, 14)
    assert isinstance(outcome(compile_rule(config(expires=day))), Silent)
    assert isinstance(outcome(compile_rule(config(expires=day + timedelta(1)))), Fire)
    assert isinstance(outcome(compile_rule(config(mute_until=day))), Fire)
    muted = outcome(compile_rule(config(mute_until=day + timedelta(1))))
    assert isinstance(muted, Silent) and muted.reason == "the rule is muted until 2026-03-15"


def test_a_higher_rule_silences_a_lower_one() -> None:
    high, low = compile_rules([config(name="low"), config(name="high", inhibits=("low", "gone"))])
    assert [high.name, low.name] == ["high", "low"]
    silent = outcome(low, facts=RuleFacts(alerted_rules=frozenset({"high"})))
    assert isinstance(silent, Silent) and '"high" alerted on the same story' in silent.reason
    assert isinstance(outcome(high, facts=RuleFacts(alerted_rules=frozenset({"low"}))), Fire)
    assert isinstance(outcome(low), Fire)


def test_severe_rules_are_asked_first_unless_they_are_inhibited() -> None:
    rules = compile_rules(
        [
            config(name="plain"),
            config(name="urgent", severity="critical"),
            config(name="grave", severity="high"),
            config(name="first", severity="info", inhibits=("urgent",)),
        ]
    )
    assert [rule.name for rule in rules] == ["grave", "plain", "first", "urgent"]


def test_rules_that_silence_each_other_are_refused() -> None:
    with pytest.raises(ConfigError, match="in a circle"):
        compile_rules([config(name="a", inhibits=("b",)), config(name="b", inhibits=("a",))])
    with pytest.raises(ConfigError):
        compile_rules([config(name="a", inhibits=("a",))])


def test_digests_take_what_is_not_told_at_once() -> None:
    held = outcome(compile_rule(config(notify="digest:weekly")))
    assert isinstance(held, Hold) and held.digest == "weekly"
    for of, facts in (
        (subject(published=NOW - timedelta(hours=49)), RuleFacts()),
        (subject(), RuleFacts(recent_alerts=STORM_ALERTS)),
    ):
        late = outcome(of=of, facts=facts)
        assert isinstance(late, Hold) and late.digest == BACKLOG
    assert isinstance(outcome(of=subject(published=None)), Fire)
    assert isinstance(outcome(of=subject(published=NOW - timedelta(hours=48))), Fire)
    assert isinstance(outcome(facts=RuleFacts(recent_alerts=STORM_ALERTS - 1)), Fire)


def test_quiet_hours_hold_back_all_but_critical_alerts() -> None:
    quiet = {"start": "12:00", "end": "14:00", "timezone": "Europe/Berlin"}
    held = outcome(compile_rule(config(quiet_hours=quiet)))
    assert isinstance(held, Fire) and held.deliver_after == datetime(2026, 3, 14, 13, 0, tzinfo=UTC)
    assert held.reason.endswith("quiet hours until 2026-03-14 13:00 UTC")
    urgent = outcome(compile_rule(config(quiet_hours=quiet, severity="critical")))
    assert isinstance(urgent, Fire) and urgent.deliver_after is None


def test_a_group_window_collects() -> None:
    rule = compile_rule(config(group_window="15m"))
    first = outcome(rule)
    assert isinstance(first, Fire) and first.deliver_after == NOW + timedelta(minutes=15)
    later = outcome(rule, facts=RuleFacts(window_until=first.deliver_after), now=NOW + timedelta(minutes=9))
    assert isinstance(later, Fire) and later.deliver_after == first.deliver_after
    after = outcome(rule, facts=RuleFacts(window_until=NOW), now=NOW + timedelta(minutes=16))
    assert isinstance(after, Fire) and after.deliver_after == NOW + timedelta(minutes=31)


# -- quiet hours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-14T21:59+01:00", None),
        ("2026-03-14T22:00+01:00", "2026-03-15T07:00+01:00"),
        ("2026-03-15T06:59+01:00", "2026-03-15T07:00+01:00"),
        ("2026-03-15T07:00+01:00", None),
        ("2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00"),  # the clock goes forward
        ("2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00"),  # and back
    ],
)
def test_quiet_hours_over_midnight(now: str, until: str | None) -> None:
    quiet = Quiet(time(22), time(7), BERLIN)
    expected = datetime.fromisoformat(until) if until else None
    assert quiet_until(quiet, datetime.fromisoformat(now)) == expected


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        # 02:30 does not exist on 29 March: quiet begins when the clock has jumped to 03:30
        (time(2, 30), time(6), "2026-03-29T01:59+01:00", None),
        (time(2, 30), time(6), "2026-03-29T03:30+02:00", "2026-03-29T06:00+02:00"),
        # 02:30 comes twice on 25 October: quiet ends with the second
        (time(1), time(2, 30), "2026-10-25T02:29+02:00", "2026-10-25T02:30+01:00"),
        (time(1), time(2, 30), "2026-10-25T02:29+01:00", "2026-10-25T02:30+01:00"),
        (time(1), time(2, 30), "2026-10-25T02:30+01:00", None),
    ],
)
def test_quiet_hours_at_a_clock_change(start: time, end: time, now: str, until: str | None) -> None:
    expected = datetime.fromisoformat(until) if until else None
    assert quiet_until(Quiet(start, end, BERLIN), datetime.fromisoformat(now)) == expected


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Almaty", "UTC"])


@given(
    st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
    st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
    ZONES,
    st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
def test_quiet_hours_end(start: time, end: time, zone: str, now: datetime) -> None:
    quiet = Quiet(start, end, ZoneInfo(zone))
    until = quiet_until(quiet, now)
    if until is not None:
        assert now < until <= now + timedelta(hours=26)
        assert start == end or quiet_until(quiet, until) is None
