"""Writes the reference from the program itself, a page for each of PAGES: `make reference`."""

import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from gateway.cli.main import COMMANDS, program
from gateway.config.field_types import Between
from gateway.config.schema import ANTENNA, LISTS, REQUIRED, SECTIONS, Key
from gateway.stats import Stats
from gateway.web.metrics import Metrics, Sources
from readers.emulator.__main__ import cli as emulator
from rules.vocabulary import EventKind

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "gateway" / "documents"
EXAMPLE = (ROOT / "deploy" / "gateway.toml").read_text(encoding="utf-8")
WIDTH = 110
EXIT_CODES = """Exit codes follow sysexits: 0 done, 64 usage, 65 bad input data, 69 a needed service is
unavailable, 70 internal error, 74 input or output, 78 bad configuration.
"""
CONFIGURATION = """`deploy/gateway.toml` is the same as a file to start from. File names begin at the
configuration's directory.
"""
METRICS = """At `/metrics`. Labels are reader, read point and code only: never an EPC, RMA or customer.
Besides these there are Python's own `process_…` and `python_…`.
"""
MADE = "<!-- Written by docs/reference/build.py (make reference): change the program, not this page. -->\n"


def cli() -> str:
    """Every command as its --help tells it."""
    parts = [
        MADE,
        "# Commands\n",
        "Exit codes follow sysexits: 0 done, 64 usage, 65 bad input data, 69 a needed",
    ]
    parts[-1] += " service is unavailable, 70 internal error, 74 input or output, 78 bad configuration.\n"
    for name in COMMANDS:
        command = getattr(import_module(f"gateway.cli.{name}"), name)
        parts += _command(command, f"{program.name} {name}", program)
    parts += _command(emulator, "llrp-emulator", emulator)
    return "\n".join(parts)


def _command(command: click.Command, path: str, root: click.Command) -> Iterator[str]:
    """With the options for help that `root` gives to all below it."""
    helps = root.context_settings.get("help_option_names")
    context = click.Context(
        command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH, help_option_names=helps
    )
    told = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield f"## `{path}`\n\n```text\n{told}\n```\n"
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _command(inner, f"{path} {name}", root)


def configuration() -> str:
    """Every key, with what the example configuration says about it."""
    said: dict[tuple[str, str], str] = {}
    for place, comment in _said():
        said.setdefault(place, comment)
    parts = [
        MADE,
        "# Configuration keys\n",
        CONFIGURATION,
    ]
    tables = [(f"[{name}]", name, keys) for name, keys in SECTIONS.items()]
    tables += [(f"[[{name}]]", name, keys) for name, keys in LISTS.items()]
    tables.append(("[[reader.antenna]]", "reader.antenna", ANTENNA))
    for title, name, keys in tables:
        parts.append(f"## `{title}`\n\n| key | default | allowed | says |\n|---|---|---|---|")
        parts += [_key(key, known, said.get((name, key), "")) for key, known in keys.items()]
        parts.append("")
    return "\n".join(parts)


def _key(name: str, key: Key, said: str) -> str:
    if key.default is REQUIRED:
        default = "required"
    elif key.default is None:
        default = ""
    else:
        plain = list(key.default) if isinstance(key.default, tuple) else key.default
        default = f"`{json.dumps(plain)}`"
    return f"| `{name}` | {default} | {_allowed(key)} | {said} |"


def _allowed(key: Key) -> str:
    if isinstance(key.check, Between):
        return f"{key.check.low:,} … {key.check.high:,}"
    options = getattr(key.hint, "__members__", None)
    if options is not None:
        return ", ".join(f"`{option.value}`" for option in options.values())
    return "a file" if key.is_file else ""


def _said() -> Iterator[tuple[tuple[str, str], str]]:
    """Section, key and the comment above it in the example; it holds for the keys right below it, too."""
    section, comment, is_told = "", "", False
    for line in EXAMPLE.splitlines():
        if line.startswith("# "):
            comment, is_told = line[2:] if is_told else f"{comment} {line[2:]}".strip(), False
        elif found := re.match(r"\[+([a-z0-9_.]+)\]+", line):
            section = found[1]
            table, _, name = section.rpartition(".")
            yield (table, name), comment
            comment = ""
        elif found := re.match(r'#?"?(\w+)"? = ', line):
            is_told = True
            if comment:
                yield (section, found[1]), comment
        else:
            comment = ""


def metrics() -> str:
    """Every metric with its labels and help text."""
    sources = Sources(Stats(), tuple, dict, dict, dict, lambda: 0, "0")
    parts = [
        MADE,
        "# Metrics\n",
        METRICS,
        "| metric | labels | type | says |\n|---|---|---|---|",
    ]
    for family in Metrics(sources).families():
        labels = ", ".join(f"`{label}`" for label in getattr(family, "_labelnames", ()))
        suffix = "_total" if family.type == "counter" else ""
        parts.append(f"| `{family.name}{suffix}` | {labels} | {family.type} | {family.documentation} |")
    return "\n".join([*parts, ""])


def events() -> str:
    """Topics' payloads, field by field, from the JSON Schemas that tests hold the events to."""
    parts = [
        MADE,
        "# Events, commands and states\n",
        "JSON Schemas (2020-12) and an AsyncAPI document for all of this are in `gateway/documents/`.",
        "[Receive events, send RMAs](../integrate.md) says how to use them.\n",
        *_fields("event", "Every event"),
        *_fields("data", "`data` of every event"),
        "## Kinds\n\n| topic ends in | means |\n|---|---|",
        *(f"| `{kind}` | {_schema(kind)['title']} |" for kind in EventKind),
        "",
    ]
    codes = _schema("exception")["properties"]["data"]["properties"]["code"]["enum"]
    parts += ["`data.code` of an exception: " + ", ".join(f"`{code}`" for code in codes) + ".\n"]
    shown = json.dumps(_schema("receipt")["examples"][0], indent=2)
    parts += [f"A receipt:\n\n```json\n{shown}\n```\n"]
    for path in sorted(SCHEMAS.glob("command-*.schema.json")):
        parts += _fields(path.name.removesuffix(".schema.json"))
    for name in ("rma", "response", "acknowledgement", "gateway-state", "reader-state"):
        parts += _fields(name)
    return "\n".join(parts)


def _schema(name: str) -> dict[str, Any]:
    return dict(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


def _fields(name: str, title: str = "") -> Iterator[str]:
    schema = _schema(name)
    yield f"## {title or schema['title']}\n"
    if title:
        yield f"{schema['title']}.\n"
    yield "| field | is | says |\n|---|---|---|"
    required = schema.get("required", ())
    for field, form in schema.get("properties", {}).items():
        optional = "" if field in required or name == "data" else ", optional"
        yield f"| `{field}` | {_form(form)}{optional} | {form.get('description', '')} |"
    yield ""


def _form(form: Mapping[str, Any]) -> str:
    """A schema in a word or two."""
    if "const" in form:
        return f"`{form['const']}`"
    if "enum" in form:
        return ", ".join("null" if value is None else f"`{value}`" for value in form["enum"])
    if "anyOf" in form or "oneOf" in form:
        return " or ".join(_form(part) for part in form.get("anyOf", form.get("oneOf", ())))
    if "$ref" in form:
        return str(form["$ref"]).rsplit("/", 1)[-1].removesuffix(".schema.json")
    kind = form.get("type", "anything")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


PAGES = {"cli": cli, "configuration": configuration, "metrics": metrics, "events": events}

if __name__ == "__main__":
    for name, write in PAGES.items():
        Path(__file__).with_name(f"{name}.md").write_text(write(), encoding="utf-8")
