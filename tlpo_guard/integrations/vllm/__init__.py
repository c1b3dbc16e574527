"""The guard inside vLLM: in its engine, before its server, and the registry's versions as its adapters.

Nothing of vLLM is imported before it is needed.
"""

from typing import TYPE_CHECKING

from tlpo_guard.lazy import lazily

if TYPE_CHECKING:
    from tlpo_guard.integrations.vllm.middleware import GuardMiddleware

__all__ = ["GuardMiddleware"]

__getattr__ = lazily(__name__, {"GuardMiddleware": "tlpo_guard.integrations.vllm.middleware"})
