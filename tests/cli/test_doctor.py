"""The examination of this machine."""

import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tradingfloor.actors.domain import calendar_data
from tradingfloor.cli import checkup


def verdicts(outcome):
    return {line.split()[1]: line.split()[0] for line in outcome.out.splitlines()}


def test_each_line_has_a_verdict_and_a_sound_machine_has_code_0(cli):
    done = cli("doctor")
    assert done.code == 0
    assert list(verdicts(done)) == [what for what, _ in checkup.CHECKS]
    assert set(verdicts(done).values()) <= {"ok", "warn"}
    told = cli("doctor", "--json").json
    assert [row["what"] for row in told] == [what for what, _ in checkup.CHECKS]
    assert "numba" in next(row["found"] for row in told if row["what"] == "packages")


def test_it_leaves_nothing_behind(cli, home):
    cli("doctor")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(("days", "verdict"), [(89, "warn"), (91, "ok"), (-5, "warn")])
def test_the_end_of_the_calendar_is_told_ninety_days_before(cli, monkeypatch, days, verdict):
    end = datetime.now(UTC).date() + timedelta(days)
    monkeypatch.setattr(calendar_data, "XNYS_LAST", end.isoformat())
    done = cli("doctor")
    assert (verdicts(done)["calendar"], done.code) == (verdict, 0)


@pytest.mark.parametrize(
    ("free", "verdict", "code"), [(5 << 30, "ok", 0), (500 << 20, "warn", 0), (1 << 20, "fail", 1)]
)
def test_a_full_disk_fails(cli, monkeypatch, free, verdict, code):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    done = cli("doctor")
    assert (verdicts(done)["disk"], done.code) == (verdict, code)


def test_a_check_that_breaks_is_a_finding(cli, monkeypatch):
    def broken(_):
        raise OSError("no such device")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    done = cli("doctor")
    assert done.code == 1
    assert "cannot be told: OSError: no such device" in done.out


def test_a_missing_package_fails(cli, monkeypatch):
    def gone(name):
        raise checkup.PackageNotFoundError(name)

    monkeypatch.setattr(checkup, "version", gone)
    done = cli("doctor")
    assert done.code == 1
    assert "missing: pykka, numpy" in done.out


def test_version_says_paper_and_is_json_on_demand(cli):
    assert "PAPER" in cli("version").out
    assert set(cli("version", "--json").json) == {"version", "mode", "schema", "python"}
