from enum import Enum
from types import NoneType, UnionType
from typing import Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.messages import (
    DecisionMade,
    GateResult,
    JournalEvent,
    Killed,
    ScoreParts,
    SignalScored,
)
from tradingfloor.actors.status import CommandResult, EngineStatus
from tradingfloor.actors.types import Direction, KillPolicy, Refusal, ScoreOutcome, TradingState
from tradingfloor.gateway.convert import (
    event_from_message,
    event_to_message,
    from_message,
    to_message,
    wire_name,
)
from tradingfloor.gateway.ports import CommittedEvent
from tradingfloor.v1 import common_pb2, control_service_pb2, event_service_pb2

INT64 = st.integers(-(2**63), 2**63 - 1)
SCALARS = {
    bool: st.booleans(),
    int: INT64,
    float: st.floats(allow_nan=False),
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    bytes: st.binary(max_size=16),
}


def values(hint):  # noqa: PLR0911 (a table of types)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return st.one_of(*map(values, arguments))
    if hint is NoneType:
        return st.none()
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    if issubclass(hint, msgspec.Struct):
        return st.builds(hint, **{name: values(part) for name, part in get_type_hints(hint).items()})
    return SCALARS[hint]


COMMITTED = st.builds(
    CommittedEvent, INT64, INT64, SCALARS[str], st.one_of(*map(values, get_args(JournalEvent)))
)


@settings(deadline=None, max_examples=150)
@given(COMMITTED)
def test_any_event_comes_back_equal_over_the_wire(committed):
    raw = event_to_message(committed).SerializeToString()
    assert event_from_message(event_service_pb2.Event.FromString(raw)) == committed


@pytest.mark.parametrize("kind", get_args(JournalEvent), ids=lambda kind: kind.__name__)
@settings(deadline=None, max_examples=5)
@given(data=st.data())
def test_every_kind_is_named_and_carries_its_envelope(kind, data):
    event = data.draw(values(kind))
    message = event_to_message(CommittedEvent(7, 8, "risk", event))
    assert (message.kind, message.sequence, message.recorded_at_ns, message.actor) == (
        kind.__name__,
        7,
        8,
        "risk",
    )
    assert (message.id, message.ts_ns, message.cause) == (event.id, event.ts, event.cause)
    assert message.symbol == getattr(event, "symbol", "")
    assert message.timeframe == getattr(event, "timeframe", "")
    assert event_from_message(message).event == event


@pytest.mark.parametrize(
    ("struct", "message"),
    [(EngineStatus, control_service_pb2.EngineStatus), (CommandResult, control_service_pb2.CommandResult)],
)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_status_and_results_come_back_equal(struct, message, data):
    value = data.draw(values(struct))
    raw = to_message(value, message).SerializeToString()
    assert from_message(message.FromString(raw), struct) == value


def test_a_decision_on_the_wire_reads_as_it_was_made():
    decision = DecisionMade(
        id=b"d" * 16,
        ts=5,
        signal_id=b"s" * 16,
        symbol="SPX",
        timeframe="15m",
        direction=Direction.SHORT,
        score=7.25,
        approved=False,
        reason=Refusal.DAILY_LOSS,
        gate_set=1,
        passed=0b101,
        gates=(
            GateResult(gate="STATE", passed=True, value="RUNNING", limit="RUNNING", distance=""),
            GateResult(gate="FRESHNESS", passed=False, value=None, limit="60", distance="-1"),
        ),
        quantity=0,
        notional=0,
        config="c",
    )
    wire = event_to_message(CommittedEvent(1, 2, "risk", decision)).decision_made
    assert wire.direction == common_pb2.DIRECTION_SHORT
    assert (wire.reason, wire.score, wire.passed) == ("DAILY_LOSS", 7.25, 5)
    assert [gate.HasField("value") for gate in wire.gates] == [True, False]
    approved = msgspec.structs.replace(decision, reason=None, approved=True)
    assert not event_to_message(CommittedEvent(1, 2, "risk", approved)).decision_made.HasField("reason")


def test_tuples_of_fixed_shape_become_messages_in_field_order():
    parts = ScoreParts(
        trading=0.5,
        evidence=0.4,
        opposition=0.1,
        bias=1.0,
        opposite_score=2.0,
        weights=(("SWING", 0.75), ("INTRADAY", 0.25)),
        families=(("1h", "structure", 0.3),),
    )
    scored = SignalScored(
        id=b"",
        ts=0,
        signal_id=b"",
        symbol="SPX",
        timeframe="1h",
        direction=Direction.LONG,
        score=6.0,
        outcome=ScoreOutcome.NOT_FLAT,
        parts=parts,
    )
    wire = event_to_message(CommittedEvent(1, 2, "risk", scored)).signal_scored
    assert wire.outcome == common_pb2.SCORE_OUTCOME_NOT_FLAT
    assert [(weight.name, weight.weight) for weight in wire.parts.weights] == [
        ("SWING", 0.75),
        ("INTRADAY", 0.25),
    ]
    (family,) = wire.parts.families
    assert (family.timeframe, family.family, family.evidence) == ("1h", "structure", 0.3)


@pytest.mark.parametrize(
    ("member", "name"),
    [
        (TradingState.KILLED, "TRADING_STATE_KILLED"),
        (KillPolicy.FLATTEN, "KILL_POLICY_FLATTEN"),
        (Direction.LONG, "DIRECTION_LONG"),
    ],
)
def test_enum_members_have_one_name_on_the_wire(member, name):
    assert wire_name(member) == name


def test_a_kind_of_a_newer_version_is_skipped():
    assert event_from_message(event_service_pb2.Event(sequence=3, kind="SomethingNew")) is None


def test_an_enum_value_of_a_newer_version_is_an_error_not_a_guess():
    message = event_service_pb2.Event(kind="Killed", killed=common_pb2.Killed(previous=99, policy=1))
    with pytest.raises(ValueError, match="TradingState has no value 99"):
        event_from_message(message)


def test_a_number_past_64_bits_is_an_error_not_a_wrap():
    killed = Killed(
        id=b"",
        ts=0,
        previous=TradingState.RUNNING,
        policy=KillPolicy.KEEP,
        request_id="",
        reason="",
        by="",
        canceled=2**63,
    )
    with pytest.raises(ValueError, match="range"):
        event_to_message(CommittedEvent(1, 2, "journal", killed))
