"""The provider's record, extract by extract: what the stream did not bring is found here.

Decides from when to when each extract reaches and how long it is of use. Knows no connection. Input: a
Provider; output: trades in a ``Merge``. An extract overlaps the one before, because a record may lag behind
its stream. Of a record that tells time by slots, only slots that are over are taken.
"""

import asyncio
from collections.abc import Sequence

import structlog

from ....types import NANOS
from .clock import Clock, Timing
from .merge import Merge
from .provider import Provider
from .vocabulary import NotEntitled

log = structlog.get_logger()

LEFT_ALONE = 0.2
"""Real seconds that are waited for an extract of an earlier connection before it is cancelled."""


class Record:
    """How far the record of one feed was read."""

    def __init__(
        self,
        provider: Provider,
        symbols: Sequence[str],
        merge: Merge,
        *,
        begin: int,
        timing: Timing,
        clock: Clock,
    ) -> None:
        """``begin``: from when on (ns) trades are wanted."""
        self.unreadable = ""
        """Why it cannot be read, so that cuts leave gaps; empty = it can."""
        self._provider = provider
        self._symbols = tuple(symbols)
        self._merge = merge
        self._timing = timing
        self._clock = clock
        self._since = begin
        self._extracting: asyncio.Task[None] | None = None

    async def fill(self) -> None:
        """Extract once, from the last extract's end to now. Raises what ``Provider.trades`` raises.

        A cut leaves the extract in hand alone: it is of use all the same, and cancelling a request in the
        midst of its connection makes the library complain.
        """
        if self._extracting is not None:
            await asyncio.wait((self._extracting,), timeout=LEFT_ALONE)
            self._extracting.cancel()
        self._extracting = asyncio.ensure_future(self._extract())
        # What nobody waits for any more may fail unheard.
        self._extracting.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.shield(self._extracting)

    async def slot_over(self) -> None:
        """Wait until the time slot of a subscription made now is over; at once where there are no slots.

        Where the server confirms nothing, it is given ``grace`` to begin.
        """
        slot = self._provider.slot
        if slot:
            end = ((self._clock.wall() + round(self._timing.grace * NANOS)) // slot + 1) * slot
            while (left := end - self._clock.wall()) > 0:
                await self._clock.sleep(left / NANOS)

    def give_up(self, now: int) -> None:
        """Forget what is too old to matter, whether or not the record ever told of it."""
        oldest = now - round(self._timing.keep * NANOS)
        if oldest > self._since:
            self._since = oldest // NANOS * NANOS
            self._merge.forget(self._since)

    async def leave(self) -> None:
        """Wait a moment for the extract in hand, then end it; for the end of the feed."""
        if self._extracting is not None:
            await asyncio.wait((self._extracting,), timeout=LEFT_ALONE)
            self._extracting.cancel()
            await asyncio.gather(self._extracting, return_exceptions=True)

    async def _extract(self) -> None:
        until = self._clock.wall()
        if self._provider.slot:
            until = until // self._provider.slot * self._provider.slot
        self.give_up(until)
        for symbol in self._symbols:
            try:
                trades = await self._provider.trades(symbol, self._since, until)
            except NotEntitled as error:
                if not self.unreadable:
                    self.unreadable = str(error)
                    log.warning("cuts cannot be filled", provider=self._provider.name, reason=str(error))
                continue
            missing = self._merge.fetched(trades)
            if missing:
                log.info("trades recovered", provider=self._provider.name, symbol=symbol, count=missing)
        following = (until - round(self._timing.overlap * NANOS)) // NANOS * NANOS
        if following > self._since:
            self._since = following
            self._merge.forget(following)
