"""Commands in processes of their own, what they leave behind, and the market they trade."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

EXAMPLE = Path(__file__).parents[2] / "examples" / "data" / "spx_daily.csv"


class Outcome(NamedTuple):
    """What one command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        """The one line on stderr that every failed command prints."""
        assert self.code != 0, self.out
        assert self.err.startswith("error: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.removeprefix("error: ").rstrip("\n")


def daily_csv(path, rows=140):
    """The beginning of the example tape."""
    lines = EXAMPLE.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[: rows + 1]))
    return path


CONFIG = """
timeframes = ["1d", "1w"]
[risk]
min_confidence = 3.0
[execution]
reject_probability = 0.0
[data]
source = "replay:{tape}"
"""


def run_process(*words, timeout=100):
    """One command in a process of its own, to its end."""
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, timeout=timeout)


def command(*words):
    return [sys.executable, "-m", "tradingfloor", *map(str, words)]
