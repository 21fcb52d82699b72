"""Commands in processes of their own, what they leave behind, and the market they trade."""

import json
import os
import pty
import select
import subprocess
import sys
import termios
import time
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


class Child:
    """A command that runs beside the test, in a pipe or in a terminal of 80 columns; ended with the block."""

    def __init__(self, *words, terminal=False):
        self.text = ""
        environment = {**os.environ, "TERM": "xterm"}
        if terminal:
            self._read, side = pty.openpty()
            termios.tcsetwinsize(side, (40, 80))
        else:
            self._read, side = os.pipe()
        self.process = subprocess.Popen(
            command(*words),
            stdin=side if terminal else subprocess.DEVNULL,
            stdout=side,
            stderr=side if terminal else subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        os.close(side)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()
        os.close(self._read)

    def wait_for(self, text, seconds=60):
        """Read until it has printed ``text``."""
        limit = time.monotonic() + seconds
        while text not in self.text:
            assert self._more(limit), f"ended without {text!r}:\n{self.text}"

    def wait(self, seconds=60):
        """Read to its end; returns the exit code."""
        limit = time.monotonic() + seconds
        while self._more(limit):
            pass
        return self.process.wait(seconds)

    def _more(self, limit):
        ready, _, _ = select.select([self._read], [], [], max(0, limit - time.monotonic()))
        assert ready, f"silent for too long:\n{self.text}"
        try:
            chunk = os.read(self._read, 1 << 16)
        except OSError:  # a terminal whose last user has gone
            chunk = b""
        self.text += chunk.decode(errors="replace")
        return bool(chunk)
