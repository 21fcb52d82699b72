"""Where every setting comes from: defaults, then the file, the environment, the flags; the last wins.

Decides the order of the layers and remembers for each dotted path who set it. Knows nothing of what a
value means (see ``config_setting``) nor of what goes together (see ``config_checks``). Input: a path, a
mapping of environment variables, a mapping of flags; output: a ResolvedConfig, or a BadConfig of one line
that names path and origin.

    TRADINGFLOOR__RISK__MAX_DAILY_LOSS=1000   sets risk.max_daily_loss
    TRADINGFLOOR__SYMBOLS=SPX,NDX             lists are separated by commas
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from . import config_setting as setting
from .config import Config
from .config_checks import check
from .config_text import commented_toml, shown_value
from .errors import BadConfig

__all__ = ["PREFIX", "ResolvedConfig", "check", "commented_toml", "load", "resolve", "rows"]

PREFIX = "TRADINGFLOOR__"

FILE_LIMIT = 1 << 20
"""Bytes of the largest config file that is read: more is not a config file."""


class ResolvedConfig(msgspec.Struct, frozen=True):
    """A checked config and the origin of each of its values."""

    config: Config
    origins: dict[str, str]
    """Dotted path -> ``default`` | ``file PATH`` | ``env NAME`` | ``flag --x``."""


def resolve(
    file: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
    flag_names: Mapping[str, str] | None = None,
) -> ResolvedConfig:
    """The config in force, from all sources.

    ``flags`` maps dotted paths to values; None means not given, text is read as in the environment.
    ``flag_names`` maps a dotted path to the flag as it was typed, by default ``--`` and the last word.
    Raises BadConfig.
    """
    given = _Given()
    if file is not None:
        for path, value in setting.flatten(load(file)):
            given.put(path, value, f"file {os.fspath(file)}")
    for name in sorted(environ or {}):
        if name.startswith(PREFIX):
            given.put(_env_path(name), (environ or {})[name], f"env {name}", text=True)
    for dotted, value in (flags or {}).items():
        if value is not None:
            flag = (flag_names or {}).get(dotted) or f"--{dotted.rpartition('.')[2].replace('_', '-')}"
            given.put_tree(_flag_path(dotted), value, f"flag {flag}")
    return given.resolved()


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The tables of a TOML file. Raises BadConfig when it cannot be read or is not TOML."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(FILE_LIMIT + 1)
        if len(raw) <= FILE_LIMIT:
            return tomllib.loads(raw.decode())
        fault = "larger than a config file may be (1 MiB)"
    except OSError as error:
        fault = error.strerror or "cannot be read"
    except UnicodeDecodeError:
        fault = "not a text file (UTF-8)"
    except RecursionError:
        fault = "nested too deeply"
    except ValueError as error:
        fault = " ".join(str(error).split())
    raise BadConfig(f"{os.fspath(path)}: {fault}") from None


def rows(resolved: ResolvedConfig) -> list[tuple[str, str, str]]:
    """(dotted path, value as TOML text, origin) of every setting; ``-`` where nothing is set."""
    return [
        (".".join(path), shown_value(value), resolved.origins[".".join(path)])
        for path, value in setting.flatten(msgspec.to_builtins(resolved.config))
    ]


class _Given:
    """What the sources said so far; the last word on a path stands."""

    def __init__(self) -> None:
        self._values: dict[setting.Path, tuple[Any, str]] = {}

    def put(self, path: setting.Path, raw: object, origin: str, *, text: bool = False) -> None:
        try:
            if raw == {} and setting.is_table(setting.kind_of(path)):
                return
            value = setting.decode(path, raw, text=text)
        except BadConfig as error:
            raise BadConfig(f"{origin.removeprefix('file ')}: {error}") from None
        # In a free table a value can take the place of a table, and a table that of a value.
        for other in list(self._values):
            shared = min(len(path), len(other))
            if path[:shared] == other[:shared]:
                del self._values[other]
        self._values[path] = (value, origin)

    def put_tree(self, path: setting.Path, raw: object, origin: str) -> None:
        below = setting.flatten(raw, path) if isinstance(raw, Mapping) else [(path, raw)]
        for deeper, value in below:
            self.put(deeper, value, origin, text=isinstance(value, str))

    def resolved(self) -> ResolvedConfig:
        tree: dict[str, Any] = {}
        for path, (value, _) in self._values.items():
            table = tree
            for name in path[:-1]:
                table = table.setdefault(name, {})
            table[path[-1]] = value
        config = msgspec.convert(tree, Config)
        origins = {
            ".".join(path): self._values[path][1] if path in self._values else "default"
            for path, _ in setting.flatten(msgspec.to_builtins(config))
        }
        check(config, origins)
        return ResolvedConfig(config, origins)


def _env_path(name: str) -> setting.Path:
    """Settings are written small; only the symbol in instruments.SYMBOL keeps its letters."""
    parts = name.removeprefix(PREFIX).split("__")
    lower = [part.lower() for part in parts]
    if lower[0] == "instruments":
        lower[1:2] = parts[1:2]
    return tuple(lower)


def _flag_path(dotted: str) -> setting.Path:
    """The words of a dotted path; the symbol in instruments.SYMBOL.tick may have dots of its own."""
    head, _, rest = dotted.partition(".")
    symbol, _, name = rest.rpartition(".")
    return (head, symbol, name) if head == "instruments" and symbol else tuple(dotted.split("."))
