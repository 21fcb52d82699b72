"""What the names of Lean quote files say: whose quotes or trades they hold, in which contracts, of when.

Decides which zips a path names, their underlying and their order, and the contract of every member (root,
right, strike in ten-thousandths, expiry). Knows no row. Input: paths and a config; output: files and members;
BadData in one line.

``20151224_quote_american.zip`` holds a day of minutes or seconds, ``goog_2015_quote_american.zip`` a year of
hours or days, with one member per contract: ``20151224_goog_minute_quote_american_call_7500000_20160115.csv``
or ``goog_quote_american_call_7500000_20160115.csv``. ``20131004_quote.zip`` holds the quotes of a share.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ...config import Config
from ...domain.contracts import Exercise, OptionContract, Right, contract
from ...errors import BadData
from ...types import NANOS
from .files import readable, shown, zip_names

SCALE = 100_000
"""Nanos in one ten-thousandth of the currency."""

_STYLE = r"_(?P<style>american|european)"
_DATED_ZIP = re.compile(rf"(?P<day>[0-9]{{8}})_(?P<what>quote|trade)(?:{_STYLE})?\.zip", re.IGNORECASE)
_LONG_ZIP = re.compile(
    rf"(?P<ticker>[^_]+)(?:_(?P<year>[0-9]{{4}}))?_(?P<what>quote|trade){_STYLE}\.zip", re.IGNORECASE
)
_MEMBER = re.compile(
    r"(?:(?P<day>[0-9]{8})_(?P<dated>[^_]+)_(?P<step>second|minute)|(?P<undated>[^_]+))_(?P<what>quote|trade)"
    rf"(?:{_STYLE}_(?P<right>call|put)_(?P<strike>[0-9]+)_(?P<expiry>[0-9]{{8}}))?\.csv",
    re.IGNORECASE,
)


class QuoteZip(NamedTuple):
    """One file, with what its name and that of its first member say."""

    path: Path
    since: int
    """Its day, or the first day of its year, as an ordinal; 0 = it holds all years."""
    symbol: str
    """The underlying."""
    calendar: str
    """By which its contracts are traded; empty of a share's own quotes."""
    resolution: str
    """``second`` | ``minute``; empty where the rows tell, hours or days."""


class Member(NamedTuple):
    """What one member holds."""

    symbol: str
    """OCC symbol of an option, else the ticker."""
    trades: bool


def quote_zips(path: Path, config: Config) -> Iterator[QuoteZip]:
    """The files a path names. BadData when there is none, or when one is of a symbol not configured."""
    with readable(path):
        path.stat()
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    wanted = [file for file in files if _is_wanted(file.name)]
    if path.is_dir():
        # A folder of hours or days holds the options on everything.
        wanted = [file for file in wanted if not _is_another(file.name, config.symbols)]
    if not wanted:
        raise BadData(
            f"{shown(path, 200)} holds no quotes; name a directory of Lean files "
            "(YYYYMMDD_quote_american.zip, YYYYMMDD_quote.zip) or one of them"
        )
    for file in wanted:
        yield _opened(file, config)


def quotes_alone(path: Path) -> bool:
    """Whether a path names quotes, or trades of options, and no trades of the underlying."""
    if not path.is_dir():
        return _is_wanted(path.name)
    names = [file.name for file in path.iterdir()]
    return any(map(_is_wanted, names)) and not any(
        _DATED_ZIP.fullmatch(name) for name in names if not _is_wanted(name)
    )


def member(file: Path, name: str) -> Member:
    """What a member holds, by its name. BadData when it is none of a quote file."""
    match = _matched(file, name)
    ticker, trades = _ticker(match), match["what"].lower() == "trade"
    if match["style"] is None:
        return Member(ticker, trades)
    try:
        return Member(_contract(match, int(match["strike"]) * SCALE).occ, trades)
    except ValueError as fault:
        raise BadData(f"{shown(file, 200)}: {shown(name, 80)!r}: {fault}") from None


def _is_wanted(name: str) -> bool:
    if _LONG_ZIP.fullmatch(name):
        return True
    match = _DATED_ZIP.fullmatch(name)
    return match is not None and (match["what"].lower() == "quote" or match["style"] is not None)


def _is_another(name: str, symbols: Sequence[str]) -> bool:
    match = None if _DATED_ZIP.fullmatch(name) else _LONG_ZIP.fullmatch(name)
    if match is None:
        return False
    key = OptionContract(match["ticker"].upper(), 1, NANOS, Right.CALL)
    return key.underlying not in symbols


def _opened(file: Path, config: Config) -> QuoteZip:
    names = zip_names(file)
    match = _matched(file, names[0] if names else "")
    long = None if match["day"] else _LONG_ZIP.fullmatch(file.name)
    try:
        key = _contract(match, NANOS) if match["style"] else None
        text = match["day"] or (f"{long['year']}0101" if long and long["year"] else "")
        since = date.fromisoformat(text).toordinal() if text else 0
    except ValueError as fault:
        raise BadData(f"{shown(file, 200)}: {shown(names[0], 80)!r}: {fault}") from None
    if key is not None and key.exercise is not Exercise(match["style"].upper()):
        raise BadData(
            f"{shown(file, 200)} holds {match['style'].lower()} options of root {key.root}, which are "
            f"{key.exercise.value.lower()}; its names are not what they say"
        )
    symbol = key.underlying if key else _ticker(match)
    if symbol not in config.symbols:
        raise BadData(
            f"{shown(file, 200)} holds quotes of {shown(symbol, 40)}, symbols are "
            f"{', '.join(config.symbols)}; change symbols or data.quotes"
        )
    return QuoteZip(file, since, symbol, key.calendar if key else "", (match["step"] or "").lower())


def _matched(file: Path, name: str) -> re.Match[str]:
    match = _MEMBER.fullmatch(name.rpartition("/")[2])
    share = match is not None and match["style"] is None
    if match is None or (share and (match["what"].lower() == "trade" or not match["day"])):
        raise BadData(
            f"{shown(file, 200)}: {shown(name, 80)!r} is no member of a Lean quote file; it is called "
            "DAY_TICKER_minute_quote.csv, of options followed by _STYLE_RIGHT_STRIKE_EXPIRY"
        )
    return match


def _ticker(match: re.Match[str]) -> str:
    return str(match["dated"] or match["undated"]).upper()


def _contract(match: re.Match[str], strike: int) -> OptionContract:
    expiry = date.fromisoformat(match["expiry"]).toordinal()
    return contract(_ticker(match), expiry, strike, Right(match["right"].upper()))
