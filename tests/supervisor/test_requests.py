"""Requests and revisions: what the supervisor makes of them, and what it refuses with which code."""

import msgspec
import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config, RiskConfig
from tradingfloor.actors.config_revision import CHANGEABLE, carried, revised
from tradingfloor.actors.errors import BadCommand
from tradingfloor.actors.runtime.core import run_deciding
from tradingfloor.actors.supervisor.core import SupervisorCore
from tradingfloor.actors.types import Refusal, TradingState

CORE = SupervisorCore("tape", Config(symbols=("SPX", "NDX")))


def ask(command, holding=("SPX",), state=None):
    state = state or CORE.initial()
    state.open = dict.fromkeys(holding, 5)
    return run_deciding(CORE, state, command, 5)


def code(command, holding=("SPX",)):
    with pytest.raises(BadCommand) as refused:
        ask(command, holding)
    return refused.value.reason


def reduce(symbol="", part=500_000):
    return m.ReducePositions(request_id="r", reason="enough", by="me", symbol=symbol, part=part)


def revise(*changes, reason="calm day"):
    return m.ReviseConfig(request_id="r", reason=reason, by="me", changes=changes)


def test_a_reduction_becomes_a_request_that_says_who_and_why():
    (event,) = ask(reduce("SPX"))
    assert isinstance(event, m.ReductionRequested)
    assert (event.symbol, event.part, event.by, event.reason) == ("SPX", 500_000, "me", "enough")


@pytest.mark.parametrize(
    ("command", "holding", "reason"),
    [
        (reduce(part=0), ("SPX",), Refusal.BAD_PART),
        (reduce(part=1_000_001), ("SPX",), Refusal.BAD_PART),
        (reduce(part=-1), ("SPX",), Refusal.BAD_PART),
        (reduce("NDX"), ("SPX",), Refusal.NO_POSITION),
        (reduce(), (), Refusal.NO_POSITION),
        (reduce("QQQ"), ("SPX",), Refusal.UNKNOWN_SYMBOL),
        (reduce("QQQ"), (), Refusal.UNKNOWN_SYMBOL),
        (m.CancelAllOrders(request_id="r", symbol="QQQ"), ("SPX",), Refusal.UNKNOWN_SYMBOL),
        (revise(("enabled", "false"), reason="  "), (), Refusal.REASON_MISSING),
        (revise(), (), Refusal.BAD_SETTING),
        (revise(("risk.max_daily_lose", "1")), (), Refusal.BAD_SETTING),
        (revise(("risk.max_daily_loss", "lots")), (), Refusal.BAD_SETTING),
        (revise(("risk.max_daily_loss", "-1")), (), Refusal.BAD_SETTING),
        (revise(("risk.max_daily_loss", "100"), ("risk.max_daily_loss", "200")), (), Refusal.BAD_SETTING),
        (revise(("risk.on_breach", "kill")), (), Refusal.BAD_SETTING),
        (revise(("risk.on_breach.weather", "kill")), (), Refusal.BAD_SETTING),
        (revise(("risk.schedule.start", "17:00")), (), Refusal.BAD_SETTING),
        (revise(("symbols", "QQQ")), (), Refusal.NOT_CHANGEABLE),
        (revise(("timeframes", "5m")), (), Refusal.NOT_CHANGEABLE),
        (revise(("data.source", "sim")), (), Refusal.NOT_CHANGEABLE),
        (revise(("account", "1")), (), Refusal.NOT_CHANGEABLE),
        (revise(("schedule", "[]")), (), Refusal.NOT_CHANGEABLE),
    ],
)
def test_a_bad_command_is_refused_with_its_reason_code(command, holding, reason):
    assert code(command, holding) is reason


def test_a_position_in_a_symbol_that_is_no_longer_traded_can_be_closed():
    (event,) = ask(reduce("QQQ"), holding=("QQQ",))
    assert event.symbol == "QQQ"


def test_every_setting_is_either_changeable_or_refused_as_such():
    for field in msgspec.structs.fields(Config):
        if field.name not in CHANGEABLE:
            with pytest.raises(BadCommand) as refused:
                revised(Config(), [(field.name, "1")])
            assert refused.value.reason is Refusal.NOT_CHANGEABLE


def test_a_cancel_of_everything_is_a_request_in_any_state():
    (event,) = ask(m.CancelAllOrders(request_id="r", entries_only=True), holding=())
    assert (event.symbol, event.entries_only) == ("", True)


def test_a_revision_names_both_configs_and_holds_the_whole_of_the_new_one():
    state = CORE.initial()
    (event,) = ask(revise(("risk.max_daily_trades", "2"), ("risk.min_confidence", "7.5")), state=state)
    before = Config(symbols=("SPX", "NDX"))
    after = msgspec.structs.replace(before, risk=RiskConfig(max_daily_trades=2, min_confidence=7.5))
    assert (event.previous, event.config) == (before.content_hash, after.content_hash)
    assert msgspec.json.decode(event.settings, type=Config) == after == state.config
    assert (event.by, event.reason) == ("me", "calm day")
    (second,) = ask(revise(("enabled", "false")), state=state)
    assert second.previous == after.content_hash


def test_a_revision_that_changes_nothing_is_answered_without_an_event():
    assert ask(revise(("risk.max_daily_trades", "5"))) == []


def test_changes_are_taken_together_or_not_at_all():
    both = (("risk.schedule.start", "16:30"), ("risk.schedule.end", "17:30"))
    assert ask(revise(*both))
    state = CORE.initial()
    with pytest.raises(BadCommand):
        ask(revise(("risk.max_daily_trades", "1"), ("risk.schedule.start", "17:00")), state=state)
    assert state.config == Config(symbols=("SPX", "NDX"))


@pytest.mark.parametrize(
    ("path", "text", "read"),
    [
        ("risk.on_breach.daily_loss", "kill", {"daily_loss": "kill"}),
        ("risk.on_breach", '{"drawdown": "flatten"}', {"drawdown": "flatten"}),
        ("risk.on_breach", "{}", {}),
    ],
)
def test_a_table_is_changed_by_one_name_or_given_whole(path, text, read):
    assert revised(Config(), [(path, text)]).risk.on_breach == read


def test_a_restart_with_another_file_keeps_every_revision_that_still_makes_sense():
    changes = [("risk.max_daily_trades", "2"), ("risk.underlyings.NDX", "SPX"), ("gone", "1")]
    tight = Config(symbols=("SPX",), risk=RiskConfig(max_daily_trades=50, max_daily_loss=1.0))
    after = carried(tight, changes)
    assert (after.risk.max_daily_trades, after.risk.max_daily_loss) == (2, 1.0)
    assert after.risk.underlyings == {}


@pytest.mark.parametrize(
    "changes",
    [
        [("risk.schedule.start", "16:30"), ("risk.schedule.end", "20:00")],
        [("risk.cooldown_after_loss", "5"), ("risk.cooldown_after_trade", "5")],
    ],
)
def test_settings_that_were_changed_together_hold_together(changes):
    risk = RiskConfig(cooldown_after_trade=10.0, cooldown_after_loss=10.0)
    state = SupervisorCore("tape", Config(risk=risk)).initial()
    (event,) = ask(revise(*changes), state=state)
    assert state.config == revised(Config(risk=risk), changes)
    assert event.config == state.config.content_hash


def test_a_recovered_supervisor_goes_on_with_the_revised_config():
    state = CORE.initial()
    (event,) = ask(revise(("risk.max_daily_trades", "2")), state=state)
    recovered = CORE.initial()
    CORE.apply(recovered, event)
    assert recovered.config == state.config
    assert recovered.state is TradingState.STOPPED
