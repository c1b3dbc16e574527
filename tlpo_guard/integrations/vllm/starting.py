"""What vLLM's processes are told when they start: the entry point `vllm.general_plugins`.

vLLM calls `register` in the server's process, before it reads its own flags, in the engine's, and in the workers'.
"""

import functools
import logging
import os
import sys
from typing import Any

from tlpo_guard.integrations.vllm.front.following import ADMITTED
from tlpo_guard.integrations.vllm.settling import METHOD, settle
from tlpo_guard.registry import StoredRegistry, open_registry
from tlpo_guard.settings import load_settings

__all__ = ["loads_adapters", "register"]

logger = logging.getLogger(__name__)

RESOLVER = "tlpo-guard"
_RUNTIME_LORA = "VLLM_ALLOW_RUNTIME_LORA_UPDATING"


def register() -> None:
    """Serve the registry's versions as LoRA adapters, let the server ask the workers what they logged, and refuse to start
    where vLLM would leave the guard out without a word.

    Raises:
        ConfigurationError: settings that cannot be used.
    """
    from vllm.lora.resolver import LoRAResolverRegistry
    from vllm.v1.worker.worker_base import WorkerBase

    from tlpo_guard.integrations.vllm.resolver import RegistryResolver

    settings = load_settings()
    setattr(WorkerBase, METHOD, settle)
    registry = open_registry(settings.registry or settings.data_dir / "adapters")
    if RESOLVER not in LoRAResolverRegistry.get_supported_resolvers():
        resolver = RegistryResolver(registry, settings.data_dir / "cache", ADMITTED)
        LoRAResolverRegistry.register_resolver(RESOLVER, resolver)
    _check_engines()


def loads_adapters(vllm_config: Any, registry: StoredRegistry) -> bool:
    """Whether this server can load the registry's versions; says what is missing where there are any."""
    if vllm_config.lora_config is None:
        missing = "start vLLM with --enable-lora, and a --max-lora-rank that is not below the adapters' rank"
    elif os.environ.get(_RUNTIME_LORA, "").strip().lower() not in ("1", "true"):
        missing = f"set {_RUNTIME_LORA}=True: vLLM loads no adapter while it runs without it"
    else:
        return True
    try:
        versions = len(registry.list())
    except Exception as exc:
        logger.warning("the adapter registry cannot be read: %s", exc)
        versions = 0
    if versions:
        logger.error("the base model is served, and none of the registry's %d adapter versions; %s", versions, missing)
    return False


def _check_engines() -> None:
    """Look at an engine's configuration as soon as vLLM has made it, in the process where that is done."""
    if "vllm.engine.arg_utils" not in sys.modules:
        return
    from vllm.engine.arg_utils import EngineArgs

    from tlpo_guard.integrations.vllm.unguarded import refuse_unguarded

    create = EngineArgs.create_engine_config
    if getattr(create, "checked_by_tlpo_guard", False):
        return

    @functools.wraps(create)
    def checked(self: Any, *args: Any, **options: Any) -> Any:
        config = create(self, *args, **options)
        refuse_unguarded(config)
        return config

    checked.checked_by_tlpo_guard = True  # type: ignore[attr-defined]
    EngineArgs.create_engine_config = checked
