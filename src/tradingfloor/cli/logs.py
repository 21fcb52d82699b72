"""Logging of the process: where it goes and how much of it.

Decides that logs go to stderr, one line each, from WARNING up unless asked for more. Only the command line
calls this; a program that embeds the engine keeps its own logging.
"""

import logging
import os
import sys
from typing import Any, TextIO, cast

import structlog

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class _Stderr:
    """Whatever stderr is at the moment: a live table puts itself in between."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(verbosity: int) -> None:
    """Set up logging; ``verbosity`` 0, 1 or 2 = WARNING, INFO or DEBUG."""
    level = LEVELS[min(verbosity, len(LEVELS) - 1)]
    stream = cast(TextIO, _Stderr())
    logging.basicConfig(
        level=level, stream=stream, format="%(levelname)-8s %(name)s: %(message)s", force=True
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            _without_traceback,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _without_traceback(_logger: Any, _method: str, event: Any) -> Any:
    if os.environ.get("TRADINGFLOOR_DEBUG") != "1":
        event.pop("exc_info", None)
    return event
