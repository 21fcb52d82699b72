"""A provider's bars in a file of one's own: chunk by chunk, going on where it was cut.

Decides what lies on disk at every moment: ``FILE.part`` grows, ``FILE.manifest.json`` says how many of its
bytes count and up to when they are complete, and only a complete download takes the name ``FILE``. Bars
outside the sessions of the calendar are left out. Knows no provider and no command line. Input: a Provider,
a symbol, a range; output: a CSV file that ``replay:`` reads, and its manifest.
"""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ....domain.calendar import Calendar
from ....domain.money import format_nanos
from ....errors import BadConfig, BadData
from ....types import NANOS
from .provider import Provider
from .vocabulary import ProviderBar

MINUTE, DAY = 60 * NANOS, 86_400 * NANOS
LENGTHS = {"1m": MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "1d": DAY}
"""Timeframes that can be downloaded; the length of a daily bar is not used."""
SESSIONS = {"1m": 10, "5m": 40, "15m": 100, "1d": 1000}
"""Sessions per chunk: what is lost at most when a download is cut."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a downloaded file is, and how far it has come."""

    version: int = 1
    provider: str
    symbol: str
    timeframe: str
    first: str
    """First date asked for."""
    last: str
    """Last date that is complete; empty = none yet."""
    complete: bool = False
    """True when the file holds everything from ``first`` to ``last``."""
    rows: int = 0
    bytes: int = 0
    """Bytes of the file, or of its part, that count."""
    left_out: int = 0
    """Rows outside the sessions, repeated, or impossible in themselves."""
    sha256: str = ""
    """Of the complete file."""


class Wanted(NamedTuple):
    """What to download."""

    symbol: str
    timeframe: str
    first: date
    last: date


def manifest_of(path: Path) -> Manifest | None:
    """What a downloaded file says of itself; None = there is none. Raises BadData for an unreadable one."""
    manifest = path.with_name(path.name + ".manifest.json")
    try:
        return msgspec.json.decode(manifest.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        raise BadData(f"{manifest}: cannot be read; remove it to download anew") from None


class Download:
    """One file on its way."""

    def __init__(self, provider: Provider, market: Calendar, wanted: Wanted, path: Path, now: int) -> None:
        """Raises BadConfig when the provider cannot have it, BadData when the manifest cannot be read."""
        if wanted.timeframe not in LENGTHS:
            raise BadConfig(f"timeframe: {wanted.timeframe!r} is none of {', '.join(LENGTHS)}")
        self._provider = provider
        self._market = market
        self._wanted = wanted
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._manifest = path.with_name(path.name + ".manifest.json")
        self._sessions = _sessions(market, wanted, now)
        self._name = f"{provider.name} {provider.variant}".strip()
        self.requested = 0
        """Chunks that were fetched by this run."""
        earliest = provider.earliest(wanted.timeframe, now)
        opens = [session.open for session in self._sessions]
        if opens and opens[0] < earliest:
            begin = next((at for at in opens if at >= earliest), None)
            found = f"from {_day(begin)} on" if begin else "of later days"
            raise BadConfig(
                f"--from: {provider.name} has {wanted.timeframe} bars {found}, not of {wanted.first}"
            )

    async def run(self, progress: Callable[[Manifest], None] = lambda _held: None) -> Manifest:
        """Fetch what is missing. Raises what the provider raises; what was fetched stays and counts."""
        held = self._begin()
        if held.complete:
            return held
        left = [each for each in self._sessions if not held.last or _iso(each.ordinal) > held.last]
        size = SESSIONS[self._wanted.timeframe]
        for at in range(0, len(left), size):
            chunk = left[at : at + size]
            rows = await self._fetch(chunk[0].ordinal, chunk[-1].ordinal)
            held = self._append(held, rows, _iso(chunk[-1].ordinal))
            progress(held)
        return self._finish(held)

    def _begin(self) -> Manifest:
        """What is there already, brought into a state to go on from."""
        held = self._read()
        last = _iso(self._sessions[-1].ordinal) if self._sessions else ""
        if held is not None and held.complete:
            if held.first <= self._wanted.first.isoformat() and last <= held.last and self._intact(held):
                return held
            if held.first == self._wanted.first.isoformat() and self._intact(held):
                shutil.copyfile(self._path, self._part)
                return msgspec.structs.replace(held, complete=False, sha256="")
            held = None
        if held is not None and held.first == self._wanted.first.isoformat() and self._cut_to(held.bytes):
            return held
        header = _header(self._wanted.timeframe)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        _write(self._part, header, "wb")
        fresh = Manifest(
            provider=self._name,
            symbol=self._wanted.symbol,
            timeframe=self._wanted.timeframe,
            first=self._wanted.first.isoformat(),
            last="",
            bytes=len(header),
        )
        self._say(fresh)
        return fresh

    def _read(self) -> Manifest | None:
        held = manifest_of(self._path)
        if held is None:
            if self._path.exists():
                raise BadData(f"{self._path}: exists and is no download; name another file with --out")
            return None
        asked = (self._name, self._wanted.symbol, self._wanted.timeframe)
        if (held.provider, held.symbol, held.timeframe) != asked:
            was = f"{held.provider} {held.symbol} {held.timeframe}"
            raise BadData(f"{self._path}: is a download of {was}; name another file with --out")
        return held

    def _intact(self, held: Manifest) -> bool:
        return self._path.exists() and sha256(self._path.read_bytes()).hexdigest() == held.sha256

    def _cut_to(self, size: int) -> bool:
        """Take off what was written after the manifest; False when less is there than it says."""
        if not self._part.exists() or self._part.stat().st_size < size:
            return False
        os.truncate(self._part, size)
        return True

    async def _fetch(self, first: int, last: int) -> list[ProviderBar]:
        begin, end = self._market.session(first), self._market.session(last)
        assert begin is not None
        assert end is not None
        # A daily bar is stamped by midnight, before its session.
        since = begin.open - self._market.open_offset if self._wanted.timeframe == "1d" else begin.open
        rows: list[ProviderBar] = []
        wanted = self._wanted
        async for page in self._provider.bars(wanted.symbol, wanted.timeframe, since, end.close):
            rows += page
        self.requested += 1
        return rows

    def _append(self, held: Manifest, rows: list[ProviderBar], last: str) -> Manifest:
        lines, newest = [], 0
        for row in rows:
            if row.start > newest and self._belongs(row):
                lines.append(self._line(row))
                newest = row.start
        text = "".join(lines).encode()
        _write(self._part, text, "ab")
        grown = msgspec.structs.replace(
            held,
            last=last,
            rows=held.rows + len(lines),
            bytes=held.bytes + len(text),
            left_out=held.left_out + len(rows) - len(lines),
        )
        self._say(grown)
        return grown

    def _belongs(self, row: ProviderBar) -> bool:
        if not (row.low <= row.open <= row.high and row.low <= row.close <= row.high):
            return False
        if self._wanted.timeframe == "1d":
            return self._market.session(_ordinal(self._market, row.start)) is not None
        session = self._market.session_at(row.start)
        return session is not None and row.start < session.close

    def _line(self, row: ProviderBar) -> str:
        if self._wanted.timeframe == "1d":
            at = _iso(_ordinal(self._market, row.start))
        else:
            at = f"{datetime.fromtimestamp(row.start // NANOS, UTC):%Y-%m-%dT%H:%M:%SZ}"
        prices = ",".join(format_nanos(price) for price in (row.open, row.high, row.low, row.close))
        return f"{at},{prices},{row.volume}\n"

    def _finish(self, held: Manifest) -> Manifest:
        digest = sha256(self._part.read_bytes()).hexdigest()
        self._part.replace(self._path)
        done = msgspec.structs.replace(held, complete=True, sha256=digest)
        self._say(done)
        return done

    def _say(self, held: Manifest) -> None:
        fresh = self._manifest.with_name(self._manifest.name + ".tmp")
        _write(fresh, msgspec.json.format(msgspec.json.encode(held)) + b"\n", "wb")
        fresh.replace(self._manifest)


class _Span(NamedTuple):
    ordinal: int
    open: int


def _sessions(market: Calendar, wanted: Wanted, now: int) -> list[_Span]:
    """The sessions of the range that are over. Raises BadConfig when there is none."""
    days = range(wanted.first.toordinal(), wanted.last.toordinal() + 1)
    over = [
        _Span(session.ordinal, session.open)
        for session in map(market.session, days)
        if session is not None and session.close < now
    ]
    if not over:
        raise BadConfig(f"--from: no session from {wanted.first} to {wanted.last} is over")
    return over


def _header(timeframe: str) -> bytes:
    return f"{'date' if timeframe == '1d' else 'timestamp'},open,high,low,close,volume\n".encode()


def _write(path: Path, data: bytes, mode: str) -> None:
    """Write and wait until the disk has it."""
    with path.open(mode) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _iso(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _day(ts: int) -> str:
    return datetime.fromtimestamp(ts // NANOS, UTC).date().isoformat()


def _ordinal(market: Calendar, ts: int) -> int:
    """The date of a daily bar that is stamped by midnight, of the exchange or of UTC, or by its open."""
    local = datetime.fromtimestamp(ts // NANOS, ZoneInfo(market.timezone))
    # Midnight UTC is the evening before in New York.
    return datetime.fromtimestamp(ts // NANOS, UTC).toordinal() if ts % DAY == 0 else local.toordinal()
