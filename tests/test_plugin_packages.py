"""Plug-ins of installed packages: found by name, imported only when asked for, refused in one line."""

import sys

import pytest

from tradingfloor.actors import config_plugins, plugins
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.signals import Scanner

HELLO = """
from types import SimpleNamespace
from tradingfloor.actors.domain.evidence import Kind
PLUGIN = SimpleNamespace(
    name="hello", events=("seen",), kinds={"hi": Kind(0.4, 0.25, 1.0, 3)}, families={"hi": "structure"},
    start=lambda market: SimpleNamespace(update=lambda bar, base=False: ()),
)
"""


def test_a_plug_in_is_found_by_its_name_and_no_other_is_imported(offer):
    offer("greetings", {"hello": "hello_module:PLUGIN", "broken": "broken_module:X"}, hello_module=HELLO)
    assert plugins.installed(plugins.DETECTORS) == ("broken", "hello")
    assert "hello_module" not in sys.modules
    assert plugins.load(plugins.DETECTORS, ["hello"])["hello"].name == "hello"
    assert "broken_module" not in sys.modules


def test_groups_are_apart(offer):
    offer("greetings", {"hello": "hello_module:PLUGIN"}, group=plugins.FEEDS, hello_module=HELLO)
    assert plugins.installed(plugins.DETECTORS) == ()
    assert list(plugins.load(plugins.FEEDS, ["hello"])) == ["hello"]
    with pytest.raises(BadConfig, match="none is installed"):
        plugins.load(plugins.DETECTORS, ["hello"])


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_the_kind", "ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("1 +", "SyntaxError"),
        ("x = 1", "AttributeError"),
    ],
)
def test_an_import_that_fails_names_the_package_in_one_line(offer, source, why):
    offer("greetings", {"hello": "hello_module:PLUGIN"}, hello_module=source)
    with pytest.raises(BadConfig, match=f"hello: package greetings cannot be imported .*{why}") as refused:
        plugins.load(plugins.DETECTORS, ["hello"])
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith("mend or reinstall it, or leave the name out")


def test_an_unknown_name_gets_the_nearest_one_or_all(offer):
    offer("greetings", {"hello": "hello_module:PLUGIN"}, hello_module=HELLO)
    with pytest.raises(BadConfig, match=r"helo: no plug-in of this name; did you mean hello\?"):
        plugins.load(plugins.DETECTORS, ["helo"])
    with pytest.raises(BadConfig, match=r"installed are hello"):
        plugins.load(plugins.DETECTORS, ["xyz"])


def test_one_name_of_two_packages_is_refused_only_when_it_is_asked_for(offer):
    offer("greetings", {"hello": "hello_module:PLUGIN", "moin": "moin_module:PLUGIN"}, hello_module=HELLO)
    offer("farewells", {"hello": "farewell_module:PLUGIN"}, moin_module=HELLO)
    assert list(plugins.load(plugins.DETECTORS, ["moin"])) == ["moin"]
    with pytest.raises(BadConfig, match="package farewells and package greetings offer"):
        plugins.load(plugins.DETECTORS, ["hello"])


def test_the_name_of_a_built_in_detector_cannot_be_taken(offer):
    assert config_plugins.detectors(["FVG", "BOS"]) == {}
    offer("greetings", {"fvg": "hello_module:PLUGIN"}, hello_module=HELLO)
    with pytest.raises(BadConfig, match="fvg: package greetings offers"):
        config_plugins.detectors(["FVG", "BOS"])
    assert config_plugins.detectors(["BOS"]) == {}


def test_a_detector_of_another_name_than_its_entry_point_is_refused(offer):
    offer("greetings", {"moin": "hello_module:PLUGIN"}, hello_module=HELLO)
    with pytest.raises(
        BadConfig, match="moin: package greetings is no usable detector: its name must be 'moin'"
    ):
        config_plugins.detectors(["moin"])


def test_a_scan_takes_plug_ins_by_name(offer):
    offer("greetings", {"hello": "hello_module:PLUGIN"}, hello_module=HELLO)
    assert Scanner("15m", ("fvg", "hello"))
    with pytest.raises(BadConfig, match=r"detectors: helo: .* did you mean hello\?; built in are fvg, swing"):
        Scanner("15m", ("fvg", "helo"))
