"""How far back a model's layers look."""

from typing import Any

__all__ = ["sees_all"]

_FULL, _SLIDING = "full_attention", "sliding_attention"


def sees_all(config: Any, longest: int) -> bool:
    """Whether each token of a sequence attends to all before it, in every layer.

    Args:
        config: of the text model.
        longest: tokens of the sequence.
    """
    kinds = getattr(config, "layer_types", None) or (_FULL, _SLIDING)
    window = getattr(config, "sliding_window", None)
    return set(kinds) <= {_FULL, _SLIDING} and (window is None or _SLIDING not in kinds or longest <= window)
