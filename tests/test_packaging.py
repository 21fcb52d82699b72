"""The wheel that is built from the sdist works alone: in its own environment, read-only, away from the tree.

One fixture builds and installs; every check runs in a process of that environment.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parent.parent

FOLDERS = {
    "actors": "tradingfloor/actors",
    "storage": "tradingfloor/storage",
    "gateway": "tradingfloor/gateway",
    "protos/tradingfloor/v1": "tradingfloor/v1",
    "src/tradingfloor": "tradingfloor",
}
CHECKER_LINKS = {
    "actors": "../../actors",
    "storage": "../../storage",
    "gateway": "../../gateway",
    "v1": "../../protos/tradingfloor/v1",
}
PACKAGED = {".py", ".pyi", ".proto", ".sql", ".json", ".typed", ".css", ".html", ".js", ".svg"}
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv*", "__pycache__", ".*_cache", "*.egg-info", "build", "dist", "runs", "*.db*", "*.sock"
)


class Installed(NamedTuple):
    """The tree that was built, its wheel and the environment it is installed in."""

    tree: Path
    wheel: Path
    python: Path
    site_packages: Path
    home: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the environment's interpreter away from the tree, with a home of its own."""
        keep = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.home,
            env={**keep, "HOME": str(self.home), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def script(self, text: str) -> str:
        done = self.run("-W", "error", "-c", text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self) -> set[Path]:
        return {path for path in self.site_packages.rglob("*") if path.is_file()}


def succeed(*command: object) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def copy_of_the_tree(target: Path) -> Path:
    """What a clone after ``make types`` has: the sources and the links of the type checkers."""
    shutil.copytree(ROOT, target, symlinks=True, ignore=LEFT_BEHIND)
    for name, leads_to in CHECKER_LINKS.items():
        link = target / "src" / "tradingfloor" / name
        if not link.is_symlink():
            link.symlink_to(leads_to)
    return target


def set_writable(folder: Path, *, writable: bool) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o200 if writable else mode & ~0o222)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packaging")
    tree = copy_of_the_tree(folder / "tree")
    succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", tree)
    (wheel,) = (folder / "dist").glob("*.whl")
    succeed(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    succeed(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel)
    (site_packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    home = folder / "home"
    home.mkdir()
    set_writable(site_packages, writable=False)
    yield Installed(tree, wheel, python, site_packages, home)
    set_writable(site_packages, writable=True)


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(installed):
    expected = set()
    for folder, root in FOLDERS.items():
        for path in (installed.tree / folder).rglob("*"):
            inside = path.relative_to(installed.tree / folder)
            linked = folder == "src/tradingfloor" and inside.parts[0] in CHECKER_LINKS
            if path.suffix in PACKAGED and "__pycache__" not in inside.parts and not linked:
                expected.add(f"{root}/{inside}")
    names = [name for name in zipfile.ZipFile(installed.wheel).namelist() if not name.endswith("/")]
    held = {name for name in names if ".dist-info/" not in name}
    assert sorted(held ^ expected) == []
    assert len(names) == len(set(names))


def test_the_wheel_brings_its_licence_and_its_requirements_agree(installed):
    names = zipfile.ZipFile(installed.wheel).namelist()
    assert [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
    done = installed.run("-m", "pip", "check", "--disable-pip-version-check")
    assert done.returncode == 0, done.stdout


def test_every_module_of_the_wheel_can_be_imported(installed):
    names = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in zipfile.ZipFile(installed.wheel).namelist()
        if name.endswith(".py")
    ]
    assert len(names) > 20
    out = installed.script(
        "import importlib\n"
        f"for name in {names!r}:\n"
        "    try:\n        importlib.import_module(name)\n"
        "    except BaseException as error:\n        print(f'{name}: {error!r}')\n"
    )
    assert out.splitlines() == []


def test_the_package_is_imported_from_the_environment_and_not_from_the_tree(installed):
    out = installed.script("import tradingfloor.actors.messages as m; print(m.__file__)")
    assert Path(out.strip()).is_relative_to(installed.site_packages)


def test_an_empty_store_is_migrated(installed):
    out = installed.script(
        "import sqlite3\n"
        "from tradingfloor.storage.migrate import latest, migrate, version_of\n"
        "connection = sqlite3.connect('empty.db')\n"
        "assert migrate(connection, 'empty.db') == 0\n"
        "assert version_of(connection) == latest() >= 1\n"
        "print(connection.execute('SELECT count(*) FROM events').fetchone()[0])\n"
    )
    assert out.strip() == "0"


def test_every_message_of_the_wire_contract_decodes_what_it_encoded(installed):
    out = installed.script(
        "import importlib, pkgutil\n"
        "import tradingfloor.v1 as v1\n"
        "from google.protobuf.message_factory import GetMessageClass\n"
        "count = 0\n"
        "for info in pkgutil.iter_modules(v1.__path__):\n"
        "    if not info.name.endswith('_pb2'):\n        continue\n"
        "    module = importlib.import_module(f'tradingfloor.v1.{info.name}')\n"
        "    for descriptor in module.DESCRIPTOR.message_types_by_name.values():\n"
        "        kind = GetMessageClass(descriptor)\n"
        "        message = kind()\n"
        "        for field in descriptor.fields:\n"
        "            if field.cpp_type == field.CPPTYPE_STRING and not field.is_repeated:\n"
        "                setattr(message, field.name, b'x' if field.type == field.TYPE_BYTES else 'x')\n"
        "        assert kind.FromString(message.SerializeToString()) == message\n"
        "        count += 1\n"
        "print(count)\n"
    )
    assert int(out) > 10


def test_kernels_are_compiled_without_a_write_under_site_packages(installed):
    before = installed.files()
    installed.script(
        "from tradingfloor.actors.config import Config\n"
        "from tradingfloor.assembly import Assembly\n"
        "Assembly(Config()).compile_kernels()\n"
    )
    assert sorted(installed.files() - before) == []


def test_the_command_line_greets_with_its_help(installed):
    script = installed.python.parent / "tradingfloor"
    done = installed.run(str(script), "--help")
    assert done.returncode == 0, done.stderr
    assert "tradingfloor" in done.stdout
    assert "PAPER" in done.stdout.upper()


def test_the_module_runs_as_the_command_does(installed):
    by_module = installed.run("-m", "tradingfloor", "--help")
    assert by_module.returncode == 0, by_module.stderr
    assert "tradingfloor" in by_module.stdout


def test_a_config_written_by_the_installed_package_reads_back(installed):
    installed.script(
        "from pathlib import Path\n"
        "from tradingfloor.actors.config import Config\n"
        "from tradingfloor.actors.config_sources import commented_toml, resolve\n"
        "Path('config.toml').write_text(commented_toml(Config()))\n"
        "assert resolve('config.toml').config == Config()\n"
    )
