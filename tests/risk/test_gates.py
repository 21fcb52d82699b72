import msgspec
import pytest

from tradingfloor.actors.config_faults import LIMITS
from tradingfloor.actors.risk import gates
from tradingfloor.actors.risk.situation import Situation
from tradingfloor.actors.types import MAX_PRICE, NANOS, Direction, Refusal, TradingState

MINUTE = 60 * NANOS
GOOD = Situation(
    symbol="SPX",
    direction=Direction.LONG,
    entry=100 * NANOS,
    stop=99 * NANOS,
    target=102 * NANOS,
    quantity=200,
    trading=TradingState.RUNNING,
    locks=(),
    scheduled=True,
    clock="Mon 2024-01-08 10:15:00",
    schedule="Mon-Fri 09:30-16:00",
    schedule_margin=45,
    session_date="2024-01-08",
    closed_date=False,
    early_close=False,
    early_closes_allowed=True,
    since_open=45 * MINUTE,
    until_close=345 * MINUTE,
    after_open=45 * MINUTE,
    before_close=344 * MINUTE,
    price=100 * NANOS,
    price_age=NANOS // 2,
    max_price_age=60 * NANOS,
    base_closed=True,
    max_deviation=5_000,
    bid=99_990_000_000,
    ask=100_010_000_000,
    quote_age=60 * NANOS,
    max_quote_age=60 * NANOS,
    max_spread=2_000_000,
    quote_required=True,
    score=7.25,
    min_score=6.0,
    min_reward_risk=2_000_000,
    now=1_000 * MINUTE,
    last_trade=990 * MINUTE,
    last_loss=980 * MINUTE,
    after_trade=10 * MINUTE,
    after_loss=20 * MINUTE,
    held=0,
    reserved=False,
    against="",
    allow_short=True,
    trades=5,
    max_trades=5,
    result=-2_499 * NANOS,
    max_loss=2_500 * NANOS,
    drawdown=2_999 * NANOS,
    max_drawdown=3_000 * NANOS,
    losses=2,
    max_losses=3,
    unit_notional=100 * NANOS,
    notional=20_000 * NANOS,
    max_notional=20_000 * NANOS,
    exposure=50_000 * NANOS,
    max_exposure=50_000 * NANOS,
    underlying="SPX",
    underlying_exposure=40_000 * NANOS,
    max_underlying=40_000 * NANOS,
    klass="INTRADAY",
    class_exposure=30_000 * NANOS,
    max_class=30_000 * NANOS,
    positions=3,
    max_positions=3,
    power_needed=100_000 * NANOS,
    power=100_000 * NANOS,
    orders=10,
    max_orders=10,
    backlog=50,
    max_backlog=50,
)
"""Every gate is on, and every limit is used to the last unit that it allows."""

SETTINGS = [
    *("after_open", "before_close", "max_deviation", "min_reward_risk", "after_trade", "after_loss"),
    *("max_drawdown", "max_losses", "max_underlying", "max_class", "max_positions", "power"),
    *("max_orders", "max_backlog"),
]
NAMES = [gate.name for gate in gates.GATES]
SHORT = {"direction": Direction.SHORT, "stop": 102 * NANOS, "target": 96 * NANOS}


def changed(**fields):
    return msgspec.structs.replace(GOOD, **fields)


def told(situation, gate):
    return gates.judge(situation).results[NAMES.index(gate)]


def test_the_set_and_its_order_are_version_three():
    assert gates.GATE_SET == 3
    assert NAMES == [
        "order_sanity",
        "state",
        "locks",
        "schedule",
        "calendar",
        "freshness",
        "quote",
        "spread",
        "confidence",
        "reward_risk",
        "cooldown",
        "opposite_position",
        "daily_trades",
        "daily_loss",
        "drawdown",
        "consecutive_losses",
        "position_size",
        "total_exposure",
        "underlying_exposure",
        "class_exposure",
        "geometry",
        "one_position",
        "short",
        "open_positions",
        "buying_power",
        "order_rate",
        "overload",
    ]
    assert list(gates.UNITS) == NAMES
    assert len({gate.refusal for gate in gates.GATES}) == len(NAMES)


def test_every_limit_says_what_it_counts_and_may_stand_in_the_config():
    assert set(gates.LIMITS) == set(LIMITS)
    assert all(" " in gate.counts for gate in gates.LIMITS.values())


def test_a_good_situation_passes_every_gate():
    verdict = gates.judge(GOOD)
    assert verdict.refusal is None
    assert verdict.passed == (1 << len(NAMES)) - 1
    assert [result.gate for result in verdict.results] == NAMES


ALONE = [
    ("order_sanity", {"entry": 102 * NANOS, "max_deviation": 0}, Refusal.ORDER_SANITY),
    ("order_sanity", {"entry": 99 * NANOS, "max_deviation": 0}, Refusal.ORDER_SANITY),
    ("order_sanity", {"stop": 0, "min_reward_risk": 0}, Refusal.ORDER_SANITY),
    ("order_sanity", {"target": MAX_PRICE + 1}, Refusal.ORDER_SANITY),
    ("state", {"trading": TradingState.PAUSED}, Refusal.STATE),
    ("state", {"trading": TradingState.KILLED}, Refusal.STATE),
    ("locks", {"locks": ("daily_loss",)}, Refusal.ENTRIES_LOCKED),
    ("schedule", {"scheduled": False}, Refusal.SCHEDULE),
    ("schedule", {"scheduled": None}, Refusal.SCHEDULE),
    ("calendar", {"closed_date": True}, Refusal.CALENDAR),
    ("calendar", {"early_close": True, "early_closes_allowed": False}, Refusal.CALENDAR),
    ("calendar", {"since_open": 45 * MINUTE - 1}, Refusal.CALENDAR),
    ("calendar", {"until_close": 344 * MINUTE}, Refusal.CALENDAR),
    ("freshness", {"price_age": 60 * NANOS + 1}, Refusal.FRESHNESS),
    ("freshness", {"price_age": 1, "max_price_age": 0}, Refusal.FRESHNESS),
    ("freshness", {"price_age": None}, Refusal.FRESHNESS),
    ("freshness", {"base_closed": False}, Refusal.FRESHNESS),
    ("quote", {"price": 99_500_000_000 - 1}, Refusal.QUOTE),
    ("quote", {"price": 100_500_000_000 + 1, "min_reward_risk": 0}, Refusal.QUOTE),
    ("spread", {"ask": 100_010_000_001}, Refusal.SPREAD),
    ("spread", {"bid": 100_010_000_000}, Refusal.SPREAD),
    ("spread", {"bid": 100_010_000_001}, Refusal.SPREAD),
    ("spread", {"bid": 0}, Refusal.SPREAD),
    ("spread", {"ask": 0}, Refusal.SPREAD),
    ("spread", {"bid": 0, "ask": 0}, Refusal.SPREAD),
    ("spread", {"quote_age": 60 * NANOS + 1}, Refusal.SPREAD),
    ("spread", {"quote_age": 60 * NANOS + 1, "quote_required": False}, Refusal.SPREAD),
    ("spread", {"quote_age": 60 * NANOS + 1, "max_spread": 0}, Refusal.SPREAD),
    ("spread", {"quote_age": None}, Refusal.SPREAD),
    ("confidence", {"score": 5.999999}, Refusal.CONFIDENCE),
    ("reward_risk", {"target": 102 * NANOS - 1}, Refusal.REWARD_RISK),
    ("cooldown", {"last_trade": 990 * MINUTE + 1}, Refusal.COOLDOWN),
    ("cooldown", {"last_loss": 980 * MINUTE + 1}, Refusal.COOLDOWN),
    ("opposite_position", {"against": "SPY -3"}, Refusal.OPPOSITE_POSITION),
    ("daily_trades", {"trades": 6}, Refusal.DAILY_TRADES),
    ("daily_trades", {"trades": 1, "max_trades": 0}, Refusal.DAILY_TRADES),
    ("daily_loss", {"result": -2_500 * NANOS}, Refusal.DAILY_LOSS),
    ("daily_loss", {"result": None}, Refusal.DAILY_LOSS),
    ("drawdown", {"drawdown": 3_000 * NANOS}, Refusal.DRAWDOWN),
    ("drawdown", {"drawdown": None}, Refusal.DRAWDOWN),
    ("consecutive_losses", {"losses": 3}, Refusal.CONSECUTIVE_LOSSES),
    ("position_size", {"notional": 20_000 * NANOS + 1}, Refusal.POSITION_SIZE),
    ("position_size", {"quantity": 0, "notional": 0}, Refusal.POSITION_SIZE),
    ("position_size", {"notional": None}, Refusal.POSITION_SIZE),
    ("total_exposure", {"exposure": 50_000 * NANOS + 1}, Refusal.TOTAL_EXPOSURE),
    ("total_exposure", {"exposure": None}, Refusal.TOTAL_EXPOSURE),
    ("underlying_exposure", {"underlying_exposure": 40_000 * NANOS + 1}, Refusal.UNDERLYING_EXPOSURE),
    ("underlying_exposure", {"underlying_exposure": None}, Refusal.UNDERLYING_EXPOSURE),
    ("class_exposure", {"class_exposure": 30_000 * NANOS + 1}, Refusal.CLASS_EXPOSURE),
    ("class_exposure", {"class_exposure": None}, Refusal.CLASS_EXPOSURE),
    ("geometry", {"price": 99 * NANOS, "max_deviation": 0, "min_reward_risk": 0}, Refusal.GEOMETRY),
    ("geometry", {"price": 102 * NANOS, "max_deviation": 0, "min_reward_risk": 0}, Refusal.GEOMETRY),
    ("one_position", {"held": 3}, Refusal.ONE_POSITION),
    ("one_position", {"reserved": True}, Refusal.ONE_POSITION),
    ("short", SHORT | {"allow_short": False}, Refusal.SHORT),
    ("open_positions", {"positions": 4}, Refusal.OPEN_POSITIONS),
    ("buying_power", {"power_needed": 100_000 * NANOS + 1}, Refusal.BUYING_POWER),
    ("buying_power", {"power": None}, Refusal.BUYING_POWER),
    ("order_rate", {"orders": 11}, Refusal.ORDER_RATE),
    ("overload", {"backlog": 51}, Refusal.OVERLOAD),
]


@pytest.mark.parametrize(("gate", "fields", "refusal"), ALONE, ids=[f"{a[0]}-{a[1]}" for a in ALONE])
def test_each_gate_fails_alone_just_beyond_its_edge_and_names_its_refusal(gate, fields, refusal):
    verdict = gates.judge(changed(**fields))
    assert [result.gate for result in verdict.results if not result.passed] == [gate]
    assert verdict.refusal is refusal
    assert verdict.passed == ((1 << len(NAMES)) - 1) & ~(1 << NAMES.index(gate))


def test_every_gate_of_the_set_has_its_edge_tested():
    assert [name for name in NAMES if name not in {gate for gate, _, _ in ALONE}] == []


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_limit_of_zero_is_off_and_says_so(setting):
    worst = changed(
        **dict.fromkeys(SETTINGS, 0),
        since_open=0,
        until_close=1,
        price=101 * NANOS,
        last_trade=1_000 * MINUTE,
        last_loss=1_000 * MINUTE,
        drawdown=None,
        losses=99,
        underlying_exposure=None,
        class_exposure=None,
        positions=99,
        power_needed=None,
        orders=99,
        backlog=99,
    )
    assert gates.judge(worst).refusal is None
    on = msgspec.structs.replace(worst, **{setting: getattr(GOOD, setting)})
    assert gates.judge(on).refusal is not None
    assert [result.limit for result in gates.judge(worst).results].count("off") == 11


UNKNOWN = {
    "schedule": {"scheduled": None},
    "freshness": {"price_age": None, "price": None},
    "quote": {"price": None},
    "reward_risk": {"price": None},
    "daily_loss": {"result": None},
    "drawdown": {"drawdown": None},
    "position_size": {"notional": None, "unit_notional": None},
    "total_exposure": {"exposure": None},
    "underlying_exposure": {"underlying_exposure": None},
    "class_exposure": {"class_exposure": None},
    "buying_power": {"power_needed": None},
    "geometry": {"price": None},
}


@pytest.mark.parametrize("gate", UNKNOWN)
def test_a_gate_that_cannot_be_evaluated_fails_without_a_value_but_with_its_limit(gate):
    result = told(changed(**UNKNOWN[gate]), gate)
    assert (result.passed, result.value, result.distance) == (False, None, "")
    assert result.limit


def test_no_gate_stops_the_others_and_the_first_failed_one_names_the_refusal():
    verdict = gates.judge(changed(score=1.0, held=5, result=None))
    assert [r.gate for r in verdict.results if not r.passed] == ["confidence", "daily_loss", "one_position"]
    assert verdict.refusal is Refusal.CONFIDENCE
    assert gates.judge(changed(scheduled=False, score=1.0)).refusal is Refusal.SCHEDULE


@pytest.mark.parametrize(
    ("gate", "fields", "value", "limit", "distance"),
    [
        (
            "order_sanity",
            {"stop": 0},
            "stop 0, entry 100, target 102",
            "stop < entry < target",
            "",
        ),
        ("locks", {"locks": ("a", "b")}, "a, b", "none", ""),
        ("schedule", {}, "Mon 2024-01-08 10:15:00", "Mon-Fri 09:30-16:00", "+45"),
        (
            "calendar",
            {},
            "45 after open, 345 before close",
            "45 after open to 344 before close",
            "+0",
        ),
        (
            "calendar",
            {"early_close": True},
            "45 after open, 345 before close",
            "45 after open to 344 before close",
            "+0",
        ),
        ("calendar", {"since_open": None}, "2024-01-08", "45 after open to 344 before close", ""),
        ("freshness", {}, "0.5", "60", "+59.5"),
        ("freshness", {"base_closed": False}, "0.5, no trade in the closing bar", "60", ""),
        ("quote", {"price": 99_900_000_000}, "0.1", "0.5", "+0.4"),
        ("quote", {"price": 101 * NANOS}, "1", "0.5", "-0.5"),
        ("spread", {}, "2", "2, a quote required", "+0"),
        ("spread", {"quote_required": False, "bid": 99_960_000_000}, "5.00075", "2", "-3.00075"),
        ("spread", {"quote_required": False, "max_spread": 0}, "2", "any", ""),
        ("spread", {"bid": 0}, "one-sided", "2, a quote required", ""),
        ("spread", {"bid": 0, "ask": 0}, "nothing quoted", "2, a quote required", ""),
        ("spread", {"bid": 100_010_000_000}, "locked", "2, a quote required", ""),
        ("spread", {"bid": 100_010_000_001}, "crossed", "2, a quote required", ""),
        ("spread", {"quote_age": None}, "no quote", "2, a quote required", ""),
        ("spread", {"quote_age": 61 * NANOS}, "quoted 61 s ago", "2, a quote required", ""),
        ("confidence", {}, "7.25", "6", "+1.25"),
        ("confidence", {"score": 5.123456}, "5.123456", "6", "-0.876544"),
        ("reward_risk", {"target": 103 * NANOS}, "3", "2", "+1"),
        ("reward_risk", {"price": 99 * NANOS}, "beyond its stop", "2", ""),
        ("cooldown", {}, "10", "10 after a trade, 20 after a loss", "+0"),
        ("cooldown", {"last_trade": 995 * MINUTE}, "5", "10 after a trade, 20 after a loss", "-5"),
        (
            "cooldown",
            {"last_trade": 0, "last_loss": 0},
            "no trade yet",
            "10 after a trade, 20 after a loss",
            "",
        ),
        ("daily_trades", {"trades": 6}, "6", "5", "-1"),
        ("daily_loss", {}, "-2499", "-2500", "+1"),
        ("daily_loss", {"result": 30 * NANOS}, "30", "-2500", "+2530"),
        ("drawdown", {}, "2999", "3000", "+1"),
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


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"quote_age": None}, "no quote"),
        ({"quote_age": 61 * NANOS, "bid": 7, "ask": 7, "max_spread": 0}, "quoted 61 s ago"),
        ({"ask": 300 * NANOS, "max_spread": 0}, "10000.8"),
    ],
)
def test_what_is_not_quoted_or_was_long_ago_passes_where_the_config_asks_for_nothing(fields, value):
    result = told(changed(**fields, quote_required=False), "spread")
    assert (result.passed, result.value) == (True, value)


@pytest.mark.parametrize("fields", [{"bid": 100_010_000_000}, {"ask": 0}])
def test_what_cannot_be_traded_at_is_refused_without_any_setting(fields):
    assert told(changed(**fields, quote_required=False, max_spread=0), "spread").passed is False


def test_the_bracket_of_a_short_is_mirrored():
    assert gates.judge(changed(**SHORT)).refusal is None
    assert told(changed(**SHORT, price=102 * NANOS), "geometry").distance == "+0"
    assert told(changed(**SHORT, price=103 * NANOS), "geometry").distance == "-1"
    assert told(changed(**SHORT, entry=103 * NANOS), "order_sanity").passed is False


def test_only_an_entry_that_nothing_but_limits_stood_against_breaches_them():
    breached = gates.judge(changed(trades=6, positions=4)).breached
    assert [result.gate for result in breached] == ["daily_trades", "open_positions"]
    assert gates.judge(changed(trades=6, score=1.0)).breached == ()
    assert gates.judge(changed(exposure=None)).breached == ()
    assert gates.judge(GOOD).breached == ()
