"""Sources of market updates behind one protocol."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from ... import plugins
from ...config import Config
from ...errors import BadConfig
from .protocol import MarketDataFeed
from .replay import open_replay

__all__ = ["MarketDataFeed", "open_feed"]

REPLAY = "replay:"


def open_feed(config: Config) -> MarketDataFeed:
    """The feed that ``config.data.source`` names: ``sim``, ``replay:PATH`` or a registered one.

    Raises BadConfig on another source or symbols it cannot serve, or without what a provider needs; BadData
    when the files cannot be used.
    """
    source = config.data.source
    if source == "sim":
        from .sim import SimFeed  # noqa: PLC0415 - numpy is only needed here

        return SimFeed(config)
    if source.startswith(REPLAY) and source != REPLAY:
        # os.path leaves an unknown ~user alone; pathlib raises.
        return open_replay(Path(os.path.expanduser(source.removeprefix(REPLAY))), config)  # noqa: PTH111
    found = plugins.load(plugins.FEEDS)
    if source not in found:
        raise BadConfig(f"data.source: {source!r} is none of sim, replay:PATH, {', '.join(sorted(found))}")
    return cast("Callable[[Config], MarketDataFeed]", found[source])(config)
