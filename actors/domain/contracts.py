"""Listed US option contracts: what identifies one, and its OCC symbol.

Decides the key of a contract and what its root says about underlying and exercise. Knows no price, no
quote and no calendar. Input: OCC symbols or the four parts of the key; output: OptionContract.

An OCC symbol is 21 characters: the root padded with blanks to 6, the expiry as YYMMDD, C or P, and the
strike in thousandths with 8 digits (OCC, Options Symbology Initiative, 2010).
"""

import re
from datetime import date
from enum import Enum
from typing import Final

import msgspec

from ..types import NANOS

STRIKE_UNIT: Final = NANOS // 1000
"""Nanos in one unit of the strike as OCC symbols write it."""
MAX_STRIKE: Final = 99_999_999 * STRIKE_UNIT

OF_INDEX: Final = {
    **dict.fromkeys(("SPX", "SPXW"), "SPX"),
    **dict.fromkeys(("NDX", "NDXP"), "NDX"),
    **dict.fromkeys(("RUT", "RUTW"), "RUT"),
    **dict.fromkeys(("VIX", "VIXW"), "VIX"),
    "XSP": "XSP",
}
"""Roots of European options and the index each of them settles on."""

_ROOT: Final = re.compile(r"[A-Z][A-Z0-9]{0,5}")
_OCC: Final = re.compile(r"(?=.{21}\Z)([A-Z][A-Z0-9]{0,5}) *([0-9]{6})([CP])([0-9]{8})")


class Right(str, Enum):
    """What the holder may do at the strike."""

    CALL = "CALL"
    PUT = "PUT"

    @property
    def sign(self) -> int:
        """+1 for a call, -1 for a put."""
        return 1 if self is Right.CALL else -1


class Exercise(str, Enum):
    """When the holder may do it."""

    AMERICAN = "AMERICAN"
    EUROPEAN = "EUROPEAN"


class OptionContract(msgspec.Struct, frozen=True, order=True, gc=False):
    """One listed contract. Sorts by root, expiry, strike, and calls before puts.

    The root is part of the key: on third Fridays SPX (settled in the morning) and SPXW (in the
    afternoon) share date and strike.
    """

    root: str
    expiry: int
    """Date of expiry as a proleptic ordinal (``date.toordinal``)."""
    strike: int
    """Nanos; a positive multiple of a thousandth of the currency."""
    right: Right

    @property
    def underlying(self) -> str:
        """The symbol it is an option on: the index of a known root, else the root itself."""
        return OF_INDEX.get(self.root, self.root)

    @property
    def exercise(self) -> Exercise:
        """European for the known index roots, else American."""
        return Exercise.EUROPEAN if self.root in OF_INDEX else Exercise.AMERICAN

    @property
    def calendar(self) -> str:
        """Name of the calendar it trades by: index options close a quarter of an hour later."""
        return "XCBO" if self.root in OF_INDEX else "XNYS"

    @property
    def occ(self) -> str:
        """The 21 characters of its OCC symbol."""
        expires = date.fromordinal(self.expiry)
        return f"{self.root:<6}{expires:%y%m%d}{self.right.value[0]}{self.strike // STRIKE_UNIT:08d}"


def contract(root: str, expiry: int, strike: int, right: Right) -> OptionContract:
    """A contract of checked parts. ValueError when an OCC symbol cannot say one of them exactly."""
    if not _ROOT.fullmatch(root):
        raise ValueError(f"not an option root: {root!r}")
    if not 2000 <= date.fromordinal(expiry).year < 2100:
        raise ValueError(f"expiry {date.fromordinal(expiry)} is outside 2000-2099")
    if not 0 < strike <= MAX_STRIKE or strike % STRIKE_UNIT:
        raise ValueError(f"strike {strike} nanos is no multiple of 0.001 from 0.001 to 99999.999")
    return OptionContract(root, expiry, strike, right)


def parse_occ(symbol: str) -> OptionContract:
    """The contract of an OCC symbol. ValueError on anything else."""
    match = _OCC.fullmatch(symbol)
    if match is None:
        raise ValueError(f"not an OCC option symbol: {symbol!r}")
    root, day, right, strike = match.groups()
    expiry = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:])).toordinal()
    return contract(root, expiry, int(strike) * STRIKE_UNIT, Right.CALL if right == "C" else Right.PUT)
