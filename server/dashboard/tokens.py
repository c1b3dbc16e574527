"""Tokens as text for people."""

from collections.abc import Sequence

from server.engines.engine import Engine

__all__ = ["spelled", "text_of"]


def text_of(engine: Engine, token_ids: Sequence[int]) -> str:
    """The text of some tokens of an answer; what is no whole character is a replacement mark, special tokens are named."""
    special, vocabulary = engine.tokenizer.special_tokens, engine.vocabulary
    pieces = (vocabulary.token_bytes(token) or special.get(token, "").encode() for token in token_ids)
    return b"".join(pieces).decode("utf-8", "replace")


def spelled(engine: Engine, token_id: int) -> str:
    """One token; the bytes in hex where they are no whole characters."""
    data = engine.vocabulary.token_bytes(token_id)
    if not data:
        return engine.tokenizer.special_tokens.get(token_id, f"token {token_id}")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return " ".join(f"{byte:02X}" for byte in data)
    return text.replace("\n", "↵") if text.strip(" ") else text.replace(" ", "␣")
