"""The running counts of an engine: what is held, and what is still to be closed."""

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.types import KillPolicy, OrderRole, Refusal, Side, TradingState
from tradingfloor.tally import Tally

ORDER = derive_id(1, "t", "order")


def counting(state=TradingState.RUNNING, **quantities):
    return Tally({}, (state, ""), (b"", KillPolicy.FLATTEN), quantities, 0)


def heard(tally, event):
    return tally.take([CommittedEvent(tally.sequence + 1, 0, "executor", event)])


def accepted():
    return m.OrderAccepted(
        id=derive_id(1, "t", "accepted"), ts=1, order_id=ORDER, parent_id=b"", symbol="SPX",
        role=OrderRole.FLATTEN, side=Side.SELL, quantity=4, price=0, active_ts=1, reserved=0,
        reduce_only=True,
    )  # fmt: skip


def test_positions_are_closed_out_until_the_last_flattening_order_is_over():
    tally = counting(SPX=4)
    assert not tally.closing_out
    assert heard(tally, accepted())
    assert tally.closing_out
    over = m.OrderCanceled(
        id=derive_id(1, "t", "canceled"), ts=2, order_id=ORDER, symbol="SPX", role=OrderRole.FLATTEN,
        remaining=4, reason=Refusal.CANCEL_REQUESTED,
    )  # fmt: skip
    assert heard(tally, over)
    assert not tally.closing_out


def test_after_a_split_the_units_held_are_the_new_ones():
    tally = counting(SPX=4)
    split = m.SplitApplied(
        id=derive_id(1, "t", "split"), ts=1, symbol="SPX", numerator=3, denominator=1, price=10, before=4,
        quantity=12, cash=0, realised=0,
    )  # fmt: skip
    heard(tally, split)
    assert tally.quantities == {"SPX": 12}
