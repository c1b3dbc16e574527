"""A GGUF model as libllama holds it: its weights, its vocabulary and what its metadata say."""

import ctypes
import logging
from functools import cached_property
from pathlib import Path
from typing import Any

import llama_cpp

from tlpo_guard.errors import ModelError

__all__ = ["LlamaModel"]

logger = logging.getLogger(__name__)

_ERROR = 4  # of libllama's log levels
_ROOM = 4096  # bytes of a token's text or of a short metadata value


class LlamaModel:
    """The weights of one GGUF file, and its vocabulary. What reads the vocabulary may run on any thread.

    Args:
        vocabulary_only: leave the weights out.

    Raises:
        ModelError: a file that libllama cannot read.
    """

    def __init__(self, gguf: Path, *, vocabulary_only: bool = False) -> None:
        llama_cpp.llama_log_set(_log, None)
        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        params.vocab_only = vocabulary_only
        self.gguf = gguf
        self.handle: Any = llama_cpp.llama_model_load_from_file(str(gguf).encode(), params)
        if not self.handle:
            raise ModelError(f"{gguf} cannot be read by llama.cpp; is the file complete, and of a kind that it knows?")
        self.vocabulary: Any = llama_cpp.llama_model_get_vocab(self.handle)
        self.size = int(llama_cpp.llama_vocab_n_tokens(self.vocabulary))

    @property
    def context_length(self) -> int:
        """Tokens that the model was trained on at a time."""
        return int(llama_cpp.llama_model_n_ctx_train(self.handle))

    @property
    def layers(self) -> int:
        """Number of layers."""
        return int(llama_cpp.llama_model_n_layer(self.handle))

    @property
    def heads(self) -> int:
        """Heads of queries."""
        return int(llama_cpp.llama_model_n_head(self.handle))

    @property
    def key_heads(self) -> int:
        """Heads of keys and values."""
        return int(llama_cpp.llama_model_n_head_kv(self.handle))

    @property
    def pairs_neighbours(self) -> bool:
        """Whether positions turn neighbouring dimensions together; otherwise each with the one half a head away."""
        return bool(llama_cpp.llama_model_rope_type(self.handle) == llama_cpp.LLAMA_ROPE_TYPE_NORM)

    @property
    def remembers_by_position(self) -> bool:
        """Whether it keeps something for each token, and not a state of them all."""
        recurrent, hybrid = llama_cpp.llama_model_is_recurrent, llama_cpp.llama_model_is_hybrid
        return not (recurrent(self.handle) or hybrid(self.handle))

    @property
    def architecture(self) -> str:
        """The model's family in llama.cpp's words."""
        return self.metadata("general.architecture")

    @cached_property
    def chat_template(self) -> str:
        """Source of the chat template; empty where the file has none."""
        source = llama_cpp.llama_model_chat_template(self.handle, None)
        return (source or b"").decode(errors="replace")

    @cached_property
    def end_tokens(self) -> frozenset[int]:
        """The tokens that end an answer."""
        return frozenset(i for i in range(self.size) if llama_cpp.llama_vocab_is_eog(self.vocabulary, i))

    @cached_property
    def control_tokens(self) -> dict[int, str]:
        """The tokens that are no text, as they are spelt."""
        return self._spelt(llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN)

    @cached_property
    def added_tokens(self) -> dict[int, str]:
        """The tokens that were added to the vocabulary and are text, as they are spelt."""
        return self._spelt(llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED)

    def metadata(self, key: str) -> str:
        """A value of the file's metadata; empty where there is none."""
        buffer = ctypes.create_string_buffer(_ROOM)
        llama_cpp.llama_model_meta_val_str(self.handle, key.encode(), buffer, _ROOM)
        return buffer.value.decode(errors="replace")

    def spelling(self, token_id: int) -> str:
        """A token as the vocabulary spells it; empty for one that is not there."""
        if not 0 <= token_id < self.size:
            return ""
        return (llama_cpp.llama_vocab_get_text(self.vocabulary, token_id) or b"").decode(errors="replace")

    def token_bytes(self) -> list[bytes]:
        """What each token adds to a text; empty for those that are no text."""
        buffer, vocabulary, out = ctypes.create_string_buffer(_ROOM), self.vocabulary, list[bytes]()
        for token_id in range(self.size):
            count = llama_cpp.llama_token_to_piece(vocabulary, token_id, buffer, _ROOM, 0, False)
            out.append(buffer.raw[:count] if count > 0 else b"")
        return out

    def close(self) -> None:
        """Give the weights back; nothing may use the model any more."""
        handle, self.handle = self.handle, None
        if handle:
            llama_cpp.llama_model_free(handle)

    def _spelt(self, attributes: int) -> dict[int, str]:
        vocabulary = self.vocabulary
        found = (i for i in range(self.size) if llama_cpp.llama_vocab_get_attr(vocabulary, i) & attributes)
        return {token_id: self.spelling(token_id) for token_id in found}


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _log(level: int, text: bytes, _: Any) -> None:
    if level == _ERROR:
        logger.debug("%s", text.decode(errors="replace").rstrip())
