"""Config files: what is no file of ours, and that what is written reads back."""

import tomllib

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from refusing import refusal

from tradingfloor.actors.config import (
    MAX_WEIGHT,
    Config,
    ConfluenceConfig,
    FeeLine,
    FeeRate,
    InstrumentConfig,
    RiskConfig,
    Section,
)
from tradingfloor.actors.config_setting import flatten
from tradingfloor.actors.config_sources import check, commented_toml, load, resolve
from tradingfloor.actors.config_text import field_docs
from tradingfloor.actors.domain.evidence import KINDS
from tradingfloor.actors.errors import BadConfig


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


def test_a_file_can_be_read_alone(write):
    assert load(write("[risk]\nmax_daily_trades = 3\n")) == {"risk": {"max_daily_trades": 3}}
