"""Every benchmark, one after the other: ``python bench/all.py``, or ``--tiny`` to see that they run.

Each is a process of its own, so that none measures what another left behind.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def scripts() -> list[Path]:
    """The files that measure something: those with a main."""
    return [path for path in sorted(Path(__file__).parent.glob("*.py")) if "\ndef main(" in path.read_text()]


def run_all(arguments: Sequence[str]) -> int:
    """Run them; returns how many failed."""
    return sum(
        subprocess.run([sys.executable, path, *arguments], check=False).returncode != 0 for path in scripts()
    )


# `make bench` runs every file that carries the usual guard. This one has another, or all would run twice.
if Path(sys.argv[0]).resolve() == Path(__file__).resolve():
    sys.exit(run_all(sys.argv[1:]) != 0)
