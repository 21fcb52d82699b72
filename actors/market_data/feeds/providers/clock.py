"""Time, in one place: the clocks of this machine, waiting, and every duration of a stream.

Decides the defaults of the durations. Tests give another clock.
"""

import asyncio
import time
from typing import NamedTuple


class Clock:
    """The clocks of this machine."""

    def wall(self) -> int:
        """Nanoseconds UTC."""
        return time.time_ns()

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Timing(NamedTuple):
    """Every duration of a stream, in seconds."""

    grace: float = 1.0
    """How long trades are waited for before they are put in order."""
    silence: float = 30.0
    reconcile: float = 60.0
    """Between two extracts of the record while the connection lasts."""
    settle: float = 5.0
    """From the first extract of a connection to the second: by then the record has caught up."""
    overlap: float = 5.0
    """How far an extract reaches back into the one before."""
    poll: float = 5.0
    hold: float = 60.0
    """How long time stands still, at most, while trades are missing."""
    keep: float = 3600.0
    """What is older is given up: neither asked for nor recognised."""
    first_delay: float = 0.5
    longest_delay: float = 30.0
    connect: float = 10.0
