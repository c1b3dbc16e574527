"""What vLLM is started with: the server's settings, then the flags that are meant for vLLM itself."""

from typing import Any, NoReturn

from transformers import PretrainedConfig
from vllm.engine.arg_utils import EngineArgs
from vllm.platforms import current_platform
from vllm.utils.argparse_utils import FlexibleArgumentParser

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.settings import Settings

__all__ = ["engine_arguments"]

_BLOCK = 32  # tokens; vLLM's attention on a CPU takes multiples of it, and small blocks lose little at a rewind
_LORA_RANK = 64
_LORA_RANK_ON_CPU = 16  # there vLLM copies an adapter's matrices, filled up to this rank, for every token of a step
_WIDEST = 4  # bytes of a number
_ALONE = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")


class _Parser(FlexibleArgumentParser):  # type: ignore[misc]
    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(f"vLLM's own flags: {message}")


def engine_arguments(folder: str, config: PretrainedConfig, settings: Settings) -> EngineArgs:
    """vLLM's arguments for a model.

    Args:
        folder: of the model, or its hub name.

    Raises:
        ConfigurationError: flags that vLLM does not know, or that keep the sampler out of this process.
    """
    parser: Any = EngineArgs.add_cli_args(_Parser(prog="vllm"))
    parser.set_defaults(model=folder, **_defaults(config, settings))
    parsed = parser.parse_args(list(settings.engine_flags))
    if parsed.model != folder:
        raise ConfigurationError(f"model is {parsed.model}: the server's own --model names it, before the `--`")
    chosen = EngineArgs.from_cli_args(parsed)
    for name in _ALONE:
        if getattr(chosen, name) != 1:
            raise ConfigurationError(
                f"{name} is {getattr(chosen, name)}: the server samples in its own process, which drives one device; "
                "for more, install the guard into vLLM's own server"
            )
    if chosen.speculative_config is not None:
        raise ConfigurationError("speculative_config: the server draws every token itself; leave it out")
    # One step at a time, without vLLM's tokenizer: whoever draws the tokens has to see them before the next step begins.
    chosen.async_scheduling, chosen.skip_tokenizer_init, chosen.disable_log_stats = False, True, True
    return chosen


def _defaults(config: PretrainedConfig, settings: Settings) -> dict[str, Any]:
    chosen: dict[str, Any] = {
        "max_num_seqs": settings.max_concurrent,
        "enable_prefix_caching": settings.prefix_caching,
        "block_size": _BLOCK,
        "enable_lora": True,
        "max_loras": 2,  # the version that goes and the one that comes
        "max_lora_rank": _LORA_RANK,
        "generation_config": "vllm",
    }
    on_cpu = current_platform.is_cpu()
    if on_cpu:
        chosen |= {"enforce_eager": True, "max_lora_rank": _LORA_RANK_ON_CPU}
    if on_cpu or "kv_cache_tokens" in settings.model_fields_set:  # else vLLM takes what the GPU has left
        blocks = -(-settings.kv_cache_tokens // _BLOCK) + 1  # vLLM keeps one for itself
        chosen |= {
            "num_gpu_blocks_override": blocks,
            "kv_cache_memory_bytes": blocks * _BLOCK * _bytes_of_a_token(config),
            "max_model_len": min(int(config.max_position_embeddings), settings.kv_cache_tokens),
        }
    return chosen


def _bytes_of_a_token(config: PretrainedConfig) -> int:
    """What a token's keys and values take at most, in all layers."""
    heads = int(config.num_attention_heads)
    size = getattr(config, "head_dim", None) or int(config.hidden_size) // heads
    pairs = int(config.num_hidden_layers) * int(getattr(config, "num_key_value_heads", None) or heads)
    return 2 * _WIDEST * pairs * int(size)
