"""The plug-in page is true to the letter: its package is offered, configured, traded with and scanned."""

import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tradingfloor.actors import plugins
from tradingfloor.actors.config_sources import resolve
from tradingfloor.actors.messages import Bar

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "plugin_detector"
PAGE = (ROOT / "docs" / "plugins.md").read_text()
MODULE, EMBEDDED, SCANNED = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ENTRY, CONFIG = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def installed(offer):
    entries = tomllib.loads(ENTRY)["project"]["entry-points"][plugins.DETECTORS]
    offer("inside-day", entries, inside_day=MODULE)


def daily_bars():
    rows = (ROOT / "examples" / "data" / "spx_daily.csv").read_text().splitlines()[1:301]
    day = 86_400 * 10**9
    for index, row in enumerate(rows):
        opened, high, low, close = (round(float(price) * 10**9) for price in row.split(",")[1:5])
        yield Bar(
            *("SPX", "1d", index, index * day, (index + 1) * day, opened, high, low, close),
            *(0, 1, True, index + 1, 0, index + 1, index + 1),
        )


def test_the_config_of_the_page_is_accepted(installed, tmp_path):
    file = tmp_path / "floor.toml"
    file.write_text(CONFIG)
    config = resolve(file).config
    assert config.detectors == ("FVG", "BOS", "inside_day")
    assert config.plugins == {"inside_day": {"reward": 3}}
    assert config.confluence.kinds == {"inside_day": 0.3}


def test_the_program_of_the_page_prints_a_signal_of_the_plug_in(installed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    exec(EMBEDDED.replace("runs/example.db", str(tmp_path / "a.db")), {"__name__": "page"})
    assert re.fullmatch(r"1[dw] (LONG|SHORT) [\d.]+\n", capsys.readouterr().out)


def test_the_scan_of_the_page_finds_the_same_by_name_and_by_object(installed, capsys):
    import inside_day

    scope = {"bars": list(daily_bars()), "PLUGIN": inside_day.PLUGIN}
    exec(SCANNED, scope)
    assert scope["found"] == scope["same"]
    mine = [each for each in scope["found"] if each.detector == "inside_day"]
    assert {each.direction for each in mine} == {1, -1}
    assert re.fullmatch(r"\d+ events, \d+ of them signals\n", capsys.readouterr().out)


def test_the_settings_of_the_page_are_checked_as_it_says(installed):
    from tradingfloor.actors.signals import Scanner

    with pytest.raises(ValueError, match="reward must be 1 to 10, got 11"):
        Scanner("1d", ("inside_day",), settings={"inside_day": {"reward": 11}})


def test_the_names_on_the_page_exist():
    from tradingfloor.actors.signals import plugin
    from tradingfloor.actors.signals.plugin_run import MOST_FINDINGS

    assert f"more than {MOST_FINDINGS:,} findings" in PAGE
    told = set(re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE))
    assert told == {"name", "events", "kinds", "families", "wants_base", "start"}
    assert set(plugin.DetectorPlugin.__annotations__) | {"wants_base", "start"} == told


@pytest.mark.slow
def test_the_own_tests_of_the_example_package_pass():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE)],
        env={**os.environ, "PYTHONPATH": str(EXAMPLE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_example_package_installs_and_is_found_by_its_name(tmp_path):
    """Into a folder of its own, without its dependency: that one is here already."""
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    target = tmp_path / "installed"
    copied = tmp_path / "source"
    copied.mkdir()
    for file in EXAMPLE.glob("*.*"):
        (copied / file.name).write_text(file.read_text())
    isolated = ["--no-deps", "--no-build-isolation", "--target", str(target), str(copied)]
    subprocess.run([*pip, *isolated], check=True, timeout=300)
    script = (
        "from tradingfloor.actors.config_sources import resolve\n"
        "from tradingfloor.assembly import Assembly\n"
        "config = resolve(flags={'detectors': 'FVG,three_bar', 'plugins.three_bar.reward': 1.5}).config\n"
        "print(*Assembly(config).actors)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(target)}
    told = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert "signals:SPX:15m:three_bar" in told.stdout.split()
    assert runpy.run_path(str(target / "three_bar.py"))["PLUGIN"].name == "three_bar"
