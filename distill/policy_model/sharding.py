"""Training that shards a model's weights over devices, which is refused.

A sharded layer is gathered by all devices together, so all must run as many forwards. Exploration and rollouts run as many as the
points and answers of a device need, and a device that runs one more waits for the others for ever. DDP, where each device has the
whole model, asks for nothing but as many backward passes.
"""

import os
from collections.abc import Mapping
from typing import Any

from tlpo_guard.errors import ConfigurationError

__all__ = ["refuse_sharding", "refuse_zero3"]

_ADVICE = (
    "exploration runs as many forwards as a device's points need, and sharded layers want as many on every device; use DDP"
    " (`accelerate launch --multi_gpu`) with a LoRA adapter, or DeepSpeed up to ZeRO stage 2"
)


def refuse_sharding(args: Any = None, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse FSDP, of `TrainingArguments` or of `accelerate launch`.

    Raises:
        ConfigurationError: says what to take instead.
    """
    if getattr(args, "fsdp", None) or environment.get("ACCELERATE_USE_FSDP", "false").lower() in ("1", "true", "yes"):
        raise ConfigurationError(f"FSDP is not supported: {_ADVICE}")


def refuse_zero3(accelerator: Any) -> None:
    """Refuse DeepSpeed's stage 3, once accelerate has read its settings.

    Raises:
        ConfigurationError: says what to take instead.
    """
    plugin = getattr(accelerator.state, "deepspeed_plugin", None)
    if plugin is not None and plugin.zero_stage == 3:
        raise ConfigurationError(f"DeepSpeed ZeRO stage 3 is not supported: {_ADVICE}")
