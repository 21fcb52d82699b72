"""Streams on which the server speaks first: it greets, hears who calls, then hears what is wanted.

Decides the order of that talk, and that a frame is a list of messages in JSON. Knows no message: what each
says is its provider's. Input: notices and frames; output: what to send, and items.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import msgspec

from .vocabulary import Corrupt, Item, Notice


class ServerFirst(ABC):
    """The stream's part of a ``Provider``."""

    def __init__(self, login: Mapping[str, object], subscription: Mapping[str, object]) -> None:
        """What to answer when the server is ready, and when it knows who calls."""
        self._answers = {Notice.CONNECTED: (_written(login),), Notice.AUTHORISED: (_written(subscription),)}
        self._frame = msgspec.json.Decoder(list[msgspec.Raw])

    def hello(self) -> Sequence[str]:
        """Nothing: the server speaks first."""
        return ()

    def announced(self) -> Sequence[Notice]:
        """Nothing: the server says everything."""
        return ()

    def reply(self, notice: Notice) -> Sequence[str]:
        """Who calls; then what is wanted."""
        return self._answers.get(notice, ())

    def read(self, frame: str | bytes) -> list[Item]:
        """A frame is a list of messages; see ``Provider.read``."""
        try:
            return [item for raw in self._frame.decode(frame) for item in self._message(raw)]
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Corrupt(str(error)) from None

    @abstractmethod
    def _message(self, raw: msgspec.Raw) -> Sequence[Item]:
        """What one message says. Raises as ``Provider.read`` does, and DecodeError."""


def _written(message: Mapping[str, object]) -> str:
    return msgspec.json.encode(message).decode()
