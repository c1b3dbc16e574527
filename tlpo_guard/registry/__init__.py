"""Adapter versions: immutable, whole or absent, and the pointers to the one that is served."""

from tlpo_guard.registry.registry import AdapterRegistry
from tlpo_guard.registry.storage import unreachable
from tlpo_guard.registry.stored import StoredRegistry, open_registry
from tlpo_guard.registry.version import BASE, EVENT_IDS, PAGE, AdapterVersion, Pointers

__all__ = [
    "BASE",
    "EVENT_IDS",
    "PAGE",
    "AdapterRegistry",
    "AdapterVersion",
    "Pointers",
    "StoredRegistry",
    "open_registry",
    "unreachable",
]
