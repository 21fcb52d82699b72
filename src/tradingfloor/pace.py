"""How fast a tape is played: real seconds per engine second, with closed hours skipped.

Decides when the next update is due in real time. Knows no thread; real time is given.
"""

from tradingfloor.actors.types import NANOS

OVERSLEPT = 0.0001
"""Real seconds by which a thread that sleeps until an instant may wake late."""

LONGEST_WAIT = 60.0
"""Engine seconds between two updates above which the market counts as closed and is skipped, unless the
tape's own bars are longer."""


class Pace:
    """The pace of one run; None = as fast as the floor takes it."""

    def __init__(self, speed: float | None, tape_bar: int = 0) -> None:
        """``speed`` engine seconds per real second; ``tape_bar`` in ns, 0 for trades."""
        self.speed = speed
        self._skip = max(LONGEST_WAIT, 2 * tape_bar / NANOS)
        self._engine = 0
        self._real = 0.0

    def wait(self, ts: int, real: float) -> float:
        """Real seconds from ``real`` until the update of engine time ``ts`` is due; 0 = now."""
        if self.speed is None:
            return 0.0
        ahead = (ts - self._engine) / NANOS
        if not self._engine or ahead - (real - self._real) * self.speed > self._skip:
            self.rebase(ts, real)
            return 0.0
        return max(0.0, self._real + ahead / self.speed - real)

    def rebase(self, ts: int, real: float) -> None:
        """From now on ``ts`` is ``real``."""
        self._engine, self._real = ts, real
