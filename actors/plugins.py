"""What other packages add: everything they registered under one group of entry points.

Decides how a broken plug-in is told. Knows no group's contents. Input: a group's name; output: the objects by
the names they were registered under.
"""

from importlib.metadata import entry_points

from .errors import BadConfig

FEEDS = "tradingfloor.feeds"
"""Functions from a Config to a feed, by the name that ``data.source`` has then."""


def load(group: str) -> dict[str, object]:
    """Every object registered under ``group``, by name.

    Raises BadConfig in one line when a plug-in cannot be imported, or two have one name.
    """
    found: dict[str, object] = {}
    for entry in entry_points(group=group):
        owner = entry.dist.name if entry.dist is not None else "unknown"
        if entry.name in found:
            raise BadConfig(f"plug-in {entry.name} of {group} is registered twice; uninstall one ({owner})")
        try:
            found[entry.name] = entry.load()
        except Exception as error:  # noqa: BLE001  a stranger's code may raise anything
            what = " ".join(f"{type(error).__name__}: {error}".split())
            raise BadConfig(
                f"plug-in {entry.name} of {group} cannot be loaded: {what}; mend or uninstall {owner}"
            ) from None
    return found
