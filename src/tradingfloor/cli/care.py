"""Is the store sound, is this machine fit, which build is this.

Decides the words and the exit codes. Input: typed options; output: text or JSON.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options

if TYPE_CHECKING:
    from tradingfloor.storage.verify import VerifyReport


def verify(
    store: Annotated[
        Path | None,
        typer.Argument(metavar="STORE", help="The store; by default the newest one under runs/."),
    ] = None,
    json: options.Json = False,
) -> int:
    """Check every invariant of a store against its whole journal.

    Changes nothing and may run beside a live engine. Exits with 1 when one is violated.
    """
    from tradingfloor.storage.verify import verify as check  # noqa: PLC0415

    from . import stores  # noqa: PLC0415
    from .figures import plain, print_json  # noqa: PLC0415

    chosen = stores.chosen_store(store)
    stores.require_store(chosen)
    report = check(chosen)
    if json:
        print_json({"ok": report.ok, **plain(report)})
    else:
        print("\n".join(_told(report)))
    return 0 if report.ok else 1


def _told(report: "VerifyReport") -> list[str]:
    lines = [f"{report.path}: schema {report.schema}, {report.events:,} events"]
    for checked in report.invariants:
        found = "ok" if checked.ok else "VIOLATED"
        lines.append(f"{found:<8}  {checked.name}  {checked.title}: {checked.checked:,} checked")
        if not checked.ok:
            lines.append(f"{'':<8}      {checked.violations:,} violations, the first:")
            lines += [f"{'':<8}        {' '.join(detail.split())}" for detail in checked.details]
    if report.ledger_hash:
        lines.append(f"ledger    {report.ledger_hash}")
    bad = [checked.name for checked in report.invariants if not checked.ok]
    lines.append(f"NOT SOUND: {', '.join(bad)}" if bad else "sound")
    return lines


def doctor(json: options.Json = False) -> int:
    """Check this machine: Python, packages, disk, calendar, caches, terminal, clock.

    Exits with 1 when something would keep an engine from running; warnings leave 0.
    """
    from .checkup import examine  # noqa: PLC0415
    from .figures import plain, print_json  # noqa: PLC0415

    findings = examine()
    if json:
        print_json(plain(findings))
    else:
        for finding in findings:
            print(f"{finding.verdict:<4}  {finding.what:<9} {finding.found}")
    return 1 if any(finding.verdict == "fail" for finding in findings) else 0


def version(json: options.Json = False) -> int:
    """Print the version of this build."""
    import platform  # noqa: PLC0415

    from tradingfloor.storage.migrate import latest  # noqa: PLC0415

    from ..version import VERSION  # noqa: PLC0415
    from .figures import print_json  # noqa: PLC0415

    if json:
        facts = {"version": VERSION, "mode": "PAPER", "schema": latest(), "python": platform.python_version()}
        print_json(facts)
    else:
        print(f"tradingfloor {VERSION}, PAPER trading; schema {latest()}, Python {platform.python_version()}")
    return 0
