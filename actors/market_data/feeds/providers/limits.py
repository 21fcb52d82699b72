"""How often a provider may be asked: a token bucket that also honours what the provider says.

Decides how long a request has to wait. Knows no clock and no request. Input: monotonic seconds; output:
seconds to wait.
"""


class TokenBucket:
    """``rate`` requests a second in the long run, at most ``burst`` at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._seen: float | None = None
        self._held_until = 0.0

    def take(self, now: float) -> float:
        """Take one token; returns the seconds until it is there, which the caller must wait."""
        if self._seen is not None:
            self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        self._tokens -= 1
        due = max(0.0, -self._tokens / self._rate)
        return max(due, self._held_until - now)

    def hold(self, now: float, seconds: float) -> None:
        """The provider said: nothing for so long."""
        self._held_until = max(self._held_until, now + seconds)
