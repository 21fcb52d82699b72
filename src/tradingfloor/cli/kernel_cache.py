"""Where the compiled kernels are kept between runs.

Decides the folder: the user's cache, named after the kernels' sources, numba and Python, because numba's own
cache looks at one file's date only and would serve machine code of older sources. Knows no kernel and does
not import numba. An environment that names a folder itself (NUMBA_CACHE_DIR) is obeyed.
"""

import os
import platform
import sys
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"


def folder() -> Path:
    """The cache folder of this build on this machine; it need not exist yet."""
    given = os.environ.get(VARIABLE)
    return Path(given) if given else _base() / "tradingfloor" / f"kernels-{_build()}"


def use() -> None:
    """Let numba write there. Without effect once numba is loaded, or where the folder cannot be made."""
    if "numba" in sys.modules or os.environ.get(VARIABLE):
        return
    chosen = folder()
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # numba then finds a place of its own
    os.environ[VARIABLE] = str(chosen)


def _base() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _build() -> str:
    digest = blake2b(digest_size=8)
    for path in _sources():
        digest.update(path.read_bytes() + b"\0")
    try:
        compiler = version("numba")
    except PackageNotFoundError:
        compiler = ""
    digest.update(f"{compiler} {platform.python_version()} {platform.machine()}".encode())
    return digest.hexdigest()


def _sources() -> list[Path]:
    """Every source of the signals room, and the vocabulary it takes constants from."""
    found = find_spec("tradingfloor.actors.signals")
    assert found is not None
    assert found.origin is not None
    room = Path(found.origin).parent
    return [*sorted(room.glob("*.py")), room.parent / "types.py"]
