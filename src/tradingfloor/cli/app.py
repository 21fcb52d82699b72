"""The commands by their groups, and the help that lists them.

Decides names, groups and order. Every command's signature stands in the module of its group; what it does is
imported when it runs.
"""

from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup

from . import care, control, look, play, requests, research, settings
from .exits import MEANINGS

RUN, LOOK, RESEARCH, CARE = "Run", "Look", "Research", "Care"

HELP: Final = """An automatic trading engine on PAPER: no order ever leaves this machine.

\b
First steps:
  tradingfloor run                    a simulated market, watched live
  tradingfloor status                 the same engine, from a second terminal
  tradingfloor kill                   close everything and hold still
  tradingfloor why                    why it did, or did not, trade
"""


class GroupedHelp(TyperGroup):
    """A group of commands whose help shows them under headings, without loading rich."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  the library's signature
        """Write the commands, heading by heading."""
        for heading in (RUN, LOOK, RESEARCH, CARE):
            rows = [
                (name, command.get_short_help_str(formatter.width - 12))
                for name, command in self.commands.items()
                if command_group(command) == heading
            ]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """In the order of their registration."""
        return list(self.commands)


def command_group(command: object) -> str:
    """The heading under which a command is listed."""
    return str(getattr(command, "rich_help_panel", ""))


def _epilog() -> str:
    lines = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in MEANINGS.items())
    return f"\b\nExit codes:\n{lines}"


app = typer.Typer(
    cls=GroupedHelp,
    help=HELP,
    epilog=_epilog(),
    rich_markup_mode=None,  # rich would double the time that --help takes
    pretty_exceptions_enable=False,
)

_COMMANDS: Sequence[tuple[str, str, Any]] = (
    (RUN, "init", settings.init),
    (RUN, "run", play.run),
    (RUN, "status", control.status),
    (RUN, "start", control.start),
    (RUN, "stop", control.stop),
    (RUN, "pause", control.pause),
    (RUN, "resume", control.resume),
    (RUN, "kill", control.kill),
    (RUN, "rearm", control.rearm),
    (RUN, "flatten", requests.flatten),
    (RUN, "close", requests.close),
    (RUN, "reduce", requests.reduce),
    (RUN, "cancel", requests.cancel),
    (RUN, "revise", requests.revise),
    (RUN, "config", settings.config),
    (LOOK, "why", look.why),
    (LOOK, "events", look.events),
    (LOOK, "stats", look.stats),
    (RESEARCH, "scan", research.scan),
    (RESEARCH, "check", research.check),
    (CARE, "verify", care.verify),
    (CARE, "doctor", care.doctor),
    (CARE, "version", care.version),
)

for _group, _name, _command in _COMMANDS:
    app.command(_name, rich_help_panel=_group)(_command)
