"""How a room gets its state back: one path for the first start, a crash and a restart.

Decides which events a deciding core folds (its own, and those of others up to its mark) and what had not
been handled before a crash. Knows no SQL; reads a ``StoreView`` after a flush.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from ..messages import (
    Bar,
    ChainUpdate,
    HistoryServed,
    MarketUpdate,
    Message,
    PriceUpdated,
    QuoteUpdated,
    TimerDue,
)
from ..routing import ROUTES, recipients
from ..types import Durability
from .core import DecidingCore
from .journal import CommittedEvent, Envelope, Mark, StoreView
from .room import DecidingRoom, FoldingRoom
from .sequencer import phase


def recover_deciding(
    name: str,
    core: DecidingCore[Any],
    view: StoreView,
    path: Callable[[Any], Iterable[PriceUpdated]] = lambda _state: (),
    quotes: Callable[[], Iterable[QuoteUpdated]] = lambda: (),
) -> DecidingRoom:
    """The room with its state folded from the journal, and the newest prices and quotes observed.

    ``path`` gives, of the folded state, the handled prices that matter beyond the newest one of each symbol;
    ``quotes`` the newest quote of each symbol that market data was told.
    """
    mark = view.mark(name)
    state = core.initial()
    kinds = [kind.__name__ for kind in core.FOLDS]
    for item in view.events(kinds):
        if item.actor == name or item.sequence <= _handled(mark, item):
            core.apply(state, item.event)
    if PriceUpdated in core.OBSERVES:
        for price in (*path(state), *view.prices()):
            core.apply(state, price)
    if QuoteUpdated in core.OBSERVES:
        for quote in quotes():
            core.apply(state, quote)
    return DecidingRoom(name, core, state)


def undelivered(view: StoreView, actors: Sequence[str], now: int) -> list[tuple[str, Envelope]]:
    """Committed events that their recipients had not handled when the process ended, in sequence."""
    waiting: list[tuple[int, str, Envelope]] = []
    for name in actors:
        mark = view.mark(name)
        for durability, after in ((Durability.DURABLE, mark.durable), (Durability.BATCHED, mark.batched)):
            kinds = _kinds_for(name, durability)
            for item in view.events(kinds, after=after) if kinds else ():
                if item.actor != name and name in recipients(item.event, (name,)):
                    envelope = Envelope(item.event, max(now, item.event.ts), item.sequence)
                    waiting.append((item.sequence, name, envelope))
    return [(name, envelope) for _, name, envelope in sorted(waiting, key=lambda entry: entry[0])]


def _kinds_for(actor: str, durability: Durability) -> list[str]:
    room = actor.partition(":")[0]
    return [
        kind.__name__
        for kind, route in ROUTES.items()
        if room in route.rooms and route.durability is durability
    ]


def _handled(mark: Mark, item: CommittedEvent) -> int:
    return mark.durable if ROUTES[type(item.event)].durability is Durability.DURABLE else mark.batched


class SeedableCore(Protocol):
    """The market data core as recovery uses it."""

    def initial(self) -> Any:
        """No bar, no price."""
        ...

    def seed(self, state: Any, symbol: str, timeframe: str, last_bar: Bar) -> None:
        """This bar was published; nothing at or before it is published again."""
        ...

    def recall(self, state: Any, update: ChainUpdate) -> None:
        """These quotes were seen; nothing of them is counted again."""
        ...

    def forget_counts(self, state: Any) -> None:
        """What was counted until here had been counted before."""
        ...

    def advance(self, state: Any, message: Message, now: int) -> Sequence[Message]:
        """Take one input."""
        ...

    def next_due(self, state: Any) -> int | None:
        """The next bucket's end."""
        ...


def recover_market_data(
    name: str,
    core: SeedableCore,
    view: StoreView,
    series: Sequence[tuple[str, str]],
    tape: Callable[[int, int], Iterable[MarketUpdate]],
    quotes: Callable[[int], Iterable[ChainUpdate]] = lambda _until: (),
) -> FoldingRoom:
    """The open bars again, from the tape's tail: everything since the oldest open bucket began.

    ``series`` are the (symbol, timeframe) that are built, each symbol's base first; ``tape(after, until)``
    gives the accepted updates, ``quotes(until)`` the quotes of the session that was under way.
    """
    mark = view.mark(name)
    state = core.initial()
    last = {(bar.symbol, bar.timeframe): bar for bar in view.last_bars()}
    for bar in last.values():
        core.seed(state, bar.symbol, bar.timeframe, bar)
    for symbol, base in dict(reversed(series)).items():
        # A long bar may have begun in the warm-up.
        warm_up = tuple(bar for bar in view.bars(symbol, base, 0) if bar.history)
        if warm_up:
            core.advance(state, HistoryServed(symbol, warm_up), 0)
    after = min((last[key].last_index if key in last else 0 for key in series), default=0)
    for update in tape(after, mark.tape):
        _fire(core, state, update.ts if phase(update) else update.ts - 1)
        core.advance(state, update, update.ts)
    for chain in quotes(mark.tape):
        core.recall(state, chain)
    core.forget_counts(state)
    # Timers due by now are left to the sequencer: a bar that was published is seeded and stays
    # silent, one that was not is published then.
    return FoldingRoom(name, core, state)


def _fire(core: SeedableCore, state: Any, until: int) -> None:
    while (due := core.next_due(state)) is not None and due <= until:
        core.advance(state, TimerDue(due), due)
