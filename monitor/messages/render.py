"""Alert, digest or notice -> `Message`, in all forms that the channels need."""

from monitor.links import Links
from monitor.messages import slack
from monitor.messages.alerts import render_alert
from monitor.messages.clean import one_line
from monitor.messages.content import Content
from monitor.messages.digest import Digest
from monitor.messages.digests import render_digest
from monitor.messages.fill import fill, limited
from monitor.messages.notice import Notice
from monitor.model import Alert, Message


def render(content: Content, links: Links | None = None) -> Message:
    """Return the message that tells `content`; with `links`, readers can answer it."""
    match content:
        case Alert():
            return render_alert(content, links)
        case Digest():
            return render_digest(content, links)
        case Notice():
            return render_notice(content)


def render_notice(notice: Notice) -> Message:
    """Return the message of what the service says of itself."""
    lines = [one_line(line, 1000) for line in notice.lines]
    subject = one_line(notice.subject, 200)
    values = {"subject": subject, "lines": lines}
    return Message(
        identity=notice.identity,
        subject=f"[monitor] {subject}",
        text=fill("notice.txt", **values),
        html=fill("notice.html", **values),
        blocks=limited([slack.header(subject), *slack.section([slack.escaped(line) for line in lines])]),
        data={"type": "notice", "subject": subject, "lines": lines},
    )
