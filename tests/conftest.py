"""What all tests share: properties run on fixed examples, so that a run says the same twice.

`HYPOTHESIS_PROFILE=search` looks for new ones (`make campaign` does).
"""

import gc
import importlib
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def data_folder():
    """The folder of real prices; a test that asks for it is skipped where there is none."""
    folder = os.environ.get("TRADINGFLOOR_TEST_DATA")
    if not folder:
        pytest.skip("TRADINGFLOOR_TEST_DATA is unset: no real data")
    return Path(folder)


@pytest.fixture(scope="session")
def lean(data_folder):
    """Real prices in Lean's layout."""
    return data_folder / "lean"


def pytest_collection_finish():
    """Spare the collector what lives until the end: thousands of tests, and the libraries they import.

    Walking them again and again took a fifth of the run. Cycles of a test are still collected, less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def offer(tmp_path, monkeypatch):
    """Install a package for one test: ``offer(package, {name: "module:object"}, module=source)``."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    offered = []

    def install(package, entries, *, group="tradingfloor.detectors", **modules):
        info = folder / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"[{group}]", *(f"{name} = {place}" for name, place in entries.items())]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        for module, source in modules.items():
            (folder / f"{module}.py").write_text(source)
        offered.extend(modules)
        importlib.invalidate_caches()

    yield install
    for module in offered:
        sys.modules.pop(module, None)
