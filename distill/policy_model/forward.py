"""Forward passes that turn only the rows wanted into logits."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from distill.policy_model.packing import Packing, packs
from distill.selection.groups import Group
from tlpo_guard.errors import ConfigurationError

__all__ = [
    "NO_MASK",
    "adapter_off",
    "causal_lm",
    "end_tokens",
    "evaluating",
    "has_adapter",
    "is_base",
    "logits_at",
    "pad",
    "point_index",
    "rows_at_points",
    "trained_beside_adapter",
    "zero",
]

NO_MASK = torch.ones(1, 1, 1, 1, dtype=torch.bool)  # of four dimensions: transformers makes none of its own then


def pad(sequences: Sequence[Sequence[int]], device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Right-pad token ids.

    Returns:
        ids: int64 [B, T], zeros past each end.
        lengths: int64 [B].
    """
    lengths = torch.tensor([len(s) for s in sequences], device=device)
    ids = torch.zeros(len(sequences), int(lengths.max()), dtype=torch.long, device=device)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence, device=device)
    return ids, lengths


def _unwrapped(model: Any) -> Any:
    """The model inside what distributes it (DDP, DeepSpeed)."""
    return getattr(model, "module", model)


def causal_lm(model: Any) -> Any:
    """The causal language model inside an adapter and what distributes it."""
    inner = _unwrapped(model)
    return inner.get_base_model() if hasattr(inner, "get_base_model") else inner


def end_tokens(model: Any) -> frozenset[int]:
    """Ids that end a sequence, from the generation config or the model's own."""
    ends: set[int] = set()
    inner = causal_lm(model)
    for config in (getattr(inner, "generation_config", None), inner.config):
        ids = getattr(config, "eos_token_id", None)
        if ids is not None:
            ends.update([ids] if isinstance(ids, int) else ids)
    return frozenset(ends)


def has_adapter(model: Any) -> bool:
    """Whether the base model is what remains when an adapter is switched off."""
    return hasattr(_unwrapped(model), "disable_adapter")


def is_base(model: Any) -> bool:
    """Whether nothing tells the model from its base: it has no adapter, or a new one of LoRA, whose B matrices are zero."""
    if not has_adapter(model):
        return True
    inner = _unwrapped(model)
    ups = [p for name, p in inner.named_parameters() if ".lora_B." in name or ".lora_embedding_B." in name]
    return bool(ups) and not any(bool(up.any()) for up in ups) and not trained_beside_adapter(model)


def trained_beside_adapter(model: Any) -> list[str]:
    """Names of the parameters that training changes and switching the adapter off does not undo.

    Raises:
        ConfigurationError: the adapter is a learnt prompt, which moves all positions.
    """
    inner = _unwrapped(model)
    if getattr(getattr(inner, "active_peft_config", None), "is_prompt_learning", False):
        raise ConfigurationError(
            "adapters that learn a prompt cannot be trained; take LoRA or another one of the weights"
        )
    own = (getattr(inner.base_model, "prefix", "lora_"), ".modules_to_save.", ".trainable_tokens_")
    trained = (name for name, parameter in inner.named_parameters() if parameter.requires_grad)
    return [name for name in trained if not any(part in name for part in own)]


@contextmanager
def adapter_off(model: Any) -> Iterator[None]:
    """The base model, for as long as it lasts; nothing changes where there is no adapter."""
    if not has_adapter(model):
        yield
        return
    with _unwrapped(model).disable_adapter():
        yield


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Without dropout, and with a cache where gradient checkpointing would forbid it in training."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


def logits_at(
    model: Any, ids: Tensor, rows: Tensor, positions: Tensor, *, states: list[Tensor] | None = None, **options: Any
) -> Tensor:
    """Logits at some positions of a batch, by one forward of the whole model.

    On a CPU the sequences lie in one row, as far as something is wanted of them, where the model allows that. The rows are
    picked in front of the head, so that the others never become logits; what a family does behind its head (scaling, capping)
    and what distributes the model (the hooks of DDP) stays as it is.

    Args:
        model: a causal language model, with or without an adapter, distributed or not.
        ids: int64 [B, T].
        rows: int64 [P], rows of the batch.
        positions: int64 [P], indexes into them.
        states: gets what the head is given at these positions, [P, H].
        options: for the model's forward: attention_mask, position_ids, past_key_values, use_cache.

    Returns:
        [P, V] in the model's dtype; with gradient where it is enabled.
    """
    with ExitStack() as stack:
        cache = options.get("past_key_values")
        begun = "position_ids" in options or (cache is not None and cache.get_seq_length() > 0)
        if len(rows) and not begun and packs(causal_lm(model), ids.shape[1]):
            packing = Packing.of(ids, rows, positions)
            stack.enter_context(packing.attended(cache))
            rows, positions = torch.zeros_like(rows), packing.index[rows, positions]
            ids, options = (
                packing.ids,
                {"position_ids": packing.positions, "attention_mask": NO_MASK, "use_cache": False},
            )
        return _forward(model, ids, rows, positions, states, options)


def _forward(
    model: Any, ids: Tensor, rows: Tensor, positions: Tensor, states: list[Tensor] | None, options: dict[str, Any]
) -> Tensor:
    head = causal_lm(model).get_output_embeddings()

    def pick(_: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        wanted = inputs[0][rows, positions]
        if states is not None:
            states.append(wanted)
        return (wanted, *inputs[1:])

    hook = head.register_forward_pre_hook(pick)
    try:
        logits: Tensor = model(input_ids=ids, **options).logits
    finally:
        hook.remove()
    return logits


def zero(model: Any) -> Tensor:
    """A loss of 0 whose gradient reaches all that is trained: DDP waits for one from every device; a float32 scalar."""
    ids = torch.zeros(1, 1, dtype=torch.long, device=causal_lm(model).device)
    logits: Tensor = model(input_ids=ids, use_cache=False).logits
    return 0.0 * logits.float().sum()


def point_index(batch: Sequence[Group], device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Where the points of a batch lie: row of the batch and index in its sequence; int64 [P] each."""
    rows = [row for row, group in enumerate(batch) for _ in group.points]
    positions = [point for group in batch for point in group.points]
    return torch.tensor(rows, device=device, dtype=torch.long), torch.tensor(positions, device=device, dtype=torch.long)


def rows_at_points(
    model: Any, batch: Sequence[Group], *, cache: DynamicCache | None = None, states: list[Tensor] | None = None
) -> Tensor:
    """One forward over right-padded sequences, and the logits at their confusion points.

    Args:
        batch: groups with P points in all.
        cache: an empty cache to fill; without one nothing is kept.
        states: gets what the head is given at the points, [P, H].

    Returns:
        float32 [P, V], points in the order of the batch; with gradient where it is enabled.
    """
    device = causal_lm(model).device
    ids, lengths = pad([group.ids for group in batch], device)
    mask = torch.arange(ids.shape[1], device=device) < lengths[:, None]
    rows, positions = point_index(batch, device)
    options: dict[str, Any] = {"past_key_values": cache, "use_cache": cache is not None}
    return logits_at(model, ids, rows, positions, states=states, attention_mask=mask.long(), **options).float()
