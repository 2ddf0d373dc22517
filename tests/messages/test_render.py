"""Alerts, digests and notices in all their forms."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.links import Signer
from monitor.messages import content, slack
from monitor.messages.alerts import render_alerts
from monitor.messages.digests import MAX_HTML, MAX_STORIES, render_digest, why_empty
from monitor.messages.notice import Notice
from monitor.messages.render import render
from monitor.model import Kind, Message, Quote
from tests.messages import sample

VOID = {"meta", "br", "img", "hr", "link"}
ALLOWED = {
    "html", "head", "body", "meta", "title", "style", "div", "table", "tr", "td", "h1", "h2", "p", "a", "b",
    "span", "bdi", "mark", "blockquote", "br",
}  # fmt: skip


class Page(HTMLParser):
    """Collects the text, links and marks of a page, and holds it to balance."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str] = []
        self.marks: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        names = dict(attrs)
        assert not [name for name in names if name.startswith("on")]
        if "href" in names:
            self.links.append(names["href"] or "")
        if tag == "mark":
            self.marks.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
        if "mark" in self.open:
            self.marks[-1] += data


def strings(value: object) -> Iterator[str]:
    """Yield every text of Slack's blocks."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def assert_sound(message: Message) -> None:
    """What holds for every message, whatever strangers wrote."""
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", message.subject)
    assert "=?" not in message.subject and len(message.subject) < 300
    for text in (message.text, message.html, message.subject):
        text.encode()
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)
    page = Page(message.html)
    assert all(link.startswith(("https://", "http://")) for link in page.links)
    assert len(message.html) < 100_000
    assert 0 < len(message.blocks) <= slack.MAX_BLOCKS
    for block in message.blocks:
        limit = 150 if block["type"] == "header" else 3000
        assert all(len(text) <= limit for text in strings(block))
        if block["type"] == "section":
            for found in re.findall(r"<([^>]*)>", "".join(strings(block["text"]))):
                assert found.startswith(("https://", "http://"))
    json.dumps(message.data, allow_nan=False)
    json.dumps(message.blocks)


# -- alerts ----------------------------------------------------------------------------------------


def test_an_alert_says_everything() -> None:
    message = render(sample.alert())
    assert_sound(message)
    assert message.subject == (
        "[Drift from the CSTO] HIGH: Союз без союзников: почему Астана молчит, когда её зовут"
        " (Степной курьер)"
    )
    page = Page(message.html)
    assert page.marks == ["Казахстан", "ОДКБ", "Астане", "санкциях"]
    assert "> *Казахстан* уже третий год не посылает на учения *ОДКБ* ни одного" in message.text
    said = " ".join("".join(strings(message.blocks)).split())
    assert "&gt;" not in said and "*Казахстан* уже" in said
    for form in (" ".join(page.text.split()), " ".join(message.text.split()), said):
        for fact in (
            "Степной курьер", "Айгерим Сатпаева", "14 Mar 2026, 09:26 UTC", "Opinion", "0.93",
            "the page's section is “Колонки”", "Kazakhstan 0.86", "Armenia 0.22", "CSTO 0.91",
            "4 outlets, 1 origin (Степной курьер)", "valley-herald.example",
            "Kazakhstan and CSTO in one sentence; kind is opinion",
            "monitor rules mute 'Drift from the CSTO' --for 7d",
        ):  # fmt: skip
            assert fact in form
    assert page.links == [sample.alert().url] * 2
    assert message.data["type"] == "alert" and message.data["identity"] == message.identity


def test_an_update_continues_its_thread() -> None:
    message = render(sample.alert(update_of="first", severity="normal", outlet=None, copies=(), origin=None))
    assert message.references == ("first",)
    assert message.subject.startswith("[Drift from the CSTO] Update: Союз")
    assert "continues first" in message.text and "Sources" not in message.text


def test_outlets_with_words_of_their_own_are_told_apart_from_copies() -> None:
    message = render(sample.alert(copies=("a.example",), origin="TASS", related=("b.example", "c.example")))
    told = "2 outlets, 1 origin (TASS); also at a.example; in other words at b.example, c.example"
    for form in (message.text, Page(message.html).text, "".join(strings(message.blocks))):
        assert told in " ".join(form.split())
    assert message.data["related"] == ["b.example", "c.example"]
    alone = render(sample.alert(copies=(), origin=None, related=("b.example",)))
    assert "in other words at b.example" in alone.text and "origin" not in alone.text


def test_an_alert_with_nothing_known_is_still_told() -> None:
    bare = sample.alert(
        title="", url=None, outlet=None, byline=(), published=None, language=None, quotes=(), countries=(),
        themes=(), copies=(), origin=None, kind=Kind("other", 0.0, ()), severity="info", why="",
    )  # fmt: skip
    message = render(bare)
    assert_sound(message)
    assert message.subject == "[Drift from the CSTO] (no title)"
    assert "Kind unclear" in message.html and not Page(message.html).links


ATTACKS = (
    "=?UTF-8?Q?=0D=0A?=Bcc: a@example.org", "x\r\nBcc: a@example.org", "a" * 10_000, "\u202eevil\u202c",
    "<!channel> & <script>alert(1)</script>", "<https://evil.example|Reuters>", "*bold* _it_ ~s~ `c`",
    "{{ 7*7 }} {% raw %}", "слово " * 2000,
    "\ud800\x00", "]]> --> </style></mark>", "'\" onmouseover=alert(1)",
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_strangers_text_stays_text(attack: str) -> None:
    evil = sample.alert(
        title=attack, outlet=attack, byline=(attack,) * 20, origin=attack, copies=(attack,) * 50, why=attack,
        related=(attack,) * 50,
        url="https://example.org/" + attack, language=attack, kind=Kind("opinion", 0.9, (attack,) * 5),
        quotes=(Quote(attack + " Казахстан", ((len(attack) + 1, len(attack) + 10),), ()),) * 5, rule=attack,
    )  # fmt: skip
    for message in (render(evil), render_alerts([evil, replace(evil, story_id=2)], "both")):
        assert_sound(message)
        assert "<!channel>" not in json.dumps(message.blocks)
        assert "49" not in message.subject


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=200), st.text(max_size=200), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)))
)
def test_any_text_makes_a_sound_message(title: str, sentence: str, marks: list[tuple[int, int]]) -> None:
    alert = sample.alert(title=title, byline=(title,), quotes=(Quote(sentence, tuple(marks), ()),), why=title)
    assert_sound(render(alert))


def test_alerts_that_waited_are_told_together() -> None:
    alerts = [sample.alert(story_id=number, title=f"Story {number}") for number in range(30)]
    message = render_alerts(alerts, "batch-1")
    assert_sound(message)
    assert (message.identity, message.subject) == ("batch-1", "[Drift from the CSTO] 30 stories")
    assert all(f"Story {number}" in message.text for number in range(30))
    assert "Story 29" in "".join(strings(message.blocks[-1]))
    assert render_alerts(alerts[:1], "batch-2") == render(alerts[0])


def test_alerts_of_several_rules_stand_rule_by_rule_the_most_severe_first() -> None:
    alerts = [
        sample.alert(identity="a", rule="Calm", severity="normal", title="Calm story", story_id=1),
        sample.alert(identity="b", rule="Loud", severity="high", title="Loud story", story_id=2),
        sample.alert(identity="c", rule="Calm", severity="normal", title="Calm again", story_id=3),
    ]
    message = render_alerts(alerts, "batch-1", LINKS)
    assert_sound(message)
    assert message.subject == "[2 rules] 3 stories: Calm, Loud"
    page = " ".join(Page(message.html).text.split())
    for form in (page, " ".join(message.text.split())):
        places = [form.rindex(title) for title in ("Loud story", "Calm story", "Calm again")]
        assert places == sorted(places)
    assert {LINKS.mute("Calm"), LINKS.mute("Loud")} <= set(Page(message.html).links)


def test_an_update_says_what_is_new() -> None:
    news = "new in the story: country:AM"
    message = render(sample.alert(update_of="first", news=news))
    assert_sound(message)
    told = (Page(message.html).text, message.text, "".join(strings(message.blocks)))
    assert all("new in the story: Armenia" in form for form in told)
    assert message.data["news"] == news


# -- links that answer -----------------------------------------------------------------------------

LINKS = Signer("https://monitor.example/m", "s" * 32, timedelta(days=90)).links(sample.NOW)


def test_with_a_web_server_every_form_carries_links_that_answer() -> None:
    alert = sample.alert()
    message = render(alert, LINKS)
    assert_sound(message)
    yes, no = (
        LINKS.verdict(alert.article_id, alert.rule, right=right, url=alert.url, title=alert.title)
        for right in (True, False)
    )
    mute = LINKS.mute(alert.rule)
    assert {yes, no, mute} <= set(Page(message.html).links)
    slack_said = "".join(strings(message.blocks))
    for address in (yes, no, mute):
        assert address in message.text
        assert f"<{address}|" in slack_said
    assert "rules mute" not in message.text
    assert render(alert, LINKS) == message, "a repeat is the same mail"


def test_a_digest_carries_links_for_what_rules_found() -> None:
    digest = sample.digest()
    [group, *others] = digest.groups
    [first, *stories] = group.stories
    found = replace(first, hit_rules=("Drift",))
    message = render(replace(digest, groups=(replace(group, stories=(found, *stories)), *others)), LINKS)
    assert_sound(message)
    yes = LINKS.verdict(found.article_id, "Drift", right=True, url=found.url, title=found.title)
    assert yes in Page(message.html).links and yes in message.text
    assert len([link for link in Page(message.html).links if "/answer/" in link]) == 2


def test_a_long_digest_is_not_cut_off_by_the_reader() -> None:
    digest = sample.digest()
    [group, *_] = digest.groups
    long = Quote("Казахстан " * 59, ((0, 9),), ("country:KZ",))
    stories = tuple(
        replace(group.stories[0], story_id=number, quotes=(long, long), hit_rules=("Drift", "CSTO"))
        for number in range(60)
    )
    message = render(replace(digest, groups=(replace(group, stories=stories),)), LINKS)
    assert 50_000 < len(message.html.encode()) <= MAX_HTML
    assert "more stories: monitor digest" in message.html


# -- digests ---------------------------------------------------------------------------------------


def test_a_digest_says_everything() -> None:
    message = render(sample.digest())
    assert_sound(message)
    assert message.subject == "Morning digest: 3 stories"
    page = Page(message.html)
    said = " ".join("".join(strings(message.blocks)).split())
    for form in (" ".join(page.text.split()), " ".join(message.text.split()), said):
        for fact in (
            "13 Mar 2026, 07:00 to 14 Mar 2026, 07:00 Europe/Berlin", "Armenia × CSTO",
            "3 stories (1 under another heading), 1 before", "1 story, as before", "A seat kept warm",
            "Armenia → Russia",
            "143 of 150 sources healthy", "1 silent", "1 with gaps",
        ):  # fmt: skip
            assert fact in form
    for fact in ("no new entry for 9 days", "HTTP 503 since 12 Mar", "about 12 entries missed"):
        assert fact in page.text and fact in message.text
    assert page.marks == ["Armenia", "CSTO", "Armenia", "CSTO", "Казахстана", "счета"]
    assert message.data["type"] == "digest"


@pytest.mark.parametrize(
    ("coverage", "why"),
    [
        ((150, 143, 2310), "Nothing found among 2,310 articles, 143 of 150 sources healthy."),
        ((1, 0, 0), "Nothing found: no article came in, 0 of 1 source healthy."),
        ((0, 0, 0), "Nothing found: there is no source to read."),
    ],
)
def test_an_empty_digest_says_why(coverage: tuple[int, int, int], why: str) -> None:
    sources, healthy, articles = coverage
    known = replace(sample.digest().coverage, sources=sources, healthy=healthy, articles=articles)
    message = render(sample.digest(groups=(), turns=(), coverage=known))
    assert_sound(message)
    assert message.subject == "Morning digest: nothing found"
    for form in (message.text, message.html, "".join(strings(message.blocks))):
        assert why in form
    assert why_empty(sample.digest()) == ""


def test_a_large_digest_fits_a_mail() -> None:
    group = sample.digest().groups[0]
    stories = tuple(sample.story(number, title=f"Story {number} " + "word " * 50) for number in range(300))
    many = sample.digest(
        groups=tuple(replace(group, stories=stories[at : at + 10]) for at in range(0, 300, 10))
    )
    message = render_digest(many)
    assert_sound(message)
    assert f"And {300 - MAX_STORIES} more stories" in message.text
    whole = render_digest(many, max_stories=None)
    assert "Story 299" in whole.html and "more stories" not in whole.html


def test_a_digest_of_many_groups_fits_slack() -> None:
    group = sample.digest().groups[0]
    message = render_digest(sample.digest(groups=(replace(group, stories=(sample.story(),)),) * 80))
    assert_sound(message)
    assert len(message.blocks) == slack.MAX_BLOCKS
    assert "More than fits" in "".join(strings(message.blocks[-1]))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_digest_keeps_strangers_text_as_text(attack: str) -> None:
    story = sample.story(
        title=attack, outlet=attack, byline=(attack,), copies=(attack,), reason=attack, url=attack
    )
    digest = sample.digest(
        groups=(replace(sample.digest().groups[0], stories=(story,)),), note=attack, title=attack
    )
    assert_sound(render(digest))


# -- notices, and the outbox -----------------------------------------------------------------------


def test_a_notice_is_told_plainly() -> None:
    message = render(Notice("n1", "A feed broke", ("https://a.example/feed answers 503.", "<b>&")))
    assert_sound(message)
    assert message.subject == "[monitor] A feed broke"
    assert "&lt;b&gt;&amp;" in message.html and "<b>&" in message.text
    for attack in ATTACKS:
        assert_sound(render(Notice("n2", attack, (attack,) * 30)))


@pytest.mark.parametrize("kept", [sample.alert(), sample.digest(), Notice("n", "s", ("l",))])
def test_contents_survive_the_outbox(kept: Any) -> None:
    stored = json.loads(json.dumps(content.dump(kept)))
    assert content.load(content.kind_of(kept), stored) == kept
    assert render(content.load(content.kind_of(kept), stored)) == render(kept)


def test_times_are_shown_in_the_digests_zone() -> None:
    story = sample.story(published=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    digest = sample.digest(groups=(replace(sample.digest().groups[0], stories=(story,)),))
    assert "2 Jul 2026, 00:30\n" in render(digest).text
