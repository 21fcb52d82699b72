"""The edge: one thread with one asyncio loop for everything that looks outside, shared by engines.

Decides that there is at most one such loop in the process (two gRPC loops disturb each other), who
keeps it alive (a count of leases) and how other threads hand work to it. Knows no gRPC.
Input: coroutines and callbacks from any thread; output: their results.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, ClassVar, TypeVar

T = TypeVar("T")


class EdgeEnded(RuntimeError):
    """The last lease was released; nothing runs any more."""


STOP_TIMEOUT = 5.0
"""Seconds that the last ``release`` waits for the thread to end."""


class Edge:
    """The edge loop and its daemon thread; get it by ``acquire``, give it back by ``release``."""

    _shared: ClassVar["Edge | None"] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._leases = 0
        self._submitted: dict[Future[Any], Coroutine[Any, Any, Any]] = {}
        self._ready = threading.Event()
        self._stopping: asyncio.Event
        self.loop: asyncio.AbstractEventLoop
        """The loop; set before ``acquire`` returns."""
        self.thread = threading.Thread(target=self._main, name="edge", daemon=True)

    @classmethod
    def acquire(cls) -> "Edge":
        """The one edge of the process, started when nobody holds it; every call needs a release."""
        with cls._lock:
            edge = cls._shared
            if edge is None:
                edge = cls()
                edge.thread.start()
                edge._ready.wait()
                cls._shared = edge
            edge._leases += 1
            return edge

    def release(self) -> None:
        """Give the edge back; the last one ends the loop and waits for its thread."""
        with Edge._lock:
            if self._leases > 1:
                self._leases -= 1
                return
            if not self._leases:
                raise EdgeEnded("the edge was released once too often")
            if self.inside:
                raise RuntimeError("the last lease of the edge cannot be released on its own thread")
            self._leases = 0
            Edge._shared = None
            self.loop.call_soon_threadsafe(self._stopping.set)
            self.thread.join(STOP_TIMEOUT)

    @property
    def inside(self) -> bool:
        """True on the edge's own thread."""
        return threading.current_thread() is self.thread

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``work`` in the loop; cancelling the future cancels it. Raises EdgeEnded."""
        try:
            future = asyncio.run_coroutine_threadsafe(work, self.loop)
        except RuntimeError:
            work.close()
            raise EdgeEnded("the edge has ended") from None
        self._submitted[future] = work
        future.add_done_callback(lambda done: self._submitted.pop(done, None))
        if self.loop.is_closed():
            self._abandon()
        return future

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run ``work`` in the loop and wait for its result, at most ``timeout`` seconds.

        Raises what the work raises, and TimeoutError after cancelling it. Not from the edge's own
        thread: it would wait for itself.
        """
        if self.inside:
            work.close()
            raise RuntimeError("the edge cannot wait for itself")
        future = self.submit(work)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def post(self, callback: Callable[..., object], *args: object) -> None:
        """Call ``callback(*args)`` in the loop soon; nothing happens when the loop has ended."""
        try:
            self.loop.call_soon_threadsafe(callback, *args)
        except RuntimeError:
            if not self.loop.is_closed():
                raise

    def _main(self) -> None:
        # Runner cancels what is left, closes asynchronous generators and the loop.
        with asyncio.Runner() as runner:
            runner.run(self._serve())
        self._abandon()

    def _abandon(self) -> None:
        # What was handed over after the loop's last turn will never run; its waiter must not hang.
        for future, work in tuple(self._submitted.items()):
            future.cancel()
            work.close()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._ready.set()
        await self._stopping.wait()
