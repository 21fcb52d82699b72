"""The documentation says what the code says."""

import importlib.util
import os
import re
import shlex
from pathlib import Path

import pytest

from tradingfloor.__main__ import main
from tradingfloor.actors.config_sources import resolve
from tradingfloor.actors.routing import ROUTES
from tradingfloor.actors.types import Refusal

ROOT = Path(__file__).parent.parent


@pytest.fixture
def generate():
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_parts_of_the_docs_are_up_to_date(generate):
    assert generate.stale() == [], "run: python docs/generate.py"


def test_a_changed_route_makes_the_page_stale(generate, monkeypatch):
    message = next(iter(ROUTES))
    monkeypatch.setitem(ROUTES, message, ROUTES[message]._replace(rooms=("elsewhere",)))
    assert generate.stale() == ["architecture.md"]


def test_the_table_has_a_row_for_every_routed_message():
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = text.split("<!-- routes:begin -->")[1].split("<!-- routes:end -->")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [message.__name__ for message in ROUTES]


def test_every_reason_code_has_a_row_with_its_origin_and_its_meaning(generate):
    rows = [line.split(" | ") for line in generate.refusals().splitlines()[2:]]
    assert [row[0].strip("| `") for row in rows] == [code.value for code in Refusal]
    assert all(len(row) == 3 and len(row[1]) > 5 and len(row[2]) > 10 for row in rows)


def test_a_page_without_markers_is_an_error_and_not_a_silent_success(generate, monkeypatch, tmp_path):
    (tmp_path / "architecture.md").write_text("no markers here")
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    with pytest.raises(ValueError, match="no markers for routes"):
        generate.stale()


def shown_commands():
    """(command, output) of every console block of the page on detectors."""
    text = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        command, _, output = block.partition("\n")
        yield command, output


def test_the_commands_on_the_page_of_detectors_print_what_stands_there(monkeypatch, capsys):
    for name in [name for name in os.environ if name.startswith(("TRADINGFLOOR", "COLUMNS"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT)
    shown = list(shown_commands())
    assert shown
    for command, output in shown:
        prompt, program, *words = shlex.split(command)
        assert (prompt, program) == ("$", "tradingfloor")
        assert main(words) == 0
        assert capsys.readouterr() == (output, "")


def test_the_settings_on_the_page_of_fees_are_read_as_they_stand(tmp_path):
    text = (ROOT / "docs" / "fees.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        page = tmp_path / "page.toml"
        page.write_text(block)
        assert resolve(page).config.execution.fees in block


def test_links_between_the_pages_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
