"""Worked cases of fair value gaps and displacement."""

from detector_examples import CALM, Example, mirrored

GAP = [(10, 12, 8, 11), (11, 16, 10, 15), (15, 18, 14, 17)]
BURST = (100, 107, 99, 106)

GAP_EXAMPLES = [
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
            (11, 14, 11, 14),
            (14, 15, 13, 15),
        ],
        """
        2 confirmed +1 @1 top=14 bottom=12 run=2 is_signal=False z=-1
        3 touched   +1 @1 top=14 bottom=12
        4 midpoint  +1 @1 top=14 bottom=12
        5 filled    +1 @1 top=14 bottom=12
        6 inverted  +1 @1 top=14 bottom=12
        6 inverse   -1 @1 top=14 bottom=12
        8 inverse_closed -1 @1 top=14 bottom=12
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
        # z = 28 / 61
        "15 confirmed +1 @14 top=104 bottom=102 is_signal=True entry=109 stop=97 target=133 z=459016",
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
    # --- displacement -------------------------------------------------------------------------------
    Example(
        "a bar of one and a half ranges that closes high",
        "displacement",
        [*[CALM] * 14, BURST],
        "14 confirmed +1 @14 form=bar top=107 bottom=99 z=1500000 entry=106 stop=98 target=122",
    ),
    Example("a smaller body is none", "displacement", [*[CALM] * 14, (100, 106, 99, 105)], ""),
    Example(
        "a close outside the outer quarter is none", "displacement", [*[CALM] * 14, (100, 109, 100, 106)], ""
    ),
    Example("fourteen bars must be known before", "displacement", [*[CALM] * 13, BURST], ""),
    Example(
        "the gap it leaves is told one bar later",
        "displacement",
        [*[CALM] * 14, BURST, (106, 107, 104, 105)],
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
        mirrored([*[CALM] * 14, BURST]),
        "14 confirmed -1 @14 form=bar top=301 bottom=293 z=1500000 entry=294 stop=302 target=278",
    ),
    Example(
        "one of three closes may go back",
        "displacement",
        [*[CALM] * 14, (100, 105, 100, 105), (105, 105, 104, 104), (104, 109, 104, 109)],
        "16 confirmed +1 @16 form=multi_bar top=109 bottom=100",
    ),
    Example(
        "a bar of half the length needs a range smaller by the root of two",
        "displacement",
        [*[CALM] * 20, (100, 106, 100, 105)],  # from 15:30 to 16:00
        "20 confirmed +1 @20 form=bar z=1767767",
        calendar="XNYS",
        minutes=60,
    ),
    Example(
        "its volume is compared with the bars before it",
        "displacement",
        [*[(*CALM, 100)] * 14, (*BURST, 300)],
        "14 confirmed +1 @14 volume_ratio=3000000",
    ),
    Example(
        "from ten sessions on with up to twenty bars of the same time",
        "displacement",
        [
            (*CALM, volume)
            for day in range(21)
            for volume in (10 if day == 0 else 100, 1000, 1000, 1000, 1000, 1000)
        ]
        + [(*BURST, 300)],
        "126 confirmed +1 @126 volume_ratio=3000000",
        minutes=240,
    ),
    Example(
        "no volume is no information",
        "displacement",
        [*[(*CALM, 0)] * 14, (*BURST, 300)],
        "14 confirmed +1 @14 volume_ratio=1000000",
    ),
]
