"""When a failed actor is restarted, when it is given up, and what giving up means: pure decisions.

Decides restart budgets, backoff with jitter, readiness and hang limits, and the fate of a message
that failed two incarnations. Knows no thread and no clock: real time comes as seconds with each
call. Output: actions for the supervisor's shell to carry out.
"""

from collections import deque
from enum import Enum
from typing import NamedTuple, TypeAlias

import msgspec

from ..domain.ids import uniform


class GiveUp(str, Enum):
    """What happens when a child's budget is spent."""

    ISOLATE = "isolate"
    """The child is left out; the others go on."""
    KILL = "kill"
    """The floor is killed (policy keep): a money actor cannot be trusted."""
    EXIT = "exit"
    """The process ends with code 70."""


class ChildSpec(msgspec.Struct, frozen=True):
    """How one actor is looked after. Times in seconds of real time."""

    name: str
    max_restarts: int
    """Failures within ``period`` that are answered with a restart; one more is a give-up."""
    period: float
    backoff_min: float
    backoff_max: float
    give_up: GiveUp
    hang_after: float
    money: bool = False
    foreign: bool = False
    """Runs code of another package. That it fails is no sign that the others will: its restarts do not count
    among those of all children together. Without a message it could not take, what it knows has a hole: it is
    isolated with the message. The others wait for its start: it is isolated too when it hangs there."""
    jitter: float = 0.2
    start_timeout: float = 30.0
    """Recovery of a long journal counts into it."""
    stop_timeout: float = 2.0


SPECS: dict[str, ChildSpec] = {
    "executor": ChildSpec("executor", 2, 60, 0.05, 1, GiveUp.KILL, 5.0, money=True),
    "risk": ChildSpec("risk", 2, 60, 0.05, 1, GiveUp.KILL, 5.0, money=True),
    "supervisor": ChildSpec("supervisor", 2, 60, 0.05, 1, GiveUp.EXIT, 5.0),
    "market_data": ChildSpec("market_data", 10, 300, 0.2, 30, GiveUp.KILL, 5.0),
    "signals": ChildSpec("signals", 5, 300, 0.1, 10, GiveUp.ISOLATE, 5.0),
}
"""By room, in start order reversed for stopping: money first up, market data last up and first down.

Market data kills when given up: with a single source no price would ever come again, and nothing
else could close a position.
"""

TREE_BUDGET = (20, 300.0)
"""Restarts of all children together within so many seconds; one more kills."""


class Restart(NamedTuple):
    """Start a new incarnation at ``at`` (seconds); ``again``: give it the failed message first."""

    name: str
    at: float
    again: bool


class DropMessage(NamedTuple):
    """The message in hand failed twice: to the dead letters with it."""

    name: str


class Isolate(NamedTuple):
    """Leave the child out."""

    name: str


class KillFloor(NamedTuple):
    """Latch a kill, policy keep."""

    reason: str


class EndProcess(NamedTuple):
    """Nothing can be trusted any more."""

    reason: str


Action: TypeAlias = Restart | DropMessage | Isolate | KillFloor | EndProcess


class Child:
    """What is remembered of one child."""

    __slots__ = ("attempt", "failures", "last_failure", "restarts", "spec", "suspect")

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.failures: deque[float] = deque()
        self.attempt = 0
        self.restarts = 0
        self.last_failure = float("-inf")
        self.suspect: object | None = None
        """The message that failed the last incarnation."""


class Care:
    """The supervisor's memory of its children."""

    def __init__(self, specs: list[ChildSpec], seed: int = 0, tree: tuple[int, float] = TREE_BUDGET) -> None:
        self.children = {spec.name: Child(spec) for spec in specs}
        self._seed = seed
        self._tree = tree
        self._all: deque[float] = deque()

    def failed(
        self, name: str, now: float, message: object | None, error: str, *, hung: bool = False
    ) -> list[Action]:
        """A child failed on a message (None = at start or between messages)."""
        child = self.children[name]
        spec = child.spec
        actions: list[Action] = []
        if spec.foreign and hung and message is None:
            return [Isolate(name)]
        again = message is not None
        if message is not None and message is child.suspect:
            actions.append(DropMessage(name))
            again, child.suspect = False, None
            if spec.foreign:
                return [*actions, Isolate(name)]
            if spec.money:
                actions.append(KillFloor(f"{name} failed twice on one message: {error}"))
        else:
            child.suspect = message
        if _spent(child.failures, now, spec.max_restarts, spec.period):
            return actions + self._give_up(spec, f"{name} failed {spec.max_restarts + 1} times: {error}")
        if not spec.foreign and _spent(self._all, now, *self._tree):
            actions.append(KillFloor(f"more than {self._tree[0]} restarts in {self._tree[1]:g} s: {error}"))
        actions.append(Restart(name, now + self._backoff(child, now), again))
        child.restarts += 1
        return actions

    def _give_up(self, spec: ChildSpec, reason: str) -> list[Action]:
        match spec.give_up:
            case GiveUp.ISOLATE:
                return [Isolate(spec.name)]
            case GiveUp.KILL:
                return [Isolate(spec.name), KillFloor(reason)]
            case GiveUp.EXIT:
                return [EndProcess(reason)]

    def _backoff(self, child: Child, now: float) -> float:
        """min(max, min x 2^k) x (1 + U(0, jitter)); k starts anew after a quiet period."""
        spec = child.spec
        if now - child.last_failure > spec.period:
            child.attempt = 0
        child.last_failure = now
        delay: float = min(spec.backoff_max, spec.backoff_min * 2**child.attempt)
        child.attempt += 1
        draw = uniform(self._seed, "backoff", spec.name.encode(), child.restarts)
        return delay * (1 + spec.jitter * draw)


def _spent(times: deque[float], now: float, limit: int, period: float) -> bool:
    """Note a failure; True when more than ``limit`` lie within the last ``period`` seconds."""
    times.append(now)
    while times and now - times[0] > period:
        times.popleft()
    return len(times) > limit
