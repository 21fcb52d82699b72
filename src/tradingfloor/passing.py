"""Work on a thread that ends with it.

Decides nothing. What SQLite and the compiler need of a thread (its deep stack, what its allocator keeps at
hand) stays with the thread: an actor that read its past by itself would hold 25 kB more for life.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def on_passing_thread(work: Callable[[], T]) -> T:
    """Run ``work`` on a thread of its own and wait for it; returns and raises what it does."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  whoever waits gets it
            outcome.set_exception(error)

    # A daemon, like the actor that waits: when it hangs, the process can still end.
    thread = threading.Thread(target=run, name="recovery", daemon=True)
    thread.start()
    thread.join()
    return outcome.result()
