from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.fee_schedules import fees_of, schedule
from tradingfloor.actors.domain.instruments import Instrument, instrument
from tradingfloor.actors.domain.slippage import FixedBps, NoSlippage
from tradingfloor.actors.risk.sizing import Costs, size
from tradingfloor.actors.types import NANOS

CENT = NANOS // 100
FLAT = schedule(Config())
COSTS = Costs(FixedBps(5 * NANOS), fees_of(FLAT, "index", "SPX"))
BUY, DAY = 1, date(2024, 7, 1).toordinal()


def index(multiplier=1, tick=CENT):
    return Instrument("SPX", "index", "XNYS", "America/New_York", tick, multiplier, "paper unit")


def test_the_quantity_is_what_fits_under_the_cap_at_the_entry_price():
    sized = size(4_743 * NANOS, 4_743 * NANOS, index(), 20_000 * NANOS, COSTS, BUY, DAY)
    assert (sized.quantity, sized.notional) == (4, 18_972 * NANOS)


def test_the_multiplier_counts_into_the_notional():
    sized = size(100 * NANOS, 100 * NANOS, index(multiplier=100), 20_000 * NANOS, COSTS, BUY, DAY)
    assert (sized.quantity, sized.unit_notional) == (2, 10_000 * NANOS)


def test_nothing_fits_when_one_unit_exceeds_the_cap():
    sized = size(21_000 * NANOS, 21_000 * NANOS, index(), 20_000 * NANOS, COSTS, BUY, DAY)
    assert (sized.quantity, sized.notional, sized.reserved) == (0, 0, 0)
    assert sized.unit_notional == 21_000 * NANOS


def test_the_reservation_adds_slippage_up_to_the_tick_and_the_commission_beside_it():
    # 5 bp of 100.01 are 0.050005: 100.060005 goes up to the next cent, 100.07.
    sized = size(100 * NANOS + CENT, 100 * NANOS + CENT, index(), 20_000 * NANOS, COSTS, BUY, DAY)
    assert sized.quantity == 199
    assert sized.reserved == 199 * (100 * NANOS + 7 * CENT)
    assert sized.fees == 199 * 5_000_000


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 10**14),
    st.integers(1, 10**14),
    st.integers(1, 200),
    st.sampled_from([1, 10_000, CENT, NANOS]),
    st.integers(1, 10**18),
)
def test_no_size_exceeds_the_cap_and_one_more_unit_would(entry, price, multiplier, tick, cap):
    sized = size(entry, price, index(multiplier, tick), cap, COSTS, BUY, DAY)
    worst = max(entry, price) * multiplier
    assert sized.notional <= cap
    assert sized.quantity * worst <= cap < (sized.quantity + 1) * worst
    if sized.quantity:
        per_unit = Fraction(sized.reserved, sized.quantity * multiplier)
        assert price * Fraction(10_005, 10_000) <= per_unit < price * Fraction(10_005, 10_000) + tick + 1
        assert per_unit % tick == 0


def test_a_currency_reserves_no_commission():
    fees = {}
    for symbol in ("EURUSD", "SPY"):
        listed = instrument(symbol, None)
        costs = Costs(NoSlippage(), fees_of(FLAT, listed.kind, symbol))
        fees[symbol] = size(NANOS, NANOS, listed, 100 * NANOS, costs, BUY, DAY).fees
    assert fees == {"EURUSD": 0, "SPY": 100 * 5_000_000}
