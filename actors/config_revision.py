"""Settings that change while the engine runs: the one door.

Decides which settings may pass, and what a config is after a change. Knows no state and no journal. Input: a
config and changes as text; output: the config from then on. A change that is refused changes nothing.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from .config import Config
from .config_checks import check_limits
from .config_setting import decode, is_table, kind_of
from .errors import BadCommand, BadConfig
from .types import Refusal

CHANGEABLE: Final[dict[str, str]] = {
    "enabled": "whether decisions become orders",
    "risk": "limits, confidence, cooldowns and the schedule of entries",
}
"""What may change while the engine runs; all else is what tape, detectors, venue and books are built from."""

Changes = Sequence[tuple[str, str]]
"""(dotted path, value as text)."""


def revised(config: Config, changes: Changes) -> Config:
    """The config after the changes; they are taken together, so that a pair of limits may move at once.

    Raises BadCommand with NOT_CHANGEABLE or BAD_SETTING; the message names the path.
    """
    if not changes:
        raise BadCommand(Refusal.BAD_SETTING, "no setting is named")
    tree = msgspec.to_builtins(config)
    try:
        for path, text in changes:
            _put(tree, path, text)
        after = msgspec.convert(tree, Config)
        check_limits(after)
    except BadConfig as error:
        raise BadCommand(Refusal.BAD_SETTING, str(error)) from None
    return after


def carried(config: Config, changes: Changes) -> Config:
    """The config after changes that the journal tells of, taken together as they were made.

    Never raises. Where they do not hold together any more, as after a restart with another file or build,
    each that still makes sense alone is kept, in order.
    """
    try:
        return revised(config, changes)
    except BadCommand:
        return _one_by_one(config, changes)


def _one_by_one(config: Config, changes: Changes) -> Config:
    for change in changes:
        try:
            config = revised(config, [change])
        except BadCommand:
            continue
    return config


def settings_of(config: Config) -> str:
    """The whole config as the journal keeps it: canonical JSON."""
    return msgspec.json.encode(config, order="deterministic").decode()


def _put(tree: dict[str, Any], path: str, text: str) -> None:
    names = tuple(path.split("."))
    kind_of(names)
    if names[0] not in CHANGEABLE:
        raise BadCommand(
            Refusal.NOT_CHANGEABLE,
            f"{path}: cannot change while the engine runs; {', '.join(CHANGEABLE)} can",
        )
    for name in names[:-1]:
        tree = tree[name]
    value = _table(names, text) if is_table(kind_of(names)) else decode(names, text, text=True)
    tree[names[-1]] = msgspec.to_builtins(value)


def _table(names: tuple[str, ...], text: str) -> dict[str, Any]:
    """A free table is given whole, as JSON: what it leaves out is gone."""
    try:
        value = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise BadConfig(
            f"{'.'.join(names)}: expected a table as JSON, or the path of one value in it"
        ) from None
    return {name: decode((*names, name), each) for name, each in value.items()}
