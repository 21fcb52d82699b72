"""What may be wrong with limits, hours and the schedule, and how a fault of any setting is told.

Decides which of their values make sense beside each other. Knows no other section and no source. Input:
sections whose settings are each well formed; output: (dotted path, what is wrong).
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from .config import PROVIDERS, Config, DataConfig, RiskConfig, ScheduleConfig
from .domain.calendar import WEEKDAYS, check_timezone, is_date
from .domain.moments import parse as parse_moment
from .errors import BadConfig
from .types import MAX_NOTIONAL, NANOS, OnBreach

LIMITS = (
    *("daily_trades", "daily_loss", "drawdown", "consecutive_losses", "position_size", "total_exposure"),
    *("underlying_exposure", "class_exposure", "open_positions", "buying_power", "order_rate", "overload"),
)
"""What ``risk.on_breach`` may name."""
CLASSES = ("intraday", "swing", "monthly", "leaps")
ACTIONS = ("start", "stop", "flatten", "report", "backup", "download")
"""What an entry of the schedule may do."""

SYMBOL = re.compile(r"[A-Za-z0-9^$][A-Za-z0-9._^=-]{0,31}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def risk_faults(risk: RiskConfig, symbols: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Limits that name what there is not, or contradict each other."""
    path = "risk"
    for limit, action in risk.on_breach.items():
        if limit not in LIMITS:
            yield f"{path}.on_breach.{limit}", f"unknown limit; {near(limit, LIMITS)}"
        yield from choice(f"{path}.on_breach.{limit}", action, [each.value for each in OnBreach])
    for klass, most in risk.max_class_exposure.items():
        if klass not in CLASSES:
            yield f"{path}.max_class_exposure.{klass}", f"unknown class; {near(klass, CLASSES)}"
        if most > MAX_NOTIONAL / NANOS:
            yield f"{path}.max_class_exposure.{klass}", f"expected at most {MAX_NOTIONAL / NANOS:,.0f}"
    for symbol, underlying in risk.underlyings.items():
        if symbol not in symbols:
            yield f"{path}.underlyings.{symbol}", f"not traded; symbols are {', '.join(symbols)}"
        if not SYMBOL.fullmatch(underlying):
            yield f"{path}.underlyings.{symbol}", f"not a plain symbol: {shown(underlying)}"
    for day in risk.no_entry_dates:
        if not is_date(day):
            yield f"{path}.no_entry_dates", f"expected dates YYYY-MM-DD, got {shown(day)}"
    if risk.cooldown_after_loss and risk.cooldown_after_loss < risk.cooldown_after_trade:
        yield (
            f"{path}.cooldown_after_loss",
            f"{risk.cooldown_after_loss:g} is below cooldown_after_trade, which holds after a loss too",
        )


def near(name: str, known: tuple[str, ...]) -> str:
    """The nearest known name, or all there are."""
    found = get_close_matches(name, known, n=1)
    return f"did you mean {found[0]}?" if found else f"there are {', '.join(known)}"


def schedule_faults(schedule: ScheduleConfig) -> Iterator[tuple[str, str]]:
    """Hours that are none."""
    path = "risk.schedule"
    for day in schedule.days:
        yield from choice(f"{path}.days", day, WEEKDAYS)
    if len(set(schedule.days)) < len(schedule.days):
        yield f"{path}.days", "a day is named twice"
    if not schedule.days and not schedule.always:
        yield f"{path}.days", "needs at least one; to make no entries use enabled = false"
    for name, clock in (("start", schedule.start), ("end", schedule.end)):
        if not _CLOCK.fullmatch(clock):
            yield f"{path}.{name}", f"expected HH:MM from 00:00 to 23:59, got {shown(clock)}"
    if schedule.start >= schedule.end:  # of two texts HH:MM the earlier is the smaller
        yield path, f"start {schedule.start} is not before end {schedule.end}"
    try:
        check_timezone(schedule.timezone)
    except BadConfig as error:
        yield f"{path}.timezone", str(error)


def action_faults(config: Config) -> Iterator[tuple[str, str]]:
    """Entries of the schedule that nobody could carry out."""
    texts = [entry.text for entry in config.schedule]
    for entry in config.schedule:
        path = f"schedule ({entry.text})"
        yield from choice(path, entry.do, ACTIONS)
        try:
            parse_moment(entry.at)
        except BadConfig as error:
            yield path, str(error)
        if entry.flatten and entry.do != "stop":
            yield path, "flatten is an option of stop alone"
        if texts.count(entry.text) > 1:
            yield path, "stands there twice"
        if entry.do == "download" and not config.data.download_provider:
            source = shown(config.data.source)
            yield path, f"data.source is {source}, no provider; set data.download.provider"


def download_faults(data: DataConfig) -> Iterator[tuple[str, str]]:
    """What no download could be made of."""
    path, wanted = "data.download", data.download
    if wanted.provider:
        yield from choice(f"{path}.provider", wanted.provider, PROVIDERS)
        if wanted.provider != data.download_provider:
            yield f"{path}.provider", f"data.source is {shown(data.source)} already; leave it out"
    if wanted.first and not is_date(wanted.first):
        yield f"{path}.first", f"expected a date YYYY-MM-DD, got {shown(wanted.first)}"
    if not wanted.folder:
        yield f"{path}.folder", "needs the path of a folder"


def choice(path: str, value: str, allowed: list[str] | tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """A fault unless the value is one of those allowed."""
    if value not in allowed:
        yield path, f"expected {', '.join(allowed[:-1])} or {allowed[-1]}, got {shown(value)}"


def shown(value: object) -> str:
    """A value as a fault tells it: short, and plain letters only."""
    text = "a table" if isinstance(value, Mapping) else ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
