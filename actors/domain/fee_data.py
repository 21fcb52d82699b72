"""The fee schedules that come with the floor, as dated tables of published rates.

Decides which rates held from which trade date on. Knows no order and computes nothing. Each table names
the page its figures were read on; ``docs/fees.md`` tells how each date is known and what is left out.
A later change of a rate belongs into a schedule of one's own until it is added here.
"""

from collections.abc import Mapping
from typing import Final

from ..config import FeeLine, FeeRate

SHARES: Final = ("equity", "index")
"""A paper unit of an index, which no broker sells, pays what a share pays."""
OPTIONS: Final = ("option", "index_option")
CENT: Final = 0.01

SEC: Final = (
    # First trade date, per million of sales. SEC fee rate advisories under Section 31 of the Exchange Act.
    ("2014-03-18", 22.10),  # FINRA Information Notice 3/3/14
    ("2015-02-14", 18.40),  # 80 FR 2978
    ("2016-02-16", 21.80),  # 81 FR 1458, the rate: FINRA Information Notice 3/15/16
    ("2017-07-04", 23.10),
    ("2018-05-22", 13.00),  # fiscal year 2018, advisory 3
    ("2019-04-16", 20.70),  # fiscal year 2019, advisory 2
    ("2020-02-18", 22.10),  # FINRA Information Notice 2/3/20
    ("2021-02-25", 5.10),  # FINRA Information Notice 2/16/21
    ("2022-05-14", 22.90),
    ("2023-02-27", 8.00),  # 88 FR 5051
    ("2024-05-22", 27.80),  # fiscal year 2024, advisory 2
    ("2025-05-14", 0.00),  # FINRA Information Notice 4/24/25
    ("2026-04-04", 20.60),  # 91 FR 10643, FINRA Information Notice 3/17/26
)

TAF: Final = (
    # First trade date, per share sold, most per trade, per option contract sold. FINRA By-Laws, Schedule A,
    # Section 1: SR-FINRA-2020-032 (85 FR 66592) for 2022 to 2024, SR-FINRA-2024-019 (89 FR 93709) for 2026,
    # SR-FINRA-2026-021 (91 FR 60435) for the quarter without a fee, after which 2026's rates come back.
    ("", 0.000119, 5.95, 0.002),
    ("2022-01-01", 0.00013, 6.49, 0.00218),
    ("2023-01-01", 0.000145, 7.27, 0.00244),
    ("2024-01-01", 0.000166, 8.30, 0.00279),
    ("2026-01-01", 0.000195, 9.79, 0.00329),
    ("2026-10-01", 0.0, 0.0, 0.0),
    ("2027-01-01", 0.000195, 9.79, 0.00329),
)

OCC: Final = (
    # First trade date, per contract, most per trade. theocc.com: schedule of fees of January 2020, press
    # release of 2021-04-19, rule change of 90 FR 10544.
    ("", 0.055, 55.0),
    ("2020-09-01", 0.045, 55.0),
    ("2021-06-01", 0.02, 55.0),
    ("2025-02-14", 0.025, 0.0),
)

ORF: Final = (
    # Per contract, the sum of the exchanges' options regulatory fees as Interactive Brokers' page of option
    # commissions gave it; the dates are those of the SEC rate on the same page, the last its article's own.
    ("", 0.0404),
    ("2018-05-22", 0.0388),
    ("2023-02-27", 0.02685),
    ("2025-03-03", 0.02815),
)

SURCHARGES: Final = {
    # Symbol: (premium from which on, per contract). interactivebrokers.com, options, surcharge fees.
    "SPX": ((0.0, 0.40), (1.0, 0.50)),
    "SPXW": ((0.0, 0.49), (1.0, 0.58)),
    "VIX": ((0.0, 0.10), (0.11, 0.25), (1.0, 0.45), (2.0, 0.50)),
    "RUT": ((0.0, 0.18),),
    "OEX": ((0.0, 0.40),),
    "XEO": ((0.0, 0.40),),
    "DJX": ((0.0, 0.15),),
}


def _sec(kinds: tuple[str, ...], step: float) -> FeeLine:
    """Options on broad-based indices are exempt from Section 31."""
    rates = tuple(FeeRate(since=since, rate=round(rate / 1e6, 9)) for since, rate in SEC)
    return FeeLine(kinds=kinds, basis="value", side="sell", rates=rates, round_up_to=step)


def _taf(step: float) -> FeeLine:
    rates = tuple(FeeRate(since=since, rate=rate, maximum=most) for since, rate, most, _ in TAF)
    return FeeLine(kinds=SHARES, side="sell", rates=rates, round_up_to=step)


def _taf_options(step: float) -> FeeLine:
    """Options on indices are exempt (FINRA, Trading Activity Fee FAQ, A400.5)."""
    rates = tuple(FeeRate(since=since, rate=rate) for since, _, _, rate in TAF)
    return FeeLine(kinds=("option",), side="sell", rates=rates, round_up_to=step)


def _orf(step: float) -> FeeLine:
    rates = tuple(FeeRate(since=since, rate=rate) for since, rate in ORF)
    return FeeLine(kinds=OPTIONS, rates=rates, round_up_to=step)


def _occ() -> FeeLine:
    rates = tuple(FeeRate(since=since, rate=rate, maximum=most) for since, rate, most in OCC)
    return FeeLine(kinds=OPTIONS, rates=rates)


def _ibkr_options() -> FeeLine:
    """Interactive Brokers, options, tiered: by contracts of the month and premium, at least 1.00 an order."""
    tiers = {
        0: ((0.0, 0.25), (0.05, 0.50), (0.10, 0.65)),
        10_000: ((0.0, 0.25), (0.05, 0.50)),
        50_000: ((0.0, 0.25),),
        100_000: ((0.0, 0.15),),
    }
    rates = []
    for since, dearest in (("", 0.70), ("2020-02-18", 0.65)):
        for volume, bands in tiers.items():
            for price, rate in bands:
                paid = dearest if rate == 0.65 else rate
                rates.append(FeeRate(since=since, volume=volume, price=price, rate=paid))
    return FeeLine(kinds=OPTIONS, rates=tuple(rates), minimum=1.0)


IBKR_TIERED: Final[Mapping[str, FeeLine]] = {
    # interactivebrokers.com: commissions, stocks and options, tiered; fixed and tiered examples compared.
    "commission": FeeLine(
        rates=(
            FeeRate(rate=0.0035),
            FeeRate(rate=0.002, volume=300_000),
            FeeRate(rate=0.0015, volume=3_000_000),
            FeeRate(rate=0.001, volume=20_000_000),
            FeeRate(rate=0.0005, volume=100_000_000),
        ),
        minimum=0.35,
        maximum_of_value=0.01,
    ),
    "commission_options": _ibkr_options(),
    "exchange": FeeLine(liquidity="take", rates=(FeeRate(rate=0.003),)),
    **{
        f"exchange_{symbol.lower()}": FeeLine(
            kinds=("index_option",),
            symbols=(symbol,),
            rates=tuple(FeeRate(price=price, rate=rate) for price, rate in bands),
        )
        for symbol, bands in SURCHARGES.items()
    },
    "clearing": FeeLine(rates=(FeeRate(rate=0.0002),)),
    "clearing_options": _occ(),
    "nyse_pass_through": FeeLine(basis="commission", rates=(FeeRate(rate=0.000175),)),
    "finra_pass_through": FeeLine(basis="commission", rates=(FeeRate(rate=0.00056),)),
    "sec": _sec((*SHARES, "option"), 0.0),
    "taf": _taf(0.0),
    "taf_options": _taf_options(0.0),
    "orf": _orf(0.0),
}

PER_SHARE: Final[Mapping[str, FeeLine]] = {
    # interactivebrokers.com: commissions, stocks, fixed; options, fixed.
    "commission": FeeLine(rates=(FeeRate(rate=0.005),), minimum=1.0, maximum_of_value=0.01),
    "commission_options": FeeLine(kinds=OPTIONS, rates=(FeeRate(rate=0.65),), minimum=1.0),
    "clearing_options": _occ(),
    "sec": _sec((*SHARES, "option"), 0.0),
    "taf": _taf(0.0),
    "taf_options": _taf_options(0.0),
    "orf": _orf(0.0),
}

TASTYTRADE: Final[Mapping[str, FeeLine]] = {
    # tastytrade.com/commissions-and-fees; rounding as in support article 43000435233.
    "commission_options": FeeLine(
        kinds=("option",), effect="open", rates=(FeeRate(rate=1.0, maximum=10.0),), round_up_to=CENT
    ),
    "commission_index_options": FeeLine(
        kinds=("index_option",), effect="open", rates=(FeeRate(rate=1.0),), round_up_to=CENT
    ),
    "clearing": FeeLine(rates=(FeeRate(rate=0.0008),), round_up_to=CENT),
    "clearing_options": FeeLine(kinds=OPTIONS, rates=(FeeRate(rate=0.10),), round_up_to=CENT),
    "exchange_spx": FeeLine(
        kinds=("index_option",), symbols=("SPX", "SPXW"), rates=(FeeRate(rate=0.65),), round_up_to=CENT
    ),
    "sec": _sec((*SHARES, "option"), CENT),
    "taf": _taf(CENT),
    "taf_options": _taf_options(CENT),
    "orf": _orf(CENT),
}

SCHEDULES: Final[Mapping[str, Mapping[str, FeeLine]]] = {
    "ibkr_tiered": IBKR_TIERED,
    "tastytrade": TASTYTRADE,
    "per_share": PER_SHARE,
}
