"""Settings that go together under one name; whatever else is set wins over them."""

from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["RECIPES", "Recipe"]

Recipe = Literal["default", "paper"]

# TLPO (ACL 2026), the settings of the experiments. Its 128 token updates a step are 8 points of 16 candidates. The learning rate
# is the one setting that is not the paper's: 5e-7 is for full fine-tuning, and moves a LoRA adapter by nothing.
_PAPER = {
    "training": {
        "objective": "tlpo",
        "point_weight": 1.0,
        "points_per_step": 8,
        "num_candidates": 16,
        "look_ahead": 3,
        "look_ahead_words": 3,
        "temperature": 1.0,
        "clip": 0.2,
        "kl_beta": 0.04,
        "tail": False,
        "event_mass": 0.0,
        "learning_rate": 1e-4,
        "max_steps": 100,
    },
    "rollouts": {
        "per_prompt": 8,
        "temperature": 0.6,
        "max_new_tokens": 512,
        "alone": True,
        "template_options": {"enable_thinking": False},
    },
    "lora": {"last_layers": 1.0},
    "anchors": {"weight": 0.0},
}

RECIPES: Mapping[Recipe, dict[str, Any]] = {"default": {}, "paper": _PAPER}
