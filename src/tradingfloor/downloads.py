"""A provider's bars in files: one that was asked for, or all that the schedule keeps up to date.

Decides where the files lie, and which of them a scheduled download is about. What is on disk when is decided
by ``providers.download``. Touches no store and no trading state. Input: a config; output: CSV files.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.calendar import NEW_YORK, Calendar, calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.errors import BadData, NotRunning, Refused
from tradingfloor.actors.market_data.feeds.providers import make
from tradingfloor.actors.market_data.feeds.providers.download import (
    LENGTHS,
    Download,
    Manifest,
    Wanted,
    manifest_of,
)
from tradingfloor.actors.market_data.feeds.providers.provider import Provider, setting_of
from tradingfloor.actors.market_data.feeds.providers.vocabulary import CredentialsRefused, told
from tradingfloor.actors.types import NANOS

Tell = Callable[[Manifest], None]


def file_of(folder: Path, provider: str, symbol: str, timeframe: str) -> Path:
    """Where the bars of one symbol lie unless somebody names a file."""
    return folder / provider / f"{symbol}-{timeframe}.csv"


def timeframes_of(config: Config) -> tuple[str, ...]:
    """The configured timeframes that can be downloaded; the day when none can."""
    return tuple(each for each in config.timeframes if each in LENGTHS) or ("1d",)


async def fetch(config: Config, name: str, wanted: Wanted, path: Path, tell: Tell) -> tuple[Manifest, int]:
    """One file from the provider of that name: its manifest in the end, and how many chunks it took.

    Raises BadConfig, BadData and NotEntitled; what was fetched stays, and the next time goes on from there.
    """
    provider = make(name, setting_of(config))
    try:
        return await _fetch(config, provider, wanted, path, tell)
    finally:
        await provider.rest.close()


async def _fetch(
    config: Config, provider: Provider, wanted: Wanted, path: Path, tell: Tell
) -> tuple[Manifest, int]:
    fetching = Download(provider, _market(config, wanted.symbol), wanted, path, time.time_ns())
    with told():
        return await fetching.run(tell), fetching.requested


def _market(config: Config, symbol: str) -> Calendar:
    override = config.instruments.get(symbol)
    if override is None:
        return calendar("XNYS", NEW_YORK)  # what these providers know best; they have no other shares
    found = instrument(symbol, override)
    return calendar(found.calendar, found.timezone)


class ScheduledDownload:
    """The files of a config, brought up to date one after another; ended from another thread."""

    def __init__(self, config: Config, folder: Path) -> None:
        """``folder`` is that of the store."""
        self._config = config
        self._folder = folder / config.data.download.folder
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._cut: Callable[[], object] | None = None
        self._ended = False

    def run(self) -> tuple[tuple[Path, ...], str]:
        """Fetch what is new, on this thread: the files, and what came of them in words.

        Raises BadData that names each file that could not be had, when all others were fetched; BadConfig
        without the credentials; NotRunning when it was cut.
        """
        with self._turn, asyncio.Runner() as runner:
            loop = runner.get_loop()
            with self._lock:
                if self._ended:
                    raise _cut_short()
                work = loop.create_task(self._all())
                self._cut = lambda: loop.call_soon_threadsafe(work.cancel)
            try:
                return loop.run_until_complete(work)
            except asyncio.CancelledError:
                raise _cut_short() from None
            finally:
                with self._lock:
                    self._cut = None

    def end(self) -> None:
        """Cut what is under way; nothing is fetched from now on."""
        with self._lock:
            self._ended = True
            if self._cut is not None:
                self._cut()

    async def _all(self) -> tuple[tuple[Path, ...], str]:
        name = self._config.data.download_provider
        provider = make(name, setting_of(self._config))
        files: list[Path] = []
        rows, faults = 0, []
        try:
            for symbol in self._config.symbols:
                for timeframe in timeframes_of(self._config):
                    path = file_of(self._folder, name, symbol, timeframe)
                    try:
                        held = await self._one(provider, symbol, timeframe, path)
                    except CredentialsRefused:
                        raise
                    except Refused as error:  # another symbol may be had
                        faults.append(f"{symbol} {timeframe}: {error}")
                    else:
                        files.append(path)
                        rows += held.rows
        finally:
            await provider.rest.close()
        if faults:
            raise BadData("; ".join(faults))
        return tuple(files), f"{rows} bars in all"

    async def _one(self, provider: Provider, symbol: str, timeframe: str, path: Path) -> Manifest:
        now = time.time_ns()
        today = datetime.fromtimestamp(now // NANOS, UTC).date()
        wanted = Wanted(symbol, timeframe, self._first(provider, timeframe, path, now), today)
        held, _ = await _fetch(self._config, provider, wanted, path, lambda _held: None)
        return held

    def _first(self, provider: Provider, timeframe: str, path: Path, now: int) -> date:
        if self._config.data.download.first:
            return date.fromisoformat(self._config.data.download.first)
        held = manifest_of(path)
        if held is not None:
            return date.fromisoformat(held.first)  # a file goes on from where it begins
        # A day later, since the limit falls within one.
        kept = datetime.fromtimestamp(provider.earliest(timeframe, now) // NANOS, UTC).date() + timedelta(1)
        today = datetime.fromtimestamp(now // NANOS, UTC).date()
        return max(today - timedelta(365), kept)


def _cut_short() -> NotRunning:
    return NotRunning("the engine ended; the next download goes on where this one was cut")
