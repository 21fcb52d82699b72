"""Real time, in one place: the wall clock, the monotonic clock and waiting.

Decides nothing. Tests give another one.
"""

import asyncio
import time


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
