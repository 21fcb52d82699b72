"""The detector plug-ins that a config names, and whether they are what a detector plug-in must be.

Decides which names belong to plug-ins, what a plug-in has to declare and which kinds of signals it may not
claim. Knows no bar: what a plug-in does with one is the signal room's. Input: names of detectors; output: the
plug-ins by name, or a BadConfig of one line.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from . import plugins
from .config import MAX_WEIGHT
from .domain.evidence import FAMILIES, KINDS, Kind
from .errors import BadConfig

BUILT_IN = (
    *("FVG", "IFVG", "BOS", "SWEEP", "DISPLACEMENT", "ORDER_BLOCK"),
    *("STRAT_212", "STRAT_312", "STRAT_22", "STRAT_122", "STRAT_322"),
)
"""The detectors of the config that are no plug-ins, by their names there."""

TAKEN = frozenset((*map(str.lower, BUILT_IN), "swing", "structure", "strat"))
"""Names that no plug-in may have: those of the config and those that signals and scans use."""

LONGEST_HALF_LIFE = 10_000
"""Bars."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def spelled(name: str) -> str:
    """A detector's name as the config keeps it: a built-in one in capitals, a plug-in's in small letters."""
    return name.upper() if name.upper() in BUILT_IN else name.lower()


def detectors(names: Iterable[str]) -> Mapping[str, Any]:
    """The plug-ins among the detectors of these names, loaded and checked.

    Raises BadConfig as ``plugins.load``, and when a plug-in is not a detector or claims a taken kind.
    """
    found = plugins.load(plugins.DETECTORS, map(str.lower, names), TAKEN)
    for name, plugin in found.items():
        if getattr(plugin, "name", None) != name:
            raise _unusable(name, f"its name must be {name!r}, as its entry point's")
    checked(found.values())
    return found


def gates(names: Iterable[str]) -> Mapping[str, Any]:
    """The gates of these names, loaded and checked (see ``risk.plugin_gate``).

    Raises BadConfig as ``plugins.load``, and when a plug-in is no gate.
    """
    found = plugins.load(plugins.GATES, names)
    for name, plugin in found.items():
        fault = ""
        if getattr(plugin, "name", None) != name or not _is_name(name):
            fault = f"its name must be {name!r}, of small letters, digits and underscores"
        elif not callable(getattr(plugin, "start", None)):
            fault = "it has no start(settings)"
        if fault:
            package = plugins.origin(plugins.GATES, name)
            raise BadConfig(f"{name}: {package} is no usable gate: {fault}; mend it, or leave the name out")
    return found


def checked(found: Iterable[Any]) -> tuple[Any, ...]:
    """The same plug-ins. Raises BadConfig for the first that is no detector or claims what is taken."""
    owners: dict[str, str] = {}
    seen: dict[str, Any] = {}
    for plugin in found:
        name = getattr(plugin, "name", None) or repr(plugin)
        fault = next(faults(plugin), "") or _claimed(plugin, name, owners)
        if name in TAKEN or name in seen:
            fault = "its name is taken"
        if fault:
            raise _unusable(name, fault)
        seen[name] = plugin
    return tuple(seen.values())


def _unusable(name: str, fault: str) -> BadConfig:
    package = plugins.origin(plugins.DETECTORS, name)
    return BadConfig(f"{name}: {package} is no usable detector: {fault}; mend it, or leave the name out")


def kinds(found: Mapping[str, Any]) -> dict[str, Kind]:
    """The table of kinds: the built-in ones and those of the plug-ins."""
    table = dict(KINDS)
    for plugin in found.values():
        table |= plugin.kinds
    return table


def faults(plugin: Any) -> Iterator[str]:
    """What keeps an object from being a detector plug-in (see ``signals.plugin``)."""
    if not _is_name(getattr(plugin, "name", None)):
        yield "its name must be of small letters, digits and underscores"
    events, table, families = (getattr(plugin, given, None) for given in ("events", "kinds", "families"))
    if not isinstance(events, tuple | list) or not events or not all(map(_is_name, events)):
        yield "events must be a tuple of names"
    if not isinstance(table, Mapping) or not isinstance(families, Mapping):
        yield "kinds and families must be mappings by kind"
        return
    for kind, worth in table.items():
        if not _is_name(kind) or kind in KINDS:
            yield f"{kind!r} cannot be the name of a kind: it is built in, or no name of small letters"
        if not isinstance(worth, Kind) or not _sound(worth):
            worthy = f"weight 0 to {MAX_WEIGHT}, 0 <= z_min < z_full, half_life >= 1"
            yield f"kind {kind} must be a Kind of {worthy}"
        if families.get(kind) not in FAMILIES:
            yield f"families[{kind!r}] must be one of {', '.join(FAMILIES)}"
    if not callable(getattr(plugin, "start", None)):
        yield "it has no start(market)"


def _claimed(plugin: Any, name: str, owners: dict[str, str]) -> str:
    for kind in plugin.kinds:
        other = owners.setdefault(kind, name)
        if other != name:
            return f"kind {kind} belongs to {other} already"
    return ""


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _sound(worth: Kind) -> bool:
    numbers = (worth.weight, worth.z_min, worth.z_full)
    if not all(type(each) in (int, float) and math.isfinite(each) for each in numbers):
        return False
    lived = type(worth.half_life) is int and 1 <= worth.half_life <= LONGEST_HALF_LIFE
    return 0 <= worth.weight <= MAX_WEIGHT and 0 <= worth.z_min < worth.z_full and lived
