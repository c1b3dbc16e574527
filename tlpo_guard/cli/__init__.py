"""The command `tlpo-guard`. Commands import what is heavy when they run, so that `--help` answers at once."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tlpo_guard.errors import TlpoGuardError
from tlpo_guard.extras import EXTRAS, extra_of, how_to_install

__all__ = ["create_app", "main"]

COMMANDS = "tlpo_guard.commands"


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
    create_app()(prog_name="tlpo-guard")


def create_app() -> typer.Typer:
    """The commands of this package and those that other packages add through entry points."""
    from tlpo_guard.cli import adapters, doctor, evaluate, events, intent, scan

    app = typer.Typer(
        cls=_Group,
        callback=_root,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for entry in sorted(entry_points(group=COMMANDS), key=lambda entry: entry.name, reverse=True):
        command = _load(entry)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name)(command)
    app.add_typer(events.app, name="events")
    app.add_typer(adapters.app, name="adapters")
    app.add_typer(evaluate.app, name="eval")
    app.command("scan")(scan.scan)
    app.command("intent")(intent.intent)
    app.command("doctor")(doctor.doctor)
    return app


def _extra_needed(command: str, module: str) -> str | None:
    """The extra that a command misses: the one named like the package that adds the command, else the module's."""
    of_module = extra_of(module)
    if of_module is None:
        return None
    packages = (entry.module.partition(".")[0] for entry in entry_points(group=COMMANDS) if entry.name == command)
    return next((package for package in packages if package in EXTRAS), of_module)


def _load(entry: EntryPoint) -> Callable[..., Any] | typer.Typer:
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
        typer.echo(f"tlpo-guard {version('tlpo-guard')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keep a language model in its user's language, and teach it to stay there."""
