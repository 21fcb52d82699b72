"""The definitions, spelled out bar by bar over whole lists: slow, obvious, sharing no code with the kernels.

Bars are (open, high, low, close, volume). Every answer is a sorted list of tuples that begin with the bar at
which the event became known.
"""

from itertools import groupby

O, H, L, C, V = range(5)  # noqa: E741


def atrs(bars):
    """ATR[k] by Wilder, n = 14; None before."""
    ranges = []
    for k, b in enumerate(bars):
        if k == 0:
            ranges.append(b[H] - b[L])
        else:
            before = bars[k - 1][C]
            ranges.append(max(b[H] - b[L], abs(b[H] - before), abs(b[L] - before)))
    found = [None] * len(bars)
    for k in range(13, len(bars)):
        found[k] = sum(ranges[:14]) / 14 if k == 13 else (found[k - 1] * 13 + ranges[k]) / 14
    return found


def strength(size, k, yardsticks):
    """Millionths of ATR[k - 1]; None when there is none."""
    atr = yardsticks[k - 1] if k else None
    return int(size / atr * 1_000_000 + 0.5) if atr else None


def volume_ratio(bars, k):
    before = [b[V] for b in bars[max(0, k - 20) : k]]
    if not before or not sum(before) or not bars[k][V]:
        return 1_000_000
    return int(bars[k][V] * len(before) / sum(before) * 1_000_000 + 0.5)


# --- fair value gaps ------------------------------------------------------------------------------


def gaps(bars):
    """(k, direction, top, bottom) of every gap, at the bar that confirms it."""
    found = []
    for k in range(2, len(bars)):
        first, middle, last = bars[k - 2 : k + 1]
        if last[L] > first[H] and middle[C] > middle[O]:
            found.append((k, 1, last[L], first[H]))
        if last[H] < first[L] and middle[C] < middle[O]:
            found.append((k, -1, first[L], last[H]))
    return found


def gap_life(bars, gap):
    """(bar, name) of everything that happens to one gap and its inverse zone."""
    k, direction, top, bottom = gap
    found, stages = [], ["FVG_TOUCHED", "FVG_CE", "FVG_FILLED", "FVG_INVERTED"]
    inverted = None
    for j in range(k + 1, len(bars)):
        _, high, low, close, _ = bars[j]
        if inverted is not None:
            if close > top if direction > 0 else close < bottom:
                return [*found, (j, "IFVG_CLOSED")]
            if j - inverted >= 96:
                return [*found, (j, "IFVG_EXPIRED")]
            continue
        if direction > 0:
            reached = [low <= top, low * 2 <= top + bottom, low <= bottom, close < bottom]
        else:
            reached = [high >= bottom, high * 2 >= top + bottom, high >= top, close > top]
        done = 4 - len(stages)
        for n in range(done, 4):
            if not reached[n]:
                break
            found.append((j, stages.pop(0)))
        if not stages:
            inverted = j
    return found


def gap_events(bars):
    """(bar, name, direction, top, bottom) of all gaps."""
    found = []
    for gap in gaps(bars):
        k, direction, top, bottom = gap
        found.append((k, "FVG", direction, top, bottom))
        found += [(j, name, direction, top, bottom) for j, name in gap_life(bars, gap)]
    return sorted(found)


def gap_signals(bars, tick):
    """(k, direction, entry, stop, target, strength) of the gaps that are entries."""
    yardsticks, found = atrs(bars), []
    for k, direction, top, bottom in gaps(bars):
        z = strength(top - bottom, k, yardsticks)
        if z is None or z < 250_000:
            continue
        entry = bars[k][C]
        stop = bars[k - 2][L] - tick if direction > 0 else bars[k - 2][H] + tick
        target = entry + 2 * (entry - stop)
        if min(stop, target) > 0:
            found.append((k, direction, entry, stop, target, z))
    return found


# --- swings and breaks ----------------------------------------------------------------------------


def candidates(bars, left=4, right=5):
    """(known at, side, price, i) of every swing; side +1 = high."""
    found = []
    for i in range(left + right, len(bars) - right):
        others = [bars[j] for j in range(i - left, i + right + 1) if j != i]
        above = bars[i][H] - max(b[H] for b in others)
        below = min(b[L] for b in others) - bars[i][L]
        sides = [(above, 1, bars[i][H]), (below, -1, bars[i][L])]
        sides = [each for each in sides if each[0] >= 0]
        if len(sides) == 2:
            body = bars[i][C] - bars[i][O]
            tie = [each for each in sides if each[1] * body > 0]
            sides = tie if above == below else [max(sides)]
        found += [(i + right, side, price, i) for _, side, price in sides]
    return found


def reductions(bars):
    """(known at, name, side, price, i) of final and dropped swings."""
    found = []
    runs = [list(run) for _, run in groupby(candidates(bars), key=lambda c: c[1])]
    for n, run in enumerate(runs):
        side = run[0][1]
        leader = max(run, key=lambda c: (side * c[2], -c[3]))
        if n + 1 < len(runs):
            found.append((runs[n + 1][0][0], "SWING_FINAL", *leader[1:]))
        for known, _, price, i in run:
            if i == leader[3]:
                continue
            earlier = [c for c in run if c[3] < i and side * c[2] >= side * price]
            later = [c for c in run if c[3] > i and side * c[2] > side * price]
            found.append((known if earlier else later[0][0], "SWING_DROPPED", side, price, i))
    return sorted(found)


def labels(bars):
    """(known at, side, i, -1 | 0 | +1): is a final swing above the final one before it on its side."""
    found, before = [], {}
    for known, name, side, price, i in reductions(bars):
        if name == "SWING_FINAL":
            last = before.get(side, price)
            found.append((known, side, i, (price > last) - (price < last)))
            before[side] = price
    return found


def strong(bars, k, direction):
    """1 when the last two final opposite swings known at k were moving the way of the break."""
    found = [label for known, side, _, label in labels(bars) if side == -direction and known <= k]
    return int(len(found) > 1 and found[-1] == direction)


def breaks(bars):
    """(k, label, direction, level, i, levels taken) in the order of time."""
    first = {}
    for known, side, price, i in candidates(bars):
        for k in range(known, len(bars)):
            if side * bars[k][C] > side * price:
                first.setdefault((k, side), []).append((i, price))
                break
    found, bias = [], 0
    for (k, side), levels in sorted(first.items()):
        i, price = max(levels)
        found.append((k, "CHOCH" if bias == -side else "BOS", side, price, i, len(levels)))
        bias = side
    return found


def untaken(bars, side, k):
    """Prices of the levels of a side that are known and untaken after the close of bar k."""
    return [
        price
        for known, s, price, _ in candidates(bars[: k + 1])
        if s == side and known <= k and not any(side * b[C] > side * price for b in bars[known : k + 1])
    ]


def break_signals(bars, tick):
    """(k, label, direction, entry, stop, target, strength) of the breaks that are entries."""
    yardsticks, found = atrs(bars), []
    swings = candidates(bars)
    for k, label, side, level, _, _ in breaks(bars):
        z = strength(side * (bars[k][C] - level), k, yardsticks)
        if z is None:
            continue
        atr, entry = yardsticks[k - 1], bars[k][C]
        opposite = [price for known, s, price, _ in swings if s == -side and known <= k]
        if opposite and side * (entry - opposite[-1]) <= 3 * atr:
            stop = opposite[-1]
        else:
            whole = -int(-atr // 1)  # one ATR, up to the next nano
            stop = (level - whole) // tick * tick if side > 0 else -(-(level + whole) // tick) * tick
        beyond = [p for p in untaken(bars, side, k) if side * p > side * entry]
        target = min(beyond, key=lambda p: abs(p - entry)) if beyond else entry + 2 * (entry - stop)
        if side * stop < side * entry < side * target and min(stop, target) > 0:
            found.append((k, label, side, entry, stop, target, z))
    return found


def break_failures(bars):
    """(j, level, i, direction): a close back at or through the level within two bars."""
    found = []
    for k, _, side, level, i, _ in breaks(bars):
        for j in range(k + 1, min(k + 3, len(bars))):
            if side * bars[j][C] <= side * level:
                found.append((j, level, i, side))
                break
    return sorted(found)


# --- strat ----------------------------------------------------------------------------------------


def scenario(b, before):
    up, down = b[H] > before[H], b[L] < before[L]
    return {(True, True): "3", (True, False): "2u", (False, True): "2d", (False, False): "1"}[up, down]


def setups(bars, sessions=None, stubs=None):
    """(k, index of the 2 bar, +1 for 2u, inside bars): the 2-1-2 setups armed at the close of k."""
    sc = [None] + [scenario(bars[k], bars[k - 1]) for k in range(1, len(bars))]
    found = []
    for k in range(2, len(bars)):
        mother = k
        while mother > 0 and sc[mother] == "1":
            mother -= 1
        if mother == k or sc[mother] not in {"2u", "2d"}:
            continue
        if sessions and (len(set(sessions[mother : k + 1])) > 1 or (stubs and stubs[k])):
            continue
        found.append((k, mother, 1 if sc[mother] == "2u" else -1, k - mother))
    return found


def strat_entries(bars, children, tick, sessions=None, stubs=None):
    """Entries as dictionaries, in order; ``children[k]``: the (ts, bar) that may trigger within bar k.

    ``spent``: ts at which the other side ended it, or None; ``stopped``: a close of this bar went through
    its stop.
    """
    found = []
    for k, mother, first, insides in setups(bars, sessions, stubs):
        if k + 1 >= len(children):
            continue
        if sessions and k + 1 < len(bars) and sessions[k + 1] != sessions[k]:
            continue
        fired = {}
        for ts, b in children[k + 1]:
            beyond = {1: b[H] > bars[k][H], -1: b[L] < bars[k][L]}
            for side in [side for side in beyond if beyond[side] and side not in fired]:
                other = fired.get(-side)
                if other is not None and other["ts"] < ts and not other["stopped"]:
                    other["spent"] = ts
                entry = bars[k][H] + tick if side > 0 else bars[k][L] - tick
                entry = max(entry, b[O]) if side > 0 else min(entry, b[O])
                stop, target = (bars[mother][L], bars[mother][H])[:: 1 if side > 0 else -1]
                risk = side * (entry - stop)
                if side * (target - entry) < max(tick, risk):
                    levels = [p for p in untaken(bars, side, k) if side * p > side * entry]
                    target = min(levels, key=lambda p: abs(p - entry)) if levels else entry + side * risk
                fired[side] = {
                    "ts": ts,
                    "name": "STRAT_CONTINUATION" if side == first else "STRAT_REVERSAL",
                    "origin": k,
                    "direction": side,
                    "entry": entry,
                    "stop": stop,
                    "target": target,
                    "strength": int(side * (target - entry) / risk * 1_000_000 + 0.5),
                    "count": insides,
                    "spent": None,
                    "stopped": False,
                }
            for side, mine in fired.items():
                mine["stopped"] = mine["stopped"] or side * b[C] < side * mine["stop"]
        found += fired.values()
    return found
