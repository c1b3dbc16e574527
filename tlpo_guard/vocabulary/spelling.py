"""The bytes that each token of a vocabulary spells, for the tokenizer families that open-weight models use."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from tlpo_guard.errors import ModelError

__all__ = ["spell_tokens"]

_SPACE_MARK = "\u2581"  # SentencePiece writes a space as a lower one eighth block


def spell_tokens(tokenizer: Any, size: int) -> list[bytes]:
    """The bytes of every token id; empty for special tokens and ids that the tokenizer does not have.

    Args:
        tokenizer: a Hugging Face tokenizer (byte-level BPE as of GPT-2, Qwen and Llama 3; SentencePiece with byte fallback as
            of Gemma and Mistral), one of mistral-common (tekken, SentencePiece), or a tiktoken encoding.
        size: columns of the model's logits.

    Raises:
        ModelError: a tokenizer of another family.
    """
    for family in (_hugging_face, _mistral, _tiktoken):
        spelled = family(tokenizer, size)
        if spelled is not None:
            return spelled
    raise ModelError(
        f"the tokens of a {type(tokenizer).__name__} cannot be spelled in bytes; the guard reads byte-level BPE, "
        "SentencePiece with byte fallback, tekken and tiktoken"
    )


def _filled(size: int, spell: Callable[[int], bytes], ids: range, special: set[int]) -> list[bytes]:
    return [spell(i) if i in ids and i not in special else b"" for i in range(size)]


def _tiktoken(tokenizer: Any, size: int) -> list[bytes] | None:
    if not hasattr(tokenizer, "token_byte_values"):
        return None
    special = {tokenizer.encode_single_token(token) for token in tokenizer.special_tokens_set}

    def spell(token_id: int) -> bytes:
        try:
            return bytes(tokenizer.decode_single_token_bytes(token_id))
        except KeyError:  # ids between the ranks and the special tokens
            return b""

    return _filled(size, spell, range(tokenizer.n_vocab), special)


def _mistral(tokenizer: Any, size: int) -> list[bytes] | None:
    # transformers wraps the whole, mistral-common keeps the vocabulary two levels down.
    inner = getattr(tokenizer, "tokenizer", tokenizer)
    inner = getattr(getattr(inner, "instruct_tokenizer", inner), "tokenizer", inner)
    if not hasattr(inner, "id_to_piece") or not hasattr(inner, "n_words"):
        return None
    spell = inner.id_to_byte_piece if hasattr(inner, "id_to_byte_piece") else lambda i: _piece(inner.id_to_piece(i))
    special = {i for i in range(inner.n_words) if inner.is_special(i)}
    return _filled(size, spell, range(inner.n_words), special)


def _hugging_face(tokenizer: Any, size: int) -> list[bytes] | None:
    if not hasattr(tokenizer, "backend_tokenizer"):
        return None
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    spell = _spelling(_decoder_kinds(backend.get("decoder")))
    if spell is None:
        return None
    tokens = [b""] * size
    added = {t["id"]: t for t in backend.get("added_tokens", [])}
    for piece, token_id in tokenizer.get_vocab().items():
        if token_id >= size or (token_id in added and added[token_id]["special"]):
            continue
        tokens[token_id] = piece.encode() if token_id in added else spell(piece)
    return tokens


def _spelling(decoders: set[str]) -> Callable[[str], bytes] | None:
    if "ByteLevel" in decoders:
        return _byte_level
    return _piece if decoders & {"ByteFallback", "Metaspace"} else None


def _decoder_kinds(node: Any) -> set[str]:
    if not isinstance(node, dict):
        return set()
    return {str(node.get("type"))}.union(*(_decoder_kinds(child) for child in node.get("decoders", [])))


@cache
def _byte_alphabet() -> dict[str, int]:
    """GPT-2's printable stand-ins for the 256 bytes: Latin-1 printables stand for themselves, the rest from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [b for b in range(256) if b not in set(printable)]
    return {chr(b): b for b in printable} | {chr(0x100 + i): b for i, b in enumerate(rest)}


def _byte_level(piece: str) -> bytes:
    alphabet = _byte_alphabet()
    if all(c in alphabet for c in piece):
        return bytes(alphabet[c] for c in piece)
    return piece.encode()


def _piece(piece: str) -> bytes:
    """A SentencePiece piece, or one of its bytes."""
    if len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">"):
        return bytes([int(piece[3:5], 16)])
    return piece.replace(_SPACE_MARK, " ").encode()
