"""The worked cases of the definitions, run on the brute-force detectors and on the kernels alike."""

import pytest
from brute_force import facts, facts_of
from brute_market import Row
from brute_series import merged, stamped
from brute_strat import colour, in_force, scenario, shape
from detector_examples import LEVEL_EXAMPLES
from gap_examples import GAP_EXAMPLES
from pool_examples import POOL_EXAMPLES
from signal_bars import bars
from strat_examples import BARS, BEFORE, STRAT_EXAMPLES

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.signals import looks

EVERY = [*LEVEL_EXAMPLES, *GAP_EXAMPLES, *STRAT_EXAMPLES, *POOL_EXAMPLES]


def expected(example):
    """[(bar, event, direction, origin, {field: text})] of an example's lines."""
    found = []
    for line in filter(str.strip, example.lines.splitlines()):
        bar, event, direction, origin, *fields = line.split()
        found.append(
            (int(bar), event, int(direction), int(origin[1:]), dict(field.split("=") for field in fields))
        )
    return sorted(found, key=lambda line: line[:4])


def said(example, found):
    """The facts in the same form, each with the fields that the example names for it."""
    lines = expected(example)
    rows = sorted((fact.bar, fact.event, fact.direction, fact.origin, fact) for fact in found)
    rows = [row for row in rows if not example.only or row[1] in example.only]
    shown = []
    for n, (*key, fact) in enumerate(rows):
        names = lines[n][4] if n < len(lines) else {}
        shown.append((*key, {name: str(getattr(fact, name)) for name in names}))
    return shown


def series(example):
    if not example.base:
        return stamped(example.rows, calendar=example.calendar, minutes=example.minutes), []
    base = stamped(example.rows, calendar=example.calendar, minutes=example.minutes // example.base)
    return merged(base, calendar=example.calendar, minutes=example.minutes), base


@pytest.mark.parametrize("example", EVERY, ids=lambda e: f"{e.detector}: {e.says}")
def test_brute_force_says_what_the_example_says(example):
    own, base = series(example)
    found = facts(own, [example.detector], base=base, calendar=calendar(example.calendar))
    assert said(example, found) == expected(example)


@pytest.mark.parametrize(("row", "kind", "hue", "force", "form"), BARS)
def test_a_bar_has_a_scenario_a_colour_a_shape_and_may_be_in_force(row, kind, hue, force, form):
    before, bar = (Row(*each, 0, 1, 0, 1) for each in (BEFORE, row))
    assert (scenario(bar, before), colour(bar), in_force(bar, before), shape(bar)) == (kind, hue, force, form)
    said = looks(bars([BEFORE, row]))[-1]
    assert (said.scenario, said.colour, said.in_force, said.shape or None) == (kind, hue, force, form)


@pytest.mark.parametrize("example", EVERY, ids=lambda e: f"{e.detector}: {e.says}")
def test_detect_says_what_the_example_says(example):
    from tradingfloor.actors.signals import detect

    own, base = series(example)
    found = detect(own, [example.detector], base=base, calendar=calendar(example.calendar))
    assert said(example, facts_of(found)) == expected(example)
