"""Random walks as tapes, and what ``scan`` lists of a tape."""

import json
import random
from datetime import UTC, datetime, timedelta

HEADER = "time,open,high,low,close,volume\n"
BEGIN = datetime(2021, 7, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)
NANOS = 10**9


def walk(seed, count):
    """(open, high, low, close, volume) in hundredths."""
    rng = random.Random(seed)
    price, rows = 10_000, []
    for _ in range(count):
        path = [price]
        for _ in range(5):
            path.append(path[-1] + rng.randint(-40, 40))
        price = path[-1]
        rows.append((path[0], max(path), min(path), price, rng.randint(0, 500)))
    return rows


def text(rows, begin=BEGIN, step=STEP):
    """A CSV of rows, one every ``step``."""
    lines = [
        f"{begin + n * step:%Y-%m-%d %H:%M},{','.join(str(p / 100) for p in row[:4])},{row[4]}\n"
        for n, row in enumerate(rows)
    ]
    return HEADER + "".join(lines)


def listed(cli, *words):
    done = cli("scan", *words, "--json")
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()], done.err
