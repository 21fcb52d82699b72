"""The command line as a user has it: real commands in a folder of their own, mostly inside this process."""

import logging
import os
import sys
from pathlib import Path

import pytest
import structlog

from tradingfloor.__main__ import main

sys.path.insert(0, str(Path(__file__).parent))

from cli_commands import CONFIG, Outcome, daily_csv, run_process
from scanned import text, walk


@pytest.fixture(autouse=True)
def untouched_process():
    """What the command line sets for its process is undone here."""
    interval, handlers, level = sys.getswitchinterval(), logging.root.handlers[:], logging.root.level
    yield
    sys.setswitchinterval(interval)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder to work in; no setting and no width of a terminal comes from outside."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("TRADINGFLOOR", "COLUMNS"))]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def cli(home, capsys):
    """Run one command in this process."""

    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """A folder with a tape of 140 days and a config that trades on it."""
    folder = tmp_path_factory.mktemp("market")
    tape = daily_csv(folder / "days.csv")
    (folder / "floor.toml").write_text(CONFIG.format(tape=tape))
    return folder


@pytest.fixture(scope="session")
def finished(market):
    """A run to the end in a process of its own; its store is shared and must not be changed."""
    store = market / "finished.db"
    done = run_process("run", "--config", market / "floor.toml", "--store", store, "--json")
    outcome = Outcome(done.returncode, done.stdout, done.stderr)
    assert outcome.code == 0, outcome.err
    return store, outcome


@pytest.fixture
def walked(home):
    """A tape of 500 bars of a random walk."""
    path = home / "walk.csv"
    path.write_text(text(walk(1, 500)))
    return path


@pytest.fixture
def config(market):
    """The config that trades on the market's tape."""
    return market / "floor.toml"
