"""A file that is there whole or not at all.

Decides the name that it is written under first. Knows no content. Input: a target and what writes it; output:
the file.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tradingfloor.actors.errors import TradingFloorError


def write_whole(target: Path, write: Callable[[Path], object]) -> None:
    """Have ``write`` fill another file, which then takes the target's name and place.

    Raises TradingFloorError when it cannot, and nothing else: the thread it runs on has other work.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        write(part)
        part.replace(target)
    except Exception as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise TradingFloorError(f"{type(error).__name__}: {error}") from error
