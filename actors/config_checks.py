"""Whether a value may stand where it stands: one setting at a time, then all together.

Decides the type of every dotted path (read from the structs of ``config``), what text means there, and
which combinations no engine can run on. Knows no file, no environment and no flag: ``config_sources``
says where a value came from. Every refusal is a BadConfig of one line.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from .config import Config, ConfluenceConfig, RiskConfig, ScheduleConfig, Section
from .domain.calendar import check_timezone
from .domain.evidence import KINDS
from .domain.instruments import instrument
from .domain.moments import parse as parse_moment
from .domain.timeframes import parse as parse_timeframe
from .errors import BadConfig
from .types import MAX_NOTIONAL, NANOS, KillPolicy, OnBreach

DETECTORS = (
    *("FVG", "IFVG", "BOS", "SWEEP", "DISPLACEMENT", "ORDER_BLOCK"),
    *("STRAT_212", "STRAT_312", "STRAT_22", "STRAT_122", "STRAT_322"),
)
TAPES = ("ticks", "bars", "off")
LIMITS = (
    *("daily_trades", "daily_loss", "drawdown", "consecutive_losses", "position_size", "total_exposure"),
    *("underlying_exposure", "class_exposure", "open_positions", "buying_power", "order_rate", "overload"),
)
"""What ``risk.on_breach`` may name."""
CLASSES = ("intraday", "swing", "monthly", "leaps")
ACTIONS = ("start", "stop", "flatten", "backup")
"""What an entry of the schedule may do."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

INT64 = range(-(2**63), 2**63)
"""Integers beyond it fit neither the store nor the wire."""

UPPER_LIMITS: Mapping[str, float] = {
    # Largest order notional: no account, position or loss can be larger and stay exact.
    "account": MAX_NOTIONAL / NANOS,
    "risk.max_daily_loss": MAX_NOTIONAL / NANOS,
    "risk.max_position_size": MAX_NOTIONAL / NANOS,
    "risk.max_total_exposure": MAX_NOTIONAL / NANOS,
    "risk.max_underlying_exposure": MAX_NOTIONAL / NANOS,
    "risk.max_drawdown": MAX_NOTIONAL / NANOS,
    "risk.max_daily_trades": 1_000_000,
    "risk.explain_margin": 10,  # the whole range of a score
    "risk.max_price_age": 31 * 86_400,  # a month, seconds
    "execution.slippage_bps": 5_000,  # half the price
    "execution.fill_delay_ms": 86_400_000,  # a day
    "execution.commission_per_share": 1_000,
    "execution.commission_per_contract": 1_000,
    "data.poll_interval": 86_400,  # a day, seconds
    "data.history_sessions": 10_000,  # forty years
}

_SYMBOL = re.compile(r"[A-Za-z0-9^$][A-Za-z0-9._^=-]{0,31}")
_TICK = re.compile(r"[0-9]{1,7}(\.[0-9]{1,9})?")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

Path = tuple[str, ...]


def flatten(tree: Mapping[str, Any], prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a nested table with its path; an empty table is a value of its own.

    Raises BadConfig for a name that is not text.
    """
    for name, value in tree.items():
        path = (*prefix, name)
        if not isinstance(name, str):
            raise BadConfig(f"{'.'.join(prefix)}: names are text, got {_shown(name)}")
        if isinstance(value, Mapping) and value:
            yield from flatten(value, path)
        else:
            yield path, value


def kind_of(path: Path) -> Any:
    """The declared type of a setting; Any inside a free table.

    Raises BadConfig with the path up to the unknown name and the nearest known one.
    """
    kind: Any = Config
    for depth, name in enumerate(path):
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif kind is not Any:
            fields = _fields(kind)
            if name not in fields:
                raise BadConfig(f"{'.'.join(path[: depth + 1])}: {_unknown(name, list(fields))}")
            kind = fields[name]
    return kind


def is_table(kind: Any) -> bool:
    """True for a section, a free table and the table of instruments."""
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, Section))


def decode(path: Path, raw: object, *, text: bool = False) -> Any:
    """The value of one setting, checked on its own: its type, its range, finite, storable.

    ``text`` = it was typed where everything is text: numbers and booleans are read from it, a list is
    separated by commas. Raises BadConfig naming the path.
    """
    kind = kind_of(path)
    text = text and isinstance(raw, str)
    if is_table(kind):
        raise BadConfig(f"{'.'.join(path)}: expected a table, got {_shown(raw)}")
    if text:
        raw = _read_text(str(raw), kind)
    if path == ("detectors",) and isinstance(raw, list | tuple):
        raw = [name.upper() if isinstance(name, str) else name for name in raw]
    try:
        value = msgspec.convert(raw, kind, strict=not text)
    except msgspec.ValidationError as error:
        expected = str(error).split(" - at ")[0].split(", got ")[0].replace("`", "")
        raise BadConfig(f"{'.'.join(path)}: {expected[0].lower()}{expected[1:]}, got {_shown(raw)}") from None
    if fault := _unstorable(value) or (kind is not Any and _unprintable(value)):
        raise BadConfig(f"{'.'.join(path)}: {fault}")
    return value


def check(config: Config, origins: Mapping[str, str] | None = None) -> None:
    """Refuse a config that no engine can run on; also one that was built without any source.

    Every setting is checked on its own, then all together. ``origins`` (see ``config_sources``) puts
    the place to mend before the path. Raises BadConfig for the first fault.
    """
    try:
        values = list(flatten(msgspec.to_builtins(config)))
    except TypeError as error:
        raise BadConfig(f"a value that cannot be stored: {error}") from None
    for path, value in values:
        if value != {} or not is_table(kind_of(path)):
            decode(path, value)
    for name, fault in faults(config):
        raise BadConfig(f"{_place(name, origins or {})}{name}: {fault}")


def faults(config: Config) -> Iterator[tuple[str, str]]:
    """What is wrong with a config whose settings are each well formed: (dotted path, what)."""
    if config.mode != "PAPER":
        yield "mode", f"only PAPER exists, got {_shown(config.mode)}"
    yield from _name_faults(config)
    yield from _schedule_faults(config.risk.schedule)
    yield from _risk_faults(config.risk, config.symbols)
    yield from _confluence_faults(config.confluence)
    yield from _choice("execution.kill_policy", config.execution.kill_policy, [p.value for p in KillPolicy])
    yield from _choice("data.tape", config.data.tape, TAPES)
    yield from _choice("detector_params.break_by", config.detector_params.break_by, ("close", "wick"))
    yield from _choice("detector_params.stop_mode", config.detector_params.stop_mode, ("structure", "inside"))
    if config.data.source.strip() == "replay:":
        yield "data.source", "replay: needs the path of a file after the colon"
    elif config.data.source != "sim" and not config.data.source.startswith("replay:"):
        yield "data.source", f"expected sim or replay:PATH, got {_shown(config.data.source)}"
    for path, limit in UPPER_LIMITS.items():
        value: Any = config
        for name in path.split("."):
            value = getattr(value, name)
        if value > limit:
            yield path, f"expected at most {limit:,.0f}, got {_shown(value)}"
    yield from _instrument_faults(config)
    yield from _action_faults(config)


def _name_faults(config: Config) -> Iterator[tuple[str, str]]:
    for path, names in (
        ("symbols", config.symbols),
        ("timeframes", config.timeframes),
        ("detectors", config.detectors),
    ):
        if not names:
            yield path, "needs at least one"
        if repeated := next((name for name in names if names.count(name) > 1), None):
            yield path, f"{repeated} is named twice"
    for symbol in config.symbols:
        if not _SYMBOL.fullmatch(symbol):
            yield "symbols", f"not a plain symbol: {_shown(symbol)}"
        if symbol.upper() in [other.upper() for other in config.symbols if other != symbol]:
            yield "symbols", f"{symbol} is named twice, in capitals and in small letters"
    for timeframe in config.timeframes:
        try:
            parse_timeframe(timeframe)
        except BadConfig as error:
            yield "timeframes", str(error)
    for detector in config.detectors:
        yield from _choice("detectors", detector, DETECTORS)


def _confluence_faults(confluence: ConfluenceConfig) -> Iterator[tuple[str, str]]:
    weights = confluence.class_weights.values()
    if not any(weights):
        yield "confluence", "all weights are zero"
    elif not math.isfinite(sum(weights)):
        yield "confluence", "the weights are too large to be added"
    for kind in confluence.kinds:
        if kind not in KINDS:
            yield f"confluence.kinds.{kind}", f"unknown kind of signal; {_near(kind, tuple(KINDS))}"


def _risk_faults(risk: RiskConfig, symbols: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    path = "risk"
    for limit, action in risk.on_breach.items():
        if limit not in LIMITS:
            yield f"{path}.on_breach.{limit}", f"unknown limit; {_near(limit, LIMITS)}"
        yield from _choice(f"{path}.on_breach.{limit}", action, [each.value for each in OnBreach])
    for klass, most in risk.max_class_exposure.items():
        if klass not in CLASSES:
            yield f"{path}.max_class_exposure.{klass}", f"unknown class; {_near(klass, CLASSES)}"
        if most > MAX_NOTIONAL / NANOS:
            yield f"{path}.max_class_exposure.{klass}", f"expected at most {MAX_NOTIONAL / NANOS:,.0f}"
    for symbol, underlying in risk.underlyings.items():
        if symbol not in symbols:
            yield f"{path}.underlyings.{symbol}", f"not traded; symbols are {', '.join(symbols)}"
        if not _SYMBOL.fullmatch(underlying):
            yield f"{path}.underlyings.{symbol}", f"not a plain symbol: {_shown(underlying)}"
    for day in risk.no_entry_dates:
        if not _is_date(day):
            yield f"{path}.no_entry_dates", f"expected dates YYYY-MM-DD, got {_shown(day)}"
    if risk.cooldown_after_loss and risk.cooldown_after_loss < risk.cooldown_after_trade:
        yield (
            f"{path}.cooldown_after_loss",
            f"{risk.cooldown_after_loss:g} is below cooldown_after_trade, which holds after a loss too",
        )


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _near(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"


def _schedule_faults(schedule: ScheduleConfig) -> Iterator[tuple[str, str]]:
    path = "risk.schedule"
    for day in schedule.days:
        yield from _choice(f"{path}.days", day, WEEKDAYS)
    if len(set(schedule.days)) < len(schedule.days):
        yield f"{path}.days", "a day is named twice"
    if not schedule.days and not schedule.always:
        yield f"{path}.days", "needs at least one; to make no entries use enabled = false"
    for name, clock in (("start", schedule.start), ("end", schedule.end)):
        if not _CLOCK.fullmatch(clock):
            yield f"{path}.{name}", f"expected HH:MM from 00:00 to 23:59, got {_shown(clock)}"
    if schedule.start >= schedule.end:  # of two texts HH:MM the earlier is the smaller
        yield path, f"start {schedule.start} is not before end {schedule.end}"
    try:
        check_timezone(schedule.timezone)
    except BadConfig as error:
        yield f"{path}.timezone", str(error)


def _instrument_faults(config: Config) -> Iterator[tuple[str, str]]:
    for symbol, override in config.instruments.items():
        path = f"instruments.{symbol}"
        if not _SYMBOL.fullmatch(symbol):
            yield path, "not a plain symbol"
        # Before the text is made a number: an exponent can make that number a million digits long.
        if override.tick is not None and not _TICK.fullmatch(override.tick):
            yield f"{path}.tick", f"expected decimal text such as 0.05, got {_shown(override.tick)}"
        if override.multiplier is not None and override.multiplier > 1_000_000:
            yield f"{path}.multiplier", f"expected at most 1,000,000, got {override.multiplier}"
        try:
            instrument(symbol, override)
        except BadConfig as error:
            named, _, fault = str(error).partition(": ")
            yield (named, fault) if named.startswith(path) else (path, str(error))


def _action_faults(config: Config) -> Iterator[tuple[str, str]]:
    texts = [entry.text for entry in config.schedule]
    for entry in config.schedule:
        path = f"schedule ({entry.text})"
        yield from _choice(path, entry.do, ACTIONS)
        try:
            parse_moment(entry.at)
        except BadConfig as error:
            yield path, str(error)
        if entry.flatten and entry.do != "stop":
            yield path, "flatten is an option of stop alone"
        if texts.count(entry.text) > 1:
            yield path, "stands there twice"


def _choice(path: str, value: str, allowed: list[str] | tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if value not in allowed:
        yield path, f"expected {', '.join(allowed[:-1])} or {allowed[-1]}, got {_shown(value)}"


def _place(path: str, origins: Mapping[str, str]) -> str:
    """Where to mend a fault: the origin of the setting, of a section the first that is no default."""
    below = [origin for name, origin in origins.items() if name == path or name.startswith(f"{path}.")]
    return next((f"{at.removeprefix('file ')}: " for at in below if at != "default"), "")


@cache
def _fields(kind: Any) -> dict[str, Any]:
    if not is_table(kind):
        return {}
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def _unknown(name: str, siblings: list[str]) -> str:
    homes = {path[-1]: ".".join(path) for path, _ in reversed(list(flatten(msgspec.to_builtins(Config()))))}
    near = get_close_matches(name, siblings, n=1)
    near = near or [homes[known] for known in get_close_matches(name, homes, n=1)]
    return f"unknown setting; did you mean {near[0]}?" if near else "unknown setting"


def _read_text(text: str, kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is Any:
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, ValueError):
            return text
        return value if isinstance(value, bool | int | float) else text
    return text


def _unstorable(value: object) -> str:
    """Why JSON, the store or the journal hash cannot hold it, at any depth of a free table; or nothing."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN and infinity are not numbers to trade with"
    if isinstance(value, int) and value not in INT64:
        return "the number does not fit into 64 bits"
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return f"not valid text: {_shown(value)}"
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple):
        return next(filter(None, map(_unstorable, value)), "")
    return ""


def _unprintable(value: object) -> str:
    plain = not isinstance(value, str) or value.isprintable()
    return "" if plain else f"unprintable characters in {_shown(value)}"


def _shown(value: object) -> str:
    text = "a table" if isinstance(value, Mapping) else ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
