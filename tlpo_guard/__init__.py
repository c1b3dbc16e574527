"""Keep a language model in its user's language: detection, the guard, events and the adapter registry."""

from typing import TYPE_CHECKING

from tlpo_guard.lazy import lazily

if TYPE_CHECKING:
    from tlpo_guard.errors import TlpoGuardError
    from tlpo_guard.guard.detector import DriftDetector
    from tlpo_guard.intent import Intent, Message, expected_language
    from tlpo_guard.policy import GuardPolicy, Mode
    from tlpo_guard.registry import AdapterRegistry
    from tlpo_guard.scan import Answer, Scanner
    from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = [
    "AdapterRegistry",
    "Answer",
    "DriftDetector",
    "GuardPolicy",
    "Intent",
    "Message",
    "Mode",
    "Scanner",
    "TlpoGuardError",
    "VocabularyIndex",
    "expected_language",
]

__getattr__ = lazily(
    __name__,
    {
        "AdapterRegistry": "tlpo_guard.registry",
        "Answer": "tlpo_guard.scan",
        "DriftDetector": "tlpo_guard.guard.detector",
        "GuardPolicy": "tlpo_guard.policy",
        "Intent": "tlpo_guard.intent",
        "Message": "tlpo_guard.intent",
        "Mode": "tlpo_guard.policy",
        "Scanner": "tlpo_guard.scan",
        "TlpoGuardError": "tlpo_guard.errors",
        "VocabularyIndex": "tlpo_guard.vocabulary.index",
        "expected_language": "tlpo_guard.intent",
    },
)
