"""What the recorded chains imply: a volatility for every two-sided quote, or the reason why there is none.

SPX and SPXW are European and priced on the forward of their own series; GOOG pays no dividend and its options
can be exercised early. Shares are over quotes with a bid and an ask below the calendar's close.
"""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.domain import american
from tradingfloor.actors.domain.contracts import Exercise
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.pricing import NoVolatility
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.quoted import quoted_chain
from tradingfloor.actors.market_data.quotes import QuoteBook
from tradingfloor.actors.market_data.synthetic import Carry
from tradingfloor.actors.messages import ChainUpdate
from tradingfloor.actors.types import NANOS

RATE = 0.0025  # the policy rate's band at the end of 2015 began there


@pytest.fixture(scope="module")
def folder():
    given = os.environ.get("TRADINGFLOOR_TEST_DATA")
    if not given or not (Path(given) / "lean").is_dir():
        pytest.skip("TRADINGFLOOR_TEST_DATA has no lean folder: no chains to look at")
    return Path(given) / "lean"


def newest(path, symbol):
    book = QuoteBook(instrument(symbol))
    config = Config(symbols=(symbol,), data=DataConfig(source=f"replay:{path}"))
    for update in open_feed(config).updates():
        if isinstance(update, ChainUpdate):
            book.take(update)
    return book.columns()


def test_every_two_sided_quote_of_goog_has_an_american_volatility_or_a_reason(folder):
    held = newest(folder / "option/usa/minute/goog/20151224_quote_american.zip", "GOOG")
    two = held.where(held.two_sided)
    listed = two.listing
    assert {each.exercise for each in listed.contracts} == {Exercise.AMERICAN}
    expiries = np.array([each.expiry for each in listed.contracts])
    years = (expiries - expiries.min()) / 365 + 3 / (24 * 365)  # the nearest expire at that day's early close
    found = american.implied_volatility(
        listed.sign > 0, (two.bid + two.ask) / 2 / NANOS, 748.4, listed.strike / NANOS, years, RATE, 0.0
    )
    reasons = Counter(NoVolatility(int(code)).name for code in found.reason)
    print(len(listed.contracts), dict(reasons))
    known = ~np.isnan(found.sigma)
    assert (
        known.sum()
        == reasons["NONE"]
        == len(listed.contracts) - sum(count for name, count in reasons.items() if name != "NONE")
    )
    assert len(listed.contracts) > 1_500
    assert known.mean() > 0.85
    assert np.quantile(found.sigma[known & (years > 0.05)], [0.05, 0.95]) == pytest.approx(
        [0.3, 0.5], abs=0.2
    )


@pytest.mark.parametrize(("root", "day"), [("spx", "20210104"), ("spxw", "20230626")])
def test_every_two_sided_quote_of_the_index_has_a_volatility_or_is_past_its_bounds(folder, root, day):
    files = sorted((folder / f"indexoption/usa/minute/{root}").glob(f"{day}_quote*.zip"))
    if not files:
        files = sorted((folder / f"indexoption/usa/minute/{root}").glob("*quote*.zip"))[:1]
    held = newest(files[0], "SPX")
    chain = quoted_chain("SPX", held, None, Carry(0.001 if root == "spx" else 0.05, 0.015))
    two = (chain.bid > 0) & (chain.ask > 0)
    known = ~np.isnan(chain.sigma)
    print(root, int(two.sum()), "two-sided,", int(known.sum()), "with a volatility")
    assert not (known & ~two).any()
    assert known.any()
    assert ((chain.sigma[known] > 0.01) & (chain.sigma[known] < 5)).all()
