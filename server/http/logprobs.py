"""Log-probabilities as each endpoint spells them."""

from collections.abc import Sequence

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

__all__ = ["chat_logprobs", "legacy_logprobs", "prompt_logprobs", "token_logprobs"]


def chat_logprobs(tokens: Sequence[TokenInfo], vocabulary: Vocabulary) -> ChoiceLogprobs | None:
    """For `/v1/chat/completions`; None for no tokens."""
    if not tokens:
        return None
    return ChoiceLogprobs(content=token_logprobs(tokens, vocabulary), refusal=None)


def token_logprobs(tokens: Sequence[TokenInfo], vocabulary: Vocabulary) -> list[TokenLogprob]:
    """Token by token, as chat and `/v1/responses` spell them."""
    return [_token_logprob(token, vocabulary) for token in tokens]


def legacy_logprobs(tokens: Sequence[TokenInfo], vocabulary: Vocabulary) -> LegacyLogprobs | None:
    """For `/v1/completions`; None for no tokens."""
    if not tokens:
        return None
    return LegacyLogprobs(
        tokens=[_text(token.data) for token in tokens],
        token_logprobs=[None if token.logprobs is None else token.logprobs.chosen for token in tokens],
        top_logprobs=[_legacy_top(token, vocabulary) for token in tokens],
        text_offset=[token.offset for token in tokens],
    )


def prompt_logprobs(echo: Echo, vocabulary: Vocabulary, count: int) -> list[PromptLogprobs | None]:
    """For both endpoints, as vLLM spells them; null for the first token.

    Args:
        count: most probable tokens at each place.
    """
    out: list[PromptLogprobs | None] = [None]
    for token, score in zip(echo.tokens[1:], echo.scores, strict=True):
        likely = enumerate(score.logprobs.top[:count], start=1)
        told = {str(i): _prompt_logprob(vocabulary.token_bytes(i), value, rank) for rank, (i, value) in likely}
        told.setdefault(str(token.token_id), _prompt_logprob(token.data, score.logprobs.chosen, score.rank))
        out.append(told)
    return out


def _prompt_logprob(data: bytes, logprob: float, rank: int) -> PromptLogprob:
    return PromptLogprob(logprob=logprob, rank=rank, decoded_token=_text(data))


def _legacy_top(token: TokenInfo, vocabulary: Vocabulary) -> dict[str, float] | None:
    """The most probable tokens by their text, and the one that stands there, which may not be among them."""
    if token.logprobs is None:
        return None
    top = {_text(vocabulary.token_bytes(i)): logprob for i, logprob in reversed(token.logprobs.top)}
    top = dict(reversed(top.items()))
    return top | {_text(token.data): token.logprobs.chosen}


def _token_logprob(token: TokenInfo, vocabulary: Vocabulary) -> TokenLogprob:
    assert token.logprobs is not None
    top = [
        TopLogprob(token=_text(data), bytes=list(data), logprob=logprob)
        for data, logprob in ((vocabulary.token_bytes(i), logprob) for i, logprob in token.logprobs.top)
    ]
    return TokenLogprob(
        token=_text(token.data), bytes=list(token.data), logprob=token.logprobs.chosen, top_logprobs=top
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")
