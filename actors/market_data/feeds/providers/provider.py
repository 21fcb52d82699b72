"""What a provider's codec owes the frame, and how it gets its credentials.

Decides the interface alone. Input: a config and the environment; output: a provider, or BadConfig that says
what to install or to set.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from importlib.util import find_spec
from typing import NamedTuple, Protocol

from ....config import Config
from ....errors import BadConfig
from .rest import Rest
from .vocabulary import ChainRow, Item, Notice, ProviderBar, Trade

LIBRARIES = ("httpx", "websockets")


class Provider(Protocol):
    """One provider's protocol, without the connection: what to send, and what a frame means."""

    name: str
    rest: Rest
    variant: str
    """Which of its feeds, for people and for the tape's identity."""
    slot: int
    """Length in ns of the time slots that the record tells of trades; 0 = it tells their exact times."""

    async def address(self) -> str:
        """The URL of the stream. Raises NoStream, CredentialsRefused, ConnectionLost."""
        ...

    def hello(self) -> Sequence[str]:
        """What to send when the socket is open, before anything was heard."""
        ...

    def reply(self, notice: Notice) -> Sequence[str]:
        """What to send after a notice."""
        ...

    def announced(self) -> Sequence[Notice]:
        """Notices that this protocol does not send, but that hold once ``hello`` went out."""
        ...

    def read(self, frame: str | bytes) -> list[Item]:
        """What a frame says. Raises Corrupt, CredentialsRefused, NoStream, ConnectionLost."""
        ...

    async def trades(self, symbol: str, since: int, until: int) -> list[Trade]:
        """The record's trades from ``since`` to ``until`` (ns), in order, complete; with slots, whole ones.

        Raises ConnectionLost, NotEntitled, BadData.
        """
        ...

    def bars(self, symbol: str, timeframe: str, since: int, until: int) -> AsyncIterator[list[ProviderBar]]:
        """Closed bars with ``since`` <= start < ``until``, in order, page by page. Raises as ``trades`` does.

        ``timeframe``: one of ``1m``, ``5m``, ``15m``, ``1d``; BadConfig for another.
        """
        ...

    async def chain(self, underlying: str, expiry: str = "") -> list[ChainRow]:
        """Every listed contract with its quote; ``expiry`` as YYYY-MM-DD, empty = all."""
        ...

    def earliest(self, timeframe: str, now: int) -> int:
        """The instant before which the provider keeps no bars of the timeframe; 0 = no such limit known."""
        ...


class Setting(NamedTuple):
    """How to reach a provider."""

    symbols: tuple[str, ...]
    variant: str = ""
    stream_url: str = ""
    rest_url: str = ""


def setting_of(config: Config) -> Setting:
    """How the config says to reach its provider."""
    data = config.data
    return Setting(config.symbols, data.variant, data.stream_url.rstrip("/"), data.rest_url.rstrip("/"))


def require_libraries(name: str) -> None:
    """Raise BadConfig unless what the extra brings is installed."""
    missing = [library for library in LIBRARIES if find_spec(library) is None]
    if missing:
        raise BadConfig(
            f"data.source: {name} needs {' and '.join(missing)}; install it with: "
            f"pip install 'tradingfloor[{name}]'"
        )


def variant_of(name: str, setting: Setting, variants: Sequence[str]) -> str:
    """The feed that the setting names, else the first. Raises BadConfig for one that is not there."""
    if setting.variant and setting.variant not in variants:
        known = " and ".join(variants) or "none"
        raise BadConfig(f"data.variant: {name} has {known}, not {setting.variant!r}")
    return setting.variant or next(iter(variants), "")


def credential(provider: str, *names: str, environ: Mapping[str, str] = os.environ) -> str:
    """The first of these environment variables that is set. Raises BadConfig that names them."""
    for name in names:
        if value := environ.get(name, "").strip():
            return value
    raise BadConfig(f"data.source: {provider} needs its credentials; set {' or '.join(names)}")
