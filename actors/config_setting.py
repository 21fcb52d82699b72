"""One setting on its own: which type it has, what text means there, and whether its value may be stored.

Decides the type of every dotted path (read from the structs of ``config``) and whether one value is well
formed. Knows no other setting, no file, no environment and no flag. Input: a path and a raw value; output:
the value, or a BadConfig of one line that names the path.
"""

import math
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from .config import Config, Section
from .config_faults import shown
from .config_plugins import spelled
from .errors import BadConfig

INT64 = range(-(2**63), 2**63)
"""Integers beyond it fit neither the store nor the wire."""

Path = tuple[str, ...]
"""The names of a dotted path."""


def flatten(tree: Mapping[str, Any], prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a nested table with its path; an empty table is a value of its own.

    Raises BadConfig for a name that is not text.
    """
    for name, value in tree.items():
        path = (*prefix, name)
        if not isinstance(name, str):
            raise BadConfig(f"{'.'.join(prefix)}: names are text, got {shown(name)}")
        if isinstance(value, Mapping) and value:
            yield from flatten(value, path)
        else:
            yield path, value


def kind_of(path: Path) -> Any:
    """The declared type of a setting; Any inside a free table.

    Raises BadConfig with the path up to the unknown name and the nearest known one.
    """
    kind: Any = Config
    for depth, name in enumerate(path):
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif kind is not Any:
            fields = _fields(kind)
            if name not in fields:
                raise BadConfig(f"{'.'.join(path[: depth + 1])}: {_unknown(name, list(fields))}")
            kind = fields[name]
    return kind


def is_table(kind: Any) -> bool:
    """True for a section, a free table and the table of instruments."""
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, Section))


def decode(path: Path, raw: object, *, text: bool = False) -> Any:
    """The value of one setting, checked on its own: its type, its range, finite, storable.

    ``text`` = it was typed where everything is text: numbers and booleans are read from it, a list is
    separated by commas. Raises BadConfig naming the path.
    """
    kind = kind_of(path)
    text = text and isinstance(raw, str)
    if is_table(kind):
        raise BadConfig(f"{'.'.join(path)}: expected a table, got {shown(raw)}")
    if text:
        raw = _read_text(str(raw), kind)
    if path == ("detectors",) and isinstance(raw, list | tuple):
        raw = [spelled(name) if isinstance(name, str) else name for name in raw]
    try:
        value = msgspec.convert(raw, kind, strict=not text)
    except msgspec.ValidationError as error:
        expected = str(error).split(" - at ")[0].split(", got ")[0].replace("`", "")
        raise BadConfig(f"{'.'.join(path)}: {expected[0].lower()}{expected[1:]}, got {shown(raw)}") from None
    if fault := _unstorable(value) or (kind is not Any and _unprintable(value)):
        raise BadConfig(f"{'.'.join(path)}: {fault}")
    return value


@cache
def _fields(kind: Any) -> dict[str, Any]:
    if not is_table(kind):
        return {}
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def _unknown(name: str, siblings: list[str]) -> str:
    homes = {path[-1]: ".".join(path) for path, _ in reversed(list(flatten(msgspec.to_builtins(Config()))))}
    found = get_close_matches(name, siblings, n=1)
    found = found or [homes[known] for known in get_close_matches(name, homes, n=1)]
    return f"unknown setting; did you mean {found[0]}?" if found else "unknown setting"


def _read_text(text: str, kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is Any:
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, ValueError):
            return text
        return value if isinstance(value, bool | int | float) else text
    return text


def _unstorable(value: object) -> str:
    """Why JSON, the store or the journal hash cannot hold it, at any depth of a free table; or nothing."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN and infinity are not numbers to trade with"
    if isinstance(value, int) and value not in INT64:
        return "the number does not fit into 64 bits"
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return f"not valid text: {shown(value)}"
    if isinstance(value, Section):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple):
        return next(filter(None, map(_unstorable, value)), "")
    return ""


def _unprintable(value: object) -> str:
    plain = not isinstance(value, str) or value.isprintable()
    return "" if plain else f"unprintable characters in {shown(value)}"
