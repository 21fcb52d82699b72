"""The commands by their groups, and the help that lists them.

Decides names, groups and order. Every command's signature stands in the module of its group; what it does is
imported when it runs.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup

from . import care, control, data, download, look, orders, play, requests, research, settings
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


def commands(group: Any) -> Iterator[tuple[str, str, Any]]:
    """Every command that can be run: its heading, its words (``data import``), and itself."""
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield command_group(command), name, command
        else:
            for word, each in inner.items():
                yield command_group(command), f"{name} {word}", each


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
    (RUN, "replace", requests.replace),
    (RUN, "cancel-all", requests.cancel_all),
    (RUN, "revise", requests.revise),
    (RUN, "config", settings.config),
    (LOOK, "why", look.why),
    (LOOK, "events", look.events),
    (LOOK, "orders", orders.orders),
    (LOOK, "stats", look.stats),
    (RESEARCH, "scan", research.scan),
    (RESEARCH, "check", research.check),
    (CARE, "verify", care.verify),
    (CARE, "doctor", care.doctor),
    (CARE, "version", care.version),
)

_DATA: Sequence[tuple[str, Any]] = (
    ("import", data.import_),
    ("list", data.list_),
    ("verify", data.verify),
    ("download", download.download),
)

for _group, _name, _command in _COMMANDS:
    app.command(_name, rich_help_panel=_group)(_command)

_data = typer.Typer(
    help="Fetch recorded prices, take them into the data folder, list them, and check them.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)
for _name, _command in _DATA:
    _data.command(_name)(_command)
app.add_typer(_data, name="data", rich_help_panel=CARE)
