"""What a feed owes the floor: one identified, ordered, resumable tape.

Decides the interface of every source of prices and the order of its updates. Knows no file, no
network and no actor. Input: a config; output: market updates and refused rows, numbered from 1.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ...domain.corporate_actions import CorporateAction
from ...messages import Bar, ChainUpdate, MarketUpdate, Quiet, TapeUpdate

if TYPE_CHECKING:
    from ...domain.surface import Surface  # brings numpy, which a replayed file does without


@runtime_checkable
class SurfaceSource(Protocol):
    """A feed that knows the implied volatilities of its symbols as well; chains are priced with them."""

    def surface(self, symbol: str, ts: int) -> "Surface":
        """The surface of a symbol's options as of ``ts``; any thread may ask. KeyError: no such symbol."""
        ...


@runtime_checkable
class CorporateActionSource(Protocol):
    """A feed that knows the splits and dividends that its prices are not adjusted for."""

    def corporate_actions(self, symbol: str) -> tuple[CorporateAction, ...]:
        """Those of a symbol, oldest first."""
        ...


class MarketDataFeed(Protocol):
    """A source of market updates.

    Order: by (ts, phase, symbol), phase 0 = BAR, then quotes, 2 = OPEN and TICK, symbols in config order.
    Rows of a file that break that order (duplicates, steps backwards) keep the order of the file: the
    market data room judges them.
    """

    @property
    def tape(self) -> str:
        """Identity: hex digest over everything that changes the updates (bytes, parameters, seed)."""
        ...

    @property
    def name(self) -> str:
        """Short text for people, e.g. ``replay spy.zip``."""
        ...

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the tape, in config order."""
        ...

    @property
    def live(self) -> bool:
        """True when the market itself sets the time (see ``LiveFeed``)."""
        ...

    @property
    def paced(self) -> bool:
        """True when the feed imitates a live market: played at its own pace unless a speed is asked for.

        False: played as fast as the floor takes it unless a speed is asked for.
        """
        ...

    @property
    def poll_interval(self) -> float:
        """Seconds of engine time between two polls; 0.0 for a feed that is not polled."""
        ...

    @property
    def last_index(self) -> int | None:
        """For progress only: the index the tape ends at when every row is usable; None = endless.

        A refused bar row counts one instead of two, so the end may come earlier.
        """
        ...

    def timeframe(self, symbol: str) -> str:
        """The tape's own timeframe: ``tick``, ``1s``, ``1m``, ``15m``, ``1h``, ``1d``, and the like."""
        ...

    def tick_hint(self, symbol: str) -> int | None:
        """The price step in nanos that the data's decimals suggest; None when they say nothing."""
        ...

    def history(self, symbol: str) -> tuple[Bar, ...]:
        """Closed base bars from before the tape, oldest first, ``index`` from 0, ``history`` set."""
        ...

    def updates(self, after: int = 0) -> Iterator[TapeUpdate | Quiet]:
        """All updates with an index greater than ``after``, in delivery order.

        The index has no holes: a trade is one, a bar two (OPEN, BAR), a refused row one, a ChainUpdate as
        many as it has quotes and trades; of a live feed none, it has the index of the trade before it. Raises
        BadData when the source itself becomes unreadable on the way. Only a live feed gives ``Quiet``.
        """
        ...

    def quotes(self, until: int) -> Iterator[ChainUpdate]:
        """The quotes with an index up to ``until`` again, at least those of the last session among them.

        Market data asks for them when it is rebuilt: the store does not keep them.
        """
        ...


class LiveFeed(MarketDataFeed, Protocol):
    """A market that goes on by itself: it is entered once, nothing of it comes again.

    Its ``updates`` never block for long: when nothing happened they give ``Quiet``. What the engine does not
    take waits.
    """

    @property
    def connection(self) -> str:
        """The state of the connection to the provider, in words."""
        ...

    @property
    def now(self) -> int:
        """The time in the market, ns."""
        ...

    def resume(self, recent: Sequence[MarketUpdate]) -> None:
        """Before ``updates``: the newest updates that an earlier run accepted, in the order of the tape."""
        ...

    def close(self) -> None:
        """Disconnect and end the feed's thread; idempotent."""
        ...
