"""What is shown while an engine runs: a live table in a terminal, a few lines in a pipe, nothing for JSON.

Decides when something is shown. Knows no way of running an engine. Input: a floor; output: text on stdout.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config, RiskConfig
from tradingfloor.actors.domain.corporate_actions import Split
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.status import EngineStatus

from ..version import VERSION
from . import printing, stores
from .figures import count, money, when, when_short
from .wording import words

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from ..floor import TradingFloor

REFRESHES = 4
"""Per second, at most."""

SHOWN_EVENTS = 6

MARGIN = 3
"""Columns left free on the right: a ^C that the terminal shows there must not begin a new line."""

TOLD_KINDS = (
    m.DecisionMade,
    m.OrderRejected,
    m.OrderFilled,
    m.TradeClosed,
    m.EntriesLocked,
    m.EntriesUnlocked,
    m.TradingStateChanged,
    m.Killed,
    m.Rearmed,
    m.FlattenRequested,
    m.ReductionRequested,
    m.CancelAllRequested,
    m.ConfigRevised,
    m.ScheduleHandled,
    m.BackupWritten,
    m.FileWritten,
    m.ActorRestarted,
    m.ActorIsolated,
    m.MessageDropped,
)
"""What the live table tells; of the others there are too many to be read as they come."""

NOTICEABLE = 1.0
"""Seconds of silence from which on somebody wonders."""

FIRST_PROGRESS = 10.0
"""Seconds until the first line in a pipe; each wait is twice the one before, so that there are few."""


class View:
    """The silent view: of a run with ``--json``."""

    waits_for_rearm = False
    """True when somebody looks on who may rearm a killed engine."""

    def banner(self) -> None:
        """Say what this is, before anything slow happens."""

    def preface(self, floor: "TradingFloor") -> None:
        """Say what is about to run, and what a user should know of its settings."""

    def compiling(self, compile_kernels: Callable[[], float]) -> None:
        """Compile, visibly."""
        compile_kernels()

    @contextmanager
    def watching(self, floor: "TradingFloor") -> Iterator[None]:  # noqa: ARG002  for those who show something
        """Show the floor while the block runs."""
        yield

    def progress(self, floor: "TradingFloor") -> None:
        """Called some times a second."""

    def resting(self, status: EngineStatus) -> None:
        """Called some times a second while the engine waits for somebody."""

    def say(self, text: str) -> None:
        """Show one line."""


class PipeView(View):
    """A few lines of text."""

    def __init__(self) -> None:
        self.out = printing.console()
        self._due = self._wait = FIRST_PROGRESS
        self._waits_for = ""
        self._compiling = False

    def say(self, text: str) -> None:
        """Show one line, at once."""
        self.out.print(text, soft_wrap=True)
        sys.stdout.flush()

    def banner(self) -> None:
        """The name, the version, and that nothing here is real."""
        self.say(f"tradingfloor {VERSION} · PAPER trading: no order leaves this machine")

    def preface(self, floor: "TradingFloor") -> None:
        """What runs, where it is kept, and notes."""
        config = floor.config
        symbols, timeframes = ", ".join(config.symbols), ", ".join(config.timeframes)
        self.say(f"feed       {floor.assembly.feed.name} · {symbols} at {timeframes}")
        self.say(f"store      {floor.store}")
        for note in notes(config, floor):
            self.say(f"note       {note}")

    def compiling(self, compile_kernels: Callable[[], float]) -> None:
        """One line; when it takes long, its beginning at once."""
        announced = threading.Timer(NOTICEABLE, self._say_compiling)
        announced.start()
        try:
            took = compile_kernels()
        finally:
            announced.cancel()
            announced.join()
        if took < NOTICEABLE and not self._compiling:
            self.say("kernels    ready")
            return
        if not self._compiling:
            self._say_compiling()
        self.say(f"{took:.1f} s")

    def _say_compiling(self) -> None:
        self._compiling = True
        self.out.print("compiling kernels … ", end="")
        sys.stdout.flush()

    @contextmanager
    def watching(self, floor: "TradingFloor") -> Iterator[None]:
        """Say where it listens; from now on progress is counted."""
        self._due = time.monotonic() + FIRST_PROGRESS
        if floor.address:
            self.say(f"gateway    {floor.address}")
        yield

    def progress(self, floor: "TradingFloor") -> None:
        """A line after 10, 30, 70 … seconds."""
        if time.monotonic() >= self._due:
            self._wait *= 2
            self._due = time.monotonic() + self._wait
            with suppress(RuntimeError):  # see Picture.draw
                self.say(_progress_line(floor.status(), _zone(floor.config)))

    def resting(self, status: EngineStatus) -> None:
        """What it waits for, once."""
        for label, text in _hints(status):
            if text != self._waits_for:
                self._waits_for = text
                self.say(f"{status.state.value:<9}  {label}: {text}")


class TerminalView(PipeView):
    """The live table."""

    waits_for_rearm = True

    @contextmanager
    def watching(self, floor: "TradingFloor") -> Iterator[None]:
        """The table, redrawn by a thread of its own."""
        from rich.live import Live  # noqa: PLC0415

        picture = Picture(floor, self.out)
        end = floor.listen(picture.take)
        live = Live(
            console=self.out,
            get_renderable=picture.draw,
            refresh_per_second=REFRESHES,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
        )
        try:
            with super().watching(floor):
                self.say("")
                with live:
                    yield
        finally:
            end()

    def progress(self, floor: "TradingFloor") -> None:
        """Nothing: the table shows it."""

    def resting(self, status: EngineStatus) -> None:
        """Nothing: the table shows it."""


class Picture:
    """The live table of one floor at a moment."""

    def __init__(self, floor: "TradingFloor", out: "Console") -> None:
        self._floor = floor
        self._out = out
        self._zone = _zone(floor.config)
        self._end = floor.assembly.feed.last_index
        self._events: deque[str] = deque(maxlen=SHOWN_EVENTS)
        self._lock = threading.Lock()
        self._status = floor.status()

    def take(self, committed: Sequence[CommittedEvent]) -> None:
        """Remember the events that are shown."""
        lines = [
            f"{when_short(row.event.ts, self._zone)[:-3]}  {type(row.event).__name__}  {words(row.event)}"
            for row in committed
            if isinstance(row.event, TOLD_KINDS)
        ]
        with self._lock:
            self._events.extend(lines)

    def draw(self) -> "RenderableType":
        """The table as of now."""
        from rich.constrain import Constrain  # noqa: PLC0415

        from .board import board  # noqa: PLC0415

        # A book may change while it is read; the next look is a quarter of a second away.
        with suppress(RuntimeError):
            self._status = self._floor.status()
        with self._lock:
            events = tuple(self._events)
        more = _hints(self._status)
        table = board(self._status, self._zone, tape_end=self._end, events=events, more=more)
        return Constrain(table, self._out.width - MARGIN)


def open_view(*, json: bool) -> View:
    """The view for whoever looks on."""
    if json:
        return View()
    return TerminalView() if printing.is_terminal() else PipeView()


def notes(config: Config, floor: "TradingFloor") -> Iterator[str]:
    """What a user should know of the settings before reading results."""
    needed, usual = config.risk.min_confidence, RiskConfig().min_confidence
    if needed != usual:
        yield f"entries from a score of {needed:g} (risk.min_confidence; the default is {usual:g})"
    yield from _timings(floor)
    for symbol, held in floor.assembly.instruments.items():
        if held.kind == "index":
            yield f"{symbol} is an index: a position counts paper units, {held.multiplier} per point"
    yield from _corporate_actions(config, floor)
    if not config.enabled:
        yield "enabled = false: decisions are made and recorded, no order follows"


def _timings(floor: "TradingFloor") -> Iterator[str]:
    """When orders fill: once where all symbols agree, else by symbol."""
    texts = floor.assembly.fill_timings
    if len(set(texts.values())) == 1:
        yield f"orders fill {next(iter(texts.values()))}"
    else:
        yield from (f"orders of {symbol} fill {text}" for symbol, text in texts.items())


def _corporate_actions(config: Config, floor: "TradingFloor") -> Iterator[str]:
    """Which splits and dividends a replayed share is booked with."""
    for symbol, held in floor.assembly.instruments.items():
        actions = floor.assembly.corporate_actions.get(symbol, ())
        splits = sum(isinstance(action, Split) for action in actions)
        told = [(splits, "split"), (len(actions) - splits, "dividend")]
        words = " and ".join(f"{count(n)} {what}{'s' * (n > 1)}" for n, what in told if n)
        if words:
            yield f"{symbol}: {words} of its factor file to be booked on their ex-dates"
        elif (
            held.kind == "equity" and config.data.source.startswith("replay:") and config.data.adjust == "raw"
        ):
            yield f"{symbol}: no factor file tells of splits and dividends, none is booked"


def _progress_line(s: EngineStatus, zone: ZoneInfo) -> str:
    return (
        f"{s.state.value:<9}  {when(s.engine_ts, zone)} · {count(s.tape_index)} updates · "
        f"trades {count(s.trades)} · equity {money(s.equity)}"
    )


def _hints(s: EngineStatus) -> list[tuple[str, str]]:
    if s.kill_id:
        return [("next", f"tradingfloor rearm {s.kill_id} --reason TEXT, then start; Ctrl-C ends")]
    if s.state.value == "STOPPED":
        return [("next", "tradingfloor start; Ctrl-C ends")]
    return []


def _zone(config: Config) -> ZoneInfo:
    return stores.zone_of(config)
