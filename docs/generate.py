"""Write the generated parts of the documentation, between their markers.

    python docs/generate.py            rewrites the files
    python docs/generate.py --check    exits with 1 when one of them is stale

Input: the tables in the code; output: the text between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from typer.main import get_command

from tradingfloor.actors import routing
from tradingfloor.actors.config_revision import CHANGEABLE
from tradingfloor.actors.config_text import field_docs
from tradingfloor.actors.domain import fee_data
from tradingfloor.actors.domain.fee_text import explained
from tradingfloor.actors.executor.orders import LIFECYCLE, Step
from tradingfloor.actors.risk.gates import GATE_SET, GATES
from tradingfloor.actors.types import OrderStatus, Refusal
from tradingfloor.cli.app import app
from tradingfloor.cli.app import commands as runnable
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


def lifecycle() -> str:
    """Every status that something leads out of, and where each step leads."""
    steps = [step for step in Step if any(step is known for _, known in LIFECYCLE)]
    statuses = [status for status in OrderStatus if any(status is known for known, _ in LIFECYCLE)]
    lines = ["| status | " + " | ".join(step.value for step in steps) + " |", "|---" * (len(steps) + 1) + "|"]
    for status in statuses:
        cells = [LIFECYCLE.get((status, step)) for step in steps]
        texts = ["" if cell is None else cell.value for cell in cells]
        lines.append(f"| {' | '.join((status.value, *texts))} |")
    return "\n".join(lines)


def commands() -> str:
    """Every command: its usage, what it says of itself, its arguments and options."""
    parts = []
    heading = ""
    for under, name, command in runnable(get_command(app)):
        if under != heading:
            heading = under
            parts.append(f"## {heading}")
        inner = getattr(command, "commands", {}).items()
        named = [(f"{name} {each}", found) for each, found in inner] or [(name, command)]
        parts += ["\n\n".join(_command(full, found)) for full, found in named]
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
    """The gates of the set in force, in their order, and which set that is."""
    heading = "| bit | gate | code | what it counts, of a limit | unit |"
    rows = [
        f"| {bit} | `{gate.name}` | `{gate.refusal.value}` | {gate.counts} | {gate.unit} |"
        for bit, gate in enumerate(GATES)
    ]
    return "\n".join((f"The set in force is set {GATE_SET}.", "", heading, "|---|---|---|---|---|", *rows))


def changeable() -> str:
    """What may change while the engine runs."""
    rows = [f"| `{name}` | {what} |" for name, what in CHANGEABLE.items()]
    return "\n".join(("| setting | what it holds |", "|---|---|", *rows))


def _year(part: str) -> Callable[[], str]:
    """One of the tables of ``simulated_year``, which lies beside this file and not in the package."""

    def write() -> str:
        spec = spec_from_file_location("simulated_year", DOCS / "simulated_year.py")
        assert spec is not None, "it lies beside this file"
        assert spec.loader is not None, "it is a file of Python"
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        table: str = getattr(module, part)()
        return table

    return write


def fee_schedules() -> str:
    """Every schedule that comes with the floor, line by line, at its newest rates."""
    parts = []
    for name, lines in fee_data.SCHEDULES.items():
        rows = (f"| `{line}` | {sentence} |" for line, sentence in explained(lines))
        parts.append("\n".join((f"### {name}", "", "| line | what it charges |", "|---|---|", *rows)))
    return "\n\n".join(parts)


def fee_rates() -> str:
    """Every dated rate of the fees that all brokers pass on."""
    tables = {
        "SEC fee: first trade date, per million of sales": fee_data.SEC,
        "FINRA trading activity fee: first trade date, per share sold, most per order of shares, "
        "per option contract sold": fee_data.TAF,
        "OCC clearing: first trade date, per contract, most per order (0 = no cap)": fee_data.OCC,
        "Options regulatory fees: first trade date, per contract": fee_data.ORF,
    }
    parts = []
    for title, table in tables.items():
        rows = [", ".join(str(value) or "first known" for value in row) for row in table]
        parts.append("\n".join((f"{title}.", "", "```", *rows, "```")))
    return "\n\n".join(parts)


PARTS = {
    "architecture.md": {"routes": routes, "lifecycle": lifecycle},
    "cli.md": {"exit codes": exit_codes, "commands": commands},
    "refusals.md": {"codes": refusals, "gates": gates, "changeable": changeable},
    "market-data.md": {"parameters": _year("parameters"), "facts": _year("facts")},
    "fees.md": {"schedules": fee_schedules, "rates": fee_rates},
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
