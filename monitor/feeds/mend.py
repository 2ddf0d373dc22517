"""The commonest faults of feeds, mended before an XML reader sees them a second time: UTF-8 -> UTF-8."""

import re
from collections import Counter
from html.entities import html5

from monitor.errors import FeedError

MAX_ENTITY_BYTES = 1_000_000

_ROOT = re.compile(rb"<[A-Za-z]")
_ENTITY = re.compile(rb"<!ENTITY\s+([\w.:-]+)\s+(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile(rb"&([\w.:-]+);")
_PLAIN = re.compile(rb"(?:[^<&]|&#\w+;)*")
_CONTROLS = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D))
_AMPERSAND = re.compile(
    rb"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:lt|gt|amp|quot|apos);)(?:([A-Za-z]\w{1,30});)?"
)


def without_doctype(data: bytes) -> bytes:
    """Return `data` from its root element on, with the plain entities that its DTD declares written out.

    Nothing external is read, and entities made of entities stay as they stand. Raises FeedError `bomb`
    where the declared ones would unfold to more than `MAX_ENTITY_BYTES`.
    """
    root = _ROOT.search(data)
    head = data[: root.start()] if root else data
    if b"<!" not in head.replace(b"<!--", b""):
        return data
    body = data[len(head) :]
    entities = {name: double or single for name, double, single in _ENTITY.findall(head)}
    if entities:
        _refuse_bombs(entities, body)
        plain = {name: value for name, value in entities.items() if _PLAIN.fullmatch(value)}
        body = _REFERENCE.sub(lambda match: plain.get(match[1], match[0]), body)
    return body


def _refuse_bombs(entities: dict[bytes, bytes], body: bytes) -> None:
    sizes: dict[bytes, int] = {}
    for name, value in entities.items():
        sizes[name] = len(value) + sum(sizes.get(inner, 0) for inner in _REFERENCE.findall(value))
    uses = Counter(_REFERENCE.findall(body))
    if sum(size * uses[name] for name, size in sizes.items()) > MAX_ENTITY_BYTES:
        raise FeedError("bomb", "The feed's entities unfold to more than 1 MB.")


def without_controls(data: bytes) -> bytes:
    """Return `data` without the control characters that XML forbids."""
    return data.translate(None, _CONTROLS)


def mend(data: bytes) -> bytes:
    """Return `data` without forbidden controls, HTML's named characters spelt out, bare `&` escaped."""
    data = without_controls(data)
    parts, position = [], 0
    while (start := data.find(b"<![CDATA[", position)) >= 0:
        end = data.find(b"]]>", start)
        if end < 0:
            break
        parts += [_AMPERSAND.sub(_spelt_out, data[position:start]), data[start : end + 3]]
        position = end + 3
    parts.append(_AMPERSAND.sub(_spelt_out, data[position:]))
    return b"".join(parts)


def _spelt_out(match: re.Match[bytes]) -> bytes:
    name = match[1]
    if name is None:
        return b"&amp;"
    character = html5.get(f"{name.decode()};")
    return character.encode() if character else b"&amp;" + name + b";"
