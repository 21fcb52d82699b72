"""The page of definitions names what the code knows, all of it and nothing else."""

import re
from pathlib import Path

import pytest

from tradingfloor.actors.config_plugins import BUILT_IN as CONFIGURED
from tradingfloor.actors.domain.evidence import KINDS
from tradingfloor.actors.signals.naming import DETECTORS, NAMES, PATTERNS, POOLS, SCANNED

PAGE = (Path(__file__).parents[2] / "docs" / "detectors.md").read_text()


def table(heading):
    """Cells of the rows below a heading's first table."""
    lines = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0].splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_the_table_of_weights_is_the_table_of_kinds():
    families = {name.kind: name.family for name in NAMES.values() if name.kind}
    told = {kind: (*map(float, numbers), family) for kind, *numbers, family in table("What counts how much")}
    assert told == {name: (*map(float, kind), families[name]) for name, kind in KINDS.items()}


def test_the_table_of_events_names_every_event():
    told, detector = set(), ""
    for first, events, *_ in table("Events"):
        detector = first.strip("`") or detector
        told |= {(detector, event) for event in re.findall(r"`(\w+)`", events)}
    told.remove(("any", "stopped"))
    assert told == {(name.detector, name.event) for name in NAMES.values()}
    assert {detector for detector, _ in told} == set(SCANNED)


def test_the_tables_of_pools_and_patterns_are_those_of_the_code():
    assert [(row[0].strip("`"), int(row[2])) for row in table("Pools and sweeps")] == [
        (name, rank) for rank, name in sorted(POOLS.items())
    ]
    assert {row[0].strip("`") for row in table("Strat")} == set(PATTERNS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_raised_by_one_detector_of_the_config(kind):
    families = {name.family for name in NAMES.values() if name.kind == kind}
    assert len(families) == 1


def test_the_config_knows_the_detectors_of_the_room():
    assert set(CONFIGURED) == set(DETECTORS)
