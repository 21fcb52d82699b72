"""Writing and telling settings."""

import json
from pathlib import Path

import pytest

from tradingfloor.actors.config import Config
from tradingfloor.actors.config_sources import resolve

EXAMPLE = Path(__file__).parents[2] / "examples" / "spx_daily.toml"


def test_init_writes_a_file_that_means_the_defaults_and_says_paper(cli):
    done = cli("init")
    assert (done.code, done.err) == (0, "")
    assert "tradingfloor run --config tradingfloor.toml" in done.out
    assert resolve("tradingfloor.toml").config == Config()
    assert "PAPER" in Path("tradingfloor.toml").read_text()


def test_init_does_not_overwrite_unless_told_to(cli, home):
    mine = home / "mine.toml"
    mine.write_text("account = 5.0\n")
    refused = cli("init", mine)
    assert refused.code == 1
    assert "--force" in refused.error
    assert mine.read_text() == "account = 5.0\n"
    assert cli("init", mine, "--force", "--json").json == {"config": str(mine)}
    assert resolve(mine).config == Config()


def test_init_into_a_folder_that_does_not_exist_is_one_line(cli):
    failed = cli("init", "nowhere/x.toml")
    assert failed.code == 1
    assert failed.error == "nowhere/x.toml: No such file or directory"


def test_config_shows_each_value_with_its_origin(cli, monkeypatch):
    Path("f.toml").write_text("[risk]\nmax_daily_trades = 2\n")
    monkeypatch.setenv("TRADINGFLOOR__RISK__MAX_DAILY_LOSS", "1000")
    shown = cli("config", "--config", "f.toml")
    assert shown.code == 0
    table, _, _ = shown.out.partition("\n\n")
    origins = {line.split("  ")[0]: line.rsplit("  ", 1)[1] for line in table.splitlines()}
    assert origins["risk.max_daily_trades"] == "file f.toml"
    assert origins["risk.max_daily_loss"] == "env TRADINGFLOOR__RISK__MAX_DAILY_LOSS"
    assert origins["risk.min_confidence"] == "default"
    told = cli("config", "show", "--config", "f.toml", "--json").json
    assert told["config"]["risk"]["max_daily_loss"] == 1000
    assert told["origins"]["risk.max_daily_trades"] == "file f.toml"


def test_config_show_tells_the_fee_schedule_in_words(cli):
    Path("f.toml").write_text(
        '[execution]\nfees = "mine"\n[fees.mine.commission]\nminimum = 0.35\nmaximum_of_value = 0.01\n'
        "rates = [{rate = 0.0035}, {rate = 0.002, volume = 300000}]\n"
        '[fees.mine.sec]\nbasis = "value"\nside = "sell"\n'
        'rates = [{rate = 8e-6}, {since = "2024-05-22", rate = 2.78e-5, maximum = 5}]\n'
    )
    _, _, told = cli("config", "show", "--config", "f.toml").out.partition("\n\n")
    heading, commission, sec = told.splitlines()
    assert heading == "What an order pays by mine, all its partial fills together:"
    rates = "0.0035, 0.002 above 300,000 per unit; at least 0.35 an order; at most 0.01 of the value"
    assert commission == f"commission  equity, index: {rates}"
    rates = "0.0000278 of the value; sells only; at most 5 an order; since 2024-05-22, 1 earlier"
    assert sec == f"sec         equity, index: {rates}"
    fees = cli("config", "show", "--json").json["fees"]
    assert fees["commission"] == "equity, index: 0.005 per unit"


def test_config_check_says_ok_or_the_fault(cli):
    Path("good.toml").write_text("account = 5000\n")
    done = cli("config", "check", "--config", "good.toml")
    assert done.code == 0
    assert done.out.startswith("ok: good.toml, 1 of ")
    assert cli("config", "check", "--json").json["ok"] is True


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("accuont = 5\n", "accuont: unknown setting; did you mean account?"),
        ("account = 'much'\n", "account: expected"),
        ("account = -1\n", "account"),
        ("mode = 'LIVE'\n", "PAPER"),
        ("timeframes = ['7x']\n", "timeframes"),
        ("[risk]\nmin_confidence = nan\n", "min_confidence"),
        ("account = \n", "bad.toml"),
        ("\0\0\0", "bad.toml"),
    ],
)
@pytest.mark.parametrize("words", [("config", "check"), ("run",)])
def test_a_bad_config_is_one_line_with_code_4(cli, home, words, text, says):
    Path("bad.toml").write_text(text)
    failed = cli(*words, "--config", "bad.toml")
    assert failed.code == 4
    assert "bad.toml" in failed.error
    assert says in failed.error
    assert failed.out == ""
    assert [path.name for path in home.iterdir()] == ["bad.toml"]


def test_the_example_says_first_which_confidence_it_sets_and_holds(cli, monkeypatch):
    monkeypatch.chdir(EXAMPLE.parents[1])
    config = resolve(EXAMPLE).config
    first = EXAMPLE.read_text().splitlines()[0]
    assert first.startswith(f"# min_confidence = {config.risk.min_confidence}")
    assert Path(config.data.source.removeprefix("replay:")).is_file()
    assert (config.symbols, config.timeframes) == (("SPX",), ("1d", "1w"))


@pytest.mark.slow
def test_the_example_closes_more_than_twenty_trades(cli, home):
    (home / "examples").symlink_to(EXAMPLE.parent)
    done = cli("run", "--config", "examples/spx_daily.toml", "--json")
    assert done.code == 0, done.err
    assert done.json["trades"] > 20
    assert Path(done.json["store"]).parent == Path("runs")
    assert json.loads(cli("verify", "--json").out)["ok"] is True
