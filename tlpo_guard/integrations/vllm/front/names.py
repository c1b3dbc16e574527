"""Adapter versions in the names of models: `smollm2@v0007`."""

from tlpo_guard.registry import BASE
from tlpo_guard.registry.version import is_version

__all__ = ["split_name", "version_name"]

_BETWEEN = "@"


def split_name(name: str) -> tuple[str, str | None]:
    """The model that a name means, and the version, which may be the base; None where it pins none."""
    model, between, version = name.rpartition(_BETWEEN)
    if not between or not (version == BASE or is_version(version)):
        return name, None
    return model, version


def version_name(model: str, version: str) -> str:
    """The name of a model's version; the base has the model's own."""
    return model if version == BASE else f"{model}{_BETWEEN}{version}"
