"""Which store, and which engine, a command means; and reading a store that may have no engine.

Decides that the newest store under ``runs/`` is meant when none is named, and how an engine is found: by its
socket beside the store. Reads only. Input: what was typed; output: paths, addresses, readers.
"""

import fcntl
import getpass
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.calendar import NEW_YORK
from tradingfloor.actors.domain.instruments import Instrument, instrument
from tradingfloor.actors.errors import BadConfig, BadData, NotFound, NotRunning, TradingFloorError
from tradingfloor.actors.types import NANOS
from tradingfloor.gateway.addresses import Address, default_address, parse_address
from tradingfloor.storage.queries import Plan, Select
from tradingfloor.storage.readers import SyncReader, read_only_uri

if TYPE_CHECKING:
    from tradingfloor.gateway.client import ControlClient

RUNS = Path("runs")

MAGIC = b"SQLite format 3\0"
"""How every SQLite file begins."""

LISTENING_AFTER = 5.0
"""Seconds that an engine may take from its store to its socket."""


def chosen_store(store: Path | None) -> Path:
    """The store that is meant. Raises NotFound."""
    if store is not None:
        if not store.is_file():
            if holding(store):
                raise starting(store)
            raise NotFound(f"{store}: no such store; the newest one under runs/ is taken without --store")
        return store
    found = sorted(RUNS.glob("*.db"), key=_last_written)
    if not found:
        raise NotFound("no store under runs/; begin one with `tradingfloor run`, or name one with --store")
    return found[-1]


def _last_written(store: Path) -> tuple[float, str]:
    """When a store was written last; its log is written before the file itself."""
    log = store.with_name(f"{store.name}-wal")
    return max(path.stat().st_mtime for path in (store, log) if path.exists()), store.name


@contextmanager
def reading(store: Path) -> Iterator[SyncReader]:
    """A reader of the store. Raises NotFound, StoreMismatch, and BadData when it is none."""
    try:
        with SyncReader.open(store) as reader:
            yield reader
    except sqlite3.DatabaseError as error:
        raise BadData(f"{store}: cannot be read as a store: {error}") from None


def require_store(path: Path) -> None:
    """Raises BadData unless the file is, or once was, a store: an unsound one is one."""
    with path.open("rb") as file:
        magic = file.read(len(MAGIC))
    known = magic == MAGIC
    if known:
        try:
            with closing(sqlite3.connect(read_only_uri(path), uri=True)) as connection:
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            known = "events" in tables
        except sqlite3.DatabaseError:
            return  # whoever verifies it says what is wrong
    if not known:
        raise BadData(f"{path}: not a store of this engine")


@contextmanager
def engine(connect: str | None, store: Path | None) -> "Iterator[ControlClient]":
    """A client of the engine that is meant. Raises NotRunning, NotFound, BadConfig."""
    address = _address(connect, store)
    from tradingfloor.gateway.client import ControlClient  # noqa: PLC0415  brings grpc along

    with ControlClient(address, by=caller()) as client:
        yield client


def caller() -> str:
    """Who asks, for the audit."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"cli:{user}"


def at_rest(connect: str | None, store: Path | None) -> Path | None:
    """The store that is meant, when no engine holds it; None when one does, or an address was named."""
    if connect is not None:
        return None
    try:
        chosen = chosen_store(store)
    except NotFound:
        return None
    return None if holding(chosen) else chosen


def _address(connect: str | None, store: Path | None) -> Address:
    if connect is not None:
        return parse_address(connect)
    try:
        chosen = chosen_store(store)
    except NotFound as error:
        if store is not None:
            raise
        raise NotRunning(f"no engine is running: {error}") from None
    address = default_address(chosen)
    if address.path is not None and not address.path.exists():
        raise not_running(chosen)
    return address


def not_running(store: Path) -> NotRunning:
    """Why no engine answers beside a store, and what helps."""
    holder = holding(store)
    if holder and booting(store):
        return starting(store)
    if holder:
        return NotRunning(
            f"the engine of {store} (process {holder}) does not listen beside its store; "
            "name its address with --connect"
        )
    return NotRunning(f"no engine is running on {store}; run it with its settings and --store {store}")


def starting(store: Path) -> NotRunning:
    """What to say of an engine that has its store, and no ear yet."""
    return NotRunning(f"the engine of {store} is still starting, try again")


def booting(store: Path) -> bool:
    """True while the engine that holds the store has not come so far as to listen."""
    try:
        held_since = _lock_of(store).stat().st_mtime
        if time.time() - held_since < LISTENING_AFTER:
            return True
        with reading(store) as reader:
            newest = reader.run(_newest_boot())
    except (OSError, TradingFloorError):
        return True
    return newest < held_since * NANOS


def _newest_boot() -> Plan[int]:
    ((newest,),) = yield Select("SELECT max(recorded_at) FROM events WHERE kind = 'EngineBooted'")
    return int(newest or 0)


def _lock_of(store: Path) -> Path:
    return store.with_name(f"{store.name}.lock")


def holding(store: Path) -> int:
    """The process that holds the store; 0 = none."""
    try:
        with _lock_of(store).open() as lock:
            holder = int(lock.read() or 0)
            if holder:
                os.kill(holder, 0)  # asked first, so that a store at rest is never locked, even for a moment
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return holder
    except (OSError, ValueError):
        return 0
    return 0


def newest_config(reader: SyncReader) -> Config:
    """The config that was in force last; the defaults when the store has none it can read."""
    try:
        return msgspec.json.decode(reader.configs(limit=1)[0].body, type=Config)
    except (IndexError, msgspec.DecodeError):
        return Config()


def instruments(config: Config) -> dict[str, Instrument]:
    """What is known of each symbol; of one that cannot be told, nothing."""
    found = {}
    for symbol in config.symbols:
        try:
            found[symbol] = instrument(symbol, config.instruments.get(symbol))
        except BadConfig:
            continue
    return found


def zone_of(config: Config) -> ZoneInfo:
    """The time zone in which times are told: that of the first symbol's market."""
    for held in instruments(config).values():
        return ZoneInfo(held.timezone if held.calendar == "24h" else NEW_YORK)
    return ZoneInfo("UTC")
