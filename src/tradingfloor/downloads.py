"""Fetching a provider's bars into a file, for the command line and for the schedule.

Decides where such a file lies and from when on a scheduled download fetches (``providers.download``: what is
on disk when). Input: a config, a symbol, a range; output: a CSV file and its manifest.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.calendar import NEW_YORK, Calendar, calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.errors import BadData
from tradingfloor.actors.market_data.feeds.providers.download import Download, Manifest, Wanted

FOLDER = Path("data")
MINUTES = "1m"
"""The bars that a scheduled download fetches."""


def default_path(provider: str, symbol: str, timeframe: str) -> Path:
    """Where a download lies that was given no other place."""
    return FOLDER / provider / f"{symbol}-{timeframe}.csv"


def manifest_of(path: Path) -> Path:
    """Where the manifest of a download lies."""
    return path.with_name(f"{path.name}.manifest.json")


async def fetch(
    config: Config, name: str, wanted: Wanted, path: Path, tell: Callable[[Manifest], None]
) -> tuple[Manifest, int]:
    """The manifest in the end, and how many chunks it took. Raises BadConfig, BadData, NotRunning."""
    from tradingfloor.actors.market_data.feeds.providers import make  # noqa: PLC0415  brings a client along
    from tradingfloor.actors.market_data.feeds.providers.provider import setting_of  # noqa: PLC0415
    from tradingfloor.actors.market_data.feeds.providers.vocabulary import told  # noqa: PLC0415

    provider = make(name, setting_of(config))
    try:
        fetching = Download(provider, _market(config, wanted.symbol), wanted, path, time.time_ns())
        with told():
            return await fetching.run(tell), fetching.requested
    finally:
        await provider.rest.close()


def bring_up_to(config: Config, symbol: str, path: Path, due: int) -> int:
    """Fetch the minute bars of the config's provider up to the day of an instant; the file's size.

    A file that is there is gone on with, a new one begins with that day. Raises what ``fetch`` does.
    """
    market = _market(config, symbol)
    found = market.session_at(due) or market.previous_session(market.next_session(due).ordinal)
    last = date.fromordinal(found.ordinal)
    wanted = Wanted(symbol, MINUTES, min(_begun(path) or last, last), last)
    asyncio.run(fetch(config, config.data.source, wanted, path, lambda _held: None))
    return path.stat().st_size


def _begun(path: Path) -> date | None:
    """The first day of a download that is there."""
    manifest = manifest_of(path)
    try:
        return date.fromisoformat(msgspec.json.decode(manifest.read_bytes(), type=Manifest).first)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, ValueError):
        raise BadData(f"{manifest}: cannot be read; remove it to download anew") from None


def _market(config: Config, symbol: str) -> Calendar:
    """The symbol's hours; without any of its own those that the providers' shares have."""
    override = config.instruments.get(symbol)
    if override is None:
        return calendar("XNYS", NEW_YORK)
    found = instrument(symbol, override)
    return calendar(found.calendar, found.timezone)
