"""A tokenizer of transformers as the server asks for it."""

import json
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from tokenizers import Tokenizer, normalizers
from transformers import PreTrainedTokenizerBase

from server.engines.control_tokens import MARK, ControlTokens

__all__ = ["HfTokenizer"]


class HfTokenizer:
    """Text to tokens and back, from any thread."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer: Any = tokenizer
        backend = getattr(tokenizer, "backend_tokenizer", None)
        self._backend: Tokenizer | None = backend if isinstance(backend, Tokenizer) else None
        self._alone = Lock()
        if self._backend is not None:
            self._backend.no_truncation()
            self._backend.no_padding()
        added = getattr(tokenizer, "added_tokens_decoder", {})
        self._special = {int(token_id): str(token) for token_id, token in added.items() if token.special}
        others = [str(token) for token in added.values() if not token.special]
        self._control = ControlTokens(self._special.values(), others, self.chat_template)
        self._marked = None if self._backend is None else _dropping_marks(self._backend)

    @property
    def special_tokens(self) -> Mapping[int, str]:
        """The tokens that are no text, as they are spelt."""
        return self._special

    @property
    def chat_template(self) -> str:
        """Source of the chat template; empty where the model has none."""
        return str(getattr(self._tokenizer, "chat_template", "") or "")

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """The tokens of a text."""
        if self._backend is None:
            with self._alone:
                return list(self._tokenizer(text, add_special_tokens=add_special_tokens)["input_ids"])
        # Of a batch, for only then it lets other threads run.
        return list(self._backend.encode_batch([text], add_special_tokens=add_special_tokens)[0].ids)

    def decode(self, token_ids: Sequence[int], *, special: bool = False) -> str:
        """The text of some tokens; special ones are left out unless asked for."""
        return str(self._tokenizer.decode(list(token_ids), skip_special_tokens=not special))

    def strings(self, token_ids: Sequence[int]) -> list[str]:
        """Each token as the vocabulary spells it."""
        return [str(token) for token in self._tokenizer.convert_ids_to_tokens(list(token_ids))]

    def encode_chat(
        self,
        turns: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None,
        *,
        open_answer: bool,
        go_on: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """A conversation as the model sees it; control tokens are the template's alone. Raises whatever the template raises."""
        text = self._tokenizer.apply_chat_template(
            self._control.marked(turns),
            tools=None if tools is None else self._control.marked_tools(tools),
            add_generation_prompt=open_answer,
            continue_final_message=go_on,
            tokenize=False,
            **self._control.marked_options(options or {}),
        )
        if MARK not in str(text) or self._marked is None:
            return self.encode(str(text), add_special_tokens=False)
        return list(self._marked.encode_batch([str(text)], add_special_tokens=False)[0].ids)


def _dropping_marks(backend: Tokenizer) -> Tokenizer:
    """A tokenizer like another one that finds added tokens on the text as it is and then drops marks.

    Tokenizers of another make leave the marks in the text, which keeps the spellings apart as well.
    """
    state = json.loads(backend.to_str())
    state["truncation"] = state["padding"] = None
    for token in state["added_tokens"]:
        token["normalized"] = False  # or it would be looked for again when the marks are gone
    encoder = Tokenizer.from_str(json.dumps(state))
    before = [] if encoder.normalizer is None else [encoder.normalizer]
    encoder.normalizer = normalizers.Sequence([normalizers.Replace(MARK, ""), *before])
    return encoder
