"""``scan --index``: the VIX-style index of a chain in a file, with everything that led to it.

Decides the words. Knows nothing of the procedure (see ``domain.volatility_index``). Input: typed options;
output: text or JSON.
"""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from tradingfloor.actors.domain.volatility_index import (
    FARTHEST_DAYS,
    NEAREST_DAYS,
    NoIndex,
    TermVariance,
    VolatilityIndex,
    select_terms,
    volatility_index,
)
from tradingfloor.actors.errors import BadData
from tradingfloor.actors.types import NANOS

from .chain_file import instant, read_terms
from .figures import print_json


def scan_index(
    chain: Path, now: str | None, rate: float | None, rate_next: float | None, *, json: bool
) -> int:
    """Print the index at ``now`` and its terms; returns the exit code.

    Raises BadParameter on options that are missing or no instant or rate, NotFound and BadData on the file.
    """
    at = _now(now)
    near_rate = _rate(rate, "--rate")
    next_rate = near_rate if rate_next is None else _rate(rate_next, "--rate-next")
    terms = read_terms(chain)
    try:
        near, following = select_terms([term.settlement for term in terms], at)
        chosen = (terms[near]._replace(rate=near_rate), terms[following]._replace(rate=next_rate))
        found = volatility_index(chosen, at)
    except NoIndex as refused:
        raise BadData(f"{chain}: no VIX-style index ({refused.reason.value}): {refused}") from None
    if json:
        print_json(_as_json(found))
    else:
        _show(found, chain, at)
    return 0


def _now(text: str | None) -> int:
    if text is None:
        raise typer.BadParameter("is needed with --index: the instant of the quotes", param_hint="--now")
    try:
        return instant(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no instant with its UTC offset: write 2026-11-25T10:00-05:00", param_hint="--now"
        ) from None


def _rate(value: float | None, option: str) -> float:
    if value is None:
        raise typer.BadParameter(
            "is needed with --index: the risk-free rate, 0.045 for 4.5 %", param_hint=option
        )
    if not abs(value) < 1.0:
        raise typer.BadParameter(f"{value:g} is no yearly rate: write 0.045 for 4.5 %", param_hint=option)
    return value


def term_rule(found: VolatilityIndex) -> str:
    """One line: whether the terms keep the rule, and what the index is when they do not."""
    if found.within_rule:
        return f"within: both terms are more than {NEAREST_DAYS} and less than {FARTHEST_DAYS} days away"
    days = f"{found.near.days:.1f} and {found.next.days:.1f} days"
    how = "extrapolated to 30 days" if found.extrapolated else "interpolated to 30 days"
    rule = f"not both more than {NEAREST_DAYS} and less than {FARTHEST_DAYS}"
    return f"outside: the terms are {days} away, {rule}; {how}"


def _terms(found: VolatilityIndex) -> list[tuple[str, TermVariance, float]]:
    return [("near", found.near, found.near_weight), ("next", found.next, 1.0 - found.near_weight)]


def _as_json(found: VolatilityIndex) -> dict[str, Any]:
    return {
        "index": found.value,
        "terms": [
            {
                "term": name,
                "expiry": _told(term.settlement),
                "minutes": term.minutes,
                "rate": term.rate,
                "forward": term.forward,
                "k0": term.strike_below,
                "strikes": term.strikes,
                "lowest": term.lowest,
                "highest": term.highest,
                "variance": term.variance,
                "weight": weight,
            }
            for name, term, weight in _terms(found)
        ],
        "term_rule": term_rule(found),
        "extrapolated": found.extrapolated,
    }


def _show(found: VolatilityIndex, chain: Path, at: int) -> None:
    print(f"VIX-style index  {found.value:.2f}")
    print(f"chain            {chain} at {_told(at)}")
    for name, term, weight in _terms(found):
        print(
            f"{name} term        settles {_told(term.settlement)} · {_plain(term.minutes)} minutes · "
            f"rate {term.rate:g}\n"
            f"                 F {term.forward:.5f} · K0 {term.strike_below:g} · "
            f"{term.strikes} strikes, {term.lowest:g} to {term.highest:g}\n"
            f"                 variance {term.variance:.9f}, {100 * math.sqrt(term.variance):.2f} % a year · "
            f"weight {weight:.4f}"
        )
    print(f"term rule        {term_rule(found)}")


def _plain(minutes: float) -> str:
    return f"{minutes:,.3f}".rstrip("0").rstrip(".")


def _told(ns: int) -> str:
    return datetime.fromtimestamp(ns // NANOS, UTC).isoformat().replace("+00:00", "Z")
