"""Write the generated parts of the documentation, between their markers.

    python docs/generate.py            rewrites the files
    python docs/generate.py --check    exits with 1 when one of them is stale

Input: the tables in the code; output: the text between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from tradingfloor.actors import routing
from tradingfloor.actors.config_revision import CHANGEABLE
from tradingfloor.actors.config_text import field_docs
from tradingfloor.actors.risk.gates import GATES
from tradingfloor.actors.types import Refusal
from tradingfloor.cli.app import app, command_group
from tradingfloor.cli.exits import MEANINGS

DOCS = Path(__file__).parent


def routes() -> str:
    """Every message: how it travels, who hears of it, whether it counts for the journal hash."""
    lines = ["| message | travels | heard by | in the journal hash | what it says |", "|---|---|---|---|---|"]
    for message, route in routing.ROUTES.items():
        rooms = ", ".join(route.rooms) or "-"
        sentence = (message.__doc__ or "").strip().splitlines()[0]
        cells = [
            f"`{message.__name__}`",
            route.durability.value,
            rooms,
            "yes" if route.ledger else "",
            sentence,
        ]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines)


def commands() -> str:
    """Every command: its usage, what it says of itself, its arguments and options."""
    group: Any = get_command(app)
    parts = []
    heading = ""
    for name, command in group.commands.items():
        if command_group(command) != heading:
            heading = command_group(command)
            parts.append(f"## {heading}")
        parts.append("\n\n".join(_command(name, command)))
    return "\n\n".join(parts)


def _command(name: str, command: Any) -> Iterator[str]:
    params = [param for param in command.params if param.name != "help"]
    arguments = [param for param in params if param.param_type_name == "argument"]
    named = [param.metavar if param.required else f"[{param.metavar}]" for param in arguments]
    yield f"### {name}"
    yield f"```\n{' '.join(('tradingfloor', name, '[OPTIONS]', *named))}\n```"
    yield from (" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n"))
    rows = [f"| `{_cell(_spelling(param))}` | {_cell(param.help)}{_default(param)} |" for param in params]
    yield "\n".join(("| argument or option | |", "|---|---|", *rows))


def _spelling(param: Any) -> str:
    """As it is typed. Written here and not by the library, whose words change with its releases."""
    if param.param_type_name == "argument":
        return str(param.metavar)
    flag = param.is_flag or param.count
    return f"{', '.join(param.opts)}{'' if flag else f' {param.metavar}'}"


def _default(param: Any) -> str:
    if param.required:
        return " Required."
    value = getattr(param.default, "value", param.default)
    return f" By default `{value}`." if value else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def exit_codes() -> str:
    """Every exit code and what it means."""
    rows = [f"| {code} | {meaning} |" for code, meaning in MEANINGS.items()]
    return "\n".join(("| code | meaning |", "|---|---|", *rows))


def refusals() -> str:
    """Every reason code: where it comes from and what it means, as its own source says."""
    gates = {gate.refusal.name: gate.name for gate in GATES}
    lines = inspect.getsource(Refusal).splitlines()
    members = {target.id: node.lineno for node, target in _assignments(Refusal)}
    docs = field_docs(Refusal)
    rows, place = [], ""
    names = {line: name for name, line in members.items()}
    for number, line in enumerate(lines, 1):
        _, mark, text = line.partition("# from: ")
        place = text if mark else place
        name = names.get(number)
        if name is not None:
            where = f"{place}: `{gates[name]}`" if name in gates else place
            rows.append(f"| `{name}` | {where} | {_cell(docs[name])} |")
    return "\n".join(("| code | where it comes from | what it means |", "|---|---|---|", *rows))


def _assignments(kind: type) -> Iterator[tuple[ast.Assign, ast.Name]]:
    """The members of an enumeration in its source; line numbers count from the class line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    for node in getattr(body, "body", []):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node, node.targets[0]


def gates() -> str:
    """The gates of the set in force, in their order."""
    heading = "| bit | gate | code | what it counts, of a limit | unit |"
    rows = [
        f"| {bit} | `{gate.name}` | `{gate.refusal.value}` | {gate.counts} | {gate.unit} |"
        for bit, gate in enumerate(GATES)
    ]
    return "\n".join((heading, "|---|---|---|---|---|", *rows))


def changeable() -> str:
    """What may change while the engine runs."""
    rows = [f"| `{name}` | {what} |" for name, what in CHANGEABLE.items()]
    return "\n".join(("| setting | what it holds |", "|---|---|", *rows))


PARTS = {
    "architecture.md": {"routes": routes},
    "cli.md": {"exit codes": exit_codes, "commands": commands},
    "refusals.md": {"codes": refusals, "gates": gates, "changeable": changeable},
}


def generated(name: str) -> str:
    """The text of one file with its generated parts renewed. Raises ValueError without the markers."""
    text = (DOCS / name).read_text(encoding="utf-8")
    for part, write in PARTS[name].items():
        before, begin, rest = text.partition(f"<!-- {part}:begin -->\n")
        _, end, after = rest.partition(f"<!-- {part}:end -->")
        if not begin or not end:
            raise ValueError(f"docs/{name} has no markers for {part}")
        text = f"{before}{begin}{write()}\n{end}{after}"
    return text


def stale() -> list[str]:
    """The names of the files that do not say what the code says."""
    return [name for name in PARTS if (DOCS / name).read_text(encoding="utf-8") != generated(name)]


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(f"stale, run python docs/generate.py: {', '.join(stale())}" if stale() else 0)
    for file_name in stale():
        (DOCS / file_name).write_text(generated(file_name), encoding="utf-8")
        print(f"renewed docs/{file_name}")
