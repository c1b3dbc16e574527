"""The texts of a tokenizer's special tokens, which spell nothing."""

from typing import Any

__all__ = ["special_texts"]


def special_texts(tokenizer: Any, size: int) -> dict[int, str]:
    """Texts by token id of the special tokens, and of all others that were added to the vocabulary by hand and are marked up.

    Args:
        tokenizer: of a family that `spell_tokens` reads.
        size: columns of the model's logits.
    """
    for family in (_hugging_face, _mistral, _tiktoken):
        if (texts := family(tokenizer)) is not None:
            return {token_id: text for token_id, text in texts.items() if token_id < size and text}
    return {}


def _hugging_face(tokenizer: Any) -> dict[int, str] | None:
    added = getattr(tokenizer, "added_tokens_decoder", None)
    if added is None or not hasattr(tokenizer, "backend_tokenizer"):
        return None
    # Reasoning and tool marks of Qwen are added, but not special
    return {i: str(token) for i, token in added.items() if token.special or str(token)[:1] in "<[◁"}


def _mistral(tokenizer: Any) -> dict[int, str] | None:
    inner = getattr(tokenizer, "tokenizer", tokenizer)
    inner = getattr(getattr(inner, "instruct_tokenizer", inner), "tokenizer", inner)
    if not hasattr(inner, "id_to_piece") or not hasattr(inner, "n_words"):
        return None
    return {i: inner.id_to_piece(i) for i in range(inner.n_words) if inner.is_special(i)}


def _tiktoken(tokenizer: Any) -> dict[int, str] | None:
    if not hasattr(tokenizer, "special_tokens_set"):
        return None
    return {tokenizer.encode_single_token(text): text for text in tokenizer.special_tokens_set}
