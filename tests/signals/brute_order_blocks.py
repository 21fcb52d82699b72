"""Order blocks by looking through all bars between a swing and its break, and at all bars after it."""

from brute_structure import breaks


def order_block_facts(market):
    found = []
    for each in breaks(market):
        k, side, rows = each.bar, each.side, market.seen(each.side)
        lowest = min(row.low for row in rows[each.origin + 1 : k])
        block = max(j for j in range(each.origin + 1, k) if rows[j].low == lowest)
        zone = {"top": market.rows[block].high, "bottom": market.rows[block].low}
        z = market.strength(side * (market.rows[k].close - each.level), k)
        found.append(market.fact(k, "order_block", "formed", side, block, z=-1 if z is None else z, **zone))
        later = range(k + 1, len(rows))
        mitigated = next((j for j in later if rows[j].low < lowest), None)
        broken = next((j for j in later if min(rows[j].open, rows[j].close) < lowest), None)
        if mitigated is not None:
            found.append(market.fact(mitigated, "order_block", "mitigated", side, block, **zone))
        if broken is not None:
            found.append(market.fact(broken, "order_block", "broken", side, block, **zone))
    return found
