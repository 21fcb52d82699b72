"""The journal writer against the bare statement: the same rows, tables, transactions and disk, in turns.

The steps are those of a real replay. A first pass notes every statement and every row; then writer and bare
``executemany`` write them, block by block in turns, each into a store of its own. Twice: with one transaction
per group of the replay (a synced commit for each decision or fill) and with 1,000 steps in each.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from market import trading_config, write_csv
from measure import Row, report, scratch, sizes
from recorded import record

from tradingfloor.actors.runtime.journal import Step
from tradingfloor.assembly import Assembly
from tradingfloor.storage.journal import JournalWriter

Statements = list[tuple[str, list[tuple[Any, ...]]]]
BLOCKS = 20


class Noting:
    """A connection that notes what is executed between BEGIN and COMMIT."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.transactions: list[Statements] = []

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        if statement.startswith("BEGIN"):
            self.transactions.append([])
        return self._connection.execute(statement, *parameters)

    def executemany(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> sqlite3.Cursor:
        self.transactions[-1].append((statement, list(rows)))
        return self._connection.executemany(statement, rows)


def open_store(assembly: Assembly, path: Path) -> tuple[sqlite3.Connection, JournalWriter]:
    """A fresh store with its schema, and its writer."""
    connection = sqlite3.connect(path, isolation_level=None)
    return connection, assembly.open_writer(connection, path)


def noted(assembly: Assembly, groups: list[list[Step]], path: Path) -> list[Statements]:
    """What the writer executes for these groups, transaction by transaction."""
    connection, writer = open_store(assembly, path)
    noting = Noting(connection)
    writer._connection = noting  # type: ignore[assignment]
    for group in groups:
        writer.commit(group)
    connection.close()
    return noting.transactions


def write_bare(connection: sqlite3.Connection, transactions: list[Statements]) -> None:
    """The rows and nothing else."""
    for statements in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for statement, rows in statements:
            connection.executemany(statement, rows)
        connection.execute("COMMIT")


def alternate(assembly: Assembly, groups: list[list[Step]], folder: Path, rounds: int) -> tuple[float, float]:
    """Rows per second of the writer and of the bare statements: each block's best round, summed."""
    transactions = noted(assembly, groups, folder / "noted.db")
    size = max(1, len(groups) // BLOCKS)
    firsts = range(0, len(groups), size)
    best = [[float("inf")] * len(firsts) for _ in range(2)]
    for turn in range(rounds):
        held, writer = open_store(assembly, folder / f"writer-{turn}.db")
        bare, _ = open_store(assembly, folder / f"bare-{turn}.db")
        for number, first in enumerate(firsts):
            block, rows = groups[first : first + size], transactions[first : first + size]
            # Who goes first changes, so that neither always meets the other's write-back.
            for which in (0, 1) if (number + turn) % 2 else (1, 0):
                started = perf_counter()
                if which == 0:
                    for group in block:
                        writer.commit(group)
                else:
                    write_bare(bare, rows)
                best[which][number] = min(best[which][number], perf_counter() - started)
        held.close()
        bare.close()
    total = sum(len(rows) for statements in transactions for _, rows in statements)
    return total / sum(best[0]), total / sum(best[1])


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "The journal writer against the bare statement.",
        arguments,
        bars=(3000, 80, "bars of the replay"),
        rounds=(4, 1, "rounds, the best of each block counts"),
    )
    with scratch() as folder:
        file = write_csv(folder / "EURUSD.csv", given.bars)
        assembly = Assembly(trading_config(source=f"replay:{file}"))
        groups = record(assembly, folder / "recorded.db")
        steps = [step for group in groups for step in group]
        large = [steps[first : first + 1000] for first in range(0, len(steps), 1000)]
        rows = []
        for name, these in (("as replayed", groups), ("1,000 steps per commit", large)):
            place = folder / str(len(these))
            place.mkdir()
            written, bare = alternate(assembly, these, place, given.rounds)
            title = f"{name}: {len(these):,} commits"
            rows.append(Row(title, written, "rows/s", bare, "bare", "ratio ≥ 0.80"))
    return report(f"Append rate over {len(steps):,} steps", rows)


if __name__ == "__main__":
    main()
