"""The models alone: draws, rounding, and prices at their edges."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.slippage import FixedBps
from tradingfloor.actors.executor.fills import limit_raw, market_raw, stop_raw
from tradingfloor.actors.executor.models import Partials, rejected
from tradingfloor.actors.messages import PriceUpdated

PRICES = st.integers(1, 200)
ANY = PriceUpdated("SPX", 2, 1, 100, 120, 90, 110, 0, 1, 1, 1, opens=True)
"""An update that the models at hand do not look at."""


@st.composite
def updates(draw):
    low = draw(PRICES)
    high = draw(st.integers(low, 201))
    inside = st.integers(low, high)
    return PriceUpdated("SPX", 2, 1, draw(inside), high, low, draw(inside), 0, 1, 1, 1, draw(st.booleans()))


def path(update):
    """One way the range may have been walked, price by price."""
    return [update.first, update.low, update.high, update.last]


@settings(deadline=None, max_examples=200)
@given(updates(), PRICES, st.sampled_from([1, -1]))
def test_a_stop_fills_where_its_range_touches_it_and_never_better_than_it(update, stop, sign):
    raw = stop_raw(sign, stop, update)
    beyond = [price for price in path(update) if sign * (price - stop) >= 0]
    assert (raw is not None) == bool(beyond)
    if raw is not None:
        assert update.low <= raw <= update.high
        assert sign * (raw - stop) >= 0
        assert raw in {stop, update.first}


@settings(deadline=None, max_examples=200)
@given(updates(), PRICES, st.integers(1, 5), st.sampled_from([1, -1]))
def test_a_target_fills_only_beyond_the_limit_and_never_worse_than_it(update, target, through, sign):
    raw = limit_raw(sign, target, through, update)
    traded_through = any(sign * (target - price) >= through for price in path(update))
    assert (raw is not None) == traded_through
    if raw is not None:
        assert update.low <= raw <= update.high
        assert sign * (target - raw) >= 0
        opened_beyond = update.opens and sign * (target - update.first) >= through
        touchable = update.low <= target <= update.high
        assert raw == (update.first if opened_beyond else target) or not touchable


@pytest.mark.parametrize("opens", [True, False])
def test_a_market_order_has_a_price_only_where_the_update_opens(opens):
    update = PriceUpdated("SPX", 2, 1, 100, 120, 90, 110, 0, 1, 1, 1, opens)
    assert market_raw(update) == (100 if opens else None)


@settings(deadline=None, max_examples=200)
@given(
    st.integers(-(2**63), 2**63 - 1),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 9),
    st.integers(1, 10**6),
)
def test_a_partial_fill_is_25_to_90_percent_of_the_rest_but_never_nothing(seed, order_id, attempt, rest):
    assert Partials(seed, 0.0).quantity(order_id, attempt, rest, ANY, 0) == rest
    part = Partials(seed, 1.0).quantity(order_id, attempt, rest, ANY, 0)
    if rest == 1:
        assert part == 1
    else:
        # With 2 units the only part is 1 of 2; from there on both bounds hold exactly.
        assert 25 * rest <= 100 * part <= 90 * rest


def test_an_order_in_parts_ends():
    for number in range(50):
        rest, attempt = 1_000_000, 0
        while rest:
            rest -= Partials(1, 1.0).quantity(number.to_bytes(16, "big"), attempt, rest, ANY, 0)
            attempt += 1
        assert attempt < 100


def test_every_part_size_is_drawn():
    sizes = {Partials(1, 1.0).quantity(n.to_bytes(16, "big"), 0, 8, ANY, 0) for n in range(300)}
    assert sizes == {2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.9])
def test_rejects_and_partials_come_as_often_as_they_should_and_independently(probability):
    ids = [n.to_bytes(16, "big") for n in range(4_000)]
    rejects = [rejected(1, probability, order_id) for order_id in ids]
    parts = [Partials(1, probability).quantity(order_id, 0, 100, ANY, 0) < 100 for order_id in ids]
    both = sum(a and b for a, b in zip(rejects, parts, strict=True))
    # Five standard deviations of a binomial share.
    slack = 5 * (probability * (1 - probability) / 4_000) ** 0.5
    assert abs(sum(rejects) / 4_000 - probability) < slack
    assert abs(sum(parts) / 4_000 - probability) < slack
    assert abs(both / 4_000 - probability**2) < slack


def test_draws_are_pinned():
    """A change here changes every replay: the journal hash of old runs would no longer be reproduced."""
    order_id = bytes(range(16))
    rejects = "".join(str(int(rejected(seed, 0.5, order_id))) for seed in range(8))
    assert rejects == "10100111"
    assert [Partials(7, 1.0).quantity(order_id, n, 1_000, ANY, 0) for n in range(5)] == [
        531,
        518,
        605,
        852,
        306,
    ]


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 10**7).map(lambda cents: cents * 10**7),
    st.sampled_from([1, -1]),
    st.integers(0, 500).map(lambda tenths: tenths / 10),
    st.sampled_from([1, 10**7, 5 * 10**7]),
)
def test_slippage_is_the_exact_fraction_rounded_against_the_account(raw, sign, bps, tick):
    price = FixedBps.of(bps).price(raw, sign, tick, 1, ANY)
    exact = Fraction(raw) * (1 + sign * Fraction(str(bps)) / 10_000)
    assert price % tick == 0
    if price > tick or sign > 0:
        assert 0 <= sign * (price - exact) < tick + 1
    else:
        assert price == tick


@pytest.mark.parametrize(
    ("bps", "text"),
    [(5.0, "fixed_bps(5)"), (0.1, "fixed_bps(0.1)"), (0.0, "fixed_bps(0)"), (2.25, "fixed_bps(2.25)")],
)
def test_a_model_is_named_with_its_parameter(bps, text):
    assert FixedBps.of(bps).text == text
