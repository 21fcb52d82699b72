"""Requests: what an operator asks of the executor or of the settings, in whatever state the floor is.

Decides whether a request is sound and what it says. Which orders and positions it moves the executor decides,
and the trading state is not touched here. Input: a command, the open quantities and the config in force;
output: requests and a change of settings, or BadCommand.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..config import Config
from ..config_revision import revised, settings_of
from ..domain.ids import derive_id
from ..errors import BadCommand
from ..messages import (
    CancelAllOrders,
    CancelAllRequested,
    CancelOrder,
    CancelRequested,
    Command,
    ConfigRevised,
    FlattenPositions,
    FlattenRequested,
    Message,
    ReducePositions,
    ReductionRequested,
    ReplaceOrder,
    ReplaceRequested,
    ReviseConfig,
)
from ..types import WHOLE, Refusal


class Requests:
    """The requests of one floor; ``tape`` goes into every derived id, ``symbols`` are those it trades."""

    def __init__(self, tape: str, symbols: Sequence[str]) -> None:
        self._tape = tape
        self._symbols = symbols

    def answer(
        self, command: Command, opened: Mapping[str, int], config: Config, now: int
    ) -> Sequence[Message] | None:
        """What follows from a request, raising BadCommand; None for a command that is none.

        ``opened`` = the open quantity per symbol, ``config`` = the config in force.
        """
        match command:
            case FlattenPositions():
                return [FlattenRequested(**self._asked(command, "flatten", now))]
            case ReducePositions():
                return self._reduce(opened, command, now)
            case CancelAllOrders():
                return self._cancel_all(command, now)
            case ReviseConfig():
                return self._revise(config, command, now)
            case CancelOrder() | ReplaceOrder():
                return [self._requested(command, now)]
            case _:
                return None

    def _asked(self, command: Command, what: str, now: int) -> dict[str, Any]:
        """What every request keeps of its command."""
        return {
            "id": derive_id(now, self._tape, what, command.request_id),
            "ts": now,
            "request_id": command.request_id,
            "reason": command.reason,
            "by": command.by,
        }

    def _reduce(self, opened: Mapping[str, int], command: ReducePositions, now: int) -> Sequence[Message]:
        if not 0 < command.part <= WHOLE:
            raise BadCommand(Refusal.BAD_PART, f"Reduce: 1 to {WHOLE:,} millionths, got {command.part:,}")
        if command.symbol and command.symbol not in {*self._symbols, *opened}:
            raise BadCommand(Refusal.UNKNOWN_SYMBOL, f"Reduce: {command.symbol} is not traded here")
        if not opened or (command.symbol and command.symbol not in opened):
            raise BadCommand(Refusal.NO_POSITION, f"Reduce: {command.symbol or 'nothing'} is not open")
        asked = self._asked(command, "reduce", now)
        return [ReductionRequested(**asked, symbol=command.symbol, part=command.part)]

    def _cancel_all(self, command: CancelAllOrders, now: int) -> Sequence[Message]:
        if command.symbol and command.symbol not in self._symbols:
            raise BadCommand(Refusal.UNKNOWN_SYMBOL, f"Cancel: {command.symbol} is not traded here")
        asked = self._asked(command, "cancel-all", now)
        return [CancelAllRequested(**asked, symbol=command.symbol, entries_only=command.entries_only)]

    def _revise(self, config: Config, command: ReviseConfig, now: int) -> Sequence[Message]:
        if not command.reason.strip():
            raise BadCommand(Refusal.REASON_MISSING, "Revise: a reason is required")
        paths = [path for path, _ in command.changes]
        if twice := [path for path in paths if paths.count(path) > 1]:
            raise BadCommand(Refusal.BAD_SETTING, f"{twice[0]}: named more than once")
        after = revised(config, command.changes)
        if after == config:
            return []
        return [
            ConfigRevised(
                **self._asked(command, "revise", now),
                previous=config.content_hash,
                config=after.content_hash,
                changes=command.changes,
                settings=settings_of(after),
            )
        ]

    def _requested(self, command: CancelOrder | ReplaceOrder, now: int) -> Message:
        """A request about one order; allowed in every state, since the executor refuses what it must."""
        try:
            order_id = bytes.fromhex(command.order_id)
        except ValueError:
            order_id = b""
        if not order_id:
            raise BadCommand(Refusal.UNKNOWN_ORDER, f"no order has the id {command.order_id!r}")
        asked = self._asked(command, type(command).__name__, now)
        if isinstance(command, CancelOrder):
            return CancelRequested(**asked, order_id=order_id, symbol=command.symbol)
        return ReplaceRequested(
            **asked,
            order_id=order_id,
            symbol=command.symbol,
            quantity=command.quantity,
            price=command.price,
            limit=command.limit,
        )
