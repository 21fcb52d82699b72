"""Forward and discount from put-call parity, exact on exact quotes and steady on bad ones."""

import math

import numpy as np
import pytest

from tradingfloor.actors.domain.pricing import parity_forward, parity_line, price
from tradingfloor.actors.errors import BadData

SPOT, YEARS, RATE, DIVIDEND = 5000.0, 0.25, 0.045, 0.013
FORWARD = SPOT * math.exp((RATE - DIVIDEND) * YEARS)
STRIKES = np.arange(4000.0, 6001.0, 25.0)


@pytest.fixture
def mids():
    skew = 0.18 - 0.4 * np.log(STRIKES / SPOT)
    return [price(side, SPOT, STRIKES, YEARS, RATE, DIVIDEND, skew) for side in (True, False)]


def test_exact_mids_give_the_forward_whatever_the_smile(mids):
    assert parity_forward(STRIKES, *mids, YEARS, RATE) == pytest.approx(FORWARD, rel=1e-13)


def test_exact_mids_give_forward_and_discount_together(mids):
    line = parity_line(STRIKES, *mids)
    assert line.forward == pytest.approx(FORWARD, rel=1e-12)
    assert line.discount == pytest.approx(math.exp(-RATE * YEARS), rel=1e-12)
    assert line.rate(YEARS) == pytest.approx(RATE, abs=1e-11)
    assert line.strikes == STRIKES.size


def test_negative_rates_give_a_discount_above_one():
    mids = [price(side, 100.0, [80.0, 100.0, 120.0], 2.0, -0.01, 0.0, 0.2) for side in (True, False)]
    line = parity_line([80.0, 100.0, 120.0], *mids)
    assert line.discount == pytest.approx(math.exp(0.02), rel=1e-12)
    assert parity_forward([80.0, 100.0, 120.0], *mids, 2.0, -0.01) == pytest.approx(100 * math.exp(-0.02))


def test_mids_rounded_to_ticks_move_the_forward_by_less_than_one(mids):
    rounded = [np.round(mid / 0.05) * 0.05 for mid in mids]
    assert parity_forward(STRIKES, *rounded, YEARS, RATE) == pytest.approx(FORWARD, abs=0.05)
    line = parity_line(STRIKES, *rounded)
    assert line.forward == pytest.approx(FORWARD, abs=0.1)
    assert line.discount == pytest.approx(math.exp(-RATE * YEARS), abs=1e-4)


def test_a_few_bad_quotes_do_not_move_the_answer(mids):
    call, put = (mid.copy() for mid in mids)
    call[::9] += 40.0
    assert parity_forward(STRIKES, call, put, YEARS, RATE) == pytest.approx(FORWARD, rel=1e-13)
    line = parity_line(STRIKES, call, put)
    assert line.forward == pytest.approx(FORWARD, rel=1e-9)


def test_one_sided_strikes_are_left_out(mids):
    call, put = (mid.copy() for mid in mids)
    call[:30], put[-30:] = np.nan, np.nan
    assert parity_forward(STRIKES, call, put, YEARS, RATE) == pytest.approx(FORWARD, rel=1e-13)
    assert parity_line(STRIKES, call, put).strikes == STRIKES.size - 60


def test_without_a_strike_of_both_sides_there_is_no_forward(mids):
    nothing = np.full(STRIKES.size, np.nan)
    for call, put in ((mids[0], nothing), (nothing, mids[1]), (nothing, nothing)):
        with pytest.raises(BadData, match="no strike"):
            parity_forward(STRIKES, call, put, YEARS, RATE)
        with pytest.raises(BadData, match="fewer than two"):
            parity_line(STRIKES, call, put)
    with pytest.raises(BadData, match="no strike"):
        parity_forward([], [], [], YEARS, RATE)


def test_one_strike_gives_a_forward_but_no_discount(mids):
    one = STRIKES[:1], mids[0][:1], mids[1][:1]
    assert parity_forward(*one, YEARS, RATE) == pytest.approx(FORWARD, rel=1e-12)
    with pytest.raises(BadData, match="fewer than two"):
        parity_line(*one)


def test_calls_and_puts_exchanged_are_noticed(mids):
    with pytest.raises(BadData, match="does not fall"):
        parity_line(STRIKES, mids[1], mids[0])
