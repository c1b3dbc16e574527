"""Checks of an installation: each says what is there, or what to do."""

import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from tlpo_guard.data_folder import make_private
from tlpo_guard.engine_checks import EngineName, engine_checks
from tlpo_guard.errors import TlpoGuardError
from tlpo_guard.extras import extra_of, how_to_install
from tlpo_guard.settings import Settings

__all__ = ["Check", "run_checks"]

PACKAGES = ("tlpo-guard", "sqlalchemy", "torch", "transformers", "fastapi", "peft")
ENOUGH_DISK = 2 * 1024**3  # bytes: a converted model and some adapters


@dataclass(frozen=True, slots=True)
class Check:
    """One row: `detail` is what was found, or what is wrong and what to do about it.

    Attributes:
        ok: None where the check needs a package of an extra that is not installed.
    """

    name: str
    ok: bool | None
    detail: str


def run_checks(settings: Settings, engine: EngineName | None = None) -> Iterator[Check]:
    """Check one thing after the other; loading the model takes seconds, so rows come as they are known.

    Args:
        engine: checks whether the guard will run in it, instead of the model, the log and the adapters.
    """
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("versions", _versions),
        ("device", _device),
        ("data dir", _data_dir),
        ("model", _model),
        ("store", _store),
        ("adapter", _adapter),
    )
    if engine is not None:
        checks = (checks[0], *((name, lambda _, run=run: run()) for name, run in engine_checks(engine)))
    for name, check in checks:
        try:
            yield Check(name, True, check(settings))
        except TlpoGuardError as exc:
            yield Check(name, False, str(exc))
        except ModuleNotFoundError as exc:
            extra = extra_of(exc.name or "")
            way_out = "run `make install`" if extra is None else how_to_install(extra)
            yield Check(name, None if extra else False, f"not checked: {exc.name} is not installed ({way_out})")
        except Exception as exc:  # a check that breaks is a finding, and the others still run
            yield Check(name, False, f"{type(exc).__name__}: {exc}")


def _versions(_: Settings) -> str:
    installed, missing = [f"python {platform.python_version()}"], []
    for package in PACKAGES:
        try:
            installed.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    return ", ".join(installed) + (f"; not installed: {', '.join(missing)}" if missing else "")


def _device(settings: Settings) -> str:
    import psutil

    memory = f"{psutil.virtual_memory().available / 1024**3:.1f} GiB of memory free"
    try:
        import torch
    except ModuleNotFoundError:
        return f"CPU, {memory}; torch, which would use a GPU, is not installed"

    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        return f"{properties.name}, {properties.total_memory / 1024**3:.0f} GiB"
    return f"CPU, {settings.torch_threads or torch.get_num_threads()} threads, {memory}"


def _data_dir(settings: Settings) -> str:
    path = settings.data_dir
    try:
        make_private(path)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as exc:
        raise TlpoGuardError(f"{path} cannot be written ({exc.strerror}); name another with --data-dir") from exc
    free = shutil.disk_usage(path).free
    if free < ENOUGH_DISK:
        raise TlpoGuardError(f"{path} has {free / 1024**3:.1f} GiB free; make room for {ENOUGH_DISK / 1024**3:.0f} GiB")
    return f"{path.resolve()}, writable, {free / 1024**3:.0f} GiB free"


def _model(settings: Settings) -> str:
    from tlpo_guard.models.load import load_model

    started = time.perf_counter()
    loaded = load_model(settings.model, cache_dir=settings.data_dir / "cache")
    seconds = time.perf_counter() - started
    parameters = sum(parameter.numel() for parameter in loaded.model.parameters())
    return f"{loaded.name} {loaded.fingerprint}, {parameters / 1e6:.0f} M parameters, loaded in {seconds:.1f} s"


def _store(settings: Settings) -> str:
    from tlpo_guard.events.opening import open_store

    with closing(open_store(settings.store_location)) as store:
        newest = next(iter(store.iter(limit=1, newest_first=True)), None)
    return f"{store.label}, " + (f"last event {newest.created_at:%Y-%m-%d %H:%M} UTC" if newest else "no events yet")


def _adapter(settings: Settings) -> str:
    from tlpo_guard.registry import open_registry

    registry = open_registry(settings.registry or settings.data_dir / "adapters")
    current = registry.current()
    if current == "base":
        return "base (no adapter promoted)"
    registry.verify(current)
    return f"{current} in {registry.label}"
