"""The commands of a floor as methods.

Decides what each command takes and who asks: ``embedded``. What is allowed is decided by the engine. Input:
plain values; output: the engine's answer, when it is durable.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from tradingfloor.actors import messages as m
from tradingfloor.actors.status import CommandResult
from tradingfloor.actors.types import WHOLE, KillPolicy

ANSWER = 30.0
"""Seconds a command may take until its answer is durable."""


class Steering(ABC):
    """Every command of one floor. All of them raise BadCommand, with its reason, when they are refused."""

    kill_policy: KillPolicy
    """What a kill does with positions when it does not say."""

    @abstractmethod
    def submit(self, command: m.AnyCommand) -> "Future[CommandResult]":
        """Hand over any command; await it with ``asyncio.wrap_future`` in a loop."""

    @abstractmethod
    def _request(self, given: str) -> str:
        """The caller's request id, or one that is made up."""

    def start(self, reason: str = "", *, request_id: str = "") -> CommandResult:
        """STOPPED -> RUNNING."""
        return self._ask(m.StartTrading(**self._who(reason, request_id)))

    def stop(self, reason: str = "", *, flatten: bool = False, request_id: str = "") -> CommandResult:
        """To STOPPED: the tape waits, open positions are kept unless ``flatten``."""
        return self._ask(m.StopTrading(**self._who(reason, request_id), flatten=flatten))

    def pause(self, reason: str = "", *, request_id: str = "") -> CommandResult:
        """No new entries; exits go on."""
        return self._ask(m.PauseTrading(**self._who(reason, request_id)))

    def resume(self, reason: str = "", *, request_id: str = "") -> CommandResult:
        """PAUSED -> RUNNING."""
        return self._ask(m.ResumeTrading(**self._who(reason, request_id)))

    def kill(
        self, reason: str = "", *, policy: KillPolicy | None = None, request_id: str = ""
    ) -> CommandResult:
        """Latch a kill; the answer says that it is durable, ``status().pending`` what is still open."""
        chosen = policy or self.kill_policy
        return self._ask(m.KillTrading(**self._who(reason, request_id), policy=chosen))

    def rearm(self, kill_id: str, reason: str, *, request_id: str = "") -> CommandResult:
        """KILLED -> STOPPED; names the kill and says why."""
        return self._ask(m.RearmTrading(**self._who(reason, request_id), kill_id=kill_id))

    def flatten(self, reason: str = "", *, request_id: str = "") -> CommandResult:
        """Close every open position at the next price; the state stays."""
        return self._ask(m.FlattenPositions(**self._who(reason, request_id)))

    def reduce(
        self, symbol: str = "", part: float = 1.0, reason: str = "", *, request_id: str = ""
    ) -> CommandResult:
        """Close a part (0 to 1) of a position, or of all, at the next price."""
        who = self._who(reason, request_id)
        return self._ask(m.ReducePositions(**who, symbol=symbol, part=round(part * WHOLE)))

    def cancel_all(
        self, symbol: str = "", reason: str = "", *, entries_only: bool = False, request_id: str = ""
    ) -> CommandResult:
        """Cancel working orders; what they protected stays open without them."""
        who = self._who(reason, request_id)
        return self._ask(m.CancelAllOrders(**who, symbol=symbol, entries_only=entries_only))

    def cancel_order(
        self, order_id: bytes | str, reason: str = "", *, symbol: str = "", request_id: str = ""
    ) -> CommandResult:
        """Cancel what is left of one working order, named by its id, or by it in hex.

        Answers when the order is over, and raises BadCommand with the venue's reason when it is not.
        """
        who = self._who(reason, request_id)
        return self._ask(m.CancelOrder(**who, order_id=_hex(order_id), symbol=symbol))

    def replace_order(
        self,
        order_id: bytes | str,
        reason: str = "",
        *,
        quantity: int = 0,
        price: int = 0,
        limit: int = 0,
        symbol: str = "",
        request_id: str = "",
    ) -> CommandResult:
        """Change the terms of one working order; what is 0 stays as it is.

        ``price``, of a stop or a limit order, and ``limit``, of a stop-limit, are nanos. Answers when the
        venue has taken the terms, and raises BadCommand with its reason when it has not.
        """
        command = m.ReplaceOrder(
            **self._who(reason, request_id),
            order_id=_hex(order_id),
            symbol=symbol,
            quantity=quantity,
            price=price,
            limit=limit,
        )
        return self._ask(command)

    def revise(self, changes: Mapping[str, str], reason: str, *, request_id: str = "") -> CommandResult:
        """Change settings, dotted path = value as text, between two instants."""
        return self._ask(m.ReviseConfig(**self._who(reason, request_id), changes=tuple(changes.items())))

    def _who(self, reason: str, request_id: str) -> dict[str, Any]:
        return {"request_id": self._request(request_id), "reason": reason, "by": "embedded"}

    def _ask(self, command: m.AnyCommand) -> CommandResult:
        return self.submit(command).result(ANSWER)


def _hex(order_id: bytes | str) -> str:
    return order_id if isinstance(order_id, str) else order_id.hex()
