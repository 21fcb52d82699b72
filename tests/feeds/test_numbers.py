"""Decimal text to integers: exact, equal to decimal arithmetic, never a float."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.money import parse_decimal
from tradingfloor.actors.market_data.feeds.rows import decimal_reader, read_volume

EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)
PLAIN = st.from_regex(r"[0-9]{1,8}(\.[0-9]{0,9})?", fullmatch=True)
NEARLY = st.text(alphabet="0123456789.+-eE_ nainfNI\u0663", min_size=1, max_size=12)


def by_decimal(text: str, scale: int) -> int | None:
    """The same reading with 200 digits of decimal arithmetic; None where it is no finite number."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    if not value.is_finite() or (value and value.adjusted() > 20):
        return None
    return int(EXACT.multiply(value, Decimal(scale)).to_integral_value(ROUND_HALF_EVEN))


@settings(deadline=None, max_examples=300)
@given(PLAIN, st.sampled_from([1, 100_000, 10**9]))
@example("0.000000001", 10**9)
@example("12345678.123456789", 10**9)
@example("5.", 10**9)
def test_plain_decimals_are_read_exactly(text, scale):
    assert decimal_reader(scale)(text) == by_decimal(text, scale)


@settings(deadline=None, max_examples=500)
@given(NEARLY, st.sampled_from([100_000, 10**9]))
@example("1.5 ", 10**9)
@example("1.5_0", 10**9)
@example(".5", 10**9)
@example("-0.5", 10**9)
@example("1.-5", 10**9)
@example("1e-7", 10**9)
@example("1e999999", 10**9)
def test_any_text_is_read_as_decimal_arithmetic_reads_it_or_not_at_all(text, scale):
    expected = by_decimal(text, scale)
    if expected is None:
        with pytest.raises(ValueError):
            decimal_reader(scale)(text)
    else:
        assert decimal_reader(scale)(text) == expected


def test_digits_past_a_nano_are_rounded_half_to_even():
    read = decimal_reader()
    assert [read("0.0000000005"), read("0.0000000015"), read("0.00000000151")] == [0, 2, 2]
    assert read("0.0000000015") == parse_decimal("0.0000000015")


def test_a_lean_equity_price_is_ten_thousandths():
    assert decimal_reader(100_000)("1676500") == 167_650_000_000


@pytest.mark.parametrize(
    ("text", "volume"), [("0", 0), ("877000000", 877_000_000), ("", 0), ("  ", 0), ("12.0", 12), ("-3", -3)]
)
def test_volumes_are_whole_numbers(text, volume):
    assert read_volume(text) == volume


@pytest.mark.parametrize("text", ["nan", "many", "inf", "1e30"])
def test_a_volume_that_is_no_number_is_an_error(text):
    with pytest.raises(ValueError):
        read_volume(text)
