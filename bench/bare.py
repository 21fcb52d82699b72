"""The physical limits: threads that do nothing but hand on, and commits of one row.

What the engine's own figures are held against: the same thread hops and the same synced commits, at the
same pace and by the same clock, with nothing in between.
"""

import threading
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from time import monotonic, monotonic_ns

from measure import bare_commit, bare_store

from tradingfloor.pace import OVERSLEPT


class Relay:
    """``hops`` threads in a row; the last of them makes a synced commit of one row."""

    def __init__(self, path: Path, hops: int) -> None:
        self._connection = bare_store(path)
        self._queues: list[SimpleQueue[int | None]] = [SimpleQueue() for _ in range(hops)]
        self._taken: list[int] = []
        self._threads = [threading.Thread(target=self._hand_on, args=(n,), daemon=True) for n in range(hops)]
        for thread in self._threads:
            thread.start()

    def run(self, count: int, every: float, *, from_due: bool = True) -> list[float]:
        """Milliseconds until each of ``count`` items, one every ``every`` seconds, is committed.

        Counted from when it was due, or from when it was handed in.
        """
        bell = threading.Event()
        started, dues = monotonic() + every, []
        for n in range(count):
            due = started + n * every
            bell.wait(max(0.0, due - OVERSLEPT - monotonic()))
            while monotonic() < due:
                pass
            dues.append(round(due * 1e9) if from_due else monotonic_ns())
            self._queues[0].put(n)
        self._queues[0].put(None)
        for thread in self._threads:
            thread.join()
        self._connection.close()
        return [(taken - due) / 1e6 for due, taken in zip(dues, self._taken, strict=True)]

    def _hand_on(self, place: int) -> None:
        last = len(self._queues) - 1
        while (item := self._queues[place].get()) is not None:
            if place < last:
                self._queues[place + 1].put(item)
            else:
                bare_commit(self._connection)
                self._taken.append(monotonic_ns())
        if place < last:
            self._queues[place + 1].put(None)


def hop_microseconds(count: int = 2_000) -> float:
    """One hand-over between two threads that wait for each other, the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        there: SimpleQueue[int] = SimpleQueue()
        back: SimpleQueue[int] = SimpleQueue()

        def answer(there: SimpleQueue[int] = there, back: SimpleQueue[int] = back) -> None:
            for _ in range(count):
                back.put(there.get())

        thread = threading.Thread(target=answer)
        thread.start()
        started = monotonic_ns()
        for n in range(count):
            there.put(n)
            back.get()
        best = min(best, (monotonic_ns() - started) / count / 2 / 1000)
        thread.join()
    return best


def commit_microseconds(path: Path, count: int = 200) -> float:
    """One synced commit of one row: the median."""
    connection, taken = bare_store(path), []
    for _ in range(count):
        started = monotonic_ns()
        bare_commit(connection)
        taken.append((monotonic_ns() - started) / 1000)
    connection.close()
    return median(taken)
