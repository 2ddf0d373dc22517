"""The commonest faults of feeds, mended before an XML reader sees them a second time: UTF-8 -> UTF-8."""

import re
from html.entities import html5

_CONTROLS = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D))
_CDATA = re.compile(rb"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_AMPERSAND = re.compile(
    rb"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:lt|gt|amp|quot|apos);)(?:([A-Za-z]\w{1,30});)?"
)


def without_controls(data: bytes) -> bytes:
    """Return `data` without the control characters that XML forbids."""
    return data.translate(None, _CONTROLS)


def mend(data: bytes) -> bytes:
    """Return `data` without forbidden controls, HTML's named characters spelt out, bare `&` escaped."""
    parts = _CDATA.split(without_controls(data))
    parts[::2] = [_AMPERSAND.sub(_spelt_out, part) for part in parts[::2]]
    return b"".join(parts)


def _spelt_out(match: re.Match[bytes]) -> bytes:
    name = match[1]
    if name is None:
        return b"&amp;"
    character = html5.get(f"{name.decode()};")
    return character.encode() if character else b"&amp;" + name + b";"
