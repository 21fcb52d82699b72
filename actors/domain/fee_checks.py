"""What is wrong with fee schedules, in words that say how to mend them.

Decides whether the schedule in force exists and whether every line of one's own schedules can be computed
with. Knows no file and no environment. Input: settings that are each of the right type; output: (dotted
path, fault).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from ..config import FeeLine, FeeRate
from .calendar import is_date
from .fee_data import SCHEDULES
from .fee_schedules import FLAT, UNITS
from .fees import COMMISSION, is_commission

Fault = tuple[str, str]

CHOICES: Final = {
    "basis": ("unit", "value", "commission"),
    "side": ("buy", "sell", "both"),
    "effect": ("open", "close", "both"),
    "liquidity": ("take", "add", "both"),
}
LARGEST: Final = {"unit": 1_000.0, "value": 1.0, "commission": 1.0}
"""Largest rate by basis: account currency per unit, or all of what it is a part of."""
LARGEST_AMOUNT: Final = 1_000_000.0
"""Account currency: no minimum, cap or rounding step is larger."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def schedule_faults(chosen: str, own: Mapping[str, Mapping[str, FeeLine]]) -> Iterator[Fault]:
    """What is wrong with the choice of a schedule, and with the user's own ones."""
    shipped = (FLAT, *SCHEDULES)
    for name, lines in own.items():
        path = f"fees.{name}"
        if name in shipped:
            yield path, "this schedule comes with the floor; choose another name for your own"
        if not lines:
            yield path, "needs at least one line, e.g. [fees.NAME.commission]"
        for line_name, line in lines.items():
            for unfit in (word for word in (name, line_name) if not _NAME.fullmatch(word)):
                yield path, f"names are small letters, digits and _, beginning with a letter, got {unfit!a}"
            yield from _line_faults(f"{path}.{line_name}", line)
            if is_commission(line_name) and line.basis == COMMISSION:
                yield f"{path}.{line_name}.basis", "a commission cannot be a part of the commission"
    if chosen not in (*shipped, *own):
        near = get_close_matches(chosen, (*shipped, *own), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join((*shipped, *own))}"
        yield "execution.fees", f"unknown fee schedule {chosen!a}; {hint}"


def _line_faults(path: str, line: FeeLine) -> Iterator[Fault]:
    if not line.kinds:
        yield f"{path}.kinds", "needs at least one"
    for name, allowed, given in (
        *((name, allowed, getattr(line, name)) for name, allowed in CHOICES.items()),
        *(("kinds", tuple(UNITS), kind) for kind in line.kinds),
    ):
        if given not in allowed:
            near = get_close_matches(given, allowed, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield (
                f"{path}.{name}",
                f"expected {', '.join(allowed[:-1])} or {allowed[-1]}, got {given!a}{hint}",
            )
    for name in ("minimum", "round_up_to"):
        if getattr(line, name) > LARGEST_AMOUNT:
            yield f"{path}.{name}", f"expected at most {LARGEST_AMOUNT:,.0f}, got {getattr(line, name)}"
    if line.maximum_of_value > 1:
        yield (
            f"{path}.maximum_of_value",
            f"expected a part of the value, at most 1, got {line.maximum_of_value}",
        )
    if line.basis in LARGEST:
        yield from _rate_faults(f"{path}.rates", line.rates, LARGEST[line.basis])


def _rate_faults(path: str, rates: Sequence[FeeRate], largest: float) -> Iterator[Fault]:
    if not rates:
        yield path, "needs at least one, e.g. [{rate = 0.005}]"
    for row in rates:
        if row.rate > largest:
            yield path, f"expected a rate of at most {largest:,.0f}, got {row.rate}"
        if row.maximum > LARGEST_AMOUNT or row.price > LARGEST_AMOUNT:
            yield path, f"expected prices and maxima of at most {LARGEST_AMOUNT:,.0f}"
        if row.since and not is_date(row.since):
            yield path, f"since is a date written YYYY-MM-DD, got {row.since!a}"
    for since in sorted({row.since for row in rates}):
        of_date = [row for row in rates if row.since == since]
        when = f"of {since}" if since else "without since"
        steps = [(row.volume, row.price) for row in of_date]
        if len(set(steps)) < len(steps):
            yield path, f"two rates {when} begin at the same volume and price"
        if min(row.volume for row in of_date):
            yield path, f"no rate {when} begins at volume 0"
        elif any((volume, 0.0) not in steps for volume, _ in steps):
            yield path, f"the rates {when} need one that begins at price 0 for each volume"
        if len({row.maximum for row in of_date}) > 1:
            yield path, f"the rates {when} have different maxima; an order has one"
