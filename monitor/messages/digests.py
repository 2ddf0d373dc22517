"""Digest -> `Message`, and the sentences about it that exports share."""

from typing import Any

from monitor.countries import country_name
from monitor.links import Links
from monitor.messages import slack
from monitor.messages.alerts import answers
from monitor.messages.clean import one_line, segments, web_url
from monitor.messages.data import digest_data
from monitor.messages.digest import Digest, DigestStory
from monitor.messages.fill import KINDS, MAX_TITLE, fill, known, limited
from monitor.messages.wording import at, counted, group_counts, group_name, people, sources, when
from monitor.model import Message

MAX_STORIES = 40  # in one mail
MAX_HTML = 95_000  # bytes; Gmail cuts a mail off at 102 kB
MAX_STORY_QUOTES = 2


def render_digest(
    digest: Digest, links: Links | None = None, *, max_stories: int | None = MAX_STORIES
) -> Message:
    """Return the message of a digest; of more than `max_stories` stories, or than fit, it tells the first."""
    values = _values(digest, max_stories, links)
    html = fill("digest.html", **values)
    while max_stories and len(html.encode()) > MAX_HTML:
        max_stories -= -(-max_stories // 5)
        values = _values(digest, max_stories, links)
        html = fill("digest.html", **values)
    return Message(
        identity=digest.identity,
        subject=f"{one_line(digest.title, 100)}: {values['summary']}",
        text=fill("digest.txt", **values),
        html=html,
        blocks=limited(_blocks(digest, values)),
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


def _values(digest: Digest, max_stories: int | None, links: Links | None) -> dict[str, object]:
    zone = digest.timezone
    total = sum(len(group.stories) for group in digest.groups)
    groups, left = [], total if max_stories is None else max_stories
    for group in digest.groups:
        shown = group.stories[:left]
        left -= len(shown)
        if shown or not group.stories:
            groups.append((group, [_story(story, zone, links) for story in shown]))
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
    }


def _story(story: DigestStory, zone: str, links: Links | None) -> dict[str, object]:
    return {
        "title": one_line(story.title, MAX_TITLE) or "(no title)",
        "url": web_url(story.url),
        "meta": known(
            KINDS[story.kind],
            one_line(story.outlet or "", 80),
            people(story.byline),
            at(story.published, zone),
        ),
        "quotes": [segments(quote) for quote in story.quotes[:MAX_STORY_QUOTES]],
        "sources": sources(story.outlet, story.copies, story.origin),
        "reason": one_line(story.reason, 200),
        "answers": [
            (one_line(rule, 60), answers(story.article_id, rule, story.url, story.title, links))
            for rule in (story.hit_rules if links else ())
        ],
    }


def _blocks(digest: Digest, values: dict[str, Any]) -> list[slack.Block]:
    blocks: list[slack.Block] = [slack.header(str(values["title"]))]
    blocks.append(slack.context(slack.escaped(str(values["period"]))))
    opening = [slack.escaped(str(values[key])) for key in ("note", "empty") if values[key]]
    blocks += slack.section(opening)
    for group in digest.groups:
        name = slack.escaped(group_name(group.country, group.theme))
        counts = group_counts(group.count, len(group.stories), group.previous_count)
        lines = [f"*{name}:* {counts}"]
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
