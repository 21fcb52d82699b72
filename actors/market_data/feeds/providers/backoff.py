"""How long to wait before the next attempt: exponential, with jitter.

Decides the delays alone. Knows no clock and no connection. Input: a source of uniform numbers in [0, 1);
output: seconds. Half of every delay is fixed and half is drawn ("equal jitter"), so that many clients that
were cut together do not come back together, and none comes back at once.
"""

from collections.abc import Callable


class Backoff:
    """Delays of one series of attempts, each twice as long as the one before, up to a longest one."""

    def __init__(self, first: float, longest: float, draw: Callable[[], float]) -> None:
        """``first`` and ``longest`` in seconds."""
        self._first = first
        self._longest = longest
        self._draw = draw
        self._attempts = 0

    def next(self) -> float:
        """Seconds until the next attempt: between half and all of min(longest, first * 2**attempts)."""
        whole = min(self._longest, self._first * float(2 ** min(self._attempts, 30)))
        self._attempts += 1
        return whole / 2 * (1 + self._draw())

    def reset(self) -> None:
        """An attempt succeeded: begin anew."""
        self._attempts = 0
