"""Sources of market updates behind one protocol."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from ... import plugins
from ...config import Config
from ...errors import BadConfig
from .lean_contracts import quotes_alone
from .lean_quotes import LeanQuotes
from .protocol import MarketDataFeed
from .quoted import QuotedFeed
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
        return _open_files(_path(source.removeprefix(REPLAY)), config)
    known = plugins.installed(plugins.FEEDS)
    if source not in known:
        raise BadConfig(f"data.source: {source!r} is none of sim, replay:PATH, {', '.join(known)}")
    found = plugins.load(plugins.FEEDS, [source])[source]
    return cast("Callable[[Config], MarketDataFeed]", found)(config)


def _open_files(path: Path, config: Config) -> MarketDataFeed:
    quotes = [_path(text) for text in config.data.quotes]
    if quotes_alone(path):
        return QuotedFeed(config.symbols, LeanQuotes([path, *quotes], config), None)
    base = open_replay(path, config)
    return QuotedFeed(config.symbols, LeanQuotes(quotes, config), base) if quotes else base


def _path(text: str) -> Path:
    # os.path leaves an unknown ~user alone; pathlib raises.
    return Path(os.path.expanduser(text))  # noqa: PTH111
