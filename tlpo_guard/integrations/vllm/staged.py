"""The tokens that the V2 runner is about to write to the device for a request, while they are still on the host."""

from typing import Any

__all__ = ["staged_tokens"]


def staged_tokens(held: Any, index: int) -> list[int] | None:
    """The prompt of the request that is entering a slot, and its answer as far as it was written before a preemption.

    vLLM's interface shows them on the device only. So this reads how its buffer stages them, and None says that it does so in
    another way.

    Args:
        held: vLLM's `LogitsProcRequestState`.
    """
    tokens = held.all_token_ids
    try:
        if tokens._staged_write_indices[-1] != index or tokens._staged_write_starts[-1] != 0:
            return None
        ends = tokens._staged_write_cu_lens
        ids = tokens._staged_write_contents[ends[-2] if len(ends) > 1 else 0 : ends[-1]]
    except (AttributeError, IndexError, TypeError):
        return None
    return list(ids) if len(ids) == int(held.prefill_len.np[index]) else None
