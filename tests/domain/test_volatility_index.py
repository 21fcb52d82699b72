"""The published example to its printed digits, every trap of the procedure, and every refusal."""

import math
from datetime import date

import index_example as example
import numpy as np
import pytest

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.pricing import price
from tradingfloor.actors.domain.volatility_index import (
    NoIndex,
    NoIndexReason,
    Term,
    combine,
    minutes_between,
    select_terms,
    settlement_instant,
    term_variance,
    volatility_index,
)
from tradingfloor.actors.errors import BadData

MINUTE, DAY = 60 * 10**9, 86_400 * 10**9
NOW = example.now()


def with_quotes(term, side, strike, bid, ask):
    """The term with one side of one strike quoted otherwise, the strike added when it is not listed."""
    if strike not in term.strikes:
        columns = [np.append(column, strike if n == 0 else 0.0) for n, column in enumerate(term[2:])]
        term = Term(term.settlement, term.rate, *columns)
    at = term.strikes == strike
    quotes = {f"{side}_bid": np.where(at, bid, getattr(term, f"{side}_bid"))}
    quotes[f"{side}_ask"] = np.where(at, ask, getattr(term, f"{side}_ask"))
    return term._replace(**quotes)


def flat(days, sigma=0.2, *, spot=5000.0, step=5.0, width=8.0, rate=0.04, dividend=0.013, half=0.0):
    """A dense chain at one volatility, its quotes a half spread around the model's price."""
    years = days / 365
    forward = spot * math.exp((rate - dividend) * years)
    reach = min(width * sigma * math.sqrt(years), 2.0)
    strikes = np.arange(math.ceil(spot * math.exp(-reach) / step) * step, spot * math.exp(reach), step)
    call, put = (price(side, spot, strikes, years, rate, dividend, sigma) for side in (True, False))
    assert strikes[0] < forward < strikes[-1]
    return Term(NOW + round(days * DAY), rate, strikes, call - half, call + half, put - half, put + half)


def refusal(*terms, now=NOW):
    with pytest.raises(NoIndex) as caught:
        volatility_index(terms, now)
    assert "\n" not in str(caught.value)
    return caught.value.reason


def test_the_worked_example_comes_out_to_its_printed_digits():
    found = volatility_index([example.near(), example.following()], NOW)
    assert (found.near.minutes, found.next.minutes) == (34_484, 44_954)
    assert round(found.near.forward, 5) == 1962.89996
    assert round(found.next.forward, 5) == 1962.40006
    assert found.near.strike_below == found.next.strike_below == 1960
    assert (found.near.strikes, found.near.lowest, found.near.highest) == (146, 1370, 2125)
    assert (found.next.strikes, found.next.lowest, found.next.highest) == (122, 1275, 2200)
    assert round(found.near.variance, 8) == 0.01923391
    assert round(found.next.variance, 8) == 0.01942388
    assert round(found.value, 6) == 13.927842
    assert (found.within_rule, found.extrapolated) == (True, False)


def test_the_order_of_terms_and_of_strikes_does_not_matter():
    known = volatility_index([example.near(), example.following()], NOW)
    turned = [
        Term(term.settlement, term.rate, *(column[::-1] for column in term[2:]))
        for term in (example.following(), example.near())
    ]
    assert volatility_index(turned, NOW) == known


def test_a_listed_strike_that_does_not_count_leaves_the_widths_alone():
    near = example.near()
    known = term_variance(near, NOW)
    for side, strike in (("put", 1452.5), ("call", 2052.5)):
        assert term_variance(with_quotes(near, side, strike, 0.0, 0.1), NOW).variance == known.variance
    assert term_variance(with_quotes(near, "put", 1377.5, 0.2, 0.3), NOW).variance != known.variance


def test_at_k0_the_call_and_the_put_both_count():
    near = example.near()
    known = term_variance(near, NOW)
    weight = 5 / 1960**2 * 2 / known.years * math.exp(near.rate * known.years)
    for side in ("call", "put"):
        at = near.strikes == 1960
        bid, ask = (float(getattr(near, f"{side}_{end}")[at][0]) for end in ("bid", "ask"))
        dearer = term_variance(with_quotes(near, side, 1960, bid + 0.1, ask + 0.1), NOW)
        assert dearer.variance - known.variance == pytest.approx(0.05 * weight, rel=1e-9)


def test_quotes_beyond_two_strikes_without_a_bid_are_never_looked_at():
    near = example.near()
    known = term_variance(near, NOW)
    assert term_variance(with_quotes(near, "put", 1350, 3.0, 3.1), NOW) == known
    assert term_variance(with_quotes(near, "call", 2225, 3.0, 3.1), NOW) == known
    assert term_variance(with_quotes(near, "put", 1365, 0.05, 0.2), NOW) != known
    assert term_variance(with_quotes(near, "call", 2175, 0.05, 0.2), NOW) != known


def test_one_strike_without_a_bid_is_stepped_over():
    near = example.near()
    at = near.strikes == 1700
    ask = float(near.put_ask[at][0])
    found = term_variance(with_quotes(near, "put", 1700, 0.0, ask), NOW)
    assert (found.strikes, found.lowest) == (145, 1370)


def test_an_absent_bid_counts_as_none_and_the_ask_of_such_a_side_is_not_needed():
    near = example.near()
    absent = near._replace(put_bid=np.where(near.put_bid == 0.0, np.nan, near.put_bid))
    assert term_variance(absent, NOW) == term_variance(near, NOW)
    assert term_variance(with_quotes(near, "put", 1405, 0.0, math.nan), NOW) == term_variance(near, NOW)


def test_the_forward_keeps_the_sign_of_call_less_put():
    near = example.near()
    assert near.call_bid[near.strikes == 1965] < near.put_bid[near.strikes == 1965]
    assert term_variance(near, NOW).forward < 1965


def test_k0_is_the_strike_at_the_forward_when_there_is_one():
    term = flat(30, rate=0.0, dividend=0.0)
    found = term_variance(term, NOW)
    assert (found.forward, found.strike_below) == (5000.0, 5000.0)
    assert term_variance(flat(30, rate=0.0, dividend=1e-6), NOW).strike_below == 4995.0


def test_time_is_counted_in_minutes_and_not_in_days():
    morning, evening = flat(24), flat(24)._replace(settlement=NOW + 24 * DAY + 390 * MINUTE)
    ratio = term_variance(morning, NOW).variance / term_variance(evening, NOW).variance
    assert ratio == pytest.approx((24 * 1440 + 390) / (24 * 1440), rel=1e-4)
    assert minutes_between(NOW, NOW + 90 * 10**9) == 1.5


def test_each_term_has_its_own_rate():
    near, following = flat(25, rate=0.02), flat(32, rate=0.06)
    assert volatility_index([near, following], NOW).value == pytest.approx(20.0, abs=0.02)
    wrong = volatility_index([near, following._replace(rate=0.02)], NOW)
    assert abs(wrong.value - 20.0) > 0.02


@pytest.mark.parametrize("sigma", [0.1, 0.2, 0.45, 0.9])
def test_a_dense_chain_at_one_volatility_gives_it_back(sigma):
    found = volatility_index([flat(25, sigma), flat(32, sigma)], NOW)
    assert found.value == pytest.approx(100 * sigma, abs=0.05)


def test_total_variance_is_interpolated_and_not_volatility():
    near, following = flat(24, 0.10), flat(36, 0.30)
    found = volatility_index([near, following], NOW)
    total = (24 * found.near.variance + 36 * found.next.variance) / 2
    assert found.near_weight == 0.5
    assert found.value == pytest.approx(100 * math.sqrt(total / 30), rel=1e-12)


def test_a_term_of_exactly_30_days_is_the_index():
    exact, after = flat(30, 0.15), flat(36, 0.5)
    found = volatility_index([exact, after], NOW)
    assert found.near_weight == 1.0
    assert found.value == pytest.approx(100 * math.sqrt(found.near.variance), rel=1e-14)
    assert not found.extrapolated


def test_two_expiries_are_the_two_terms_and_the_answer_says_when_they_break_the_rule():
    found = volatility_index([flat(9), flat(37)], NOW)
    assert (found.within_rule, found.extrapolated) == (False, False)
    beyond = volatility_index([flat(40), flat(60)], NOW)
    assert (beyond.within_rule, beyond.extrapolated) == (False, True)
    assert beyond.near_weight == 1.5


def test_of_many_expiries_those_around_30_days_within_the_rule_are_taken():
    days = [37, 36, 31, 29, 24, 23, 2, 60]
    settlements = [NOW + day * DAY for day in days]
    assert [days[place] for place in select_terms(settlements, NOW)] == [29, 31]
    assert [days[place] for place in select_terms(settlements, NOW + DAY)] == [31, 36]
    assert [days[place] for place in select_terms(settlements, NOW - DAY)] == [29, 31]


@pytest.mark.parametrize("days", [[23, 31, 60], [2, 30, 37], [31, 33, 36], [24, 26, 29]])
def test_the_rule_is_strict_at_both_ends_and_wants_both_sides_of_30_days(days):
    with pytest.raises(NoIndex) as caught:
        select_terms([NOW + day * DAY for day in days], NOW)
    assert caught.value.reason is NoIndexReason.NO_TERMS


def test_morning_and_afternoon_settlement_are_the_open_and_the_close_of_the_session():
    xnys = calendar("XNYS")
    friday = date(2024, 6, 21).toordinal()
    morning, afternoon = (settlement_instant(xnys, friday, morning=side) for side in (True, False))
    assert afternoon - morning == 390 * MINUTE
    assert morning == 1_718_976_600 * 10**9
    half_day = settlement_instant(xnys, date(2023, 7, 3).toordinal(), morning=False)
    assert half_day == 1_688_403_600 * 10**9
    with pytest.raises(BadData, match="no session"):
        settlement_instant(xnys, date(2024, 7, 4).toordinal(), morning=True)


def test_one_expiry_is_refused():
    assert refusal(example.near()) is NoIndexReason.SINGLE_EXPIRY
    assert refusal() is NoIndexReason.SINGLE_EXPIRY
    alone = term_variance(example.near(), NOW)
    with pytest.raises(NoIndex):
        combine(alone, alone)


def test_a_term_without_time_is_refused():
    for now in (example.near().settlement, example.near().settlement + 1, example.following().settlement):
        assert refusal(example.near(), example.following(), now=now) is NoIndexReason.EXPIRED


@pytest.mark.parametrize("side", ["call", "put"])
def test_a_chain_of_one_side_is_refused(side):
    near = example.near()
    nothing = np.zeros(near.strikes.size)
    for bid in (nothing, nothing * math.nan):
        bare = near._replace(**{f"{side}_bid": bid})
        assert refusal(bare, example.following()) is NoIndexReason.ONE_SIDED


@pytest.mark.parametrize(("side", "strike"), [("put", 1700), ("call", 2000), ("put", 1960), ("call", 1960)])
def test_an_option_that_counts_and_has_a_bid_but_no_ask_is_refused(side, strike):
    broken = with_quotes(example.near(), side, strike, 1.0, math.nan)
    assert refusal(broken, example.following()) is NoIndexReason.ONE_SIDED


@pytest.mark.parametrize("side", ["call", "put"])
def test_k0_without_a_bid_is_refused(side):
    broken = with_quotes(example.near(), side, 1960, 0.0, 22.0)
    assert refusal(broken, example.following()) is NoIndexReason.ONE_SIDED


@pytest.mark.parametrize("strike", [1355, 1700, 1960, 2000, 2225])
@pytest.mark.parametrize("side", ["call", "put"])
def test_a_crossed_quote_anywhere_is_refused(side, strike):
    crossed = with_quotes(example.following(), side, strike, 2.0, 1.9)
    assert refusal(example.near(), crossed) is NoIndexReason.CROSSED


def test_a_locked_quote_is_a_price():
    locked = with_quotes(example.near(), "put", 1700, 0.975, 0.975)
    assert volatility_index([locked, example.following()], NOW).value > 13


@pytest.mark.parametrize("kept", [range(3), range(300, 303)])
def test_a_chain_with_few_options_on_a_side_is_refused(kept):
    term = flat(25)
    columns = (np.asarray(column)[list(kept)] for column in term[2:])
    few = Term(term.settlement, term.rate, *columns)
    assert refusal(few, flat(32)) is NoIndexReason.SPARSE


@pytest.mark.parametrize("options", [1, 2])
def test_two_options_on_a_side_are_too_few_and_three_are_enough(options):
    term = flat(25, step=25)
    k0 = term_variance(term, NOW).strike_below

    def cut(calls, puts):
        kept = (term.strikes <= k0 + calls * 25) & (term.strikes >= k0 - puts * 25)
        return Term(term.settlement, term.rate, *(np.asarray(column)[kept] for column in term[2:]))

    assert refusal(cut(options, 50), flat(32)) is NoIndexReason.SPARSE
    assert refusal(cut(50, options), flat(32)) is NoIndexReason.SPARSE
    assert volatility_index([cut(3, 3), flat(32)], NOW).near.strikes == 7


def test_strikes_further_apart_than_the_deviation_they_imply_are_refused():
    assert refusal(flat(25, 0.1, step=250, width=20), flat(32, 0.1)) is NoIndexReason.SPARSE
    wide = flat(25, 0.1, step=125, width=20)
    assert volatility_index([wide, flat(32, 0.1)], NOW).value == pytest.approx(10, abs=0.2)


def test_a_forward_below_every_strike_is_refused():
    term = flat(25)
    above = term.strikes > 5100
    columns = (np.asarray(column)[above] for column in term[2:])
    assert refusal(Term(term.settlement, term.rate, *columns), flat(32)) is NoIndexReason.SPARSE


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("put_bid", -0.05),
        ("call_ask", math.inf),
        ("strikes", 0.0),
        ("strikes", math.nan),
        ("strikes", 1965.0),
        ("strikes", -5.0),
    ],
)
def test_what_cannot_be_a_chain_is_refused(column, value):
    near = example.near()
    changed = getattr(near, column).copy()
    changed[10] = value
    assert refusal(near._replace(**{column: changed}), example.following()) is NoIndexReason.MALFORMED


def test_columns_of_unlike_length_a_rate_that_is_none_and_twins_are_refused():
    near = example.near()
    assert refusal(near._replace(put_ask=near.put_ask[1:]), flat(32)) is NoIndexReason.MALFORMED
    for rate in (math.nan, math.inf, 1e6, -1e6):
        assert refusal(near._replace(rate=rate), flat(32)) is NoIndexReason.MALFORMED
    assert refusal(near, near) is NoIndexReason.MALFORMED
    assert refusal(near, near, flat(32)) is NoIndexReason.MALFORMED


def test_a_variance_that_interpolates_to_nothing_is_refused():
    near, far = term_variance(flat(40, 0.1), NOW), term_variance(flat(42, 0.9), NOW)
    with pytest.raises(NoIndex) as caught:
        combine(near, far)
    assert caught.value.reason is NoIndexReason.NO_VARIANCE


def test_no_damage_to_single_quotes_gives_a_number_far_from_the_truth():
    """A quote set to nothing, halved, doubled or turned round: refused, or within what one strike weighs."""
    g = np.random.default_rng(17)
    near, following = flat(25, half=0.0), flat(32)
    for _ in range(300):
        column = g.choice(["call_bid", "call_ask", "put_bid", "put_ask"])
        changed = getattr(near, column).copy()
        at = int(g.integers(changed.size))
        changed[at] *= g.choice([0.0, 0.5, 1.0])
        try:
            found = volatility_index([near._replace(**{column: changed}), following], NOW)
        except NoIndex:
            continue
        assert found.value == pytest.approx(20.0, abs=0.6)
