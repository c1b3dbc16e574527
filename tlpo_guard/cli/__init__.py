"""The command `tlpo-guard`. Commands import what is heavy when they run, so that `--help` answers at once."""

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tlpo_guard.errors import TlpoGuardError
from tlpo_guard.extras import EXTRAS, extra_of, how_to_install

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["create_app", "main"]

COMMANDS = "tlpo_guard.commands"
_OWN = ("events", "adapters", "eval", "scan", "intent", "explain", "doctor", "demo")
_MODULES = {"eval": "evaluate"}  # of commands that are not named like theirs


class _Group(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except TlpoGuardError as exc:
            problem: Exception = exc
        except ModuleNotFoundError as exc:
            extra = _extra_needed(str(ctx.invoked_subcommand), exc.name or "")
            if extra is None:
                raise
            message = f"`{ctx.invoked_subcommand}` needs {exc.name}, which is not installed"
            problem = TlpoGuardError(f"{message}: {how_to_install(extra)}")
        typer.echo(f"error: {problem}", err=True)
        raise typer.Exit(1) from problem


def main() -> None:
    """Run the command line."""
    create_app(next(iter(sys.argv[1:]), None))(prog_name="tlpo-guard")


def create_app(command: str | None = None) -> typer.Typer:
    """The commands of this package and those that other packages add through entry points.

    Args:
        command: what is asked for; where it is a command of this package, the others, which take time to load, are left out.
    """
    app = typer.Typer(
        cls=_Group,
        callback=_root,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    if command not in _OWN:
        for entry in sorted(_entries(), key=lambda entry: entry.name, reverse=True):
            _add(app, entry.name, _load(entry))
    for name in _OWN if command not in _OWN else (command,):
        module = import_module(f"{__name__}.{_MODULES.get(name, name)}")
        _add(app, name, module.app if hasattr(module, "app") else getattr(module, name))
    return app


def _add(app: typer.Typer, name: str, command: Callable[..., Any] | typer.Typer) -> None:
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name)
    else:
        app.command(name)(command)


def _entries() -> "Iterable[EntryPoint]":
    from importlib.metadata import entry_points

    return entry_points(group=COMMANDS)


def _extra_needed(command: str, module: str) -> str | None:
    """The extra that a command misses: the one named like the package that adds the command, else the module's."""
    of_module = extra_of(module)
    if of_module is None:
        return None
    packages = (entry.module.partition(".")[0] for entry in _entries() if entry.name == command)
    return next((package for package in packages if package in EXTRAS), of_module)


def _load(entry: "EntryPoint") -> Callable[..., Any] | typer.Typer:
    try:
        command: Callable[..., Any] | typer.Typer = entry.load()
    except (ImportError, AttributeError) as exc:
        reason = str(exc)

        def missing() -> None:
            raise TlpoGuardError(f"`{entry.name}` cannot be loaded ({reason}); run `make install` again")

        missing.__doc__ = f"Not available here: {reason}."
        return missing
    return command


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"tlpo-guard {version('tlpo-guard')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keep a language model in its user's language, and teach it to stay there."""
