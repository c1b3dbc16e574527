"""Another method's trainer, held to the base model by the anchors that hold TLPO."""

from typing import Any

from distill.tlpo.anchors import AnchorLoss

__all__ = ["anchored"]


def anchored(trainer_class: Any, anchor_loss: AnchorLoss) -> Any:
    """A subclass of a transformers trainer with the anchors' loss beside its own: a step pays the mean over its batches."""

    class Anchored(trainer_class):  # type: ignore[misc]
        _batches = 0

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            found = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            loss, rest = (found[0], found[1:]) if return_outputs else (found, ())
            term = anchor_loss(model, self._batches).to(loss.device)
            self._batches += 1
            # Where the step's tokens divide the loss already, transformers does not divide it by the batches.
            whole = num_items_in_batch is not None and self.model_accepts_loss_kwargs
            loss = loss + (term / self.current_gradient_accumulation_steps if whole else term)
            return (loss, *rest) if return_outputs else loss

    return Anchored
