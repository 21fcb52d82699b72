"""Worked cases of pools that periods leave behind, and of order blocks."""

from detector_examples import BREAK, Example, ramp, times

NIGHT = (100, 101, 99, 100)
POOL_EXAMPLES = [
    Example(
        "the high of the day before is swept; the first day of a series leaves none",
        "sweep",
        [
            *[NIGHT] * 2,
            (100, 110, 99, 100),
            *[NIGHT] * 3,  # Monday
            (100, 111, 99, 100),
            (100, 105, 99, 100),
            *[NIGHT] * 4,  # Tuesday
            (100, 106, 99, 100),
            (100, 112, 99, 105),  # Wednesday
        ],
        "13 swept -1 @6 level=111 count=1 lag=0 pool=day",
        minutes=240,
    ),
    Example(
        "a pool of a day lasts until a bar trades beyond it",
        "sweep",
        [
            *[NIGHT] * 6,
            (100, 111, 99, 100),
            *[NIGHT] * 5,
            *[NIGHT] * 12,
            (100, 112, 99, 105),
        ],
        "24 swept -1 @6 level=111 count=1 lag=0 pool=day",
        minutes=240,
    ),
    Example(
        "the high of the week before outranks that of the day",
        "sweep",
        [
            *[NIGHT] * 7,  # the first week
            NIGHT,
            (100, 120, 99, 100),
            *[NIGHT] * 4,
            (100, 119, 99, 100),  # the second
            (100, 125, 99, 101),
        ],
        "14 swept -1 @8 level=120 count=1 lag=0 pool=week",
        minutes=1440,
    ),
    Example(
        "the opening range of a session is a pool from its third quarter of an hour on",
        "sweep",
        [*[NIGHT] * 26, (100, 104, 98, 100), (100, 103, 99, 100), (100, 105, 99, 100)],
        "28 swept -1 @26 level=104 count=1 lag=0 pool=opening_range",
        calendar="XNYS",
    ),
    Example(
        "a bar of the opening range itself sweeps nothing of it",
        "sweep",
        [*[NIGHT] * 26, (100, 104, 98, 100), (100, 105, 99, 100)],
        "",
        calendar="XNYS",
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
    Example(
        "a touch is no pierce",
        "sweep",
        [*ramp(18, {9: (109, 120, 108, 109)}), (118, 120, 117, 119), (119, 122, 118, 119)],
        "19 swept -1 @9 level=120",
    ),
    Example(
        "a late sweep reaches as far as the bar that pierced it, whose wick counts too",
        "sweep",
        [*ramp(18, {9: (109, 120, 108, 109)}), (118, 124, 117, 121), (121, 121, 118, 119)],
        "19 swept -1 @9 level=120 lag=1 is_signal=True entry=119 stop=125",
    ),
    Example(
        "of pools of one rank the newest is named",
        "sweep",
        [*ramp(20, {9: (109, 125, 108, 109), 14: (114, 122, 113, 114)}), (120, 127, 119, 120)],
        "20 swept -1 @14 level=122 count=2 pool=swing",
    ),
    Example(
        "swings within a tenth of an average range are equal; the most extreme names them",
        "sweep",
        times(
            100,
            [*ramp(20, {9: (109, 120.1, 108, 109), 14: (114, 120, 113, 114)}), (119, 122, 118, 119)],
        ),
        "20 swept -1 @9 level=12010 count=2 pool=equal",
    ),
    Example(
        "the target is the nearest pool of the other side where it pays one and a half risks",
        "sweep",
        [*ramp(20, {9: (109, 125, 108, 109), 14: (114, 115, 108, 114)}), (120, 126, 119, 120)],
        "20 swept -1 @9 level=125 is_signal=True entry=120 stop=127 target=108",
    ),
    # --- order blocks -------------------------------------------------------------------------------
    Example(
        "the last lowest bar between the swing and its break is the block",
        "order_block",
        BREAK,
        "17 formed +1 @10 top=111 bottom=109",
    ),
    Example(
        "of equal lows the last",
        "order_block",
        ramp(20, {9: (109, 116, 108, 109), 14: (114, 115, 109, 114)}),
        "17 formed +1 @14 top=115 bottom=109",
    ),
    Example(
        "a trade below it mitigates it, a close below it breaks it",
        "order_block",
        [*BREAK, (118, 119, 109, 115), (115, 115, 108, 110), (110, 111, 107, 108)],
        """
        17 formed    +1 @10
        21 mitigated +1 @10 top=111 bottom=109
        22 broken    +1 @10
        """,
        only=("formed", "mitigated", "broken"),
    ),
    Example(
        "an open below it does both on one bar",
        "order_block",
        [*BREAK, (108, 112, 108, 112)],
        """
        17 formed    +1 @10
        20 mitigated +1 @10
        20 broken    +1 @10
        """,
    ),
    Example(
        "without a break there is no block",
        "order_block",
        BREAK[:17],
        "",
    ),
]
