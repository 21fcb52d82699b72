"""The face for programs that embed the engine: one object, with or without a gateway.

Decides what the word "floor" can do: open, steer, watch, wait, close. All methods may be called from any
thread; several floors may live in one process and do not feel each other. Nothing process-wide (signals,
logging) is touched here.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import date, datetime
from itertools import count, islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config
from tradingfloor.actors.config_sources import resolve
from tradingfloor.actors.domain.contracts import OptionContract
from tradingfloor.actors.domain.option_chain import Chain
from tradingfloor.actors.domain.volatility_index import VolatilityIndex
from tradingfloor.actors.errors import BadConfig, EngineEnded, JournalFailed, NotRunning
from tradingfloor.actors.market_data.feeds.protocol import MarketDataFeed
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.runtime.room import Room
from tradingfloor.actors.status import CommandResult, EngineStatus
from tradingfloor.actors.types import KillPolicy, TradingState
from tradingfloor.gateway.edge import Edge
from tradingfloor.gateway.feed import EventFeed
from tradingfloor.gateway.pages import StorePages
from tradingfloor.storage.store import tidy

from .assembly import Assembly
from .chains import ChainReader
from .engine import Engine
from .steering import ANSWER, Steering

FROM_OLDEST = 0
"""``events(after=FROM_OLDEST)``: everything the journal holds."""


class EventStream:
    """Committed events, for ``for`` and for ``async for``."""

    def __init__(
        self, feed: EventFeed, kinds: Collection[str], symbols: Collection[str], after: int | None
    ) -> None:
        self._feed, self._filter = feed, (kinds, symbols)
        # Fixed here: an event between this call and the first read counts.
        self._after = feed.port.last_sequence() if after is None else after

    def __iter__(self) -> Iterator[CommittedEvent]:
        from tradingfloor.gateway import embedded  # noqa: PLC0415

        return embedded.iterate(self._feed, *self._filter, self._after)

    def __aiter__(self) -> AsyncIterator[CommittedEvent]:
        from tradingfloor.gateway import embedded  # noqa: PLC0415

        return embedded.events(self._feed, *self._filter, self._after)


class TradingFloor(Steering):
    """One paper-trading engine over one store."""

    def __init__(
        self,
        config: Config | Mapping[str, Any] | Path | str | None = None,
        *,
        store: Path | str | None = None,
        feed: MarketDataFeed | None = None,
        speed: float | str | None = None,
        free_running: bool = False,
        sessions: int | None = None,
        grpc: str | None = None,
        wrap: Callable[[str, Room], Room] | None = None,
    ) -> None:
        """Set up; nothing is opened before ``open`` (or ``with``).

        ``config``: a Config, a mapping of settings, the path of a TOML file, or None for the defaults.
        ``store``: the SQLite file; None = a new one under ``runs/``. ``feed`` replaces the config's source.
        ``speed``: engine seconds per real second; None or ``max`` = as fast as it goes. ``sessions``: end the
        tape after so many. ``grpc``: address to serve, ``unix:PATH``, ``127.0.0.1:PORT`` or ``auto`` =
        ``<store>.sock``; None = no gateway. ``wrap`` sees every room before it runs. Raises BadConfig and
        BadData.
        """
        self.config = _config(config)
        pace = _pace(speed)
        self.kill_policy = KillPolicy(self.config.execution.kill_policy)
        self.assembly = Assembly(self.config, feed)
        if pace is not None and self.assembly.feed.live:
            raise BadConfig(f"speed: {self.assembly.feed.name} is live and has no speed of ours")
        self.store = Path(store) if store is not None else new_store()
        self.address = ""
        """Where the gateway serves; empty without one."""
        self._grpc = grpc
        self._engine = Engine(
            self.assembly,
            self.store,
            speed=pace,
            free_running=free_running,
            sessions=sessions,
            wrap=wrap,
            on_end=self._ended,
        )
        self._chains = ChainReader(self._engine)
        self._open = False
        self._asked = count(1)
        self._edge: Edge
        self._feed: EventFeed
        self._pages: StorePages
        self._server: Any = None

    # --- opening and closing -----------------------------------------------------------------

    def open(self) -> Self:
        """Open the store, recover, serve. Raises StoreLocked, StoreMismatch, BadData, BadConfig."""
        self._engine.boot()
        try:
            self._edge = Edge.acquire()
            self._pages = StorePages(self.store)
            self._feed = EventFeed(self._engine, self._pages, self._edge)
            self._open = True
            if self._grpc is not None:
                self._serve(self._grpc)
        except BaseException:
            self.close()
            raise
        return self

    def _serve(self, address: str) -> None:
        from tradingfloor.gateway.addresses import default_address, parse_address  # noqa: PLC0415
        from tradingfloor.gateway.server import GatewayServer  # noqa: PLC0415  brings grpc along

        where = default_address(self.store) if address == "auto" else parse_address(address)
        self._server = GatewayServer(self._feed, where, kill_policy=self.kill_policy)
        self.address = str(self._server.start())

    def close(self) -> list[str]:
        """Stop in order and keep positions; returns the actors that did not stop in time."""
        if self._server is not None:
            self._server.drain()
        late = self._engine.close()
        if self._open:
            self._open = False
            if self._server is not None:
                self._server.stop()
                self._server = None
            self._feed.close()
            self._edge.run(self._pages.close(), ANSWER)
            self._edge.release()
            tidy(self.store)
        return late

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.open)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    # --- steering ----------------------------------------------------------------------------

    def submit(self, command: m.AnyCommand) -> "Future[CommandResult]":
        """Hand over any command; await it with ``asyncio.wrap_future`` in a loop."""
        return self._engine.submit(command)

    def begin(self) -> None:
        """Start unless the store says KILLED or goes on where it was: what ``tradingfloor run`` does.

        A floor that its schedule starts is left to it, but for the very first time.
        """
        tally = self._engine.tally
        if tally.state is TradingState.STOPPED and not self._engine.player.wakes():
            # Counted, not random: the run after a crash asks with the very id of the undisturbed one.
            request = f"run-{tally.counts['TradingStateChanged']}"
            self._ask(m.StartTrading(request_id=request, reason="run", by="run"))

    # --- watching ----------------------------------------------------------------------------

    def status(self) -> EngineStatus:
        """A snapshot; asks no actor."""
        return self._engine.status()

    def events(
        self, kinds: Collection[str] = (), *, symbols: Collection[str] = (), after: int | None = None
    ) -> EventStream:
        """Committed events for ``for`` or ``async for``; ends when the floor closes.

        ``kinds``: message names, e.g. ``("OrderFilled",)``; empty = all. ``after``: a sequence, exclusive;
        FROM_OLDEST = everything; None = from now on.
        """
        if not self._open:
            raise NotRunning("the floor is not open")
        return EventStream(self._feed, kinds, symbols, after)

    def chain(
        self,
        symbol: str,
        *,
        expiry: date | str | None = None,
        root: str | None = None,
        right: str | None = None,
        delta: tuple[float, float] | None = None,
        strikes: int | None = None,
        contracts: Collection[OptionContract] | None = None,
        decision: bool = False,
    ) -> Chain:
        """The option chain of an index on its newest price: quotes, theoretical values, Greeks, in columns.

        ``expiry``: a date, e.g. ``"2024-01-19"``; ``root``: e.g. ``"SPXW"``; ``right``: ``CALL`` or ``PUT``;
        ``delta``: smallest and largest absolute delta; ``strikes``: so many on either side of the forward;
        ``contracts``: these alone. All of them narrow. Computed when read, at most ten times a second and
        symbol, so it may be a tenth of a second old; ``decision``: always of the newest price. Raises
        NotRunning, and NotFound for a symbol without a price or without European options, an expiry or a
        root that is not listed.
        """
        if not self._open:
            raise NotRunning("the floor is not open")
        found = self._chains.read(symbol, decision=decision)
        return found.select(
            expiry=expiry, root=root, right=right, delta=delta, strikes=strikes, contracts=contracts
        )

    def volatility_index(self, symbol: str) -> VolatilityIndex:
        """The VIX-style index of a chain on its newest price. Raises as ``chain`` does, and NoIndex."""
        return self.chain(symbol, decision=True).volatility_index()

    def listen(self, listener: Callable[[Sequence[CommittedEvent]], None]) -> Callable[[], None]:
        """Call ``listener`` with every commit's events, on a thread of its own; returns how to end it.

        One that raises, or falls 10,000 commits behind, is dropped and counted; trading never feels it.
        """
        return self._engine.listen(listener)

    def wait(self, timeout: float | None = None, *, check: bool = True) -> bool:
        """Wait until the tape is at its end, or the floor is killed and at rest; False on timeout.

        Raises EngineEnded or JournalFailed when the engine cannot go on (without ``check``: True, and
        ``ended`` says why).
        """
        over = self._engine.wait(timeout)
        if check and self.ended:
            storage = self.ended.startswith("storage failed")
            raise JournalFailed(self.ended) if storage else EngineEnded(self.ended)
        return over

    @property
    def ended(self) -> str:
        """Why the engine can no longer be trusted; empty while it can."""
        return self._engine.ended

    def _request(self, given: str) -> str:
        """The caller's id, or one counted per boot: the same program asks with the same ids."""
        if given:
            return given
        boot = self._engine.tally.counts["EngineBooted"] if self._open else 0
        return f"embedded-{boot}-{next(self._asked)}"

    def _ended(self, _reason: str) -> None:
        """Nothing more will be committed: whoever iterates over events is let go."""
        if self._open:
            self._feed.close()


def new_store() -> Path:
    """A path under ``runs/`` that does not exist yet, named by the time."""
    first = Path("runs") / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}.db"
    names = (first.with_stem(f"{first.stem}-{n}") for n in count(2))
    return next(path for path in (first, *islice(names, 1_000)) if not path.exists())


def _config(given: Config | Mapping[str, Any] | Path | str | None) -> Config:
    if isinstance(given, Config):
        return given
    if isinstance(given, Mapping):
        names = {path: f"config: {path}" for path in given}
        return resolve(flags=given, flag_names=names).config
    if given is not None and not isinstance(given, Path | str):
        raise BadConfig(f"config: {type(given).__name__} is no Config, mapping or path")
    return resolve(file=given).config


def _pace(speed: float | str | None) -> float | None:
    if speed is None or speed == "max":
        return None
    if isinstance(speed, str | bool) or not 0 < speed < math.inf:
        raise BadConfig(f"speed: {speed!r} is neither a number of engine seconds per second nor 'max'")
    return float(speed)
