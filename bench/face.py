"""What the outside feels: the time of ``--help`` and of the import, memory of an idle floor, size on disk.

Times are of whole processes, the best of several, against the bare interpreter.
"""

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from measure import Row, report, scratch, sizes

import tradingfloor

IDLE = """
import sys
import psutil


bare = psutil.Process().memory_info().rss
from tradingfloor import TradingFloor
with TradingFloor(store=sys.argv[1], grpc=sys.argv[2] or None) as floor:
    here = psutil.Process()
    print(bare, here.memory_info().rss, here.num_threads())
"""
FOLDERS = ("", "actors", "storage", "gateway", "v1")


def seconds(rounds: int, *command: str) -> float:
    """Seconds of a process, the best of ``rounds``."""
    best = float("inf")
    for _ in range(rounds):
        started = perf_counter()
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        best = min(best, perf_counter() - started)
    return best


def idle(store: Path, address: str) -> tuple[float, float, int]:
    """MB of a bare interpreter and of an opened floor in one process, and its threads."""
    command = [sys.executable, "-c", IDLE, str(store), address]
    bare, opened, threads = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(bare) / 1e6, int(opened) / 1e6, int(threads)


def package_megabytes() -> float:
    """The package's own files, wherever its folders lie."""
    total = 0
    for name in FOLDERS:
        package = sys.modules.get(f"tradingfloor.{name}") if name else tradingfloor
        spec = importlib.util.find_spec(f"tradingfloor.{name}") if name and package is None else None
        paths = package.__path__ if package is not None else (spec.submodule_search_locations or [])
        for path in paths:
            skipped = {Path(path) / other for other in FOLDERS if other}
            total += sum(_size(file) for file in _files(Path(path), skipped))
    return total / 1e6


def dependencies_megabytes() -> dict[str, float]:
    """Every installed distribution that the package needs, and theirs, with its files' size."""
    found: dict[str, float] = {}
    waiting = ["tradingfloor"]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # needed on another system only
        files = distribution.files or []
        found[name] = sum(_size(Path(str(file.locate()))) for file in files) / 1e6
        needed = (text for text in distribution.requires or [] if "extra ==" not in text)
        waiting += [re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0] for text in needed]
    del found["tradingfloor"]
    return found


def _files(folder: Path, skipped: set[Path]) -> Sequence[Path]:
    inside = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [path for path in inside if not skipped & set(path.parents)]


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes("The outside.", arguments, rounds=(7, 1, "processes of each kind, the best counts"))
    bare = seconds(given.rounds, "-c", "pass")
    lead = seconds(given.rounds, "-c", "import tradingfloor")
    floor = seconds(given.rounds, "-c", "from tradingfloor import TradingFloor")
    told = seconds(given.rounds, "-m", "tradingfloor", "--help")
    with scratch() as folder:
        empty, opened, threads = idle(folder / "idle.db", "")
        _, served, serving = idle(folder / "served.db", f"unix:{folder}/s")
    dependencies, own = dependencies_megabytes(), package_megabytes()
    largest = sorted(dependencies, key=lambda name: -dependencies[name])[:4]
    everything = own + sum(dependencies.values())
    share = sum(dependencies[name] for name in largest)
    interpreter = "python -c pass"
    return report(
        "The outside",
        [
            Row("tradingfloor --help", told, "s", bare, interpreter, "≤ 0.3 s"),
            Row("import tradingfloor", lead, "s", bare, interpreter),
            Row("from tradingfloor import TradingFloor", floor, "s", bare, interpreter),
            Row(f"memory of an idle floor, {threads} threads", opened, "MB", empty, "bare interpreter"),
            Row(f"the same with its gateway, {serving} threads", served, "MB", empty, "bare interpreter"),
            Row("the package on disk", own, "MB"),
            Row("with what it needs", everything, "MB", share, ", ".join(largest)),
        ],
    )


if __name__ == "__main__":
    main()
