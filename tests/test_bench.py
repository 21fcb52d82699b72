"""The benchmarks run: each in its tiny size, in this process, judged by its rows' shape and not by time."""

import gc
import importlib
import math
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench"
SCRIPTS = sorted(path.stem for path in BENCH.glob("*.py") if "\ndef main(" in path.read_text())
COMPILE_OR_START_MUCH = {"detectors", "face", "honesty", "many_actors", "options"}
"""Several seconds each even when tiny: they compile from nothing, start processes or replay in rounds."""


@pytest.fixture(scope="module")
def bench():
    """Import a benchmark as its own directory's scripts import each other; nothing of them stays behind."""
    gc.collect()  # each measurement begins with a collection: spare it what the tests before have left
    gc.freeze()
    before = set(sys.modules)
    sys.path.insert(0, str(BENCH))
    yield importlib.import_module
    sys.path.remove(str(BENCH))
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and Path(sys.modules[name].__file__).parent == BENCH:
            del sys.modules[name]


def test_there_is_something_to_run():
    first = {"tick_to_fill", "load", "append_rate", "restart", "boot", "lock_step", "face", "cores"}
    assert first | {"options", "detectors", "many_actors"} <= set(SCRIPTS)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name in COMPILE_OR_START_MUCH else name
        for name in SCRIPTS
    ],
)
def test_a_benchmark_prints_rows_with_figures_and_peers(name, bench, capsys):
    rows = bench(name).main(["--tiny"])
    printed = capsys.readouterr().out
    assert "load average" in printed
    assert len(rows) >= 2
    assert len({row.what for row in rows}) == len(rows)
    for row in rows:
        assert row.what in printed
        assert math.isfinite(row.figure)
        assert row.figure >= 0 or row.what.endswith((": net", ": given up"))  # a result may be a loss
        assert bool(row.against) == (row.ratio is not None)
    assert any(row.ratio is not None for row in rows)


def test_every_file_is_a_benchmark_with_a_line_in_the_readme_or_a_part_of_one():
    told = (BENCH / "README.md").read_text()
    for path in BENCH.glob("*.py"):
        assert f"`{path.name}`" in told or path.name == "all.py"


def test_the_run_of_all_takes_every_script_and_not_itself(bench):
    assert [path.stem for path in bench("all").scripts()] == SCRIPTS


def test_a_profile_names_the_hottest_functions_of_every_thread(bench, capsys):
    assert bench("lock_step").main(["--tiny", "--profile"]) == []
    printed = capsys.readouterr().out
    assert "thread journal" in printed
    assert "replay driver" in printed


def test_ratios_and_percentiles_are_what_they_say(bench):
    measure = bench("measure")
    assert measure.Row("a", 3.0, "s", 1.5, "b").ratio == 2.0
    assert measure.Row("a", 3.0, "s").ratio is None
    assert measure.percentile([3, 1, 2], 0.5) == 2
    assert measure.percentile(range(100), 0.99) == 99
    assert measure.p50_and_p99([[1, 2, 3], [], [2, 4, 6]]) == (2, 3)


def test_a_moved_id_keeps_its_cause_and_moves_its_time(bench):
    stretched = bench("stretched")
    moved = stretched.moved_id((1000).to_bytes(8, "big") + b"causecau", 2)
    assert int.from_bytes(moved[:8], "big") == 1000 + 2 * stretched.DAY
    assert moved[8:] == b"causecau"
