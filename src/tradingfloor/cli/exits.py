"""What the process exits with, and how an error is told.

Decides the exit codes and the one line of every error: what, where, how to mend it. Knows no command.
"""

import sys

import typer

from tradingfloor.actors.errors import BadCommand, TradingFloorError

OK, ERROR, USAGE, NOT_RUNNING, BAD_INPUT, TIMEOUT, KILLED, STORAGE = 0, 1, 2, 3, 4, 5, 7, 70
INTERRUPTED = 130

MEANINGS: dict[int, str] = {
    OK: "done",
    ERROR: "error; the line on stderr says what, where, and how to mend it",
    USAGE: "wrong usage, or something that does not exist",
    NOT_RUNNING: "no engine is running there",
    BAD_INPUT: "bad config or bad data; nothing was begun",
    TIMEOUT: "no answer in time",
    KILLED: "the run ended killed",
    STORAGE: "the storage failed; what was committed is safe",
    INTERRUPTED: "ended at once, by a second Ctrl-C",
}
"""Every exit code of every command."""

_USAGE_ERROR = typer.BadParameter.__base__
_CLICK_ERROR = _USAGE_ERROR.__base__ if _USAGE_ERROR is not None else None
# By descent: where these two classes live differs between the releases of typer.


def told(error: Exception) -> tuple[int, str]:
    """(exit code, one line) of an error."""
    if _CLICK_ERROR is not None and isinstance(error, _CLICK_ERROR):
        return _usage(error)
    code, text = _told(error)
    return code, " ".join(text.split())


def _told(error: Exception) -> tuple[int, str]:
    if isinstance(error, TradingFloorError):
        code = f" ({error.reason.value})" if isinstance(error, BadCommand) else ""
        return error.exit_code, f"{error}{code}" or type(error).__name__
    if isinstance(error, TimeoutError):
        return TIMEOUT, str(error) or "no answer in time"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return ERROR, f"{where}{error.strerror or error}"
    if isinstance(error, typer.Abort):
        return ERROR, "not confirmed; nothing was done"
    sqlite3 = sys.modules.get("sqlite3")  # whoever raised its errors has imported it
    if sqlite3 is not None and isinstance(error, sqlite3.Error):
        return STORAGE, f"storage failed: {error}; look at the disk with: tradingfloor doctor"
    return ERROR, f"internal error: {type(error).__name__}: {error}; TRADINGFLOOR_DEBUG=1 shows where"


def _usage(error: Exception) -> tuple[int, str]:
    text = " ".join(str(getattr(error, "format_message", error.__str__)()).split()).rstrip(".")
    context = getattr(error, "ctx", None)
    hint = f"; see {context.command_path} --help" if context is not None else ""
    return int(getattr(error, "exit_code", USAGE)), f"{text}{hint}"
