"""What an order pays, against an oracle that counts unit by unit; and what no order may pay more than."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from fee_orders import booked, charged, day, dollars, execution, oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tradingfloor.actors.config import Config, ExecutionConfig, FeeLine, FeeRate
from tradingfloor.actors.domain.fee_data import SCHEDULES
from tradingfloor.actors.domain.fee_schedules import fees_of, schedule
from tradingfloor.actors.domain.fees import FeeLedger, Tier, loosest, month_of, trade_date
from tradingfloor.actors.types import NANOS

PAYERS = st.sampled_from(["equity", "option"])
DATES = ["", "2022-01-01", "2024-05-22"]
AMOUNTS = st.sampled_from([0.0, 0.01, 0.35, 1.0, 4.95])


@st.composite
def rate_tables(draw, largest):
    """Rates that pass the checks: every date has a volume 0, every volume a price 0, one maximum a date."""
    rows = []
    for since in draw(st.lists(st.sampled_from(DATES), min_size=1, max_size=3, unique=True)):
        maximum = draw(AMOUNTS)
        for volume in {0, *draw(st.lists(st.sampled_from([3, 10, 25]), max_size=2))}:
            for price in {0.0, *draw(st.lists(st.sampled_from([0.05, 1.0, 20.0]), max_size=2))}:
                rate = draw(st.sampled_from([0.0, 0.0001, 0.0035, 0.07, 1.0])) * largest
                rows.append(FeeRate(rate=rate, since=since, volume=volume, price=price, maximum=maximum))
    return tuple(draw(st.permutations(rows)))


@st.composite
def fee_lines(draw):
    basis = draw(st.sampled_from(["unit", "value", "commission"]))
    rates = draw(rate_tables(1.0 if basis == "unit" else 0.01))
    if basis == "commission":
        rates = tuple(
            FeeRate(rate=row.rate, since=row.since) for row in rates if not (row.volume or row.price)
        )
    return FeeLine(
        kinds=("equity", "option"),
        basis=basis,
        rates=rates,
        side=draw(st.sampled_from(["buy", "sell", "both"])),
        effect=draw(st.sampled_from(["open", "close", "both"])),
        liquidity=draw(st.sampled_from(["take", "add", "both"])),
        minimum=draw(AMOUNTS),
        maximum_of_value=draw(st.sampled_from([0.0, 0.01, 0.5])),
        round_up_to=draw(st.sampled_from([0.0, 0.01])),
    )


OWN = st.dictionaries(
    st.sampled_from(["commission", "commission_b", "sec", "clearing"]), fee_lines(), min_size=1, max_size=4
).map(lambda lines: {name: _not_of_itself(name, line) for name, line in lines.items()})
SCHEDULE = st.one_of(OWN, st.sampled_from(list(SCHEDULES.values())))


def _not_of_itself(name, line):
    from msgspec.structs import replace

    return (
        replace(line, basis="unit") if name.startswith("commission") and line.basis == "commission" else line
    )


@st.composite
def orders(draw):
    """The executions of one order, in time, on one side."""
    side = draw(st.sampled_from(["buy", "sell"]))
    multiplier = draw(st.sampled_from([1, 100]))
    dates = draw(
        st.lists(
            st.sampled_from(["2021-12-31", "2022-01-03", "2022-01-04", "2025-06-02"]), min_size=1, max_size=4
        )
    )
    found = []
    for on in sorted(dates):
        quantity = draw(st.integers(1, 40))
        price = draw(st.sampled_from(["0.03", "0.07", "1", "20.01", "4743.01"]))
        closes = draw(st.integers(0, quantity))
        found.append(
            execution(
                quantity, price, on, side, closes=closes, takes=draw(st.booleans()), multiplier=multiplier
            )
        )
    return found


VOLUMES = st.sampled_from([0, 2, 9, 30, 299_990])
thorough = settings(deadline=None, max_examples=100)


@thorough
@given(SCHEDULE, PAYERS, orders(), VOLUMES)
def test_an_order_pays_what_a_count_unit_by_unit_comes_to(lines, kind, executions, volume):
    fees = fees_of(lines, kind, "SPX")
    executions = booked(executions, unit=fees.unit, volume=volume)
    assert fees.by_line(executions) == oracle(lines, kind, "SPX", executions)


@thorough
@given(SCHEDULE, PAYERS, orders(), VOLUMES)
def test_no_fill_gets_money_back(lines, kind, executions, volume):
    fees = fees_of(lines, kind, "SPX")
    executions = booked(executions, unit=fees.unit, volume=volume)
    owed = [fees.order(executions[:count]) for count in range(len(executions) + 1)]
    assert owed[0] == 0
    assert all(before <= after for before, after in pairwise(owed))


@thorough
@given(SCHEDULE, PAYERS, orders(), VOLUMES, st.data())
def test_an_order_pays_the_same_in_one_fill_and_in_many(lines, kind, executions, volume, data):
    whole = executions[0]
    quantity = whole.opened + whole.closed
    cuts = sorted(data.draw(st.sets(st.integers(1, quantity), max_size=5)) | {0, quantity})
    parts = []
    for start, end in pairwise(cuts):
        closed = min(end, whole.closed) - min(start, whole.closed)
        parts.append(replace(whole, opened=end - start - closed, closed=closed))
    fees = fees_of(lines, kind, "SPX")
    together = fees.order(booked([whole], unit=fees.unit, volume=volume))
    assert fees.order(booked(parts, unit=fees.unit, volume=volume)) == together


@thorough
@given(
    SCHEDULE,
    PAYERS,
    orders(),
    VOLUMES,
    st.integers(0, 50),
    st.integers(0, 10**12),
)
def test_no_order_pays_more_than_risk_set_aside_for_it(lines, kind, executions, volume, more, slack):
    fees = fees_of(lines, kind, "SPX")
    executions = booked(executions, unit=fees.unit, volume=volume)
    quantity = sum(one.opened + one.closed for one in executions)
    value = sum((one.opened + one.closed) * one.price * one.multiplier for one in executions)
    reserved = fees.most(executions[0].day, executions[0].sign, quantity + more, value + slack)
    assert fees.order(executions) <= reserved


@thorough
@given(SCHEDULE, st.sampled_from(["buy", "sell"]), st.integers(1, 400), st.integers(0, 400), VOLUMES)
def test_a_larger_order_never_pays_less(lines, side, quantity, more, volume):
    small, large = (
        sum(charged(lines, "equity", "SPX", execution(q, "20.01", side=side), volume=volume).values())
        for q in (quantity, quantity + more)
    )
    assert small <= large


@thorough
@given(st.integers(1, 10**6), st.sampled_from(["0.0001", "0.25", "25", "4743.01"]), VOLUMES)
def test_minimum_and_cap_hold_and_the_cap_is_the_stronger(shares, price, volume):
    fee = charged(SCHEDULES["ibkr_tiered"], "equity", "X", execution(shares, price), volume=volume)[
        "commission"
    ]
    cap = -(-shares * dollars(price) // 100)
    assert fee <= cap
    assert fee == cap or fee >= dollars("0.35")


def test_the_minimum_is_that_of_the_order_and_not_of_each_fill():
    fees = fees_of(SCHEDULES["per_share"], "equity", "X")
    executions = booked(
        [execution(50, "25"), execution(50, "25"), execution(100, "25"), execution(100, "25")]
    )
    owed = [fees.order(executions[:count]) for count in range(5)]
    assert [b - a for a, b in pairwise(owed)] == [dollars("1"), 0, 0, dollars("0.5")]


def test_a_tier_is_reached_within_an_order():
    lines = {"commission": FeeLine(rates=(FeeRate(rate=1.0), FeeRate(rate=0.5, volume=10)))}
    assert charged(lines, "equity", "X", execution(4, "5"), volume=8) == {"commission": dollars("3")}


def test_the_volume_begins_anew_with_the_month_and_counts_other_orders_of_the_same_unit():
    ledger = FeeLedger()
    ledger.add("share", b"a", execution(7, "5", "2024-07-30"))
    ledger.add("contract", b"b", execution(2, "5", "2024-07-30"))
    (second,) = ledger.add("share", b"c", execution(5, "5", "2024-07-31"))
    assert second.volume == 7
    assert ledger.volume("share", month_of(day("2024-07-31"))) == 12
    _, late = ledger.add("share", b"c", execution(1, "5", "2024-08-01"))
    assert late.volume == 0
    assert ledger.volume("share", month_of(day("2024-07-31"))) == 0


def test_a_copied_ledger_leaves_the_first_as_it_was():
    ledger = FeeLedger()
    ledger.add("share", b"a", execution(7, "5"))
    other = ledger.copy()
    other.add("share", b"a", execution(1, "5"))
    other.forget(b"a")
    assert [one.opened for one in ledger.orders[b"a"]] == [7]
    assert ledger.volume("share", month_of(day("2024-07-01"))) == 7


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (datetime(2024, 7, 1, 3, 59, 59, tzinfo=UTC), date(2024, 6, 30)),
        (datetime(2024, 7, 1, 4, 0, tzinfo=UTC), date(2024, 7, 1)),
        (datetime(2024, 12, 2, 4, 59, 59, tzinfo=UTC), date(2024, 12, 1)),
        (datetime(2024, 12, 2, 5, 0, tzinfo=UTC), date(2024, 12, 2)),
    ],
)
def test_the_trade_date_is_new_yorks(at, on):
    assert trade_date(int(at.timestamp()) * NANOS) == on.toordinal()


@pytest.mark.parametrize(
    ("commission", "quantity", "fee"),
    [
        (0.005, 4, 20_000_000),
        (0.0, 4, 0),
        (0.65, 3, 1_950_000_000),
        (1e-10, 1, 1),
        (1e-10, 10, 1),
        (1e-10, 11, 2),
        (0.1, 3, 300_000_000),
    ],
)
def test_a_fee_is_exact_and_rounded_up_to_the_nano(commission, quantity, fee):
    flat = schedule(Config(execution=ExecutionConfig(commission_per_share=commission)))
    for kind in ("equity", "index"):
        assert charged(flat, kind, "X", execution(quantity, "5")) == {"commission": fee}


def test_flat_is_the_two_commissions_and_spares_currencies():
    flat = schedule(Config())
    assert charged(flat, "equity", "X", execution(10, "5")) == {"commission": dollars("0.05")}
    assert charged(flat, "option", "X", execution(10, "5")) == {"commission_options": dollars("6.5")}
    assert charged(flat, "currency", "X", execution(10, "5")) == {}


def test_a_schedule_of_ones_own_may_charge_currencies_and_single_symbols():
    own = {
        "commission": FeeLine(
            kinds=("currency",), basis="value", rates=(FeeRate(rate=0.00002),), minimum=2.0
        ),
        "extra": FeeLine(kinds=("equity",), symbols=("SPY",), rates=(FeeRate(rate=0.01),)),
    }
    config = Config(execution=ExecutionConfig(fees="mine"), fees={"mine": own})
    lines = schedule(config)
    assert charged(lines, "currency", "EURUSD", execution(50_000, "1")) == {"commission": dollars("2")}
    assert charged(lines, "equity", "SPY", execution(10, "1")) == {"extra": dollars("0.1")}
    assert charged(lines, "equity", "QQQ", execution(10, "1")) == {}


def test_a_part_of_the_commission_is_taken_of_it_wherever_its_line_stands():
    lines = {
        "levy": FeeLine(basis="commission", rates=(FeeRate(rate=0.1),)),
        "commission": FeeLine(rates=(FeeRate(rate=0.5),)),
    }
    assert charged(lines, "equity", "X", execution(4, "5")) == {
        "commission": dollars("2"),
        "levy": dollars("0.2"),
    }


def test_a_rate_by_price_begins_at_its_price():
    tier = Tier(0, ((0, 5), (100, 3)))
    assert [tier.rate(price) for price in (0, 99, 100, 101)] == [5, 5, 3, 3]


def test_of_several_caps_none_at_all_is_the_highest():
    assert [loosest(caps) for caps in ([3, 5], [3, None], [None])] == [5, None, None]
