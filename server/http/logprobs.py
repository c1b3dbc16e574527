"""Log-probabilities as each endpoint spells them."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.engines.engine import Vocabulary
from server.generation.echo import Echo
from server.generation.text import TokenInfo
from server.http.replies import (
    ChoiceLogprobs,
    LegacyLogprobs,
    PromptLogprob,
    PromptLogprobs,
    TokenLogprob,
    TopLogprob,
)

__all__ = ["Spelling", "chat_logprobs", "legacy_logprobs", "prompt_logprobs", "token_logprobs"]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How tokens are written: as their text, or as their ids."""

    vocabulary: Vocabulary
    as_ids: bool = False

    def data(self, token_id: int) -> bytes:
        """The bytes of a token."""
        return self.vocabulary.token_bytes(token_id)

    def of(self, token_id: int, data: bytes | None = None) -> str:
        """A token as it is written.

        Args:
            data: its bytes, where they are known.
        """
        if self.as_ids:
            return f"token_id:{token_id}"
        return (self.data(token_id) if data is None else data).decode("utf-8", errors="replace")


def chat_logprobs(tokens: Sequence[TokenInfo], spelling: Spelling) -> ChoiceLogprobs | None:
    """For `/v1/chat/completions`; None for no tokens."""
    if not tokens:
        return None
    return ChoiceLogprobs(content=token_logprobs(tokens, spelling), refusal=None)


def token_logprobs(tokens: Sequence[TokenInfo], spelling: Spelling) -> list[TokenLogprob]:
    """Token by token, as chat and `/v1/responses` spell them."""
    return [_token_logprob(token, spelling) for token in tokens]


def legacy_logprobs(tokens: Sequence[TokenInfo], spelling: Spelling) -> LegacyLogprobs | None:
    """For `/v1/completions`; None for no tokens."""
    if not tokens:
        return None
    return LegacyLogprobs(
        tokens=[spelling.of(token.token_id, token.data) for token in tokens],
        token_logprobs=[None if token.logprobs is None else token.logprobs.chosen for token in tokens],
        top_logprobs=[_legacy_top(token, spelling) for token in tokens],
        text_offset=[token.offset for token in tokens],
    )


def prompt_logprobs(echo: Echo, spelling: Spelling, count: int) -> list[PromptLogprobs | None]:
    """For both endpoints, as vLLM spells them; null for the first token.

    Args:
        count: most probable tokens at each place.
    """
    out: list[PromptLogprobs | None] = [None]
    for token, score in zip(echo.tokens[1:], echo.scores, strict=True):
        likely = enumerate(score.logprobs.top[:count], start=1)
        told = {str(i): _prompt_logprob(spelling.of(i), value, rank) for rank, (i, value) in likely}
        told.setdefault(
            str(token.token_id),
            _prompt_logprob(spelling.of(token.token_id, token.data), score.logprobs.chosen, score.rank),
        )
        out.append(told)
    return out


def _prompt_logprob(text: str, logprob: float, rank: int) -> PromptLogprob:
    return PromptLogprob(logprob=logprob, rank=rank, decoded_token=text)


def _legacy_top(token: TokenInfo, spelling: Spelling) -> dict[str, float] | None:
    """The most probable tokens by their text, and the one that stands there, which may not be among them."""
    if token.logprobs is None:
        return None
    top = {spelling.of(i): logprob for i, logprob in reversed(token.logprobs.top)}
    top = dict(reversed(top.items()))
    return top | {spelling.of(token.token_id, token.data): token.logprobs.chosen}


def _token_logprob(token: TokenInfo, spelling: Spelling) -> TokenLogprob:
    assert token.logprobs is not None
    top = [
        TopLogprob(token=spelling.of(i), bytes=list(spelling.data(i)), logprob=logprob)
        for i, logprob in token.logprobs.top
    ]
    return TokenLogprob(
        token=spelling.of(token.token_id, token.data),
        bytes=list(token.data),
        logprob=token.logprobs.chosen,
        top_logprobs=top,
    )
