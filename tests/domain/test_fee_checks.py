"""Fee schedules in the settings: what is read, what is refused and with which words."""

import pytest
from fee_orders import charged, dollars, execution

from tradingfloor.actors.config import Config, ExecutionConfig, FeeLine, FeeRate
from tradingfloor.actors.config_sources import check, commented_toml, resolve, rows
from tradingfloor.actors.domain.fee_schedules import schedule
from tradingfloor.actors.errors import BadConfig

OWN = """
[execution]
fees = "mine"

[fees.mine.commission]
kinds = ["equity", "currency"]
minimum = 0.35
maximum_of_value = 0.01
rates = [{rate = 0.0035}, {rate = 0.002, volume = 300000}]

[fees.mine.sec]
basis = "value"
side = "sell"
rates = [{rate = 8e-6}, {since = "2024-05-22", rate = 2.78e-5}]
round_up_to = 0.01
"""


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "f.toml"
        path.write_text(text)
        return path

    return written


def line(**settings):
    return FeeLine(**{"rates": (FeeRate(rate=0.005),), **settings})


def refusal(fees="flat", **own):
    with pytest.raises(BadConfig) as caught:
        check(Config(execution=ExecutionConfig(fees=fees), fees=own))
    return str(caught.value)


def test_a_schedule_of_ones_own_is_read_and_charged(write):
    config = resolve(write(OWN)).config
    sold = execution(1_000, "10", "2024-07-01", "sell", closes=1_000)
    assert charged(schedule(config), "equity", "X", sold) == {
        "commission": dollars("3.5"),
        "sec": dollars("0.28"),
    }
    assert charged(schedule(config), "index", "X", sold) == {"sec": dollars("0.28")}


def test_every_setting_of_a_line_knows_where_it_came_from(write):
    environ = {"TRADINGFLOOR__FEES__MINE__COMMISSION__MINIMUM": "1", "TRADINGFLOOR__EXECUTION__FEES": "mine"}
    shown = {path: (value, origin.split()[0]) for path, value, origin in rows(resolve(write(OWN), environ))}
    assert shown["fees.mine.commission.minimum"] == ("1.0", "env")
    assert shown["fees.mine.commission.maximum_of_value"] == ("0.01", "file")
    assert shown["fees.mine.commission.side"] == ('"both"', "default")
    assert shown["fees.mine.sec.rates"] == (
        '[{rate = 8e-06}, {rate = 2.78e-05, since = "2024-05-22"}]',
        "file",
    )


def test_a_written_schedule_reads_back(write):
    config = resolve(write(OWN)).config
    assert resolve(write(commented_toml(config))).config == config


def test_a_schedule_changes_the_hash_of_the_config_and_an_own_one_that_is_not_used_too(write):
    own = resolve(write(OWN)).config
    hashes = {Config().content_hash, Config(execution=ExecutionConfig(fees="per_share")).content_hash}
    assert len(hashes | {own.content_hash, Config(fees=own.fees).content_hash}) == 4


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ibkr_tierd", "unknown fee schedule 'ibkr_tierd'; did you mean ibkr_tiered?"),
        ("tastyworks", "did you mean tastytrade?"),
        ("minne", "did you mean mine?"),
        ("xyz", "there are flat, ibkr_tiered, tastytrade, per_share, mine"),
    ],
)
def test_an_unknown_schedule_is_refused_with_the_nearest_name(name, words):
    told = refusal(name, mine={"commission": line()})
    assert told.startswith("execution.fees: unknown fee schedule")
    assert words in told


@pytest.mark.parametrize(
    ("settings", "where", "words"),
    [
        ({"kinds": ()}, "kinds", "needs at least one"),
        ({"kinds": ("stock",)}, "kinds", "got 'stock'"),
        ({"kinds": ("equty",)}, "kinds", "did you mean equity?"),
        ({"basis": "share"}, "basis", "expected unit, value or commission"),
        ({"side": "sale"}, "side", "expected buy, sell or both, got 'sale'"),
        ({"effect": "opening"}, "effect", "did you mean open?"),
        ({"liquidity": "remove"}, "liquidity", "expected take, add or both"),
        ({"basis": "commission"}, "basis", "a commission cannot be a part of the commission"),
        ({"minimum": 2e6}, "minimum", "at most 1,000,000"),
        ({"round_up_to": 2e6}, "round_up_to", "at most 1,000,000"),
        ({"maximum_of_value": 1.5}, "maximum_of_value", "at most 1"),
        ({"rates": ()}, "rates", "needs at least one, e.g. [{rate = 0.005}]"),
        ({"rates": (FeeRate(rate=1001.0),)}, "rates", "at most 1,000"),
        ({"basis": "value", "rates": (FeeRate(rate=1.5),)}, "rates", "at most 1"),
        ({"rates": (FeeRate(since="22.05.2024"),)}, "rates", "YYYY-MM-DD, got '22.05.2024'"),
        ({"rates": (FeeRate(since="20240522"),)}, "rates", "YYYY-MM-DD"),
        ({"rates": (FeeRate(volume=5),)}, "rates", "no rate without since begins at volume 0"),
        ({"rates": (FeeRate(), FeeRate(price=1.0, volume=5))}, "rates", "begins at price 0 for each volume"),
        ({"rates": (FeeRate(), FeeRate(rate=1.0))}, "rates", "begin at the same volume and price"),
        ({"rates": (FeeRate(maximum=5.0), FeeRate(volume=5))}, "rates", "have different maxima"),
        ({"rates": (FeeRate(maximum=2e6),)}, "rates", "at most 1,000,000"),
    ],
)
def test_a_line_that_cannot_be_computed_with_is_refused(settings, where, words):
    told = refusal(mine={"commission": line(**settings)})
    assert told.startswith(f"fees.mine.commission.{where}: ")
    assert words in told


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("per_share", {"commission": line()}, "comes with the floor"),
        ("flat", {"commission": line()}, "comes with the floor"),
        ("Mine", {"commission": line()}, "small letters"),
        ("mine", {"SEC fee": line()}, "small letters"),
        ("mine", {}, "needs at least one line"),
    ],
)
def test_a_schedule_needs_a_name_of_its_own_and_a_line(name, lines, words):
    assert words in refusal(**{name: lines})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[fees.mine.commission]\nrate = 0.005\n", "did you mean rates?"),
        ("[fees.mine.commission]\nrates = [{rat = 0.005}]\n", "unknown field rat"),
        ("[fees.mine.commission]\nrates = [{rate = -1}]\n", "rates: expected"),
        ("[fees.mine.commission]\nrates = [{rate = inf}]\n", "not numbers to trade with"),
        ("[fees.mine.commission]\nrates = 0.005\n", "rates: expected"),
        ("[fees.mine]\nrates = 0.005\n", "expected a table"),
    ],
)
def test_a_misspelled_schedule_is_one_line_that_names_the_file_and_the_setting(write, text, words):
    with pytest.raises(BadConfig) as caught:
        resolve(write(text))
    told = str(caught.value)
    assert "\n" not in told
    assert "f.toml: fees.mine" in told
    assert words in told
