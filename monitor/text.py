"""Small functions on text that several rooms share."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Replace NULs and lone surrogates by U+FFFD, one for one, so that offsets hold."""
    # Most text is clean, and a scan for two cheap properties is faster than the pattern.
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def fold_space(text: str) -> str:
    """Return `text` on one line: runs of white space become one space, ends are stripped."""
    return " ".join(text.split())
