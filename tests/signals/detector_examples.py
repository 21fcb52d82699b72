"""Small worked cases as data, bars in, events out: what an example is, swings and structure.

Prices are small integers, the tick is 1.

An expectation is a line ``bar event direction @origin field=value ...``; an example has all events
of its detector (or, with ``only``, all events of those names), in any order.
"""

from typing import NamedTuple

CALM = (100, 102, 98, 100)
"""True range 4 after another one, no swing, no scenario but 1."""


class Example(NamedTuple):
    says: str
    detector: str
    rows: list
    lines: str
    only: tuple = ()
    calendar: str = "24h"
    minutes: int = 15
    base: int = 0
    """How many base bars make one bar; the rows are base bars then."""


def ramp(n, changes=None, *, reach=1):
    """Bars that rise by 1: none is a swing unless it is changed."""
    rows = [(100 + i, 100 + i + reach, 100 + i - reach, 100 + i) for i in range(n)]
    for i, row in (changes or {}).items():
        rows[i] = row
    return rows


def times(factor, rows):
    return [tuple(round(factor * price) for price in row) for row in rows]


def mirrored(rows, about=400):
    return [(about - o, about - low, about - high, about - c, *rest) for o, high, low, c, *rest in rows]


BREAK = ramp(20, {9: (109, 116, 108, 109)})

LEVEL_EXAMPLES = [
    # --- swings -----------------------------------------------------------------------------------
    Example(
        "a peak is known five bars later",
        "swing",
        ramp(20, {9: (109, 130, 108, 109)}),
        "14 candidate +1 @9 level=130",
    ),
    Example(
        "the tenth bar is the first that can be a swing", "swing", ramp(20, {8: (108, 130, 107, 108)}), ""
    ),
    Example("four bars after it are not enough", "swing", ramp(14, {9: (109, 130, 108, 109)}), ""),
    Example(
        "of two equal peaks the earlier stays",
        "swing",
        ramp(20, {9: (109, 130, 108, 109), 12: (112, 130, 111, 112)}),
        """
        14 candidate +1 @9 level=130
        17 candidate +1 @12 level=130
        17 dropped   +1 @12 level=130
        """,
    ),
    Example(
        "a higher peak of the run drops the one before it",
        "swing",
        ramp(27, {9: (109, 130, 108, 109), 20: (120, 131, 119, 120)}),
        """
        14 candidate +1 @9 level=130
        25 candidate +1 @20 level=131
        25 dropped   +1 @9 level=130
        """,
    ),
    Example(
        "swings are final when the other side is confirmed, and labelled against the one before",
        "swing",
        ramp(
            42,
            {
                9: (109, 130, 108, 109),
                16: (116, 117, 50, 116),
                23: (123, 140, 122, 123),
                30: (130, 131, 60, 130),
                36: (136, 150, 135, 136),
            },
        ),
        """
        14 candidate +1 @9 level=130
        21 candidate -1 @16 level=50
        21 final     +1 @9 level=130 label=0
        28 candidate +1 @23 level=140
        28 final     -1 @16 level=50 label=0
        35 candidate -1 @30 level=60
        35 final     +1 @23 level=140 label=1
        41 candidate +1 @36 level=150
        41 final     -1 @30 level=60 label=1
        """,
    ),
    Example(
        "a bar that is both is the side on which it sticks out further",
        "swing",
        ramp(20, {9: (109, 120, 80, 109)}),  # others: highs to 115, lows from 104
        "14 candidate -1 @9 level=80",
    ),
    Example(
        "equally far out, the close decides",
        "swing",
        ramp(20, {9: (109, 120, 99, 110)}),
        "14 candidate +1 @9 level=120",
    ),
    Example("equally far out, a doji is neither", "swing", ramp(20, {9: (109, 120, 99, 109)}), ""),
    Example(
        "where every bar is the same, each green one is a high and the first of them stays",
        "swing",
        [(10, 12, 8, 11)] * 16,
        """
        14 candidate +1 @9 level=12
        15 candidate +1 @10 level=12
        15 dropped   +1 @10 level=12
        """,
    ),
    # --- structure ----------------------------------------------------------------------------------
    Example(
        "the first close strictly beyond a level breaks it",
        "structure",
        BREAK,
        """
        17 broken +1 @9 level=116
        17 bos    +1 @9 level=116 count=1 is_signal=True entry=117 stop=113 target=125
        """,
    ),
    Example("a close at the level does not break it", "structure", BREAK[:17], ""),
    Example(
        "a close back at the level within two bars is a failure",
        "structure",
        [*BREAK[:18], (117, 118, 117, 118), (118, 118, 114, 116)],
        """
        17 broken +1 @9 level=116
        17 bos    +1 @9 level=116
        19 break_failed +1 @9 level=116
        """,
    ),
    Example(
        "three bars later it is none, but a close beyond the stop is told",
        "structure",
        [*BREAK[:18], (117, 118, 117, 118), (118, 119, 117, 118), (118, 118, 112, 112)],
        """
        17 broken  +1 @9 level=116
        17 bos     +1 @9 level=116 stop=113
        20 stopped +1 @9
        """,
    ),
    Example(
        "two levels taken by one close are one break of the newer",
        "structure",
        [*ramp(20, {9: (109, 121, 108, 109), 14: (114, 120, 113, 114)}), (120, 123, 119, 122)],
        """
        20 broken +1 @9 level=121
        20 broken +1 @14 level=120
        20 bos    +1 @14 level=120 count=2
        """,
    ),
    Example(
        "a break against the bias is a change of character",
        "structure",
        [
            *ramp(24, {9: (109, 116, 108, 109), 16: (116, 117, 105, 116)}),
            (123, 123, 103, 104),
        ],
        """
        17 broken +1 @9 level=116
        17 bos    +1 @9 level=116
        24 broken -1 @16 level=105
        24 choch  -1 @16 level=105 count=1
        24 stopped +1 @9
        """,
    ),
    Example(
        "the stop is the last swing of the other side when it is near",
        "structure",
        ramp(21, {9: (109, 119, 105, 109), 14: (114, 118, 105, 114)}, reach=4),
        """
        20 broken +1 @9 level=119
        20 bos    +1 @9 entry=120 stop=105 target=150 strong=False
        """,
    ),
    Example(
        "and one average range below the level when it is far",
        "structure",
        ramp(21, {9: (109, 119, 105, 109), 14: (114, 118, 90, 114)}, reach=4),  # A = 9.2, 3 A = 27.7 < 30
        """
        20 broken +1 @9 level=119
        20 bos    +1 @9 entry=120 stop=109 target=142
        """,
    ),
]
