"""Worked cases of the strat patterns: armed on a closed bar, triggered within the next one or not at all."""

from detector_examples import CALM, Example

UP = [(10, 14, 8, 12), (12, 18, 10, 16)]
"""The second bar is a 2u from 10 to 18."""
WIDE = [(10, 14, 8, 12), (12, 18, 6, 16)]
"""The second bar is a 3 from 6 to 18."""
DOWN = [(10, 14, 8, 12), (12, 12, 6, 8)]
"""The second bar is a 2d from 6 to 12."""
INSIDE = (14, 17, 11, 14)
LATER = [CALM] * 15
AFTER_CALM = [(100, 106, 99, 104), (102, 105, 100, 102), (102, 106, 101, 105)]
"""A 2u, an inside bar, a 2u."""

STRAT_EXAMPLES = [
    Example(
        "2-1-2: an inside bar after a 2u continues upward",
        "strat",
        [*UP, INSIDE, (14, 18, 12, 17)],
        """
        2 armed     0 @2 pattern=2-1-2 count=1
        3 triggered +1 @2 pattern=2-1-2 sequence=2u-1-2u count=1 is_signal=False
        3 armed     -1 @3 pattern=1-2-2
        """,
    ),
    Example(
        "2-1-2: or turns downward",
        "strat",
        [*UP, INSIDE, (14, 16, 10, 12)],
        """
        2 armed     0 @2 pattern=2-1-2 count=1
        3 triggered -1 @2 pattern=2-1-2 sequence=2u-1-2d
        3 armed     +1 @3 pattern=1-2-2
        """,
    ),
    Example(
        "both sides stand when one bar takes both",
        "strat",
        [*UP, INSIDE, (14, 18, 10, 12)],
        """
        2 armed     0 @2 pattern=2-1-2
        3 triggered +1 @2 sequence=2u-1-2u
        3 triggered -1 @2 sequence=2u-1-2d
        """,
    ),
    Example(
        "equal extremes trigger nothing: the setup expires and a new one counts two inside bars",
        "strat",
        [*UP, INSIDE, (14, 17, 11, 14)],
        """
        2 armed   0 @2 pattern=2-1-2 count=1
        3 expired 0 @2 pattern=2-1-2
        3 armed   0 @3 pattern=2-1-2 count=2
        """,
    ),
    Example(
        "3-1-2",
        "strat",
        [*WIDE, INSIDE, (14, 16, 10, 12)],
        """
        2 armed     0 @2 pattern=3-1-2 count=1
        3 triggered -1 @2 pattern=3-1-2 sequence=3-1-2d
        3 armed     +1 @3 pattern=1-2-2
        """,
    ),
    Example(
        "2-2: a 2d after a 2u turns up",
        "strat",
        [*UP, (14, 16, 9, 12), (12, 17, 10, 15)],
        """
        2 armed     +1 @2 pattern=2-2
        3 triggered +1 @2 pattern=2-2 sequence=2d-2u
        3 armed     -1 @3 pattern=2-2
        """,
    ),
    Example(
        "2-2: a second 2d arms a new setup when the first expires",
        "strat",
        [*UP, (14, 16, 9, 12), (12, 16, 8, 10)],
        """
        2 armed   +1 @2 pattern=2-2
        3 expired +1 @2 pattern=2-2
        3 armed   +1 @3 pattern=2-2
        """,
    ),
    Example(
        "3-2-2: a 2u after a 3 turns down",
        "strat",
        [*WIDE, (16, 20, 12, 18), (16, 18, 10, 12)],
        """
        2 armed     -1 @2 pattern=3-2-2
        3 triggered -1 @2 pattern=3-2-2 sequence=3-2u-2d
        3 armed     +1 @3 pattern=2-2
        """,
    ),
    Example(
        "1-2-2: entry one tick beyond, stop at the other extreme, target at the bar before",
        "strat",
        [*LATER, (100, 101, 97, 99), (99, 102, 98, 100)],
        """
        15 armed     +1 @15 pattern=1-2-2
        16 triggered +1 @15 pattern=1-2-2 sequence=1-2d-2u entry=102 stop=97 target=107 z=1000000
        16 armed     -1 @16 pattern=2-2
        """,
    ),  # the bar before reaches to 102, less than one risk away: 1 R takes its place
    Example(
        "2-1-2: the target is the extreme of the 2 where it pays one risk",
        "strat",
        [*LATER, (100, 120, 99, 110), (105, 106, 100, 102), (102, 107, 101, 106)],
        """
        15 armed     -1 @15 pattern=1-2-2
        16 expired   -1 @15 pattern=1-2-2
        16 armed     0 @16 pattern=2-1-2 count=1
        17 triggered +1 @16 sequence=2u-1-2u is_signal=True entry=107 stop=99 target=120 z=1625000
        17 armed     -1 @17 pattern=1-2-2
        """,
    ),
    Example(
        "a gap through the trigger enters at the open",
        "strat",
        [*LATER, (100, 120, 99, 110), (105, 106, 100, 102), (109, 110, 108, 109)],
        """
        15 armed     -1 @15 pattern=1-2-2
        16 expired   -1 @15 pattern=1-2-2
        16 armed     0 @16 pattern=2-1-2 count=1
        17 triggered +1 @16 sequence=2u-1-2u is_signal=True entry=109 stop=99 target=120 z=1100000
        17 armed     -1 @17 pattern=1-2-2
        """,
    ),
    Example(
        "a close beyond the stop ends the entry",
        "strat",
        [*LATER, (100, 101, 97, 99), (99, 102, 98, 100), (100, 102, 96, 96)],
        """
        15 armed     +1 @15 pattern=1-2-2
        16 triggered +1 @15 pattern=1-2-2 is_signal=True stop=97
        16 armed     -1 @16 pattern=2-2
        17 triggered -1 @16 pattern=2-2 sequence=2u-2d
        17 stopped   +1 @15
        17 armed     +1 @17 pattern=2-2
        """,
    ),
    Example(
        "the other side in a later base bar leaves the first spent",
        "strat",
        [row for row in [*UP, INSIDE] for _ in range(3)]
        + [(14, 18, 12, 17), (17, 17, 12, 12), (12, 12, 10, 11)],
        """
        2 armed     0 @2 pattern=2-1-2
        2 triggered +1 @2 sequence=2u-1-2u
        3 triggered -1 @2 sequence=2u-1-2d
        3 spent     +1 @2 pattern=2-1-2
        """,
        base=3,
    ),
    Example(
        "no pattern reaches over the night, and none is armed on the half hour that ends the day",
        "strat",
        [*[CALM] * 5, *AFTER_CALM],  # the inside bar is the one from 15:30 to 16:00
        """
        5 armed   -1 @5 pattern=1-2-2
        6 expired -1 @5 pattern=1-2-2
        """,
        calendar="XNYS",
        minutes=60,
    ),
    Example(
        "a setup on the last whole bar of a day ends with the first of the next",
        "strat",
        [*[CALM] * 24, *AFTER_CALM],  # quarters of an hour: the inside bar ends at 16:00
        """
        24 armed   -1 @24 pattern=1-2-2
        25 expired -1 @24 pattern=1-2-2
        25 armed   0 @25 pattern=2-1-2
        26 expired 0 @25 pattern=2-1-2
        """,
        calendar="XNYS",
    ),
    Example(
        "a market that never closes knows no night",
        "strat",
        [*[CALM] * 95, *AFTER_CALM],
        """
        95 armed     -1 @95 pattern=1-2-2
        96 expired   -1 @95 pattern=1-2-2
        96 armed     0 @96 pattern=2-1-2
        97 triggered +1 @96 sequence=2u-1-2u
        97 armed     -1 @97 pattern=1-2-2
        """,
    ),
]

BEFORE = (10, 14, 8, 12)
BARS = [
    # row, scenario, colour, in force, shape, all against BEFORE
    ((10, 14, 8, 12), "1", "green", 0, None),  # the same again
    ((11, 14, 9, 11), "1", "neutral", 0, None),
    ((12, 15, 8, 15), "2u", "green", 1, None),
    ((15, 16, 8, 15), "2u", "neutral", 1, "hammer"),
    ((14, 16, 10, 14), "2u", "neutral", 0, None),  # a close at the high before is not in force
    ((15, 16, 10, 13), "2u", "red", 0, None),
    ((10, 14, 7, 7), "2d", "red", -1, None),
    ((8, 14, 7, 9), "2d", "green", 0, "shooter"),
    ((10, 17, 7, 15), "3", "green", 1, None),
    ((16, 17, 7, 15), "3", "red", 0, "hammer"),
    ((10, 17, 6, 7), "3", "red", -1, None),
    ((6, 17, 6, 7), "3", "green", 0, "shooter"),
    ((12, 12, 12, 12), "1", "neutral", 0, None),  # no range, no shape
    ((67, 100, 0, 80), "3", "green", 1, "hammer"),
    ((66, 100, 0, 80), "3", "green", 1, None),
    ((33, 100, 0, 10), "3", "red", 0, "shooter"),
    ((34, 100, 0, 10), "3", "red", 0, None),
]
