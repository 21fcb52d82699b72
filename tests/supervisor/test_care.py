"""Restart budgets, backoff and giving up, on an injected clock."""

import msgspec
import pytest

from tradingfloor.actors.supervisor.care import (
    SPECS,
    Care,
    ChildSpec,
    DropMessage,
    EndProcess,
    GiveUp,
    Isolate,
    KillFloor,
    Restart,
)


def kinds(actions):
    return [type(action) for action in actions]


@pytest.mark.parametrize("name", ["executor", "risk"])
def test_a_money_actor_is_killed_at_exactly_one_failure_beyond_its_budget(name):
    spec = SPECS[name]
    care = Care([spec])
    for second in range(spec.max_restarts):
        assert kinds(care.failed(name, float(second), None, "boom")) == [Restart]
    last = care.failed(name, float(spec.max_restarts), None, "boom")
    assert kinds(last) == [Isolate, KillFloor]
    assert f"failed {spec.max_restarts + 1} times: boom" in last[1].reason


@pytest.mark.parametrize("name", list(SPECS))
def test_one_failure_per_period_never_gives_up(name):
    spec = SPECS[name]
    care = Care([spec], tree=(10**6, 1.0))
    for n in range(100):
        now = n * (spec.period / spec.max_restarts + 1) if spec.max_restarts else n * spec.period
        assert kinds(care.failed(name, now, None, "boom")) == [Restart]


def test_a_signal_actor_is_isolated_and_nothing_else_happens():
    care = Care([SPECS["signals"]], tree=(10**6, 1.0))
    for _ in range(SPECS["signals"].max_restarts):
        care.failed("signals", 0.0, None, "boom")
    assert kinds(care.failed("signals", 0.0, None, "boom")) == [Isolate]


def test_an_actor_of_foreign_code_is_isolated_with_the_message_that_failed_it_twice():
    care = Care([msgspec.structs.replace(SPECS["signals"], foreign=True)])
    message = object()
    assert kinds(care.failed("signals", 0.0, message, "boom")) == [Restart]
    assert kinds(care.failed("signals", 1.0, message, "boom")) == [DropMessage, Isolate]


def test_failures_of_foreign_code_are_no_sign_of_a_sick_tree():
    specs = [msgspec.structs.replace(SPECS["signals"], name=f"s{n}", foreign=True) for n in range(10)]
    care = Care([*specs, SPECS["risk"]])
    for spec in specs:
        for _ in range(spec.max_restarts):
            assert kinds(care.failed(spec.name, 0.0, None, "boom")) == [Restart]
    assert kinds(care.failed("risk", 0.0, None, "boom")) == [Restart]


def test_the_supervisor_room_ends_the_process():
    care = Care([SPECS["supervisor"]])
    for _ in range(SPECS["supervisor"].max_restarts):
        care.failed("supervisor", 0.0, None, "boom")
    assert kinds(care.failed("supervisor", 0.0, None, "boom")) == [EndProcess]


def test_a_message_is_given_once_more_and_dropped_when_it_fails_again():
    care = Care([SPECS["signals"]])
    message = object()
    first = care.failed("signals", 0.0, message, "boom")
    second = care.failed("signals", 1.0, message, "boom")
    assert first[0].again is True
    assert kinds(second) == [DropMessage, Restart]
    assert second[1].again is False


def test_a_money_actor_that_fails_twice_on_one_message_kills_the_floor():
    care = Care([SPECS["risk"]])
    message = object()
    care.failed("risk", 0.0, message, "boom")
    assert kinds(care.failed("risk", 1.0, message, "boom")) == [DropMessage, KillFloor, Restart]


def test_two_equal_messages_are_two_messages():
    care = Care([SPECS["signals"]])
    care.failed("signals", 0.0, [1], "boom")
    assert kinds(care.failed("signals", 1.0, [1], "boom")) == [Restart]


def test_backoff_doubles_up_to_its_maximum_with_bounded_jitter_and_starts_anew_after_a_quiet_period():
    spec = ChildSpec("x", 100, 10.0, 0.1, 1.0, GiveUp.ISOLATE, 1.0, jitter=0.2)
    care = Care([spec], tree=(10**6, 1.0))
    delays = [care.failed("x", 0.0, None, "")[0].at for _ in range(6)]
    for delay, base in zip(delays, [0.1, 0.2, 0.4, 0.8, 1.0, 1.0], strict=True):
        assert base <= delay < base * 1.2
    quiet = care.failed("x", 100.0, None, "")[0].at - 100.0
    assert 0.1 <= quiet < 0.12


def test_too_many_restarts_of_all_children_together_kill_the_floor():
    specs = [ChildSpec(str(n), 100, 10.0, 0.1, 1.0, GiveUp.ISOLATE, 1.0) for n in range(3)]
    care = Care(specs, tree=(4, 60.0))
    outcomes = [kinds(care.failed(str(n % 3), float(n), None, "boom")) for n in range(5)]
    assert outcomes[:4] == [[Restart]] * 4
    assert KillFloor in outcomes[4]
