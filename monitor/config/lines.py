"""Where the keys of a TOML file stand: its text -> key path -> line.

The standard parser gives no positions. This scanner reads text that the parser has accepted, so it
need not tell right from wrong, only keys from values.
"""

import re
import tomllib
from bisect import bisect_left

KeyPath = tuple[str | int, ...]  # list places are numbers: ("feeds", 3, "url")

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
# A text ends at its delimiter; up to two more quotes may belong to a multi-line one.
_TEXTS = {
    '"""': re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"'[^'\n]*'"),
}


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the 1-based line of every table, key and list item of a valid TOML text."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.ends = [match.start() for match in re.finditer("\n", text)]
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}  # arrays of tables: the place of their last table

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.lines

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match.group()

    def _note(self, path: KeyPath) -> None:
        self.lines.setdefault(path, bisect_left(self.ends, self.at) + 1)

    def _text(self) -> str:
        for quotes, pattern in _TEXTS.items():
            if self.text.startswith(quotes, self.at):
                return self._skip(pattern)
        return ""

    def _keys(self) -> list[str]:
        """Read a dotted key and the white space around it."""
        keys = []
        while True:
            self._skip(_BLANK)
            if self.text[self.at] in "\"'":
                keys.append(str(tomllib.loads(f"key = {self._text()}")["key"]))
            else:
                keys.append(self._skip(_BARE_KEY))
            self._skip(_BLANK)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _header(self) -> KeyPath:
        is_array = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if is_array else 1
        keys = self._keys()
        end = self.at + (2 if is_array else 1)
        self.at = start
        path: KeyPath = ()
        for number, key in enumerate(keys, 1):
            path += (key,)
            self._note(path)
            if is_array and number == len(keys):
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path += (self.counts[path],)
                self._note(path)
        self.at = end
        return path

    def _pair(self, table: KeyPath) -> None:
        start = self.at
        keys = self._keys()
        end, self.at = self.at, start
        path = table
        for key in keys:
            path += (key,)
            self._note(path)
        self.at = end + 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip(_BLANK)
        opening = self.text[self.at]
        if opening in "\"'":
            self._text()
        elif opening in "[{":
            closing = "]" if opening == "[" else "}"
            self.at += 1
            self._skip(_BLANK)
            place = 0
            while self.text[self.at] != closing:
                if opening == "[":
                    self._note((*path, place))
                    self._value((*path, place))
                else:
                    self._pair(path)
                place += 1
                self._skip(_BLANK)
                if self.text[self.at] == ",":
                    self.at += 1
                    self._skip(_BLANK)
            self.at += 1
        else:
            self._skip(_SCALAR)
