"""Adapter versions: immutable, whole or absent, and the pointers to the one that is served."""

from tlpo_guard.registry.canary import Canary
from tlpo_guard.registry.pointers import Pointers
from tlpo_guard.registry.registry import AdapterRegistry
from tlpo_guard.registry.storage import unreachable
from tlpo_guard.registry.stored import StoredRegistry, open_registry
from tlpo_guard.registry.version import BASE, EVENT_IDS, PAGE, AdapterVersion

__all__ = [
    "BASE",
    "EVENT_IDS",
    "PAGE",
    "AdapterRegistry",
    "AdapterVersion",
    "Canary",
    "Pointers",
    "StoredRegistry",
    "open_registry",
    "unreachable",
]
