import msgspec
import pytest

from tradingfloor.actors.risk import gates
from tradingfloor.actors.types import NANOS, Direction, Refusal, TradingState

GOOD = gates.Situation(
    trading=TradingState.RUNNING,
    locks=(),
    scheduled=True,
    clock="Mon 2024-01-08 10:15:00",
    schedule="Mon-Fri 09:30-16:00",
    schedule_margin=45,
    price=100 * NANOS,
    price_age=NANOS // 2,
    max_price_age=60 * NANOS,
    base_closed=True,
    score=7.25,
    min_score=6.0,
    trades=5,
    max_trades=5,
    result=-2_499 * NANOS,
    max_loss=2_500 * NANOS,
    quantity=200,
    unit_notional=100 * NANOS,
    notional=20_000 * NANOS,
    max_notional=20_000 * NANOS,
    exposure=50_000 * NANOS,
    max_exposure=50_000 * NANOS,
    direction=Direction.LONG,
    stop=99 * NANOS,
    target=102 * NANOS,
    held=0,
    reserved=False,
    allow_short=True,
)
NAMES = [gate.name for gate in gates.GATES]


def changed(**fields):
    return msgspec.structs.replace(GOOD, **fields)


def told(situation, gate):
    return gates.judge(situation).results[NAMES.index(gate)]


def test_the_set_and_its_order_are_version_one():
    assert gates.GATE_SET == 1
    assert NAMES == [
        "state",
        "schedule",
        "freshness",
        "confidence",
        "daily_trades",
        "daily_loss",
        "position_size",
        "total_exposure",
        "geometry",
        "one_position",
        "short",
    ]
    assert list(gates.UNITS) == NAMES


def test_a_good_situation_passes_every_gate():
    verdict = gates.judge(GOOD)
    assert verdict.refusal is None
    assert verdict.passed == (1 << len(NAMES)) - 1
    assert [result.gate for result in verdict.results] == NAMES


ALONE = [
    ("state", {"trading": TradingState.PAUSED}, Refusal.STATE),
    ("state", {"trading": TradingState.KILLED}, Refusal.STATE),
    ("state", {"locks": ("daily_loss",)}, Refusal.STATE),
    ("schedule", {"scheduled": False}, Refusal.SCHEDULE),
    ("schedule", {"scheduled": None}, Refusal.SCHEDULE),
    ("freshness", {"price_age": 60 * NANOS + 1}, Refusal.FRESHNESS),
    ("freshness", {"price_age": 1, "max_price_age": 0}, Refusal.FRESHNESS),
    ("freshness", {"price_age": None}, Refusal.FRESHNESS),
    ("freshness", {"base_closed": False}, Refusal.FRESHNESS),
    ("confidence", {"score": 5.999999}, Refusal.CONFIDENCE),
    ("daily_trades", {"trades": 6}, Refusal.DAILY_TRADES),
    ("daily_trades", {"trades": 1, "max_trades": 0}, Refusal.DAILY_TRADES),
    ("daily_loss", {"result": -2_500 * NANOS}, Refusal.DAILY_LOSS),
    ("daily_loss", {"result": None}, Refusal.DAILY_LOSS),
    ("position_size", {"notional": 20_000 * NANOS + 1}, Refusal.POSITION_SIZE),
    ("position_size", {"quantity": 0, "notional": 0}, Refusal.POSITION_SIZE),
    ("position_size", {"notional": None}, Refusal.POSITION_SIZE),
    ("total_exposure", {"exposure": 50_000 * NANOS + 1}, Refusal.TOTAL_EXPOSURE),
    ("total_exposure", {"exposure": None}, Refusal.TOTAL_EXPOSURE),
    ("geometry", {"stop": 100 * NANOS}, Refusal.GEOMETRY),
    ("geometry", {"target": 100 * NANOS}, Refusal.GEOMETRY),
    ("geometry", {"stop": 101 * NANOS}, Refusal.GEOMETRY),
    ("geometry", {"direction": Direction.SHORT}, Refusal.GEOMETRY),
    ("one_position", {"held": -3}, Refusal.ONE_POSITION),
    ("one_position", {"reserved": True}, Refusal.ONE_POSITION),
    (
        "short",
        {
            "direction": Direction.SHORT,
            "allow_short": False,
            "stop": 102 * NANOS,
            "target": 99 * NANOS,
        },
        Refusal.SHORT,
    ),
]


@pytest.mark.parametrize(("gate", "fields", "refusal"), ALONE, ids=[f"{a[0]}-{a[1]}" for a in ALONE])
def test_each_gate_fails_alone_and_names_its_refusal(gate, fields, refusal):
    verdict = gates.judge(changed(**fields))
    assert [result.gate for result in verdict.results if not result.passed] == [gate]
    assert verdict.refusal is refusal
    assert verdict.passed == ((1 << len(NAMES)) - 1) & ~(1 << NAMES.index(gate))


UNKNOWN = {
    "schedule": {"scheduled": None},
    "freshness": {"price_age": None, "price": None},
    "daily_loss": {"result": None},
    "position_size": {"notional": None, "unit_notional": None},
    "total_exposure": {"exposure": None},
    "geometry": {"price": None},
}


@pytest.mark.parametrize("gate", UNKNOWN)
def test_a_gate_that_cannot_be_evaluated_fails_without_a_value_but_with_its_limit(gate):
    result = told(changed(**UNKNOWN[gate]), gate)
    assert (result.passed, result.value, result.distance) == (False, None, "")
    assert result.limit


def test_no_gate_stops_the_others_and_the_first_failed_one_names_the_refusal():
    situation = changed(score=1.0, held=5, result=None, trading=TradingState.RUNNING)
    verdict = gates.judge(situation)
    assert [r.gate for r in verdict.results if not r.passed] == ["confidence", "daily_loss", "one_position"]
    assert verdict.refusal is Refusal.CONFIDENCE
    assert gates.judge(changed(scheduled=False, score=1.0)).refusal is Refusal.SCHEDULE


@pytest.mark.parametrize(
    ("gate", "fields", "value", "limit", "distance"),
    [
        ("state", {"locks": ("a", "b")}, "RUNNING, locked: a, b", "RUNNING, not locked", ""),
        ("schedule", {}, "Mon 2024-01-08 10:15:00", "Mon-Fri 09:30-16:00", "+45"),
        ("freshness", {}, "0.5", "60", "+59.5"),
        ("freshness", {"base_closed": False}, "0.5, no trade in the closing bar", "60", ""),
        ("confidence", {}, "7.25", "6", "+1.25"),
        ("confidence", {"score": 5.123456}, "5.123456", "6", "-0.876544"),
        ("daily_trades", {"trades": 6}, "6", "5", "-1"),
        ("daily_loss", {}, "-2499", "-2500", "+1"),
        ("daily_loss", {"result": 30 * NANOS}, "30", "-2500", "+2530"),
        ("position_size", {"quantity": 0, "unit_notional": 25_000 * NANOS}, "25000", "20000", "-5000"),
        ("total_exposure", {"exposure": 20_010_500_000_000}, "20010.5", "50000", "+29989.5"),
        ("geometry", {}, "100", "99 < price < 102", "+1"),
        ("geometry", {"stop": 100_500_000_000}, "100", "100.5 < price < 102", "-0.5"),
        ("one_position", {"held": -3}, "position -3", "flat", ""),
        ("one_position", {"reserved": True}, "entry in progress", "flat", ""),
        ("short", {"allow_short": False}, "LONG", "LONG", ""),
    ],
)
def test_value_limit_and_distance_are_told_in_the_gates_unit(gate, fields, value, limit, distance):
    result = told(changed(**fields), gate)
    assert (result.value, result.limit, result.distance) == (value, limit, distance)


def test_the_bracket_of_a_short_is_mirrored():
    short = {"direction": Direction.SHORT, "stop": 102 * NANOS, "target": 99 * NANOS}
    assert gates.judge(changed(**short)).refusal is None
    assert told(changed(**short, price=102 * NANOS), "geometry").distance == "+0"
    assert told(changed(**short, price=103 * NANOS), "geometry").distance == "-1"
