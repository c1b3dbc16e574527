"""From logged confusion points to a LoRA adapter: Token-Level Policy Optimization (TLPO)."""

from typing import TYPE_CHECKING

from tlpo_guard.lazy import lazily

if TYPE_CHECKING:
    from distill.config import DistillConfig
    from distill.run.distillation import DistillResult, run_distillation
    from distill.tlpo.trainer import TLPOConfig, TLPOTrainer

__all__ = ["DistillConfig", "DistillResult", "TLPOConfig", "TLPOTrainer", "run_distillation"]

__getattr__ = lazily(
    __name__,
    {
        "DistillConfig": "distill.config",
        "DistillResult": "distill.run.distillation",
        "TLPOConfig": "distill.tlpo.trainer",
        "TLPOTrainer": "distill.tlpo.trainer",
        "run_distillation": "distill.run.distillation",
    },
)
