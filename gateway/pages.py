"""The journal's pages as subscriptions read them, over the store's read-only reader.

Decides when the store is opened: in the edge loop, on first use, once for all subscriptions of an engine.
Input: the path of a store; output: its events in sequence order.
"""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

from tradingfloor.actors.errors import NotRunning
from tradingfloor.storage.readers import Reader

from .ports import Bounds, CommittedEvent


class StorePages:
    """Implements ``ports.JournalPages``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: Reader | None = None
        self._closed = False
        self._opening = asyncio.Lock()

    async def page(
        self, after: int, limit: int, kinds: Collection[str], symbols: Collection[str]
    ) -> Sequence[CommittedEvent]:
        """The first ``limit`` matching events with sequence > ``after``."""
        reader = await self._open()
        return await reader.events(after, limit, kinds, symbols)

    async def bounds(self) -> Bounds:
        """The oldest and the newest sequence kept."""
        reader = await self._open()
        oldest, last = await reader.bounds()
        return Bounds(oldest, last)

    async def close(self) -> None:
        """Close the reader for good; harmless more than once."""
        self._closed = True
        async with self._opening:
            reader, self._reader = self._reader, None
        if reader is not None:
            await reader.close()

    async def _open(self) -> Reader:
        # Two first uses at once would open two readers, and one of them would never be closed.
        async with self._opening:
            if self._closed:
                raise NotRunning(f"{self._path}: the engine has closed its store")
            if self._reader is None:
                self._reader = await Reader.open(self._path)
            return self._reader
