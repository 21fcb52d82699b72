"""What a check is: it counts facts and remembers what did not hold; most fold over the journal's entries.

Decides the shape of an entry and of an outcome. Knows no invariant and no connection.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import msgspec

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config

SHOWN = 5
"""Violations of one invariant that are told in words."""


class Entry(NamedTuple):
    """One row of the journal with its event."""

    sequence: int
    id: bytes
    ts: int
    kind: str
    actor: str
    epoch: int
    cause: bytes
    symbol: str
    event: m.JournalEvent


class Invariant(msgspec.Struct, frozen=True):
    """The outcome of one invariant."""

    name: str
    title: str
    ok: bool
    checked: int
    """How many single facts were looked at."""
    violations: int
    details: tuple[str, ...]
    """The first few violations, with their sequence."""


class Facts(NamedTuple):
    """What the checks need to know beside the events."""

    configs: Mapping[str, Config]
    """By content hash."""
    multipliers: Mapping[str, int]
    """Of symbols whose contract is not one unit."""


class Check:
    """Root of all checks: counts facts and keeps the first violations."""

    name: ClassVar[str]
    title: ClassVar[str]

    def __init__(self) -> None:
        self.checked = 0
        self.violations = 0
        self.details: list[str] = []

    def expect(self, holds: bool, sequence: int, words: str) -> None:
        """Count one fact; ``words`` tell what is wrong when it does not hold."""
        self.checked += 1
        if not holds:
            self.fail(sequence, words)

    def fail(self, sequence: int, words: str) -> None:
        """Record a violation of a fact that was counted already."""
        self.violations += 1
        if len(self.details) < SHOWN:
            self.details.append(f"#{sequence}: {words}")

    def result(self) -> Invariant:
        """What was found so far."""
        return Invariant(
            self.name, self.title, not self.violations, self.checked, self.violations, tuple(self.details)
        )


class EntryCheck(Check, ABC):
    """A check that folds over the entries of the journal."""

    watches: ClassVar[tuple[type[m.Event], ...]]
    """The kinds it wants to see."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts

    @abstractmethod
    def see(self, entry: Entry) -> None:
        """Take in one entry."""
