"""Loading models, and telling them apart."""

from typing import TYPE_CHECKING

from tlpo_guard.lazy import lazily

if TYPE_CHECKING:
    from tlpo_guard.models.load import LoadedModel, load_model, load_tokenizer

__all__ = ["LoadedModel", "load_model", "load_tokenizer"]

__getattr__ = lazily(__name__, dict.fromkeys(__all__, "tlpo_guard.models.load"))
