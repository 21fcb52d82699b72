"""Whether this machine can run an engine: one finding per line.

Decides what is looked at, and from when on it is a warning or a failure. Writes one probe file and removes
it. Output: findings, each with what to do where something is to be done.
"""

import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import msgspec

from tradingfloor.actors.domain import calendar_data
from tradingfloor.actors.runtime import machine_code
from tradingfloor.gateway.addresses import default_address

from .stores import RUNS

OK, WARN, FAIL = "ok", "warn", "fail"

CALENDAR_WARNING = 90
"""Days before the end of the holiday table."""

LITTLE_SPACE, NO_SPACE = 1 << 30, 100 << 20
"""Bytes of free disk: a busy year of one symbol fits into the first, a day into the second."""


class Finding(msgspec.Struct, frozen=True):
    """One line of the examination."""

    what: str
    verdict: str
    """``ok`` | ``warn`` | ``fail``."""
    found: str


def examine() -> list[Finding]:
    """Everything, in order; a check that fails unexpectedly is a finding of its own."""
    findings = []
    for what, check in CHECKS:
        try:
            verdict, found = check()
        except Exception as error:  # noqa: BLE001  a doctor does not die of the patient
            verdict, found = FAIL, f"cannot be told: {type(error).__name__}: {error}"
        findings.append(Finding(what, verdict, found))
    return findings


def _python() -> tuple[str, str]:
    return OK, f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _packages() -> tuple[str, str]:
    names = [
        _name(required) for required in distribution("tradingfloor").requires or () if ";" not in required
    ]
    held, missing = [], []
    for name in names:
        try:
            held.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return FAIL, f"missing: {', '.join(missing)}; install them with: pip install tradingfloor"
    return OK, ", ".join(held)


def _name(requirement: str) -> str:
    return next(requirement[:n] for n, c in enumerate(requirement + " ") if not (c.isalnum() or c in "-_."))


def _sqlite() -> tuple[str, str]:
    folder = _place()
    with (
        tempfile.TemporaryDirectory(prefix=".tradingfloor-", dir=folder) as probe,
        closing(sqlite3.connect(Path(probe) / "probe.db")) as connection,
    ):
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("CREATE TABLE probe (number INTEGER) STRICT")
        connection.commit()
    found = f"{sqlite3.sqlite_version}, write-ahead log in {folder}"
    if mode != "wal":
        return FAIL, f"{found}: refused (mode {mode}); keep stores on a local disk"
    return OK, found


def _disk() -> tuple[str, str]:
    folder = _place()
    free = shutil.disk_usage(folder).free
    found = f"{free / (1 << 30):,.1f} GiB free in {folder}"
    if free < LITTLE_SPACE:
        return (FAIL if free < NO_SPACE else WARN), f"{found}; make room, a full disk ends the engine"
    return OK, found


def _socket() -> tuple[str, str]:
    address = default_address(RUNS / "20260101-000000.db")
    if address.path is not None and address.path.parent != RUNS.resolve():
        return OK, f"this folder's path is too long for a socket; engines listen in {address.path.parent}"
    return OK, "engines listen beside their stores, for this user only"


def _calendar() -> tuple[str, str]:
    last = date.fromisoformat(calendar_data.XNYS_LAST)
    left = (last - datetime.now(UTC).date()).days
    found = f"XNYS holidays known from {calendar_data.XNYS_FIRST} to {last}"
    if left < CALENDAR_WARNING:
        return WARN, f"{found}, {left} days left; after it every weekday counts as a session: upgrade"
    return OK, found


def _kernels() -> tuple[str, str]:
    folder = machine_code.folder()
    known = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    if not os.access(known, os.W_OK):
        return WARN, f"{folder} cannot be written: kernels are compiled at every start; set NUMBA_CACHE_DIR"
    compiled = folder.exists() and any(folder.rglob("*.nbc"))
    state = "compiled" if compiled else "empty, the first run compiles for some seconds"
    return OK, f"{folder}: {state}"


def _terminal() -> tuple[str, str]:
    if not sys.stdout.isatty():
        return OK, "none; output is for a pipe or a file"
    columns = shutil.get_terminal_size().columns
    found = f"{os.environ.get('TERM', 'unknown')}, {columns} columns, {sys.stdout.encoding}"
    if columns < 80:
        return WARN, f"{found}; the live table wants 80 columns"
    return OK, found


def _clock() -> tuple[str, str]:
    now = datetime.now(UTC)
    found = f"{now:%Y-%m-%d %H:%M:%S} UTC, local zone {time.strftime('%Z')}"
    built = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    if now.timestamp() < built - 86_400:
        return WARN, f"{found}: earlier than this build; set the clock"
    return OK, found


def _place() -> Path:
    """The folder where stores are kept, or the one where it would be made."""
    return RUNS if RUNS.is_dir() else Path()


CHECKS: Sequence[tuple[str, Callable[[], tuple[str, str]]]] = (
    ("python", _python),
    ("packages", _packages),
    ("sqlite", _sqlite),
    ("disk", _disk),
    ("gateway", _socket),
    ("calendar", _calendar),
    ("kernels", _kernels),
    ("terminal", _terminal),
    ("clock", _clock),
)
