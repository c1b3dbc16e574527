"""What an engine says of its model."""

from server.engines.engine import ModelCard
from tlpo_guard.models.load import LoadedModel

__all__ = ["model_card"]


def model_card(loaded: LoadedModel, context_length: int) -> ModelCard:
    """The card of a model.

    Args:
        context_length: tokens that the engine has room for.
    """
    config = loaded.model.config
    eos = loaded.model.generation_config.eos_token_id
    return ModelCard(
        name=loaded.name,
        base_fingerprint=loaded.fingerprint,
        tokenizer_fingerprint=loaded.tokenizer_fingerprint,
        context_length=min(int(config.max_position_embeddings), context_length),
        end_token_ids=frozenset([eos] if isinstance(eos, int) else eos or []),
        vocabulary_size=int(config.vocab_size),
    )
