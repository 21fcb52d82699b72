"""Limits of risk as settings: which make no sense, and that all of them can be set at once."""

import tomllib

import msgspec
import pytest

from tradingfloor.actors.config import (
    Config,
    QualityConfig,
    RiskConfig,
    ScheduledAction,
)
from tradingfloor.actors.config_sources import check, commented_toml
from tradingfloor.actors.errors import BadConfig


@pytest.mark.parametrize(
    ("risk", "path", "fault"),
    [
        ({"on_breach": {"daily_los": "kill"}}, "risk.on_breach.daily_los", "did you mean daily_loss?"),
        ({"on_breach": {"drawdown": "panic"}}, "risk.on_breach.drawdown", "block, flatten or kill"),
        ({"max_class_exposure": {"swings": 1.0}}, "risk.max_class_exposure.swings", "did you mean swing?"),
        ({"max_class_exposure": {"swing": 1e10}}, "risk.max_class_exposure.swing", "expected at most"),
        ({"max_class_exposure": {"swing": -1.0}}, "risk.max_class_exposure.swing", ">= 0"),
        ({"underlyings": {"QQQ": "NDX"}}, "risk.underlyings.QQQ", "not traded"),
        ({"underlyings": {"SPX": "a b"}}, "risk.underlyings.SPX", "not a plain symbol"),
        ({"no_entry_dates": ("2024-02-30",)}, "risk.no_entry_dates", "expected dates YYYY-MM-DD"),
        ({"no_entry_dates": ("20240228",)}, "risk.no_entry_dates", "expected dates YYYY-MM-DD"),
        ({"cooldown_after_trade": 10.0, "cooldown_after_loss": 5.0}, "risk.cooldown_after_loss", "below"),
        ({"max_drawdown": 1e10}, "risk.max_drawdown", "expected at most"),
        ({"max_drawdown": float("nan")}, "risk.max_drawdown", "got nan"),
        ({"max_consecutive_losses": -1}, "risk.max_consecutive_losses", ">= 0"),
        ({"cooldown_after_trade": 1e9}, "risk.cooldown_after_trade", "<= 100000"),
        ({"max_entry_deviation": 101.0}, "risk.max_entry_deviation", "<= 100"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_by_its_path(risk, path, fault):
    with pytest.raises(BadConfig) as refused:
        check(Config(risk=RiskConfig(**risk)))
    assert str(refused.value).startswith(path)
    assert fault in str(refused.value)


def test_every_newer_limit_may_be_set_at_once_and_comes_back_from_its_own_text():
    risk = RiskConfig(
        daily_loss_bars=2,
        max_drawdown=500.0,
        max_consecutive_losses=3,
        min_reward_risk=1.5,
        max_entry_deviation=0.5,
        cooldown_after_trade=5.0,
        cooldown_after_loss=30.0,
        no_entries_after_open=5.0,
        no_entries_before_close=10.0,
        early_close_entries=False,
        no_entry_dates=("2024-12-24",),
        underlyings={"SPX": "SPY"},
        max_underlying_exposure=30_000.0,
        max_class_exposure={"intraday": 10_000.0, "swing": 20_000.0},
        max_open_positions=3,
        max_leverage=1.5,
        max_orders_per_minute=10,
        max_backlog=100,
        on_breach={"daily_loss": "kill", "drawdown": "flatten", "order_rate": "block"},
    )
    schedule = (
        ScheduledAction(at="close-10m", do="stop", flatten=True),
        ScheduledAction(at="open", do="start"),
    )
    config = Config(risk=risk, schedule=schedule)
    check(config)
    tree = tomllib.loads(commented_toml(config))
    assert msgspec.convert(tree, Config) == config


def test_the_smallest_move_that_can_be_set_is_a_millionth():
    assert QualityConfig().spike_ppm == 0
    assert [QualityConfig(spike_pct=pct).spike_ppm for pct in (1e-9, 0.01, 5.0)] == [1, 100, 50_000]
