"""What all sections of the config have in common, and the numbers that their values may be.

Decides that unknown fields are refused. Knows no setting.
"""

from typing import Annotated

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
BarCount = Annotated[int, msgspec.Meta(ge=1, le=32)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Whole = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Root of all config sections."""
