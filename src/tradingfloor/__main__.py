"""The command ``tradingfloor``, also as ``python -m tradingfloor``.

Decides what every command has in common: how arguments become a call, how an error becomes one line on
stderr, and what the process exits with. Knows no command (see ``cli.app``).
"""

import io
import os
import sys
import traceback
from collections.abc import Sequence

from .cli.app import app
from .cli.exits import told

DEBUG = "TRADINGFLOOR_DEBUG"
"""Set to 1, an error shows its traceback too."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character shows a question mark; it is no reason to fail.
            stream.reconfigure(errors="replace")
    try:
        code = app(words or ["--help"], prog_name="tradingfloor", standalone_mode=False)
    except Exception as error:  # noqa: BLE001  whatever it was, the user reads one line
        if os.environ.get(DEBUG) == "1":
            traceback.print_exc()
        code, line = told(error)
        print(f"error: {line}", file=sys.stderr)  # noqa: T201
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
