"""Asking a provider over HTTP: within its limits, again when it makes sense, decoded and checked.

Decides what an answer's status means and how often a request is tried. Knows no path and no field of any
provider. Input: paths and parameters; output: decoded structs. 429 waits as long as ``Retry-After`` (or a
``X-RateLimit-Reset`` in epoch seconds) says; 5xx, broken connections and answers that cannot be decoded
are tried again with growing delays.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from ....errors import BadData
from ....types import NANOS
from ..files import shown
from .backoff import Backoff
from .clock import Clock
from .limits import TokenBucket
from .vocabulary import ConnectionLost, Corrupt, CredentialsRefused, NotEntitled

T = TypeVar("T")

ATTEMPTS = 6
FIRST_DELAY, LONGEST_DELAY = 0.25, 8.0
TIMEOUT = 15.0
LONGEST_HOLD = 300.0
"""Seconds that a ``Retry-After`` may ask for; more is not believed."""


class Rest:
    """One provider's HTTP side, for one event loop."""

    def __init__(
        self,
        name: str,
        base: str,
        headers: Mapping[str, str],
        bucket: TokenBucket,
        *,
        clock: Clock | None = None,
        draw: Callable[[], float] = random.random,
        pace: float = 1.0,
    ) -> None:
        """``base`` is the URL that paths are appended to; ``pace`` scales the delays between attempts."""
        import httpx  # noqa: PLC0415  an extra; whoever opens a provider has checked that it is there

        self._name = name
        self._bucket = bucket
        self._clock = clock or Clock()
        self._draw = draw
        self._pace = pace
        self._broken = (httpx.TransportError, httpx.DecodingError)
        # Loading the certificates takes longer than a request; a plain address has none.
        secure = not base.startswith("http://")
        self._client = httpx.AsyncClient(
            base_url=base, headers=dict(headers), timeout=TIMEOUT, verify=secure, follow_redirects=False
        )

    async def get(
        self, path: str, kind: type[T], params: Mapping[str, str | int] | None = None, *, method: str = "GET"
    ) -> T:
        """The answer decoded to ``kind``.

        Raises CredentialsRefused (401), NotEntitled (402, 403), BadData (other 4xx), ConnectionLost when
        every attempt failed.
        """
        backoff = Backoff(FIRST_DELAY * self._pace, LONGEST_DELAY * self._pace, self._draw)
        fault = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._clock.sleep(backoff.next())
            wait = self._bucket.take(self._clock.monotonic())
            if wait > 0:
                await self._clock.sleep(wait)
            try:
                answer = await self._client.request(method, path, params=dict(params) if params else None)
                return self._decoded(answer, kind)
            except (*self._broken, Corrupt, ConnectionLost) as error:
                fault = shown(error) or type(error).__name__
        raise ConnectionLost(f"{self._name} does not answer {path}: {fault}")

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    def _decoded(self, answer: Any, kind: type[T]) -> T:
        status = answer.status_code
        if status == 429:
            self._bucket.hold(self._clock.monotonic(), self._asked_to_wait(answer.headers))
            raise ConnectionLost("too many requests (429)")
        if status >= 500:
            raise ConnectionLost(f"status {status}")
        if status == 401:
            raise CredentialsRefused(f"{self._name} refuses these credentials (401)")
        if status in (402, 403):
            raise NotEntitled(f"{self._name}: this account may not have {answer.url.path} ({status})")
        if status >= 400:
            raise BadData(f"{self._name} refuses {answer.url.path}: {status} {shown(answer.text)}")
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Corrupt(str(error)) from None

    def _asked_to_wait(self, headers: Mapping[str, str]) -> float:
        after, reset = headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", "")
        seconds = 1.0
        if after.replace(".", "", 1).isdecimal():
            seconds = float(after)
        elif reset.isdecimal():
            seconds = int(reset) - self._clock.wall() / NANOS
        return min(LONGEST_HOLD, max(0.0, seconds)) * self._pace
