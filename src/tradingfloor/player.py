"""The playing thread: when the tape moves on, and how its updates get to the actors.

Decides by trading state, pace and commands whether the next instant is taken: RUNNING, PAUSED and STOPPING
play; STOPPED waits at the cursor, unless the schedule will start it again; KILLED, and whoever was asked to
flatten, plays until flat, then waits. A live market waits for nobody and is played in every state. Trading is
decided in the cores.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator

import structlog
from msgspec.structs import replace

from tradingfloor.actors.errors import JournalFailed, TradingFloorError
from tradingfloor.actors.messages import Quiet, TapeUpdate
from tradingfloor.actors.runtime.journal import Envelope, Journal
from tradingfloor.actors.runtime.live import FreeRunning, Halted, LockStep
from tradingfloor.actors.runtime.sequencer import MARKET_DATA, Sequencer
from tradingfloor.actors.types import TradingState

from .pace import OVERSLEPT, Pace
from .tally import Tally

log = structlog.get_logger()

PLAYING = (TradingState.RUNNING, TradingState.PAUSED, TradingState.STOPPING)

BACKLOG = 10_000
"""Free running, the feed waits once market data has more updates than this before it."""

ROOM = BACKLOG // 2
"""With how many it goes on: well below, so that the two threads do not take turns for each update."""

PATIENCE = 5.0
"""Seconds that a stop waits for the instant in hand to settle."""


class Player(ABC):
    """What both ways of playing share: the bell, the gate, the pace, the end."""

    def __init__(
        self, journal: Journal, tally: Tally, pace: Pace, on_end: Callable[[str], None], *, now: int
    ) -> None:
        self.now = now
        """Engine time."""
        self.bell = threading.Event()
        """Rung by whatever the player must look at."""
        self.finished = threading.Event()
        """The tape (or its session limit) is at its end and everything is settled."""
        self.at_rest = threading.Event()
        """Killed and as flat as it will get."""
        self.over = threading.Event()
        """Finished, at rest, or ended."""
        self.stalled: Callable[[], bool] = lambda: False
        """True when market data was given up: an update would be handed to nobody."""
        self.wakes: Callable[[], bool] = lambda: False
        """True when the schedule will start a stopped floor again: the tape plays on until then."""
        self.live = False
        """True when the market goes on by itself, in every state."""
        self.on_settled: Callable[[], None] = lambda: None
        """Called when the tape is at its end and everything is committed."""
        self._journal = journal
        self._tally = tally
        self._pace = pace
        self._on_end = on_end
        self._commands: deque[Envelope] = deque()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def command(self, envelope: Envelope) -> None:
        """Queue one command for the supervisor."""
        self._commands.append(envelope)
        self.bell.set()

    @abstractmethod
    def offer(self, actor: str, envelope: Envelope) -> None:
        """Queue one message for one actor."""

    def rouse(self) -> None:
        """The state changed: look again; what was at rest in KILLED no longer is in another state."""
        if self.at_rest.is_set() and self._tally.state is not TradingState.KILLED:
            self.at_rest.clear()
            self.over.clear()
        self.bell.set()

    def abort(self) -> None:
        """End at once: nothing that is going on can become durable any more."""
        self._closing = True
        self.bell.set()
        self.over.set()

    def stop(self) -> None:
        """End after the instant in hand."""
        self._closing = True
        self.bell.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            self._play()
        except Halted:
            return
        except TradingFloorError as error:
            storage = "storage failed: " if isinstance(error, JournalFailed) else ""
            self._on_end(f"{storage}{error}")
        except BaseException as error:  # noqa: BLE001  whatever it was, the tape no longer moves
            log.error("player failed", error=repr(error))  # noqa: TRY400  one line; the owner is told
            self._on_end(f"player failed: {error!r}")

    @abstractmethod
    def _play(self) -> None:
        """Play until the player is to end."""

    def _listens(self) -> bool:
        """Ready the bell for the next ring; False when the player is to end."""
        self.bell.clear()
        return not self._closing  # looked at after clearing: a ring in between is not lost

    def _moves(self) -> bool:
        """True when the tape may move on in this state; else waits for the bell."""
        tally = self._tally
        waits = tally.state is TradingState.STOPPED and self.wakes()
        if not self.stalled() and (tally.state in PLAYING or tally.closing_out or waits):
            return True
        if tally.state is TradingState.KILLED and not self.at_rest.is_set():
            self._journal.flush()
            self.at_rest.set()
            self.over.set()
        if not self.stalled() and self.live:
            return True
        self._pace.rebase(0, 0.0)
        self.bell.wait()
        return False

    def _paced(self, ts: int) -> bool:
        """True when the update of ``ts`` is due; else waits until then or for the bell."""
        wait = self._pace.wait(ts, time.monotonic())
        if wait < 10 * OVERSLEPT:
            return wait <= 0 or not self.bell.wait(wait)
        # A long sleep ends early and the rest is watched: at most a tenth of the time is spent on it.
        rung = self.bell.wait(wait - OVERSLEPT)
        while not rung and self._pace.wait(ts, time.monotonic()) > 0:
            pass
        return not rung

    def _settled(self) -> None:
        """The tape is at its end: commit, say so, wait for a command or the end."""
        self._journal.flush()
        if self._tally.state is TradingState.KILLED:
            self.at_rest.set()
        self.on_settled()
        self.finished.set()
        self.over.set()
        self.bell.wait()


class LockStepPlayer(Player):
    """Plays the sequencer over the turnstile."""

    def __init__(
        self,
        turnstile: LockStep,
        sequencer: Sequencer,
        journal: Journal,
        tally: Tally,
        pace: Pace,
        on_end: Callable[[str], None],
    ) -> None:
        super().__init__(journal, tally, pace, on_end, now=sequencer.now)
        self._turnstile = turnstile
        self._sequencer = sequencer

    def offer(self, actor: str, envelope: Envelope) -> None:
        """Queue one message behind what waits."""
        self._sequencer.offer(actor, envelope)
        self.bell.set()

    def abort(self) -> None:
        """End at once, also in the midst of an instant."""
        super().abort()
        self._turnstile.halt()

    def stop(self) -> None:
        """End after the instant in hand; cut it short when an actor does not come back."""
        super().stop()
        if self._thread.is_alive():
            self._turnstile.halt()
            self._thread.join(PATIENCE)

    def _play(self) -> None:
        sequencer = self._sequencer
        while self._listens():
            while self._commands:
                envelope = self._commands.popleft()
                sequencer.offer("supervisor", replace(envelope, now=sequencer.now))
            sequencer.settle()
            if self._commands or not self._moves():
                continue
            upcoming = sequencer.upcoming
            if upcoming is not None and not self._paced(upcoming.ts):
                continue
            if not sequencer.advance():
                self._settled()
            self.now = sequencer.now


class FreePlayer(Player):
    """Feeds market data and lets every actor run at its own pace."""

    def __init__(
        self,
        free: FreeRunning,
        updates: Iterator[TapeUpdate | Quiet],
        journal: Journal,
        tally: Tally,
        pace: Pace,
        on_end: Callable[[str], None],
        *,
        now: int,
        horizon: Callable[[int], int],
    ) -> None:
        super().__init__(journal, tally, pace, on_end, now=now)
        self._horizon = horizon
        self._free = free
        self._updates = updates

    def offer(self, actor: str, envelope: Envelope) -> None:
        """Put one message into one mailbox."""
        self._free.send(actor, envelope)

    def _play(self) -> None:
        for update in self._updates:
            # What is asked for before the market's first word is asked for at its time, not at none.
            self.now = self.now or update.ts
            if not self._wait_for(update.ts):
                return
            self.now = max(self.now, update.ts)
            self._free.fire_timers(self.now)
            if isinstance(update, Quiet):
                continue
            self._free.send(MARKET_DATA, Envelope(update, self.now))
        self._drain()
        while self._listens():
            self._pass_commands()
            self._settled()

    def _wait_for(self, ts: int) -> bool:
        """Wait until the update may be played; False when the player is stopped first."""
        while self._listens():
            self._pass_commands()
            if self._moves() and self._has_room() and self._paced(ts):
                return True
        return False

    def _has_room(self) -> bool:
        """True when market data may be given more; else waits until it has room or for the bell."""
        mailbox = self._free.mailboxes[MARKET_DATA]
        if mailbox.depth <= BACKLOG:
            return True
        mailbox.when_room(ROOM, self.bell.set)
        self.bell.wait()
        return False

    def _drain(self) -> None:
        """Let everything in flight come to its end, the last bars' timers included."""
        quiet, end = 0, self._horizon(self.now)
        while quiet < 3 and not self._closing:
            self._pass_commands()
            self.bell.wait(0.002)
            self._journal.flush()
            if not self._free.idle:
                quiet = 0
                continue
            self._free.fire_timers(end)
            quiet += 1

    def _pass_commands(self) -> None:
        while self._commands:
            self._free.send("supervisor", replace(self._commands.popleft(), now=self.now))
