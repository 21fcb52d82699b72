"""Answers that are known at once, in the shape of those that are not."""

from concurrent.futures import Future

from tradingfloor.actors.errors import BadCommand
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
