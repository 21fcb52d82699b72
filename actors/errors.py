"""The exception tree, split by consequence.

TradingFloorError
|- Refused            the caller asked for something that is not allowed; nothing changed
|  |- BadConfig       unknown key, wrong type, value out of range; names the path     (exit 4)
|  |- BadData         a file or feed that cannot be used at all                       (exit 4)
|  |- BadCommand      a command the present state does not allow; carries a Refusal   (exit 1)
|  |- NotFound        an id, symbol or store that does not exist                      (exit 2)
|  `- NotRunning      no engine answers at that address                               (exit 3)
|- Recoverable        the actor restarts, state is rebuilt from the journal
|  `- Fenced          a stale incarnation tried to act
`- Fatal              the process must end: memory is ahead of the disk, or the disk is wrong
   |- StoreLocked     another engine holds the store                                  (exit 4)
   |- StoreMismatch   newer schema, another tape                                      (exit 4)
   |- EngineEnded     the engine cannot go on; says why                               (exit 1)
   |- JournalFailed   a commit failed                                                 (exit 70)
   `- JournalConflict the same id with another body                                   (exit 70)
"""

from .types import Refusal


class TradingFloorError(Exception):
    """Root of every error this package raises on purpose."""

    exit_code = 1


class Refused(TradingFloorError):
    """Asked for something that is not allowed; nothing changed."""


class BadConfig(Refused):
    """A setting is unknown, mistyped or out of range."""

    exit_code = 4


class BadData(Refused):
    """A file or feed cannot be used at all."""

    exit_code = 4


class BadCommand(Refused):
    """A command is not allowed in the present state."""

    def __init__(self, reason: Refusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NotFound(Refused):
    """An id, symbol or store does not exist."""

    exit_code = 2


class NotRunning(Refused):
    """No engine answers at the address."""

    exit_code = 3


class Recoverable(TradingFloorError):
    """The actor restarts and rebuilds its state from the journal."""


class Fenced(Recoverable):
    """A stale incarnation of an actor tried to act."""


class Fatal(TradingFloorError):
    """The process must end."""

    exit_code = 70


class StoreLocked(Fatal):
    """Another engine holds the store."""

    exit_code = 4


class StoreMismatch(Fatal):
    """The store has a newer schema or belongs to another tape."""

    exit_code = 4


class EngineEnded(Fatal):
    """The engine cannot go on; what it committed is safe."""

    exit_code = 1


class JournalFailed(Fatal):
    """A commit failed; memory ahead of the disk is discarded with the process."""


class JournalConflict(Fatal):
    """The same event id came with another body."""
