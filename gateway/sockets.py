"""The file of a unix socket: made so that nobody else can connect, never taken from a live server.

Decides how it appears (bound in a private directory, made 0600, moved to its name at once) and when
an old one may go (it answers nobody). Knows no gRPC: somebody else binds at the path it gives.
"""

import os
import shutil
import socket
import stat
import tempfile
from pathlib import Path

from tradingfloor.actors.errors import BadConfig

from .addresses import private_directory


class SocketFile:
    """One socket file from before its bind to its removal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = 0
        self._staging: Path | None = None

    def stage(self) -> Path:
        """The path to bind at; raises BadConfig when the name is taken or its directory unsafe."""
        directory = self._path.parent
        if directory == private_directory():
            _own(directory)
        if not directory.is_dir():
            raise BadConfig(f"unix:{self._path}: the directory does not exist")
        _check_free(self._path)
        try:
            self._staging = Path(tempfile.mkdtemp(prefix=".", dir=directory))
        except OSError as error:
            raise BadConfig(f"unix:{self._path}: {error.strerror}") from None
        return self._staging / "s"

    def publish(self) -> None:
        """Give the bound socket its name, replacing a dead one."""
        assert self._staging is not None
        bound = self._staging / "s"
        bound.chmod(0o600)
        self._inode = bound.stat().st_ino
        bound.rename(self._path)
        self._clear()

    def remove(self) -> None:
        """Take the name away again, if it is still this socket's; harmless more than once."""
        self._clear()
        try:
            if self._inode and self._path.stat().st_ino == self._inode:
                self._path.unlink()
        except FileNotFoundError:
            pass
        self._inode = 0

    def _clear(self) -> None:
        if self._staging is not None:
            shutil.rmtree(self._staging, ignore_errors=True)
            self._staging = None


def _own(directory: Path) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise BadConfig(f"{directory}: must be a directory of this user alone (mode 0700)")


def _check_free(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise BadConfig(f"unix:{path}: exists and is no socket; move it away")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return
        except OSError as error:
            raise BadConfig(f"unix:{path}: exists and cannot be tried ({error.strerror})") from None
    raise BadConfig(f"unix:{path}: already served by another engine")
