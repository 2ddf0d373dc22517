"""The schema -> `docs/configuration.md`: what can be written, table by table."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from monitor.config import schema, types
from monitor.config.schema import Config

_INTRO = """\
# Configuration

<!-- Made from the schema by monitor.config.reference: `make docs` writes it anew, a test compares. -->

One TOML file holds everything: `config.toml` in the directory that `monitor` runs in, or the file named by
`--config` or the environment variable `MONITOR_CONFIG`. `monitor init` writes one that runs as it is,
`monitor check` tells every mistake in it, each with its line. SIGHUP (`systemctl reload`) makes the daemon
read it again; a file with mistakes is refused, and the old configuration stays in use.

**Durations** are a number and a unit: `"90s"`, `"5m"`, `"6h"`, `"30d"`, `"2w"`. **Countries** are ISO 3166-1
alpha-2 codes, and `EU`, `XK`, `GE-AB` (Abkhazia), `GE-SO` (South Ossetia), `MD-SN` (Transnistria), `UA-43`
(Crimea), `AZ-NK` (Nagorno-Karabakh). **Secrets** are never written in the file: `{ env = "NAME" }` takes one
from the environment, `{ file = "PATH" }` from a file (a relative path starts beside the configuration file),
`{ credential = "NAME" }` from systemd's `LoadCredential`.
"""

_KINDS: tuple[tuple[object, str], ...] = (
    (types.Duration, "duration"),
    (types.Network, "network"),
    (types.CountryCode, "country"),
    (types.CountryCodeOrEmpty, "country"),
    (types.LanguageCode, "language"),
    (types.LanguageCodeOrEmpty, "language"),
    (types.TimeZone, "time zone"),
    (types.ClockTime, "time"),
    (types.Cron, "cron"),
    (types.WebAddress, "address"),
    (types.WebAddressOrEmpty, "address"),
    (types.Secret, "secret"),
    (types.Selector, "CSS selector"),
    (types.FilePath, "path"),
    (str, "text"),
    (bool, "true or false"),
    (int, "whole number"),
    (float, "number"),
    (date, "date"),
    (timedelta, "duration"),
    (Path, "path"),
    (SecretStr, "secret"),
)


def reference() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([_INTRO, *_page()])


def _page() -> Iterator[str]:
    for name, field in Config.model_fields.items():
        if field.exclude:
            continue
        if name == "channels":
            yield "## `[channels.NAME]`\n\nOne table for each way to people; rules and digests name them.\n"
            for model in _tables(field.annotation):
                kind = get_args(model.model_fields["type"].annotation)[0]
                yield f'### `type = "{kind}"`\n\n{model.__doc__}\n'
                yield from _rows(model, skip=("type",))
            continue
        models = _tables(field.annotation)
        if not models:
            yield f"## `{name}`\n\nBefore any table: {_kind(field.annotation)}. {field.description}\n"
            continue
        origin = get_origin(field.annotation)
        heading = f"[[{name}]]" if origin is tuple else f"[{name}.NAME]" if origin is dict else f"[{name}]"
        yield f"## `{heading}`\n\n{models[0].__doc__}\n"
        yield from _rows(models[0])
        for model, owners in _inner_tables(models[0], name).items():
            yield f"### {', '.join(f'`{owner}`' for owner in owners)}\n\n{model.__doc__}\n"
            yield from _rows(model)


def _inner_tables(model: type[BaseModel], name: str) -> dict[type[BaseModel], list[str]]:
    """Return the tables inside a table, each with the key paths under which it can stand."""
    found: dict[type[BaseModel], list[str]] = {}
    for key, field in model.model_fields.items():
        for table in _tables(field.annotation):
            in_dict = get_origin(field.annotation) is dict
            found.setdefault(table, []).append(f"{name}.{key}" + (".NAME" if in_dict else ""))
    return found


def _rows(model: type[BaseModel], skip: tuple[str, ...] = ()) -> Iterator[str]:
    yield "| key | value | default | |\n| --- | --- | --- | --- |"
    for name, field in model.model_fields.items():
        if name not in skip:
            default = "required" if field.is_required() else _default(field)
            # the annotation as written: pydantic takes the validators off it, and with them its name
            kind = _kind(model.__annotations__[name])
            yield f"| `{name}` | {kind} | {default} | {field.description} |"
    yield ""


def _kind(annotation: Any) -> str:
    for known, name in _KINDS:
        if annotation == known:
            return name
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f'`"{value}"`' for value in arguments)
    if origin is tuple:
        return f"list: {_kind(arguments[0])}"
    if origin is dict:
        return f"table: {_kind(arguments[0])} -> {_kind(arguments[1])}"
    if origin in (Union, UnionType):
        return " or ".join(_kind(argument) for argument in arguments if argument is not NoneType)
    if isinstance(annotation, type) and issubclass(annotation, schema.Table):
        return "table"
    return _kind(arguments[0]) if arguments else "text"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "see below"
    return f"`{toml(value)}`"


def toml(value: object) -> str:
    """Return a default as it would be written in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{types.format_duration(value)}"'
    if isinstance(value, tuple):
        return f"[{', '.join(toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _tables(annotation: Any) -> list[type[BaseModel]]:
    """Return the tables in `tuple[Table, ...]`, `dict[str, Table]` or a union of tables."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for part in get_args(annotation) for table in _tables(part)]
