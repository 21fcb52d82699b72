"""A recorded tape with quotes: files of quotes beside one of trades or bars, or alone.

Decides how the two are woven into one numbered tape and what identifies it. Knows no column. Input: a feed of
trades or bars, or none, and the quote files; output: a feed.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain

import msgspec

from ...domain.corporate_actions import CorporateAction
from ...messages import Bar, ChainUpdate, MarketUpdate, TapeUpdate
from ...runtime.sequencer import phase
from .files import content_hash
from .lean_quotes import LeanQuotes, numbered, rows
from .replay import ReplayFeed


class QuotedFeed:
    """A feed over quote files and, where there is one, a feed of trades or bars; see ``MarketDataFeed``."""

    paced = False
    poll_interval = 0.0

    live = False

    def __init__(self, symbols: tuple[str, ...], quotes: LeanQuotes, base: ReplayFeed | None) -> None:
        self.symbols = symbols
        self._quotes = quotes
        self._base = base
        files = f"{len(quotes.paths)} quote files"
        self.name = f"{base.name} and {files}" if base else f"replay {files}"
        self.tape = content_hash(quotes.paths, "quotes", 1, base.tape if base else "", *symbols)

    def timeframe(self, symbol: str) -> str:
        """The timeframe of the trades or bars, else that of the quotes."""
        return self._base.timeframe(symbol) if self._base else self._quotes.timeframe

    def tick_hint(self, symbol: str) -> int | None:
        """The price step that the decimals of trades or bars suggest, in nanos."""
        return self._base.tick_hint(symbol) if self._base else None

    @cached_property
    def last_index(self) -> int | None:
        """An upper bound, from the files' rows (read once, on first use)."""
        quotes = sum(map(rows, self._quotes.updates()))
        return quotes + (self._base.last_index or 0 if self._base else 0)

    def history(self, symbol: str) -> tuple[Bar, ...]:
        """What the feed of trades or bars has before its tape."""
        return self._base.history(symbol) if self._base else ()

    def corporate_actions(self, symbol: str) -> tuple[CorporateAction, ...]:
        """Those of the feed of trades or bars."""
        return self._base.corporate_actions(symbol) if self._base else ()

    def updates(self, after: int = 0) -> Iterator[TapeUpdate]:
        """All updates with an index greater than ``after``; the order of each side is kept."""
        index = 0
        for update in self._woven():
            if isinstance(update, MarketUpdate):
                index += 1
                if index > after:
                    yield msgspec.structs.replace(update, index=index)
                continue
            index += rows(update)
            if index > after:
                yield numbered(update, index)

    def quotes(self, until: int) -> Iterator[ChainUpdate]:
        """The quotes with an index up to ``until``."""
        for update in self.updates():
            if update.index > until:
                return
            if isinstance(update, ChainUpdate):
                yield update

    def _woven(self) -> Iterator[TapeUpdate]:
        """Both sides by (ts, phase), a tape bar before the quotes of its end."""
        base = self._base.updates() if self._base else iter(())
        held = next(base, None)
        for quote in self._quotes.updates():
            while held is not None and (held.ts, phase(held)) <= (quote.ts, phase(quote)):
                yield held
                held = next(base, None)
            yield quote
        if held is not None:
            yield from chain((held,), base)
