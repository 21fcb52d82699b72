"""The one Pykka actor class: it runs a room's step and reports how it went.

Decides nothing. Every exception, also in ``on_start`` and also a BaseException, is turned into a
report to the supervisor and an orderly end of this incarnation: Pykka itself would keep an actor
alive after a failed ask, lose a failed start and stop every actor on a SystemExit.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

import pykka
import structlog

from ..errors import BadCommand, Fenced, Refused
from ..messages import Message
from .journal import Envelope
from .mailbox import Inbox, Mailbox
from .room import Room

log = structlog.get_logger()


Finish = Callable[[str, int, Envelope, Sequence[Message] | None], None]
"""Takes (actor, epoch, message, outputs); outputs None = a command that was refused: nothing happened."""


class Ready(NamedTuple):
    """An incarnation recovered its state and takes messages now."""

    name: str
    epoch: int


class Failed(NamedTuple):
    """An incarnation ended by an exception; ``envelope`` is the message in hand, if any."""

    name: str
    epoch: int
    envelope: Envelope | None
    error: BaseException


class Context(NamedTuple):
    """What a shell needs of its surroundings."""

    name: str
    epoch: int
    mailbox: Mailbox
    open_room: Callable[[], Room]
    """Recovers the room's state; runs in the actor's own thread."""
    finish: Finish
    """Takes a step's outcome."""
    report: Callable[[Ready | Failed], None]


class Shell(pykka.ThreadingActor):
    """One incarnation of one actor."""

    # An ordered stop ends every actor; a daemon thread keeps a hung one from holding the process.
    use_daemon_thread = True

    def __init__(self, context: Context) -> None:
        self.context = context
        self.room: Room | None = None
        super().__init__()

    def _create_actor_inbox(self) -> Any:  # type: ignore[override]  # Pykka's is static, ours is given
        return Inbox(self.context.mailbox, self.context.epoch)

    def on_start(self) -> None:
        """Recover, then say so."""
        try:
            self.room = self.context.open_room()
            self.context.mailbox.next_due = self.room.next_due()
        except BaseException as error:
            self._fail(None, error)
            raise Fenced(str(error)) from error
        self.context.report(Ready(self.context.name, self.context.epoch))

    def on_receive(self, message: Envelope) -> None:
        """One step."""
        try:
            self._step(message)
        except BaseException as error:
            self._fail(message, error)
            raise Fenced(str(error)) from error

    def _step(self, message: Envelope) -> None:
        context, room = self.context, self.room
        assert room is not None
        outputs: Sequence[Message] | None
        try:
            outputs = room.step(message.message, message.now)
        except BadCommand as error:
            _refuse(message.reply, error)
            outputs = None
        due = room.next_due()
        mailbox = context.mailbox
        with mailbox.turn:
            if mailbox.epoch != context.epoch:
                self.actor_stopped.set()
                return
            mailbox.done()
            mailbox.next_due = due
            context.finish(context.name, context.epoch, message, outputs)

    def _fail(self, envelope: Envelope | None, error: BaseException) -> None:
        pykka.ActorRegistry.unregister(self.actor_ref)
        self.actor_stopped.set()
        if self.context.mailbox.epoch == self.context.epoch:
            self.context.report(Failed(self.context.name, self.context.epoch, envelope, error))

    def _handle_failure(self, *_exc_info: Any) -> None:
        """Pykka would log a traceback; the supervisor logs one line and decides."""


def _refuse(reply: "Future[Any] | None", error: Refused) -> None:
    if reply is not None and not reply.done():
        reply.set_exception(error)
