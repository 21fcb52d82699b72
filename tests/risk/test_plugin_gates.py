"""Gates of installed packages: loaded by name, asked after the set, unable to let anything pass."""

import pytest

from tradingfloor.actors import plugins
from tradingfloor.actors.config import Config
from tradingfloor.actors.config_checks import check
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.messages import DecisionMade, OrderApproved, OrderDenied
from tradingfloor.actors.risk import gates
from tradingfloor.actors.risk.core import RiskCore
from tradingfloor.actors.risk.plugin_gate import PluginGate, Verdict, start
from tradingfloor.actors.types import NANOS, Refusal
from tradingfloor.assembly import Assembly

ROUND = """
from tradingfloor.actors.risk.plugin_gate import Verdict

class Gate:
    name = "round_lots"
    def start(self, settings):
        lot = settings.get("lot", 100)
        if lot < 1:
            raise ValueError(f"lot must be at least 1, got {lot}")
        return lambda s: Verdict(s.quantity % lot == 0, str(s.quantity), f"multiples of {lot}")

PLUGIN = Gate()
"""
OFFER = {"round_lots": "round_lots_module:PLUGIN"}


@pytest.fixture
def offered(offer):
    offer("lots", OFFER, group=plugins.GATES, round_lots_module=ROUND)


def decided(new_desk, at, *judges):
    """What becomes of a good signal with these gates behind the set."""
    desk = new_desk()
    started = tuple(PluginGate(f"gate_{n}", judge) for n, judge in enumerate(judges))
    given = (desk.config, desk.core._instruments, desk.actors, "tape", {})
    desk.core = RiskCore(*given, gates=started)
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    said = desk.bars_close(ts, desk.signal(ts))
    return next(event for event in said if isinstance(event, DecisionMade)), said[-1]


def test_a_gate_that_passes_stands_behind_the_set_with_a_bit_of_its_own(new_desk, at):
    decision, last = decided(new_desk, at, lambda s: Verdict(True, str(s.quantity), "any", ""))
    assert isinstance(last, OrderApproved)
    assert decision.gates[-1].gate == "gate_0"
    assert (decision.gates[-1].value, decision.gates[-1].limit) == ("200", "any")
    assert decision.passed == (1 << len(gates.GATES) + 1) - 1


def boom(_):
    raise RuntimeError("secret")


@pytest.mark.parametrize(
    ("judge", "limit"),
    [
        (lambda s: Verdict(False, "no", "yes"), "yes"),
        (boom, "failed: RuntimeError"),
        (lambda s: True, "failed: no verdict"),
        (lambda s: Verdict(1, "a", "b"), "failed: no verdict"),
        (lambda s: Verdict(True, None, "b"), "failed: no verdict"),
        (lambda s: Verdict(True, "a" * 201, "b"), "failed: no verdict"),
    ],
)
def test_a_gate_that_says_no_fails_or_talks_nonsense_refuses_the_entry(new_desk, at, judge, limit):
    decision, last = decided(new_desk, at, lambda s: Verdict(True, "a", "b"), judge)
    assert isinstance(last, OrderDenied)
    assert last.reason is decision.reason is Refusal.PLUGIN_GATE
    assert [r.gate for r in decision.gates if not r.passed] == ["gate_1"]
    assert decision.gates[-1].limit == limit


def test_no_gate_of_a_plug_in_lets_pass_what_the_set_refuses(new_desk, at):
    desk = new_desk(risk={"max_daily_trades": 0, "on_breach": {"daily_trades": "kill"}})
    no = PluginGate("no", lambda s: Verdict(False, "no", "yes"))
    given = (desk.config, desk.core._instruments, desk.actors, "tape", {})
    desk.core = RiskCore(*given, gates=(no,))
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    said = desk.bars_close(ts, desk.signal(ts))
    assert isinstance(said[-1], OrderDenied), "an entry that a plug-in stood against breaches no limit"
    assert said[-1].reason is Refusal.DAILY_TRADES


def test_an_installed_gate_is_loaded_by_name_with_its_settings(offered):
    config = Config(gates=("round_lots",), plugins={"round_lots": {"lot": 7}})
    check(config)
    (gate,) = Assembly(config).gates
    assert gate.name == "round_lots"
    assert Assembly(Config()).gates == ()


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        (Config(gates=("round_lot",)), "did you mean round_lots?"),
        (Config(gates=("round_lots", "round_lots")), "a gate is named twice"),
        (Config(gates=("round_lots",), plugins={"round_lotz": {}}), "did you mean round_lots?"),
    ],
)
def test_a_gate_that_cannot_be_had_is_refused_in_one_line(offered, config, fault):
    with pytest.raises(BadConfig) as refused:
        check(config)
    assert fault in str(refused.value)


def test_settings_that_a_gate_refuses_keep_the_engine_from_starting(offered):
    config = Config(gates=("round_lots",), plugins={"round_lots": {"lot": 0}})
    with pytest.raises(BadConfig, match=r"plugins.round_lots: .*lot must be at least 1, got 0"):
        Assembly(config)


@pytest.mark.parametrize(
    ("name", "source", "fault"),
    [
        ("other", "PLUGIN = object()", "its name must be 'other'"),
        ("daily_loss", "class G:\n  name='daily_loss'\n  start=dict\nPLUGIN = G()", "built-in gate"),
        ("other", "class G:\n  name='other'\nPLUGIN = G()", "it has no start"),
        ("other", "class G:\n  name='other'\n  start=dict\nPLUGIN = G()", "no gate that can be asked"),
    ],
)
def test_what_is_no_gate_is_refused(offer, name, source, fault):
    offer("other", {name: "other_module:PLUGIN"}, group=plugins.GATES, other_module=source)
    with pytest.raises(BadConfig, match=fault):
        Assembly(Config(gates=(name,)))


def test_a_started_gate_has_its_own_copy_of_the_settings():
    settings = {"a": NANOS}

    class Plugin:
        def start(self, given):
            given["a"] = 0
            return lambda s: Verdict(True, "a", "b")

    start("own", Plugin(), settings)
    assert settings == {"a": NANOS}
