"""Exact money against fractions: text, the tick grid, slippage and fees."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.money import (
    fee_up,
    format_nanos,
    parse_decimal,
    slipped,
    to_tick_down,
    to_tick_up,
)
from tradingfloor.actors.types import MAX_NOTIONAL, MAX_PRICE, NANOS

PRICES = st.integers(1, MAX_PRICE)
TICKS = st.sampled_from([1, 10_000, 10_000_000, 250_000_000, NANOS])
BPS = st.integers(0, 500 * NANOS)


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("0", 0),
        ("1", NANOS),
        ("-1.5", -1_500_000_000),
        ("0.1", 100_000_000),
        ("1234.567891", 1_234_567_891_000),
        ("0.000000001", 1),
        ("0.0000000005", 0),
        ("0.0000000015", 2),
        ("0.0000000025", 2),
        ("-0.0000000015", -2),
        ("1e3", 1000 * NANOS),
        ("99999999.999999999", 99_999_999_999_999_999),
    ],
)
def test_decimal_text_is_read_exactly_and_excess_digits_round_half_to_even(text, nanos):
    assert parse_decimal(text) == nanos


def test_another_scale_counts_other_units():
    assert parse_decimal("97.31", 100) == 9731
    assert parse_decimal("12", 1) == 12


@pytest.mark.parametrize("text", ["", "x", "1,5", "1.2.3", "nan", "NaN", "inf", "-Infinity", "0x10", "1 2"])
def test_what_is_no_finite_decimal_number_is_a_value_error(text):
    with pytest.raises(ValueError, match="not a"):
        parse_decimal(text)


@settings(deadline=None, max_examples=300)
@given(st.integers(-MAX_NOTIONAL, MAX_NOTIONAL))
def test_nanos_written_as_text_read_back_the_same_and_no_text_is_shorter(nanos):
    text = format_nanos(nanos)
    assert parse_decimal(text) == nanos
    assert Decimal(text) * NANOS == nanos
    assert "." not in text or not text.endswith(("0", "."))
    assert text == "0" or text.lstrip("-")[0] != "0" or text.lstrip("-").startswith("0.")


@settings(deadline=None, max_examples=300)
@given(price=PRICES, tick=TICKS)
def test_the_tick_grid_brackets_every_price(price, tick):
    assert to_tick_down(price, tick) == floor(Fraction(price, tick)) * tick
    assert to_tick_up(price, tick) == ceil(Fraction(price, tick)) * tick


@settings(deadline=None, max_examples=300)
@given(price=PRICES, tick=TICKS, bps=BPS)
def test_slippage_goes_against_the_account_by_less_than_a_tick_too_much(price, tick, bps):
    moved = Fraction(price * bps, 10_000 * NANOS)
    bought, sold = slipped(price, 1, bps, tick), slipped(price, -1, bps, tick)
    assert bought % tick == sold % tick == 0
    assert price + moved <= bought < price + moved + tick + 1
    assert sold == tick or price - moved - tick - 1 < sold <= price - moved
    assert sold >= tick


def test_slippage_of_five_basis_points_on_a_hundred_is_five_cents():
    assert slipped(100 * NANOS, 1, 5 * NANOS, 10_000_000) == 100_050_000_000
    assert slipped(100 * NANOS, -1, 5 * NANOS, 10_000_000) == 99_950_000_000
    assert slipped(100 * NANOS, 1, 0, 10_000_000) == 100 * NANOS


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 10**24), st.integers(1, 10**12))
def test_a_fee_is_rounded_up_to_the_next_nano(numerator, denominator):
    assert fee_up(numerator, denominator) == ceil(Fraction(numerator, denominator))
