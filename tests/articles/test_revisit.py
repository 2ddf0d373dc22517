"""Visits to pages that were told: when, how often, and when a page is called deleted."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.retry import GiveUp, RetryAt, Trouble
from monitor.articles.revisit import MAX_VISITS, Settled, VisitFacts, decide_visit
from monitor.model import PageWatch

NOW = datetime(2026, 3, 4, tzinfo=UTC)
GONE = Trouble("http-4xx", "the server answered 404", status=404)
BUSY = Trouble("http-5xx", "the server answered 503", status=503)


def facts(
    *, watched: bool = True, whole: bool = True, told: bool = True, watch: PageWatch | None = None
) -> VisitFacts:
    return VisitFacts(1, NOW, watched, whole, told, watch or PageWatch())


def settled(found: VisitFacts, trouble: Trouble | None, now: datetime) -> Settled:
    decision = decide_visit(found, trouble, now)
    assert isinstance(decision, Settled)
    return decision


def test_told_articles_are_visited_at_growing_distances_and_then_left_alone() -> None:
    decision = settled(facts(watched=False), None, NOW)
    at = []
    while decision.visit_at is not None:
        at.append(decision.visit_at - NOW)
        decision = settled(facts(watch=decision.watch), None, decision.visit_at)
    assert at == [timedelta(hours=hours) for hours in (1, 6, 24, 72, 240)]
    assert settled(facts(watched=False, told=False), None, NOW).visit_at is None


def test_two_answers_apart_make_a_deletion_and_a_page_may_come_back() -> None:
    first = settled(facts(), GONE, NOW)
    assert (first.watch.missing_since, first.watch.gone_at) == (NOW, None)
    assert first.visit_at is not None
    # A second answer within the hour says no more than the first.
    early = settled(facts(watch=first.watch), GONE, NOW + timedelta(minutes=20))
    assert early.watch.gone_at is None
    second = settled(facts(watch=first.watch), GONE, first.visit_at)
    assert (second.watch.missing_since, second.watch.gone_at) == (NOW, first.visit_at)
    assert second.visit_at is not None
    assert settled(facts(watch=second.watch), GONE, second.visit_at).visit_at is None
    back = settled(facts(watch=second.watch), None, second.visit_at)
    assert (back.watch.missing_since, back.watch.gone_at) == (None, None)


def test_a_server_in_trouble_says_nothing_of_a_page() -> None:
    busy = settled(facts(), BUSY, NOW)
    assert busy.watch.missing_since is None
    first = settled(facts(), GONE, NOW)
    unsure = settled(facts(watch=first.watch), BUSY, NOW + timedelta(hours=2))
    assert unsure.watch.missing_since == NOW
    assert unsure.watch.gone_at is None


def test_what_is_stored_as_a_whole_is_never_given_up_and_a_part_is_tried_again() -> None:
    assert isinstance(decide_visit(facts(watched=False, whole=False), GONE, NOW), GiveUp)
    assert isinstance(decide_visit(facts(watched=False, whole=False), BUSY, NOW), RetryAt)
    # The feed showed an edit, and the page cannot be had: the edit is tried for, a deletion is noted.
    assert isinstance(decide_visit(facts(watched=False), BUSY, NOW), RetryAt)
    assert settled(facts(watched=False, told=False), GONE, NOW).watch.missing_since == NOW


@given(
    st.lists(st.tuples(st.sampled_from([None, GONE, BUSY]), st.integers(1, 10**6)), max_size=40),
    st.booleans(),
)
def test_visits_are_few_whatever_the_answers(answers: list[tuple[Trouble | None, int]], told: bool) -> None:
    watch, now, visits = PageWatch(), NOW, 0
    for trouble, seconds in answers:
        now += timedelta(seconds=seconds)
        decision = settled(facts(told=told, watch=watch), trouble, now)
        visits += 1
        watch = decision.watch
        assert watch.gone_at is None or watch.missing_since is not None
        if decision.visit_at is None:
            break
        assert decision.visit_at > now
    assert visits <= MAX_VISITS
