from pathlib import Path

import pytest
from signal_bars import bars, messages, state, walk

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.signals import compilation, machine_code
from tradingfloor.actors.signals.batch import scan
from tradingfloor.actors.signals.core import SignalCore
from tradingfloor.actors.signals.kernel import advance_many
from tradingfloor.actors.signals.rows import rows_of


def test_live_rebuilt_and_scanned_bars_run_the_one_kernel_that_was_compiled():
    compilation.compile_kernels()
    own = bars(walk(1, 60))
    core = SignalCore("SPX", "15m", ("FVG",), 1, "tape", "config", calendar("24h", "UTC"))
    known = core.initial()
    for message in messages(own):
        core.advance(known, message, message.ts)
    core.rebuild(own)
    scan(state(), rows_of(own, ()))
    assert len(advance_many.signatures) == 1


def test_every_module_with_compiled_code_is_in_the_hash():
    folder = Path(machine_code.__file__).parent
    compiled = {
        path.stem
        for path in folder.glob("*.py")
        if any(line in {"@part", "@kernel"} for line in path.read_text().splitlines())
    }
    assert compiled == set(machine_code.KERNEL_MODULES)


def test_the_hash_changes_with_any_kernel_source(tmp_path, monkeypatch):
    source = Path(machine_code.__file__)
    room = tmp_path / "signals"
    room.mkdir()
    constants = [tmp_path / path.name for path in machine_code.CONSTANTS]
    for path, copy in zip(machine_code.CONSTANTS, constants, strict=True):
        copy.write_bytes(path.read_bytes())
    for name in machine_code.KERNEL_MODULES:
        (room / f"{name}.py").write_bytes((source.parent / f"{name}.py").read_bytes())
    before = machine_code.kernel_sources_hash()
    monkeypatch.setattr(machine_code, "ROOM", room)
    monkeypatch.setattr(machine_code, "CONSTANTS", constants)
    assert machine_code.kernel_sources_hash() == before
    for path in (*(room / f"{name}.py" for name in machine_code.KERNEL_MODULES), *constants):
        with path.open("a") as file:
            file.write("#")
        after = machine_code.kernel_sources_hash()
        assert after != before
        before = after


def test_a_swing_window_that_does_not_fit_is_refused():
    for left, right in ((-1, 5), (4, 0), (40, 24)):
        with pytest.raises(ValueError, match="window"):
            state(swing_left=left, swing_right=right)


def test_the_cache_folder_lies_outside_the_package_and_other_users_of_numba_keep_theirs():
    import numba

    assert Path(machine_code.__file__).parents[2] not in machine_code.folder().parents
    before = numba.config.CACHE_DIR

    @machine_code.kernel
    def twice(x):
        return 2 * x

    assert twice(2) == 4
    assert before == numba.config.CACHE_DIR
    assert str(machine_code.folder()) in twice.stats.cache_path


def test_the_folder_is_named_after_the_sources_and_a_chosen_one_is_obeyed(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    machine_code.folder.cache_clear()
    before = machine_code.folder()
    assert before.parent == tmp_path / "tradingfloor"
    monkeypatch.setattr(machine_code, "kernel_sources_hash", lambda: "other sources")
    machine_code.folder.cache_clear()
    assert machine_code.folder() != before
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    machine_code.folder.cache_clear()
    assert machine_code.folder() == tmp_path / "mine"
    monkeypatch.undo()
    machine_code.folder.cache_clear()


def test_a_home_that_cannot_be_written_costs_the_cache_and_nothing_else(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(machine_code, "folder", lambda: tmp_path / "file" / "kernels")

    @machine_code.kernel
    def thrice(x):
        return 3 * x

    assert thrice(2) == 6
