"""Prompts to token ids, as the model sees them."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.engines.engine import Engine
from server.errors import ContextLengthError, InvalidRequestError
from server.planning.schemas import Message, Tool
from server.planning.tools import conversation

__all__ = ["PromptEncoder"]

_CHARACTERS_A_TOKEN = 16  # four times what texts have on average


class PromptEncoder:
    """Encodes for one model. All methods take longer the longer the text is."""

    def __init__(self, engine: Engine) -> None:
        self._card = engine.card
        self._tokenizer = engine.tokenizer
        self._template = engine.tokenizer.chat_template

    def conversation(
        self,
        messages: Sequence[Message],
        tools: Sequence[Tool] = (),
        *,
        open_answer: bool = True,
        go_on: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """Token ids of a conversation.

        Args:
            tools: that the model is told of.
            open_answer: end with what begins the model's answer.
            go_on: end with the last message's text, so that the answer goes on from it.
            options: of the chat template.

        Raises:
            InvalidRequestError: a model without a chat template, or messages that do not fit it.
        """
        if not self._template:
            message = "this model has no chat template; use /v1/completions"
            raise InvalidRequestError(message, param="messages", code="no_template")
        self.check_size([message.text for message in messages], "messages")
        turns = conversation(messages, tools, self._template)
        shown = [tool.model_dump(exclude_none=True) for tool in tools] if "tools" in self._template else []
        try:
            return self._tokenizer.encode_chat(
                turns, shown or None, open_answer=open_answer, go_on=go_on, options=options
            )
        except Exception as exc:  # templates refuse conversations by raising whatever they like
            message = f"messages do not fit the model's chat template: {exc}"
            raise InvalidRequestError(message, param="messages") from exc

    def check_size(self, given: Sequence[str | list[int]], where: str) -> None:
        """Whether some text can fit the context at all, told by its length alone: reading it takes long.

        Args:
            given: texts or token ids.
            where: the field that they came in.

        Raises:
            InvalidRequestError: it cannot.
        """
        size = sum(map(len, given))
        if size > self._card.context_length * _CHARACTERS_A_TOKEN:
            why = f"{where} has {size} characters; make it shorter"
            raise ContextLengthError(self._card.context_length, why, param=where)

    def completion(self, given: str | list[int]) -> tuple[list[int], str]:
        """Token ids and text of a prompt that is given as either. Control tokens in it count: it is all the caller's own.

        Raises:
            InvalidRequestError: a token id that the model does not have.
        """
        if isinstance(given, str):
            return self.text(given), given
        self._check_ids(given, "prompt")
        return list(given), self._tokenizer.decode(given)

    def decoded(self, ids: list[int]) -> str:
        """The text of token ids, special ones included; raises InvalidRequestError as `completion`."""
        self._check_ids(ids, "tokens")
        return self._tokenizer.decode(ids, special=True)

    def strings(self, ids: Sequence[int]) -> list[str]:
        """Each token as the vocabulary spells it."""
        return self._tokenizer.strings(ids)

    def _check_ids(self, ids: Sequence[int], where: str) -> None:
        size = self._card.vocabulary_size
        if ids and max(ids) >= size:
            message = f"{where} holds the token id {max(ids)}; ids are 0 to {size - 1}"
            raise InvalidRequestError(message, param=where, code="invalid_value")

    def text(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """Token ids of a text."""
        return self._tokenizer.encode(text, add_special_tokens=add_special_tokens)

    def room(self, ids: list[int], where: str) -> int:
        """How many tokens fit behind a prompt, at least one.

        Args:
            where: the field that the prompt came in.

        Raises:
            InvalidRequestError: an empty prompt, or one that fills the context.
        """
        if not ids:
            raise InvalidRequestError(f"{where} holds no tokens", param=where, code="invalid_value")
        room = self._card.context_length - len(ids)
        if room < 1:
            why = f"{where} takes {len(ids)} and leaves no room for an answer; make it shorter"
            raise ContextLengthError(self._card.context_length, why, param=where)
        return room
