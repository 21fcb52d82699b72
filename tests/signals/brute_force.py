"""All brute-force detectors together, and what of a ``detect`` result they speak about."""

from brute_displacement import displacement_facts
from brute_gaps import gap_facts
from brute_market import MILLION, Fact, Market
from brute_order_blocks import order_block_facts
from brute_strat import strat_facts
from brute_structure import structure_facts
from brute_sweeps import sweep_facts
from brute_swings import swing_facts

DETECTORS = {
    "swing": swing_facts,
    "structure": structure_facts,
    "fvg": gap_facts,
    "sweep": sweep_facts,
    "displacement": displacement_facts,
    "strat": strat_facts,
    "order_block": order_block_facts,
}
ENTRIES = {
    ("structure", "bos"),
    ("structure", "choch"),
    ("fvg", "confirmed"),
    ("fvg", "inverse"),
    ("sweep", "swept"),
    ("displacement", "confirmed"),
    ("strat", "triggered"),
}
_ZONE = ("top", "bottom")
FIELDS = {
    "swing": ("level",),
    "structure": ("level",),
    "fvg": _ZONE,
    "sweep": ("level", "count", "lag", "pool"),
    "displacement": _ZONE,
    "strat": ("pattern",),
    "order_block": _ZONE,
}
EXTRA = {
    ("swing", "final"): ("label",),
    ("structure", "bos"): ("count", "strong"),
    ("structure", "choch"): ("count", "strong"),
    ("fvg", "confirmed"): ("run",),
    ("displacement", "confirmed"): ("form",),
    ("strat", "armed"): ("count",),
    ("strat", "triggered"): ("count", "sequence"),
}
"""The fields compared, by detector and, beyond those, by event; `stopped` has none of them."""


def facts(bars, detectors=None, *, base=(), tick=1, calendar=None):
    """Every fact of the detectors, sorted by the instant at which it became known."""
    market = Market(bars, base, tick=tick, calendar=calendar)
    if not bars:
        return []
    names = DETECTORS if detectors is None else detectors
    return in_order(fact for name in names for fact in DETECTORS[name](market))


def in_order(found):
    return sorted((_comparable(fact) for fact in found), key=lambda fact: (fact.known_at, *fact[:5], fact))


def facts_of(detections):
    """The same facts read off the detections of ``detect``."""
    return in_order(_fact(each) for each in detections)


def _fact(each):
    key = (each.detector, each.event)
    names = () if each.event == "stopped" else FIELDS[each.detector] + EXTRA.get(key, ())
    fields = {name: getattr(each, name) for name in names}
    if key in ENTRIES or key == ("order_block", "formed"):
        fields["z"] = -1 if each.strength is None or each.strength < 0 else round(each.strength * MILLION)
    if key in ENTRIES:
        fields["volume_ratio"] = round(each.volume_ratio * MILLION)
        fields["is_signal"] = bool(each.is_signal)
        if each.is_signal:
            fields |= {"entry": each.entry, "stop": each.stop, "target": each.target}
    return Fact(*key_of(each), **fields)


def key_of(each):
    return each.bar, each.detector, each.event, int(each.direction), each.origin_bar, each.known_at


def _comparable(fact):
    """Without what the definitions leave open: volume of a strat entry, inside bars of one-sided setups."""
    changes = {"strong": bool(fact.strong)}
    if fact.detector == "strat":
        changes["volume_ratio"] = 0
        if fact.event not in {"armed", "triggered"} or fact.pattern not in {"2-1-2", "3-1-2"}:
            changes["count"] = 0
    return fact._replace(**changes)
