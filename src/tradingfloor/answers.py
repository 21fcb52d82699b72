"""Answers to commands: those that are known at once, and those that are still waited for."""

import threading
from concurrent.futures import Future

from tradingfloor.actors.errors import BadCommand, NotRunning
from tradingfloor.actors.messages import Command
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import Refusal


def failed(error: Exception) -> "Future[CommandResult]":
    """An answer that is a refusal."""
    answer: Future[CommandResult] = Future()
    answer.set_exception(error)
    return answer


def reused(command: Command) -> BadCommand:
    """The refusal of a request id that stands for another command."""
    return BadCommand(
        Refusal.REQUEST_ID_REUSED, f"request id {command.request_id} was used for another command"
    )


class OpenRequests:
    """The commands that have no answer yet, by their request ids; safe to use from any thread."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Command, Future[CommandResult]]] = {}
        self._lock = threading.Lock()

    def admit(self, command: Command) -> "tuple[Future[CommandResult], bool]":
        """The answer to wait for, and whether the command is a new one that has to be handed on."""
        with self._lock:
            held = self._open.get(command.request_id)
            if held is not None:
                return (held[1] if held[0] == command else failed(reused(command))), False
            answer: Future[CommandResult] = Future()
            # Running from the start: one of several who wait cannot cancel it for the others.
            answer.set_running_or_notify_cancel()
            self._open[command.request_id] = (command, answer)
        answer.add_done_callback(lambda _future: self._open.pop(command.request_id, None))
        return answer, True

    def fail(self, reason: str) -> None:
        """Nobody will answer any more."""
        with self._lock:
            left = list(self._open.values())
        for _, answer in left:
            if not answer.done():
                answer.set_exception(NotRunning(reason))
