"""Stream and record to one sequence: every trade once, in the order of event time.

Decides what is a duplicate, what is missing and what may be released. Knows no socket, no provider and no
clock. Input: trades of the stream as they arrive, and complete extracts of the provider's record; output:
trades in the order of (time, symbol, sequence, arrival). A trade that comes after later ones were released
is released next: whoever builds bars judges it.

Where the record names trades (``Trade.key`` is unique) a key is taken once. Where it does not, equal trades
of one time slot are counted: the record adds as many as the stream did not bring.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import count

from ....types import NANOS
from .vocabulary import Trade, slot_key


class Merge:
    """The trades of a few symbols on their way from the provider to the engine."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.counts: Counter[str] = Counter()
        """``trades`` released, of them ``late``: after later ones; ``recovered`` by the record;
        ``duplicates`` and ``foreign``: left out."""
        self._rank = {symbol: rank for rank, symbol in enumerate(symbols)}
        self._pending: list[tuple[int, int, int, int, Trade]] = []
        self._arrivals = count()
        self._known: Counter[Hashable] = Counter()
        self._unclaimed: Counter[Hashable] = Counter()
        """Trades that the record brought and the stream has not."""
        self._serials: set[Hashable] = set()
        self._keys: list[tuple[int, int, Hashable, Hashable]] = []
        self._horizon = 0
        self._newest = 0
        self._before: Counter[tuple[str, int, int, int]] = Counter()

    def begin(self, ts: int, recent: Iterable[tuple[str, int, int, int]] = ()) -> None:
        """Nothing before ``ts`` is wanted, nor any of ``recent``: (symbol, ts, price, size), known."""
        self._horizon = ts
        for symbol, at, price, size in recent:
            self._before[symbol, at, price, size] += 1
            key = slot_key(symbol, at, NANOS, price, size)
            self._known[key] += 1
            self._remember(at, key, None)

    def streamed(self, trade: Trade) -> bool:
        """Take one trade of the stream; False when it is known or not wanted."""
        if not self._wanted(trade):
            return False
        if trade.serial is None:
            if self._known[trade.key]:
                self.counts["duplicates"] += 1
                return False
        elif trade.serial in self._serials:
            self.counts["duplicates"] += 1
            return False
        else:
            self._serials.add(trade.serial)
            if self._unclaimed[trade.key]:
                self._unclaimed[trade.key] -= 1
                self._remember(trade.ts, None, trade.serial)
                self.counts["duplicates"] += 1
                return False
        self._take(trade)
        return True

    def fetched(self, trades: Iterable[Trade]) -> int:
        """Take an extract of the record, complete over its time; returns how many were missing."""
        seen: Counter[Hashable] = Counter()
        missing = 0
        for trade in trades:
            if not self._wanted(trade):
                continue
            seen[trade.key] += 1
            if seen[trade.key] > self._known[trade.key]:
                missing += 1
                if trade.slot:
                    self._unclaimed[trade.key] += 1
                self._take(trade)
        self.counts["recovered"] += missing
        return missing

    def release(self, until: int) -> list[Trade]:
        """Everything up to ``until`` that was not released yet, in order."""
        out = []
        while self._pending and self._pending[0][0] <= until:
            trade = heappop(self._pending)[-1]
            if (
                trade.ts < self._newest and trade.slot
            ):  # somewhere in its slot: not before what is out already
                trade = trade._replace(ts=min(self._newest, trade.ts + trade.slot - 1))
            self.counts["late"] += trade.ts < self._newest
            self._newest = max(self._newest, trade.ts)
            out.append(trade)
        self.counts["trades"] += len(out)
        return out

    def forget(self, before: int) -> None:
        """The record is complete up to ``before``: what is older is not taken any more."""
        self._horizon = max(self._horizon, before)
        while self._keys and self._keys[0][0] < before:
            _, _, key, serial = heappop(self._keys)
            self._serials.discard(serial)
            if key is not None:
                self._known[key] -= 1
                if self._known[key] <= 0:
                    del self._known[key]
                    del self._unclaimed[key]

    @property
    def waiting(self) -> int:
        """Trades not released yet."""
        return len(self._pending)

    def _wanted(self, trade: Trade) -> bool:
        if trade.symbol not in self._rank:
            self.counts["foreign"] += 1
            return False
        if trade.ts + max(0, trade.slot - 1) < self._horizon:
            self.counts["duplicates"] += 1
            return False
        named = (trade.symbol, trade.ts, trade.price, trade.size)
        if self._before and not trade.slot and trade.serial is None and self._before[named]:
            self._before[named] -= 1
            self._known[trade.key] += 1
            self._remember(trade.ts, trade.key, None)
            self.counts["duplicates"] += 1
            return False
        return True

    def _take(self, trade: Trade) -> None:
        self._known[trade.key] += 1
        self._remember(trade.ts, trade.key, trade.serial)
        heappush(
            self._pending, (trade.ts, self._rank[trade.symbol], trade.order, next(self._arrivals), trade)
        )

    def _remember(self, ts: int, key: Hashable, serial: Hashable) -> None:
        heappush(self._keys, (ts, next(self._arrivals), key, serial))
