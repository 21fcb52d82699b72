"""A fee schedule in words: one sentence per line, with its newest rates.

Decides the wording only. Input: the lines of a schedule; output: (name, sentence) of each.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ..config import FeeLine, FeeRate

_OF = {"unit": "per unit", "value": "of the value", "commission": "of the commission"}
_ONLY = {
    "buy": "buys",
    "sell": "sells",
    "open": "opening units",
    "close": "closing units",
    "take": "liquidity taken",
    "add": "liquidity added",
}


def explained(lines: Mapping[str, FeeLine]) -> Iterator[tuple[str, str]]:
    """Each line: who pays it, what and on what, at the rates of its newest date."""
    for name, line in lines.items():
        newest = max(row.since for row in line.rates)
        rows = [row for row in line.rates if row.since == newest]
        dates = len({row.since for row in line.rates})
        payers, rates = ", ".join((*line.kinds, *line.symbols)), ", ".join(map(_rate, rows))
        parts = [
            f"{payers}: {rates} {_OF[line.basis]}",
            *(f"{_ONLY[word]} only" for word in (line.side, line.effect, line.liquidity) if word in _ONLY),
        ]
        if line.minimum:
            parts.append(f"at least {_number(line.minimum)} an order")
        if rows[0].maximum:
            parts.append(f"at most {_number(rows[0].maximum)} an order")
        if line.maximum_of_value:
            parts.append(f"at most {_number(line.maximum_of_value)} of the value")
        if line.round_up_to:
            parts.append(f"rounded up to {_number(line.round_up_to)}")
        if newest:
            parts.append(f"since {newest}{f', {dates - 1} earlier' if dates > 1 else ''}")
        yield name, "; ".join(parts)


def _rate(row: FeeRate) -> str:
    volume = f" above {row.volume:,}" if row.volume else ""
    price = f" from price {_number(row.price)}" if row.price else ""
    return f"{_number(row.rate)}{volume}{price}"


def _number(value: float) -> str:
    """The shortest plain decimal, never an exponent."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
