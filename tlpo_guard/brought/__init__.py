"""What a conversation brought, and may be said again in an answer to it, as strings and not as a licence for a language."""

from tlpo_guard.brought.brought import Brought

__all__ = ["Brought"]
