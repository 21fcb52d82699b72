"""Small worked cases of every definition, as data: bars in, events out. Prices are small integers, tick 1.

An expectation is a line ``bar event direction @origin field=value ...``; the lines of an example are all events
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


def ramp(n, changes=None, *, start=100):
    """Bars that rise by 1: none is a swing unless it is changed."""
    rows = [(start + i, start + i + 1, start + i - 1, start + i) for i in range(n)]
    for i, row in (changes or {}).items():
        rows[i] = row
    return rows


def mirrored(rows, about=400):
    return [(about - o, about - low, about - high, about - c, *rest) for o, high, low, c, *rest in rows]


GAP = [(10, 12, 8, 11), (11, 16, 10, 15), (15, 18, 14, 17)]
BREAK = ramp(20, {9: (109, 116, 108, 109)})

EXAMPLES = [
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
    # --- fair value gaps ----------------------------------------------------------------------------
    Example(
        "a gap is touched, half filled, filled and inverted bar by bar",
        "fvg",
        [
            *GAP,
            (17, 17, 14, 15),
            (15, 15, 13, 14),
            (14, 14, 12, 12),
            (12, 13, 11, 11),
            (11, 15, 11, 15),
        ],
        """
        2 confirmed +1 @1 top=14 bottom=12 run=2 is_signal=False z=-1
        3 touched   +1 @1 top=14 bottom=12
        4 midpoint  +1 @1 top=14 bottom=12
        5 filled    +1 @1 top=14 bottom=12
        6 inverted  +1 @1 top=14 bottom=12
        6 inverse   -1 @1 top=14 bottom=12
        7 inverse_closed -1 @1 top=14 bottom=12
        """,
    ),
    Example(
        "one bar may do it all",
        "fvg",
        [*GAP, (17, 17, 9, 10)],
        """
        2 confirmed +1 @1 top=14 bottom=12
        3 touched   +1 @1
        3 midpoint  +1 @1
        3 filled    +1 @1
        3 inverted  +1 @1
        3 inverse   -1 @1
        """,
    ),
    Example("a middle bar without a green body leaves none", "fvg", [GAP[0], (15, 16, 10, 15), GAP[2]], ""),
    Example("touching wicks leave none", "fvg", [*GAP[:2], (15, 18, 12, 17)], ""),
    Example(
        "a downward gap is the mirror image",
        "fvg",
        mirrored([*GAP, (17, 17, 14, 15)]),
        """
        2 confirmed -1 @1 top=388 bottom=386
        3 touched   -1 @1
        """,
    ),
    Example(
        "a large enough gap is a signal",
        "fvg",
        [*[CALM] * 14, (100, 108, 99, 107), (107, 110, 104, 109)],
        "15 confirmed +1 @14 top=104 bottom=102 is_signal=True entry=109 stop=97 target=133 z=459016",  # 28 / 61
    ),
    Example(
        "a small one is none",
        "fvg",
        [*[CALM] * 14, (100, 108, 99, 107), (107, 110, 103, 109)],
        "15 confirmed +1 @14 top=103 bottom=102 is_signal=False z=229508",  # 14 / 61
    ),
    Example(
        "gaps on consecutive bars are a run",
        "fvg",
        [*GAP, (17, 22, 17, 21), (21, 25, 20, 24)],
        """
        2 confirmed +1 @1 run=2
        3 confirmed +1 @2 top=17 bottom=16 run=2
        4 confirmed +1 @3 top=20 bottom=18 run=2
        """,
    ),
    Example(
        "an inverse gap lives 96 bars",
        "fvg",
        [*GAP, (17, 17, 9, 10), *[(10, 10, 10, 10)] * 97],
        """
        3 inverse -1 @1
        99 inverse_expired -1 @1
        """,
        only=("inverse", "inverse_closed", "inverse_expired"),
    ),
    # --- sweeps -------------------------------------------------------------------------------------
    Example(
        "a bar pierces a swing and closes back",
        "sweep",
        [*ramp(18, {9: (109, 120, 108, 109)}), (118, 122, 117, 119)],
        "18 swept -1 @9 level=120 count=1 lag=0 pool=swing is_signal=True entry=119 stop=123",
    ),
    Example(
        "a close at the pool is back",
        "sweep",
        [*ramp(18, {9: (109, 120, 108, 109)}), (118, 122, 117, 120)],
        "18 swept -1 @9 level=120 lag=0 is_signal=True",
    ),
    Example(
        "without a wick it is no signal",
        "sweep",
        [*ramp(18, {9: (109, 120, 108, 109)}), (118, 121, 112, 120)],
        "18 swept -1 @9 level=120 lag=0 is_signal=False",
    ),
    Example(
        "a close beyond comes back two bars later",
        "sweep",
        [
            *ramp(18, {9: (109, 120, 108, 109)}),
            (118, 123, 117, 121),
            (121, 122, 121, 122),
            (122, 122, 118, 119),
        ],
        "20 swept -1 @9 level=120 count=1 lag=2 is_signal=False",
    ),
    Example(
        "three bars later the pool is gone",
        "sweep",
        [
            *ramp(18, {9: (109, 120, 108, 109)}),
            (118, 123, 117, 121),
            (121, 122, 121, 122),
            (122, 123, 121, 122),
            (122, 122, 118, 119),
        ],
        "",
    ),
    Example(
        "a pool is judged once",
        "sweep",
        [*ramp(18, {9: (109, 120, 108, 109)}), (118, 122, 117, 119), (119, 124, 118, 119)],
        "18 swept -1 @9 level=120",
    ),
    Example(
        "two swings near each other are one equal pool; both are taken",
        "sweep",
        [*ramp(18, {9: (109, 120, 108, 109), 12: (112, 120, 111, 112)}), (118, 122, 117, 119)],
        "18 swept -1 @12 level=120 count=2 pool=equal",
    ),
    # --- displacement -------------------------------------------------------------------------------
    Example(
        "a bar of one and a half ranges that closes high",
        "displacement",
        [*[CALM] * 14, (100, 107, 99, 106)],
        "14 confirmed +1 @14 form=bar top=107 bottom=99 is_signal=True z=1500000 entry=106 stop=98 target=122",
    ),
    Example("a smaller body is none", "displacement", [*[CALM] * 14, (100, 106, 99, 105)], ""),
    Example(
        "a close outside the outer quarter is none", "displacement", [*[CALM] * 14, (100, 109, 100, 106)], ""
    ),
    Example("fourteen bars must be known before", "displacement", [*[CALM] * 13, (100, 107, 99, 106)], ""),
    Example(
        "the gap it leaves is told one bar later",
        "displacement",
        [*[CALM] * 14, (100, 107, 99, 106), (106, 107, 104, 105)],
        """
        14 confirmed +1 @14 form=bar
        15 with_gap  +1 @14 top=104 bottom=102
        """,
    ),
    Example(
        "three bars together move far; the next of the same move does not count again",
        "displacement",
        [
            *[CALM] * 14,
            (100, 103, 100, 103),
            (103, 106, 103, 106),
            (106, 109, 106, 109),
            (109, 112, 109, 112),
        ],
        "16 confirmed +1 @16 form=multi_bar top=109 bottom=100 z=2250000 entry=109 stop=99 target=129",
    ),
    Example(
        "a downward one is the mirror image",
        "displacement",
        mirrored([*[CALM] * 14, (100, 107, 99, 106)]),
        "14 confirmed -1 @14 form=bar top=301 bottom=293 is_signal=True z=1500000 entry=294 stop=302 target=278",
    ),
]
