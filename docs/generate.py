"""Write the generated parts of the documentation, between their markers.

    python docs/generate.py            rewrites the files
    python docs/generate.py --check    exits with 1 when one of them is stale

Input: the tables in the code; output: the text between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``.
"""

import sys
from pathlib import Path

from tradingfloor.actors import routing

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


PARTS = {"architecture.md": {"routes": routes}}


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
