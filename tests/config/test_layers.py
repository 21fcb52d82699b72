"""Which source wins where several set the same, and what is remembered of where a value came from."""

import tomllib

import msgspec
import pytest

from tradingfloor.actors.config import (
    Config,
    DataConfig,
    InstrumentConfig,
    QualityConfig,
)
from tradingfloor.actors.config_checks import flatten
from tradingfloor.actors.config_sources import resolve, rows


@pytest.mark.parametrize(
    "data",
    [
        {"adjust": "splits"},
        {"factor_files": "here"},
        {"quotes": ("a",)},
        {"quality": QualityConfig(on_tick=True)},
    ],
)
def test_every_setting_is_part_of_the_hash(data):
    assert Config(data=DataConfig(**data)).content_hash != Config().content_hash


def test_without_any_source_everything_is_default():
    resolved = resolve()
    assert resolved.config == Config()
    assert set(resolved.origins.values()) == {"default"}


def test_each_layer_beats_the_one_before_it(write):
    file = write("seed = 2\naccount = 2.0\n[risk]\nmax_daily_trades = 2\nmax_daily_loss = 2\n")
    environ = {
        "TRADINGFLOOR__ACCOUNT": "3",
        "TRADINGFLOOR__RISK__MAX_DAILY_TRADES": "3",
        "TRADINGFLOOR__RISK__MAX_POSITION_SIZE": "3",
    }
    flags = {"risk.max_daily_trades": 4, "risk.max_daily_loss": 4.0}
    resolved = resolve(file, environ, flags)
    config, origins = resolved.config, resolved.origins
    assert (config.seed, origins["seed"]) == (2, "file config.toml")
    assert (config.account, origins["account"]) == (3.0, "env TRADINGFLOOR__ACCOUNT")
    assert config.risk.max_position_size == 3.0
    assert origins["risk.max_position_size"] == "env TRADINGFLOOR__RISK__MAX_POSITION_SIZE"
    assert (config.risk.max_daily_trades, origins["risk.max_daily_trades"]) == (4, "flag --max-daily-trades")
    assert (config.risk.max_daily_loss, origins["risk.max_daily_loss"]) == (4.0, "flag --max-daily-loss")
    assert (config.risk.allow_short, origins["risk.allow_short"]) == (True, "default")


def test_a_setting_given_its_default_value_still_has_an_origin(write):
    assert resolve(write("seed = 1")).origins["seed"] == "file config.toml"


def test_origins_name_every_setting_of_the_config():
    resolved = resolve(flags={"instruments.SPX.tick": "0.05", "algorithm_config.a.b": "1"})
    expected = {".".join(path) for path, _ in flatten(msgspec.to_builtins(resolved.config))}
    assert set(resolved.origins) == expected
    assert {"instruments.SPX.tick", "instruments.SPX.kind", "algorithm_config.a.b"} <= expected


def test_a_flag_that_was_not_given_changes_nothing():
    assert resolve(flags={"seed": None}).origins["seed"] == "default"


def test_a_flag_can_be_named_as_it_was_typed():
    resolved = resolve(flags={"symbols": ["NDX"]}, flag_names={"symbols": "--symbol"})
    assert (resolved.config.symbols, resolved.origins["symbols"]) == (("NDX",), "flag --symbol")


def test_text_of_flags_and_environment_is_read_by_the_type_of_the_setting():
    environ = {
        "TRADINGFLOOR__ENABLED": "false",
        "TRADINGFLOOR__SYMBOLS": "SPX, NDX",
        "TRADINGFLOOR__RISK__SCHEDULE__DAYS": "Mon,Fri",
        "TRADINGFLOOR__INSTRUMENTS__SPX__MULTIPLIER": "100",
        "TRADINGFLOOR__DATA__SOURCE": "replay:a,b.csv",
        "TRADINGFLOOR__CONFLUENCE__KINDS__FVG": "0.25",
    }
    config = resolve(None, environ, {"detectors": "fvg,Bos", "risk.allow_short": "false"}).config
    assert config.enabled is False
    assert config.symbols == ("SPX", "NDX")
    assert config.risk.schedule.days == ("Mon", "Fri")
    assert config.instruments == {"SPX": InstrumentConfig(multiplier=100)}
    assert config.data.source == "replay:a,b.csv"
    assert config.detectors == ("FVG", "BOS")
    assert config.confluence.kinds == {"fvg": 0.25}
    assert config.risk.allow_short is False


def test_other_variables_of_the_environment_are_left_alone():
    environ = {"PATH": "/bin", "TRADINGFLOOR_TEST_DATA": "x", "XTRADINGFLOOR__SEED": "x"}
    assert resolve(None, environ).config == Config()


def test_a_symbol_with_a_dot_can_be_set_by_file_and_flag(write):
    file = write('[instruments."BRK.B"]\nkind = "equity"\n')
    config = resolve(file, flags={"instruments.BRK.B.tick": "0.01"}).config
    assert config.instruments == {"BRK.B": InstrumentConfig(kind="equity", tick="0.01")}


def test_the_free_table_takes_any_key_and_later_layers_replace_parts_of_it(write):
    file = write("[algorithm_config]\nx = 1\ny.z = [1, {a = 2}]\nw = true\n")
    environ = {"TRADINGFLOOR__ALGORITHM_CONFIG__X": "2.5", "TRADINGFLOOR__ALGORITHM_CONFIG__NAME": "beta"}
    resolved = resolve(file, environ, {"algorithm_config.w.deep": "3"})
    assert resolved.config.algorithm_config == {
        "x": 2.5,
        "y": {"z": [1, {"a": 2}]},
        "name": "beta",
        "w": {"deep": 3},
    }
    assert resolved.origins["algorithm_config.x"] == "env TRADINGFLOOR__ALGORITHM_CONFIG__X"
    assert resolved.origins["algorithm_config.y.z"] == "file config.toml"
    assert "algorithm_config" not in resolved.origins


def test_a_free_table_can_come_whole_from_a_flag():
    assert resolve(flags={"algorithm_config": {"a": {"b": 1}}}).config.algorithm_config == {"a": {"b": 1}}


def test_weights_of_kinds_come_from_any_source_and_count_into_the_hash(write):
    file = write("[confluence.kinds]\nfvg = 0.3\nbos = 0.0\n")
    resolved = resolve(file, flags={"confluence.kinds.fvg": 0.2, "confluence.intraday": 0.5})
    assert resolved.config.confluence.kinds == {"fvg": 0.2, "bos": 0.0}
    assert resolved.origins["confluence.kinds.fvg"] == "flag --fvg"
    assert resolved.origins["confluence.kinds.bos"] == "file config.toml"
    assert resolved.config.confluence.class_weights == {
        "INTRADAY": 0.5,
        "SWING": 0.4,
        "MONTHLY": 0.2,
        "LEAPS": 0.1,
    }
    assert resolve(file).config.content_hash != Config().content_hash


def test_rows_show_every_setting_as_it_would_be_written(write):
    file = write('symbols = ["NDX"]\n[instruments.NDX]\ntick = "0.05"\n')
    shown = {path: (value, origin) for path, value, origin in rows(resolve(file))}
    assert shown["symbols"] == ('["NDX"]', "file config.toml")
    assert shown["instruments.NDX.tick"] == ('"0.05"', "file config.toml")
    assert shown["instruments.NDX.kind"] == ("-", "default")
    assert shown["enabled"] == ("true", "default")
    assert shown["risk.max_daily_loss"] == ("2500.0", "default")
    assert shown["algorithm_config"] == ("{}", "default")
    for value, _ in shown.values():
        if value != "-":
            tomllib.loads(f"x = {value}")
