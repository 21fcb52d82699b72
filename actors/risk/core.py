"""Risk: scores every new signal, lets entries through its gates, guards the day.

Decides when signals are evaluated, when the daily loss limit locks entries and when a session's row is
written. Knows no venue, no bar and no detector. Input: signals and reports, prices, quotes, what became of
orders, the trading state, timers; output: scores, decisions, approvals and denials, locks, day rows.

Signals of one instant are evaluated when every signal actor expected to report has reported it, at the
latest a second after it; a report that comes later still has its signals evaluated when it comes, and
the freshness gate judges their age.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ..config import Config
from ..config_revision import carried
from ..domain.evidence import KINDS, Kind
from ..domain.ids import derive_id
from ..domain.instruments import Instrument
from ..domain.portfolio import Portfolio
from ..domain.timeframes import TICK, base_timeframe, ordered
from ..messages import (
    ActorIsolated,
    ConfigRevised,
    DayClosed,
    DividendPaid,
    EntriesLocked,
    EntriesUnlocked,
    Event,
    Killed,
    Message,
    OrderApproved,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    PriceUpdated,
    QuoteUpdated,
    Rearmed,
    SignalRaised,
    SignalScored,
    SplitApplied,
    TimeframeReported,
    TimerDue,
    TradeClosed,
    TradingStateChanged,
)
from ..routing import signal_actor
from ..status import LimitUse
from ..types import NANOS, TradingState
from . import account, usage
from .breach import standing
from .confluence import weighted_kinds
from .desk import Desk, Taken
from .evaluation import Evaluation
from .freshness import Freshness
from .limits import Limits
from .plugin_gate import PluginGate
from .schedule import calendars, row_due, session_of
from .state import Book, Day, RiskState, TimeframeView, Unscored, hear, isolate

REPORT_LIMIT: Final = NANOS
"""How long after an instant its missing reports are waited for, ns."""


class Rules(NamedTuple):
    """What one config makes of risk."""

    config: Config
    limits: Limits
    evaluation: Evaluation
    freshness: Freshness


class RiskCore:
    """A deciding core (see ``runtime.core``).

    ``signal_actors`` are the (symbol, timeframe) pairs that report; ``tape`` goes into every derived
    id; ``tape_timeframes`` tells of each symbol the timeframe of its tape's bars (``tick`` or missing =
    single trades). ``plugins``: the detector plug-ins, each reporting for every one of ``signal_actors`` too,
    and their kinds; ``gates``: the started gates of plug-ins. The first instrument's calendar cuts the
    account's days.
    """

    FOLDS: tuple[type[Message], ...] = (
        TimeframeReported,
        SignalRaised,
        SignalScored,
        OrderApproved,
        OrderRejected,
        OrderFilled,
        OrderCanceled,
        SplitApplied,
        DividendPaid,
        TradeClosed,
        EntriesLocked,
        EntriesUnlocked,
        DayClosed,
        TradingStateChanged,
        Killed,
        Rearmed,
        ActorIsolated,
        ConfigRevised,
    )
    OBSERVES: tuple[type[Message], ...] = (PriceUpdated, QuoteUpdated)

    def __init__(
        self,
        config: Config,
        instruments: Mapping[str, Instrument],
        signal_actors: Sequence[tuple[str, str]],
        tape: str,
        tape_timeframes: Mapping[str, str],
        plugins: Mapping[str, Mapping[str, Kind]] | None = None,
        gates: Sequence[PluginGate] = (),
    ) -> None:
        self._config, self._tape = config, tape
        self._plugins, self._gates = plugins or {}, gates
        self._account = next(iter(calendars(instruments).values()))
        self._multipliers = {name: i.multiplier for name, i in instruments.items()}
        kinds = {name: kind for table in (KINDS, *self._plugins.values()) for name, kind in table.items()}
        self._kinds = weighted_kinds(config.confluence.kinds, kinds)
        self._rank = {symbol: rank for rank, symbol in enumerate(instruments)}
        self._timeframes = {
            symbol: ordered(tf for owner, tf in signal_actors if owner == symbol) for symbol in instruments
        }
        self._bar_tapes = frozenset(s for s in instruments if _is_bar_tape(tape_timeframes.get(s, TICK)))
        self._instruments = instruments
        self._bars = {symbol: tape_timeframes[symbol] for symbol in self._bar_tapes}
        self._rules = self._make_rules(config)
        self._folds = self._fold_table()

    def initial(self) -> RiskState:
        """Flat, STOPPED, nothing heard, all cash."""
        cash = self._config.account_nanos
        return RiskState(
            books={
                symbol: Book(
                    {name: TimeframeView() for name in names},
                    {name: {plugin: TimeframeView() for plugin in self._plugins} for name in names},
                )
                for symbol, names in self._timeframes.items()
            },
            portfolio=Portfolio(cash),
            equity=cash,
            day=Day(opening=cash, peak=cash),
            config=self._config,
            peak=cash,
        )

    def apply(self, state: RiskState, event: Message) -> None:
        """Fold one event or price; what risk does not know changes nothing."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(state, event)

    def decide(self, state: RiskState, message: Message, now: int) -> Sequence[Message]:
        """What follows from a message that was applied."""
        if isinstance(message, PriceUpdated | TradeClosed):
            return self._breaches(state, message.ts)
        if isinstance(message, TimerDue):
            # Whatever was decided in a session comes before the row that closes it.
            return [*self._evaluate(state, now), *self._close_day(state, now)]
        if isinstance(message, TimeframeReported):
            breaches = self._breaches(state, message.ts) if message.base_closed else []
            return [*breaches, *self._evaluate(state, now, breaches)] if state.unscored else breaches
        if state.unscored and isinstance(message, ActorIsolated):
            return self._evaluate(state, now)
        return ()

    def next_due(self, state: RiskState) -> int | None:
        """The end of the session under way, or the limit of waiting for reports."""
        due = state.day.due or None
        if state.unscored:
            limit = min(waiting.signal.ts for waiting in state.unscored.values()) + REPORT_LIMIT
            return limit if due is None else min(due, limit)
        return due

    def limits(self, state: RiskState, now: int) -> tuple[LimitUse, ...]:
        """How much of each limit is used, for the status."""
        return usage.use(state, self._of(state).limits, session_of(self._account, now).ordinal, now)

    def locks(self, state: RiskState, now: int) -> tuple[str, ...]:
        """The locks that hold now, for the status: ``name`` or ``name SYMBOL``.

        ``stale SYMBOL`` is no event: it follows from the newest price, and ends with the next one.
        """
        stale = (f"stale {symbol}" for symbol in self._of(state).freshness.stale(state, now))
        return tuple(sorted({*usage.locks(state, now), *stale}))

    def _make_rules(self, config: Config) -> "Rules":
        desk = Desk(config, self._instruments, self._timeframes, self._bar_tapes)
        freshness = Freshness(calendars(self._instruments), self._bars, desk.limits.max_price_age)
        return Rules(config, desk.limits, Evaluation(desk, self._tape, self._gates), freshness)

    def _of(self, state: RiskState) -> "Rules":
        """The rules of the config in force; made anew only when it changed."""
        if self._rules.config is not state.config:
            self._rules = self._make_rules(state.config)
        return self._rules

    def _fold_table(self) -> dict[type[Message], Callable[[RiskState, Any], object]]:
        return {
            PriceUpdated: self._on_price,
            QuoteUpdated: _on_quote,
            SignalRaised: self._on_signal,
            TimeframeReported: self._on_report,
            ActorIsolated: self._on_isolated,
            SignalScored: lambda state, e: state.unscored.pop(e.signal_id, None),
            OrderApproved: account.reserve,
            OrderRejected: lambda state, e: account.release(state, e.order_id),
            OrderCanceled: lambda state, e: account.release(state, e.order_id),
            OrderFilled: self._on_fill,
            SplitApplied: lambda state, e: account.split(state, e, self._multipliers),
            DividendPaid: lambda state, e: account.dividend(state, e, self._multipliers),
            TradeClosed: account.close_trade,
            DayClosed: self._on_day_closed,
            EntriesLocked: lambda state, e: state.locks.update({(e.lock, e.symbol): e.until}),
            EntriesUnlocked: lambda state, e: state.locks.pop((e.lock, e.symbol), None),
            TradingStateChanged: _on_state_changed,
            Killed: lambda state, _: setattr(state, "trading", TradingState.KILLED),
            ConfigRevised: _on_revised,
            Rearmed: lambda state, _: setattr(state, "trading", TradingState.STOPPED),
        }

    def _on_price(self, state: RiskState, price: PriceUpdated) -> None:
        book = state.books.get(price.symbol)
        if book is None:
            return
        account.see_price(state, book, price.last, price.start, price.ts)
        if not state.day.session:
            # The start of the range, since a bar's end may be the first instant of the next session.
            self._open_day(state, price.start)

    def _on_signal(self, state: RiskState, signal: SignalRaised) -> None:
        plugin = signal.detector if signal.detector in self._plugins else ""
        view = self._view(state, signal.symbol, signal.timeframe, plugin)
        if view is not None:
            view.raised[signal.id] = signal

    def _on_report(self, state: RiskState, report: TimeframeReported) -> None:
        view = self._view(state, report.symbol, report.timeframe, report.plugin)
        if view is None:
            return
        hear(state, view, report, self._kinds)
        if report.plugin:
            return
        if report.base_closed:
            book = state.books[report.symbol]
            if report.symbol in self._bar_tapes:
                # The price of the bar itself may still wait behind this report when the actor is busy.
                # The instant before: whatever ex-date comes with it, the bar lies before that.
                account.see_price(state, book, report.last_close, report.ts - 1, report.ts)
            floor = state.day.opening - self._of(state).limits.max_loss
            account.see_close(state, book, report.last_close, report.ts, floor)
        if not state.day.session:
            self._open_day(state, report.ts - 1)  # the bars it speaks of lie before its instant

    def _on_isolated(self, state: RiskState, event: ActorIsolated) -> None:
        actor = signal_actor(event.actor)
        view = None if actor is None else self._view(state, *actor)
        if view is not None:
            isolate(view)

    def _on_fill(self, state: RiskState, event: OrderFilled) -> None:
        account.fill(state, event, self._multipliers, session_of(self._account, event.ts).ordinal)

    def _on_day_closed(self, state: RiskState, row: DayClosed) -> None:
        session = self._account.session(row.session)
        due = row.ts if session is None else row_due(self._account, session)
        account.close_day(state, row, due)

    def _open_day(self, state: RiskState, ts: int) -> None:
        session = session_of(self._account, ts)
        if session.ordinal > state.day.closed:
            state.day.session, state.day.due = session.ordinal, row_due(self._account, session)

    @staticmethod
    def _view(state: RiskState, symbol: str, timeframe: str, plugin: str) -> TimeframeView | None:
        book = state.books.get(symbol)
        return None if book is None else book.view(timeframe, plugin)

    def _evaluate(self, state: RiskState, now: int, breaches: Sequence[Event] = ()) -> list[Event]:
        """Evaluate every instant that is fully reported or waited for long enough, in order.

        ``breaches`` of this step lock what it decides.
        """
        instants: dict[tuple[int, int, str], list[Unscored]] = {}
        for waiting in state.unscored.values():
            ts, symbol = waiting.signal.ts, waiting.signal.symbol
            if ts <= state.books[symbol].reported_by_all() or ts + REPORT_LIMIT <= now:
                instants.setdefault((ts, self._rank[symbol], symbol), []).append(waiting)
        locks = {event.lock for event in breaches if isinstance(event, EntriesLocked)}
        taken = Taken(backlog=len(state.unscored), locks=locks)
        evaluation = self._of(state).evaluation
        events: list[Event] = []
        for key in sorted(instants):
            events += evaluation.evaluate(state, instants[key], now, taken)
        return events

    def _breaches(self, state: RiskState, ts: int) -> list[Event]:
        """What follows from the limits that the account has reached, once each in a session."""
        rules, day = self._of(state), state.day
        events: list[Event] = []
        for breach in standing(state, rules.limits):
            session = self._account.session(day.session) if day.session else None
            if session is not None and state.priced:
                events += rules.evaluation.consequences.of(state, breach, ts, session)
        return events

    def _close_day(self, state: RiskState, now: int) -> list[Event]:
        day = state.day
        session = self._account.session(day.session) if day.session else None
        if session is None or now < day.due:
            return []
        return [
            DayClosed(
                id=derive_id(session.close, self._tape, "day", session.ordinal),
                ts=session.close,
                session=session.ordinal,
                trades=state.filled.get(session.ordinal, 0),
                wins=day.wins,
                losses=day.losses,
                realised=state.portfolio.realised - day.realised,
                fees=state.portfolio.fees - day.fees,
                equity_open=day.opening,
                equity_close=state.equity,
                max_drawdown=account.drawdown_at_close(state),
            )
        ]


def _on_state_changed(state: RiskState, event: TradingStateChanged) -> None:
    # Only Rearmed leads out of a kill, whatever else was on its way when it was latched.
    if state.trading is not TradingState.KILLED:
        state.trading = event.state


def _on_quote(state: RiskState, quote: QuoteUpdated) -> None:
    book = state.books.get(quote.symbol)
    if book is not None and (book.quote is None or quote.ts >= book.quote.ts):
        book.quote = quote


def _on_revised(state: RiskState, event: ConfigRevised) -> None:
    state.config = carried(state.config, event.changes)


def _is_bar_tape(timeframe: str) -> bool:
    """Whether a tape's own bars are the base bars; finer bars are as good as trades."""
    return timeframe not in {"", TICK} and base_timeframe(timeframe) == timeframe
