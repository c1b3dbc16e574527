"""Which extra of this package brings a module that is not installed."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["EXTRAS", "extra_of", "how_to_install"]

EXTRAS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "transformers": ("gguf", "huggingface_hub", "safetensors", "tokenizers", "torch", "transformers"),
        "server": (
            "fastapi",
            "httptools",
            "llguidance",
            "prometheus_client",
            "starlette",
            "structlog",
            "uvicorn",
            "uvloop",
        ),
        "distill": ("accelerate", "apscheduler", "datasets", "matplotlib", "peft", "tenacity"),
        "parquet": ("pyarrow",),
        "vllm": ("vllm",),
        "llama-cpp": ("llama_cpp",),
        "mlx": ("mlx", "mlx_lm"),
        "sglang": ("sglang",),
        "baselines": ("trl",),
        "traces": ("opentelemetry",),
    }
)  # the modules that each brings, the smallest extra first


def extra_of(module: str) -> str | None:
    """The smallest extra that brings a module; None for a module that no extra names."""
    package = module.partition(".")[0]
    return next((extra for extra, modules in EXTRAS.items() if package in modules), None)


def how_to_install(extra: str) -> str:
    """The command that adds an extra."""
    return f"pip install 'tlpo-guard[{extra}]'"
