"""What an order pays: commission, clearing, exchange and regulatory fees, in exact integers.

Decides the fee of an order from its executions, so that minima and caps hold for the order and not for
each part of it, and the most that an order may come to be charged. Knows no order book, no clock and no
setting: the lines come from ``fee_schedules``. Money is int nanos, quantities int units,
days proleptic ordinals (``date.toordinal``) of the trade date in New York.

A schedule is a table of lines. Each line charges its own part of an order: the exact sum over its
executions, at least its minimum, at most its caps, rounded up once. The fee of a fill is what the order
owes with it less what it owed before: however an order is split, its fills pay one order's fee.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from ..types import NANOS
from .calendar import NEW_YORK
from .money import fee_up, to_tick_up

COMMISSION: Final = "commission"
"""Lines with this name, or one that begins with it and ``_``, are what basis ``commission`` is a part of."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Execution(msgspec.Struct, frozen=True):
    """One fill of an order, as far as fees depend on it."""

    day: int
    sign: int
    """+1 = bought, -1 = sold."""
    opened: int
    """Units that opened or added to a position."""
    closed: int
    price: int
    multiplier: int
    takes: bool
    """It took liquidity; a resting limit order adds it."""
    volume: int
    """Units traded before it in its calendar month."""


class Tier(msgspec.Struct, frozen=True):
    """The rates from one volume of the month on; numerators over the line's denominator."""

    volume: int
    bands: tuple[tuple[int, int], ...]
    """(fill price from which on, rate), ascending."""

    def rate(self, price: int) -> int:
        """The rate at a fill price."""
        found = self.bands[0][1]
        for least, rate in self.bands:
            if price < least:
                break
            found = rate
        return found


class Period(msgspec.Struct, frozen=True):
    """The rates from one trade date on."""

    since: int
    tiers: tuple[Tier, ...]
    maximum: int | None
    """Cap of an order, nanos."""
    dearest: int
    """Highest rate of this period and all later ones."""
    loosest: int | None
    """Highest cap of this period and all later ones."""

    def amount(self, price: int, at: int, units: int) -> int:
        """Sum of units x rate; the units are counted on from ``at``, the volume of the month before them."""
        left, total = units, 0
        for tier, following in zip(self.tiers, (*self.tiers[1:], None), strict=True):
            here = left if following is None else min(left, max(0, following.volume - at))
            total += here * tier.rate(price)
            at, left = at + here, left - here
        return total


class Line(msgspec.Struct, frozen=True):
    """One line of a schedule, ready to be computed with."""

    name: str
    side: int
    """+1 = buys only, -1 = sells only, 0 = both."""
    opens: bool
    closes: bool
    takes: bool
    adds: bool
    basis: str
    denominator: int
    periods: tuple[Period, ...]
    minimum: int
    of_value: tuple[int, int] | None
    """Cap as a part of the value: numerator, denominator."""
    step: int
    """What the charge is rounded up to, nanos."""

    def units(self, execution: Execution) -> int:
        """How many units of an execution the line charges."""
        if self.side not in {0, execution.sign} or not (self.takes if execution.takes else self.adds):
            return 0
        return execution.opened * self.opens + execution.closed * self.closes

    def period(self, day: int) -> Period:
        """The rates that hold on a day; before the first date the first ones."""
        found = self.periods[0]
        for period in self.periods:
            if period.since > day:
                break
            found = period
        return found

    def fee(self, executions: Iterable[Execution], commission: int) -> int:
        """The charge for an order after these executions; never falls when one is added."""
        exact = value = rate = 0
        caps: list[int | None] = []
        for execution in executions:
            units = self.units(execution)
            if not units:
                continue
            period = self.period(execution.day)
            caps.append(period.maximum)
            # A fill through flat closes before it opens, so what it opens is counted on from there.
            at = execution.volume + (0 if self.closes else execution.closed)
            amount = period.amount(execution.price, at, units)
            value += units * execution.price * execution.multiplier
            rate = max(rate, -(-amount // units))
            exact += amount * execution.price * execution.multiplier if self.basis == "value" else amount
        if not caps:
            return 0
        if self.basis == COMMISSION:
            exact = rate * commission
        return self._bounded(exact, value, loosest(caps))

    def most(self, day: int, sign: int, quantity: int, value: int, commission: int) -> int:
        """What ``fee`` cannot exceed from ``day`` on, whatever price, volume or liquidity the fills have."""
        if self.side not in {0, sign} or not quantity:
            return 0
        period = self.period(day)
        base = {"unit": quantity, "value": value, COMMISSION: commission}[self.basis]
        return self._bounded(period.dearest * base, value, period.loosest)

    def _bounded(self, exact: int, value: int, maximum: int | None) -> int:
        charge = max(fee_up(exact, self.denominator), self.minimum)
        if maximum is not None:
            charge = min(charge, maximum)
        if self.of_value is not None:
            charge = min(charge, fee_up(value * self.of_value[0], self.of_value[1]))
        return to_tick_up(charge, self.step)


class Fees(msgspec.Struct, frozen=True):
    """What orders in one instrument pay."""

    unit: str
    lines: tuple[Line, ...] = ()

    def order(self, executions: Sequence[Execution]) -> int:
        """The fee of an order after these executions, nanos."""
        return sum(self.by_line(executions).values())

    def by_line(self, executions: Sequence[Execution]) -> dict[str, int]:
        """The same by line; lines that charge nothing are left in."""
        found: dict[str, int] = {}
        commission = 0
        for line in self.lines:
            found[line.name] = line.fee(executions, commission)
            commission += found[line.name] if is_commission(line.name) else 0
        return found

    def most(self, day: int, sign: int, quantity: int, value: int) -> int:
        """The most that an order is charged which fills from ``day`` on.

        It fills at most ``quantity`` units, which are worth at most ``value`` nanos.
        """
        total = commission = 0
        for line in self.lines:
            charge = line.most(day, sign, quantity, value, commission)
            total += charge
            commission += charge if is_commission(line.name) else 0
        return total


class FeeLedger(msgspec.Struct):
    """What the next fee depends on: the executions of orders that still work, the volume of the month."""

    orders: dict[bytes, tuple[Execution, ...]] = {}
    volumes: dict[str, tuple[int, int]] = {}
    """Unit -> (month, units traded in it)."""

    def copy(self) -> "FeeLedger":
        """One that can be changed for itself."""
        return FeeLedger(dict(self.orders), dict(self.volumes))

    def volume(self, unit: str, month: int) -> int:
        """Units traded so far in a month."""
        of, units = self.volumes.get(unit, (month, 0))
        return units if of == month else 0

    def add(self, unit: str, order_id: bytes, execution: Execution) -> tuple[Execution, ...]:
        """Book an execution, its volume filled in; returns all executions of its order."""
        month = month_of(execution.day)
        before = self.volume(unit, month)
        execution = msgspec.structs.replace(execution, volume=before)
        self.volumes[unit] = (month, before + execution.opened + execution.closed)
        executions = (*self.orders.get(order_id, ()), execution)
        self.orders[order_id] = executions
        return executions

    def forget(self, order_id: bytes) -> None:
        """The order is over."""
        self.orders.pop(order_id, None)


def trade_date(ts: int) -> int:
    """The day of an instant (ns UTC) in New York."""
    return (_EPOCH + timedelta(seconds=ts // NANOS)).astimezone(ZoneInfo(NEW_YORK)).toordinal()


@lru_cache(maxsize=64)
def month_of(day: int) -> int:
    """A number for each calendar month, ascending."""
    found = date.fromordinal(day)
    return found.year * 12 + found.month


def is_commission(name: str) -> bool:
    """Whether a line of that name belongs to the commission."""
    return name == COMMISSION or name.startswith(f"{COMMISSION}_")


def loosest(caps: Sequence[int | None]) -> int | None:
    """The highest of some caps; None, no cap at all, is the highest."""
    known = [cap for cap in caps if cap is not None]
    return max(known) if len(known) == len(caps) else None
