"""What risk remembers: the shapes of its state and how a signal actor's report changes them.

Decides which evidence is live and which signals still wait for their score. Knows no limit, no
calendar and no way of making an event. Everything here is rebuilt exactly by folding journaled events
and then looking at the newest price and quote of each symbol.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf

import msgspec

from ..config import Config
from ..domain.corporate_actions import CorporateAction
from ..domain.evidence import DROPPED_AFTER, Kind
from ..domain.portfolio import Portfolio
from ..messages import QuoteUpdated, SignalRaised, TimeframeReported
from ..types import Direction, TradingState
from . import confluence


class LiveSignal(msgspec.Struct):
    """A signal that still is evidence."""

    family: str
    direction: Direction
    weight: float
    """w q u, see ``confluence.initial_weight``."""
    half_life: int
    bar: int
    """Own-timeframe bar as of which it became known."""
    factor: float = 1.0


class Unscored(msgspec.Struct, frozen=True):
    """A reported signal that waits for its score."""

    signal: SignalRaised
    base_closed: bool
    """A base bar closed at its instant."""


class TimeframeView(msgspec.Struct):
    """One timeframe of one symbol as a signal actor last reported it.

    The view of a plug-in lends its timeframe evidence, nothing else.
    """

    reported: int | None = None
    """Instant of the last report."""
    bar: int = -1
    bias: int = 0
    period_open: int = 0
    last_close: int = 0
    warm: bool = False
    isolated: bool = False
    """The supervisor gave its actor up: no report is expected, until one comes all the same."""
    raised: dict[bytes, SignalRaised] = {}
    """Raised, the report that carries them not seen yet."""
    live: dict[bytes, LiveSignal] = {}


class Book(msgspec.Struct):
    """One symbol: its last price, its open position and its timeframes."""

    views: dict[str, TimeframeView]
    plugins: dict[str, dict[str, TimeframeView]] = {}
    """Timeframe -> plug-in -> what that plug-in's actor reported."""
    last: int = 0
    """Last price; 0 = none seen yet."""
    last_ts: int = 0
    applied: tuple[CorporateAction, ...] = ()
    """Splits and dividends since the last price: one from before that is seen again is told without them."""
    quote: QuoteUpdated | None = None
    """The newest one told; its age is for the gate to judge."""
    units: int = 0
    """Signed position x multiplier."""
    value: int = 0
    """Of the position: at the last price, at cost until there is one."""
    close: int = 0
    """Last price that the journal tells of: the close of a base bar, or a fill."""
    klass: str = ""
    """Class of the timeframe that the position was entered on."""
    last_trade: int = 0
    """When its last round trip closed; 0 = none did."""
    last_loss: int = 0

    def reported_by_all(self) -> float:
        """Newest instant that every expected signal actor has reported; -inf before the first."""
        expected = [view.reported for view in self._all_views() if not view.isolated]
        if None in expected:
            return -inf
        return min((instant for instant in expected if instant is not None), default=inf)

    def view(self, timeframe: str, plugin: str) -> TimeframeView | None:
        """Of one signal actor; ``plugin`` empty = the built-in detectors."""
        return self.plugins.get(timeframe, {}).get(plugin) if plugin else self.views.get(timeframe)

    def _all_views(self) -> Iterator[TimeframeView]:
        yield from self.views.values()
        for views in self.plugins.values():
            yield from views.values()


class Reservation(msgspec.Struct):
    """What an approved entry may still cost."""

    symbol: str
    remaining: int
    """Units not filled yet."""
    unit: int
    """Nanos set aside per unit, slippage included."""
    session: int
    """Session in which the order starts to work."""
    direction: Direction
    klass: str = ""
    """Class of the signal's timeframe."""
    filled: bool = False
    """Its first fill has made it a filled trade."""
    fees: int = 0
    """Nanos that its next fills may still be charged."""

    @property
    def notional(self) -> int:
        """Nanos set aside for what is not filled yet."""
        return self.remaining * self.unit


class Day(msgspec.Struct):
    """The session under way, from the previous DayClosed on.

    Totals are kept as differences to what DayClosed events reported, so that a fill that crosses a
    DayClosed on its way counts once, whichever of the two is applied first.
    """

    opening: int
    """Equity at the opening = at the previous close."""
    peak: int
    """Highest equity at the opening or a fill."""
    session: int = 0
    """0 = nothing was seen since the last close."""
    due: int = 0
    """When the session's row is due."""
    closed: int = 0
    """The last closed session."""
    closed_due: int = 0
    realised: int = 0
    fees: int = 0
    wins: int = 0
    losses: int = 0
    drawdown: int = 0
    """Largest fall of equity from the peak, over the same points."""
    lost: tuple[int, ...] = ()
    """When each losing round trip in a row closed."""


class Streak(msgspec.Struct, frozen=True):
    """Base bars in a row that closed with equity at or below the daily loss limit."""

    instant: int = 0
    """Of the newest such close."""
    before: int = 0
    """As of the close before it."""
    length: int = 0


class RiskState(msgspec.Struct):
    """All that risk knows."""

    books: dict[str, Book]
    portfolio: Portfolio
    equity: int
    """Cash and all positions at ``Book.value``."""
    day: Day
    config: Config
    """The config in force: the engine's own, and every revision since."""
    peak: int = 0
    """Highest equity at the start, a fill, the close of a base bar or of a session: what is journaled."""
    below: Streak = Streak()
    approved: tuple[int, ...] = ()
    """When the entries of the newest minute were approved."""
    trading: TradingState = TradingState.STOPPED
    marks: dict[str, int] = {}
    """Last fill price of each symbol: what the drawdown marks positions at, since it is journaled."""
    unscored: dict[bytes, Unscored] = {}
    reservations: dict[bytes, Reservation] = {}
    filled: dict[int, int] = {}
    """Session -> filled entries not yet told by a DayClosed."""
    locks: dict[tuple[str, str], int] = {}
    """(lock, symbol or empty for all) -> instant at which it ends by itself, 0 = never."""

    @property
    def priced(self) -> bool:
        """Whether every open position has a last price, so that ``equity`` is the market's."""
        return all(book.last or not book.units for book in self.books.values())

    def locked(self, now: int) -> list[tuple[str, str]]:
        """(lock, symbol or empty for all) of the locks that hold at ``now``."""
        return [key for key, until in self.locks.items() if until == 0 or now < until]

    def locks_on(self, symbol: str, now: int) -> tuple[str, ...]:
        """Names of the locks that hold for ``symbol`` at ``now``."""
        return tuple(sorted(lock for lock, scope in self.locked(now) if scope in {"", symbol}))

    def stakes(self) -> Iterator[tuple[str, str, int]]:
        """(symbol, class, nanos) of all positions as they are valued and what is set aside for entries."""
        for symbol, book in self.books.items():
            if book.value:
                yield symbol, book.klass, abs(book.value)
        for held in self.reservations.values():
            yield held.symbol, held.klass, held.notional

    def exposure(self) -> int:
        """Nanos at stake."""
        return sum(nanos for _, _, nanos in self.stakes())

    def busy(self) -> set[str]:
        """Symbols with a position or an entry under way."""
        held = {symbol for symbol, book in self.books.items() if book.units}
        return held | {reservation.symbol for reservation in self.reservations.values()}

    @property
    def booked(self) -> int:
        """Equity at the last prices that the journal tells of: a restart comes to the same."""
        return self.portfolio.cash + sum(book.units * book.close for book in self.books.values())

    def entries(self, session: int) -> int:
        """Filled entries of a session and those under way that may still fill in it."""
        waiting = sum(1 for r in self.reservations.values() if not r.filled and r.session <= session)
        return self.filled.get(session, 0) + waiting

    def in_progress(self, symbol: str) -> bool:
        """Whether an entry in ``symbol`` is approved and not finished."""
        return any(reservation.symbol == symbol for reservation in self.reservations.values())


def hear(state: RiskState, view: TimeframeView, report: TimeframeReported, kinds: Mapping[str, Kind]) -> None:
    """Fold a report: the timeframe as it is now, its new signals, its evidence one report older.

    ``kinds`` says what they weigh; a signal of another kind is no evidence.
    """
    unchanged = view.bar == report.bar and not report.signals and not report.changes
    view.reported, view.isolated = report.ts, False
    view.bar, view.bias, view.warm = report.bar, report.bias, report.warm
    view.period_open, view.last_close = report.period_open, report.last_close
    for signal_id in report.signals:
        signal = view.raised.get(signal_id)
        if signal is None:
            continue
        if not signal.context:
            state.unscored[signal_id] = Unscored(signal, report.base_closed)
        _remember(view, signal, kinds.get(signal.kind))
    view.raised.clear()
    if unchanged:
        return
    for change in report.changes:
        signal_changed = view.live.get(change.signal_id)
        if signal_changed is not None:
            signal_changed.factor = change.factor
    for signal_id in [key for key, live in view.live.items() if _is_spent(live, view.bar)]:
        del view.live[signal_id]


def isolate(view: TimeframeView) -> None:
    """An actor that is given up is waited for no more, and what it said ages unseen: it is dropped."""
    view.isolated, view.warm = True, False
    view.raised.clear()
    view.live.clear()


def reading(
    view: TimeframeView, plugins: Iterable[TimeframeView], timeframe: str, klass: str
) -> confluence.Reading:
    """The timeframe as the score takes it: of each family and side the strongest live evidence.

    ``plugins``: the views of its plug-ins; what they said ages by their own reports.
    """
    sides: dict[Direction, dict[str, float]] = {Direction.LONG: {}, Direction.SHORT: {}}
    for speaker in (view, *plugins):
        for live in speaker.live.values():
            e = confluence.evidence(live.weight, speaker.bar - live.bar, live.half_life, live.factor)
            families = sides[live.direction]
            families[live.family] = max(families.get(live.family, 0.0), e)
    return confluence.Reading(
        timeframe,
        klass,
        view.warm,
        confluence.bias(view.bias, view.last_close, view.period_open),
        sides[Direction.LONG],
        sides[Direction.SHORT],
    )


def _remember(view: TimeframeView, signal: SignalRaised, kind: Kind | None) -> None:
    if kind is None:
        return
    weight = confluence.initial_weight(kind, signal.strength, signal.volume_ratio)
    if weight > 0:
        view.live[signal.id] = LiveSignal(signal.family, signal.direction, weight, kind.half_life, signal.bar)


def _is_spent(live: LiveSignal, bar: int) -> bool:
    return live.factor <= 0 or bar - live.bar >= DROPPED_AFTER * live.half_life
