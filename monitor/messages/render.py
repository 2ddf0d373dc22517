"""Alert, digest or notice -> `Message`, in all forms that the channels need."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.countries import country_name
from monitor.messages import slack
from monitor.messages.clean import Segment, one_line, segments, web_url
from monitor.messages.content import Content
from monitor.messages.data import alert_data, digest_data
from monitor.messages.digest import Digest, DigestStory
from monitor.messages.notice import Notice
from monitor.messages.wording import (
    against,
    at,
    counted,
    people,
    ranked,
    readable,
    sources,
    tag_name,
    theme_name,
    when,
)
from monitor.model import Alert, KindLabel, Message, Tag

MAX_TITLE = 300
MAX_SUBJECT_TITLE = 140
MAX_STORIES = 40  # in one mail; Gmail clips a mail at 102 kB
MAX_STORY_QUOTES = 2
MAX_TOGETHER = 10  # alerts told in full in one message; the others by their headlines
_KINDS: dict[KindLabel, str] = {
    "opinion": "Opinion",
    "analysis": "Analysis",
    "news": "News",
    "interview": "Interview",
    "statement": "Statement",
    "other": "Kind unclear",
}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("monitor.messages"),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        against=against,
        counted=counted,
        country_name=country_name,
        group_name=group_name,
        one_line=one_line,
    )
    environment.filters["marked"] = marked
    return environment


def _fill(template: str, **values: object) -> str:
    return _templates().get_template(template).render(**values)


def marked(pieces: Sequence[Segment]) -> str:
    """Return a quoted sentence as plain text, its marked terms between asterisks."""
    return "".join(f"*{piece.text}*" if piece.marked else piece.text for piece in pieces).strip()


def render(content: Content) -> Message:
    """Return the message that tells `content`."""
    match content:
        case Alert():
            return render_alert(content)
        case Digest():
            return render_digest(content)
        case Notice():
            return render_notice(content)


# -- alerts ----------------------------------------------------------------------------------------


def render_alert(alert: Alert) -> Message:
    """Return the message of one alert; an update carries the first one's identity as its reference."""
    values = _alert_values(alert)
    return Message(
        identity=alert.identity,
        subject=_subject(alert),
        text=_fill("alert.txt", **values),
        html=_fill("alert.html", **values),
        blocks=tuple(_alert_blocks(alert, values)[: slack.MAX_BLOCKS]),
        data=alert_data(alert),
        references=(alert.update_of,) if alert.update_of else (),
    )


def render_alerts(alerts: Sequence[Alert], identity: str) -> Message:
    """Return one message for alerts of one rule that waited for each other, oldest first."""
    if len(alerts) == 1:
        return render_alert(alerts[0])
    rule = one_line(alerts[0].rule, 80)
    stories = counted(len({alert.story_id for alert in alerts}), "story", "stories")
    values = {
        "rule": rule,
        "mute": _mute(alerts[0].rule),
        "stories": stories,
        "items": [_alert_values(alert) for alert in alerts[:MAX_TOGETHER]],
        "rest": [_alert_values(alert) for alert in alerts[MAX_TOGETHER:]],
    }
    blocks: list[slack.Block] = [slack.header(f"{rule}: {stories}")]
    for alert in alerts[:MAX_TOGETHER]:
        blocks += [slack.DIVIDER, *_alert_blocks(alert, _alert_values(alert))]
    rest = [slack.link(web_url(alert.url), one_line(alert.title, 150)) for alert in alerts[MAX_TOGETHER:]]
    blocks += slack.section([f"• {line}" for line in rest])
    return Message(
        identity=identity,
        subject=f"[{rule}] {stories}",
        text=_fill("alerts.txt", **values),
        html=_fill("alerts.html", **values),
        blocks=_limited(blocks),
        data={"type": "alerts", "rule": alerts[0].rule, "alerts": [alert_data(alert) for alert in alerts]},
    )


def _mute(rule: str) -> str:
    name = one_line(rule, 80)
    return f'To mute: set mute_until = "YYYY-MM-DD" in the rule "{name}" of the configuration and reload.'


def _subject(alert: Alert) -> str:
    rule, title = one_line(alert.rule, 60), one_line(alert.title, MAX_SUBJECT_TITLE) or "(no title)"
    outlet = one_line(alert.outlet or "", 40)
    urgent = f"{alert.severity.upper()}: " if alert.severity in ("high", "critical") else ""
    update = "Update: " if alert.update_of else ""
    return f"[{rule}] {urgent}{update}{title}" + (f" ({outlet})" if outlet else "")


def _alert_values(alert: Alert) -> dict[str, Any]:
    """Return what the templates of one alert show, all of it clean."""
    return {
        "identity": alert.identity,
        "rule": one_line(alert.rule, 80),
        "mute": _mute(alert.rule),
        "severity": alert.severity,
        "update_of": alert.update_of,
        "title": one_line(alert.title, MAX_TITLE) or "(no title)",
        "url": web_url(alert.url),
        "meta": _known(one_line(alert.outlet or "", 80), people(alert.byline), when(alert.published)),
        "kind": _KINDS[alert.kind.label],
        "kind_score": f"{alert.kind.score:.2f}",
        "kind_why": "; ".join(one_line(why, 120) for why in alert.kind.why[:3]),
        "countries": [_tag_values(tag) for tag in ranked(alert.countries)],
        "themes": [_tag_values(tag) for tag in ranked(alert.themes)],
        "quotes": [segments(quote) for quote in alert.quotes],
        "sources": sources(alert.outlet, alert.copies, alert.origin, alert.related),
        "why": one_line(readable(alert.why), 600),
        "language": one_line(alert.language or "", 10),
    }


def _known(*facts: str) -> list[str]:
    return [fact for fact in facts if fact]


def _tag_values(tag: Tag) -> dict[str, object]:
    return {
        "name": tag_name(tag),
        "salience": f"{tag.salience:.2f}",
        "percent": round(max(0.0, min(1.0, tag.salience)) * 100),
        "about": tag.role == "about",
    }


def _tags_line(tags: Sequence[Tag]) -> str:
    return ", ".join(f"{slack.escaped(tag_name(tag))} {tag.salience:.2f}" for tag in ranked(tags))


def _alert_blocks(alert: Alert, values: dict[str, Any]) -> list[slack.Block]:
    kind = f"{values['kind']} {values['kind_score']}"
    lines = [
        f"*{slack.link(web_url(alert.url), str(values['title']))}*",
        slack.escaped(" · ".join(values["meta"])),
        slack.escaped(f"{kind}: {values['kind_why']}" if values["kind_why"] else kind),
    ]
    for name, tags in (("Countries", alert.countries), ("Themes", alert.themes)):
        if tags:
            lines.append(f"*{name}:* {_tags_line(tags)}")
    if values["sources"]:
        lines.append(f"*Sources:* {slack.escaped(str(values['sources']))}")
    lines.append(f"*Why:* {slack.escaped(str(values['why']))}")
    update = f", continues {slack.escaped(alert.update_of)}" if alert.update_of else ""
    small = (
        f"{alert.severity} · rule {slack.escaped(str(values['rule']))}{update} · mute: mute_until in the rule"
    )
    return [
        *slack.section(lines),
        *slack.section([slack.quoted(segments(quote)) for quote in alert.quotes]),
        slack.context(small),
    ]


def _limited(blocks: list[slack.Block]) -> tuple[slack.Block, ...]:
    """Keep to Slack's number of blocks, and say so where something is left out."""
    if len(blocks) <= slack.MAX_BLOCKS:
        return tuple(blocks)
    return (*blocks[: slack.MAX_BLOCKS - 1], slack.context("More than fits into one Slack message."))


# -- digests ---------------------------------------------------------------------------------------


def render_digest(digest: Digest, *, max_stories: int | None = MAX_STORIES) -> Message:
    """Return the message of a digest; of more than `max_stories` stories it tells the first ones."""
    values = _digest_values(digest, max_stories)
    return Message(
        identity=digest.identity,
        subject=f"{one_line(digest.title, 100)}: {values['summary']}",
        text=_fill("digest.txt", **values),
        html=_fill("digest.html", **values),
        blocks=_limited(_digest_blocks(digest, values)),
        data=digest_data(digest),
    )


def why_empty(digest: Digest) -> str:
    """Return why a digest tells no story; empty where it tells one."""
    if any(group.stories for group in digest.groups):
        return ""
    coverage = digest.coverage
    healthy = f"{coverage.healthy} of {counted(coverage.sources, 'source')} healthy"
    if coverage.sources == 0:
        return "Nothing found: there is no source to read."
    if coverage.articles == 0:
        return f"Nothing found: no article came in, {healthy}."
    return f"Nothing found among {counted(coverage.articles, 'article')}, {healthy}."


def _digest_values(digest: Digest, max_stories: int | None) -> dict[str, object]:
    zone = digest.timezone
    total = sum(len(group.stories) for group in digest.groups)
    groups, left = [], total if max_stories is None else max_stories
    for group in digest.groups:
        shown = group.stories[:left]
        left -= len(shown)
        if shown or not group.stories:
            groups.append((group, [_story_values(story, zone) for story in shown]))
    return {
        "digest": digest,
        "title": one_line(digest.title, 100),
        "note": one_line(digest.note, 400),
        "query": one_line(digest.query, 300),
        "groups": groups,
        "left_out": total - sum(len(stories) for _, stories in groups),
        "coverage": digest.coverage,
        "coverage_line": coverage_line(digest),
        "period": f"{at(digest.period_start, zone)} to {when(digest.period_end, zone)}",
        "empty": why_empty(digest),
        "summary": counted(total, "story", "stories") if total else "nothing found",
        "max_quotes": MAX_STORY_QUOTES,
    }


def _story_values(story: DigestStory, zone: str) -> dict[str, object]:
    return {
        "title": one_line(story.title, MAX_TITLE) or "(no title)",
        "url": web_url(story.url),
        "meta": _known(
            _KINDS[story.kind],
            one_line(story.outlet or "", 80),
            people(story.byline),
            at(story.published, zone),
        ),
        "quotes": [segments(quote) for quote in story.quotes[:MAX_STORY_QUOTES]],
        "sources": sources(story.outlet, story.copies, story.origin),
        "reason": one_line(story.reason, 200),
    }


def group_name(country: str, theme: str) -> str:
    """Return the heading of a digest's group."""
    names = [country_name(country) if country else "", theme_name(theme) if theme else ""]
    return " × ".join(filter(None, names)) or "Other stories"


def _digest_blocks(digest: Digest, values: dict[str, Any]) -> list[slack.Block]:
    blocks: list[slack.Block] = [slack.header(str(values["title"]))]
    blocks.append(slack.context(slack.escaped(str(values["period"]))))
    opening = [slack.escaped(str(values[key])) for key in ("note", "empty") if values[key]]
    blocks += slack.section(opening)
    for group in digest.groups:
        name = slack.escaped(group_name(group.country, group.theme))
        change = against(group.count, group.previous_count)
        lines = [f"*{name}:* {counted(group.count, 'story', 'stories')}, {change}"]
        for story in group.stories[:5]:
            title = slack.link(web_url(story.url), one_line(story.title, 150) or "(no title)")
            lines.append(f"• {title} {slack.escaped(one_line(story.outlet or '', 60))}")
            lines += [slack.quoted(segments(quote)) for quote in story.quotes[:1]]
        blocks += slack.section(lines)
    turns = [
        f"• {slack.escaped(country_name(turn.source))} → {slack.escaped(country_name(turn.target))}:"
        f" {turn.before:+.1f} → {turn.after:+.1f}"
        for turn in digest.turns
    ]
    if turns:
        blocks += slack.section(["*Attitudes that turned*", *turns])
    blocks.append(slack.context(slack.escaped(coverage_line(digest))))
    return blocks


def coverage_line(digest: Digest) -> str:
    """Return in one sentence what a digest rests on."""
    coverage = digest.coverage
    parts = [f"{coverage.healthy} of {counted(coverage.sources, 'source')} healthy"]
    for count, words in (
        (len(coverage.failing), "failing"),
        (len(coverage.silent), "silent"),
        (len(coverage.gaps), "with gaps"),
    ):
        if count:
            parts.append(f"{count} {words}")
    return f"{', '.join(parts)}; {counted(coverage.articles, 'article')} read"


# -- notices ---------------------------------------------------------------------------------------


def render_notice(notice: Notice) -> Message:
    """Return the message of what the service says of itself."""
    lines = [one_line(line, 1000) for line in notice.lines]
    subject = one_line(notice.subject, 200)
    values = {"subject": subject, "lines": lines}
    return Message(
        identity=notice.identity,
        subject=f"[monitor] {subject}",
        text=_fill("notice.txt", **values),
        html=_fill("notice.html", **values),
        blocks=_limited([slack.header(subject), *slack.section([slack.escaped(line) for line in lines])]),
        data={"type": "notice", "subject": subject, "lines": lines},
    )
