import math
import tomllib

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.config import (
    MAX_WEIGHT,
    Config,
    ConfluenceConfig,
    DataConfig,
    FeeLine,
    FeeRate,
    InstrumentConfig,
    QualityConfig,
    RiskConfig,
    ScheduledAction,
    Section,
)
from tradingfloor.actors.config_checks import UPPER_LIMITS, flatten
from tradingfloor.actors.config_sources import check, commented_toml, load, resolve, rows
from tradingfloor.actors.config_text import field_docs
from tradingfloor.actors.domain.evidence import KINDS
from tradingfloor.actors.errors import BadConfig

PROVIDERS = "alpaca, massive, polygon or tradier"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes config.toml into the current folder and returns its name, as a user would type it."""
    monkeypatch.chdir(tmp_path)

    def write(text):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "config.toml").write_bytes(data)
        return "config.toml"

    return write


def refusal(*args, **kwargs):
    with pytest.raises(BadConfig) as caught:
        resolve(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code == 4
    return message


# --- identity --------------------------------------------------------------------------------------


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


# --- layers ----------------------------------------------------------------------------------------


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


# --- refusals --------------------------------------------------------------------------------------


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


def test_no_built_in_weight_is_larger_than_a_setting_may_be():
    kinds = {name: kind.weight for name, kind in KINDS.items()}
    assert resolve(flags={"confluence.kinds": kinds}).config.confluence.kinds == kinds


def test_limits_name_settings_that_exist_and_allow_their_defaults():
    values = {".".join(path): value for path, value in flatten(msgspec.to_builtins(Config()))}
    assert [path for path, limit in UPPER_LIMITS.items() if values[path] > limit] == []


# --- configs built without any source --------------------------------------------------------------


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


# --- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe\x00", "not a text file (UTF-8)"),
        (b"seed = ", "Invalid value"),
        (b"seed = 1\nseed = 2", "Cannot overwrite a value"),
        (b"x = " + b"[" * 100_000, "nested too deeply"),
        (b"#" * (1 << 20) + b"\n", "larger than a config file may be (1 MiB)"),
        (b"\x00", "Invalid statement"),
    ],
)
def test_a_garbage_file_is_refused_in_one_line(write, data, message):
    assert refusal(write(data)).startswith(f"config.toml: {message}")


def test_a_missing_file_and_a_folder_are_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal("config.toml") == "config.toml: No such file or directory"
    assert refusal(tmp_path) == f"{tmp_path}: Is a directory"
    assert refusal("a\0b").endswith("embedded null byte")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=80), st.text(alphabet="risk.[]=\"'max_daily_loss1-:{},\n", max_size=60)))
def test_whatever_a_file_holds_it_is_a_config_or_one_line(write, data):
    file = write(data)
    try:
        resolved = resolve(file)
    except BadConfig:
        refusal(file)
    else:
        check(resolved.config)


# --- the written file ------------------------------------------------------------------------------


def sections(section=Config):
    yield section
    for field in msgspec.structs.fields(section):
        if isinstance(field.type, type) and issubclass(field.type, Section):
            yield from sections(field.type)


def test_the_written_defaults_read_back_as_the_defaults(write):
    resolved = resolve(write(commented_toml(Config())))
    assert resolved.config == Config()


def test_the_written_file_holds_every_setting_with_an_explanation():
    text = commented_toml(Config())
    written = {path for path, _ in flatten(tomllib.loads(text))}
    defaults = {path for path, _ in flatten(msgspec.to_builtins(Config()))}
    # An empty table is written as its header; there is no instrument to write by default.
    assert defaults - written == {("instruments",)}
    assert written <= defaults
    words = " ".join(line.removeprefix("# ") for line in text.splitlines())
    for section in (*sections(), InstrumentConfig):
        docs = field_docs(section)
        for field in msgspec.structs.fields(section):
            if (
                not (isinstance(field.type, type) and issubclass(field.type, Section))
                and field.name != "instruments"
            ):
                assert docs.get(field.name), f"{section.__name__}.{field.name} has no docstring"
                assert docs[field.name] in words


def test_a_setting_that_differs_says_its_default():
    text = commented_toml(Config(seed=7, instruments={"SPX": InstrumentConfig(tick="0.05")}))
    assert "# Default: 1\nseed = 7\n" in text
    assert '# Default: -\ntick = "0.05"\n' in text
    assert "# Default:" not in commented_toml(Config())


def test_no_line_of_the_written_file_is_longer_than_a_terminal():
    assert max(len(line) for line in commented_toml(Config()).splitlines()) <= 110


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
free_values = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
symbols = st.from_regex(r"[A-Z0-9^$][A-Z0-9._^=-]{0,7}", fullmatch=True)
money = st.floats(min_value=1e-9, max_value=1e9)
names = st.sampled_from(["commission", "sec", "x_1"])
fee_rates = st.builds(FeeRate, rate=st.floats(0, 1), since=st.sampled_from(["", "2024-05-22"]))
fee_lines = st.builds(
    FeeLine,
    symbols=st.lists(symbols, max_size=2).map(tuple),
    rates=st.lists(fee_rates, min_size=1, max_size=2, unique_by=lambda row: row.since).map(tuple),
    side=st.sampled_from(["buy", "both"]),
    minimum=st.floats(0, 1e6),
)
configs = st.builds(
    Config,
    enabled=st.booleans(),
    symbols=st.lists(symbols, min_size=1, max_size=3, unique=True).map(tuple),
    detectors=st.permutations(["FVG", "BOS", "STRAT_212"]).map(tuple),
    account=money,
    seed=st.integers(-(2**63), 2**63 - 1),
    algorithm=texts.filter(str.isprintable),
    algorithm_config=st.dictionaries(texts, free_values, max_size=4),
    confluence=st.builds(
        ConfluenceConfig, kinds=st.dictionaries(st.sampled_from(sorted(KINDS)), st.floats(0, MAX_WEIGHT))
    ),
    risk=st.builds(RiskConfig, max_daily_loss=money, allow_short=st.booleans()),
    fees=st.dictionaries(st.sampled_from(["mine", "a_b2"]), st.dictionaries(names, fee_lines, min_size=1)),
    instruments=st.dictionaries(
        symbols,
        st.builds(
            InstrumentConfig,
            kind=st.sampled_from(["index", "equity", "currency"]),  # a table of nothing says nothing
            tick=st.none() | st.just("0.05"),
            multiplier=st.none() | st.integers(1, 10**6),
        ),
        max_size=2,
    ),
)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configs)
def test_any_config_reads_back_as_it_was_written(write, config):
    check(config)
    assert resolve(write(commented_toml(config))).config == config


@pytest.mark.slow
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configs)
def test_and_so_do_many_more(write, config):
    check(config)
    assert resolve(write(commented_toml(config))).config == config


# --- what is shown ---------------------------------------------------------------------------------


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


def test_a_file_can_be_read_alone(write):
    assert load(write("[risk]\nmax_daily_trades = 3\n")) == {"risk": {"max_daily_trades": 3}}


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


def test_an_unknown_kind_of_instrument_in_the_execution_settings_is_refused():
    message = refusal(flags={"execution.kinds.option.slippage_bps": 1.0})
    assert message.endswith("execution.kinds.option: expected index, equity or currency, got 'option'")
