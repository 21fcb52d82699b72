"""How kernels are compiled, and where their machine code is kept between runs.

Decides the folder: in the user's cache, named after the sources of all kernels, numba, Python and the
processor, because numba's own cache looks at one file's date only and would serve machine code of older
sources. Knows no kernel but the files they stand in. An environment that names a folder itself
(NUMBA_CACHE_DIR) is obeyed.
"""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_INSIDE: Final[dict[str, Any]] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_IEEE: Final[dict[str, Any]] = {"error_model": "numpy"}

KERNEL_MODULES = (
    "domain/elementary",
    "domain/black",
    "domain/implied",
    "domain/exercise_boundary",
    "domain/early_exercise",
    "signals/state",
    "signals/events",
    "signals/yardstick",
    "signals/live",
    "signals/blocks",
    "signals/displacement",
    "signals/gaps",
    "signals/pools",
    "signals/structure",
    "signals/sweeps",
    "signals/strat",
    "signals/kernel",
)
"""Every file with compiled code, below the folder of the actors."""

CONSTANTS = ("types", "domain/evidence", "signals/layout")
"""Files that kernels take numbers from."""


def kernel(function: F) -> F:
    """Compile on the first call from Python, kept in ``folder()`` where that can be written."""
    return _compiled(function, kept=True)


def part(function: F) -> F:
    """Compile as a part of a kernel: callable from kernels only, so without the wrappers Python needs."""
    return _compiled(function, **_INSIDE)


def column_kernel(function: F) -> F:
    """A kernel that applies formulas to columns of floats, several rows at a time where the processor can.

    Divisions are those of IEEE 754: by 0 they give infinity or NaN and no error, since an error in one row
    would forbid to take rows together. Nothing is reordered or fused: a row has the bits it has alone.
    """
    return _compiled(function, kept=True, **_IEEE)


def formula(function: F) -> F:
    """A part of column kernels, laid into each place that uses it, with their division.

    Without branches, loops and calls but to other formulas: choices are conditional expressions over values
    that are both computed.
    """
    return _compiled(function, forceinline=True, **_IEEE, **_INSIDE)


def _compiled(function: F, *, kept: bool = False, **options: Any) -> F:
    from numba import njit  # noqa: PLC0415  whoever only asks for the folder need not wait for numba

    compiler: Any = njit
    if not kept or not _usable(folder()):
        return cast(F, compiler(**options)(function))
    with _numba_writes_to(folder()):
        return cast(F, compiler(cache=True, **options)(function))


@cache
def folder() -> Path:
    """The cache folder of this build on this machine; it need not exist yet."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    return Path(given) if given else _user_cache() / "tradingfloor" / f"kernels-{_build()}"


def _usable(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _build() -> str:
    compiler = f"{platform.machine()} {version('numba')} {platform.python_version()}"
    return blake2b((kernel_sources_hash() + compiler).encode(), digest_size=8).hexdigest()


def kernel_sources_hash() -> str:
    """32 hex digits over the sources of all kernels and the vocabulary they take constants from."""
    actors = Path(__file__).parent.parent
    digest = blake2b(digest_size=16)
    for name in (*KERNEL_MODULES, *CONSTANTS):
        path = actors / f"{name}.py"
        source = path.read_bytes()
        digest.update(len(source).to_bytes(8, "big"))
        digest.update(source)
    return digest.hexdigest()


@contextmanager
def _numba_writes_to(place: Path) -> Iterator[None]:
    """Numba takes the folder from its settings when a function is decorated; others keep theirs."""
    from numba import config as numba_config  # noqa: PLC0415  see kernel

    config: Any = numba_config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(place)
    try:
        yield
    finally:
        config.CACHE_DIR = before
