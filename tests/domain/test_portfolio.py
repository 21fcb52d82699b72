"""The books against an oracle that keeps every unit as its own lot of exact fractions."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.portfolio import FillEffect, Portfolio, Position
from tradingfloor.actors.types import NANOS, Side

FILL = st.tuples(
    st.sampled_from(["SPX", "ABC"]),
    st.sampled_from(list(Side)),
    st.integers(1, 40),
    st.integers(1, 9_000 * NANOS),
    st.integers(0, 3 * NANOS),
)
FILLS = st.lists(FILL, max_size=30)
MULTIPLIERS = {"SPX": 1, "ABC": 100}
CASH = 100_000 * NANOS


def booked(fills):
    books = Portfolio(CASH)
    for symbol, side, quantity, price, fee in fills:
        books.apply_fill(symbol, side, quantity, price, fee, MULTIPLIERS[symbol])
    return books


@settings(deadline=None, max_examples=150)
@given(FILLS)
def test_cash_and_costs_equal_starting_cash_plus_realised_less_fees_to_the_nano(fills):
    books = booked(fills)
    costs = sum(held.cost for held in books.positions.values())
    assert books.cash + costs == CASH + books.realised - books.fees


@settings(deadline=None, max_examples=150)
@given(FILLS, st.integers(1, 9_000 * NANOS), st.integers(1, 9_000 * NANOS))
def test_equity_is_what_the_bare_trades_moved_plus_the_market_value(fills, spx, abc):
    books = booked(fills)
    prices = {"SPX": spx, "ABC": abc}
    cash = CASH
    held = {"SPX": 0, "ABC": 0}
    for symbol, side, quantity, price, fee in fills:
        cash -= side.sign * quantity * price * MULTIPLIERS[symbol] + fee
        held[symbol] += side.sign * quantity
    value = sum(held[s] * prices[s] * MULTIPLIERS[s] for s in held)
    assert books.cash == cash
    assert books.equity(prices, MULTIPLIERS) == cash + value
    assert books.equity(prices, MULTIPLIERS) == (
        CASH + books.realised - books.fees + books.unrealised(prices, MULTIPLIERS)
    )
    assert {s: books.quantity(s) for s in held} == held


@settings(deadline=None, max_examples=150)
@given(FILLS)
def test_realised_is_the_average_cost_profit_within_a_nano_per_partial_close(fills):
    books = Portfolio(CASH)
    quantity = {"SPX": 0, "ABC": 0}
    cost = {"SPX": Fraction(0), "ABC": Fraction(0)}
    realised, closes = Fraction(0), 0
    for symbol, side, units, price, fee in fills:
        books.apply_fill(symbol, side, units, price, fee, MULTIPLIERS[symbol])
        for _ in range(units):
            held = quantity[symbol]
            if held * side.sign < 0:
                part = cost[symbol] / abs(held)
                realised += side.sign * -1 * price * MULTIPLIERS[symbol] - part
                cost[symbol] -= part
                closes += 1
            else:
                cost[symbol] += side.sign * price * MULTIPLIERS[symbol]
            quantity[symbol] += side.sign
    # Each partial close keeps back less than one nano of cost per unit that is still open.
    assert abs(books.realised - realised) <= closes + 1


@settings(deadline=None, max_examples=150)
@given(FILLS)
def test_a_mirrored_account_has_mirrored_books(fills):
    flipped = [
        (symbol, Side.SELL if side is Side.BUY else Side.BUY, quantity, price, fee)
        for symbol, side, quantity, price, fee in fills
    ]
    here, there = booked(fills), booked(flipped)
    assert here.realised == -there.realised
    assert {s: (p.quantity, p.cost) for s, p in here.positions.items()} == {
        s: (-p.quantity, -p.cost) for s, p in there.positions.items()
    }


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(list(Side)),
    st.integers(1, 9_000 * NANOS),
    st.integers(1, 9_000 * NANOS),
    st.lists(st.integers(1, 9), min_size=1, max_size=12),
)
def test_partial_closes_sum_to_the_whole(side, entry, leave, parts):
    other = Side.SELL if side is Side.BUY else Side.BUY
    books = Portfolio(0)
    total = sum(parts)
    # Two entry prices make a cost that does not divide evenly.
    books.apply_fill("SPX", side, 1, entry + 1, 0)
    books.apply_fill("SPX", side, total, entry, 0)
    for part in [*parts, 1]:
        books.apply_fill("SPX", other, part, leave, 0)
    assert books.positions == {}
    assert books.realised == side.sign * ((total + 1) * leave - total * entry - (entry + 1))
    assert books.cash == books.realised


@settings(deadline=None, max_examples=100)
@given(FILLS)
def test_the_preview_equals_the_effect_and_changes_nothing(fills):
    books = Portfolio(CASH)
    for symbol, side, quantity, price, fee in fills:
        before = (books.cash, books.realised, books.fees, dict(books.positions))
        preview = books.effect(symbol, side, quantity, price, MULTIPLIERS[symbol])
        assert (books.cash, books.realised, books.fees, dict(books.positions)) == before
        effect = books.apply_fill(symbol, side, quantity, price, fee, MULTIPLIERS[symbol])
        assert preview == effect
        assert effect.opened + effect.closed == quantity
        assert effect.quantity == books.quantity(symbol)


@pytest.mark.parametrize(
    ("fills", "effect", "position"),
    [
        pytest.param([("BUY", 4, 100)], FillEffect(0, 4, 0, 4), (4, 400), id="open long"),
        pytest.param([("SELL", 4, 100)], FillEffect(0, 4, 0, -4), (-4, -400), id="open short"),
        pytest.param(
            [("BUY", 4, 100), ("BUY", 1, 110)], FillEffect(0, 1, 0, 5), (5, 510), id="add to a long"
        ),
        pytest.param(
            [("BUY", 3, 100), ("BUY", 1, 101), ("SELL", 1, 120)],
            FillEffect(20, 0, 1, 3),
            (3, 301),
            id="partial close takes the floor of 401/4",
        ),
        pytest.param(
            [("SELL", 3, 100), ("SELL", 1, 101), ("BUY", 1, 80)],
            FillEffect(20, 0, 1, -3),
            (-3, -301),
            id="partial cover mirrors it",
        ),
        pytest.param(
            [("BUY", 4, 100), ("SELL", 4, 90)], FillEffect(-40, 0, 4, 0), None, id="close at a loss"
        ),
        pytest.param(
            [("BUY", 4, 100), ("SELL", 10, 130)],
            FillEffect(120, 6, 4, -6),
            (-6, -780),
            id="cross from long to short",
        ),
        pytest.param([("SELL", 4, 100), ("BUY", 5, 90)], FillEffect(40, 1, 4, 1), (1, 90), id="cross up"),
    ],
)
def test_the_effect_of_the_last_fill(fills, effect, position):
    books = Portfolio(1_000)
    for side, quantity, price in fills:
        last = books.apply_fill("SPX", Side(side), quantity, price, 0)
    assert last == effect
    held = books.positions.get("SPX")
    assert (None if held is None else (held.quantity, held.cost)) == position


def test_a_multiplier_scales_cash_cost_and_profit_but_not_the_average():
    books = Portfolio(0)
    books.apply_fill("XYZ", Side.BUY, 2, 5 * NANOS, 7, 100)
    assert books.cash == -1_000 * NANOS - 7
    assert books.positions["XYZ"].average(100) == 5 * NANOS
    assert books.positions["XYZ"].unrealised(6 * NANOS, 100) == 200 * NANOS


def test_a_position_without_a_price_counts_at_its_cost():
    books = Portfolio(CASH)
    books.apply_fill("SPX", Side.BUY, 2, 5 * NANOS, 3)
    assert books.unrealised({}, {}) == 0
    assert books.equity({}, {}) == CASH - 3


def test_the_average_of_a_short_is_a_positive_price():
    assert Position("SPX", -3, -301).average() == 100


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_fill_without_units_is_refused_and_books_nothing(quantity):
    books = Portfolio(CASH)
    with pytest.raises(ValueError, match="at least one unit"):
        books.apply_fill("SPX", Side.BUY, quantity, NANOS, 5)
    assert books == Portfolio(CASH)


@settings(deadline=None, max_examples=500)
@given(
    st.lists(FILL, max_size=50),
    st.dictionaries(st.sampled_from(["SPX", "ABC"]), st.integers(1, 9_000 * NANOS)),
)
def test_after_every_fill_cash_and_positions_are_the_equity_to_the_last_nano(fills, prices):
    books = Portfolio(CASH)
    for symbol, side, quantity, price, fee in fills:
        books.apply_fill(symbol, side, quantity, price, fee, MULTIPLIERS[symbol])
        values = {
            s: held.quantity * prices[s] * MULTIPLIERS[s] if s in prices else held.cost
            for s, held in books.positions.items()
        }
        found = books.readings(prices, MULTIPLIERS)
        assert found.cash + sum(values.values()) == found.equity == books.equity(prices, MULTIPLIERS)
        assert found.equity == CASH + found.realised - found.fees + found.unrealised
        assert found.exposure == sum(abs(value) for value in values.values())
        assert found.net_exposure == sum(values.values())
        assert found.buying_power == max(0, found.equity - found.exposure)
        assert found.exposure + found.buying_power >= found.equity


def test_a_short_ties_up_what_it_is_worth_and_not_what_it_brought_in():
    books = Portfolio(1_000 * NANOS)
    books.apply_fill("ABC", Side.SELL, 6, 100 * NANOS, 0)
    books.apply_fill("SPX", Side.BUY, 1, 300 * NANOS, 0)
    found = books.readings({"ABC": 110 * NANOS}, {})
    assert found.cash == 1_300 * NANOS
    assert (found.equity, found.unrealised) == (940 * NANOS, -60 * NANOS)
    assert (found.exposure, found.net_exposure) == (960 * NANOS, -360 * NANOS)
    assert found.buying_power == 0
    assert found.mark == "last"


SPLITS = st.lists(
    st.tuples(st.sampled_from(["SPX", "ABC"]), st.integers(1, 20), st.integers(1, 20)), max_size=4
)


@settings(deadline=None, max_examples=200)
@given(FILLS, SPLITS, st.integers(1, 9_000 * NANOS), st.integers(0, 50 * NANOS))
def test_splits_and_dividends_keep_the_cash_identity_and_never_favour_the_account(fills, splits, price, paid):
    books = booked(fills)
    for symbol, new, old in splits:
        multiplier = MULTIPLIERS[symbol]
        before = books.quantity(symbol)
        told = books.split_effect(symbol, new, old, price, multiplier)
        worth = books.cash + before * price * multiplier
        assert books.split(symbol, new, old, price, multiplier) == told
        exact = Fraction(before * new, old)
        assert books.quantity(symbol) == int(exact)
        after = books.cash + Fraction(books.quantity(symbol) * price * multiplier * old, new)
        assert 0 <= worth - after < 1
        cash = books.dividend(symbol, paid, multiplier)
        assert cash == books.quantity(symbol) * paid * multiplier
        costs = sum(held.cost for held in books.positions.values())
        assert books.cash + costs == CASH + books.realised - books.fees
