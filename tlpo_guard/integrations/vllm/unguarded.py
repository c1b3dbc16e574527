"""Where vLLM would run without the guard, and say nothing."""

from typing import Any

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.policy import Mode
from tlpo_guard.settings import load_settings

__all__ = ["refuse_unguarded"]


def refuse_unguarded(vllm_config: Any) -> None:
    """Refuse a configuration under which vLLM leaves the guard out silently.

    With speculative decoding, its V1 runner takes no logits processors: it refuses those named on the command line, and forgets
    those found by their entry point.

    Raises:
        ConfigurationError: says what to change.
    """
    if vllm_config.speculative_config is None or vllm_config.use_v2_model_runner:
        return
    if load_settings().guard_mode is Mode.OFF:
        return
    raise ConfigurationError(
        "with speculative decoding, vLLM's V1 model runner leaves tlpo-guard out without a word: start vLLM without "
        "--speculative-config, or on its V2 runner (VLLM_USE_V2_MODEL_RUNNER=1), which keeps the guard; to serve without it, "
        "set TLPO_GUARD_GUARD_MODE=off"
    )
