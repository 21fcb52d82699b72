"""How the actors of one engine go on where its store says they were.

Decides what of the store and of the tape each actor is recovered from, and what it had not handled yet; how a
state comes of it is decided in ``actors/runtime/recovery``. Input: the parts of an engine and a view of its
store, after a flush; output: rooms, and the messages that wait for them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tradingfloor.actors.domain.timeframes import base_timeframe
from tradingfloor.actors.executor.state import open_since
from tradingfloor.actors.messages import Bar, BarsClosed
from tradingfloor.actors.routing import SignalActor, signal_actor
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.runtime.recovery import recover_deciding, recover_market_data, undelivered
from tradingfloor.actors.runtime.room import FoldingRoom, Room
from tradingfloor.actors.runtime.sequencer import MARKET_DATA
from tradingfloor.actors.signals.core import BASE_TAIL_BARS
from tradingfloor.actors.signals.plugin_core import PluginCore
from tradingfloor.storage.view import View

if TYPE_CHECKING:
    from .assembly import Assembly


def recover(parts: "Assembly", name: str, view: View) -> Room:
    """The actor's room as of what it has handled."""
    if actor := signal_actor(name):
        return _signals(parts, actor, view)
    core, past = parts.core(name), parts.past
    if name == MARKET_DATA:
        return recover_market_data(name, core, view, parts.built_series, past.tape(view), parts.feed.quotes)
    if name == "executor":
        return recover_deciding(name, core, view, lambda state: past.seen(view, open_since(state)))
    if name == "risk":
        return recover_deciding(name, core, view, quotes=lambda: past.quotes(view))
    return recover_deciding(name, core, view)


def waiting(parts: "Assembly", view: View, now: int) -> list[tuple[str, Envelope]]:
    """What had not been handled when the last process ended: events, bars, prices; each with its actor."""
    found = undelivered(view, parts.actors, now)
    for actor in parts.signal_actors:
        base = base_timeframe(parts.tape_timeframes[actor.symbol])
        found += [
            (actor.name, Envelope(closed, max(now, closed.ts))) for closed in _closings(view, actor, base)
        ]
    end = view.mark(MARKET_DATA).tape
    for name in ("executor", "risk"):
        found += [(name, Envelope(price, now)) for price in parts.past.missed(view, view.mark(name), end)]
    return found


def _signals(parts: "Assembly", actor: SignalActor, view: View) -> Room:
    """The detectors' memory again, from the bars this actor had handled."""
    symbol, timeframe, _ = actor
    core = parts.core(actor.name)
    until = view.mark(actor.name).now
    own = view.bars(symbol, timeframe, until)
    base = base_timeframe(parts.tape_timeframes[symbol])
    wanted = base != timeframe
    since = 0
    if isinstance(core, PluginCore):
        wanted = wanted and core.wants_base
    elif len(own) >= BASE_TAIL_BARS:
        since = own[-BASE_TAIL_BARS].start
    tail = view.bars(symbol, base, until, since) if wanted else ()
    return FoldingRoom(actor.name, core, core.rebuild(own, tail))


def _closings(view: View, actor: SignalActor, base: str) -> Sequence[BarsClosed]:
    """Bars that were published and that this signal actor had not handled, by instant."""
    by_end: dict[int, list[Bar]] = {}
    for bar in view.bars_after(actor.symbol, view.mark(actor.name).now):
        by_end.setdefault(bar.end, []).append(bar)
    return [
        BarsClosed(actor.symbol, end, next((bar for bar in bars if bar.timeframe == base), None), tuple(bars))
        for end, bars in by_end.items()
    ]
