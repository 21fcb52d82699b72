"""The trading state: every row of the table, every refusal, and what folds back."""

import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import BadCommand
from tradingfloor.actors.runtime.core import run_deciding
from tradingfloor.actors.supervisor.core import TRANSITIONS, SupervisorCore
from tradingfloor.actors.types import KillPolicy, OrderRole, Refusal, Side, TradingState

CORE = SupervisorCore("tape")
COMMANDS = [m.StartTrading, m.StopTrading, m.PauseTrading, m.ResumeTrading, m.RearmTrading]
KILL = m.Killed(
    id=b"k" * 16,
    ts=1,
    previous=TradingState.RUNNING,
    policy=KillPolicy.FLATTEN,
    request_id="k",
    reason="panic",
    by="me",
    canceled=0,
)


def in_state(state):
    made = CORE.initial()
    made.state = state
    if state is TradingState.KILLED:
        CORE.apply(made, KILL)
    return made


def command(kind, **fields):
    if kind is m.RearmTrading:
        fields = {"kill_id": KILL.id.hex(), "reason": "checked", **fields}
    return kind(request_id="r", **fields)


def filled(side, quantity):
    return m.OrderFilled(
        id=b"f" * 16,
        ts=1,
        order_id=b"o",
        symbol="SPX",
        role=OrderRole.ENTRY,
        side=side,
        quantity=quantity,
        price=1,
        fee=0,
        realised=0,
        done=True,
        range_low=1,
        range_high=1,
        raw_price=1,
        model="",
        first_index=1,
        last_index=1,
    )


@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize("state", list(TradingState))
def test_every_command_in_every_state_does_what_the_table_says(state, kind):
    held = in_state(state)
    target = TRANSITIONS.get((state, kind))
    if target is None:
        with pytest.raises(BadCommand):
            run_deciding(CORE, held, command(kind), 5)
        assert held.state is state
    else:
        run_deciding(CORE, held, command(kind), 5)
        assert held.state is target


def test_a_floor_that_stops_after_a_split_is_flat_when_the_new_units_are_sold():
    held = in_state(TradingState.RUNNING)
    run_deciding(CORE, held, filled(Side.BUY, 10), 1)
    split = m.SplitApplied(
        id=b"s" * 16, ts=2, symbol="SPX", numerator=7, denominator=1, price=1, before=10, quantity=70, cash=0,
        realised=0,
    )  # fmt: skip
    run_deciding(CORE, held, split, 2)
    run_deciding(CORE, held, filled(Side.SELL, 60), 3)
    assert not held.flat
    run_deciding(CORE, held, filled(Side.SELL, 10), 4)
    assert held.flat


def test_asking_again_for_a_safer_state_is_answered_without_an_event():
    assert CORE.decide(in_state(TradingState.PAUSED), command(m.PauseTrading), 5) == []
    assert CORE.decide(in_state(TradingState.KILLED), command(m.StopTrading), 5) == []


@pytest.mark.parametrize("kind", [m.StartTrading, m.ResumeTrading])
def test_a_killed_floor_says_that_the_kill_is_latched(kind):
    with pytest.raises(BadCommand) as refused:
        CORE.decide(in_state(TradingState.KILLED), command(kind), 5)
    assert refused.value.reason is Refusal.KILL_LATCHED


def test_rearm_needs_the_latched_kill_and_a_reason():
    state = in_state(TradingState.KILLED)
    with pytest.raises(BadCommand) as other:
        CORE.decide(state, command(m.RearmTrading, kill_id="00"), 5)
    assert other.value.reason is Refusal.KILL_MISMATCH
    with pytest.raises(BadCommand) as silent:
        CORE.decide(state, command(m.RearmTrading, reason=" "), 5)
    assert silent.value.reason is Refusal.REASON_MISSING
    rearmed, changed = run_deciding(CORE, state, command(m.RearmTrading), 5)
    assert isinstance(rearmed, m.Rearmed)
    assert changed.state is TradingState.STOPPED
    assert state.kill_id == b""


def test_a_stop_that_flattens_waits_in_stopping_until_the_last_position_is_closed():
    state = in_state(TradingState.RUNNING)
    CORE.apply(state, filled(Side.BUY, 3))
    run_deciding(CORE, state, command(m.StopTrading, flatten=True), 5)
    assert state.state is TradingState.STOPPING
    assert run_deciding(CORE, state, filled(Side.SELL, 2), 6) == []
    (stopped,) = run_deciding(CORE, state, filled(Side.SELL, 1), 7)
    assert stopped.state is TradingState.STOPPED
    assert state.flat


def test_flatten_leaves_the_state_alone():
    state = in_state(TradingState.PAUSED)
    (event,) = run_deciding(CORE, state, m.FlattenPositions(request_id="x", reason="eod"), 5)
    assert isinstance(event, m.FlattenRequested)
    assert state.state is TradingState.PAUSED


# --- requests about one order ------------------------------------------------------------------------


@pytest.mark.parametrize("state", TradingState)
def test_a_request_about_an_order_is_handed_on_in_every_state(state):
    order = {"order_id": "0a" * 16, "symbol": "SPX", "reason": "late", "by": "me"}
    (cancel,) = CORE.decide(in_state(state), command(m.CancelOrder, **order), 7)
    (change,) = CORE.decide(
        in_state(state), command(m.ReplaceOrder, quantity=3, price=5, limit=6, **order), 7
    )
    who = {
        "ts": 7,
        "order_id": b"\x0a" * 16,
        "symbol": "SPX",
        "request_id": "r",
        "reason": "late",
        "by": "me",
    }
    assert cancel == m.CancelRequested(id=cancel.id, **who)
    assert change == m.ReplaceRequested(id=change.id, quantity=3, price=5, limit=6, **who)
    assert cancel.id != change.id


@pytest.mark.parametrize("order_id", ["", "xyz"])
def test_a_request_that_names_no_order_is_refused(order_id):
    with pytest.raises(BadCommand) as refused:
        CORE.decide(CORE.initial(), command(m.CancelOrder, order_id=order_id, symbol="SPX"), 7)
    assert refused.value.reason is Refusal.UNKNOWN_ORDER
