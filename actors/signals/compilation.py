"""Compiling the kernels at a moment of one's choosing, and the name of what was compiled.

Decides which sources make up the kernels. Knows no cache folder: numba writes where NUMBA_CACHE_DIR
points. numba looks at one file's date only, so a folder named after the hash is what keeps machine code
and sources together.
"""

from hashlib import blake2b
from pathlib import Path

import numpy as np

from .kernel import advance_many
from .layout import ROW, WANT_NOTHING, new_events, new_state

KERNEL_MODULES = ("layout", "events", "yardstick", "live", "structure", "gaps", "strat", "kernel")


def compile_kernels() -> None:
    """Compile every kernel for its real argument types, or load it from numba's cache folder."""
    state = new_state(tick=1, detectors=0, cross_session=True, intraday_ns=0)
    advance_many(state, new_events(WANT_NOTHING), np.zeros((0, ROW), np.int64), 0, 0)


def kernel_sources_hash() -> str:
    """32 hex digits over the sources of all kernels and the vocabulary they take constants from."""
    folder = Path(__file__).parent
    digest = blake2b(digest_size=16)
    for path in (*(folder / f"{name}.py" for name in KERNEL_MODULES), folder.parent / "types.py"):
        source = path.read_bytes()
        digest.update(len(source).to_bytes(8, "big"))
        digest.update(source)
    return digest.hexdigest()
