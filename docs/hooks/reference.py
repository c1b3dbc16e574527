"""Pages of the reference, made from the code when the site is built: commands, HTTP, settings, Python; and formulas as MathML."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import MagicMock, patch

import griffe
from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
_MATH = re.compile(r"^```math\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_METHODS = ("get", "post", "delete", "put")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    pages = {"cli": cli_page, "http": http_page, "settings": settings_page, "python": python_page}
    for name, make in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=make()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Formulas as MathML, which browsers draw without a script."""
    return _MATH.sub(lambda found: f'<div class="math">{convert(found[1].strip(), display="block")}</div>', markdown)


def cli_page() -> str:
    """Every command with its arguments and options, as `--help` tells them."""
    import typer
    from typer.cli import get_docs_for_click

    from tlpo_guard.cli import create_app

    command = typer.main.get_command(create_app())
    context = typer.Context(command, info_name="tlpo-guard")
    page = get_docs_for_click(obj=command, ctx=context, name="tlpo-guard", title="Commands")
    return f"{_unnested(page)}\n"


def _unnested(page: str) -> str:
    """No heading deeper than four, so that the table of contents stays readable; placeholders in angle brackets are text."""
    page = re.sub(r"^#{5,}", "####", page, flags=re.MULTILINE)
    return re.sub(r"<(?=[A-Z])", "&lt;", page)


def http_page() -> str:
    """Every route with its parameters, its body and its answers, from the OpenAPI document."""
    document = _openapi()
    schemas = document["components"]["schemas"]
    parts = [
        "# HTTP\n",
        "From the server's own OpenAPI document. A running server has it at `/openapi.json`, and shows it at `/docs`.\n",
    ]
    for path, routes in document["paths"].items():
        for method in (m for m in _METHODS if m in routes):
            parts += _route(
                method.upper(), path, routes[method], {n for n, s in schemas.items() if s.get("properties")}
            )
    parts.append("## Bodies\n")
    for name, schema in sorted(schemas.items()):
        if schema.get("properties"):
            parts += [f"### {name}\n", *_fields(schema)]
    return "\n".join(parts) + "\n"


def _openapi() -> dict[str, Any]:
    """The document of an application whose engine is not there: routes do not need it before they are asked."""
    import server.app
    from tlpo_guard.settings import load_settings

    engine = MagicMock()
    engine.card.name, engine.card.context_length = "smollm2", 8192
    with TemporaryDirectory() as folder, patch.object(server.app, "build_engine", return_value=engine):
        app = server.app.create_app(load_settings(data_dir=Path(folder), admin_key="0" * 16))
        return app.openapi()


def _route(method: str, path: str, route: Mapping[str, Any], shown: set[str]) -> Iterator[str]:
    """One route; `shown` are the bodies that the page has a table of."""
    yield f"## {method} {path} {{ #{method.lower()}-{_anchor(path)} }}\n"
    yield f"{route.get('description') or route.get('summary') or ''}\n"
    if parameters := route.get("parameters"):
        yield "| parameter | where | type | what |\n|---|---|---|---|"
        for one in parameters:
            about = one.get("description") or ""
            yield f"| `{one['name']}` | {one['in']} | {_type(one.get('schema', {}))} | {_cell(about)} |"
        yield ""
    for body in _references(route.get("requestBody", {})):
        yield f"Body: [{body}](#{body.lower()}).\n"
    for reply in dict.fromkeys(_references(route["responses"].get("200", {}))):
        yield f"Reply: {f'[{reply}](#{reply.lower()})' if reply in shown else reply}.\n"
    codes = ", ".join(f"{code} ({answer['description']})" for code, answer in route["responses"].items())
    yield f"Answers: {codes}.\n"


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    if about := schema.get("description"):
        yield f"{about.strip()}\n"
    needed = set(schema.get("required", ()))
    yield "| field | type | default | what |\n|---|---|---|---|"
    for name, field in schema["properties"].items():
        default = "needed" if name in needed else f"`{field['default']}`" if "default" in field else ""
        yield f"| `{name}` | {_type(field)} | {default} | {_cell(field.get('description') or '')} |"
    yield ""


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "$ref" in value:
            yield value["$ref"].rsplit("/", 1)[1]
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return name
    if one_of := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(_type, one_of)))
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "any"))


def _anchor(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")


def settings_page() -> str:
    """Every setting of the server and of distillation, with its variable and its default."""
    module, distill = griffe.load("tlpo_guard.settings"), griffe.load("distill.config")
    parts = [
        "# Settings\n",
        "A flag wins over an environment variable, that over `tlpo-guard.toml`, and that over the default. "
        "`TLPO_GUARD_CONFIG` names another file.\n",
        "## The server\n",
        "| key in the file | variable | default | what |\n|---|---|---|---|",
    ]
    about = _attributes(module["Settings"])
    for name, default in _defaults(module["Settings"]):
        parts.append(f"| `{name}` | `TLPO_GUARD_{name.upper()}` | {default} | {_cell(about.get(name, ''))} |")
    parts += ["\n## Distillation\n", "In the file under `[distill]`, with a dot for each part.\n"]
    parts.append("| key in the file | variable | default | what |\n|---|---|---|---|")
    parts += _distill_rows(distill, distill["DistillConfig"], ())
    return "\n".join(parts) + "\n"


def _distill_rows(module: Any, of: Any, path: tuple[str, ...]) -> Iterator[str]:
    about = _attributes(of)
    for name, default in _defaults(of):
        here = (*path, name)
        part = str(of.members[name].annotation)
        if part in module.members and module.members[part].is_class:
            yield from _distill_rows(module, module.members[part], here)
            continue
        variable = "TLPO_GUARD_DISTILL_" + "__".join(here).upper()
        yield f"| `{'.'.join(here)}` | `{variable}` | {default} | {_cell(about.get(name, ''))} |"


def _defaults(of: Any) -> Iterator[tuple[str, str]]:
    for name, member in of.members.items():
        if (
            member.is_attribute
            and not name.startswith("_")
            and name != "model_config"
            and member.annotation is not None
        ):
            value = str(member.value or "")
            if value.startswith("Field("):
                found = re.search(r"default=([^,)]+)", value)
                value = found[1] if found else ""
            shown = re.sub(r"\bMode\.(\w+)", lambda mode: mode[1].lower(), value).strip("'\"")
            yield name, f"`{shown}`" if shown not in ("", "None", "()", "[]") else ""


def _attributes(of: Any) -> dict[str, str]:
    """What the docstring of a class, or the strings under its attributes, say of each."""
    found = {}
    if of.docstring:
        for section in of.docstring.parse("google", warnings=False):
            if section.kind is griffe.DocstringSectionKind.attributes:
                found |= {entry.name: entry.description for entry in section.value}
    for name, member in of.members.items():
        if member.docstring:
            found[name] = member.docstring.value
    return found


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def python_page() -> str:
    """What others may build on: the public modules and their names."""
    modules = _public()
    parts = ["# Python\n", "These modules, and in each these names, are what you may build on. The rest may change.\n"]
    for module, names in modules.items():
        parts.append(f"## {module}\n")
        parts += [_entry(module, name) for name in names]
    return "\n".join(parts) + "\n"


def _entry(module: str, name: str) -> str:
    """What mkdocstrings makes of a class or function, from where it is defined; of a constant its value."""
    value = getattr(import_module(module), name)
    if isinstance(value, type) or callable(value):
        return f"::: {value.__module__}.{name}\n"
    return f"`{name}` = `{value!r}`\n"


def _public() -> dict[str, list[str]]:
    """The modules that tests/test_public_api.py pins; a name that several of them have stands at the first."""
    tree = ast.parse((ROOT / "tests" / "test_public_api.py").read_text())
    pinned = next(node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "PUBLIC")
    seen: set[str] = set()
    modules: dict[str, list[str]] = {}
    for module, names in sorted(ast.literal_eval(pinned).items()):
        new = [name for name in sorted(names.split()) if name not in seen]
        seen.update(new)
        if new:
            modules[module] = new
    return modules
