"""What a validation error says -> where in the file, and one sentence that says what to do."""

from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.lines import KeyPath
from monitor.config.schema import Channel, Config
from monitor.config.types import did_you_mean

_TYPES = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": 'a list, such as ["..."]',
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "path_type": "a path in quotes",
    "date_type": "a date, such as 2026-12-31",
    "date_parsing": "a date, such as 2026-12-31",
    "date_from_datetime_parsing": "a date, such as 2026-12-31",
    "date_from_datetime_inexact": "a date without a time, such as 2026-12-31",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One mistake: the key path in the file, and what to do about it."""

    path: KeyPath
    message: str


def explain(error: ValidationError, raw: dict[str, Any]) -> list[Found]:
    """Return the mistakes of `raw` that `error` holds, one for each key."""
    found: dict[KeyPath, Found] = {}
    for details in error.errors(include_url=False, include_input=False):
        path = _path_in_file(details["loc"], raw)
        if details["type"] == "missing":
            path = path[:-1] if path and path[-1] == details["loc"][-1] else path
            message = f'"{details["loc"][-1]}" is missing'
            found.setdefault((*path, details["loc"][-1]), Found(path, message))
        else:
            found.setdefault(path, Found(path, _message(details, path, raw)))
    return list(found.values())


def _path_in_file(loc: tuple[int | str, ...], raw: object) -> KeyPath:
    """Drop the parts of `loc` that name the kind of a channel instead of a key."""
    path: KeyPath = ()
    for part in loc:
        if (isinstance(raw, dict) and part in raw) or (
            isinstance(raw, list) and isinstance(part, int) and part < len(raw)
        ):
            raw = raw[part]  # type: ignore[index]
            path += (part,)
    return path


def _message(details: ErrorDetails, path: KeyPath, raw: dict[str, Any]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1], raw)
        return f'unknown key "{path[-1]}"{did_you_mean(str(path[-1]), known)}'
    if kind in _TYPES:
        return f"write {_TYPES[kind]}"
    if kind == "literal_error":
        return f"write one of {context['expected'].replace(' or ', ', ')}"
    if kind == "union_tag_not_found":
        return f'"type" is missing: write one of {_channel_types()}'
    if kind == "union_tag_invalid":
        return f'there is no channel type "{context["tag"]}": write one of {_channel_types()}'
    if kind == "too_short":
        return "the list is empty"
    bounds = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"),
              "greater_than": ("gt", "more than")}  # fmt: skip
    if kind in bounds:
        name, words = bounds[kind]
        return f"write a number of {words} {context[name]:g}"
    return details["msg"]


def _channel_members() -> dict[str, type[BaseModel]]:
    union, _ = get_args(Channel)
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(union)}


def _channel_types() -> str:
    return ", ".join(f'"{name}"' for name in _channel_members())


def _known_keys(path: KeyPath, raw: dict[str, Any]) -> list[str]:
    """Return the keys that the table at `path` may have."""
    model: type[BaseModel] = Config
    value: Any = raw
    for part in path:
        value = value[part]
        if isinstance(part, str) and part in model.model_fields:
            model = _table_of(model.model_fields[part].annotation) or model
        elif path[0] == "channels":
            model = _channel_members()[value["type"]]
    return [name for name, field in model.model_fields.items() if not field.exclude]


def _table_of(annotation: Any) -> type[BaseModel] | None:
    """Return the table type inside `tuple[Table, ...]`, `dict[str, Table]` or `Table | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((table for part in get_args(annotation) if (table := _table_of(part))), None)
