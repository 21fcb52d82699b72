"""Plug-ins: objects that other packages offer by an entry point, loaded by name.

Decides how a plug-in is found, that only those asked for are imported, and what is said when one cannot be
had. Knows nothing of what a plug-in of a group must offer: who asks checks that (see ``config_plugins``).
Input: a group and names; output: the objects, or a BadConfig of one line that names the package.

    [project.entry-points."tradingfloor.detectors"]
    three_bar = "three_bar:PLUGIN"
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from .errors import BadConfig

DETECTORS = "tradingfloor.detectors"
FEEDS = "tradingfloor.feeds"
GATES = "tradingfloor.gates"
GROUPS = (DETECTORS, FEEDS, GATES)
"""Every group that plug-ins are looked for in."""


def installed(group: str) -> tuple[str, ...]:
    """The names of the installed plug-ins of a group; imports none of them."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def load(group: str, names: Iterable[str], taken: Iterable[str] = ()) -> Mapping[str, object]:
    """The plug-ins of these names, in their order; no other is imported.

    ``taken``: names that belong to what is built in; one of them among ``names`` is left out. Raises
    BadConfig when a name is not installed, is offered twice, is taken, or when its import fails.
    """
    offered: dict[str, list[EntryPoint]] = defaultdict(list)
    for point in entry_points(group=group):
        offered[point.name].append(point)
    built_in = set(taken)
    found: dict[str, object] = {}
    for name in dict.fromkeys(names):
        points = offered.get(name, [])
        if name in built_in:
            if points:
                raise BadConfig(
                    f"{name}: {_origin(points[0])} offers a plug-in of a built-in name; uninstall it"
                )
            continue
        if not points:
            raise BadConfig(f"{name}: {_missing(group, name, offered)}")
        if len(points) > 1:
            packages = " and ".join(sorted(map(_origin, points)))
            raise BadConfig(f"{name}: {packages} offer a plug-in of this name; uninstall one")
        found[name] = _imported(points[0])
    return found


def origin(group: str, name: str) -> str:
    """The package that offers a plug-in, for an error about it; the plug-in's name where none is known."""
    points = [point for point in entry_points(group=group) if point.name == name]
    return _origin(points[0]) if points else f"plug-in {name}"


def _imported(point: EntryPoint) -> object:
    try:
        return point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001  a stranger's module may raise anything
        words = " ".join(f"{type(error).__name__}: {error}".split())
        fault = f"{_origin(point)} cannot be imported from {point.value} ({words})"
        raise BadConfig(f"{point.name}: {fault}; mend or reinstall it, or leave the name out") from None


def _missing(group: str, name: str, offered: Mapping[str, object]) -> str:
    if near := get_close_matches(name, offered, n=1):
        return f"no plug-in of this name; did you mean {near[0]}?"
    known = f"installed are {', '.join(sorted(offered))}" if offered else "none is installed"
    return f"no plug-in of this name in {group}; {known}"


def _origin(point: EntryPoint) -> str:
    return f"package {point.dist.name}" if point.dist is not None else f"plug-in {point.name}"
