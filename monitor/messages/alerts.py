"""Alert -> `Message`; and several alerts that waited for each other -> one."""

import shlex
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from monitor.links import Links
from monitor.messages import slack
from monitor.messages.clean import one_line, segments, web_url
from monitor.messages.data import alert_data
from monitor.messages.fill import KINDS, MAX_TITLE, fill, known, limited
from monitor.messages.wording import counted, people, ranked, readable, sources, tag_name, when
from monitor.model import SEVERITIES, Alert, Message, Tag

MAX_SUBJECT_TITLE = 140
MAX_TOGETHER = 10  # alerts told in full in one message; the others by their headlines


def render_alert(alert: Alert, links: Links | None = None) -> Message:
    """Return the message of one alert; an update carries the first one's identity as its reference."""
    values = _values(alert, links)
    return Message(
        identity=alert.identity,
        subject=_subject(alert),
        text=fill("alert.txt", item=values),
        html=fill("alert.html", item=values),
        blocks=limited(_blocks(alert, values)),
        data=alert_data(alert),
        references=(alert.update_of,) if alert.update_of else (),
    )


def render_alerts(alerts: Sequence[Alert], identity: str, links: Links | None = None) -> Message:
    """Return one message for alerts that waited for each other: rule by rule, the most severe first."""
    if len(alerts) == 1:
        return render_alert(alerts[0], links)
    ordered = sorted(alerts, key=lambda alert: (-SEVERITIES.index(alert.severity), alert.rule))
    shown, rest = ordered[:MAX_TOGETHER], ordered[MAX_TOGETHER:]
    values = [(alert, _values(alert, links)) for alert in shown]
    rules = [
        (name, [item for _, item in items]) for name, items in groupby(values, key=lambda pair: pair[0].rule)
    ]
    told = {
        "title": _title(alerts),
        "rules": [(_rule_values(name, links), items) for name, items in rules],
        "rest": [_values(alert, None) for alert in rest],
    }
    blocks: list[slack.Block] = [slack.header(_title(alerts))]
    for alert, item in values:
        blocks += [slack.DIVIDER, *_blocks(alert, item)]
    lines = [slack.link(web_url(alert.url), one_line(alert.title, 150)) for alert in rest]
    blocks += slack.section([f"• {line}" for line in lines])
    return Message(
        identity=identity,
        subject=_batch_subject(alerts),
        text=fill("alerts.txt", **told),
        html=fill("alerts.html", **told),
        blocks=limited(blocks),
        data={"type": "alerts", "alerts": [alert_data(alert) for alert in alerts]},
    )


def _batch_subject(alerts: Sequence[Alert]) -> str:
    stories, names = _counts(alerts)
    if len(names) == 1:
        return f"[{names[0]}] {stories}"
    return f"[{counted(len(names), 'rule')}] {stories}: {', '.join(names)}"


def _title(alerts: Sequence[Alert]) -> str:
    stories, names = _counts(alerts)
    return f"{names[0]}: {stories}" if len(names) == 1 else f"{stories} for {counted(len(names), 'rule')}"


def _counts(alerts: Sequence[Alert]) -> tuple[str, list[str]]:
    stories = counted(len({alert.story_id for alert in alerts}), "story", "stories")
    return stories, list(dict.fromkeys(one_line(alert.rule, 60) for alert in alerts))


def _subject(alert: Alert) -> str:
    rule, title = one_line(alert.rule, 60), one_line(alert.title, MAX_SUBJECT_TITLE) or "(no title)"
    outlet = one_line(alert.outlet or "", 40)
    urgent = f"{alert.severity.upper()}: " if alert.severity in ("high", "critical") else ""
    update = "Update: " if alert.update_of else ""
    return f"[{rule}] {urgent}{update}{title}" + (f" ({outlet})" if outlet else "")


def _rule_values(rule: str, links: Links | None) -> dict[str, str | None]:
    """Return what is said of a rule: its name, and how to mute it, by a link or by a command."""
    name = one_line(rule, 80)
    return {
        "rule": name,
        "mute_url": links.mute(rule) if links else None,
        "mute_command": f"monitor rules mute {shlex.quote(name)} --for 7d",
    }


def _values(alert: Alert, links: Links | None) -> dict[str, Any]:
    """Return what the templates of one alert show, all of it clean."""
    return {
        **_rule_values(alert.rule, links),
        "answers": answers(alert.article_id, alert.rule, alert.url, alert.title, links),
        "identity": alert.identity,
        "severity": alert.severity,
        "update_of": alert.update_of,
        "news": one_line(readable(alert.news), 300),
        "title": one_line(alert.title, MAX_TITLE) or "(no title)",
        "url": web_url(alert.url),
        "meta": known(one_line(alert.outlet or "", 80), people(alert.byline), when(alert.published)),
        "kind": KINDS[alert.kind.label],
        "kind_score": f"{alert.kind.score:.2f}",
        "kind_why": "; ".join(one_line(why, 120) for why in alert.kind.why[:3]),
        "countries": [_tag_values(tag) for tag in ranked(alert.countries)],
        "themes": [_tag_values(tag) for tag in ranked(alert.themes)],
        "quotes": [segments(quote) for quote in alert.quotes],
        "sources": sources(alert.outlet, alert.copies, alert.origin, alert.related),
        "why": one_line(readable(alert.why), 600),
    }


def answers(
    article_id: int, rule: str, url: str | None, title: str, links: Links | None
) -> dict[str, str] | None:
    """Return where a hit is said to be right, and wrong; None without links."""
    if links is None:
        return None
    return {
        name: links.verdict(article_id, rule, right=right, url=url, title=title)
        for name, right in (("right", True), ("wrong", False))
    }


def _tag_values(tag: Tag) -> dict[str, object]:
    return {"name": tag_name(tag), "salience": f"{tag.salience:.2f}", "about": tag.role == "about"}


def _tags_line(tags: Sequence[Tag]) -> str:
    return ", ".join(f"{slack.escaped(tag_name(tag))} {tag.salience:.2f}" for tag in ranked(tags))


def _blocks(alert: Alert, values: dict[str, Any]) -> list[slack.Block]:
    kind = f"{values['kind']} {values['kind_score']}"
    lines = [
        f"*{slack.link(values['url'], str(values['title']))}*",
        slack.escaped(" · ".join(values["meta"])),
        slack.escaped(f"{kind}: {values['kind_why']}" if values["kind_why"] else kind),
    ]
    if values["news"]:
        lines.insert(1, f"*Update:* {slack.escaped(str(values['news']))}")
    for name, tags in (("Countries", alert.countries), ("Themes", alert.themes)):
        if tags:
            lines.append(f"*{name}:* {_tags_line(tags)}")
    if values["sources"]:
        lines.append(f"*Sources:* {slack.escaped(str(values['sources']))}")
    lines.append(f"*Why:* {slack.escaped(str(values['why']))}")
    update = f", continues {slack.escaped(alert.update_of)}" if alert.update_of else ""
    small = f"{alert.severity} · rule {slack.escaped(str(values['rule']))}{update}"
    if values["answers"]:
        right, wrong = (slack.link(values["answers"][name], name) for name in ("right", "wrong"))
        ways = f"say: {right} · {wrong} · {slack.link(values['mute_url'], 'mute the rule')}"
    else:
        ways = f"mute: {slack.escaped(values['mute_command'])}"
    return [
        *slack.section(lines),
        *slack.section([slack.quoted(segments(quote)) for quote in alert.quotes]),
        slack.context(f"{small} · {ways}"),
    ]
