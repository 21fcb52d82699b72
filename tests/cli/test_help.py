"""Help, documentation and usage errors: what a user meets first."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from cli_commands import command, run_process
from typer.main import get_command

from tradingfloor.cli.app import CARE, LOOK, RESEARCH, RUN, app, commands
from tradingfloor.cli.exits import MEANINGS

GROUP = get_command(app)
COMMANDS = {name: command for _, name, command in commands(GROUP)}
DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_commands_are_those_of_the_design():
    expected = (
        "init run status start stop pause resume kill rearm flatten close reduce cancel replace "
        "cancel-all revise config why events orders stats scan check verify doctor version"
    )
    assert list(COMMANDS) == [
        *expected.split(),
        *("data import", "data list", "data verify", "data download"),
    ]
    assert {heading for heading, *_ in commands(GROUP)} == {RUN, LOOK, RESEARCH, CARE}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_each_of_its_options(cli, name):
    shown = cli(*name.split(), "--help")
    assert shown.code == 0
    assert shown.out.startswith(f"Usage: tradingfloor {name}")
    assert "--json" in shown.out
    assert COMMANDS[name].help
    unexplained = [param.name for param in COMMANDS[name].params if not param.help]
    assert unexplained == []


def test_the_reference_has_every_command_and_every_exit_code():
    text = DOCS.read_text()
    assert re.findall(r"^### ([\w -]+)$", text, re.MULTILINE) == list(COMMANDS)
    rows = re.findall(r"^\| (\d+) \|", text, re.MULTILINE)
    assert [int(code) for code in rows] == list(MEANINGS)


def test_the_first_page_says_paper_and_lists_all_commands_under_headings(cli):
    shown = cli("--help")
    assert shown.code == 0
    assert "PAPER" in shown.out
    headings = re.findall(r"^(\w+):$", shown.out, re.MULTILINE)
    assert headings == ["Options", RUN, LOOK, RESEARCH, CARE]
    assert [name for name in GROUP.commands if not re.search(rf"^  {name}  ", shown.out, re.MULTILINE)] == []
    assert cli() == shown


def test_help_in_its_own_process_loads_no_trading_library():
    script = (
        "import json, sys\nfrom tradingfloor.__main__ import main\n"
        "assert main(['--help']) == 0 and main(['run', '--help']) == 0\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    heavy = {"numba", "numpy", "scipy", "grpc", "google", "pykka", "sqlite3", "aiosqlite", "asyncio", "rich"}
    assert loaded & heavy == set()
    ours = {name for name in loaded if name.startswith("tradingfloor.") and ".cli" not in name}
    assert ours == {
        "tradingfloor.__main__",
        "tradingfloor.actors",
        "tradingfloor.actors.errors",
        "tradingfloor.actors.types",
    }


@pytest.mark.slow
def test_help_takes_less_than_a_third_of_a_second_of_processor_time():
    def once():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command("--help"), capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(once() for _ in range(5)) < 0.3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fly"], "No such command 'fly'"),
        (["rn"], "Did you mean 'run'"),
        (["run", "--nope"], "No such option: --nope"),
        (["run", "--sessions", "none"], "--sessions"),
        (["run", "--sessions", "0"], "--sessions"),
        (["run", "--speed", "fast"], "'fast' is no speed"),
        (["run", "--speed", "-1"], "'-1' is no speed"),
        (["run", "--speed", "nan"], "'nan' is no speed"),
        (["rearm"], "KILL_ID"),
        (["rearm", "ab"], "--reason"),
        (["kill", "--policy", "dump"], "--policy"),
        (["config", "guess"], "guess"),
        (["status", "--timeout", "0"], "--timeout"),
        (["events", "--kinds", "OrderFiled"], "did you mean OrderFilled?"),
        (["events", "--limit", "0"], "--limit"),
        (["events", "--connect", "127.0.0.1:1"], "add --follow"),
        (["why", "--id", "xyz"], "32 hex digits"),
        (["why", "--last", "--at", "2020-01-02"], "choose one"),
        (["stats"], "signals"),
        (["stats", "weather"], "'weather'"),
        (["scan"], "tradingfloor scan DATA"),
        (["check"], "lookahead"),
        (["check", "lookahead"], "tradingfloor check lookahead DATA"),
        (["check", "lookahead", "x.csv", "--cuts", "0"], "--cuts"),
        (["scan", "x.csv", "--detectors", " , "], "name at least one detector"),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_code_2(cli, finished, words, says):
    if words[0] in ("events", "why") and "--connect" not in words:
        words = [*words, "--store", finished[0]]
    failed = cli(*words)
    assert failed.code == 2
    assert says in failed.error
    assert failed.out == ""


def test_an_error_nobody_foresaw_is_one_line_too_and_its_traceback_is_for_the_asking(cli, monkeypatch):
    def broken(_self):
        raise ZeroDivisionError("a bug\nof two lines")

    monkeypatch.setattr("tradingfloor.actors.config.Config.__post_init__", broken, raising=False)
    monkeypatch.setattr("tradingfloor.actors.config_sources.rows", broken)
    failed = cli("config")
    assert failed.code == 1
    assert failed.error.startswith("internal error: ZeroDivisionError: a bug of two lines")
    monkeypatch.setenv("TRADINGFLOOR_DEBUG", "1")
    assert "Traceback" in cli("config").err


def test_a_reader_that_has_enough_ends_the_command_without_noise(finished):
    done = subprocess.run(
        f"{sys.executable} -m tradingfloor events --store {finished[0]} --limit 5000 --json | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["sequence"] == 1
    assert done.stderr == ""


def test_the_module_is_the_command():
    done = run_process("version")
    assert (done.returncode, done.stderr) == (0, "")
    assert "PAPER" in done.stdout
