"""What no engine can run on is one line: where it was set, its path, and what is wrong."""

import math

import msgspec
import pytest
from refusing import refusal

from tradingfloor.actors.config import (
    Config,
    ConfluenceConfig,
    RiskConfig,
)
from tradingfloor.actors.config_checks import UPPER_LIMITS
from tradingfloor.actors.config_setting import flatten
from tradingfloor.actors.config_sources import check, resolve
from tradingfloor.actors.domain.evidence import KINDS
from tradingfloor.actors.errors import BadConfig

PROVIDERS = "alpaca, massive, polygon or tradier"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[risk]\nmax_daily_los = 1",
            "config.toml: risk.max_daily_los: unknown setting; did you mean max_daily_loss?",
        ),
        (
            "max_daily_loss = 1",
            "config.toml: max_daily_loss: unknown setting; did you mean risk.max_daily_loss?",
        ),
        ("[rsk]\nmax_daily_loss = 1", "config.toml: rsk: unknown setting; did you mean risk?"),
        ("[risk.schedule]\nqqqqqq = 1", "config.toml: risk.schedule.qqqqqq: unknown setting"),
        (
            "[instruments.SPX]\ntik = '1'",
            "config.toml: instruments.SPX.tik: unknown setting; did you mean tick?",
        ),
        ("symbols.x = 1", "config.toml: symbols.x: unknown setting"),
        ("risk = 5", "config.toml: risk: expected a table, got 5"),
        ("instruments.SPX = 'x'", "config.toml: instruments.SPX: expected a table, got 'x'"),
        ("[risk]\nmax_daily_loss = '1'", "config.toml: risk.max_daily_loss: expected float, got '1'"),
        ("[risk]\nmax_daily_loss = -1", "config.toml: risk.max_daily_loss: expected float > 0.0, got -1"),
        (
            "[risk]\nmin_confidence = 10.5",
            "config.toml: risk.min_confidence: expected float <= 10.0, got 10.5",
        ),
        ("enabled = 1", "config.toml: enabled: expected bool, got 1"),
        ("seed = true", "config.toml: seed: expected int, got True"),
        ("seed = 1.5", "config.toml: seed: expected int, got 1.5"),
        ("symbols = 'SPX'", "config.toml: symbols: expected array, got 'SPX'"),
        ("symbols = [1]", "config.toml: symbols: expected str, got [1]"),
        ("account = nan", "config.toml: account: expected float > 0.0, got nan"),
        ("account = inf", "config.toml: account: NaN and infinity are not numbers to trade with"),
        (
            "[algorithm_config]\nx = [{y = -inf}]",
            "config.toml: algorithm_config.x: NaN and infinity are not numbers to trade with",
        ),
        (f"seed = {2**63}", "config.toml: seed: the number does not fit into 64 bits"),
        (
            f"[algorithm_config]\nx = {2**70}",
            "config.toml: algorithm_config.x: the number does not fit into 64 bits",
        ),
        (f"account = {10**400}", "config.toml: account: "),
        (
            "[confluence.kinds]\nfgv = 0.5",
            "config.toml: confluence.kinds.fgv: unknown kind of signal; did you mean fvg?",
        ),
        (
            "[confluence.kinds]\nmoon = 0.5",
            "config.toml: confluence.kinds.moon: unknown kind of signal; there are choch, bos, sweep, ",
        ),
        (
            "[confluence.kinds]\nFVG = 0.5",
            "config.toml: confluence.kinds.FVG: unknown kind of signal; there are choch, ",
        ),
        (
            "[confluence.kinds]\nfvg = 0.91",
            "config.toml: confluence.kinds.fvg: expected float <= 0.9, got 0.91",
        ),
        (
            "[confluence.kinds]\nfvg = -0.1",
            "config.toml: confluence.kinds.fvg: expected float >= 0.0, got -0.1",
        ),
        (
            "[confluence.kinds]\nfvg = 'high'",
            "config.toml: confluence.kinds.fvg: expected float, got 'high'",
        ),
        ("confluence.kinds = 0.5", "config.toml: confluence.kinds: expected a table, got 0.5"),
        ("[confluence.kinds]\nfvg.x = 1", "config.toml: confluence.kinds.fvg.x: unknown setting"),
        ("algorithm = 'a\\tb'", None),
        ('algorithm = "a\\nb"', "config.toml: algorithm: unprintable characters in 'a\\nb'"),
    ],
)
def test_a_bad_setting_is_one_line_with_origin_path_and_reason(write, text, message):
    if message is None:
        assert resolve(write(text)).config.algorithm == "a\\tb"
    else:
        assert refusal(write(text)).startswith(message)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("RISK__MAX_DAILY_LOS", "1", "risk.max_daily_los: unknown setting; did you mean max_daily_loss?"),
        ("RISK__MAX_DAILY_LOSS", "lots", "risk.max_daily_loss: expected float, got 'lots'"),
        ("RISK__MAX_DAILY_LOSS", "nan", "risk.max_daily_loss: expected float > 0.0, got 'nan'"),
        (
            "RISK__MAX_DAILY_LOSS",
            "inf",
            "risk.max_daily_loss: NaN and infinity are not numbers to trade with",
        ),
        ("RISK", "1", "risk: expected a table, got '1'"),
        ("ENABLED", "perhaps", "enabled: expected bool, got 'perhaps'"),
        ("SYMBOLS", "", "symbols: needs at least one"),
        ("ALGORITHM", "\udcff", "algorithm: not valid text: '\\udcff'"),
        ("", "1", ": unknown setting"),
        ("RISK__", "1", "risk.: unknown setting"),
    ],
)
def test_a_bad_variable_is_named(name, value, message):
    variable = f"TRADINGFLOOR__{name}"
    assert refusal(None, {variable: value}) == f"env {variable}: {message}"


def test_a_bad_flag_is_named():
    assert refusal(flags={"risk.min_confidence": "11"}) == (
        "flag --min-confidence: risk.min_confidence: expected float <= 10.0, got '11'"
    )


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("mode", "LIVE", "only PAPER exists, got 'LIVE'"),
        ("mode", "paper", "only PAPER exists, got 'paper'"),
        ("symbols", [], "needs at least one"),
        ("symbols", ["SPX", "SPX"], "SPX is named twice"),
        ("symbols", ["SPX", "spx"], "SPX is named twice, in capitals and in small letters"),
        ("symbols", ["S:X"], "not a plain symbol: 'S:X'"),
        ("symbols", ["S X"], "not a plain symbol: 'S X'"),
        ("symbols", ["../x"], "not a plain symbol: '../x'"),
        ("symbols", ["SPX\n"], "not a plain symbol: 'SPX\\n'"),
        ("symbols", ["A" * 33], f"not a plain symbol: '{'A' * 33}'"),
        ("timeframes", [], "needs at least one"),
        ("timeframes", ["1h", "1h"], "1h is named twice"),
        ("detectors", [], "needs at least one"),
        ("detectors", ["FVG", "fvg"], "FVG is named twice"),
        ("detectors", ["SWEEPS"], "expected FVG, IFVG, BOS, SWEEP"),
        ("risk.schedule.days", ["Mon", "Noday"], "expected Mon, Tue, Wed, Thu, Fri, Sat or Sun, got 'Noday'"),
        ("risk.schedule.days", ["Mon", "Mon"], "a day is named twice"),
        ("risk.schedule.days", [], "needs at least one; to make no entries use enabled = false"),
        ("risk.schedule.start", "9:30", "expected HH:MM from 00:00 to 23:59, got '9:30'"),
        ("risk.schedule.end", "24:00", "expected HH:MM from 00:00 to 23:59, got '24:00'"),
        ("risk.schedule.end", "16:00\n", "unprintable characters in '16:00\\n'"),
        ("risk.schedule.timezone", "America/Gotham", "unknown time zone 'America/Gotham'"),
        ("risk.schedule.timezone", "America", "unknown time zone 'America'"),
        ("risk.schedule.timezone", "../../etc/passwd", "unknown time zone '../../etc/passwd'"),
        ("risk.schedule.timezone", "", "unknown time zone ''"),
        ("execution.entry", "iceberg", "expected market, limit, stop or stop_limit, got 'iceberg'"),
        ("execution.stop", "none", "expected stop, stop_limit or trailing, got 'none'"),
        ("execution.time_in_force", "fok", "expected gtc, day or ioc, got 'fok'"),
        ("execution.fill_timing", "this_bar", "expected next_price or next_bar_open, got 'this_bar'"),
        (
            "execution.price_model",
            "mid",
            "expected none, fixed_bps, fixed_ticks, half_spread or",
        ),
        ("execution.quantity_model", "some", "expected all, probabilistic or volume_cap, got 'some'"),
        ("execution.reject_rules", ["moon"], "expected funds, closed or no_price, got 'moon'"),
        ("execution.slippage_ticks", 10**7, "expected at most 1,000,000, got 10000000"),
        ("execution.kinds.index.quantity_model", "some", "expected all, probabilistic or volume_cap"),
        ("execution.kinds.index.price_model", "mid", "expected none, fixed_bps, fixed_ticks"),
        ("execution.kinds.index.slippage_bps", 6_000.0, "expected at most 5,000, got 6000.0"),
        ("execution.kill_policy", "panic", "expected flatten or keep, got 'panic'"),
        ("data.source", "live", f"expected sim, replay:PATH, {PROVIDERS}, got 'live'"),
        ("data.source", "replay:", "replay: needs the path of a file after the colon"),
        ("data.source", "", f"expected sim, replay:PATH, {PROVIDERS}, got ''"),
        (
            "data.stream_url",
            "socket.example",
            "expected an address with ws:// or wss://, got 'socket.example'",
        ),
        ("data.rest_url", "ws://x", "expected an address with http:// or https://, got 'ws://x'"),
        ("data.grace", 1e3, "expected at most 60, got 1000.0"),
        ("data.tape", "all", "expected ticks, bars or off, got 'all'"),
        ("account", 1e9 + 1, "expected at most 1,000,000,000, got 1000000001.0"),
        ("risk.max_daily_trades", 2**40, "expected at most 1,000,000, got 1099511627776"),
        ("execution.fill_delay_ms", 1e12, "expected at most 86,400,000, got 1000000000000.0"),
        ("instruments.SPX.kind", "option", "'option' is none of index, equity, currency"),
        ("instruments.SPX.tick", "0", "'0' is not a positive decimal number"),
        ("instruments.SPX.tick", "-0.01", "expected decimal text such as 0.05, got '-0.01'"),
        ("instruments.SPX.tick", "NaN", "expected decimal text such as 0.05, got 'NaN'"),
        ("instruments.SPX.tick", "1e99", "expected decimal text such as 0.05, got '1e99'"),
        ("instruments.SPX.multiplier", 10**9, "expected at most 1,000,000, got 1000000000"),
    ],
)
def test_a_setting_that_no_engine_can_run_on_is_refused(path, value, message):
    assert refusal(flags={path: value}).find(f": {path}: {message}") > 0


@pytest.mark.parametrize(("name", "value"), [("calendar", "MARS"), ("timezone", "Mars/Crater")])
def test_an_unknown_calendar_or_zone_of_an_instrument_is_refused(name, value):
    message = refusal(flags={f"instruments.SPX.{name}": value})
    assert message.startswith(f"flag --{name}: instruments.SPX: unknown ")
    assert value in message


def test_a_timeframe_that_does_not_exist_is_refused_with_its_name():
    message = refusal(flags={"timeframes": ["15m", "7x"]})
    assert message.startswith("flag --timeframes: timeframes: ")
    assert "7x" in message


def test_all_timeframes_of_the_vocabulary_are_accepted():
    names = ["1s", "5s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "4h", "1d", "1w", "1M"]
    assert resolve(flags={"timeframes": names}).config.timeframes == tuple(names)


def test_a_schedule_that_ends_before_it_starts_names_the_source_that_made_it_so(write):
    message = refusal(write('[risk.schedule]\nend = "09:00"'))
    assert message == "config.toml: risk.schedule: start 09:30 is not before end 09:00"
    assert "not before" in refusal(flags={"risk.schedule.start": "16:00"})


def test_weights_may_be_zero_but_not_all_of_them():
    weights = ("intraday", "swing", "monthly", "leaps")
    assert resolve(flags={"confluence.intraday": 0, "confluence.swing": 0}).config.confluence.monthly > 0
    message = refusal(flags={f"confluence.{name}": 0 for name in weights})
    assert message == "flag --intraday: confluence: all weights are zero"
    assert "too large" in refusal(flags={f"confluence.{name}": 1e308 for name in weights})


def test_no_built_in_weight_is_larger_than_a_setting_may_be():
    kinds = {name: kind.weight for name, kind in KINDS.items()}
    assert resolve(flags={"confluence.kinds": kinds}).config.confluence.kinds == kinds


def test_limits_name_settings_that_exist_and_allow_their_defaults():
    values = {".".join(path): value for path, value in flatten(msgspec.to_builtins(Config()))}
    assert [path for path, limit in UPPER_LIMITS.items() if values[path] > limit] == []


def test_a_config_built_in_a_program_is_checked_setting_by_setting_too():
    check(Config())
    for config, message in [
        (Config(account=-5.0), "account: expected float > 0.0, got -5.0"),
        (Config(account=math.nan), "account: expected float > 0.0, got nan"),
        (Config(risk=RiskConfig(max_daily_loss=math.inf)), "risk.max_daily_loss: NaN and infinity"),
        (Config(symbols=None), "symbols: expected array, got None"),
        (Config(detectors=("fvg",)), "detectors: expected FVG, IFVG, BOS"),
        (
            Config(confluence=ConfluenceConfig(intraday=0, swing=0, monthly=0, leaps=0)),
            "confluence: all weights",
        ),
        (Config(algorithm_config={"x": {1: 2}}), "algorithm_config.x: names are text, got 1"),
        (Config(algorithm_config={"x": object()}), "a value that cannot be stored: "),
    ]:
        with pytest.raises(BadConfig) as caught:
            check(config)
        assert str(caught.value).startswith(message)


def test_an_unknown_kind_of_instrument_in_the_execution_settings_is_refused():
    message = refusal(flags={"execution.kinds.option.slippage_bps": 1.0})
    assert message.endswith("execution.kinds.option: expected index, equity or currency, got 'option'")
