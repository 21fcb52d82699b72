"""Feeds of other packages, and the providers that this one registers."""

from importlib.metadata import EntryPoint

import pytest

from tradingfloor.actors import plugins
from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.config_sources import resolve
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.market_data.feeds import open_feed


@pytest.fixture
def installed(monkeypatch):
    """Registers entry points as an installation would."""

    def install(*registered: tuple[str, str]):
        entries = [EntryPoint(name, value, plugins.FEEDS) for name, value in registered]
        monkeypatch.setattr(plugins, "entry_points", lambda group: entries if group == plugins.FEEDS else [])

    return install


def test_the_providers_are_registered_by_this_package():
    assert plugins.installed(plugins.FEEDS) == ("alpaca", "massive", "polygon", "tradier")


def test_a_feed_of_another_package_is_opened_by_its_name(installed):
    installed(("theirs", "builtins:repr"))
    config = resolve(flags={"data.source": "theirs"}).config
    assert open_feed(config) == repr(config)


@pytest.mark.parametrize(
    "value", ["no_such_module:open", "tradingfloor.actors.errors:NoSuchName", "tests_plugins_broken:x"]
)
def test_a_broken_feed_is_told_in_one_line_and_named(installed, value, tmp_path, monkeypatch):
    (tmp_path / "tests_plugins_broken.py").write_text("raise ZeroDivisionError('a bug\\nof two lines')")
    monkeypatch.syspath_prepend(tmp_path)
    installed(("theirs", value))
    with pytest.raises(BadConfig, match=r"theirs: .* cannot be imported") as caught:
        open_feed(Config(data=DataConfig(source="theirs")))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 4


def test_the_simulated_and_the_recorded_feed_need_no_plug_in(installed):
    installed(("theirs", "no_such_module:open"))
    assert open_feed(Config()).name.startswith("sim")
