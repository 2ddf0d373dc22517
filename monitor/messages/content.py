"""What the outbox keeps: an alert, a digest or a notice <-> JSON.

The outbox holds contents, not rendered messages: what is told is fixed with its cause, how it looks is
decided when it is sent.
"""

from typing import Any, Literal

from pydantic import TypeAdapter

from monitor.messages.digest import Digest
from monitor.messages.notice import Notice
from monitor.model import Alert

Content = Alert | Digest | Notice
ContentKind = Literal["alert", "digest", "notice"]

_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "alert": TypeAdapter(Alert),
    "digest": TypeAdapter(Digest),
    "notice": TypeAdapter(Notice),
}


def kind_of(content: Content) -> ContentKind:
    """Return the name under which a content is kept."""
    match content:
        case Alert():
            return "alert"
        case Digest():
            return "digest"
        case Notice():
            return "notice"


def dump(content: Content) -> dict[str, Any]:
    """Return a content as JSON-able values."""
    dumped: dict[str, Any] = _ADAPTERS[kind_of(content)].dump_python(content, mode="json")
    return dumped


def load(kind: str, payload: dict[str, Any]) -> Content:
    """Return what `dump` wrote; raises ValueError where `payload` is no content of this kind."""
    content: Content = _ADAPTERS[kind].validate_python(payload)
    return content
