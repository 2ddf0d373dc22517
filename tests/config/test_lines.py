"""The scanner finds every key of a TOML text on the line where it was written."""

import tomllib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config.lines import KeyPath, key_lines

TEXT = '''\
top = 1  # a comment with [brackets] and "quotes"

[a.b]
"quoted key" = """
[not.a.table]
key = 1 ""\\"""" # here the text ends
'literal' = \'\'\'
x = 1\'\'\'
list = [
  1, # one
  { inner = "}" , other = [2] },
]
a.b.c = 3

[[items]]
name = "#1"
[items.sub]
x = 1
[[items]]
[[items.deep]]
y = 2
[[items.deep]]
y = 3
'''


def test_lines_of_all_forms() -> None:
    tomllib.loads(TEXT)
    lines = key_lines(TEXT)
    assert lines[("top",)] == 1
    assert lines[("a", "b")] == 3
    assert lines[("a", "b", "quoted key")] == 4
    assert lines[("a", "b", "literal")] == 7
    assert lines[("a", "b", "list")] == 9
    assert lines[("a", "b", "list", 0)] == 10
    assert lines[("a", "b", "list", 1, "inner")] == 11
    assert lines[("a", "b", "list", 1, "other", 0)] == 11
    assert lines[("a", "b", "a", "b", "c")] == 13
    assert lines[("items", 0, "name")] == 16
    assert lines[("items", 0, "sub", "x")] == 18
    assert lines[("items", 1, "deep", 0, "y")] == 21
    assert lines[("items", 1, "deep", 1, "y")] == 23
    assert ("a", "b", "not") not in lines


class Writer:
    """Writes values as TOML in every form it knows, and remembers the lines."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.out = ""
        self.lines: dict[KeyPath, int] = {}

    def pick(self, *choices: str) -> str:
        return self.data.draw(st.sampled_from(choices))

    def note(self, path: KeyPath) -> None:
        self.lines.setdefault(path, self.out.count("\n") + 1)

    def key(self, key: str) -> str:
        forms = ["'" + key + "'"] if "'" not in key else []
        if key.isascii() and key.replace("_", "").isalnum():
            forms.append(key)
        return self.pick('"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"', *forms)

    def value(self, value: Any, path: KeyPath) -> None:
        if isinstance(value, dict):
            self.out += "{ "
            for number, (key, item) in enumerate(value.items()):
                self.out += ", " if number else ""
                self.note((*path, key))
                self.out += self.key(key) + self.pick("=", " = ")
                self.value(item, (*path, key))
            self.out += " }"
        elif isinstance(value, list):
            self.out += "[" + self.pick("", "\n", " # [comment]\n\n")
            for place, item in enumerate(value):
                self.note((*path, place))
                self.value(item, (*path, place))
                self.out += self.pick(",", " ,\n", ", # 'x'\n")
            self.out += "]"
        elif isinstance(value, str):
            plain = value.replace("\\", "\\\\").replace('"', '\\"')
            self.out += self.pick('"' + plain + '"', '"""\n' + plain + '"""')
        else:
            self.out += str(value).lower()

    def table(self, table: dict[str, Any], path: KeyPath, header: str) -> None:
        tables = {k: v for k, v in table.items() if isinstance(v, dict)}
        arrays = {k: v for k, v in table.items() if isinstance(v, list) and v and isinstance(v[0], dict)}
        for key, value in table.items():
            if key not in tables and key not in arrays:
                self.out += self.pick("", "\n", "# [comment]\n")
                self.note((*path, key))
                self.out += self.key(key) + " = "
                self.value(value, (*path, key))
                self.out += self.pick("\n", " # = 1\n")
        for key, value in tables.items():
            name = header + self.key(key)
            self.note((*path, key))
            self.out += f"[ {name} ]\n"
            self.table(value, (*path, key), name + ".")
        for key, items in arrays.items():
            for place, item in enumerate(items):
                name = header + self.key(key)
                self.note((*path, key))
                self.note((*path, key, place))
                self.out += f"[[{name}]]\n"
                self.table(item, (*path, key, place), name + ".")


_words = st.text(st.sampled_from("abZ_ ключ.#[]{}='\"\\"), min_size=1, max_size=5)
_scalars = st.integers(0, 99) | st.booleans() | _words
_inline = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3)
)
_tables = st.recursive(
    st.dictionaries(
        _words, _scalars | st.lists(_inline.filter(lambda v: not isinstance(v, dict)), max_size=3)
    ),
    lambda inner: st.dictionaries(
        _words, _scalars | inner | st.lists(inner, min_size=1, max_size=3), max_size=3
    ),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_tables.filter(lambda v: isinstance(v, dict)), st.data())
def test_every_key_is_found_where_it_was_written(document: dict[str, Any], data: st.DataObject) -> None:
    writer = Writer(data)
    writer.table(document, (), "")
    assert tomllib.loads(writer.out) == document
    assert key_lines(writer.out) == writer.lines
