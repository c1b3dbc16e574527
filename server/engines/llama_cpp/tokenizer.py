"""The tokenizer of a GGUF file, as libllama reads it."""

import ctypes
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import llama_cpp

from server.engines.control_tokens import MARK, ControlTokens
from server.engines.llama_cpp.model import LlamaModel

__all__ = ["LlamaTokenizer"]

_MORE = 16  # tokens and bytes that a text may have besides one for each of its bytes


class LlamaTokenizer:
    """Text to tokens and back, from any thread."""

    def __init__(self, model: LlamaModel) -> None:
        self._model = model
        added = model.added_tokens.values()
        self._control = ControlTokens(model.control_tokens.values(), added, model.chat_template)
        self._whole = _whole_spellings([*model.control_tokens.values(), *added])
        self._added = _whole_spellings(added)
        self._names = {
            name: model.spelling(token_id)
            for name, find in (("bos_token", llama_cpp.llama_vocab_bos), ("eos_token", llama_cpp.llama_vocab_eos))
            if (token_id := find(model.vocabulary)) >= 0
        }

    @property
    def special_tokens(self) -> Mapping[int, str]:
        """The tokens that are no text, as they are spelt."""
        return self._model.control_tokens

    @property
    def chat_template(self) -> str:
        """Source of the chat template; empty where the model has none."""
        return self._model.chat_template

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """The tokens of a text."""
        return self._tokens(text, add=add_special_tokens, special=True)

    def decode(self, token_ids: Sequence[int], *, special: bool = False) -> str:
        """The text of some tokens; special ones are left out unless asked for."""
        count = len(token_ids)
        tokens, room = (llama_cpp.llama_token * count)(*token_ids), 8 * count + _MORE
        while True:
            buffer = ctypes.create_string_buffer(room)
            size = llama_cpp.llama_detokenize(self._model.vocabulary, tokens, count, buffer, room, False, special)
            if size >= 0:
                return buffer.raw[:size].decode(errors="replace")
            room = -size

    def strings(self, token_ids: Sequence[int]) -> list[str]:
        """Each token as the vocabulary spells it."""
        return [self._model.spelling(token_id) for token_id in token_ids]

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
        from transformers.utils.chat_template_utils import render_jinja_template

        if not self.chat_template:
            raise ValueError("the model has no chat template; send a plain prompt")
        described: list[Any] | None = None if tools is None else self._control.marked_tools(tools)
        rendered: Any = render_jinja_template(
            conversations=[self._control.marked(turns)],
            tools=described,
            chat_template=self.chat_template,
            add_generation_prompt=open_answer,
            continue_final_message=go_on,
            **(self._names | self._control.marked_options(options or {})),
        )
        (text,), _ = rendered
        return self._marked(text) if MARK in text else self._tokens(text, add=False, special=True)

    def _marked(self, text: str) -> list[int]:
        """The tokens of a text with marks: the spellings without one are tokens, all else is text."""
        token_ids, at = list[int](), 0
        for found in self._whole.finditer(text) if self._whole is not None else ():
            token_ids += self._plain(text[at : found.start()])
            token_ids += self._tokens(found[0], add=False, special=True)
            at = found.end()
        return token_ids + self._plain(text[at:])

    def _plain(self, text: str) -> list[int]:
        """The tokens of a text in which nothing is a token by its spelling."""
        whole = text.replace(MARK, "")
        if self._added is None or not self._added.search(whole):
            return self._tokens(whole, add=False, special=False)
        # libllama finds these in any text: cut apart where the marks are, no piece spells one
        return [token for part in text.split(MARK) for token in self._tokens(part, add=False, special=False)]

    def _tokens(self, text: str, *, add: bool, special: bool) -> list[int]:
        if not text and not add:
            return []
        data = text.encode(errors="replace")
        room = len(data) + _MORE
        while True:
            tokens = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(self._model.vocabulary, data, len(data), tokens, room, add, special)
            if count >= 0:
                return list(tokens[:count])
            room = -count


def _whole_spellings(tokens: Iterable[str]) -> "re.Pattern[str] | None":
    """Finds spellings, of two that begin alike the longer one."""
    longest_first = sorted({token for token in tokens if token}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
