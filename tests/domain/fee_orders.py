"""Orders for the tests of fees, and an oracle that counts them unit by unit in fractions."""

from datetime import date
from fractions import Fraction
from math import ceil

from tradingfloor.actors.domain.fee_schedules import fees_of
from tradingfloor.actors.domain.fees import Execution, FeeLedger
from tradingfloor.actors.types import NANOS

CONTRACT = 100
"""Multiplier of an option."""


def day(text):
    return date.fromisoformat(text).toordinal()


def dollars(text):
    """Decimal text in nanos, exactly."""
    return int(Fraction(text) * NANOS)


def execution(quantity, price, on="2024-07-01", side="buy", *, closes=0, takes=True, multiplier=1):
    return Execution(
        day=day(on),
        sign=1 if side == "buy" else -1,
        opened=quantity - closes,
        closed=closes,
        price=dollars(price),
        multiplier=multiplier,
        takes=takes,
        volume=0,
    )


def booked(executions, *, unit="share", volume=0):
    """The executions of one order as a ledger hands them out, after ``volume`` units in their months."""
    ledger = FeeLedger()
    found = ()
    for one in executions:
        if volume and not ledger.orders:
            ledger.add(unit, b"before", execution(volume, "1", date.fromordinal(one.day).isoformat()))
            ledger.forget(b"before")
        found = ledger.add(unit, b"order", one)
    return found


def charged(lines, kind, symbol, *executions, volume=0):
    """Nanos by line for one order."""
    fees = fees_of(lines, kind, symbol)
    return fees.by_line(booked(executions, unit=fees.unit, volume=volume))


def exact(amount):
    return Fraction(str(amount))


def oracle(lines, kind, symbol, executions):
    """What the settings say an order owes: every unit looked up by itself."""
    owed, commission = {}, 0
    ordered = sorted(lines.items(), key=lambda item: not item[0].startswith("commission"))
    for name, line in ordered:
        if kind not in line.kinds or (line.symbols and symbol not in line.symbols):
            continue
        owed[name] = _line(line, executions, commission)
        commission += owed[name] if name.startswith("commission") else 0
    return owed


def _line(line, executions, commission):
    total, value, caps, part = Fraction(0), Fraction(0), [], Fraction(0)
    for one in executions:
        if line.side != "both" and (line.side == "buy") != (one.sign > 0):
            continue
        if line.liquidity != "both" and (line.liquidity == "take") != one.takes:
            continue
        units = {"both": one.opened + one.closed, "open": one.opened, "close": one.closed}[line.effect]
        known = sorted({row.since for row in line.rates})
        since = max((s for s in known if not s or day(s) <= one.day), default=known[0])
        rows = [row for row in line.rates if row.since == since]
        worth = Fraction(one.price, NANOS) * one.multiplier
        first = one.volume + (one.closed if line.effect == "open" else 0)
        for number in range(first, first + units):
            reached = [row for row in rows if row.volume <= number]
            most = max(row.volume for row in reached)
            found = max(
                (row for row in reached if row.volume == most and exact(row.price) * NANOS <= one.price),
                key=lambda row: row.price,
            )
            total += exact(found.rate) * (worth if line.basis == "value" else 1)
            part = max(part, exact(found.rate))
            value += worth
            caps.append(exact(rows[0].maximum) or None)
    if not caps:
        return 0
    if line.basis == "commission":
        total = part * commission / NANOS
    owed = max(Fraction(ceil(total * NANOS)), exact(line.minimum) * NANOS)
    if None not in caps:
        owed = min(owed, max(caps) * NANOS)
    if line.maximum_of_value:
        owed = min(owed, Fraction(ceil(exact(line.maximum_of_value) * value * NANOS)))
    step = exact(line.round_up_to) * NANOS or Fraction(1)
    return int(ceil(owed / step) * step)
