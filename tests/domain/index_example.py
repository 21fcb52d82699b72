"""The worked example of Cboe's Volatility Index Methodology (its appendices), as quotes of two expiries.

The mids of the options that count, the selection rows at the edges, and call and put around the forward
are the published ones. A quote is its mid less and plus a half spread; the sides in the money, which the
procedure looks at only to find the forward, follow from parity.
"""

import math
from datetime import UTC, datetime, timedelta

import numpy as np

from tradingfloor.actors.domain.volatility_index import Term

NOW = datetime(2020, 1, 6, 15, 46, tzinfo=UTC)
NEAR_MINUTES, NEXT_MINUTES = 34_484, 44_954
NEAR_RATE, NEXT_RATE = 0.00031664, 0.00028797

NEAR_STRIKES = [*range(1370, 1401, 5), 1410, 1420, *range(1425, 2101, 5), 2125]
NEAR_MIDS = """
.2 .125 .15 .225 .225 .125 .125 .225 .225 .175 .225 .275 .175 .225 .2 .25 .25 .25 .25 .2 .25 .35
.175 .275 .325 .325 .3 .3 .35 .35 .325 .375 .375 .375 .5 .425 .425 .425 .475 .55 .525 .525 .525 .525
.675 .575 .625 .625 .625 .675 .675 .725 .725 .775 .675 .825 .825 .875 .875 .925 .975 1.025 1.025
1.075 1.125 1.125 1.175 1.225 1.275 1.325 1.375 1.425 1.475 1.55 1.6 1.675 1.75 1.825 1.9 2 2.075
2.175 2.25 2.375 2.525 2.625 2.775 2.95 3.075 3.3 3.45 3.65 3.9 4.1 4.35 4.65 4.95 5.25 5.6 6 6.4
6.85 7.35 7.9 8.3 9 9.65 10.6 11.4 12.1 13.25 14.15 15.25 16.55 18.25 19.75 22.775 21.05 18.1 15.25
12.75 10.45 8.45 6.65 4.95 3.8 2.875 2.025 1.45 1.125 .725 .525 .5 .4 .25 .325 .225 .175 .15 .15 .25
.225 .1 .2 .1 .1
"""
NEXT_STRIKES = [
    *(1275, 1325, *range(1350, 1501, 25), 1510, 1520, 1525, 1530, 1540),
    *(*range(1550, 2051, 5), 2060, 2070, 2075, 2100, 2125, 2150, 2200),
]
NEXT_MIDS = """
.075 .15 .15 .175 .2 .25 .3 .35 .4 .425 .45 .475 .5 .525 .55 .575 .6 .625 .65 .675 .675 .7 .725 .75
.775 .8 .825 .85 .875 .9 .95 .975 1 1.025 1.075 1.1 1.15 1.2 1.225 1.275 1.325 1.375 1.425 1.475
1.525 1.6 1.675 1.725 1.8 1.85 1.925 2 2.1 2.175 2.275 2.375 2.475 2.575 2.725 2.825 3 3.1 3.25 3.45
3.6 3.8 3.95 4.2 4.4 4.65 4.9 5.15 5.45 5.75 6.05 6.45 6.75 7.15 7.65 8.15 8.6 9.2 9.75 10.4 11.1
11.8 12.6 13.45 14.4 15.4 16.4 17.6 18.8 20.2 21.6 23.2 26.1 24.15 21.1 18.3 15.7 13.3 11.1 9.15 7.4
5.85 4.65 3.55 2.7 2.05 1.55 1.15 .875 .675 .575 .35 .25 .2 .15 .1 .1 .075
"""
K0 = 1960
NEAR_MONEY = {1960: (24.25, 21.30), 1965: (21.05, 23.15)}
NEXT_MONEY = {1960: (27.30, 24.90), 1965: (24.15, 26.90)}
"""Mids of (call, put)."""

NEAR_LEFT_OUT = {1345: 0, 1350: 0.05, 1355: 0.05, 1360: 0, 1365: 0, 1405: 0, 1415: 0} | {
    2120: 0,
    2150: 0,
    2175: 0,
    2225: 0.05,
}
NEXT_LEFT_OUT = {1200: 0.05, 1225: 0, 1250: 0, 1300: 0}
"""Bids of the listed options that must not count, puts below K0 and calls above it."""


def term(minutes, rate, strikes, mids, money, left_out, forward):
    """One expiry; the ask of an option without a bid is 0.10."""
    values = dict(zip(strikes, map(float, mids.split()), strict=True))
    listed = sorted({*values, *left_out, *money})
    settlement = NOW + timedelta(minutes=minutes)
    growth = math.exp(rate * minutes / 525_600)
    rows = [_row(k, values, money, left_out, (forward - k) / growth) for k in listed]
    quotes = np.array(rows, float).T
    return Term(round(settlement.timestamp()) * 10**9, rate, np.array(listed, float), *quotes)


def _row(strike, values, money, left_out, parity):
    if strike in money:
        call, put = money[strike]
        return *_quote(call), *_quote(put)
    if strike in left_out:
        bid = left_out[strike]
        out, mid = (bid, bid + 0.1), bid + 0.05
    else:
        out, mid = _quote(values[strike]), values[strike]
    inside = _quote(mid + abs(parity))
    return (*inside, *out) if strike < K0 else (*out, *inside)


def _quote(mid):
    half = min(0.05, mid / 2)
    return mid - half, mid + half


def near():
    return term(
        NEAR_MINUTES, NEAR_RATE, NEAR_STRIKES, NEAR_MIDS, NEAR_MONEY, NEAR_LEFT_OUT, forward=1962.89996
    )


def following():
    return term(
        NEXT_MINUTES, NEXT_RATE, NEXT_STRIKES, NEXT_MIDS, NEXT_MONEY, NEXT_LEFT_OUT, forward=1962.40006
    )


def now():
    return round(NOW.timestamp()) * 10**9
