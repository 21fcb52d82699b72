"""Bars per second of the live floor in lock-step and of the replay driver, over the same made-up file.

Held against each other and against the cores alone (the same sequencer, no disk, no thread).
"""

import cProfile
import pstats
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from alone import cores_alone
from bare import commit_microseconds, hop_microseconds
from market import trading_config, write_csv
from measure import Row, hand_over_like_the_command, report, scratch, sizes

from tradingfloor.actors.config import Config
from tradingfloor.assembly import Assembly
from tradingfloor.floor import TradingFloor
from tradingfloor.replaying import replay

WAITING = ("acquire", "SimpleQueue", "poll", "sleep", "wait", "time.time")


def live(config: Config, store: Path, seen: Counter[str] | None = None) -> None:
    """The whole tape through live actors; ``seen`` counts commits and messages."""
    with hand_over_like_the_command(), TradingFloor(config, store=store) as floor:
        if seen is not None:
            seen.clear()
            floor._engine.add_commit_listener(lambda _: seen.update(commits=1))
        floor.begin()
        if not floor.wait(600) or floor.ended:
            raise SystemExit(f"the floor did not get through its tape: {floor.ended or 'time is up'}")
        if seen is not None:
            seen["messages"] = sum(box.handled for box in floor._engine.supervisor.mailboxes.values())


def rate(bars: int, rounds: int, run: Callable[[int], object]) -> float:
    """Bars per second of the best round."""
    best = float("inf")
    for number in range(rounds):
        started = perf_counter()
        run(number)
        best = min(best, perf_counter() - started)
    return bars / best


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    given = sizes(
        "Lock-step and replay: bars per second.",
        arguments,
        {"profile": "print the hottest functions of both instead"},
        bars=(3000, 60, "bars of the file"),
        minutes=(60, 60, "minutes of one bar"),
        rounds=(3, 1, "rounds, the best counts"),
    )
    with scratch() as folder:
        file = write_csv(folder / "EURUSD.csv", given.bars, given.minutes)
        config = trading_config(source=f"replay:{file}")
        Assembly(config).compile_kernels()
        if given.profile:
            profile_live(lambda: live(config, folder / "profiled.db"))
            profile_replay(lambda: replay(Assembly(config), folder / "profiled-replay.db"))
            return []
        alone = rate(given.bars, given.rounds, lambda _: cores_alone(Assembly(config)))
        driven = rate(given.bars, given.rounds, lambda n: replay(Assembly(config), folder / f"replay-{n}.db"))
        seen: Counter[str] = Counter()
        locked = rate(given.bars, given.rounds, lambda n: live(config, folder / f"live-{n}.db", seen))
        hop = hop_microseconds(200 if given.tiny else 2000)
        synced = commit_microseconds(folder / "commit.db", 20 if given.tiny else 400)
    commits, messages = seen["commits"] / given.bars, seen["messages"] / given.bars
    disk, hops = commits * synced, 2 * messages * hop
    rows = [
        Row("cores and sequencer alone", alone, "bars/s"),
        Row("replay driver", driven, "bars/s", alone, "cores alone"),
        Row("live actors in lock-step", locked, "bars/s", driven, "replay driver"),
        Row("replay driver, one bar", 1e6 / driven, "µs", 1e6 / alone + disk, "cores alone and bare commits"),
        Row("live actors, one bar", 1e6 / locked, "µs", 1e6 / alone + disk + hops, "and bare hops"),
        Row("synced commits per bar", commits, "", 1.0, f"of {synced:.0f} µs each, bare"),
        Row("messages per bar, two hops each", messages, "", 1.0, f"of {hop:.1f} µs per hop, bare"),
    ]
    return report(f"Lock-step: {given.bars} bars of {given.minutes} min, two timeframes, trading often", rows)


def profile_replay(run: Callable[[], object]) -> None:
    """Print the hottest functions of a run on this thread."""
    profile = cProfile.Profile()
    profile.runcall(run)
    print_hottest("replay driver", profile)


def profile_live(run: Callable[[], object]) -> None:
    """Print the hottest functions of every thread that a run starts."""
    profiles: dict[str, cProfile.Profile] = {}

    def begin(*_: object) -> None:
        # The first event of a new thread: from here on the thread has a profile of its own.
        sys.setprofile(None)
        name = threading.current_thread().name
        profiles[name] = cProfile.Profile()
        profiles[name].enable()

    threading.setprofile(begin)
    try:
        run()
    finally:
        threading.setprofile(None)  # type: ignore[arg-type]
    for name, profile in profiles.items():
        print_hottest(f"thread {name}", profile, 12)


def print_hottest(title: str, profile: cProfile.Profile, count: int = 35) -> None:
    """The functions with the most time of their own, waiting left out."""
    table = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    rows = [
        (own, total, calls, place)
        for place, (_, calls, own, total, _) in table.items()
        if not any(word in place[2] for word in WAITING)
    ]
    rows.sort(reverse=True)
    busy = sum(own for own, *_ in rows)
    print(f"\n{title}: {busy:.2f} s busy\n    own s  with callees     calls  function")
    for own, total, calls, (file, line, name) in rows[:count]:
        where = f"{'/'.join(Path(file).parts[-2:])}:{line} {name}" if line else name
        print(f"  {own:7.3f} {total:12.3f} {calls:9}  {where}")


if __name__ == "__main__":
    main()
