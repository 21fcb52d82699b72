"""The example programs and every Python block of the README run, and say what the README says."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tradingfloor import TradingFloor
from tradingfloor.actors.config import Config, DataConfig

ROOT = Path(__file__).parents[1]
DAILY = ROOT / "examples" / "data" / "spx_daily.csv"


def example(name):
    return runpy.run_path(str(ROOT / "examples" / name))["main"]


def test_the_embedding_example_runs(tmp_path, capsys):
    example("embed.py")(str(tmp_path / "a.db"))
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("fill ")]) == 3
    assert re.fullmatch(r"\d+ trades, equity [\d.]+, state RUNNING", lines[-1])


def test_the_chain_example_runs(tmp_path, capsys):
    example("chain.py")(str(tmp_path / "a.db"))
    first, *rows = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"SPX [\d.]+, VIX-style index \d+\.\d\d", first)
    assert len(rows) >= 4
    for row in rows:
        assert re.fullmatch(r"SPXW  240119P\d{8} [\d.]+ x [\d.]+ delta -0\.\d{3} volatility 0\.\d{3}", row)


def test_the_remote_example_runs(tmp_path, capsys):
    config = Config(timeframes=("1d", "1w"), data=DataConfig(source=f"replay:{DAILY}"))
    with TradingFloor(config, store=tmp_path / "a.db", speed=1e7, grpc="auto") as floor:
        floor.start()
        example("remote.py")(floor.address)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "paused: PAUSED"
    assert lines[2] == "resumed: RUNNING"
    assert [line.split()[0] for line in lines[3:]] == ["1", "2", "3", "4", "5"]


def readme():
    return (ROOT / "README.md").read_text()


def blocks():
    return re.findall(r"```python\n(.*?)```", readme(), re.DOTALL)


@pytest.mark.parametrize("block", range(len(blocks())))
def test_every_python_block_of_the_readme_runs(block, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    source = blocks()[block].replace("runs/example.db", str(tmp_path / "example.db"))
    config = Config(timeframes=("1d", "1w"), data=DataConfig(source=f"replay:{DAILY}"))
    if "ADDRESS" not in source:
        exec(compile(source, "README.md", "exec"), {"__name__": "readme"})
        return
    with TradingFloor(config, store=tmp_path / "served.db", speed=1e7, grpc="auto") as floor:
        floor.start()
        exec(compile(source, "README.md", "exec"), {"__name__": "readme", "ADDRESS": floor.address})


def test_the_readme_names_the_two_commands():
    text = readme()
    assert re.findall(r"```sh\n(make \w+)", text)[:1] == ["make run"]
    assert "make test" in text
    assert sys.version_info >= (3, 11)


@pytest.mark.slow
def test_the_readmes_transcript_is_what_a_run_prints(tmp_path):
    told = re.search(r"<!-- transcript:begin -->(.*?)<!-- transcript:end -->", readme(), re.DOTALL)[1]
    command = [sys.executable, "-m", "tradingfloor", "run", "--config", "examples/spx_daily.toml"]
    done = subprocess.run(
        [*command, "--store", str(tmp_path / "a.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    for label in ("flow", "net P&L", "equity", "positions", "blocked", "scores"):
        (line,) = [line for line in told.splitlines() if line.startswith(label)]
        # A pipe may be narrower than the README: only the words count.
        assert " ".join(line.split()) in " ".join(done.stdout.split())
