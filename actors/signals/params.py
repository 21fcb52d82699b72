"""What of the detectors can be set, with its unit and default.

Decides which settings exist and which values are refused. Knows no kernel.
"""

from typing import Annotated, Literal

import msgspec

Bars = Annotated[int, msgspec.Meta(ge=1, le=32)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the detectors; the defaults are the definitions."""

    swing_left: Annotated[int, msgspec.Meta(ge=0, le=31)] = 4
    """Bars before a swing in its window."""
    swing_right: Bars = 5
    """Bars after a swing in its window: it is known that much later."""
    break_by: Literal["close", "wick"] = "close"
    """What takes a level: a close beyond it or a trade."""
    fail_bars: Bars = 2
    """Bars within which a close back through the level makes a break a failed one."""
    late_bars: Bars = 2
    """Bars within which a close back makes a pierced pool a late sweep."""
    sweep_depth: NotNegative = 0.05
    """ATRs beyond a pool that a sweep reaches at least; never less than a tick."""
    equal_tolerance: NotNegative = 0.1
    """ATRs within which swings are equal highs or lows."""
    opening_range: NotNegative = 30.0
    """Minutes of a session whose high and low are pools; 0 = none."""
    stop_mode: Literal["structure", "inside"] = "structure"
    """Stop of 2-1-2 and 3-1-2: beyond the bar before the inside ones, or the newest inside one."""
