"""Options per second: prices with five Greeks, implied volatilities, and one whole chain.

Held against the same formulas in plain NumPy, written with as few passes as they allow, and against libraries
of the field, each in the fastest way it offers: those that take arrays get the whole set, those that do not a
loop over a part of it. A library that is not installed has no row (`pip install --group peers`).
"""

import importlib
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from measure import Row, per_call, report, sizes
from scipy.special import erfcx, ndtr

from tradingfloor.actors.domain import american, pricing

SPOT, RATE, DIVIDEND = 5000.0, 0.045, 0.013
ROOT_TWO_PI = math.sqrt(2 * math.pi)


class Options(NamedTuple):
    """Columns of one length."""

    calls: Any
    spot: Any
    strike: Any
    years: Any
    rate: Any
    dividend: Any
    sigma: Any


def options(n: int, seed: int = 7) -> Options:
    """Around an index: a day to two years, 10 to 60 % volatility, strikes from 0.7 to 1.3 of the spot."""
    g = np.random.default_rng(seed)
    years = np.exp(g.uniform(math.log(1 / 365), math.log(2.0), n))
    sigma = g.uniform(0.10, 0.60, n)
    strike = SPOT * np.exp(np.clip(g.normal(0, 1.2, n) * sigma * np.sqrt(years), -0.35, 0.26))
    flat = (np.full(n, value) for value in (SPOT, RATE, DIVIDEND))
    spot, rate, dividend = flat
    return Options(g.random(n) < 0.5, spot, strike, years, rate, dividend, sigma)


def numpy_greeks(o: Options) -> tuple[Any, ...]:
    """Price and five Greeks in the textbook's form."""
    w = np.where(o.calls, 1.0, -1.0)
    root = np.sqrt(o.years)
    v = o.sigma * root
    d1 = (np.log(o.spot / o.strike) + (o.rate - o.dividend) * o.years) / v + 0.5 * v
    held, owed = o.spot * np.exp(-o.dividend * o.years), o.strike * np.exp(-o.rate * o.years)
    n1, n2 = ndtr(w * d1), ndtr(w * (d1 - v))
    mass = held * np.exp(-0.5 * d1 * d1) / ROOT_TWO_PI
    theta = -0.5 * mass * o.sigma / root - w * (o.rate * owed * n2 - o.dividend * held * n1)
    price = w * (held * n1 - owed * n2)
    gamma = mass / (o.spot * o.spot * v)
    return price, w * held / o.spot * n1, gamma, mass * root / 100, theta / 365, w * o.years * owed * n2 / 100


def numpy_implied(o: Options, premium: Any) -> Any:
    """Newton's steps on the price out of the money, from its inflection, where they cannot miss.

    (Manaster and Koehler 1982.) All options step until the slowest is there; no refusals.
    """
    held, owed = o.spot * np.exp(-o.dividend * o.years), o.strike * np.exp(-o.rate * o.years)
    x = -np.abs(np.log(held / owed))
    low = np.minimum(held, owed)
    share = (premium - np.maximum(np.where(o.calls, held - owed, owed - held), 0)) / low
    v = np.sqrt(-2 * x) + 1e-9
    for _ in range(100):
        p = x / v + v / 2
        bell = np.exp(-0.5 * p * p)
        found = 0.5 * bell * (erfcx(-p / math.sqrt(2)) - erfcx((v - p) / math.sqrt(2)))
        step = (share - found) * ROOT_TWO_PI / bell
        v += step
        if np.max(np.abs(step)) < 1e-10:
            break
    return v / np.sqrt(o.years)


def module(name: str) -> Any:
    """The library, None when it is not installed or does not work here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError:
        return None


def rows_of(o: Options) -> list[tuple[Any, ...]]:
    """Plain numbers, one tuple for each option."""
    return list(zip(*(column.tolist() for column in o), strict=True))


def quantlib(o: Options, premium: Any) -> Iterator[tuple[str, str, Callable[[], object]]]:
    ql = module("QuantLib")
    if ql is None:
        return
    rows, premiums = rows_of(o), premium.tolist()
    sides = {True: ql.Option.Call, False: ql.Option.Put}
    null = ql.nullDouble()

    def greeks() -> None:
        for call, s, k, t, r, q, sigma in rows:
            forward, discount = s * math.exp((r - q) * t), math.exp(-r * t)
            b = ql.BlackCalculator(
                ql.PlainVanillaPayoff(sides[call], k), forward, sigma * math.sqrt(t), discount
            )
            b.value(), b.delta(s), b.gamma(s), b.vega(t), b.theta(s, t), b.rho(t)

    def implied() -> None:
        for (call, s, k, t, r, q, _), paid in zip(rows, premiums, strict=True):
            forward, discount = s * math.exp((r - q) * t), math.exp(-r * t)
            ql.blackFormulaImpliedStdDevLiRS(
                sides[call], k, forward, paid, discount, 0.0, null, 1.0, 1e-12, 100
            )

    yield "greeks", "QuantLib, in a loop", greeks
    yield "implied", "QuantLib, in a loop", implied


def py_vollib(o: Options, premium: Any) -> Iterator[tuple[str, str, Callable[[], object]]]:
    model = module("py_vollib.black_scholes_merton")
    if model is None:
        return
    analytical = module("py_vollib.black_scholes_merton.greeks.analytical")
    solver = module("py_vollib.black_scholes_merton.implied_volatility")
    rows = [("c" if row[0] else "p", *row[1:]) for row in rows_of(o)]
    premiums = premium.tolist()
    five = [getattr(analytical, name) for name in ("delta", "gamma", "vega", "theta", "rho")]

    def greeks() -> None:
        for flag, s, k, t, r, q, sigma in rows:
            model.black_scholes_merton(flag, s, k, t, r, sigma, q)
            for greek in five:
                greek(flag, s, k, t, r, sigma, q)

    def implied() -> None:
        for (flag, s, k, t, r, q, _), paid in zip(rows, premiums, strict=True):
            solver.implied_volatility(paid, s, k, t, r, q, flag)

    yield "greeks", "py_vollib, in a loop", greeks
    yield "implied", "py_vollib, in a loop", implied


def py_vollib_vectorized(o: Options, premium: Any) -> Iterator[tuple[str, str, Callable[[], object]]]:
    """The last of all: its import changes py_vollib. It needs a py_vollib of its own time, 1.0.1."""
    vectorized = module("py_vollib_vectorized")
    if vectorized is None:
        return
    flags = np.where(o.calls, "c", "p")
    quiet = {"model": "black_scholes_merton", "return_as": "numpy"}

    def greeks() -> None:
        vectorized.vectorized_black_scholes_merton(
            flags, o.spot, o.strike, o.years, o.rate, o.sigma, o.dividend, return_as="numpy"
        )
        vectorized.get_all_greeks(
            flags, o.spot, o.strike, o.years, o.rate, o.sigma, o.dividend, **{**quiet, "return_as": "dict"}
        )

    def implied() -> None:
        vectorized.vectorized_implied_volatility(
            premium, o.spot, o.strike, o.years, o.rate, flags, q=o.dividend, on_error="ignore", **quiet
        )

    yield "greeks", "py_vollib_vectorized", greeks
    yield "implied", "py_vollib_vectorized", implied


def american_quantlib(o: Options) -> Callable[[], object] | None:
    """All options by QuantLib's engine of the same method, None without it; whole days to expiry."""
    ql = module("QuantLib")
    if ql is None:
        return None
    today, year = ql.Date(2, 1, 2026), ql.Actual365Fixed()
    ql.Settings.instance().evaluationDate = today

    def price() -> None:
        for call, s, k, t, r, q, sigma in rows_of(o):
            rate, dividend = (ql.YieldTermStructureHandle(ql.FlatForward(today, x, year)) for x in (r, q))
            vol = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), sigma, year))
            spot = ql.QuoteHandle(ql.SimpleQuote(s))
            process = ql.BlackScholesMertonProcess(spot, dividend, rate, vol)
            payoff = ql.PlainVanillaPayoff(ql.Option.Call if call else ql.Option.Put, k)
            option = ql.VanillaOption(payoff, ql.AmericanExercise(today, today + max(1, round(t * 365))))
            option.setPricingEngine(ql.QdFpAmericanEngine(process))
            option.NPV()

    return price


def per_second(call: Callable[[], object], count: int, times: int) -> float:
    """Millions of options per second."""
    call()
    return count / per_call(call, times)


def peers(o: Options, premium: Any, few: int) -> Iterator[tuple[str, str, float]]:
    """(what, library, millions per second) of every peer that is here."""
    count = len(premium)
    yield "greeks", "plain NumPy", per_second(lambda: numpy_greeks(o), count, 2)
    yield "implied", "plain NumPy", per_second(lambda: numpy_implied(o, premium), count, 1)
    part, paid = Options(*(column[:few] for column in o)), premium[:few]
    for source, given, price, size in (
        (quantlib, part, paid, few),
        (py_vollib, part, paid, few),
        (py_vollib_vectorized, o, premium, count),
    ):
        found = False
        for what, name, call in source(given, price):
            found = True
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    yield what, name, per_second(call, size, 1)
            except Exception as error:  # noqa: BLE001  a peer that fails has no figure, and says why
                print(f"{name}: {what} failed: {type(error).__name__}")
        if not found:
            print(f"{source.__name__}: not installed (pip install --group peers)")


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "Options: prices, Greeks, implied volatilities.",
        arguments,
        n=(100_000, 2_000, "options at once"),
        few=(5_000, 50, "options for libraries that take one at a time"),
        chain=(4_800, 480, "options of one chain"),
    )
    o = options(given.n)
    pricing.compile_kernels()
    premium = pricing.price(*o)
    solve = lambda o, paid: pricing.implied_volatility(o.calls, paid, *o[1:6])  # noqa: E731
    ours = {
        "greeks": per_second(lambda: pricing.greeks(*o), given.n, 10),
        "implied": per_second(lambda: solve(o, premium), given.n, 5),
    }
    names = {"greeks": "price and five Greeks", "implied": "implied volatility"}
    aims = {"greeks": ">= 8", "implied": ">= 1"}
    rows = [
        Row(f"{names[what]}, against {peer}", ours[what], "M/s", speed, peer, aims[what])
        for what, peer, speed in peers(o, premium, given.few)
    ]
    chain, paid = Options(*(column[: given.chain] for column in o)), premium[: given.chain]
    once = per_call(lambda: pricing.greeks(*chain), 20) / 1000
    back = per_call(lambda: solve(chain, paid), 20) / 1000
    plain = per_call(lambda: numpy_greeks(chain), 5) / 1000
    one = (True, SPOT, SPOT, 0.1, RATE, DIVIDEND, 0.2)
    rows += [
        Row(f"a chain of {given.chain}: price and Greeks", once, "ms", plain, "plain NumPy", "<= 1.5"),
        Row(f"a chain of {given.chain}: implied volatility", back, "ms"),
        Row("one option alone: price and Greeks", per_call(lambda: pricing.greeks_of_one(*one), 500), "µs"),
    ]
    few = Options(*(column[: given.few // 10] for column in o))
    american.compile_kernels()
    theirs = american_quantlib(few)
    count = len(few.spot)
    rows.append(
        Row(
            "one American option: price",
            per_call(lambda: american.price(*few), 1, 3) / count,
            "µs",
            per_call(theirs, 1, 3) / count if theirs else 0.0,
            "QuantLib, in a loop" if theirs else "",
        )
    )
    return report("Options, millions per second", rows)


if __name__ == "__main__":
    main()
