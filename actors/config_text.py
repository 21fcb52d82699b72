"""A config as TOML text, with every setting explained by its own docstring.

Decides how a value is written and how the explanations are found (the literals after the fields in the
source of ``config``, read when asked for). Knows no source of values. Input: a Config; output: text
that ``config_sources`` resolves to the same Config.
"""

import ast
import datetime as dt
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping

import msgspec

from .config import Config, FeeLine, InstrumentConfig, Section

HEAD = (
    "The settings of one engine. It trades on PAPER only. A line left out means its default. Two things go "
    "before this file: environment variables (TRADINGFLOOR__RISK__MAX_DAILY_LOSS=1000 sets "
    "risk.max_daily_loss) and command-line flags. No secret belongs into it."
)

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def commented_toml(settings: Config) -> str:
    """A complete TOML file of the settings, each under its docstring; reads back to ``settings``."""
    lines = [*_comment(HEAD), *_section(settings, ())]
    return "\n".join(lines) + "\n"


def shown_value(value: object) -> str:
    """A value as TOML, ``-`` where nothing is set."""
    return "-" if value is None else toml_value(value)


def toml_value(value: object) -> str:
    """A value as TOML: text, boolean, number, date or time, list, table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, Section):
        value = msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)} = {toml_value(item)}" for name, item in value.items())
        return f"{{{inside}}}"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return repr(value)


def field_docs(section: type) -> dict[str, str]:
    """Name of a field or member -> the docstring literal written after it, on one line, without markup."""
    body = ast.parse(textwrap.dedent(inspect.getsource(section))).body[0]
    assert isinstance(body, ast.ClassDef)
    docs = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                docs[name] = " ".join(text.replace("``", "").split())
    return docs


def _section(section: Section, path: tuple[str, ...]) -> Iterator[str]:
    """The lines of one table: plain settings first, as TOML wants it, tables after them."""
    docs = field_docs(type(section))
    fields = [(field.name, getattr(section, field.name)) for field in msgspec.structs.fields(section)]
    defaults = msgspec.structs.asdict(type(section)())
    for name, value in fields:
        if not isinstance(value, Section | dict):
            yield ""
            yield from _comment(docs.get(name, ""))
            if value != defaults[name]:
                yield from _comment(f"Default: {shown_value(defaults[name])}")
            yield f"# {name} =" if value is None else f"{_key(name)} = {toml_value(value)}"
    for name, value in fields:
        if isinstance(value, Section):
            yield from _header((*path, name), inspect.getdoc(type(value)) or "")
            yield from _section(value, (*path, name))
        elif name == "instruments":
            yield from _instruments(value)
        elif name == "fees" and isinstance(value, dict) and value:
            yield from _fees(value)
        elif isinstance(value, dict):
            yield from _header((*path, name), docs.get(name, ""))
            yield from (f"{_key(key)} = {toml_value(item)}" for key, item in value.items())


def _instruments(instruments: dict[str, InstrumentConfig]) -> Iterator[str]:
    """Every instrument with its settings; without any, the table of one as an example to fill in."""
    for symbol, instrument in instruments.items():
        yield from _header(("instruments", symbol), "")
        yield from _section(instrument, ("instruments", symbol))
    if not instruments:
        yield ""
        yield from _comment(inspect.getdoc(InstrumentConfig) or "")
        yield "# [instruments.SYMBOL]"
        for name, doc in field_docs(InstrumentConfig).items():
            yield from _comment(f"{name}: {doc}")


def _fees(schedules: dict[str, dict[str, FeeLine]]) -> Iterator[str]:
    for schedule, lines in schedules.items():
        for name, line in lines.items():
            yield from _header(("fees", schedule, name), "")
            yield from _section(line, ("fees", schedule, name))


def _header(path: tuple[str, ...], doc: str) -> Iterator[str]:
    yield ""
    yield f"[{'.'.join(_key(name) for name in path)}]"
    yield from _comment(doc)


def _comment(text: str) -> Iterator[str]:
    plain = " ".join(text.replace("``", "").split())
    yield from (f"# {line}" for line in textwrap.wrap(plain, 100))


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which JSON leaves bare.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
