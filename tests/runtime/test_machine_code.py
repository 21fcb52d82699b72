from pathlib import Path

from tradingfloor.actors.runtime import machine_code

ACTORS = Path(machine_code.__file__).parent.parent
DECORATORS = {"@part", "@kernel", "@formula", "@column_kernel"}


def test_every_module_with_compiled_code_is_in_the_hash():
    compiled = {
        str(path.relative_to(ACTORS).with_suffix(""))
        for path in ACTORS.rglob("*.py")
        if any(
            line in {"@part", "@kernel", "@formula", "@column_kernel"}
            for line in path.read_text().splitlines()
        )
    }
    assert compiled == set(machine_code.KERNEL_MODULES)


def test_the_hash_changes_with_any_kernel_source(tmp_path, monkeypatch):
    for name in (*machine_code.KERNEL_MODULES, *machine_code.CONSTANTS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_bytes((ACTORS / f"{name}.py").read_bytes())
    before = machine_code.kernel_sources_hash()
    monkeypatch.setattr(machine_code, "__file__", str(tmp_path / "runtime" / "machine_code.py"))
    assert machine_code.kernel_sources_hash() == before
    for name in (*machine_code.KERNEL_MODULES, *machine_code.CONSTANTS):
        with (tmp_path / f"{name}.py").open("a") as file:
            file.write("#")
        after = machine_code.kernel_sources_hash()
        assert after != before
        before = after


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
