"""The two shapes of a room's pure core, and how one message runs through it.

Decides the order "apply what happened, then decide what to do". Knows no thread, no journal, no
clock: ``now`` comes with the message. Input: one message; output: the events and messages it caused.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from ..messages import Message

S = TypeVar("S")


@runtime_checkable
class DecidingCore(Protocol[S]):
    """A core whose state changes only by what is applied to it (supervisor, risk, executor).

    ``FOLDS``: the journaled event types that ``apply`` understands, own and foreign ones; recovery
    folds exactly these, in sequence. ``OBSERVES``: ephemeral messages that ``apply`` understands too
    (prices, quotes); recovery replays the newest of each symbol, and for the executor the prices its open
    trades saw.
    """

    FOLDS: tuple[type[Message], ...]
    OBSERVES: tuple[type[Message], ...]

    def initial(self) -> S:
        """The state before the first event."""
        ...

    def decide(self, state: S, message: Message, now: int) -> Sequence[Message]:
        """What follows from the message; may refuse, may raise, changes nothing.

        A message of FOLDS or OBSERVES has been applied before it is decided on.
        """
        ...

    def apply(self, state: S, event: Message) -> None:
        """Fold one event into the state in place; total: never raises on a journaled event."""
        ...

    def next_due(self, state: S) -> int | None:
        """The engine time of the next TimerDue this state asks for."""
        ...


@runtime_checkable
class FoldingCore(Protocol[S]):
    """A core that changes its state in place (market data, signals).

    Its state is rebuilt from bars and tape, not from events.
    """

    def initial(self) -> S:
        """The state before the first input."""
        ...

    def advance(self, state: S, message: Message, now: int) -> Sequence[Message]:
        """Take one input, change the state, return what follows."""
        ...

    def next_due(self, state: S) -> int | None:
        """The engine time of the next TimerDue this state asks for."""
        ...


def heard_by(core: DecidingCore[Any]) -> frozenset[type[Message]]:
    """The messages that the core applies before it decides on them."""
    return frozenset(core.FOLDS + core.OBSERVES)


def run_deciding(core: DecidingCore[S], state: S, message: Message, now: int) -> Sequence[Message]:
    """One step of a deciding core: apply the message, decide, apply the outcome."""
    return step(core, heard_by(core), state, message, now)


def step(
    core: DecidingCore[S], heard: frozenset[type[Message]], state: S, message: Message, now: int
) -> Sequence[Message]:
    """The same with ``heard_by(core)`` at hand: most messages change nothing, and asking costs most."""
    if type(message) in heard:
        core.apply(state, message)
    outputs = core.decide(state, message, now)
    for output in outputs:
        if type(output) in heard:
            core.apply(state, output)
    return outputs
