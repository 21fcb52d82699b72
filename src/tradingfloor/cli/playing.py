"""A run from its options to its end: prepare, open, play, close, tell.

Decides what ends a run and with which code. The main thread only waits, for the engine or for a signal; the
live table has a thread of its own. Signals, logging and the interpreter's switch interval are the process's,
and are set nowhere but here. Input: RunOptions; output: text or one JSON object, and the exit code.
"""

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import msgspec
import typer

from tradingfloor.actors.config import Config
from tradingfloor.actors.config_sources import resolve
from tradingfloor.actors.errors import JournalFailed
from tradingfloor.actors.types import TradingState

from . import exits, logs
from .ending import End, storage_failed, tell

if TYPE_CHECKING:
    from ..floor import TradingFloor
    from .view import View

SWITCH_INTERVAL = 0.0005
"""Seconds a thread may keep the interpreter: a hand-over between actors waits for it (the default is ten
times as long)."""

LOOK_EVERY = 0.2
"""Seconds between two looks at whether something ended the run."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed."""

    config: Path | None = None
    feed: str | None = None
    symbols: str | None = None
    timeframes: str | None = None
    speed: str | None = None
    free_running: bool = False
    store: Path | None = None
    sessions: int | None = None
    grpc: str = "auto"
    calendar: str | None = None
    timezone: str | None = None
    verbose: int = 0
    json: bool = False


class Interrupts:
    """Ctrl-C and SIGTERM: the first asks to stop, the second ends the process."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Catch them inside the block."""
        kinds = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(kind, self._take) for kind in kinds]
        try:
            yield
        finally:
            for kind, handler in zip(kinds, before, strict=True):
                signal.signal(kind, handler)

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked.is_set():
            os._exit(exits.INTERRUPTED)
        self.asked.set()


def play(options: RunOptions) -> int:
    """Run; returns the exit code."""
    from .view import open_view  # noqa: PLC0415

    logs.configure(options.verbose)
    sys.setswitchinterval(SWITCH_INTERVAL)
    config, speed = _config(options), _speed(options.speed)
    view = open_view(json=options.json)
    view.banner()
    floor = _floor(options, config, speed)
    view.preface(floor)
    view.compiling(floor.assembly.compile_kernels)
    interrupts = Interrupts()
    started = time.monotonic()
    with interrupts.caught():
        _open(floor, _again(options, floor.store))
        try:
            why = _play(floor, view, interrupts)
            ended = floor.ended
            if why is Why.INTERRUPTED:
                view.say("stopping in order …")
        finally:
            late = floor.close()
    end = End(
        why=why.value,
        store=floor.store,
        sessions=options.sessions,
        reason=ended,
        late=tuple(late),
        seconds=time.monotonic() - started,
        again=_again(options, floor.store),
    )
    return tell(end, floor.config, json=options.json)


def _open(floor: "TradingFloor", again: str) -> None:
    """Open; a storage that fails is told as one that fails later. Raises what ``open`` raises."""
    import sqlite3  # noqa: PLC0415

    try:
        floor.open()
    except (sqlite3.Error, JournalFailed) as error:
        raise storage_failed(floor.store, f"storage failed: {error}", again) from None
    # A full collection walks everything numba keeps, 80-100 ms that a tick would wait; what is there now
    # stays for good and need not be looked at again. Process-wide, so it is done here and not by the floor.
    gc.collect()
    gc.freeze()


class Why(Enum):
    """What ended a run."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    KILLED = "killed"
    BROKEN = "broken"


def _play(floor: "TradingFloor", view: "View", interrupts: Interrupts) -> Why:
    floor.begin()
    with view.watching(floor):
        while True:
            over = floor.wait(LOOK_EVERY, check=False)
            if interrupts.asked.is_set():
                return Why.INTERRUPTED
            if floor.ended:
                return Why.BROKEN
            if over:
                found = floor.status()
                killed = found.state is TradingState.KILLED
                if killed and _ends_killed(floor, view, finished=found.tape_finished):
                    return Why.KILLED
                if not killed and found.tape_finished:
                    return Why.FINISHED
                view.resting(found)
                # At rest until somebody rearms and starts: wait() would return at once.
                interrupts.asked.wait(LOOK_EVERY)
            view.progress(floor)


def _ends_killed(floor: "TradingFloor", view: "View", *, finished: bool) -> bool:
    """A recorded tape that nobody looks at waits for nobody; a market that goes on by itself does."""
    return not view.waits_for_rearm and (finished or not floor.assembly.feed.paced)


def _config(options: RunOptions) -> Config:
    flags: dict[str, object] = {
        "data.source": options.feed,
        "symbols": options.symbols,
        "timeframes": options.timeframes,
    }
    names = {"data.source": "--feed", "symbols": "--symbol", "timeframes": "--timeframes"}
    config = resolve(options.config, os.environ, flags, names).config
    for symbol in config.symbols:
        for setting, value, name in (
            ("calendar", options.calendar, "--calendar"),
            ("timezone", options.timezone, "--tz"),
        ):
            flags[f"instruments.{symbol}.{setting}"] = value
            names[f"instruments.{symbol}.{setting}"] = name
    return resolve(options.config, os.environ, flags, names).config


def _floor(options: RunOptions, config: Config, speed: float | None) -> "TradingFloor":
    from tradingfloor.actors.market_data.feeds import open_feed  # noqa: PLC0415
    from tradingfloor.gateway.addresses import parse_address, require_local  # noqa: PLC0415

    from ..floor import TradingFloor  # noqa: PLC0415

    if options.grpc not in ("auto", "off"):
        require_local(parse_address(options.grpc))
    if options.store is not None and options.store.is_dir():
        raise typer.BadParameter(f"{options.store} is a folder; name a file in it", param_hint="--store")
    feed = open_feed(config)
    if feed.live and speed is not None:
        raise typer.BadParameter(f"{feed.name} is live and has no speed of ours", param_hint="--speed")
    if speed is None:
        speed = 1.0 if feed.paced and not feed.live else float("inf")
    return TradingFloor(
        config,
        store=options.store,
        feed=feed,
        speed=None if speed == float("inf") else speed,
        free_running=options.free_running,
        sessions=options.sessions,
        grpc=None if options.grpc == "off" else options.grpc,
    )


def _speed(text: str | None) -> float | None:
    """Engine seconds per real second, infinite for ``max``; None = not asked for. Raises BadParameter."""
    if text is None:
        return None
    if text == "max":
        return float("inf")
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e9:
        raise typer.BadParameter(
            f"{text!r} is no speed: write a positive number, or max", param_hint="--speed"
        )
    return speed


def _again(options: RunOptions, store: Path) -> str:
    """The command that goes on with this store."""
    import shlex  # noqa: PLC0415

    words = ["tradingfloor", "run"]
    given = (
        ("--config", options.config),
        ("--feed", options.feed),
        ("--symbol", options.symbols),
        ("--timeframes", options.timeframes),
        ("--speed", options.speed),
        ("--calendar", options.calendar),
        ("--tz", options.timezone),
        ("--store", store),
    )
    for name, value in given:
        if value is not None:
            words += [name, str(value)]
    return shlex.join(words)
