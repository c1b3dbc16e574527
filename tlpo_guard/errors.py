"""Every error this project raises on purpose.

TlpoGuardError
├── ConfigurationError (ValueError)   a setting or flag that cannot be used
│   └── UnknownLanguageError          not a BCP-47 tag, or a language whose script is unknown
├── ModelError                        a model that cannot be loaded or does not fit
├── StoreError                        the event store cannot be opened, read or written
│   ├── EventNotFoundError (KeyError)
│   └── LeaseHeldError            another process holds a lease
├── RegistryError                     an adapter version that is missing, damaged or for another base
│   └── AdapterNotFoundError (KeyError)
└── DistillationError                 a distillation run that cannot go on
    └── TooFewEventsError
"""

__all__ = [
    "AdapterNotFoundError",
    "ConfigurationError",
    "DistillationError",
    "EventNotFoundError",
    "LeaseHeldError",
    "ModelError",
    "RegistryError",
    "StoreError",
    "TlpoGuardError",
    "TooFewEventsError",
    "UnknownLanguageError",
]


class TlpoGuardError(Exception):
    """Base of all; its message names the offending value and the way out."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class ConfigurationError(TlpoGuardError, ValueError):
    """A setting or flag that cannot be used."""


class UnknownLanguageError(ConfigurationError):
    """Not a BCP-47 tag, or a language whose script is unknown."""


class ModelError(TlpoGuardError):
    """A model that cannot be loaded or does not fit."""


class StoreError(TlpoGuardError):
    """The event store cannot be opened, read or written."""


class EventNotFoundError(StoreError, KeyError):
    """No event has this id."""


class LeaseHeldError(StoreError):
    """Another process holds a lease."""


class RegistryError(TlpoGuardError):
    """An adapter version that is missing, damaged or made for another base."""


class AdapterNotFoundError(RegistryError, KeyError):
    """No adapter version has this name."""


class DistillationError(TlpoGuardError):
    """A distillation run that cannot go on."""


class TooFewEventsError(DistillationError):
    """Fewer usable events than a run needs."""
