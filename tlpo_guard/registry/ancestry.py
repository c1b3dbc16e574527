"""What a version was trained on from."""

from collections.abc import Callable, Sequence

from tlpo_guard.errors import RegistryError
from tlpo_guard.registry.version import BASE, AdapterVersion, is_version

__all__ = ["ancestry"]


def ancestry(name: str, get: Callable[[str], AdapterVersion]) -> Sequence[str]:
    """A version, its parent, that one's parent and so on, without the base.

    A parent that is not there any more ends the chain, as its last.

    Args:
        name: of the version to begin with.
        get: a version by its name; raises RegistryError where it is not there or cannot be read.
    """
    chain: list[str] = []
    while is_version(name) and name not in chain:
        chain.append(name)
        try:
            name = str(get(name).lineage.get("parent", BASE))
        except RegistryError:
            break
    return chain
