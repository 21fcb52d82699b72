"""Whether an engine can run on a config: every setting on its own, then all together.

Decides how large a setting may be, which words it may hold and which combinations no engine can run on. Knows
no file, no environment and no flag: ``config_sources`` says where a value came from. Input: a config; output:
nothing, or a BadConfig of one line; what one setting alone must be is said in ``config_setting``.
"""

import math
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from . import plugins
from .config import Config, ExecutionConfig
from .config_faults import (
    SYMBOL,
    action_faults,
    choice,
    download_faults,
    near,
    risk_faults,
    schedule_faults,
    shown,
)
from .config_plugins import BUILT_IN, detectors, gates, kinds
from .config_setting import decode, flatten, is_table, kind_of
from .domain.fee_checks import schedule_faults as fee_faults
from .domain.instruments import UNITS, instrument
from .domain.timeframes import parse as parse_timeframe
from .errors import BadConfig
from .types import MAX_NOTIONAL, NANOS, KillPolicy

TAPES = ("ticks", "bars", "off")
ADJUSTMENTS = ("raw", "splits", "total")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "entry": ("market", "limit", "stop", "stop_limit"),
    "stop": ("stop", "stop_limit", "trailing"),
    "time_in_force": ("gtc", "day", "ioc"),
    "fill_timing": ("next_price", "next_bar_open"),
    "price_model": ("none", "fixed_bps", "fixed_ticks", "half_spread", "volume_share"),
    "quantity_model": ("all", "probabilistic", "volume_cap"),
    "kill_policy": tuple(policy.value for policy in KillPolicy),
}
"""Words of the execution settings."""
REJECT_RULES = ("funds", "closed", "no_price")

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
    "risk.max_spread_bps": 20_000,  # a bid of nothing
    "execution.slippage_bps": 5_000,  # half the price
    "execution.fill_delay_ms": 86_400_000,  # a day
    "execution.fill_delay_bars": 100_000,
    "execution.slippage_ticks": 1_000_000,
    "execution.stop_limit_ticks": 1_000_000,
    "execution.limit_through_ticks": 1_000_000,
    "execution.spread_bps": 5_000,
    "execution.volume_impact": 100,
    "execution.commission_per_share": 1_000,
    "execution.commission_per_contract": 1_000,
    "data.poll_interval": 86_400,  # a day, seconds
    "data.history_sessions": 10_000,  # forty years
    "data.quality.spike_pct": 10_000,  # a hundredfold
    "data.quality.spike_confirmations": 1_000,
    "data.quality.max_quote_age": 6.5 * 3_600,  # a session, and less than any night between two
    "data.grace": 60,  # a base bar, seconds
    "data.silence": 86_400,
    "data.reconcile": 86_400,
}

_TICK = re.compile(r"[0-9]{1,7}(\.[0-9]{1,9})?")


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


def check_limits(config: Config) -> None:
    """Refuse limits and hours that make no sense; nothing else is looked at. Raises BadConfig."""
    found = [*schedule_faults(config.risk.schedule), *risk_faults(config.risk, config.symbols)]
    for name, fault in [*found, *_too_large(config, "risk.")]:
        raise BadConfig(f"{name}: {fault}")


def faults(config: Config) -> Iterator[tuple[str, str]]:
    """What is wrong with a config whose settings are each well formed: (dotted path, what)."""
    if config.mode != "PAPER":
        yield "mode", f"only PAPER exists, got {shown(config.mode)}"
    yield from _name_faults(config)
    yield from schedule_faults(config.risk.schedule)
    yield from risk_faults(config.risk, config.symbols)
    yield from _confluence_faults(config)
    yield from _plugin_faults(config)
    yield from fee_faults(config.execution.fees, config.fees)
    yield from _execution_faults(config.execution)
    yield from choice("data.tape", config.data.tape, TAPES)
    yield from choice("detector_params.break_by", config.detector_params.break_by, ("close", "wick"))
    yield from choice("detector_params.stop_mode", config.detector_params.stop_mode, ("structure", "inside"))
    yield from choice("data.adjust", config.data.adjust, ADJUSTMENTS)
    if config.data.adjust != "raw" and (config.data.source == "sim" or config.data.quotes):
        yield "data.adjust", "only a replayed tape without quotes is adjusted; set it to raw"
    if config.data.adjust != "raw" and config.data.quality.on_tick:
        yield "data.quality.on_tick", "adjusted prices lie between the steps; set it to false"
    if config.data.source.strip() == "replay:":
        yield "data.source", "replay: needs the path of a file after the colon"
    elif config.data.source != "sim" and not config.data.source.startswith("replay:"):
        sources = ("sim", "replay:PATH", *plugins.installed(plugins.FEEDS))
        yield from choice("data.source", config.data.source, sources)
    if config.data.quotes and not config.data.source.startswith("replay:"):
        yield (
            "data.quotes",
            f"quotes are read beside a replay:PATH, data.source is {shown(config.data.source)}",
        )
    for path, url, schemes in (
        ("data.stream_url", config.data.stream_url, ("ws://", "wss://")),
        ("data.rest_url", config.data.rest_url, ("http://", "https://")),
    ):
        if url and not url.startswith(schemes):
            yield path, f"expected an address with {' or '.join(schemes)}, got {shown(url)}"
    yield from _too_large(config)
    yield from _instrument_faults(config)
    yield from download_faults(config.data)
    yield from action_faults(config)


def _too_large(config: Config, below: str = "") -> Iterator[tuple[str, str]]:
    for path, limit in UPPER_LIMITS.items():
        if not path.startswith(below):
            continue
        value: Any = config
        for name in path.split("."):
            value = getattr(value, name)
        if value > limit:
            yield path, f"expected at most {limit:,.0f}, got {shown(value)}"


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
        if not SYMBOL.fullmatch(symbol):
            yield "symbols", f"not a plain symbol: {shown(symbol)}"
        if symbol.upper() in [other.upper() for other in config.symbols if other != symbol]:
            yield "symbols", f"{symbol} is named twice, in capitals and in small letters"
    for timeframe in config.timeframes:
        try:
            parse_timeframe(timeframe)
        except BadConfig as error:
            yield "timeframes", str(error)
    if others := set(config.detectors) - set(BUILT_IN):
        known = (*BUILT_IN, *plugins.installed(plugins.DETECTORS))
        for detector in sorted(others):
            yield from choice("detectors", detector, known)
    try:
        detectors(config.detectors)
    except BadConfig as error:
        yield "detectors", str(error)


def _confluence_faults(config: Config) -> Iterator[tuple[str, str]]:
    confluence = config.confluence
    weights = confluence.class_weights.values()
    if not any(weights):
        yield "confluence", "all weights are zero"
    elif not math.isfinite(sum(weights)):
        yield "confluence", "the weights are too large to be added"
    if not confluence.kinds:
        return
    known = kinds(detectors(config.detectors))
    for kind in confluence.kinds:
        if kind not in known:
            yield f"confluence.kinds.{kind}", f"unknown kind of signal; {near(kind, tuple(known))}"


def _plugin_faults(config: Config) -> Iterator[tuple[str, str]]:
    if len(set(config.gates)) < len(config.gates):
        yield "gates", "a gate is named twice"
    try:
        gates(config.gates)
    except BadConfig as error:
        yield "gates", str(error)
    if not config.plugins:
        return
    known = sorted({name for group in plugins.GROUPS for name in plugins.installed(group)})
    for name in config.plugins:
        if name not in known:
            found = get_close_matches(name, known, n=1)
            hint = f"did you mean {found[0]}?" if found else f"installed are {', '.join(known) or 'none'}"
            yield f"plugins.{name}", f"no plug-in of this name; {hint}"


def _instrument_faults(config: Config) -> Iterator[tuple[str, str]]:
    for symbol, override in config.instruments.items():
        path = f"instruments.{symbol}"
        if not SYMBOL.fullmatch(symbol):
            yield path, "not a plain symbol"
        # Before the text is made a number: an exponent can make that number a million digits long.
        if override.tick is not None and not _TICK.fullmatch(override.tick):
            yield f"{path}.tick", f"expected decimal text such as 0.05, got {shown(override.tick)}"
        if override.multiplier is not None and override.multiplier > 1_000_000:
            yield f"{path}.multiplier", f"expected at most 1,000,000, got {override.multiplier}"
        try:
            instrument(symbol, override)
        except BadConfig as error:
            named, _, fault = str(error).partition(": ")
            yield (named, fault) if named.startswith(path) else (path, str(error))


def _execution_faults(execution: ExecutionConfig) -> Iterator[tuple[str, str]]:
    for name, allowed in CHOICES.items():
        yield from choice(f"execution.{name}", getattr(execution, name), allowed)
    for rule in execution.reject_rules:
        yield from choice("execution.reject_rules", rule, REJECT_RULES)
    for kind, own in execution.kinds.items():
        yield from choice(f"execution.kinds.{kind}", kind, tuple(UNITS))
        for name in ("price_model", "quantity_model"):
            word = getattr(own, name)
            if word is not None:
                yield from choice(f"execution.kinds.{kind}.{name}", word, CHOICES[name])
        for path, limit in UPPER_LIMITS.items():
            section, _, name = path.partition(".")
            value = getattr(own, name, None) if section == "execution" else None
            if value is not None and value > limit:
                yield f"execution.kinds.{kind}.{name}", f"expected at most {limit:,.0f}, got {shown(value)}"


def _place(path: str, origins: Mapping[str, str]) -> str:
    """Where to mend a fault: the origin of the setting, of a section the first that is no default."""
    below = [origin for name, origin in origins.items() if name == path or name.startswith(f"{path}.")]
    return next((f"{at.removeprefix('file ')}: " for at in below if at != "default"), "")
