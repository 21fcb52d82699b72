"""Where an engine is reached: the text of an address, the default one, and which ones are safe.

Decides the forms (``unix:PATH``, ``HOST:PORT``, ``[V6]:PORT``), that the default is a socket beside
the store, and that without TLS and tokens only this machine may connect. Opens nothing.
"""

import os
from hashlib import blake2b
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from tradingfloor.actors.errors import BadConfig

LONGEST_SOCKET: Final = 103
"""Bytes in the path of a unix socket (macOS; Linux allows 107)."""

STAGING: Final = "/.12345678/s"
"""Room for the private directory in which a socket is bound before it is moved to its name."""


class Address(msgspec.Struct, frozen=True):
    """A unix socket (``path`` is set) or a TCP endpoint."""

    path: Path | None = None
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def target(self) -> str:
        """The address as gRPC takes it, for both ends: it reads %-escapes in a socket's path."""
        return str(self) if self.path is None else f"unix:{quote(str(self.path))}"

    @property
    def local(self) -> bool:
        """True when only this machine can reach it."""
        if self.path is not None or self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """Read ``unix:PATH``, ``HOST:PORT`` or ``[V6]:PORT``; raises BadConfig."""
    if text.startswith("unix:"):
        raw = text.removeprefix("unix:").removeprefix("//")
        if not raw:
            raise BadConfig(f"address {text!r}: no path after unix:")
        return Address(path=Path(raw).absolute())
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not bare or ("[" not in host and ":" in host):
        raise BadConfig(f"address {text!r}: write unix:PATH, HOST:PORT or [IPV6]:PORT")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise BadConfig(f"address {text!r}: {port!r} is no port (0 to 65535)")
    return Address(host=bare, port=int(port))


def default_address(store: Path) -> Address:
    """The unix socket ``<store>.sock``; the same for the engine and every client of that store.

    A path too long for a socket gives one in the user's own directory under /tmp, named by the
    store's path.
    """
    resolved = store.resolve()
    path = resolved.with_name(f"{resolved.name}.sock")
    if fits(path):
        return Address(path=path)
    name = blake2b(os.fsencode(resolved), digest_size=8).hexdigest()
    return Address(path=private_directory() / f"{name}.sock")


def private_directory() -> Path:
    """Where sockets of stores with long paths are; made by the server, for this user only."""
    # Not TMPDIR: the engine and its clients may run with different ones.
    return Path(f"/tmp/tradingfloor-{os.getuid()}")  # noqa: S108 (its owner and mode are checked)


def fits(path: Path) -> bool:
    """True when a unix socket can be bound beside ``path`` and moved there."""
    longest = max(len(os.fsencode(path)), len(os.fsencode(path.parent)) + len(STAGING))
    return longest <= LONGEST_SOCKET


def require_local(address: Address) -> None:
    """Refuse, by BadConfig, to serve where others than this machine could connect."""
    if not address.local:
        raise BadConfig(f"address {address}: a public bind needs TLS and tokens; use 127.0.0.1 or unix:PATH")
    if address.path is not None and not fits(address.path):
        raise BadConfig(f"address {address}: longer than the {LONGEST_SOCKET} bytes a socket's path may have")
