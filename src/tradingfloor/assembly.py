"""What one engine is made of: every core built from its config and its feed, no thread yet.

Decides which actors exist, in which order, and what each is given; how each goes on after a restart is in
``recovery``. Used by the live engine and by the replay driver alike, so that both run the very same parts.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import msgspec

from tradingfloor.actors import config_plugins
from tradingfloor.actors.config import Config
from tradingfloor.actors.config_revision import carried, settings_of
from tradingfloor.actors.domain.calendar import Calendar, calendar
from tradingfloor.actors.domain.corporate_actions import CorporateAction
from tradingfloor.actors.domain.instruments import Instrument, instrument
from tradingfloor.actors.domain.timeframes import base_timeframe, ordered, parse, require_buildable
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.executor.core import ExecutorCore
from tradingfloor.actors.executor.models import models
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.feeds.protocol import CorporateActionSource, LiveFeed, MarketDataFeed
from tradingfloor.actors.market_data.quality import Rules
from tradingfloor.actors.messages import (
    ConfigRevised,
    HistoryServed,
    MarketUpdate,
    Quiet,
    TapeUpdate,
)
from tradingfloor.actors.risk.core import RiskCore
from tradingfloor.actors.routing import SignalActor, signal_actor
from tradingfloor.actors.runtime.journal import Envelope, Step
from tradingfloor.actors.runtime.room import DecidingRoom, FoldingRoom, Room
from tradingfloor.actors.runtime.sequencer import MARKET_DATA
from tradingfloor.actors.signals.compilation import compile_kernels
from tradingfloor.actors.signals.core import SignalCore
from tradingfloor.actors.signals.plugin import Market
from tradingfloor.actors.signals.plugin_core import PluginCore
from tradingfloor.actors.supervisor.care import SPECS, ChildSpec
from tradingfloor.actors.supervisor.core import SupervisorCore
from tradingfloor.storage.journal import JournalWriter
from tradingfloor.storage.store import Identity, admit, dismiss, known_actors, prepare
from tradingfloor.storage.view import View

from . import recovery
from .gates import start_gates
from .past_tape import PastTape
from .version import VERSION

RECENT = 1_000
"""Newest updates of an earlier run that a live feed is shown, so that none of them comes again."""

DAY_NS = 86_400 * 1_000_000_000


class Assembly:
    """The parts of one engine."""

    def __init__(self, config: Config, feed: MarketDataFeed | None = None) -> None:
        """Check config and feed against each other.

        Raises BadConfig when a timeframe cannot be built of the feed's tape or a plug-in cannot be used,
        BadData when the feed's files cannot be used.
        """
        self.config = config
        self.config_hash = config.content_hash
        self.version = VERSION
        self.feed = feed if feed is not None else open_feed(config)
        if self.feed.live and config.data.tape != "ticks":
            raise BadConfig(f"data.tape: {self.feed.name} comes but once; keep its ticks")
        self.journal_id = ""
        self._entered = self.live_feed.now if self.live_feed is not None else 0
        self.instruments: dict[str, Instrument] = {
            symbol: instrument(symbol, config.instruments.get(symbol), self.feed.tick_hint(symbol))
            for symbol in config.symbols
        }
        self.past = PastTape(self.config, self.feed, lambda: self.core(MARKET_DATA))
        """What the tape said before."""
        self.tape_timeframes = {symbol: self.feed.timeframe(symbol) for symbol in config.symbols}
        self.timeframes = ordered(config.timeframes)
        for symbol, held in self.instruments.items():
            for timeframe in self.timeframes:
                market = calendar(held.calendar, held.timezone)
                require_buildable(timeframe, self.tape_timeframes[symbol], market)
        self.series = tuple((symbol, timeframe) for symbol in config.symbols for timeframe in self.timeframes)
        self.plugins = config_plugins.detectors(config.detectors)
        self.signal_actors = tuple(
            SignalActor(symbol, timeframe, plugin)
            for symbol, timeframe in self.series
            for plugin in ("", *self.plugins)
        )
        self._try_plugins()
        self.gates = start_gates(config)
        self.actors: tuple[str, ...] = (
            MARKET_DATA,
            *(actor.name for actor in self.signal_actors),
            "risk",
            "executor",
            "supervisor",
        )

    @property
    def identity(self) -> Identity:
        """What a store of this engine belongs to."""
        return Identity(self.feed.tape, self.feed.name, self.config.symbols, self.timeframes)

    @property
    def corporate_actions(self) -> dict[str, tuple[CorporateAction, ...]]:
        """The splits and dividends of each symbol that the feed tells; most feeds tell none."""
        if not isinstance(self.feed, CorporateActionSource):
            return {}
        told = {symbol: self.feed.corporate_actions(symbol) for symbol in self.config.symbols}
        return {symbol: actions for symbol, actions in told.items() if actions}

    @property
    def account(self) -> Calendar:
        """Whose sessions the account and the schedule count: those of the first symbol."""
        held = self.instruments[self.config.symbols[0]]
        return calendar(held.calendar, held.timezone)

    @property
    def tape_bar(self) -> int:
        """The tape's own bar in ns, the coarsest of all symbols; 0 for trades."""
        return max(map(self._tape_bar, self.config.symbols))

    def _tape_bar(self, symbol: str) -> int:
        timeframe = self.tape_timeframes[symbol]
        if timeframe == "tick":
            return 0
        return parse(timeframe).nanos or DAY_NS

    # --- the store ---------------------------------------------------------------------------

    def open_writer(self, connection: Any, path: Path) -> JournalWriter:
        """Prepare the store and open its writer; runs on the connection's thread."""
        self.journal_id = prepare(connection, path, self.identity)
        for config in (self.config, self._in_force(connection)):
            row = (config.content_hash, config.algorithm, settings_of(config), time.time_ns())
            connection.execute("INSERT OR IGNORE INTO algorithm_configs VALUES (?, ?, ?, ?)", row)
        self._introduce_plugins(connection)
        multipliers = {symbol: held.multiplier for symbol, held in self.instruments.items()}
        keep = self.config.data.tape == "ticks"
        return JournalWriter(connection, self.feed.tape, multipliers, keep_tape=keep)

    def _in_force(self, connection: Any) -> Config:
        """The engine's config with every revision that the store tells of."""
        config = self.config
        for (body,) in connection.execute(
            "SELECT body FROM events WHERE kind = 'ConfigRevised' ORDER BY sequence"
        ):
            config = carried(config, msgspec.msgpack.decode(body, type=ConfigRevised).changes)
        return config

    def view(self, path: Path) -> "closing[View]":
        """A read-only view of the store, as a context."""
        return closing(View(path))

    # --- the feed ----------------------------------------------------------------------------

    def warm_up(self) -> Iterator[Step]:
        """Market data's steps over the warm-up bars, before any actor runs; all others read the bars."""
        room = self.room(MARKET_DATA)
        for symbol in self.config.symbols:
            bars = self.feed.history(symbol)
            if bars:
                served = Envelope(HistoryServed(symbol, bars), bars[-1].end)
                yield Step(MARKET_DATA, 0, served, room.step(served.message, served.now))

    @property
    def live_feed(self) -> LiveFeed | None:
        """The feed, when it is a market that goes on by itself."""
        return cast("LiveFeed", self.feed) if self.feed.live else None

    def take_up(self, after: int, path: Path) -> None:
        """Show a live feed what the store has of it already."""
        if self.live_feed is not None and after:
            with self.view(path) as view:
                self.live_feed.resume(tuple(view.tape(after - RECENT, after)))

    def close(self) -> None:
        """Disconnect a live feed; harmless when there is none."""
        if self.live_feed is not None:
            self.live_feed.close()

    def updates(self, after: int, sessions: int | None) -> Iterator[TapeUpdate | Quiet]:
        """The tape after an index, for at most so many sessions more."""
        updates = self.feed.updates(after)
        return updates if sessions is None else self._limited(updates, sessions)

    def horizon(self, newest: int) -> int:
        """The end of the session that the tape ends in: its bars and its day are closed with it."""
        session = self.account.session_at(newest - 1)
        return newest + 1 if session is None else max(newest, session.close) + 1

    def _limited(self, updates: Iterator[TapeUpdate | Quiet], sessions: int) -> Iterator[TapeUpdate | Quiet]:
        market = self.account
        seen: set[int] = set()
        for update in updates:
            # A bar belongs to the session it began in: of an all-day market its end is the next one's begin.
            begun = update.start if isinstance(update, MarketUpdate) else update.ts
            session = market.session_at(begun)
            if session is not None:
                seen.add(session.ordinal)
                if len(seen) > sessions:
                    return
            yield update

    # --- the actors --------------------------------------------------------------------------

    def child_spec(self, name: str) -> ChildSpec:
        """How the supervisor looks after one actor."""
        spec = SPECS[name.partition(":")[0]]
        return msgspec.structs.replace(spec, name=name, foreign=_is_plugin(name))

    def compile_kernels(self) -> float:
        """Compile every kernel; returns seconds."""
        started = time.monotonic()
        compile_kernels()
        return time.monotonic() - started

    def room(self, name: str) -> Room:
        """The actor's room in its initial state."""
        core = self.core(name)
        return FoldingRoom(name, core) if _folds(name) else DecidingRoom(name, core)

    def recover(self, name: str, path: Path) -> Room:
        """The actor's room as of what it has handled, read from the store after a flush."""
        with self.view(path) as view:
            return recovery.recover(self, name, view)

    def waiting(self, view: View, now: int) -> list[tuple[str, Envelope]]:
        """What had not been handled when the last process ended, each message with its actor."""
        return recovery.waiting(self, view, now)

    @property
    def fill_timings(self) -> dict[str, str]:
        """When orders of each symbol fill, in words."""
        execution = self.config.execution
        return {
            symbol: models(execution, held.kind, self.config.seed, self._tape_bar(symbol)).delay.text
            for symbol, held in self.instruments.items()
        }

    @property
    def built_series(self) -> tuple[tuple[str, str], ...]:
        """Every (symbol, timeframe) that market data builds, the base included."""
        bases = tuple((symbol, base_timeframe(tape)) for symbol, tape in self.tape_timeframes.items())
        return tuple(dict.fromkeys((*bases, *self.series)))

    def core(self, name: str) -> Any:
        """The actor's core, built anew."""
        if name == MARKET_DATA:
            quality = self.config.data.quality
            return MarketDataCore(
                tuple(self.instruments.values()),
                self.timeframes,
                self.tape_timeframes,
                Rules(
                    quality.on_tick,
                    quality.spike_ppm,
                    quality.spike_confirmations,
                    quality.max_quote_age_nanos,
                ),
            )
        if name == "risk":
            kinds = {plugin: found.kinds for plugin, found in self.plugins.items()}
            tape = self.feed.tape, self.tape_timeframes
            return RiskCore(self.config, self.instruments, self.series, *tape, kinds, self.gates)
        if name == "executor":
            bars = {symbol: self._tape_bar(symbol) for symbol in self.config.symbols}
            return ExecutorCore(self.config, self.instruments, self.feed.tape, bars, self.corporate_actions)
        if name == "supervisor":
            return SupervisorCore(self.feed.tape, self.config, self.account, self._entered)
        actor = signal_actor(name)
        assert actor is not None, f"no actor is named {name}"
        return self._signal_core(actor)

    def _signal_core(self, actor: SignalActor) -> SignalCore | PluginCore:
        symbol, timeframe, plugin = actor
        held = self.instruments[symbol]
        market = calendar(held.calendar, held.timezone)
        if plugin:
            settings = self.config.plugins.get(plugin, {})
            given = Market(symbol, timeframe, held.tick, market, settings)
            return PluginCore(self.plugins[plugin], given, self.feed.tape, self.config_hash)
        return SignalCore(
            symbol,
            timeframe,
            [name for name in self.config.detectors if name not in self.plugins],
            held.tick,
            self.feed.tape,
            self.config_hash,
            market,
            self.config.detector_params,
        )

    # --- the plug-ins ------------------------------------------------------------------------

    def _try_plugins(self) -> None:
        """Start every plug-in once, so that one that refuses its settings is refused before anything runs."""
        for actor in self.signal_actors:
            if actor.plugin:
                try:
                    self._signal_core(actor).initial()
                except (Exception, SystemExit) as error:  # noqa: BLE001  a stranger may raise anything
                    words = " ".join(f"{type(error).__name__}: {error}".split())
                    place = f"{actor.symbol} {actor.timeframe}"
                    raise BadConfig(f"plugins.{actor.plugin}: does not start for {place} ({words})") from None

    def _introduce_plugins(self, connection: Any) -> None:
        """A plug-in new to the store begins where the store is; one no longer named is forgotten.

        Otherwise it would be told all bars of the past at once, and raise signals of long ago.
        """
        gone = [name for name in known_actors(connection) if _is_plugin(name) and name not in self.actors]
        dismiss(connection, gone)
        admit(connection, filter(_is_plugin, self.actors), MARKET_DATA)


def _folds(name: str) -> bool:
    return name == MARKET_DATA or signal_actor(name) is not None


def _is_plugin(name: str) -> bool:
    actor = signal_actor(name)
    return actor is not None and bool(actor.plugin)
