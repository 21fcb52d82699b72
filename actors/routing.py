"""Who gets what, and how it travels: one table.

Decides, for every message type, its durability and the rooms it goes to. Knows no address: a room is
a word here, and ``recipients`` turns it into actor names for one symbol. Signal actors are named
``signals:SYMBOL:TIMEFRAME``, those of plug-ins ``signals:SYMBOL:TIMEFRAME:PLUGIN``.
"""

from collections.abc import Iterable
from typing import NamedTuple

from . import messages as m
from .types import Durability


class Route(NamedTuple):
    """How one message type travels."""

    durability: Durability
    rooms: tuple[str, ...]
    ledger: bool
    """Part of the journal hash."""


E, B, D = Durability.EPHEMERAL, Durability.BATCHED, Durability.DURABLE

ROUTES: dict[type[m.Message], Route] = {
    m.PriceUpdated: Route(E, ("executor", "risk"), False),
    m.QuoteUpdated: Route(E, ("risk",), False),
    m.BarsClosed: Route(E, ("signals",), False),
    m.SignalRaised: Route(B, ("risk",), True),
    m.TimeframeReported: Route(B, ("risk",), False),
    m.SignalScored: Route(B, (), True),
    m.DecisionMade: Route(D, (), True),
    m.OrderApproved: Route(D, ("executor",), True),
    m.OrderDenied: Route(D, (), True),
    m.EntriesLocked: Route(D, (), True),
    m.EntriesUnlocked: Route(D, (), True),
    m.DayClosed: Route(D, ("executor",), True),
    m.OrderAccepted: Route(D, ("risk",), True),
    m.OrderRejected: Route(D, ("risk",), True),
    m.OrderTriggered: Route(D, (), True),
    m.OrderFilled: Route(D, ("supervisor", "risk"), True),
    m.OrderCanceled: Route(D, ("risk", "executor"), True),
    m.OrderReplaced: Route(D, (), True),
    m.OrderRequestRefused: Route(D, (), True),
    m.SplitApplied: Route(D, ("supervisor", "risk"), True),
    m.DividendPaid: Route(D, ("risk",), True),
    m.TradeClosed: Route(D, ("risk",), True),
    m.PositionSnapshot: Route(B, (), False),
    m.AccountCompared: Route(B, (), False),
    m.TradingStateChanged: Route(D, ("supervisor", "risk", "executor"), True),
    m.Killed: Route(D, ("supervisor", "risk", "executor"), True),
    m.Rearmed: Route(D, ("supervisor", "risk", "executor"), True),
    m.KillRequested: Route(D, (), True),
    m.FlattenRequested: Route(D, ("executor",), True),
    m.ReductionRequested: Route(D, ("executor",), True),
    m.CancelAllRequested: Route(D, ("executor",), True),
    m.ConfigRevised: Route(D, ("risk",), True),
    m.ScheduleHandled: Route(D, (), True),
    m.ChoreFinished: Route(B, (), False),
    m.BackupWritten: Route(B, (), False),
    m.CancelRequested: Route(D, ("executor",), True),
    m.ReplaceRequested: Route(D, ("executor",), True),
    m.EngineBooted: Route(B, (), False),
    m.ActorRestarted: Route(B, (), False),
    m.ActorIsolated: Route(B, ("risk",), False),
    m.MessageDropped: Route(B, (), False),
}
"""The author of an event never gets it back: it applied the event when it decided it."""


class SignalActor(NamedTuple):
    """What a signal actor looks at."""

    symbol: str
    timeframe: str
    plugin: str = ""
    """Empty = the built-in detectors."""

    @property
    def name(self) -> str:
        """The actor's name."""
        return ":".join(("signals", *filter(None, self)))


def signal_actor(name: str) -> SignalActor | None:
    """The signal actor of that name; None for any other actor."""
    room, *rest = name.split(":")
    return SignalActor(*rest) if room == "signals" and len(rest) in {2, 3} else None


def recipients(message: m.Message, actors: Iterable[str]) -> list[str]:
    """The names among ``actors`` (in their order) that the message goes to."""
    rooms = ROUTES[type(message)].rooms
    if not rooms:
        return []
    symbol = getattr(message, "symbol", None)
    found = []
    for name in actors:
        room, _, rest = name.partition(":")
        if room in rooms and (not rest or rest.partition(":")[0] == symbol):
            found.append(name)
    return found
