"""What may import what, what a pure part may touch, and how large a file may grow.

Everything is read from the syntax trees of the sources. The rules are functions of (module, source), so
that the tests at the end can show each of them an offender.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

FOLDERS = {
    "actors": "tradingfloor.actors",
    "storage": "tradingfloor.storage",
    "gateway": "tradingfloor.gateway",
    "src/tradingfloor": "tradingfloor",
}
CHECKER_LINKS = {"actors", "gateway", "storage", "v1"}

MAY_IMPORT = {
    "actors": {"actors"},
    "storage": {"storage", "actors"},
    "gateway": {"gateway", "storage", "actors", "v1"},
    "face": {"face", "gateway", "storage", "actors"},
}

ROOMS = {"supervisor", "market_data", "signals", "risk", "executor", "analytics"}

SHELLS = {
    "actor.py": "the thread around a core",
    "feeds": "the edge to files and clocks",
}
"""What inside a room is not pure, and why; every other file of a room is."""

PURE_RUNTIME = {"core", "room", "sequencer"}

VOCABULARY = {"types", "errors", "messages", "config", "routing", "status", "plugins"}

IMPURE = {
    "pykka",
    "asyncio",
    "threading",
    "multiprocessing",
    "concurrent",
    "queue",
    "subprocess",
    "time",
    "random",
    "secrets",
    "uuid",
    "logging",
    "structlog",
    "sqlite3",
    "aiosqlite",
    "grpc",
    "os",
    "sys",
    "io",
    "pathlib",
    "tempfile",
    "socket",
    "signal",
}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval"}
WALL_CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}

FILE_LIMIT = 400
FUNCTION_LIMIT = 60
LONG_ON_PURPOSE = {"tradingfloor.actors.messages": "the vocabulary stands in one file"}


class Module(NamedTuple):
    """One source file under the import root."""

    name: str
    """Dotted, a package by the name of its folder."""
    is_package: bool
    source: str

    @property
    def top(self) -> str:
        return top_of(self.name)

    @property
    def parts(self) -> list[str]:
        return self.name.split(".")[2:]


def modules() -> list[Module]:
    found = []
    for folder, root in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            inside = path.relative_to(ROOT / folder)
            if root == "tradingfloor" and inside.parts[0] in CHECKER_LINKS:
                continue
            is_package = path.name == "__init__.py"
            parts = inside.parent.parts if is_package else inside.with_suffix("").parts
            found.append(Module(".".join((root, *parts)), is_package, path.read_text()))
    return found


MODULES = modules()


@cache
def tree(source: str) -> ast.Module:
    """Parsed once: every rule walks the same trees and changes none."""
    return ast.parse(source)


def top_of(name: str) -> str:
    """``actors``, ``storage``, ``gateway``, ``v1`` or ``face`` for a name under the import root."""
    words = name.split(".")
    return words[1] if len(words) > 1 and words[1] in CHECKER_LINKS else "face"


def imports(module: Module) -> Iterator[tuple[str, bool, int]]:
    """(absolute name, was relative, line) of every import, wherever in the file it stands.

    ``from x import y`` counts as ``x.y``: y may be a module.
    """
    package = module.name if module.is_package else module.name.rpartition(".")[0]
    for node in ast.walk(tree(module.source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, False, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                words = package.split(".")
                words = words[: len(words) - node.level + 1]
                base = ".".join([*words, *([base] if base else [])])
            for alias in node.names:
                yield f"{base}.{alias.name}", bool(node.level), node.lineno


def ours(module: Module) -> Iterator[tuple[str, bool, int]]:
    return (found for found in imports(module) if found[0].split(".")[0] == "tradingfloor")


def wrong_directions(module: Module) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for name, _, line in ours(module)
        if top_of(name) not in MAY_IMPORT[module.top]
    ]


def wrong_styles(module: Module) -> list[str]:
    """Relative inside a top-level folder, absolute across folders."""
    return [
        f"{module.name}:{line} imports {name} {'relatively' if relative else 'absolutely'}"
        for name, relative, line in ours(module)
        if relative != (top_of(name) == module.top)
    ]


def room_of(name: str) -> str | None:
    words = name.split(".")
    return words[2] if words[:2] == ["tradingfloor", "actors"] and words[2:] and words[2] in ROOMS else None


def foreign_rooms(module: Module) -> list[str]:
    """Imports of a room by another room, by the vocabulary or by the domain."""
    parts = module.parts
    knows_no_room = module.top == "actors" and (len(parts) < 2 or parts[0] == "domain")
    if room_of(module.name) is None and not knows_no_room:
        return []
    return [
        f"{module.name}:{line} imports {name}"
        for name, _, line in ours(module)
        if room_of(name) not in (None, room_of(module.name))
    ]


def is_pure(module: Module) -> bool:
    parts = module.parts
    if module.top != "actors" or not parts:
        return False
    if parts[0] in ROOMS:
        return not {f"{parts[-1]}.py", *parts} & set(SHELLS)
    if parts[0] == "runtime":
        return parts[-1] in PURE_RUNTIME
    return parts[0] == "domain" or parts[0] in VOCABULARY


def impurities(module: Module) -> list[str]:
    """Imports and calls that reach a clock, a thread, a file, a log, a random number or a database."""
    found = [
        f"{module.name}:{line} imports {name}"
        for name, _, line in imports(module)
        if name.split(".")[0] in IMPURE or name.startswith("numpy.random")
    ]
    for node in ast.walk(tree(module.source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                found.append(f"{module.name}:{node.lineno} calls {name}")
            case ast.Attribute(value=ast.Name(id=owner), attr=attr) if (owner, attr) in WALL_CLOCK:
                found.append(f"{module.name}:{node.lineno} reads {owner}.{attr}")
            case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="random"):
                found.append(f"{module.name}:{node.lineno} uses numpy.random")
    return found


def long_functions(module: Module) -> list[tuple[int, str]]:
    return [
        (length, f"{module.name}.{node.name}")
        for node in ast.walk(tree(module.source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LIMIT
    ]


def sleeps(name: str, source: str) -> list[str]:
    found = []
    for node in ast.walk(tree(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr="sleep"):
                found.append(f"{name}:{node.lineno}")
            case ast.ImportFrom(module="time", names=names) if any(n.name == "sleep" for n in names):
                found.append(f"{name}:{node.lineno}")
    return found


def all_of(rule) -> list[str]:
    return [offence for module in MODULES for offence in rule(module)]


def test_imports_point_from_face_to_gateway_to_storage_to_actors():
    assert all_of(wrong_directions) == []


def test_imports_are_relative_inside_a_folder_and_absolute_across_folders():
    assert all_of(wrong_styles) == []


def test_no_room_imports_another_room():
    assert all_of(foreign_rooms) == []


def test_pure_parts_touch_no_clock_thread_file_log_or_database():
    assert [offence for module in MODULES if is_pure(module) for offence in impurities(module)] == []


def test_every_module_says_what_it_is():
    assert [module.name for module in MODULES if not ast.get_docstring(tree(module.source))] == []


def test_no_file_and_no_function_outgrows_its_budget():
    sizes = sorted(((len(module.source.splitlines()), module.name) for module in MODULES), reverse=True)
    for lines, name in sizes:
        print(f"{lines:5}  {name}")
    print(f"{sum(lines for lines, _ in sizes):5}  lines in {len(sizes)} files")
    long = [(lines, name) for lines, name in sizes if lines > FILE_LIMIT and name not in LONG_ON_PURPOSE]
    assert long == []
    assert sorted((entry for module in MODULES for entry in long_functions(module)), reverse=True) == []


def test_a_file_that_is_long_on_purpose_exists_and_is_long():
    lengths = {module.name: len(module.source.splitlines()) for module in MODULES}
    assert [name for name in LONG_ON_PURPOSE if lengths.get(name, 0) <= FILE_LIMIT] == []


def test_no_test_sleeps():
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    assert [offence for name, source in sources.items() for offence in sleeps(name, source)] == []


def imported_by(statement: str) -> set[str]:
    script = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_vocabulary_brings_no_room_and_no_heavy_library():
    came = imported_by("import tradingfloor.actors.messages")
    assert "tradingfloor.actors.messages" in came
    assert came & {"numba", "numpy", "scipy", "grpc", "pykka", "aiosqlite", "typer", "structlog"} == set()
    assert [name for name in came if room_of(name)] == []
    assert [name for name in came if name.startswith(("tradingfloor.storage", "tradingfloor.gateway"))] == []


def test_importing_prices_brings_no_room_and_an_index_no_compiler():
    came = imported_by("import tradingfloor.actors.domain.pricing")
    assert [name for name in came if room_of(name)] == []
    assert came & {"grpc", "pykka", "aiosqlite", "typer", "structlog"} == set()
    came = imported_by("import tradingfloor.actors.domain.volatility_index")
    assert [name for name in came if room_of(name)] == []
    assert came & {"numba", "scipy", "grpc", "pykka", "aiosqlite", "typer", "structlog"} == set()


def test_importing_the_package_is_lazy():
    came = imported_by("import tradingfloor")
    assert {name for name in came if name.startswith("tradingfloor.")} == set()
    assert came & {"numba", "numpy", "grpc", "pykka", "aiosqlite", "msgspec", "typer"} == set()


CORE = "tradingfloor.actors.risk.core"


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (wrong_directions, CORE, "from tradingfloor.storage import journal"),
        (wrong_directions, CORE, "from tradingfloor import v1"),
        (wrong_directions, CORE, "from tradingfloor import TradingFloor"),
        (wrong_directions, "tradingfloor.storage.journal", "import tradingfloor.gateway.server"),
        (wrong_directions, "tradingfloor.storage.journal", "def f():\n  from tradingfloor.v1 import x_pb2"),
        (wrong_directions, "tradingfloor.cli.run", "from tradingfloor.v1 import control_pb2"),
        (wrong_styles, "tradingfloor.storage.journal", "from ..actors import messages"),
        (wrong_styles, CORE, "from tradingfloor.actors.messages import Bar"),
        (foreign_rooms, CORE, "from ..executor import core"),
        (foreign_rooms, CORE, "from .. import signals"),
        (foreign_rooms, "tradingfloor.actors.routing", "from .risk.core import Risk"),
        (foreign_rooms, "tradingfloor.actors.domain.money", "from ..risk.core import Risk"),
        (impurities, CORE, "from time import time_ns"),
        (impurities, CORE, "import os.path"),
        (impurities, CORE, "def f():\n  import random"),
        (impurities, CORE, "from datetime import datetime\nx = datetime.now()"),
        (impurities, CORE, "import numpy as np\nx = np.random.default_rng()"),
        (impurities, CORE, "x = open('x')"),
        (long_functions, CORE, "def f():\n" + "  x = 1\n" * FUNCTION_LIMIT),
    ],
)
def test_each_rule_sees_an_offender(rule, name, source):
    assert len(rule(Module(name, False, source))) == 1


def test_each_rule_lets_good_manners_pass():
    good = Module(CORE, False, "from ..messages import Bar\nfrom .gates import gates\nimport numpy as np\n")
    for rule in (wrong_directions, wrong_styles, foreign_rooms, impurities, long_functions):
        assert rule(good) == []


def test_a_new_file_of_a_room_counts_as_pure_and_a_shell_does_not():
    assert is_pure(Module("tradingfloor.actors.risk.sizing", False, ""))
    assert is_pure(Module("tradingfloor.actors.domain.calendar", False, ""))
    assert not is_pure(Module("tradingfloor.actors.risk.actor", False, ""))
    assert not is_pure(Module("tradingfloor.actors.market_data.feeds.replay", False, ""))


def test_the_lists_of_the_rules_are_up_to_date():
    parts = {part for module in MODULES if module.top == "actors" for part in module.parts}
    listed = {shell.removesuffix(".py") for shell in SHELLS} | VOCABULARY | PURE_RUNTIME
    assert sorted(listed - parts) == []
    folders = {module.parts[0] for module in MODULES if module.top == "actors" and len(module.parts) > 1}
    assert sorted(folders - ROOMS - {"domain", "runtime", "backtest"}) == []
    files = {module.parts[0] for module in MODULES if module.top == "actors" and len(module.parts) == 1}
    sources = {name for name in files if name.startswith("config_")}
    assert (
        sorted(
            files - folders - ROOMS - {"domain", "runtime", "backtest"} - VOCABULARY - sources - {"plugins"}
        )
        == []
    )


def test_sleeping_is_seen():
    assert sleeps("x", "import time\ntime.sleep(1)") == ["x:2"]
    assert sleeps("x", "from time import sleep") == ["x:1"]
